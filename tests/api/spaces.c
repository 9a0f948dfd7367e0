/*
 * tests/api/spaces.c - SpaceControl: the areas, the small-space control word,
 * promotion and demotion (sheet section 9).
 *
 * With the argument "small16" the small area is expected to have 16 MB, as the
 * kernel was told (small=16).
 */
#include "stage.h"

#include <pn/image.h>
#include <pn/share.h>
#include <pn/small.h>
#include <pn/space.h>

#define KEEP    ((void *)-1)
#define NIL     L4_nilthread
#define IGNORED 0xeeUL
#define BEYOND  0xc0000000UL /* the first address that is no user's */

static L4_ThreadId_t me;

static L4_Word_t
control(L4_ThreadId_t id, L4_Word_t word, L4_Fpage_t kip, L4_Fpage_t utcb,
        L4_Word_t *old)
{
    static L4_Word_t unused;

    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    return L4_SpaceControl(id, word, kip, utcb, NIL, old ? old : &unused);
}

#define DONE(call)                      \
    do {                                \
        EQUAL(call, 1);                 \
        EQUAL(L4_ErrorCode(), IGNORED); \
    } while (0)
#define REFUSED(call, code)          \
    do {                             \
        EQUAL(call, 0);              \
        EQUAL(L4_ErrorCode(), code); \
    } while (0)

static L4_Word_t
word_of(L4_ThreadId_t id)
{
    L4_Word_t old = ~0UL;

    DONE(control(id, 0, L4_Nilpage, L4_Nilpage, &old));
    return old;
}

/* Ask for a small space; what came back. */
static L4_Word_t
ask(L4_ThreadId_t id, L4_Word_t word)
{
    L4_Word_t old = ~0UL;

    DONE(control(id, word, L4_Nilpage, L4_Nilpage, &old));
    return old;
}

static L4_Word_t
ask_number(L4_ThreadId_t id, L4_Word_t number)
{
    return ask(id, L4_SpaceControlSmall | number);
}

#define EFFECTIVE (1UL << 31)
#define WAS_SMALL (1UL << 30)

/* --- areas --- */

static L4_ThreadId_t
bare_space(void)
{
    L4_ThreadId_t id = stage_new_id();

    EXPECT(L4_ThreadControl(id, id, me, NIL, KEEP));
    return id;
}

static void
specifiers(void)
{
    L4_ThreadId_t id = bare_space(), nobody = stage_new_id();
    L4_Fpage_t kip = stage_kip_area(), utcb = stage_utcb_area();

    REFUSED(control(nobody, 0, kip, utcb, NULL), L4_ErrInvalidSpace);
    REFUSED(control(NIL, 0, kip, utcb, NULL), L4_ErrInvalidSpace);
    REFUSED(control(L4_anythread, 0, kip, utcb, NULL), L4_ErrInvalidSpace);
    REFUSED(control(L4_GlobalId(L4_ThreadNo(id), 70), 0, kip, utcb, NULL),
            L4_ErrInvalidSpace);
    REFUSED(control(L4_MyLocalId(), 0, kip, utcb, NULL), L4_ErrInvalidSpace);
    verdict("a specifier that is no global id of a thread is refused with "
            "error 3");
    stage_kill(id);
    stage_free_id(nobody);
}

static void
utcb_areas(void)
{
    L4_ThreadId_t id = bare_space();
    L4_Fpage_t kip = stage_kip_area();

    REFUSED(control(id, 0, kip, L4_Nilpage, NULL), L4_ErrUtcbArea);
    REFUSED(control(id, 0, kip, L4_FpageLog2(STAGE_UTCB, 11), NULL),
            L4_ErrUtcbArea);
    REFUSED(control(id, 0, kip, L4_IoFpageLog2(0x3f8, 3), NULL),
            L4_ErrUtcbArea);
    verdict("a UTCB area below 4 KB is refused with error 6");
    REFUSED(control(id, 0, kip, L4_FpageLog2(BEYOND, 12), NULL),
            L4_ErrUtcbArea);
    REFUSED(control(id, 0, kip, L4_FpageLog2(0xfffff000, 12), NULL),
            L4_ErrUtcbArea);
    REFUSED(control(id, 0, kip, L4_FpageLog2(0x80000000, 31), NULL),
            L4_ErrUtcbArea);
    REFUSED(control(id, 0, kip, L4_CompleteAddressSpace, NULL), L4_ErrUtcbArea);
    verdict("a UTCB area outside the user area is refused with error 6");
    REFUSED(control(id, 0, L4_Nilpage, L4_Nilpage, NULL), L4_ErrUtcbArea);
    verdict("if both areas are wrong, the UTCB area is told");
    stage_kill(id);
}

