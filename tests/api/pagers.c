/*
 * tests/api/pagers.c - a pager stacked on a pager stacked on sigma0.
 *
 * Three spaces: the bottom pager, whose own faults sigma0 serves; the middle
 * pager, whose pager that one is; the client, served by the middle one. Each
 * has a window of pages (a slot is one of them). The client draws every step
 * at random: it touches a page of its own, or calls a pager to map, grant,
 * unmap, flush or write-protect some. Between its steps all others wait for
 * it, so one model of all three windows, in the image that they share, is
 * always exact: who has a fault and who has none, and which word is read.
 *
 * Every page of memory holds words of the model's; what is read through any
 * mapping in any space must be the last that was written through any other.
 */
#include "stage.h"

#include <l4/sigma0.h>
#include <pn/image.h>
#include <pn/program.h>
#include <pn/space.h>

enum { BOTTOM, MIDDLE, CLIENT, PARTIES };

enum {
    SLOTS = 32,  /* of the middle pager and the client */
    FRAMES = 16, /* of the bottom pager: its slots, 1:1 */
    GROUP = 4,   /* pages that move together now and then */
    FAR = 24,    /* in moving casts, slots beyond a small client's limit */
    NONE = -1,
    WORDS = 2, /* first and last of a page */
    MEMORY = 0x1000000,
    MIDDLE_WINDOW = 0x180000,
    CLIENT_WINDOW = 0x240000,
    FAR_WINDOW = 0x6000000,
    SILENCE_MS = 3000, /* then it is stuck */
    CASTS = 10,
};

#define RWX L4_FullyAccessible
#define RX  (L4_Readable | L4_eXecutable)

static L4_ThreadId_t party[PARTIES];
static L4_Word_t memory; /* of this cast: sigma0 gives a page to one only */
static int moving;
static L4_Word_t seed;

static volatile L4_Word_t steps, faults[PARTIES], stale, moves;
/* Faults whose answer was no help: what the page came from was in the way. */
static volatile L4_Word_t useless[PARTIES];

/* --- the model: who has what from whom --- */

struct node {
    int frame;
    int writable;
    struct node *parent; /* NULL: sigma0 */
};

static struct node nodes[PARTIES][SLOTS];
static L4_Word_t contents[FRAMES][WORDS], stamp;

static struct node *const first_node = nodes[0];
static struct node *const end_node = nodes[PARTIES];

static void
node_remove(struct node *n)
{
    for (struct node *c = first_node; c < end_node; c++)
        if (c->frame != NONE && c->parent == n)
            node_remove(c);
    n->frame = NONE;
}

static void
node_protect(struct node *n)
{
    for (struct node *c = first_node; c < end_node; c++)
        if (c->frame != NONE && c->parent == n)
            node_protect(c);
    n->writable = 0;
}

static int
node_lacks(const struct node *n, int write)
{
    return n->frame == NONE || (write && !n->writable);
}

static void
node_unmap(struct node *n, L4_Word_t rights, int flush)
{
    if (n->frame == NONE)
        return;
    for (struct node *c = first_node; c < end_node; c++) {
        if (c->frame == NONE || c->parent != n)
            continue;
        if (rights == RWX)
            node_remove(c);
        else
            node_protect(c);
    }
    if (flush && rights == RWX)
        node_remove(n);
    else if (flush)
        node_protect(n);
}

/* A page stays in the way of what came from it. */
static int
node_takes(const struct node *to, const struct node *from)
{
    if (from->frame == NONE)
        return 0;
    if (to->frame != NONE)
        for (; from != NULL; from = from->parent)
            if (from == to)
                return 0;
    return 1;
}

static void
node_map(struct node *from, struct node *to, L4_Word_t rights)
{
    int writable = from->writable && rights == RWX;

    if (!node_takes(to, from))
        return;
    if (to->frame != NONE && to->parent == from) {
        to->writable |= writable;
        return;
    }
    node_remove(to);
    *to = (struct node){from->frame, writable, from};
}

static void
node_grant(struct node *from, struct node *to, L4_Word_t rights)
{
    if (!node_takes(to, from))
        return;
    node_remove(to);
    if (rights != RWX)
        node_protect(from);
    *to = *from;
    from->frame = NONE;
    for (struct node *c = first_node; c < end_node; c++)
        if (c->frame != NONE && c->parent == from)
            c->parent = to;
}

static void
model_clear(void)
{
    for (struct node *n = first_node; n < end_node; n++)
        n->frame = NONE;
}

