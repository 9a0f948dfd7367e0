/*
 * fuzz.c - random instructions and random system calls harm nobody.
 *
 * Between two neighbours a small space runs random bytes with registers full of
 * tempting values: limits, selectors, kernel addresses, thread ids. Whatever
 * comes of it (an exception, a promotion, a message, an endless loop) is the
 * space's own affair: the neighbours' pages do not change, the kernel lives.
 *
 * Arguments: how many rounds; a seed; "large" for a large space of its own. A
 * round in four is a system call.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/ipc.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/tap.h>

#define PAGES       1024UL
#define PATIENCE    2000UL /* us; endless loops are frequent */
#define CODE_LENGTH 16
#define LANDINGS    3
#define SYSCALLS    9
#define INSPECTION                                            \
    500 /* rounds from one look at the neighbours to the next \
         */

static struct subject below, wild, above;
static char copies[2][2][PAGE];
static L4_Word_t x = 2463534242UL;
static unsigned events[EV_MESSAGE + 1], remade;

static L4_Word_t
random_word(void)
{
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}

static L4_Word_t
tempting(void)
{
    static const L4_Word_t values[] = {
        0,          1,          2,          3,          4,          0x0b,
        0x13,       0x18,       0x1b,       0x23,       0x2b,       0x30,
        0x1000,     0x2000,     0x2100,     0x3ff000,   0x3ffffc,   0x3ffffe,
        0x400000,   0x400004,   0x7fffffff, 0x80000000, 0xbffffffc, 0xbfffffff,
        0xc0000000, 0xc0400000, 0xe0000000, 0xff740000, 0xff800000, 0xff900000,
        0xffa00000, 0xfffffffc, 0xffffffff, 0x10,       0x40,       0x00084c02,
        0x80,       0x102,      0x3000,     0x202,      3,          0x82,
        0x103,      0xfff00000, 0x000c0001, 0x000c8001, 0x00200000, 0xffffffc0,
        0x3f,       0xfc3,
    };
    L4_Word_t r = random_word();

    if (r % 8 == 0)
        return random_word();
    if (r % 8 == 1)
        return L4_MyGlobalId().raw;
    if (r % 8 == 2)
        return wild.tid.raw;
    return values[(r >> 4) % (sizeof values / sizeof values[0])];
}

/* --- the neighbours --- */

static int
neighbours(int save)
{
    const struct subject *both[] = {&below, &above};
    int same = 1;

    for (unsigned i = 0; i < 2; i++) {
        const char *pages[] = {(const char *)both[i]->code,
                               subject_data_page(both[i])};

        for (unsigned j = 0; j < 2; j++) {
            if (save)
                memcpy(copies[i][j], pages[j], PAGE);
            same &= memcmp(copies[i][j], pages[j], PAGE) == 0;
        }
    }
    return same;
}

static void
touch_all(struct subject *s)
{
    struct code c = subject_code(s);

    code_read(&c, DS, subject_data(s));
    (void)code_end(&c);
    (void)subject_go(s);
}

/* --- a round --- */

static void
random_registers(void)
{
    L4_Word_t *const registers[] = {
        &wild.frame.eax, &wild.frame.ecx, &wild.frame.edx, &wild.frame.ebx,
        &wild.frame.ebp, &wild.frame.esi, &wild.frame.edi,
    };

    for (unsigned i = 0; i < sizeof registers / sizeof registers[0]; i++)
        *registers[i] = tempting();
    if (random_word() % 4 == 0)
        wild.frame.esp = tempting();
    if (random_word() % 4 == 0)
        wild.frame.eflags = random_word();
}

static void
random_code(unsigned start)
{
    struct code c;

    for (unsigned i = 64; i < PAGE; i += 2) {
        wild.code[i] = 0x0f; /* UD2 wherever it may go */
        wild.code[i + 1] = 0x0b;
    }
    c = subject_code(&wild);
    EMIT(&c, (uint8_t)start, (uint8_t)(start >> 8));
    for (unsigned i = 2; i < CODE_LENGTH; i++)
        EMIT(&c, (uint8_t)(random_word() >> 11));
    (void)code_end(&c);
}

static void
random_call(void)
{
    struct code c = subject_code(&wild);
    L4_Word_t which = random_word() % (SYSCALLS + 4);

    if (which < SYSCALLS)
        code_call(&c, wild.kip + 0x800 + which * 16);
    else
        code_enter(&c); /* Ipc */
    (void)code_end(&c);
}

static void
remake(void)
{
    remade++;
    subject_kill(&wild);
    subject_make(&wild, 2, PAGES, wild.control);
}

/* Standard segments and a small space again, or a new one. */
static void
recover(void)
{
    struct code c;

    for (unsigned i = 0; i < LANDINGS && wild.event == EV_PAGE_FAULT; i++)
        (void)subject_land(&wild);
    subject_unland();
    if (wild.event != EV_END && wild.event != EV_EXCEPTION &&
        wild.event != EV_PORT_FAULT) {
        remake();
        return;
    }
    c = subject_code(&wild);
    code_standard(&c);
    (void)code_end(&c);
    if (subject_go(&wild) == EV_END)
        subject_shrink(&wild);
    else
        remake();
}

static void
play(unsigned rounds)
{
    int passed = 1;

    for (unsigned i = 0; i < rounds && passed; i++) {
        if (i % 4 == 3)
            random_call();
        else
            random_code(random_word() >> 7);
        random_registers();
        events[subject_go(&wild)]++;
        recover();
        if (i % INSPECTION == 0)
            passed = neighbours(0);
    }
    printf("\n"); /* it may have written to the console */
    diag("%u ended, %u exceptions, %u page faults, %u port faults, %u messages, "
         "%u without end; %u made anew",
         events[EV_END], events[EV_EXCEPTION], events[EV_PAGE_FAULT],
         events[EV_PORT_FAULT], events[EV_MESSAGE], events[EV_NONE], remade);
    ok(passed && neighbours(0),
       "%u random instructions leave both neighbours as they were", rounds);
    ok(subject_is_small(&below) && subject_is_small(&above),
       "which are still small");
}

/* The neighbours still run, and see their own. */
static void
alive(struct subject *s)
{
    struct code c = subject_code(s);

    code_read(&c, DS, subject_data(s) + MARK_OFFSET);
    (void)code_end(&c);
    ok(subject_go(s) == EV_END && s->frame.eax == subject_mark(s),
       "neighbour %u runs", s->number);
}

int
main(int argc, char **argv)
{
    L4_Word_t control = L4_SpaceControlSmall | L4_SmallSpace(8, 4);
    unsigned rounds = 4000;

    if (argc > 1)
        rounds = (unsigned)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        x ^= strtoul(argv[2], NULL, 10);
    if (argc > 3)
        control = 0;
    subject_make(&below, 1, PAGES, L4_SpaceControlSmall | L4_SmallSpace(4, 4));
    subject_make(&wild, 2, PAGES, control);
    subject_make(&above, 3, PAGES, L4_SpaceControlSmall | L4_SmallSpace(12, 4));
    touch_all(&below);
    touch_all(&above);
    (void)neighbours(1);
    subject_patience = PATIENCE;
    memset(landing_page(), 0xf4, PAGE);
    play(rounds);
    subject_patience = 100 * PATIENCE;
    alive(&below);
    alive(&above);
    remake();
    alive(&wild);
    done();
}
