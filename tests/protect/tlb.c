/*
 * tlb.c - a page that was taken away is gone, for everybody and at once.
 *
 * A subject touches a page; then the page is unmapped, flushed, made read-only,
 * or its space deleted, moved, made large, and somebody else comes into the
 * slot. The next access through the same linear address has to see what the
 * page tables say by then: a page fault, or the new owner's page. It runs where
 * pages of small spaces are global, too (p3_katmai).
 *
 * Bochs's TLB is direct-mapped, so a forgotten flush shows only if no page with
 * the same index is touched in between: the page under test has an address of
 * its own, and the supervisor does as little as it can.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/ipc.h>
#include <l4/schedule.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

#define PAGES       1024UL     /* 4 MB slots */
#define SUSPECT     0x2a5000UL /* the page under test, and its TLB index */
#define OLD         0x01d01d01UL
#define NEW         0x4e304e30UL
#define WRITTEN     0x5717e001UL
#define UNMAP_ENTRY 0x840UL /* in the interface page */
#define ACCEPT_ALL  0x10UL
#define TCR_BR0     16

static struct subject v, w;
static char *old_frame, *new_frame;

static L4_Word_t
slot(L4_Word_t megabyte)
{
    return L4_SpaceControlSmall | L4_SmallSpace(megabyte, 4);
}

static void
fill(char *frame, L4_Word_t word)
{
    for (unsigned i = 0; i < PAGE; i += 4)
        *(L4_Word_t *)(void *)(frame + i) = word;
}

static L4_Word_t
word_of(const char *frame)
{
    return *(const L4_Word_t *)(const void *)frame;
}

static L4_Fpage_t
fpage(L4_Word_t address, L4_Word_t rights)
{
    return L4_FpageAddRights(L4_FpageLog2(address, 12), rights);
}

static void
revoke(char *frame, L4_Word_t rights)
{
    (void)L4_UnmapFpage(fpage((L4_Word_t)frame, rights));
}

/* --- what the subject does --- */

/* Read the page, stop, read it again, stop; or the same with writes. */
static void
touch_code(struct subject *s, int write)
{
    struct code c = subject_code(s);

    code_standard(&c);
    for (unsigned i = 0; i < 4; i++) {
        code_load(&c, EAX, WRITTEN + i);
        if (write)
            code_write(&c, DS, SUSPECT + 4 * i);
        else
            code_read(&c, DS, SUSPECT + 4 * i);
        (void)code_end(&c);
    }
}

/* Touch the page for the first time; it gets `frame`. */
static int
touch(struct subject *s, int write, char *frame)
{
    touch_code(s, write);
    return subject_go(s) == EV_PAGE_FAULT && s->fault_address == SUSPECT &&
           subject_answer(s, SUSPECT, frame, L4_FullyAccessible) == EV_END &&
           (write || s->frame.eax == word_of(frame));
}

static int
faults(const struct subject *s)
{
    return s->event == EV_PAGE_FAULT &&
           (s->fault_address & ~(PAGE - 1)) == SUSPECT;
}

static int
reads(const struct subject *s, L4_Word_t word)
{
    return s->event == EV_END && s->frame.eax == word;
}

/* Its next touch is a page fault. */
static int
lost(struct subject *s)
{
    (void)subject_go_on(s);
    return faults(s);
}

static void
judge(int passed, const char *who, const char *text, const struct subject *s)
{
    if (!ok(passed, "%s: %s", who, text))
        subject_explain(s);
}

/* --- taken away by the mapper --- */

static void
begin(L4_Word_t control)
{
    fill(old_frame, OLD);
    fill(new_frame, NEW);
    subject_make(&v, 1, PAGES, control);
}

static void
end(void)
{
    revoke(old_frame, L4_FullyAccessible);
    revoke(new_frame, L4_FullyAccessible);
    subject_kill(&v);
}

