/*
 * tests/api/area.c - two hundred spaces share a small area that is too small
 * for comfort; every step one of them moves, slides, grows, shrinks, becomes
 * large or small again, dies or is born, or all are slid together. Meanwhile
 * couriers call them at random, and everybody looks after its canaries.
 *
 * Arguments: ops=N, seed=N, area=MB (as the kernel's option small=MB), and
 * limits for a machine that enforces them: only there may a space reach out
 * beyond its own.
 */
#include "residents.h"

#include <pn/compact.h>
#include <pn/space.h>

enum {
    SPACES = 200,
    COURIERS = 4, /* behind them; they move, too, but never die */
    ALL = SPACES + COURIERS,
    MOST = 12, /* own pages of a space */
    SWEEP = 500,
    PRIORITY = 100, /* as everybody else here: no order of events is safe; */
    HIGHER = 101,   /* but for every second courier, which strikes any time */
};

enum op {
    MOVE,
    SLIDE,
    GROW,
    REACH,
    SHRINK,
    PROMOTE,
    DEMOTE,
    REBIRTH,
    POLICY,
    COMPACT,
    OPS
};

/* Of a thousand. */
static const L4_Word_t weight[OPS] = {250, 160, 150, 80, 150,
                                      50,  60,  67,  30, 3};
static const char *const op_name[OPS] = {
    "moves",      "slides",    "grows",  "reaches",  "shrinks",
    "promotions", "demotions", "deaths", "policies", "compactions",
};

static L4_Word_t tried[OPS], done_ops[OPS], seed, area_bytes, no_room;
static int limits;
static struct pn_tenant tenants[ALL];

static L4_Word_t
draw(L4_Word_t below)
{
    return (random_word(&seed) >> 3) % below;
}

/* --- the state of a space --- */

struct state {
    struct pn_place place;
    L4_Word_t old;
};

static struct state
ask(unsigned i, L4_Word_t control, L4_Word_t base)
{
    struct state s = {{0, 0}, 0};

    EXPECT(pn_place(resident_id(i), control, base, &s.old, &s.place));
    return s;
}

static int
is_small(unsigned i)
{
    return PN_WasSmall(ask(i, 0, 0).old) != 0;
}

static L4_Word_t
control_for(unsigned i, L4_Word_t pages)
{
    L4_Word_t control = PN_SmallPages(pages);

    return residents[i].asks ? PN_AskPager(control) : control;
}

static L4_Word_t
least(unsigned i)
{
    return RESIDENT_FIXED + residents[i].pages;
}

/* What the space is now, is it what the model says? */
static void
agree(unsigned i)
{
    struct state s = ask(i, 0, 0);

    EQUAL(PN_AskedPager(s.old) != 0, residents[i].asks);
    EXPECT(s.place.size >= least(i) * PAGE);
    EQUAL(PN_WasSmall(s.old) != 0, s.place.base != 0);
}

/* --- operations; 0: it could not be --- */

static int
slide(unsigned i)
{
    struct state before = ask(i, 0, 0), s;
    L4_Word_t pages = before.place.size / PAGE, base;

    if (draw(3) == 0)
        base = 0xc0000000 + draw(area_bytes / PAGE) * PAGE;
    else
        base = before.place.base + (draw(17) - 8) * PAGE;
    s = ask(i, control_for(i, pages), base);
    EQUAL(s.place.base, PN_TookEffect(s.old) ? base : before.place.base);
    EQUAL(s.place.size, before.place.size);
    return PN_TookEffect(s.old) != 0;
}

static int
grow(unsigned i)
{
    L4_Word_t pages = residents[i].pages + 1 + draw(4), size;
    struct state before = ask(i, 0, 0), s;

    if (pages > MOST)
        return 0;
    size = RESIDENT_FIXED + pages + draw(2);
    if (size * PAGE < before.place.size) /* it had more than it needed */
        size = before.place.size / PAGE;
    s = ask(i, control_for(i, size), 0);
    if (!PN_TookEffect(s.old)) {
        no_room++;
        return 0;
    }
    resident_grow(i, pages);
    EQUAL(ask(i, 0, 0).place.base, s.place.base);
    EQUAL(ask(i, 0, 0).place.size, size * PAGE);
    return 1;
}