static void
kip_areas(void)
{
    L4_ThreadId_t id = bare_space();
    L4_Fpage_t utcb = stage_utcb_area();

    REFUSED(control(id, 0, L4_Nilpage, utcb, NULL), L4_ErrKipArea);
    REFUSED(control(id, 0, L4_FpageLog2(STAGE_KIP, 11), utcb, NULL),
            L4_ErrKipArea);
    verdict("an interface page area below 4 KB is refused with error 7");
    REFUSED(control(id, 0, L4_FpageLog2(BEYOND, 12), utcb, NULL),
            L4_ErrKipArea);
    REFUSED(control(id, 0, L4_FpageLog2(0xfffff000, 12), utcb, NULL),
            L4_ErrKipArea);
    REFUSED(control(id, 0, L4_CompleteAddressSpace, utcb, NULL), L4_ErrKipArea);
    verdict("an interface page outside the user area is refused with error 7");
    REFUSED(control(id, 0, L4_FpageLog2(STAGE_UTCB, 12), utcb, NULL),
            L4_ErrKipArea);
    REFUSED(control(id, 0, L4_FpageLog2(STAGE_UTCB + 0x7000, 12), utcb, NULL),
            L4_ErrKipArea);
    REFUSED(control(id, 0, L4_FpageLog2(STAGE_UTCB, 20), utcb, NULL),
            L4_ErrKipArea);
    verdict("areas that overlap are refused with error 7");
    REFUSED(L4_ThreadControl(id, id, NIL, me, (void *)stage_utcb(id)),
            L4_ErrInvalidSpace);
    verdict("after all that the space is still uninitialised");
    stage_kill(id);
}

static volatile L4_Word_t found[4];

static void
find(L4_Word_t unused)
{
    (void)unused;
    found[0] = (L4_Word_t)L4_GetKernelInterface();
    found[1] = (L4_Word_t)l4_utcb();
    found[2] = ((const volatile L4_Word_t *)found[0])[0];
}

static void
garbage_below_the_size(void)
{
    L4_ThreadId_t id = bare_space();
    L4_Fpage_t kip = l4_fpage(stage_kip_area().raw | 0xc0f);
    L4_Fpage_t utcb = l4_fpage(stage_utcb_area().raw | 0x7c0f);

    DONE(control(id, 0, kip, utcb, NULL));
    EXPECT(
        L4_ThreadControl(id, id, NIL, stage_pager(), (void *)stage_utcb(id)));
    stage_start(id, find, 0);
    stage_wait(id);
    EQUAL(found[0], STAGE_KIP);
    EQUAL(found[1], stage_utcb(id) + 0x100);
    EQUAL(found[2], L4_KIP_MAGIC);
    stage_kill(id);
    verdict("rights, and base bits below the size, are ignored in both areas");
}

static void
only_once(void)
{
    L4_ThreadId_t id = stage_space(LARGE);

    DONE(control(id, 0, L4_Nilpage, L4_Nilpage, NULL));
    DONE(control(id, 0, L4_FpageLog2(0x600000, 12), L4_FpageLog2(0x601000, 12),
                 NULL));
    DONE(control(id, 0, L4_FpageLog2(BEYOND, 12), L4_FpageLog2(BEYOND, 3),
                 NULL));
    stage_start(id, find, 0);
    stage_wait(id);
    EQUAL(found[0], STAGE_KIP);
    stage_kill(id);
    verdict("an initialised space keeps its areas, whatever is asked");
}

static void
redirectors(void)
{
    L4_ThreadId_t id = stage_space(LARGE);
    L4_Word_t old;

    EXPECT(L4_SpaceControl(id, 0, L4_Nilpage, L4_Nilpage, L4_anythread, &old));
    EXPECT(L4_SpaceControl(id, 0, L4_Nilpage, L4_Nilpage, NIL, &old));
    stage_kill(id);
    verdict("no redirector, and redirector unchanged, are accepted");
}

/* Any id of the space will do, an inactive thread's too. */
static void
any_member(void)
{
    L4_ThreadId_t id = stage_space(SMALL), second = stage_new_id();

    EXPECT(L4_ThreadControl(second, id, me, NIL, KEEP));
    EQUAL(word_of(second) & WAS_SMALL, WAS_SMALL);
    stage_kill(second);
    stage_kill(id);
    verdict("any thread of a space names it, an inactive one too");
}

/* --- X.2's small-space numbers --- */