static void
unmapped(const char *who, L4_Word_t control)
{
    int passed;

    begin(control);
    passed = touch(&v, 0, old_frame);
    revoke(old_frame, L4_FullyAccessible);
    judge(lost(&v) && passed, who, "an unmapped page is gone", &v);
    passed =
        subject_answer(&v, SUSPECT, new_frame, L4_FullyAccessible) == EV_END &&
        v.frame.eax == NEW;
    judge(passed, who, "and what comes instead is seen", &v);
    revoke(new_frame, L4_FullyAccessible);
    judge(lost(&v), who, "and can be unmapped again", &v);
    end();
}

static void
write_protected(const char *who, L4_Word_t control)
{
    int passed;

    begin(control);
    passed = touch(&v, 1, old_frame) && word_of(old_frame) == WRITTEN;
    revoke(old_frame, L4_Writable);
    (void)subject_go_on(&v);
    judge(passed && faults(&v) && v.fault_write &&
              word_of(old_frame + 4) == OLD,
          who, "a page made read-only is not written", &v);
    end();
}

/* One more page table walk by somebody with another directory in between. */
static void
unmapped_after(const char *who, L4_Word_t control)
{
    struct subject host;
    struct code c;
    int passed;

    begin(control);
    subject_make(&host, 4, 5, 0);
    c = subject_code(&host);
    (void)code_end(&c);
    passed = touch(&v, 0, old_frame);
    (void)subject_go(&host);
    revoke(old_frame, L4_FullyAccessible);
    judge(lost(&v) && passed, who,
          "a page unmapped after another directory ran is gone", &v);
    subject_kill(&host);
    end();
}

/* --- taken away by itself --- */

/* Touch; Unmap with flush of one's own page; touch. */
static void
flush_code(int write, L4_Word_t rights)
{
    struct code c = subject_code(&v);

    code_standard(&c);
    for (unsigned i = 0; i < 2; i++) {
        code_load(&c, EAX, WRITTEN + i);
        if (write)
            code_write(&c, DS, SUSPECT + 4 * i);
        else
            code_read(&c, DS, SUSPECT + 4 * i);
        if (i == 0) {
            code_load(&c, EAX, L4_UnmapFlushFlag);
            code_load(&c, ESI, fpage(SUSPECT, rights).raw);
            code_call(&c, v.kip + UNMAP_ENTRY);
        }
    }
    (void)code_end(&c);
}

static void
flushed(const char *who, L4_Word_t control)
{
    begin(control);
    flush_code(0, L4_FullyAccessible);
    (void)subject_go(&v);
    (void)subject_answer(&v, SUSPECT, old_frame, L4_FullyAccessible);
    judge(faults(&v), who, "a page one flushes oneself is gone", &v);
    end();
    begin(control);
    flush_code(1, L4_Writable);
    (void)subject_go(&v);
    (void)subject_answer(&v, SUSPECT, old_frame, L4_FullyAccessible);
    judge(faults(&v) && v.fault_write && word_of(old_frame + 4) == OLD, who,
          "a page one makes read-only oneself is not written", &v);
    end();
}

/* --- passed on --- */

/* V maps its page on to W and unmaps it there; W has touched it. */
static void
passed_on(const char *who, L4_Word_t control, L4_Word_t other)
{
    struct subject *list[] = {&w};
    struct code c;
    int passed;

    begin(control);
    subject_make(&w, 2, PAGES, other);
    passed = touch(&v, 0, old_frame);

    c = subject_code(&w);
    code_standard(&c);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0); /* mov eax, [gs:0] */
    EMIT(&c, 0xc7, 0x40, (uint8_t)(-4 * TCR_BR0));
    code_word(&c, ACCEPT_ALL);
    code_ipc(&c, 0, v.tid.raw, 0);
    code_read(&c, DS, SUSPECT);
    (void)code_end(&c);
    code_read(&c, DS, SUSPECT + 4);
    (void)code_end(&c);
    subject_start(&w);
    L4_ThreadSwitch(w.tid);

    c = subject_code(&v);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0, 0xc7, 0x40, 0x04); /* MR1, MR2 */
    code_word(&c, SUSPECT | 8);
    EMIT(&c, 0xc7, 0x40, 0x08);
    code_word(&c, fpage(SUSPECT, L4_FullyAccessible).raw);
    code_ipc(&c, w.tid.raw, 0, 2 << 6);
    (void)code_end(&c);
    code_load(&c, EAX, 0);
    code_load(&c, ESI, fpage(SUSPECT, L4_FullyAccessible).raw);
    code_call(&c, v.kip + UNMAP_ENTRY);
    code_read(&c, DS, SUSPECT);
    (void)code_end(&c);
    v.event = EV_END;
    w.event = EV_NONE;
    subject_start(&v);
    (void)subject_wait(list, 1, 20000);
    while (v.event == EV_NONE &&
           subject_wait((struct subject *[]){&v}, 1, 20000) != NULL)
        ;
    passed &= reads(&w, OLD) && v.event == EV_END;
    (void)subject_go_on(&v);
    judge(passed && reads(&v, OLD) && lost(&w), who,
          "a page mapped on and unmapped is gone there, and still here", &w);
    end();
    subject_kill(&w);
}