/* --- the windows --- */

static L4_Word_t
draw(L4_Word_t below)
{
    return (random_word(&seed) >> 3) % below;
}

static L4_Word_t
slots_of(int who)
{
    return who == BOTTOM ? FRAMES : SLOTS;
}

static L4_Word_t
address(int who, L4_Word_t slot)
{
    if (who == BOTTOM)
        return memory + slot * PAGE;
    if (who == MIDDLE)
        return MIDDLE_WINDOW + slot * PAGE;
    if (moving && slot >= FAR)
        return FAR_WINDOW + slot * PAGE;
    return CLIENT_WINDOW + slot * PAGE;
}

static L4_Word_t
client_slot(L4_Word_t at)
{
    return (at - (at >= FAR_WINDOW ? FAR_WINDOW : CLIENT_WINDOW)) / PAGE;
}

static L4_Fpage_t
fpage(int who, L4_Word_t slot, L4_Word_t pages, L4_Word_t rights)
{
    return L4_FpageAddRights(L4_Fpage(address(who, slot), pages * PAGE),
                             rights);
}

/*
 * A party reads or writes a word of its own window: a fault if, and only if,
 * the model lacks the page or the right, and the word that the model knows.
 * The bottom pager's faults are sigma0's, where nobody counts them.
 */
static void
touch(int who, L4_Word_t slot, int write)
{
    struct node *n = &nodes[who][slot];
    int lacking = node_lacks(n, write);
    L4_Word_t before = faults[who] - useless[who];
    L4_Word_t word = draw(WORDS), value = ++stamp;
    volatile L4_Word_t *at =
        (volatile L4_Word_t *)address(who, slot) + word * (PAGE / 4 - 1);

    if (write)
        *at = value; /* whoever serves a fault of it writes words of its own */
    else
        value = *at;
    if (who == BOTTOM && lacking)
        *n = (struct node){(int)slot, 1, NULL};
    if (who != BOTTOM)
        EQUAL(faults[who] - useless[who] - before, lacking);
    if (n->frame == NONE) {
        EXPECT(!"a page that nobody mapped is there");
        return;
    }
    if (write) {
        contents[n->frame][word] = value;
        return;
    }
    stale += value != contents[n->frame][word];
    EQUAL(value, contents[n->frame][word]);
}

/* --- what a party may be asked to do --- */

enum { TOUCH, UNMAP, MAP, GRANT, DRAW_DOWN, OPS };

/* Pages from `slot` on, in step with the model. */
static void
revoke(int who, L4_Word_t slot, L4_Word_t pages, L4_Word_t rights, int flush)
{
    L4_Fpage_t f = fpage(who, slot, pages, rights);

    if (flush)
        (void)L4_Flush(f);
    else
        (void)L4_UnmapFpage(f);
    for (L4_Word_t i = 0; i < pages; i++)
        node_unmap(&nodes[who][slot + i], rights, flush);
}

/* The message that maps or grants pages of `who` to the party above it. */
static void
load_pages(int who, L4_Word_t from, L4_Word_t to, L4_Word_t pages,
           L4_Word_t rights, int grant)
{
    L4_Fpage_t f = fpage(who, from, pages, rights);
    L4_Word_t at = address(who + 1, to);
    L4_MapItem_t item = L4_MapItem(f, at);

    if (grant) {
        L4_GrantItem_t given = L4_GrantItem(f, at);

        memcpy(&item, &given, sizeof item);
    }
    for (L4_Word_t i = 0; i < pages; i++)
        (grant ? node_grant : node_map)(&nodes[who][from + i],
                                        &nodes[who + 1][to + i], rights);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
}

/* A pager finds something for the page `slot` of the party above it. */
static void
serve_fault(int who, L4_Word_t slot, int write)
{
    L4_Word_t from = draw(slots_of(who)), pages = draw(4) == 0 ? GROUP : 1;
    L4_Word_t rights = write || draw(2) ? RWX : RX;
    int grant = draw(8) == 0;

    if (pages > 1) {
        from = (from & ~(L4_Word_t)(GROUP - 1)) | slot % GROUP;
        touch(who, from, write);
        from -= slot % GROUP;
        slot -= slot % GROUP;
    } else {
        touch(who, from, write);
    }
    load_pages(who, from, slot, pages, rights, grant);
}

