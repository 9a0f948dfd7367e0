/*
 * tests/api/residents.c - tiny spaces with canaries (residents.h).
 */
#include "residents.h"

#include <pn/program.h>
#include <pn/share.h>
#include <pn/space.h>

enum {
    KIP_AT = 0x1000,
    UTCB_AT = 0x2000,
    STACK_AT = 0x3000, /* down to the UTCBs */
    CODE_AT = 0x3000,
    OWN_AT = RESIDENT_FIXED * PAGE,
    LAST = PAGE / 4 - 1,
    CALLS = 1, /* words of a courier's first page */
    WRONG,
    VICTIM,
    ORDERS = 5,
    BURST = 2, /* calls of a courier */
    SHORT_TIME = 500,
    LABEL_BEGIN = 0x57a8,
};

enum order { CHECK, WRITE, BE_COURIER };

/* --- what runs in the residents' spaces: one page, wherever it is mapped ---
 */

#define RESIDENT                                              \
    __attribute__((section(".text.resident"), noinline, used, \
                   optimize("no-jump-tables")))

/* Like l4_ipc and L4_ThreadSwitch, by the interface page at KIP_AT. */
L4_Word_t resident_ipc(L4_Word_t to, L4_Word_t from, L4_Word_t timeouts,
                       L4_Word_t *sender);
void resident_yield(void);
void resident_first(void);
/* clang-format off */
__asm__("        .pushsection .text.resident, \"ax\"\n"
        "        .balign 4096\n"
        "resident_first:\n"
        "        pushl  $0\n"
        "        jmp    resident_serve\n"
        "resident_ipc:\n"
        "        pushl  %ebx\n"
        "        pushl  %esi\n"
        "        pushl  %edi\n"
        "        pushl  %ebp\n"
        "        movl   20(%esp), %eax\n"
        "        movl   24(%esp), %edx\n"
        "        movl   28(%esp), %ecx\n"
        "        movl   %gs:0, %edi\n"
        "        movl   (%edi), %esi\n"
        "        movl   $0x1000, %ebx\n"
        "        addl   0xe0(%ebx), %ebx\n"
        "        call   *%ebx\n"
        "        movl   %ebx, 4(%edi)\n"
        "        movl   %ebp, 8(%edi)\n"
        "        movl   32(%esp), %ecx\n"
        "        movl   %eax, (%ecx)\n"
        "        movl   %esi, %eax\n"
        "        popl   %ebp\n"
        "        popl   %edi\n"
        "        popl   %esi\n"
        "        popl   %ebx\n"
        "        ret\n"
        "resident_yield:\n"
        "        pushl  %ebx\n"
        "        pushl  %esi\n"
        "        pushl  %edi\n"
        "        pushl  %ebp\n"
        "        xorl   %eax, %eax\n"
        "        movl   $0x1000, %ebx\n"
        "        addl   0xf4(%ebx), %ebx\n"
        "        call   *%ebx\n"
        "        popl   %ebp\n"
        "        popl   %edi\n"
        "        popl   %esi\n"
        "        popl   %ebx\n"
        "        ret\n"
        "        .popsection\n");
/* clang-format on */

RESIDENT static L4_Word_t
canary(L4_Word_t seed, L4_Word_t page, L4_Word_t word)
{
    return (seed ^ (page << 16 | word)) * 0x9e3779b1UL;
}

RESIDENT static L4_Word_t
resident_mr(L4_Word_t n, L4_Word_t set, L4_Word_t value)
{
    L4_Word_t *mr;

    __asm__ volatile("movl %%gs:0, %0" : "=r"(mr));
    if (set)
        mr[n] = value;
    return mr[n];
}

RESIDENT static L4_Word_t
resident_look(L4_Word_t seed, L4_Word_t pages)
{
    const volatile L4_Word_t *own = (const volatile L4_Word_t *)OWN_AT;
    L4_Word_t wrong = 0;

    for (L4_Word_t p = 0; p < pages; p++, own += PAGE / 4)
        wrong +=
            own[0] != canary(seed, p, 0) || own[LAST] != canary(seed, p, LAST);
    return wrong;
}

