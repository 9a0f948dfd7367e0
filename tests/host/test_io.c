/*
 * tests/host/test_io.c - the tree of I/O ports against a table that knows, port
 * by port, who got it from whom.
 */
#include "host.h"
#include "mm/io.h"
#include "seg/gdt.h"

enum {
    SPACES = 6,
    SIGMA0 = 0,
    MANY = 512,  /* ports, the last ones there are */
    FEW = 32,    /* so few that records cannot run out */
    NONE = SPACES,
    MEMORY_WINDOW = 0x100100, /* 64 KB at 1 MB */
};

static struct space space[SPACES];
static unsigned ports; /* in play */
static unsigned parent[SPACES][MANY];

/* --- the model ------------------------------------------------------------- */

static uint32_t
number(unsigned i)
{
    return IO_PORTS - ports + i;
}

static bool
model_has(unsigned s, unsigned i)
{
    return s == SIGMA0 || parent[s][i] != NONE;
}

static void
model_revoke(unsigned s, unsigned i, bool flush)
{
    for (unsigned c = 1; c < SPACES; c++)
        if (parent[c][i] == s)
            model_revoke(c, i, true);
    if (flush)
        parent[s][i] = NONE;
}

static void
model_map(unsigned from, unsigned to, unsigned i, bool grant)
{
    if (!model_has(from, i) || model_has(to, i))
        return;
    if (!grant || from == SIGMA0) {
        parent[to][i] = from;
        return;
    }
    parent[to][i] = parent[from][i];
    parent[from][i] = NONE;
    for (unsigned c = 1; c < SPACES; c++)
        if (c != to && parent[c][i] == from)
            parent[c][i] = to;
}

/* --- random fpages --------------------------------------------------------- */

struct range {
    unsigned first, last;
    uint32_t fpage;
};

static struct range
random_range(void)
{
    unsigned log2 = ports == MANY ? random_below(2)
        : one_in(8)               ? random_below(10)
                                  : random_below(4);
    unsigned first = random_below(ports);
    unsigned end = first + (1u << log2);

    return (struct range){
        first, (end < ports ? end : ports) - 1,
        number(first) << 16 | log2 << 10 | 0x20 | random_below(16)};
}

static struct range
random_window(void)
{
    if (one_in(2))
        return (struct range){0, ports - 1, X2_FPAGE_COMPLETE};
    if (one_in(8))
        return (struct range){1, 0, MEMORY_WINDOW};
    if (one_in(4))
        return (struct range){0, ports - 1, X2_FPAGE_IO_COMPLETE};
    return random_range();
}

/* --- steps ----------------------------------------------------------------- */

static void
check_bitmap(unsigned s)
{
    (void)io_show(&space[s]);
    must(!io_show(&space[s]));
    for (unsigned i = 0; i < ports; i++)
        must((port_bitmap[number(i) / 8] >> number(i) % 8 & 1)
             == !model_has(s, i));
    must(port_bitmap[IO_MAP_BYTES - 1] == 0xff);
    must(s == SIGMA0 || port_bitmap[0] == 0xff);
}

static void
check(void)
{
    for (unsigned s = 0; s < SPACES; s++)
        for (unsigned i = 0; i < ports; i++)
            must(io_has(&space[s], number(i), number(i)) == model_has(s, i));
    check_bitmap(random_below(SPACES));
}

static void
check_widths(unsigned s)
{
    unsigned first = random_below(ports), n = 1u << random_below(3);
    bool all = true;

    for (unsigned i = first; i < first + n; i++)
        all &= i < ports && model_has(s, i);
    must(io_has(&space[s], number(first), number(first) + n - 1) == all);
}

/* False: short of records.  What was done until then stays. */
static bool
step_map(void)
{
    unsigned from = random_below(SPACES), to = random_below(SPACES);
    struct range r = random_range(), w = random_window();
    bool grant = one_in(3);
    bool done = io_map(&space[from], &space[to], r.fpage, w.fpage, grant);

    for (unsigned i = 0; i < ports; i++)
        if (i >= r.first && i <= r.last && i >= w.first && i <= w.last
            && (done || io_has(&space[to], number(i), number(i))))
            model_map(from, to, i, grant);
    return done;
}