/* It is the resident that goes there first. */
static int
reach(unsigned i)
{
    L4_Word_t pages = residents[i].pages + 1 + draw(2);
    struct state s;

    if (pages > MOST || !limits)
        return 0;
    s = ask(i, 0, 0);
    resident_grow(i, pages);
    if ((RESIDENT_FIXED + pages) * PAGE > s.place.size && !residents[i].asks)
        EXPECT(!is_small(i));
    return 1;
}

static int
shrink(unsigned i)
{
    struct state before = ask(i, 0, 0), s;

    if (residents[i].pages < 2)
        return 0;
    resident_shrink(i, 1 + draw(residents[i].pages - 1));
    s = ask(i, control_for(i, least(i)), 0);
    EXPECT(PN_TookEffect(s.old));
    EQUAL(s.place.base, before.place.base);
    EQUAL(s.place.size, least(i) * PAGE);
    return 1;
}

static int
promote(unsigned i)
{
    struct state s = ask(i, control_for(i, 0), 0);

    EXPECT(PN_TookEffect(s.old));
    EQUAL(s.place.base, 0);
    return 1;
}

static int
demote(unsigned i)
{
    struct state s = ask(i, control_for(i, least(i) + draw(3)), 0);

    if (!PN_TookEffect(s.old))
        no_room++;
    return PN_TookEffect(s.old) != 0;
}

static int
give_birth(unsigned i)
{
    L4_Word_t pages = 1 + draw(MOST / 2);

    return resident_make(i, pages, RESIDENT_FIXED + pages, (int)draw(2), 0);
}

static int
rebirth(unsigned i)
{
    resident_kill(i);
    return give_birth(i);
}

static int
change_policy(unsigned i)
{
    struct state before = ask(i, 0, 0), s;

    residents[i].asks ^= 1;
    s = ask(i, control_for(i, before.place.size / PAGE), 0);
    EXPECT(PN_TookEffect(s.old));
    EQUAL(s.place.base, before.place.base);
    return 1;
}

/* --- all of them --- */

static unsigned
list(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ALL; i++)
        if (residents[i].seed != 0)
            tenants[n++].tid = resident_id(i);
    return n;
}

/* In order, in the area, and none overlaps another; bytes that they take. */
static L4_Word_t
taken_by(unsigned n)
{
    L4_Word_t end = 0xc0000000, taken = 0;

    for (unsigned i = 0; i < n; i++) {
        const struct pn_place *p = &tenants[i].place;

        if (p->base == 0)
            continue;
        EXPECT(p->base >= end);
        end = p->base + p->size;
        taken += p->size;
    }
    EXPECT(end <= 0xc0000000 + area_bytes);
    return taken;
}

static void
compact(L4_Word_t wanted)
{
    struct pn_place area = {0xc0000000, area_bytes}, hole;
    unsigned n = list();
    L4_Word_t largest = pn_compact(tenants, n, &area, wanted, &hole);

    if (wanted != 0)
        EQUAL(largest, area_bytes - taken_by(n));
    else
        (void)taken_by(n);
}

static void
check_all(void)
{
    for (unsigned i = 0; i < SPACES; i++)
        if (residents[i].seed != 0) {
            resident_check(i);
            agree(i);
        }
    compact(0); /* only looks */
}

/* --- the steps --- */

static enum op
draw_op(void)
{
    L4_Word_t n = draw(1000);
    unsigned op = 0;

    while (n >= weight[op])
        n -= weight[op++];
    return (enum op)op;
}