/* Mapped over: what is there then is the new page, and goes with it. */
static void
mapped_over(const char *who, L4_Word_t control)
{
    struct code c;
    L4_MapItem_t item;
    int passed;

    begin(control);
    passed = touch(&v, 0, old_frame);
    c = subject_code(&v);
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0, 0xc7, 0x40, (uint8_t)(-4 * TCR_BR0));
    code_word(&c, ACCEPT_ALL);
    code_read(&c, DS, SUSPECT);
    code_ipc(&c, 0, L4_MyGlobalId().raw, 0);
    code_read(&c, DS, SUSPECT);
    (void)code_end(&c);
    code_read(&c, DS, SUSPECT);
    (void)code_end(&c);
    v.event = EV_END;
    subject_start(&v);
    L4_ThreadSwitch(v.tid);
    item = L4_MapItem(fpage((L4_Word_t)new_frame, L4_FullyAccessible), SUSPECT);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    /* It may not have come so far: a clock tick ends the donation. */
    (void)L4_Send_Timeout(v.tid, L4_TimePeriod(100000));
    v.event = EV_NONE;
    (void)subject_wait((struct subject *[]){&v}, 1, 20000);
    judge(passed && reads(&v, NEW), who, "a page mapped over shows the new one",
          &v);
    revoke(new_frame, L4_FullyAccessible);
    revoke(old_frame, L4_FullyAccessible);
    judge(lost(&v), who, "and is gone with it", &v);
    end();
}

/* --- the slot gets another tenant --- */

/* W sits where V was; its first touch of the page has to fault. */
static void
newcomer(const char *who, const char *text, L4_Word_t control)
{
    subject_make(&w, 2, PAGES, control);
    touch_code(&w, 0);
    (void)subject_go(&w);
    judge(faults(&w), who, text, &w);
    (void)subject_answer(&w, SUSPECT, new_frame, L4_FullyAccessible);
    judge(reads(&w, NEW), who, "and it sees its own page there", &w);
}

static void
tenant_deleted(const char *who, L4_Word_t control)
{
    int passed;

    begin(control);
    passed = touch(&v, 0, old_frame);
    subject_kill(&v);
    newcomer(who,
             "the next tenant of a deleted space's slot sees nothing of it",
             control);
    ok(passed, "%s: (the old one had a page)", who);
    subject_kill(&w);
    revoke(old_frame, L4_FullyAccessible);
    revoke(new_frame, L4_FullyAccessible);
}

static void
tenant_moved(const char *who)
{
    int passed;

    begin(slot(4));
    passed = touch(&v, 0, old_frame) && subject_place(&v, slot(12));
    judge(passed && subject_go_on(&v) == EV_END && v.frame.eax == OLD, who,
          "a space that moved sees its page", &v);
    passed = subject_place(&v, slot(4)) && subject_go_on(&v) == EV_END &&
             v.frame.eax == OLD && subject_place(&v, slot(12));
    judge(passed, who, "and when it comes back", &v);
    newcomer(who, "the next tenant of a moved space's slot sees nothing of it",
             slot(4));
    revoke(old_frame, L4_FullyAccessible);
    judge(lost(&v), who, "a page unmapped after a move is gone", &v);
    end();
    subject_kill(&w);
}