static void
step_unmap(void)
{
    unsigned s = random_below(SPACES);
    struct range r = random_range();
    bool flush = one_in(2);

    if (ports == FEW && one_in(20))
        r = (struct range){0, ports - 1, X2_FPAGE_IO_COMPLETE};
    io_unmap(&space[s], r.fpage, flush);
    for (unsigned i = r.first; i <= r.last; i++)
        model_revoke(s, i, flush && s != SIGMA0);
}

static void
clear(unsigned n)
{
    ports = n;
    io_unmap(&space[SIGMA0], X2_FPAGE_IO_COMPLETE, false);
    for (unsigned s = 0; s < SPACES; s++)
        for (unsigned i = 0; i < MANY; i++)
            parent[s][i] = NONE;
    check();
}

static void
test_model(void)
{
    clear(FEW);
    for (uint32_t n = rounds(20000, 400000); n != 0; n--) {
        if (one_in(3))
            step_unmap();
        else
            must(step_map());
        check();
        check_widths(random_below(SPACES));
    }
    ok(true, "maps, grants, unmaps and flushes do what a table of all ports "
             "says");
}

/* --- short of records ------------------------------------------------------ */

/* What the code took is taken; was it too little, or from below someone? */
static void
adopt(void)
{
    for (unsigned s = 1; s < SPACES; s++)
        for (unsigned i = 0; i < ports; i++) {
            bool has = io_has(&space[s], number(i), number(i));

            must(model_has(s, i) || !has);
            if (!has)
                parent[s][i] = NONE;
        }
    for (unsigned s = 1; s < SPACES; s++)
        for (unsigned i = 0; i < ports; i++)
            must(parent[s][i] == NONE || model_has(parent[s][i], i));
}

static void
test_shortage(void)
{
    uint32_t failed = 0;

    clear(MANY);
    for (uint32_t n = rounds(20000, 400000); n != 0; n--) {
        if (one_in(10)) {
            step_unmap();
            adopt();
        } else if (!step_map()) {
            failed++;
            adopt();
            step_unmap();
            if (one_in(8))
                clear(MANY);
            else
                adopt();
        }
        check_bitmap(random_below(SPACES));
    }
    must(failed > 10);
    ok(true, "short of records, maps fail; unmaps take all they should, and "
             "nobody keeps what its source lost");
}

/* Whole ranges from each to the next, and then holes in all of them at once. */
static void
test_holes(void)
{
    bool short_of = false;

    clear(MANY);
    for (unsigned s = 1; s < SPACES; s++) {
        must(io_map(&space[s - 1], &space[s], X2_FPAGE_IO_COMPLETE,
                    number(0) << 16 | 9 << 10 | 0x20, false));
        for (unsigned i = 0; i < ports; i++)
            model_map(s - 1, s, i, false);
    }
    check();
    for (unsigned i = 1; i < ports; i += 2) {
        io_unmap(&space[SIGMA0], number(i) << 16 | 0x20, false);
        model_revoke(SIGMA0, i, false);
        short_of |= !io_has(&space[SPACES - 1], number(ports - 2),
                            number(ports - 2));
        adopt();
    }
    must(short_of);
    ok(true, "an unmap that lacks records to divide ranges takes more, not "
             "less");
}

static void
test_strange(void)
{
    clear(FEW);
    must(io_map(&space[0], &space[1], 17 << 10 | 0x20, X2_FPAGE_COMPLETE, 0));
    must(io_map(&space[0], &space[1], 63 << 10 | 0x20, X2_FPAGE_COMPLETE, 0));
    must(io_map(&space[0], &space[1], 0x20, 17 << 10 | 0x20, 0));
    check();
    must(!io_has(&space[SIGMA0], 0xffff, 0x10000));
    must(io_has(&space[SIGMA0], 0, 0xffff));
    ok(true, "more than 2^16 ports are none");
}

int
main(void)
{
    plan(4);
    random_seed(4711);
    ports = FEW;
    io_init(&space[SIGMA0]);
    test_model();
    test_shortage();
    test_holes();
    test_strange();
    return done();
}