static int
operate(enum op op, unsigned i)
{
    switch (op) {
    case MOVE:
        return pn_space_move(resident_id(i));
    case SLIDE:
        return slide(i);
    case GROW:
        return grow(i);
    case REACH:
        return reach(i);
    case SHRINK:
        return shrink(i);
    case PROMOTE:
        return promote(i);
    case DEMOTE:
        return demote(i);
    case REBIRTH:
        return rebirth(i);
    case POLICY:
        return change_policy(i);
    default:
        return 0;
    }
}

/* The couriers, too, are interested in what happens next. */
static void
aim_at(unsigned i)
{
    for (unsigned c = SPACES; c < ALL; c++)
        courier_victim(c, i < SPACES ? i : 0);
}

static void
step(void)
{
    enum op op = draw_op();
    unsigned i = (unsigned)draw(op <= SLIDE ? ALL : SPACES), other;

    if (op == COMPACT) {
        tried[op]++;
        done_ops[op]++;
        compact(~0UL);
        return;
    }
    if (residents[i].seed == 0) {
        tried[REBIRTH]++;
        done_ops[REBIRTH] += (L4_Word_t)give_birth(i);
        return;
    }
    if (op != REBIRTH && !is_small(i))
        op = DEMOTE;
    else if (op == DEMOTE)
        op = MOVE;
    tried[op]++;
    aim_at(i);
    done_ops[op] += (L4_Word_t)operate(op, i);
    other = (unsigned)draw(SPACES);
    if (i < SPACES && residents[i].seed != 0)
        resident_check(i);
    if (residents[other].seed != 0)
        resident_check(other);
    L4_ThreadSwitch(L4_nilthread);
}

static void
populate(void)
{
    for (unsigned i = 0; i < SPACES; i++)
        EXPECT(give_birth(i));
    for (unsigned i = SPACES; i < ALL; i++) {
        EXPECT(resident_make(i, 2, RESIDENT_FIXED + 2, 0, 0));
        if (i % 2)
            EXPECT(L4_Set_Priority(resident_id(i), HIGHER));
        courier_start(i, SPACES, i % 2);
    }
    check_all();
    verdict("%u spaces and %u couriers in %lu MB", SPACES, COURIERS,
            area_bytes >> 20);
}

static void
report(void)
{
    for (unsigned op = 0; op < OPS; op++)
        diag("%lu %s, of %lu", done_ops[op], op_name[op], tried[op]);
    diag("%lu times no room; %lu page faults, %lu limit faults, %lu grown, %lu "
         "made large by the pager",
         no_room, page_faults_served, limit_faults, grown, made_large);
}

static L4_Word_t
calls(void)
{
    L4_Word_t n = 0;

    for (unsigned i = SPACES; i < ALL; i++) {
        EXPECT(courier_calls(i) > 0);
        n += courier_calls(i);
    }
    return n;
}

/* So many at a time, so that a failure is told where it begins. */
static void
run(L4_Word_t from, L4_Word_t to)
{
    for (L4_Word_t n = from; n < to; n++) {
        step();
        if (n % SWEEP == 0)
            check_all();
    }
    check_all();
    EQUAL(wrong_faults, 0);
    EQUAL(wrong_canaries, 0);
    EQUAL(wrong_answers, 0);
    verdict("up to step %lu: %lu calls, %lu wrong reads, %lu wrong answers", to,
            calls(), wrong_canaries, wrong_answers);
}

int
main(int argc, char **argv)
{
    L4_Word_t ops = number_argument(argc, argv, "ops=", 10000);

    seed = number_argument(argc, argv, "seed=", 20261125);
    area_bytes = number_argument(argc, argv, "area=", 8) << 20;
    limits = has_argument(argc, argv, "limits");
    stage_open();
    residents_open(MOST);
    populate();
    EXPECT(L4_Set_Priority(L4_Myself(), PRIORITY));
    for (L4_Word_t part = 0; part < 10; part++)
        run(ops / 10 * part, ops / 10 * (part + 1));
    report();
    done();
}