RESIDENT static void
resident_write(L4_Word_t seed, L4_Word_t from, L4_Word_t to)
{
    for (L4_Word_t p = from; p < to; p++) {
        volatile L4_Word_t *own = (volatile L4_Word_t *)(OWN_AT + p * PAGE);

        own[0] = canary(seed, p, 0);
        own[LAST] = canary(seed, p, LAST);
    }
}

/* The answer of resident number n. */
RESIDENT static L4_Word_t
signature(L4_Word_t nonce, L4_Word_t n)
{
    return nonce * 0x85ebca6bUL + n;
}

RESIDENT static void
courier(L4_Word_t seed, L4_Word_t pages, L4_Word_t count, L4_Word_t myself)
{
    volatile L4_Word_t *own = (volatile L4_Word_t *)OWN_AT;
    L4_Word_t x = seed | 1, from;

    for (;;) {
        for (L4_Word_t burst = 0; burst < BURST; burst++) {
            L4_Word_t n;

            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            n = burst % 2 ? own[VICTIM] : (x >> 4) % count;
            resident_mr(0, 1, 2);
            resident_mr(1, 1, CHECK);
            resident_mr(2, 1, x);
            from = (RESIDENT_NUMBER + n) << 14 | 1;
            /* Nobody there, killed meanwhile, or too young: no matter. */
            if (resident_ipc(from, from, 0, &from) != 2)
                continue;
            own[CALLS]++;
            own[WRONG] += resident_mr(1, 0, 0) != signature(x, n) ||
                          resident_mr(2, 0, 0) != 0 ||
                          resident_look(seed, pages) != 0;
        }
        if (myself == 0)
            resident_yield();
        else /* for a tick: it may come in the middle of anything */
            resident_ipc(0, myself, SHORT_TIME, &from);
    }
}

RESIDENT static void __attribute__((noreturn)) resident_serve(void)
{
    L4_Word_t number = 0, seed = 0, pages = 0, client = 0, tag;

    for (;;) { /* reply at once or not at all, wait for anybody */
        tag = resident_ipc(client, ~0UL, 0x04000000, &client);
        if (tag & 0x8000) {
            client = 0;
            continue;
        }
        if (resident_mr(1, 0, 0) == CHECK) {
            L4_Word_t nonce = resident_mr(2, 0, 0);

            resident_mr(1, 1, signature(nonce, number));
            resident_mr(2, 1, resident_look(seed, pages));
        } else if (resident_mr(1, 0, 0) == WRITE) {
            L4_Word_t wanted = resident_mr(4, 0, 0);

            number = resident_mr(2, 0, 0);
            seed = resident_mr(3, 0, 0);
            resident_write(seed, pages, wanted);
            pages = wanted;
        } else {
            courier(seed, pages, resident_mr(2, 0, 0), resident_mr(3, 0, 0));
        }
        resident_mr(0, 1, seed != 0 ? 2 : 3);
    }
}

/* --- the model --- */

struct resident residents[RESIDENTS];
volatile L4_Word_t wrong_canaries, wrong_answers, wrong_faults;
volatile L4_Word_t limit_faults, page_faults_served, grown, made_large;

static char room[(RESIDENT_FRAMES + 1) * PAGE];
static L4_Word_t most_pages, lives;
static L4_ThreadId_t director;

L4_ThreadId_t
resident_id(unsigned i)
{
    return L4_GlobalId(RESIDENT_NUMBER + i, 1);
}

/* Page p of the resident number i; aligned by hand, as in stage.c. */
static volatile L4_Word_t *
frame(unsigned i, L4_Word_t p)
{
    L4_Word_t at = ((L4_Word_t)room + PAGE - 1) & -(L4_Word_t)PAGE;

    return (volatile L4_Word_t *)(at + (i * most_pages + p) * PAGE);
}

static L4_Fpage_t
fpage_of(const volatile void *at, L4_Word_t rights)
{
    return L4_FpageAddRights(L4_FpageLog2((L4_Word_t)at, 12), rights);
}

#define page_of(function) ((L4_Word_t)(function) / PAGE)

/* --- the pager --- */