/* Areas at 2 MB and up, for spaces of 4 MB; nothing ever runs in them. */
static L4_ThreadId_t
low_space(void)
{
    L4_ThreadId_t id = bare_space();

    DONE(control(id, 0, L4_FpageLog2(0x201000, 12), L4_FpageLog2(0x200000, 12),
                 NULL));
    return id;
}

static void
library_numbers(void)
{
    EQUAL(L4_SmallSpace(0, 4), 0x01);
    EQUAL(L4_SmallSpace(4, 4), 0x03);
    EQUAL(L4_SmallSpace(0, 16), 0x04);
    EQUAL(L4_SmallSpace(8, 8), 0x06);
    EQUAL(L4_SmallSpace(16, 16), 0x0c);
    EQUAL(L4_SmallSpace(32, 32), 0x18);
    EQUAL(L4_SmallSpace(0, 64), 0x10);
    EQUAL(L4_SmallSpace(0, 256), 0x40);
    verdict("the library codes location and size as the table of 9.2 has it");
}

static void
numbers(void)
{
    L4_ThreadId_t a = low_space(), b = low_space();

    EQUAL(word_of(a), 0);
    verdict("a new space is large: its number reads 0");
    EQUAL(ask_number(a, L4_SmallSpace(0, 4)), EFFECTIVE);
    EQUAL(word_of(a) & 0xff, 0x01);
    EQUAL(word_of(a) & EFFECTIVE, 0);
    verdict("a small-space number takes effect (e) and reads back, without e");
    EQUAL(ask_number(b, L4_SmallSpace(0, 4)), 0);
    EQUAL(ask_number(b, L4_SmallSpace(0, 16)), 0);
    EQUAL(word_of(b), 0);
    verdict("a number whose place is taken is refused: result 1, e clear");
    EQUAL(ask_number(b, L4_SmallSpace(4, 4)), EFFECTIVE);
    EQUAL(ask_number(b, L4_SmallSpace(4, 4)) & ~WAS_SMALL, EFFECTIVE | 0x03);
    verdict("a second space goes beside it; asking for what it has succeeds");
    EQUAL(ask_number(b, L4_SmallSpace(8, 4)) & ~WAS_SMALL, EFFECTIVE | 0x03);
    EQUAL(word_of(b) & 0xff, L4_SmallSpace(8, 4));
    verdict("a small space moves to another number");
    EQUAL(ask_number(b, L4_SmallSpace(0, 4)) & 0xff, L4_SmallSpace(8, 4));
    EQUAL(word_of(b) & 0xff, L4_SmallSpace(8, 4));
    verdict("a refused move leaves it where it was");
    EQUAL(ask_number(a, L4_LargeSpace) & ~WAS_SMALL, EFFECTIVE | 0x01);
    EQUAL(word_of(a), 0);
    verdict("number 0 makes a small space large");
    EQUAL(ask_number(a, L4_LargeSpace), EFFECTIVE);
    verdict("number 0 takes effect on a large space, too");
    EQUAL(ask_number(b, L4_SmallSpace(0, 4)) & 0xff, L4_SmallSpace(8, 4));
    EQUAL(word_of(b) & 0xff, 0x01);
    verdict("the place it left can be had by another");
    stage_kill(b);
    EQUAL(ask_number(a, L4_SmallSpace(0, 16)), EFFECTIVE);
    verdict("the place of a deleted space can be had by another");
    EQUAL(ask(a, 0x55), WAS_SMALL | 0x04);
    EQUAL(word_of(a) & 0xff, 0x04);
    verdict("without bit 31 the number in the word is ignored");
    stage_kill(a);
}

static void
too_far(void)
{
    L4_ThreadId_t a = low_space();

    EQUAL(ask_number(a, L4_SmallSpace(16, 4)), 0);
    EQUAL(ask_number(a, L4_SmallSpace(0, 32)), 0);
    EQUAL(ask(a, PN_SmallPages(0x1001)), 0);
    EQUAL(word_of(a), 0);
    verdict("places beyond the small area are refused");
    EQUAL(ask_number(a, L4_SmallSpace(12, 4)), EFFECTIVE);
    EQUAL(ask_number(a, L4_LargeSpace) & EFFECTIVE, EFFECTIVE);
    EQUAL(ask_number(a, L4_SmallSpace(0, 16)), EFFECTIVE);
    verdict("the area's last 4 MB and the whole area can be had");
    EQUAL(ask_number(a, L4_SmallSpace(12, 4)) & EFFECTIVE, EFFECTIVE);
    EQUAL(word_of(a) & 0xff, L4_SmallSpace(12, 4));
    verdict("a space's own place is no obstacle to its new one");
    stage_kill(a);
}