static void
handle_fault(int who, L4_MsgTag_t tag)
{
    L4_Word_t at = l4_utcb()[1], rwx = L4_Label(tag) & 7;
    L4_Word_t slot =
        who == BOTTOM ? (at - MIDDLE_WINDOW) / PAGE : client_slot(at);

    faults[who + 1]++;
    EXPECT(rwx == L4_Writable || rwx == RX);
    if (slot >= SLOTS) {
        EXPECT(!"a fault outside the window");
        slot = 0;
    }
    EQUAL(at & ~(L4_Word_t)(PAGE - 1), address(who + 1, slot));
    serve_fault(who, slot, rwx == L4_Writable);
    useless[who + 1] +=
        (L4_Word_t)node_lacks(&nodes[who + 1][slot], rwx == L4_Writable);
}

static void
call(int whom, L4_Word_t op, L4_Word_t a, L4_Word_t b, L4_Word_t c, L4_Word_t d)
{
    L4_Word_t w[] = {op, a, b, c, d};

    L4_Accept(L4_MapGrantItems(L4_CompleteAddressSpace));
    L4_Set_MsgTag(l4_tag(5));
    L4_LoadMRs(1, 5, w);
    EXPECT(L4_IpcSucceeded(L4_Call(party[whom])));
    L4_Accept(L4_UntypedWordsAcceptor);
}

/* Prepare the answer to a request of somebody above. */
static void
handle_request(int who)
{
    L4_Word_t w[5];

    L4_StoreMRs(1, 5, w);
    switch (w[0]) {
    case TOUCH:
        touch(who, w[1], (int)w[2]);
        break;
    case UNMAP:
        revoke(who, w[1], w[2], w[3], (int)w[4]);
        break;
    case MAP:
    case GRANT:
        load_pages(who, w[1], w[2], w[3], w[4], w[0] == GRANT);
        return;
    case DRAW_DOWN:
        call(who - 1, w[4] ? GRANT : MAP, w[1], w[2], w[3] & 15, w[3] >> 4);
        break;
    }
    L4_Set_MsgTag(l4_tag(0));
}

/* Once the image is here no fault is the stage's any more. */
static void
leave_the_stage(L4_ThreadId_t pager)
{
    pn_image_touch();
    (void)L4_GetKernelInterface();
    L4_Set_Pager(pager);
}

/* The first words of all memory. */
static void
begin_memory(void)
{
    for (L4_Word_t i = 0; i < FRAMES; i++) {
        volatile L4_Word_t *page = (volatile L4_Word_t *)address(BOTTOM, i);

        for (L4_Word_t w = 0; w < WORDS; w++)
            page[w * (PAGE / 4 - 1)] = contents[i][w] = ++stamp;
        nodes[BOTTOM][i] = (struct node){(int)i, 1, NULL};
    }
}

static void
serve(L4_Word_t who)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;

    leave_the_stage(who == BOTTOM ? L4_Sigma0Id(NULL) : party[who - 1]);
    if (who == BOTTOM)
        begin_memory();
    for (tag = L4_Wait(&from);; tag = L4_ReplyWait(from, &from)) {
        if (L4_IsPageFault(tag))
            handle_fault((int)who, tag);
        else
            handle_request((int)who);
    }
}

/* --- the client --- */

static L4_ThreadId_t director;

/* Between two steps; who moves "meanwhile" is the director's own choice. */
static void
ask_for_a_move(void)
{
    L4_Set_MsgTag(l4_tag(2));
    L4_LoadMR(1, draw(PARTIES));
    L4_LoadMR(2, draw(2));
    (void)L4_Call(director);
}

static void
step(void)
{
    int who = (int)draw(2); /* BOTTOM or MIDDLE */
    L4_Word_t pages = draw(3) == 0 ? GROUP : 1;
    L4_Word_t rights = draw(2) ? RWX : RX;
    L4_Word_t mine = draw(SLOTS) & ~(pages - 1);
    L4_Word_t its = draw(slots_of(who)) & ~(pages - 1);
    L4_Word_t middle = draw(SLOTS) & ~(pages - 1);
    L4_Word_t what = draw(100);

    if (what < 45)
        touch(CLIENT, mine, 0);
    else if (what < 65)
        touch(CLIENT, mine, 1);
    else if (what < 72)
        call(who, UNMAP, its, pages, RWX, 0);
    else if (what < 76)
        call(who, UNMAP, its, pages, L4_Writable, draw(2));
    else if (what < 81)
        call(who, UNMAP, its, pages, RWX, 1);
    else if (what < 84)
        revoke(CLIENT, mine, pages, RWX, 1);
    else if (what < 85)
        revoke(CLIENT, mine, pages, L4_Writable, 1);
    else if (what < 88)
        call(MIDDLE, MAP, middle, mine, pages, rights);
    else if (what < 91)
        call(MIDDLE, GRANT, middle, mine, pages, rights);
    else if (what < 95)
        call(MIDDLE, DRAW_DOWN, draw(FRAMES) & ~(pages - 1), middle,
             pages | rights << 4, what & 1);
    else if (what < 99 || !moving)
        call(who, TOUCH, its, draw(2), 0, 0);
    else
        ask_for_a_move();
}

