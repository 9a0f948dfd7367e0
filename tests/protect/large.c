/*
 * large.c - a large space reaches neither the small area nor the kernel.
 *
 * Every directory has the small area's tables, and they are open to ring 3:
 * the 3 GB limit is the only wall (DESIGN 3). It is tried through every
 * segment register at its edge, at every 4 MB beyond, at the hot page, the
 * window and the %gs page: first in the supervisor's own space, the first
 * large one, before any small space has run; then again, from there and from
 * another large space, with small spaces in the area.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

#define TOP  0xc0000000UL
#define STEP 0x400000UL

static const L4_Word_t places[] = {
    0xe0000000, 0xe0100000, 0xff3fffff, 0xff73ffff, 0xff740000, 0xff740ff0, 0xff741000,
    0xff7ec000, 0xff7edffc, 0xff7ff000, 0xff7fffc8, 0xff800000, 0xff900000,
    0xffa00000, 0xffc00000, 0xfffff000, 0xfffffffc, 0xfffffffe, 0xffffffff,
};
#define PLACES (sizeof places / sizeof places[0])

/* --- one access --- */

static L4_Word_t
access_code(struct subject *s, enum segment segment, int write, int byte,
            L4_Word_t offset)
{
    struct code c = subject_code(s);
    L4_Word_t at;

    code_standard(&c);
    if (segment == ES || segment == FS || segment == GS)
        code_segment(&c, segment, SELECTOR_DATA);
    at = c.va;
    EMIT(&c, segment_prefix(segment));
    EMIT(&c, (uint8_t)((write ? 0x88 : 0x8a) | !byte), 0x05);
    code_word(&c, offset);
    (void)code_end(&c);
    return at;
}

static int
refused(struct subject *s, enum segment segment, int write, int byte,
        L4_Word_t offset)
{
    L4_Word_t at = access_code(s, segment, write, byte, offset);
    L4_Word_t vector = segment == SS ? VECTOR_STACK : VECTOR_PROTECTION;

    if (segment == CS && write)
        vector = VECTOR_PROTECTION;
    if (subject_go(s) == EV_EXCEPTION && s->frame.eip == at &&
        s->frame.vector == vector && s->frame.error == 0)
        return 1;
    diag("%s at %lx through %s", write ? "write" : "read", offset,
         segment_name(segment));
    subject_explain(s);
    return 0;
}

static int
refused_all(struct subject *s, enum segment segment, L4_Word_t offset,
            int both_sizes)
{
    int passed = 1;

    for (int write = 0; write <= 1; write++) {
        passed &= refused(s, segment, write, 0, offset);
        if (both_sizes)
            passed &= refused(s, segment, write, 1, offset);
    }
    return passed;
}

/* --- all of them --- */

/* The last bytes below 3 GB are the space's: a page fault, not an exception. */
static int
edge_is_ours(struct subject *s, enum segment segment)
{
    (void)access_code(s, segment, 0, 0, TOP - 4);
    if (subject_go(s) != EV_PAGE_FAULT || s->fault_address != TOP - 4)
        return 0;
    return subject_land(s) == EV_END;
}

static void
reach_through(struct subject *s, const char *who, enum segment segment)
{
    int passed = edge_is_ours(s, segment);

    ok(passed, "%s: the last word below 3 GB is its own, by %s", who,
       segment_name(segment));
    passed = 1;
    for (L4_Word_t o = TOP - 3; o < TOP; o++)
        passed &= refused_all(s, segment, o, 0);
    for (L4_Word_t o = TOP; o <= TOP + 4; o++)
        passed &= refused_all(s, segment, o, 1);
    ok(passed, "%s: 3 GB is the end, by %s", who, segment_name(segment));
    passed = 1;
    for (L4_Word_t o = TOP; o >= TOP; o += STEP) {
        passed &= refused_all(s, segment, o, 1);
        passed &= refused_all(s, segment, o + 5 * PAGE - 4, 0);
    }
    for (unsigned i = 0; i < PLACES; i++)
        passed &= refused_all(s, segment, places[i], 1);
    ok(passed, "%s: nothing at any 4 MB beyond, by %s", who,
       segment_name(segment));
    subject_unland();
}