static void
tenant_promoted(const char *who)
{
    int passed;

    begin(slot(4));
    passed =
        touch(&v, 0, old_frame) && subject_place(&v, L4_SpaceControlSmall | 0);
    judge(passed && subject_go_on(&v) == EV_END && v.frame.eax == OLD, who,
          "a space made large sees its page", &v);
    newcomer(who, "the next tenant of its slot sees nothing of it", slot(4));
    subject_kill(&w);
    passed = subject_go_on(&v) == EV_END && v.frame.eax == OLD;
    subject_make(&w, 2, PAGES, 0);
    touch_code(&w, 0);
    (void)subject_go(&w);
    judge(passed && faults(&w), who, "nor does another large space", &w);
    (void)subject_answer(&w, SUSPECT, new_frame, L4_FullyAccessible);
    judge(reads(&w, NEW), who, "which sees its own", &w);
    revoke(old_frame, L4_FullyAccessible);
    judge(lost(&v), who, "a page unmapped after a promotion is gone", &v);
    subject_kill(&w);
    end();
}

static void
tenant_demoted(const char *who)
{
    int passed;

    begin(0);
    passed = touch(&v, 0, old_frame) && subject_place(&v, slot(4));
    judge(passed && subject_go_on(&v) == EV_END && v.frame.eax == OLD, who,
          "a space made small sees its page", &v);
    subject_make(&w, 2, PAGES, 0);
    touch_code(&w, 0);
    (void)subject_go(&w);
    judge(faults(&w), who, "a large space sees nothing of it", &w);
    revoke(old_frame, L4_FullyAccessible);
    judge(lost(&v), who, "a page unmapped after a demotion is gone", &v);
    subject_kill(&w);
    end();
}

/* Two large spaces, the same address, in turn. */
static void
two_large(void)
{
    int passed;

    begin(0);
    subject_make(&w, 2, PAGES, 0);
    passed = touch(&v, 0, old_frame) && touch(&w, 0, new_frame);
    passed = passed && subject_go_on(&v) == EV_END && v.frame.eax == OLD &&
             subject_go_on(&w) == EV_END && w.frame.eax == NEW;
    ok(passed, "two large spaces see their own page at one address");
    subject_kill(&w);
    end();
}

/* --- UTCBs --- */

/* ECX bytes at EDI; what it finds is in EBX (all bytes ORed together). */
static void
scan_code(struct subject *s, int write)
{
    struct code c = subject_code(s);
    L4_Word_t loop;

    code_standard(&c);
    code_load(&c, EBX, 0);
    loop = c.va;
    if (write)
        EMIT(&c, 0xc7, 0x07, 0xff, 0xff, 0xff, 0xff); /* [edi] = ~0 */
    else
        EMIT(&c, 0x0b, 0x1f);                     /* or ebx, [edi] */
    EMIT(&c, 0x83, 0xc7, 0x04, 0x83, 0xe9, 0x04); /* edi += 4; ecx -= 4 */
    EMIT(&c, 0x75, (uint8_t)(loop - c.va - 2));
    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0); /* mov eax, [gs:0] */
    EMIT(&c, 0x8b, 0x40, (uint8_t)(L4_TCR_MY_GLOBAL_ID * 4));
    (void)code_end(&c);
    s->frame.edi = s->utcb + 512;
    s->frame.ecx = PAGE - 512;
}