static void
be_client(L4_Word_t count)
{
    leave_the_stage(party[MIDDLE]);
    while (steps < count) {
        step();
        steps++;
    }
}

/* --- the director --- */

/* Sizes differ, so a small space that is to be small moves, too. */
static void
move(L4_Word_t who, int small)
{
    static L4_Word_t spare;
    L4_Word_t pages = spare++ % 16 + (who == BOTTOM ? memory / PAGE + FRAMES
                                                    : stage_small_pages());

    if (!pn_space_resize(party[who], small ? pages : 0))
        EXPECT(small); /* it has pages beyond the limit */
    else if (small)
        EXPECT(pn_space_move(party[who]));
    moves++;
}

static void
settle(int who, enum kind kind)
{
    L4_Word_t pages =
        who == BOTTOM ? memory / PAGE + FRAMES : stage_small_pages();

    party[who] = stage_space(LARGE);
    EXPECT(pn_space_resize(party[who], kind == SMALL ? pages : 0));
}

/* Serve the client's wishes, and have some of one's own. */
static void
watch(L4_Word_t count)
{
    L4_Word_t last = 0, silence = 0;

    while (!stage_finished(party[CLIENT]) && silence < SILENCE_MS) {
        L4_Word_t who, small;
        L4_MsgTag_t tag = L4_Receive_Timeout(party[CLIENT], ms(5));

        if (L4_IpcSucceeded(tag)) {
            L4_StoreMR(1, &who);
            L4_StoreMR(2, &small);
            move(who, (int)small);
            L4_Set_MsgTag(l4_tag(0));
            (void)L4_Reply(party[CLIENT]);
        } else if (moving) {
            L4_Word_t when = (L4_Word_t)now_us();

            move(when % PARTIES, when / 16 % 2);
        }
        silence = steps == last ? silence + 5 : 0;
        last = steps;
    }
    EQUAL(steps, count);
}

static const char *
letter(enum kind kind)
{
    return kind == SMALL ? "small" : "large";
}

/* Bits of `kinds`: who is small. */
static void
play(unsigned cast, unsigned kinds, L4_Word_t count)
{
    memory = MEMORY + cast * FRAMES * PAGE;
    moving = cast >= 8;
    steps = stale = moves = 0;
    memset((void *)faults, 0, sizeof faults);
    memset((void *)useless, 0, sizeof useless);
    memset(contents, 0, sizeof contents);
    model_clear();
    for (int who = BOTTOM; who < PARTIES; who++)
        settle(who, kinds >> who & 1 ? SMALL : LARGE);
    stage_start(party[BOTTOM], serve, BOTTOM);
    stage_start(party[MIDDLE], serve, MIDDLE);
    stage_start(party[CLIENT], be_client, count);
    watch(count);
    if (!moving)
        for (int who = BOTTOM; who < PARTIES; who++)
            EQUAL(stage_is_small(party[who]), kinds >> who & 1);
    verdict("%s on %s on %s, %s: %lu steps, %lu and %lu faults, %lu moves, "
            "%lu stale reads",
            letter(kinds >> CLIENT & 1), letter(kinds >> MIDDLE & 1),
            letter(kinds >> BOTTOM & 1), moving ? "moved about" : "settled",
            steps, faults[CLIENT], faults[MIDDLE], moves, stale);
    for (int who = CLIENT; who >= BOTTOM; who--)
        stage_kill(party[who]);
}

int
main(int argc, char **argv)
{
    L4_Word_t count = number_argument(argc, argv, "steps=", 20000);

    seed = number_argument(argc, argv, "seed=", 20261125);
    director = L4_Myself();
    stage_open();
    for (unsigned cast = 0; cast < CASTS; cast++)
        play(cast, cast & 7, cast < 8 ? count / 16 : count / 4);
    done();
}