static int
answer_page(L4_Fpage_t f, L4_Word_t address)
{
    L4_MapItem_t item = L4_MapItem(f, address);

    page_faults_served++;
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    return 1;
}

static int
serve_page(unsigned i, L4_Word_t page)
{
    struct resident *r = &residents[i];
    L4_Word_t own = page - RESIDENT_FIXED;

    if (page == CODE_AT / PAGE)
        return answer_page(fpage_of((void *)(page_of(resident_first) * PAGE),
                                    L4_Readable | L4_eXecutable),
                           page * PAGE);
    if (own >= r->pages || (r->given >> own & 1)) {
        wrong_faults++; /* not its own, or lost */
        return own < r->pages
                   ? answer_page(fpage_of(frame(i, own), L4_FullyAccessible),
                                 page * PAGE)
                   : -1;
    }
    r->given |= 1UL << own;
    return answer_page(fpage_of(frame(i, own), L4_FullyAccessible),
                       page * PAGE);
}

/* One page more, or if there is no room for it, all there is. */
static int
serve_limit(L4_ThreadId_t from)
{
    L4_Word_t old = 0, mr[L4_ExceptionWords + 1];
    struct pn_place place = {0, 0};

    L4_StoreMRs(0, L4_ExceptionWords + 1, mr);
    limit_faults++;
    wrong_faults += !pn_place(from, 0, 0, &old, &place) ||
                    place.size != mr[L4_ExcErrorCode];
    (void)pn_place(from, PN_AskPager(PN_SmallPages(place.size / PAGE + 1)), 0,
                   &old, &place);
    if (PN_TookEffect(old)) {
        grown++;
    } else {
        (void)pn_place(from, PN_AskPager(PN_SmallPages(0)), 0, &old, &place);
        wrong_faults += !PN_TookEffect(old);
        made_large++;
    }
    L4_LoadMRs(0, L4_ExceptionWords + 1, mr);
    L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
    return 1;
}

static int
begin(void)
{
    L4_Word_t id = l4_utcb()[1];
    L4_Word_t entry = CODE_AT + ((L4_Word_t)resident_first & (PAGE - 1));

    L4_Set_MsgTag(l4_tag(2));
    L4_LoadMR(1, entry);
    L4_LoadMR(2, STACK_AT);
    id = L4_IpcSucceeded(L4_Send_Timeout(l4_id(id), ms(1000))) != 0;
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, id);
    return 1;
}

static int
serve(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t i = L4_ThreadNo(from) - RESIDENT_NUMBER;

    if (L4_Label(tag) == LABEL_BEGIN)
        return begin();
    if (i >= RESIDENTS)
        return 0;
    if (L4_IsPageFault(tag))
        return serve_page((unsigned)i, l4_utcb()[1] / PAGE);
    if (L4_IsException(tag) && (l4_utcb()[L4_ExcVector] & PN_LIMIT_FAULT))
        return serve_limit(from);
    wrong_faults++;
    return -1;
}

void
residents_open(L4_Word_t most)
{
    director = L4_Myself();
    most_pages = most;
    for (L4_Word_t p = 0; p < RESIDENT_FRAMES; p++)
        *frame(0, p) = 0xdeadUL;
    EXPECT((((L4_Word_t)resident_first ^ (L4_Word_t)resident_serve) &
            -(L4_Word_t)PAGE) == 0);
    EXPECT((((L4_Word_t)resident_first ^ (L4_Word_t)courier) &
            -(L4_Word_t)PAGE) == 0);
    stage_fault_hook = serve;
}

/* --- the director's part --- */

static L4_MsgTag_t
call(L4_ThreadId_t id, L4_Word_t order, L4_Word_t a, L4_Word_t b, L4_Word_t c)
{
    L4_Word_t w[] = {order, a, b, c};

    L4_Set_MsgTag(l4_tag(4));
    L4_LoadMRs(1, 4, w);
    return L4_Call_Timeouts(id, ms(5000), ms(5000));
}

static int
start(L4_ThreadId_t id)
{
    L4_Word_t started = 0;

    L4_Set_MsgTag(l4_tag((L4_Word_t)LABEL_BEGIN << 16 | 1));
    L4_LoadMR(1, id.raw);
    if (L4_IpcSucceeded(L4_Call(stage_pager())))
        L4_StoreMR(1, &started);
    return started == 1;
}

