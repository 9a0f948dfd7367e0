/*
 * tests/api/traps.c - another system's traps, served by a user-level server
 * (sheet 13.3): INT n of every vector, unknown instructions, alignment checks.
 *
 * The program on one side was written for a system that it does not run on;
 * its exception handler, in every placement, is that system. A trap comes as
 * a message with all registers, and the answer says what the trap returns and
 * where the program goes on.
 *
 * Argument: ac, for a machine that makes alignment checks (QEMU makes none).
 */
#include "registers.h"
#include "stage.h"

#include <pn/image.h>
#include <pn/program.h>

static const char *where;

enum {
    VECTOR_OVERFLOW = 4,
    VECTOR_UNDEFINED = 6,
    VECTOR_PROTECTION = 13,
    VECTOR_ALIGNMENT = 17,
    TRAP_GATE = 0x80,
    CALLS = 200,
    QUIT = 99,
    INT_BYTES = 2,
    RET = 0xc3,
};

#define FLAG_CF 0x1UL
#define FLAG_AC 0x40000UL

/* --- a system with calls by int 0x80 --- */

INSTRUCTION(do_trap, "int $0x80");

static volatile L4_Word_t answered;

/* What call number `n` of that system does. */
static L4_Word_t
result_of(L4_Word_t n, L4_Word_t a, L4_Word_t b)
{
    switch (n % 3) {
    case 0:
        return a + b;
    case 1:
        return a ^ b;
    default:
        return a * 3 - b;
    }
}

static void
system_calls(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);
    L4_Word_t *mr = l4_utcb(), number;

    (void)unused;
    for (answered = 0;; answered++) {
        EQUAL(tag.raw, 0xffb0000c);
        EQUAL(mr[L4_ExcVector], VECTOR_PROTECTION);
        EQUAL(mr[L4_ExcErrorCode], TRAP_GATE << 3 | 2);
        EQUAL(mr[L4_ExcEip], (L4_Word_t)do_trap_at);
        number = mr[L4_ExcEax];
        mr[L4_ExcEip] += INT_BYTES;
        mr[L4_ExcEax] = result_of(number, mr[L4_ExcEbx], mr[L4_ExcEcx]);
        mr[L4_ExcEflags] = number & 1 ? mr[L4_ExcEflags] | FLAG_CF
                                      : mr[L4_ExcEflags] & ~FLAG_CF;
        L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
        if (number == QUIT)
            break;
        tag = L4_ReplyWait_Timeout(from, ms(500), &from);
        if (L4_IpcFailed(tag))
            break;
    }
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
make_system_calls(L4_Word_t unused)
{
    L4_Word_t seed = 4711;

    (void)unused;
    pn_image_touch();
    L4_Set_ExceptionHandler(pair_a);
    for (L4_Word_t i = 0; i <= CALLS; i++) {
        L4_Word_t number = i < CALLS ? random_word(&seed) % 20 : QUIT;
        struct registers r = {number,
                              random_word(&seed),
                              random_word(&seed),
                              i,
                              i + 1,
                              i + 2,
                              i + 3,
                              2};
        struct registers was = r;

        do_trap(&r);
        EQUAL(r.eax, result_of(number, was.ebx, was.ecx));
        EQUAL(r.ebx, was.ebx);
        EQUAL(r.ecx, was.ecx);
        EQUAL(r.edx, was.edx);
        EQUAL(r.esi, was.esi);
        EQUAL(r.edi, was.edi);
        EQUAL(r.ebp, was.ebp);
        EQUAL(r.eflags & FLAG_CF, number & 1);
    }
}

/* --- INT n of every vector --- */

static unsigned char code[8];

/* int3 is the debugger's, the other two are the kernel's own entries. */
static int
is_taken(L4_Word_t vector)
{
    return vector == 3 || vector == 0x30 || vector == 0x31;
}

static void
serve_vectors(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);
    L4_Word_t *mr = l4_utcb();

    (void)unused;
    for (L4_Word_t n = 0; n < 256; n++) {
        L4_Word_t begin = (L4_Word_t)code;

        if (is_taken(n))
            continue;
        EQUAL(tag.raw, 0xffb0000c);
        EQUAL(code[1], n);
        if (n == VECTOR_OVERFLOW) { /* its gate is open, for INTO */
            EQUAL(mr[L4_ExcVector], n);
            EQUAL(mr[L4_ExcErrorCode], 0);
            EQUAL(mr[L4_ExcEip], begin + INT_BYTES);
        } else {
            EQUAL(mr[L4_ExcVector], VECTOR_PROTECTION);
            EQUAL(mr[L4_ExcErrorCode], n << 3 | 2);
            EQUAL(mr[L4_ExcEip], begin);
        }
        mr[L4_ExcEip] = begin + INT_BYTES;
        mr[L4_ExcEax] = ~n;
        L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
        if (n < 255)
            tag = L4_ReplyWait_Timeout(from, ms(500), &from);
        if (L4_IpcFailed(tag))
            return;
    }
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
raise_vectors(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
    L4_Set_ExceptionHandler(pair_a);
    for (L4_Word_t n = 0; n < 256; n++) {
        L4_Word_t eax = n;

        if (is_taken(n))
            continue;
        code[0] = 0xcd;
        code[1] = (unsigned char)n;
        code[2] = RET;
        __asm__ volatile("call *%1" : "+a"(eax) : "r"(code) : "memory", "cc");
        EQUAL(eax, ~n);
    }
}