static void
utcbs(const char *who, L4_Word_t control)
{
    struct code c;

    begin(control);
    scan_code(&v, 1);
    (void)subject_go(&v);
    judge(v.event == EV_END && v.frame.eax == v.tid.raw, who,
          "a thread's id is in its UTCB", &v);
    scan_code(&v, 0); /* it is the last to touch them */
    (void)subject_go(&v);
    ok(v.frame.ebx == ~0UL, "%s: unused UTCBs are memory like any other", who);
    subject_kill(&v);
    subject_make(&v, 1, PAGES, control);
    scan_code(&v, 0);
    (void)subject_go(&v);
    judge(v.event == EV_END && v.frame.ebx == 0, who,
          "a new space's UTCBs hold nothing of an old one's", &v);
    judge(v.frame.eax == v.tid.raw, who, "and its id is in them", &v);
    c = subject_code(&v);
    code_read(&c, DS, v.kip);
    (void)code_end(&c);
    (void)subject_go(&v);
    judge(reads(&v, 0x4be6344cUL), who, "the interface page is where it was",
          &v);
    c = subject_code(&v);
    code_write(&c, DS, v.kip);
    (void)code_end(&c);
    (void)subject_go(&v);
    judge(v.event == EV_PAGE_FAULT && v.fault_address == v.kip, who,
          "and is not written", &v);
    subject_kill(&v);
}

/* --- directories --- */

/*
 * A small space runs on the directory that was loaded last. Its owner dies, its
 * frames get other uses; the small space must not notice.
 */
static void
host_dies(void)
{
    struct subject host, *list[] = {&v};
    struct code c;
    int passed;

    begin(slot(4));
    passed = touch(&v, 0, old_frame);
    subject_make(&host, 4, 5, 0);
    c = subject_code(&v);
    code_standard(&c);
    code_ipc(&c, 0, host.tid.raw, 0);
    code_read(&c, DS, SUSPECT);
    (void)code_end(&c);
    code_read(&c, DS, SUSPECT);
    (void)code_end(&c);
    v.event = EV_END;
    subject_start(&v);
    L4_ThreadSwitch(v.tid);
    c = subject_code(&host);
    code_ipc(&c, v.tid.raw, ~0UL, 3); /* from here on V runs on its directory */
    (void)code_end(&c);
    v.event = EV_NONE;
    subject_start(&host);
    passed = passed && subject_wait(list, 1, 20000) == &v && reads(&v, OLD);
    subject_kill(&host);
    subject_make(&w, 2, PAGES, 0);
    subject_make(&host, 4, 5, 0);
    passed = passed && touch(&w, 0, new_frame) && subject_go_on(&v) == EV_END &&
             v.frame.eax == OLD;
    judge(passed, "a small space",
          "outlives the large one whose directory it "
          "ran on",
          &v);
    subject_kill(&host);
    subject_kill(&w);
    end();
}

/* The supervisor's own directory is loaded while it flushes a page. */
static void
own_flush(void)
{
    struct subject inside;
    char *page = page_alloc();
    struct code c;

    fill(page, OLD);
    subject_inside(&inside, 5, 1);
    c = subject_code(&inside);
    code_read(&c, DS, (L4_Word_t)page);
    (void)code_end(&c);
    code_read(&c, DS, (L4_Word_t)page);
    (void)code_end(&c);
    (void)subject_go(&inside);
    (void)L4_Flush(fpage((L4_Word_t)page, L4_FullyAccessible));
    (void)subject_go_on(&inside);
    judge(inside.event == EV_PAGE_FAULT &&
              inside.fault_address == (L4_Word_t)page,
          "the supervisor's space", "a page it flushes is gone for its threads",
          &inside);
    subject_kill(&inside);
}

static void
everywhere(const char *who, L4_Word_t control)
{
    unmapped(who, control);
    unmapped_after(who, control);
    write_protected(who, control);
    flushed(who, control);
    mapped_over(who, control);
    tenant_deleted(who, control);
    utcbs(who, control);
}

int
main(void)
{
    old_frame = page_alloc();
    new_frame = page_alloc();
    two_large(); /* first: whoever fails here may not come to an end */
    everywhere("small", slot(4));
    everywhere("small at 0", slot(0));
    everywhere("large", 0);
    passed_on("small to small", slot(4), slot(8));
    passed_on("small to large", slot(4), 0);
    passed_on("large to small", 0, slot(8));
    passed_on("large to large", 0, 0);
    tenant_moved("a move");
    tenant_promoted("a promotion");
    tenant_demoted("a demotion");
    host_dies();
    own_flush();
    done();
}