static void
areas_beyond(void)
{
    L4_ThreadId_t a = bare_space();

    DONE(control(a, 0, L4_FpageLog2(0xbff00000, 12), L4_FpageLog2(0x200000, 12),
                 NULL));
    EQUAL(ask_number(a, L4_SmallSpace(0, 16)), 0);
    EQUAL(ask(a, PN_SmallPages(0x1000)), 0);
    stage_kill(a);
    a = bare_space();
    DONE(control(a, 0, L4_FpageLog2(0x200000, 12), L4_FpageLog2(0x3ff000, 14),
                 NULL));
    EQUAL(ask(a, PN_SmallPages(0x3fc)), 0);
    EQUAL(ask(a, PN_SmallPages(0x3ff)), 0);
    EQUAL(ask(a, PN_SmallPages(0x400)), EFFECTIVE);
    stage_kill(a);
    verdict("a space whose areas do not lie below the limit stays large");
}

/* --- pages --- */

static volatile L4_Word_t limit, go_on, rounds;

/* Tells its limit, and checks a pattern in its memory all the time. */
static void
watch(L4_Word_t seed)
{
    static L4_Word_t pattern[3 * PAGE / 4];
    L4_Word_t words = sizeof pattern / sizeof *pattern;

    for (L4_Word_t i = 0; i < words; i++)
        pattern[i] = seed * i;
    for (rounds = 1; !go_on; rounds++) {
        limit = data_limit();
        for (L4_Word_t i = 0; i < words; i += 64)
            if (pattern[i] != seed * i)
                EXPECT(!"memory is as it was");
        if (rounds % 16 == 0)
            sleep_ms(1);
    }
}

/* Let the watcher look again. */
static L4_Word_t
limit_now(void)
{
    L4_Word_t before = rounds;

    for (int i = 0; i < 500 && rounds < before + 20; i++)
        sleep_ms(1);
    EXPECT(rounds >= before + 20);
    return limit;
}

static void
resizing(void)
{
    L4_ThreadId_t id = stage_space(LARGE);
    L4_Word_t pages = stage_small_pages();

    go_on = rounds = 0;
    stage_start(id, watch, 77);
    EQUAL(limit_now(), BEYOND - 1);
    verdict("a large space's segment ends at 3 GB");
    EQUAL(ask(id, PN_SmallPages(pages)), EFFECTIVE);
    EQUAL(limit_now(), pages * PAGE - 1);
    verdict("made small with n pages, its segment ends there");
    EQUAL(word_of(id), WAS_SMALL);
    verdict("a size in pages reads back as small, with number 0");
    for (L4_Word_t more = 1; more <= 3; more++) {
        EQUAL(ask(id, PN_SmallPages(pages + more)), EFFECTIVE | WAS_SMALL);
        EQUAL(limit_now(), (pages + more) * PAGE - 1);
    }
    verdict("a small space grows page by page");
    EQUAL(ask(id, PN_SmallPages(pages)), EFFECTIVE | WAS_SMALL);
    EQUAL(limit_now(), pages * PAGE - 1);
    verdict("and shrinks");
    EQUAL(ask(id, PN_SmallPages(0x3e1)), WAS_SMALL);
    EQUAL(limit_now(), pages * PAGE - 1);
    verdict("a size that leaves mapped pages outside is refused");
    EQUAL(ask_number(id, L4_SmallSpace(8, 8)), EFFECTIVE | WAS_SMALL);
    EQUAL(limit_now(), (8UL << 20) - 1);
    verdict("from a size in pages to X.2's number");
    EQUAL(ask(id, PN_SmallPages(0)), EFFECTIVE | WAS_SMALL | 0x06);
    EQUAL(limit_now(), BEYOND - 1);
    verdict("zero pages make it large, and the number is told once more");
    for (int i = 0; i < 50; i++) {
        EQUAL(ask(id, PN_SmallPages(i % 2 ? 0 : pages + (L4_Word_t)i)) &
                  EFFECTIVE,
              EFFECTIVE);
        if (i % 2 == 0)
            EXPECT(pn_space_move(id));
        sleep_ms(1);
    }
    go_on = 1;
    stage_wait(id);
    stage_kill(id);
    verdict("a running space changes size and kind 50 times and never notices");
}

/* --- promotion --- */

static volatile L4_Word_t beyond_address, got_word;

static void
read_beyond(L4_Word_t address)
{
    got_word = *(volatile L4_Word_t *)address;
}

static void
write_beyond(L4_Word_t address)
{
    *(volatile L4_Word_t *)address = 0x5678;
    got_word = *(volatile L4_Word_t *)address;
}