/* --- instructions of another processor --- */

/* Opcodes that no processor has: here they multiply EBX by ECX. */
static const unsigned char unknown[][3] = {
    {0x0f, 0x0b, 0x90},
    {0x0f, 0x3f, 0x90},
    {0x0f, 0x24, 0xc0},
    {0xf0, 0x40, 0x90},
};
enum { UNKNOWN = sizeof unknown / sizeof *unknown };

static void
emulate(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);
    L4_Word_t *mr = l4_utcb();

    (void)unused;
    for (unsigned i = 0; i < UNKNOWN; i++) {
        EQUAL(tag.raw, 0xffb0000c);
        EXPECT(
            mr[L4_ExcVector] == VECTOR_UNDEFINED ||
            (unknown[i][1] == 0x24 && mr[L4_ExcVector] == VECTOR_PROTECTION));
        EQUAL(mr[L4_ExcErrorCode], 0);
        EQUAL(mr[L4_ExcEip], (L4_Word_t)code);
        EQUAL(((unsigned char *)mr[L4_ExcEip])[1], unknown[i][1]);
        mr[L4_ExcEip] += sizeof unknown[i];
        mr[L4_ExcEax] = mr[L4_ExcEbx] * mr[L4_ExcEcx];
        L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
        if (i + 1 < UNKNOWN)
            tag = L4_ReplyWait_Timeout(from, ms(500), &from);
    }
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
multiply(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
    L4_Set_ExceptionHandler(pair_a);
    for (unsigned i = 0; i < UNKNOWN; i++) {
        L4_Word_t eax = 0, ebx = 1234567 + i, ecx = 89 + i;

        memcpy(code, unknown[i], sizeof unknown[i]);
        code[sizeof unknown[i]] = RET;
        __asm__ volatile("call *%1"
                         : "+a"(eax)
                         : "r"(code), "b"(ebx), "c"(ecx)
                         : "memory", "cc");
        EQUAL(eax, ebx * ecx);
    }
}

/* --- alignment checks --- */

INSTRUCTION(do_misaligned, "movl 1(%esi), %eax");
INSTRUCTION(do_aligned, "movl 4(%esi), %eax");

static L4_Word_t words[] = {0x33221100, 0x77665544};

/* Read what the program wanted to read, and let it go on. */
static void
read_misaligned(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait_Timeout(ms(500), &from);
    L4_Word_t *mr = l4_utcb();

    (void)unused;
    EQUAL(tag.raw, 0xffb0000c);
    EQUAL(mr[L4_ExcVector], VECTOR_ALIGNMENT);
    EQUAL(mr[L4_ExcErrorCode], 0);
    EQUAL(mr[L4_ExcEip], (L4_Word_t)do_misaligned_at);
    EQUAL(mr[L4_ExcEflags] & FLAG_AC, FLAG_AC);
    EQUAL(mr[L4_ExcEsi], (L4_Word_t)words);
    mr[L4_ExcEip] = (L4_Word_t)do_misaligned_on;
    mr[L4_ExcEax] = words[0] >> 8 | words[1] << 24;
    L4_Set_MsgTag(l4_tag(L4_ExceptionWords));
    EXPECT(L4_IpcSucceeded(L4_Reply(from)));
}

static void
misalign(L4_Word_t checked)
{
    struct registers r = {0, 0, 0, 0, (L4_Word_t)words, 0, 0, 2};
    struct registers strict = r;

    pn_image_touch();
    L4_Set_ExceptionHandler(pair_a);
    do_misaligned(&r);
    EQUAL(r.eax, 0x44332211);
    strict.eflags |= FLAG_AC;
    r = strict;
    do_aligned(&r);
    EQUAL(r.eax, 0x77665544);
    EQUAL(r.eflags & FLAG_AC, FLAG_AC);
    __asm__ volatile("pushl $2; popfl" : : : "cc");
    if (!checked)
        return;
    r = strict;
    do_misaligned(&r);
    EQUAL(r.eax, 0x44332211);
    EQUAL(r.eflags & FLAG_AC, FLAG_AC); /* as the answer said */
    __asm__ volatile("pushl $2; popfl" : : : "cc");
}

static void
idle(L4_Word_t unused)
{
    (void)unused;
}

int
main(int argc, char **argv)
{
    L4_Word_t checked = (L4_Word_t)has_argument(argc, argv, "ac");

    stage_open();
    FOR_PLACEMENTS(p)
    {
        where = placement_name[p];
        pair_run(p, system_calls, make_system_calls, 0);
        EQUAL(answered, CALLS);
        verdict("%s: %d system calls of another system, by int 0x80", where,
                CALLS);
        pair_run(p, serve_vectors, raise_vectors, 0);
        verdict("%s: int n of each vector reaches the handler, with its number",
                where);
        pair_run(p, emulate, multiply, 0);
        verdict("%s: unknown instructions are made up for", where);
        pair_run(p, checked ? read_misaligned : idle, misalign, checked);
        verdict("%s: %s", where,
                checked ? "a misaligned access under AC is exception 17"
                        : "without alignment checks any access goes");
    }
    done();
}