static int
make_space(L4_ThreadId_t id, L4_Word_t size, int asks, L4_Word_t base)
{
    L4_Word_t control = PN_SmallPages(size), old = 0;
    struct pn_place place;

    if (asks)
        control = PN_AskPager(control);
    return L4_SpaceControl(id, 0, L4_FpageLog2(KIP_AT, 12),
                           L4_FpageLog2(UTCB_AT, 12), L4_nilthread, &old) &&
           L4_ThreadControl(id, id, L4_nilthread, stage_pager(),
                            (void *)UTCB_AT) &&
           pn_place(id, control, base, &old, &place) && PN_TookEffect(old) &&
           start(id);
}

int
resident_make(unsigned i, L4_Word_t pages, L4_Word_t size, int asks,
              L4_Word_t base)
{
    struct resident *r = &residents[i];
    L4_ThreadId_t id = resident_id(i);

    if (!L4_ThreadControl(id, id, director, L4_nilthread, (void *)-1))
        return 0;
    r->seed = ++lives * 0x01000193UL | 1;
    r->pages = r->given = 0;
    r->asks = asks;
    if (!make_space(id, size, asks, base)) {
        EXPECT(pn_thread_kill(id));
        r->seed = 0;
        return 0;
    }
    resident_grow(i, pages);
    return 1;
}

/* Nobody must find anything in what was taken away. */
static void
scrub(unsigned i, L4_Word_t from, L4_Word_t to)
{
    for (L4_Word_t p = from; p < to; p++)
        frame(i, p)[0] = frame(i, p)[LAST] = 0xdeadUL;
}

void
resident_kill(unsigned i)
{
    struct resident *r = &residents[i];

    EXPECT(pn_thread_kill(resident_id(i)));
    scrub(i, 0, r->pages);
    r->seed = r->pages = r->given = 0;
}

void
resident_grow(unsigned i, L4_Word_t pages)
{
    struct resident *r = &residents[i];

    r->pages = pages;
    wrong_answers +=
        !L4_IpcSucceeded(call(resident_id(i), WRITE, i, r->seed, pages));
}

void
resident_shrink(unsigned i, L4_Word_t pages)
{
    struct resident *r = &residents[i];
    L4_Word_t before = r->pages;

    resident_grow(i, pages);
    for (L4_Word_t p = pages; p < before; p++) {
        (void)L4_UnmapFpage(fpage_of(frame(i, p), L4_FullyAccessible));
        r->given &= ~(1UL << p);
    }
    scrub(i, pages, before);
}

static void
look_at_frames(unsigned i)
{
    const struct resident *r = &residents[i];

    for (L4_Word_t p = 0; p < r->pages; p++)
        wrong_canaries += frame(i, p)[0] != canary(r->seed, p, 0) ||
                          frame(i, p)[LAST] != canary(r->seed, p, LAST);
}

void
resident_check(unsigned i)
{
    static L4_Word_t nonce;

    nonce += 0x61c88647UL;
    if (L4_IpcFailed(call(resident_id(i), CHECK, nonce, 0, 0))) {
        wrong_answers++;
        return;
    }
    wrong_answers += l4_utcb()[1] != signature(nonce, i);
    wrong_canaries += l4_utcb()[2];
    look_at_frames(i);
}

void
courier_start(unsigned i, L4_Word_t count, int sleeps)
{
    L4_Set_MsgTag(l4_tag(3));
    L4_LoadMR(1, BE_COURIER);
    L4_LoadMR(2, count);
    L4_LoadMR(3, sleeps ? resident_id(i).raw : 0);
    EXPECT(L4_IpcSucceeded(L4_Send_Timeout(resident_id(i), ms(1000))));
}

void
courier_victim(unsigned i, L4_Word_t victim)
{
    frame(i, 0)[VICTIM] = victim;
}

L4_Word_t
courier_calls(unsigned i)
{
    volatile L4_Word_t *words = frame(i, 0);

    wrong_answers += words[WRONG];
    words[WRONG] = 0;
    look_at_frames(i);
    return words[CALLS];
}