/* The write is made through SS: #SS instead of #GP. */
static void
push_beyond(L4_Word_t address)
{
    __asm__ volatile("movl %%esp, %%ecx\n\t"
                     "leal 4(%0), %%esp\n\t"
                     "pushl $0x9abc\n\t"
                     "movl %%ecx, %%esp"
                     :
                     : "r"(address)
                     : "ecx", "memory");
    got_word = *(volatile L4_Word_t *)address;
}

static void
jump_beyond(L4_Word_t address)
{
    got_word = ((L4_Word_t(*)(void))address)();
}

static void
string_beyond(L4_Word_t address)
{
    L4_Word_t count = 8;

    __asm__ volatile("rep stosl"
                     : "+D"(address), "+c"(count)
                     : "a"(0x5678)
                     : "memory");
    got_word = ((volatile L4_Word_t *)address)[-1];
}

/*
 * The director is the pager: the first fault beyond the limit has to come with
 * its true address, from a space that is large by then.
 */
static void
promoted_by(const char *what, act_t act, L4_Word_t result, L4_Word_t offset)
{
    static L4_Word_t page[PAGE / 4] __attribute__((aligned(PAGE)));
    L4_ThreadId_t id = stage_space_paged(SMALL, me), from;
    L4_Word_t end = stage_small_pages() * PAGE, address = end + offset;
    L4_MsgTag_t tag;
    int faults = 0;

    page[0] = 0x000123b8; /* mov $0x123, %eax; ret */
    page[1] = 0x0000c300;
    got_word = 0;
    EXPECT(stage_start_message(id, act, address));
    tag = L4_Wait_Timeout(ms(300), &from);
    while (L4_IpcSucceeded(tag)) {
        if (!pn_share_fault(tag, STAGE_KIP)) {
            L4_Word_t at = l4_utcb()[1];
            L4_MapItem_t item =
                L4_MapItem(L4_FpageAddRights(L4_FpageLog2((L4_Word_t)page, 12),
                                             L4_FullyAccessible),
                           at);

            EXPECT(at >= address && at < address + 64);
            EXPECT(!stage_is_small(id));
            faults++;
            L4_Set_MsgTag(l4_tag(2UL << 6));
            L4_LoadMRs(1, 2, item.raw);
        }
        tag = L4_ReplyWait_Timeout(from, ms(300), &from);
    }
    EQUAL(faults, 1);
    EXPECT(stage_finished(id));
    EQUAL(got_word, result);
    EQUAL(word_of(id), 0);
    stage_kill(id);
    verdict("%s makes a small space large, unseen", what);
}

static void
promotion(void)
{
    promoted_by("reading right behind the limit", read_beyond, 0x000123b8, 0);
    promoted_by("reading far behind the limit", read_beyond, 0x000123b8,
                0x10000000);
    promoted_by("writing behind the limit", write_beyond, 0x5678, 0);
    promoted_by("a push behind the limit", push_beyond, 0x9abc, 0);
    promoted_by("a jump behind the limit", jump_beyond, 0x123, 0);
    promoted_by("a string instruction behind the limit", string_beyond, 0x5678,
                0);
}

static void
number_after_promotion(void)
{
    L4_ThreadId_t id = stage_space(LARGE);

    EQUAL(ask_number(id, L4_SmallSpace(0, 8)), EFFECTIVE);
    stage_start(id, read_beyond, 0x00900000);
    for (int i = 0; i < 50 && stage_is_small(id); i++)
        sleep_ms(1);
    EQUAL(word_of(id), 0);
    stage_kill(id);
    fault_count = 0;
    verdict("a space that outgrew its number reads 0 again");
    id = low_space();
    EQUAL(ask_number(id, L4_SmallSpace(0, 8)), EFFECTIVE);
    stage_kill(id);
    verdict("and its place is free");
}

static void
demotion(void)
{
    L4_ThreadId_t id = stage_space(LARGE);
    L4_Word_t pages = stage_small_pages();

    stage_start(id, read_beyond, FREE_HIGH - PAGE);
    stage_wait(id);
    EQUAL(ask(id, PN_SmallPages(pages)), EFFECTIVE);
    stage_kill(id);
    verdict("a large space with pages below the limit becomes small");
}

int
main(int argc, char **argv)
{
    me = L4_Myself();
    stage_open();
    if (has_argument(argc, argv, "small16")) {
        too_far();
        done();
    }
    specifiers();
    utcb_areas();
    kip_areas();
    garbage_below_the_size();
    only_once();
    redirectors();
    any_member();
    library_numbers();
    numbers();
    areas_beyond();
    resizing();
    promotion();
    number_after_promotion();
    demotion();
    done();
}