static int
run_refused(struct subject *s, L4_Word_t to)
{
    struct code c = subject_code(s);

    code_standard(&c);
    code_jump(&c, to);
    return subject_go(s) == EV_EXCEPTION &&
           s->frame.vector == VECTOR_PROTECTION && s->frame.error == 0;
}

static void
run_beyond(struct subject *s, const char *who)
{
    int passed = 1;

    for (L4_Word_t o = TOP; o >= TOP; o += STEP)
        passed &= run_refused(s, o);
    for (unsigned i = 0; i < PLACES; i++)
        passed &= run_refused(s, places[i]);
    ok(passed, "%s: no code beyond 3 GB runs", who);
}

/* A stack that grows down out of the small area, or up into it. */
static void
stack_beyond(struct subject *s, const char *who)
{
    static const L4_Word_t stacks[] = {
        0xc0000002, 0xc0000004, 0xc0001000, 0xe0000004, 0xff800004,
        0xffc00004, 0xfffffffe, 0,          2,
    };
    int passed = 1;

    for (unsigned i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        struct code c = subject_code(s);

        EMIT(&c, 0x50); /* push eax */
        (void)code_end(&c);
        s->frame.esp = stacks[i];
        passed &=
            subject_go(s) == EV_EXCEPTION && s->frame.vector == VECTOR_STACK;
    }
    ok(passed, "%s: no stack beyond 3 GB", who);
}

static void
string_beyond(struct subject *s, const char *who)
{
    struct code c = subject_code(s);
    char *page = landing_page();

    memset(page, 0, PAGE);
    code_standard(&c);
    code_load(&c, EAX, 0x77);
    EMIT(&c, 0xf3, 0xaa); /* rep stosb */
    (void)code_end(&c);
    s->frame.edi = TOP - 16;
    s->frame.ecx = 32;
    (void)subject_go(s);
    if (s->event == EV_PAGE_FAULT)
        (void)subject_land(s);
    ok(s->event == EV_EXCEPTION && s->frame.vector == VECTOR_PROTECTION &&
           s->frame.edi == TOP && s->frame.ecx == 16 && page[PAGE - 1] == 0x77,
       "%s: rep stosb stops at 3 GB, to the byte", who);
    subject_unland();
}

static void
reach(struct subject *s, const char *who)
{
    for (enum segment segment = ES; segment < SEGMENTS; segment++)
        reach_through(s, who, segment);
    run_beyond(s, who);
    stack_beyond(s, who);
    string_beyond(s, who);
}

/* --- the places --- */

static struct subject first, other, tenant[2];
static char copies[2][2][PAGE];

/* The tenants' own pages, as they are in memory. */
static int
tenants(int save)
{
    int same = 1;

    for (unsigned i = 0; i < 2; i++) {
        char *pages[] = {(char *)tenant[i].code, subject_data_page(&tenant[i])};

        for (unsigned j = 0; j < 2; j++) {
            if (save)
                memcpy(copies[i][j], pages[j], PAGE);
            same &= memcmp(copies[i][j], pages[j], PAGE) == 0;
        }
    }
    return same;
}

static void
make_tenants(void)
{
    subject_make(&tenant[0], 3, 5, PN_SmallPages(5));
    subject_make(&tenant[1], 4, 1024,
                 L4_SpaceControlSmall | L4_SmallSpace(8, 4));
    for (unsigned i = 0; i < 2; i++) {
        struct code c = subject_code(&tenant[i]);

        code_read(&c, DS, subject_data(&tenant[i]));
        (void)code_end(&c);
        (void)subject_go(&tenant[i]);
    }
    (void)tenants(1);
}

int
main(int argc, char **argv)
{
    int quick = argc > 1 && strcmp(argv[1], "quick") == 0;

    subject_inside(&first, 1, 1);
    if (!quick)
        reach(&first, "the first large space");
    make_tenants();
    reach(&first, "beside small spaces");
    if (quick)
        done();
    subject_make(&other, 2, 5, 0);
    reach(&other, "another large space");
    subject_kill(&first);
    ok(tenants(0), "the small spaces are as they were");
    done();
}
