/*
 * limits.c - a small space ends where it ends, to the byte.
 *
 * Three small spaces lie side by side; the middle one, the attacker, touches
 * everything around its limit, through every segment register, with every
 * size, and with every kind of instruction that finds its address in another
 * way. An access inside works; one that has a byte outside is a limit fault,
 * which shows as a page fault at exactly the first byte outside, once the
 * space is large. The neighbours never change and are never read.
 *
 * Runs with small=16: the area is full, so the attacker always comes back to
 * the one hole there is, between its neighbours.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

#define SPARE   0x40UL       /* in the attacker's data page: results */
#define PATTERN 0x5aa5c33cUL /* what it writes */
#define FPU_MIN 8            /* sizes from here on go through the FPU */

static struct subject below, attacker, above, filler;
static int quick; /* the negative controls need no more */
static char below_copy[PAGE], above_copy[PAGE];

/* --- the neighbourhood --- */

/* A privileged instruction lies beyond the limit: it must not be mistaken for
 * the one that a jump there wanted. */
static void
watch(void)
{
    above.code[0] = 0xfa; /* cli */
    memcpy(below_copy, subject_data_page(&below), PAGE);
    memcpy(above_copy, above.code, PAGE);
}

static int
neighbours_intact(void)
{
    return memcmp(below_copy, subject_data_page(&below), PAGE) == 0 &&
           memcmp(above_copy, above.code, PAGE) == 0;
}

/* A pattern in which no two words are equal. */
static void
fill_data(void)
{
    uint8_t *data = (uint8_t *)subject_data_page(&attacker);

    for (unsigned i = 0; i < PAGE; i++)
        data[i] = (uint8_t)(i * 7 + (i >> 6) + 1);
}

/* Neighbours map their pages when they touch them. */
static void
touch_ends(struct subject *s)
{
    struct code c = subject_code(s);

    code_read(&c, DS, 0);
    code_read(&c, DS, subject_data(s));
    (void)code_end(&c);
    ok(subject_go(s) == EV_END && subject_is_small(s),
       "neighbour %u is small and has its first and last page", s->number);
}

/* --- one access --- */

struct access {
    enum segment segment;
    unsigned size;
    int write;
    L4_Word_t offset;
};

static const uint8_t *
opcode(unsigned size, int write)
{
    static const uint8_t codes[][2][2] = {
        {{0x8a, 0x05}, {0x88, 0x05}}, /* mov r8, m8 */
        {{0x8b, 0x05}, {0x89, 0x05}}, /* mov r16, m16; mov r32, m32 */
        {{0xdf, 0x2d}, {0xdf, 0x3d}}, /* fild, fistp m64 */
        {{0xdb, 0x2d}, {0xdb, 0x3d}}, /* fld, fstp m80 */
    };
    unsigned row = size == 1 ? 0 : size <= 4 ? 1 : size == 8 ? 2 : 3;

    return codes[row][write];
}

static void
emit(struct code *c, const struct access *a)
{
    if (a->size == 2)
        EMIT(c, 0x66);
    EMIT(c, segment_prefix(a->segment));
    code_bytes(c, opcode(a->size, a->write), 2);
    code_word(c, a->offset);
}

/* The FPU's side of a probe: fill it before a write, store it after a read. */
static void
emit_fpu(struct code *c, const struct access *a, int load)
{
    struct access other = {DS, a->size, !load, subject_data(&attacker) + SPARE};

    if (a->size >= FPU_MIN && a->write == load)
        emit(c, &other);
}

static L4_Word_t
write_code(const struct access *a)
{
    struct code c = subject_code(&attacker);
    L4_Word_t at;

    code_standard(&c);
    if (a->segment == FS || a->segment == GS || a->segment == ES)
        code_segment(&c, a->segment, SELECTOR_DATA);
    if (a->size >= FPU_MIN)
        EMIT(&c, 0xdb, 0xe3); /* fninit */
    emit_fpu(&c, a, 1);
    code_load(&c, EAX, PATTERN);
    at = c.va;
    emit(&c, a);
    if (a->size < FPU_MIN && !a->write) {
        EMIT(&c, 0xa3); /* mov [spare], eax */
        code_word(&c, subject_data(&attacker) + SPARE);
    }
    emit_fpu(&c, a, 0);
    (void)code_end(&c);
    return at;
}

static int
inside(const struct access *a)
{
    return a->offset <= subject_size(&attacker) - a->size;
}

/* It has worked: the right bytes, read or written. */
static int
worked(const struct access *a)
{
    char *data = subject_data_page(&attacker);
    char *there = data + (a->offset - subject_data(&attacker));

    if (a->write && a->size < FPU_MIN)
        return memcmp(there, &(L4_Word_t){PATTERN}, a->size) == 0;
    return memcmp(there, data + SPARE, a->size) == 0;
}

static L4_Word_t
first_outside(const struct access *a)
{
    L4_Word_t size = subject_size(&attacker);

    return a->offset > size ? a->offset : size;
}

/* Beyond 3 GB it stays an exception, and is a page fault anywhere else. */
static int
refused(const struct access *a, L4_Word_t at)
{
    L4_Word_t vector = a->segment == SS ? VECTOR_STACK : VECTOR_PROTECTION;

    if (a->segment == CS && a->write)
        return attacker.event == EV_EXCEPTION && attacker.frame.eip == at &&
               attacker.frame.vector == VECTOR_PROTECTION;
    if (a->offset > 0xc0000000UL - a->size)
        return attacker.event == EV_EXCEPTION && attacker.frame.eip == at &&
               attacker.frame.vector == vector && attacker.frame.error == 0;
    return attacker.event == EV_PAGE_FAULT && attacker.fault_ip == at &&
           attacker.fault_address == first_outside(a);
}

static void
remake(void)
{
    subject_kill(&attacker);
    subject_make(&attacker, attacker.number, attacker.pages, attacker.control);
}

/* Let an attacker that waits for a page come to its end, and make it small. */
static void
restore(void)
{
    for (unsigned i = 0; i < 2 && attacker.event == EV_PAGE_FAULT; i++)
        (void)subject_land(&attacker);
    subject_unland();
    if (attacker.event == EV_END || attacker.event == EV_EXCEPTION)
        subject_shrink(&attacker);
    else
        remake();
}

static int
probe(const struct access *a)
{
    L4_Word_t at = write_code(a);
    int passed;

    fill_data();
    (void)subject_go(&attacker);
    if (inside(a) && !(a->segment == CS && a->write))
        passed = attacker.event == EV_END && worked(a) &&
                 subject_is_small(&attacker);
    else
        passed = refused(a, at);
    if (!passed) {
        diag("%s %u bytes at %lx", a->write ? "write" : "read", a->size,
             a->offset);
        subject_explain(&attacker);
    }
    restore();
    return passed;
}

/* --- all of them --- */

static int
probe_sizes(enum segment segment, int write, L4_Word_t offset)
{
    static const unsigned sizes[] = {1, 2, 4, 8, 10};
    int passed = 1;

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        passed &= probe(&(struct access){segment, sizes[i], write, offset});
    return passed;
}

static void
probe_segment(const char *layout, enum segment segment, int write)
{
    static const L4_Word_t far[] = {
        0x0fff,     0x7ffffffe, 0xbffffffe, 0xbfffffff, 0xc0000000,
        0xe0000000, 0xfffffff8, 0xfffffffe, 0xffffffff,
    };
    L4_Word_t size = subject_size(&attacker);
    int passed = 1;

    for (L4_Word_t o = size - (quick ? 4 : 12); o <= size + 4; o++)
        passed &= probe_sizes(segment, write, o);
    for (unsigned i = 0; i < sizeof far / sizeof far[0] && !quick; i++)
        passed &= probe_sizes(segment, write, size + far[i]);
    for (unsigned i = 1; i < sizeof far / sizeof far[0] && !quick; i++)
        passed &= probe_sizes(segment, write, far[i]);
    ok(passed, "%s: %s through %s inside the limit only", layout,
       write ? "writes" : "reads", segment_name(segment));
    ok(neighbours_intact(), "%s: and both neighbours are as they were", layout);
}

/* --- other ways to form an address --- */

enum outcome { FAULT_AT, FAULT_NEAR, STACK_EXCEPTION, PROTECTION_EXCEPTION };

/*
 * Registers are relative to the size where the mask `relative` says so (bit =
 * register number); `address` is what follows the code: 0 = nothing, else
 * that distance below the size, as a 32-bit displacement.
 */
struct trick {
    const char *name;
    uint8_t code[6];
    uint8_t length;
    int address;
    int eax, ecx, ebx, esp, ebp, esi, edi;
    unsigned relative;
    enum outcome outcome;
    int fault; /* relative to the size */
};

#define BIT(r)   (1U << (r))
#define DATA_LOW (-(int)PAGE + 0x100) /* somewhere in the data page */

/* clang-format off */
static const struct trick tricks[] = {
    {"rep stosb", {0xf3, 0xaa}, 2, 0, 0x77, 16, 0, 0, 0, 0, -8, BIT(EDI),
     FAULT_AT, 0},
    {"rep stosd", {0xf3, 0xab}, 2, 0, 0x77, 4, 0, 0, 0, 0, -8, BIT(EDI),
     FAULT_AT, 0},
    {"rep stosd astride", {0xf3, 0xab}, 2, 0, 0x77, 4, 0, 0, 0, 0, -6,
     BIT(EDI), FAULT_AT, 0},
    {"rep stosb from above", {0xfd, 0xf3, 0xaa, 0xfc}, 4, 0, 0x77, 16, 0, 0, 0,
     0, 3, BIT(EDI), FAULT_AT, 3},
    {"rep stosd below zero", {0xfd, 0xf3, 0xab, 0xfc}, 4, 0, 0x77, 3, 0, 0, 0,
     0, 4, 0, PROTECTION_EXCEPTION, 0},
    {"rep movsb out", {0xf3, 0xa4}, 2, 0, 0, 16, 0, 0, 0, DATA_LOW, -8,
     BIT(ESI) | BIT(EDI), FAULT_AT, 0},
    {"rep movsd in", {0xf3, 0xa5}, 2, 0, 0, 4, 0, 0, 0, -8, DATA_LOW,
     BIT(ESI) | BIT(EDI), FAULT_AT, 0},
    {"rep movsw in, astride", {0xf3, 0x66, 0xa5}, 3, 0, 0, 8, 0, 0, 0, -7,
     DATA_LOW, BIT(ESI) | BIT(EDI), FAULT_AT, 0},
    {"rep lodsb", {0xf3, 0xac}, 2, 0, 0, 16, 0, 0, 0, -8, 0, BIT(ESI),
     FAULT_AT, 0},
    {"repne scasb", {0xf2, 0xae}, 2, 0, 0, 16, 0, 0, 0, 0, -8, BIT(EDI),
     FAULT_AT, 0},
    {"repe cmpsb", {0xf3, 0xa6}, 2, 0, 0, 16, 0, 0, 0, -8, -8,
     BIT(ESI) | BIT(EDI), FAULT_AT, 0},
    {"push beyond", {0x50}, 1, 0, 0, 0, 0, 4, 0, 0, 0, BIT(ESP), FAULT_AT, 0},
    {"push astride", {0x50}, 1, 0, 0, 0, 0, 2, 0, 0, 0, BIT(ESP), FAULT_AT, 0},
    {"push below zero", {0x50}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, STACK_EXCEPTION,
     0},
    {"push one below zero", {0x50}, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0,
     STACK_EXCEPTION, 0},
    {"pop astride", {0x58}, 1, 0, 0, 0, 0, -2, 0, 0, 0, BIT(ESP), FAULT_AT, 0},
    {"pop beyond", {0x58}, 1, 0, 0, 0, 0, 0, 0, 0, 0, BIT(ESP), FAULT_AT, 0},
    {"pusha", {0x60}, 1, 0, 0, 0, 0, 16, 0, 0, 0, BIT(ESP), FAULT_NEAR, 16},
    {"popa", {0x61}, 1, 0, 0, 0, 0, -16, 0, 0, 0, BIT(ESP), FAULT_NEAR, 16},
    {"popf", {0x9d}, 1, 0, 0, 0, 0, -2, 0, 0, 0, BIT(ESP), FAULT_AT, 0},
    {"call's push", {0xe8, 0, 0, 0, 0}, 5, 0, 0, 0, 0, 4, 0, 0, 0, BIT(ESP),
     FAULT_AT, 0},
    {"ret", {0xc3}, 1, 0, 0, 0, 0, -2, 0, 0, 0, BIT(ESP), FAULT_AT, 0},
    {"iret", {0xcf}, 1, 0, 0, 0, 0, -10, 0, 0, 0, BIT(ESP), FAULT_NEAR, 2},
    {"enter", {0xc8, 0, 0, 0}, 4, 0, 0, 0, 0, 4, 0, 0, 0, BIT(ESP), FAULT_AT,
     0},
    {"leave", {0xc9}, 1, 0, 0, 0, 0, 0, -2, 0, 0, BIT(EBP), FAULT_AT, 0},
    {"[ebp]", {0x8b, 0x45, 0x00}, 3, 0, 0, 0, 0, 0, -2, 0, 0, BIT(EBP),
     FAULT_AT, 0},
    {"[esp + eax]", {0x8b, 0x04, 0x04}, 3, 0, 0x10, 0, 0, -0x12, 0, 0, 0,
     BIT(ESP), FAULT_AT, 0},
    {"[ebx + eax * 8]", {0x8b, 0x0c, 0xc3}, 3, 0, 1, 0, -10, 0, 0, 0, 0,
     BIT(EBX), FAULT_AT, 0},
    {"xlat", {0xd7}, 1, 0, 1, 0, -1, 0, 0, 0, 0, BIT(EBX), FAULT_AT, 0},
    {"bts by bit number", {0x0f, 0xab, 0x03}, 3, 0, 0x800, 0, -0x100, 0, 0, 0,
     0, BIT(EBX), FAULT_AT, 0},
    {"bt by negative bit number", {0x0f, 0xa3, 0x03}, 3, 0, -32, 0, 0, 0, 0, 0,
     0, 0, PROTECTION_EXCEPTION, 0},
    {"les", {0xc4, 0x05}, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_NEAR, 2},
    {"lgs", {0x0f, 0xb5, 0x05}, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_NEAR, 2},
    {"bound", {0x62, 0x05}, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"cmpxchg8b", {0x0f, 0xc7, 0x0d}, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT,
     0},
    {"xchg", {0x87, 0x05}, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"lock inc", {0xf0, 0xff, 0x05}, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT,
     0},
    {"fnsave", {0xdd, 0x35}, 2, 50, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_NEAR, 58},
    {"frstor", {0xdd, 0x25}, 2, 50, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_NEAR, 58},
    {"fnstenv", {0xd9, 0x35}, 2, 26, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_NEAR, 2},
    {"fldenv", {0xd9, 0x25}, 2, 26, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_NEAR, 2},
    {"fnstcw", {0xd9, 0x3d}, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"sgdt", {0x0f, 0x01, 0x05}, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_NEAR, 3},
    {"sidt", {0x0f, 0x01, 0x0d}, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_NEAR, 3},
    {"str", {0x0f, 0x00, 0x0d}, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"smsw", {0x0f, 0x01, 0x25}, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"mov ds", {0x8e, 0x1d}, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"lar", {0x0f, 0x02, 0x05}, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"verr", {0x0f, 0x00, 0x25}, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"arpl", {0x63, 0x05}, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"jmp [m]", {0xff, 0x25}, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"far jmp [m]", {0xff, 0x2d}, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
    {"the debugger's string", {0xcc, 0x3c, 0x01}, 3, 0, -8, 0, 0, 0, 0, 0, 0,
     BIT(EAX), FAULT_AT, 0},
    {"the debugger's string beyond", {0xcc, 0x3c, 0x01}, 3, 0, 0, 0, 0, 0, 0, 0,
     0, BIT(EAX), FAULT_AT, 0},
    {"the debugger's string in the kernel", {0xcc, 0x3c, 0x01}, 3, 0,
     (int)0xffd00000, 0, 0, 0, 0, 0, 0, 0, PROTECTION_EXCEPTION, 0},
    {"pop [m]", {0x8f, 0x05}, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, FAULT_AT, 0},
};
/* clang-format on */

static L4_Word_t
value(const struct trick *t, unsigned reg, int given)
{
    L4_Word_t base = t->relative & BIT(reg) ? subject_size(&attacker) : 0;

    return base + (L4_Word_t)given;
}

static void
trick_code(const struct trick *t)
{
    struct code c = subject_code(&attacker);

    code_standard(&c);
    EMIT(&c, 0xdb, 0xe3); /* fninit */
    code_load(&c, EAX, value(t, EAX, t->eax));
    code_bytes(&c, t->code, t->length);
    if (t->address != 0)
        code_word(&c, subject_size(&attacker) - (L4_Word_t)t->address);
    (void)code_end(&c);
    attacker.frame.ecx = (L4_Word_t)t->ecx;
    attacker.frame.ebx = value(t, EBX, t->ebx);
    if (t->esp != 0 || (t->relative & BIT(ESP)) ||
        t->outcome == STACK_EXCEPTION)
        attacker.frame.esp = value(t, ESP, t->esp);
    attacker.frame.ebp = value(t, EBP, t->ebp);
    attacker.frame.esi = value(t, ESI, t->esi);
    attacker.frame.edi = value(t, EDI, t->edi);
}

static int
trick_refused(const struct trick *t)
{
    L4_Word_t outside = attacker.fault_address - subject_size(&attacker);

    switch (t->outcome) {
    case FAULT_AT:
        return attacker.event == EV_PAGE_FAULT &&
               outside == (L4_Word_t)t->fault;
    case FAULT_NEAR: /* the order of its accesses is the processor's */
        return attacker.event == EV_PAGE_FAULT && outside < (L4_Word_t)t->fault;
    case STACK_EXCEPTION:
        return attacker.event == EV_EXCEPTION &&
               attacker.frame.vector == VECTOR_STACK;
    case PROTECTION_EXCEPTION:
        return attacker.event == EV_EXCEPTION &&
               attacker.frame.vector == VECTOR_PROTECTION;
    }
    return 0;
}

static void
try_trick(const char *layout, const struct trick *t)
{
    int passed;

    fill_data();
    memset(subject_data_page(&attacker) + PAGE - 64, 0x7f, 64);
    trick_code(t);
    (void)subject_go(&attacker);
    passed = trick_refused(t) && neighbours_intact();
    ok(passed, "%s: %s ends at the limit", layout, t->name);
    if (!passed)
        subject_explain(&attacker);
    if (attacker.event == EV_PAGE_FAULT)
        remake(); /* where it would go on is anybody's guess */
    else
        restore();
}

/* --- running out of the segment --- */

/* UD2 wherever it may come to after the promotion. */
static void
prepare_landing(void)
{
    char *page = landing_page();

    for (unsigned i = 0; i < PAGE; i += 2) {
        page[i] = 0x0f;
        page[i + 1] = 0x0b;
    }
}

static void
run_at(const char *layout, const char *what, L4_Word_t to, const uint8_t *last,
       unsigned n)
{
    char *data = subject_data_page(&attacker);
    struct code c = subject_code(&attacker);
    L4_Word_t size = subject_size(&attacker);
    int passed;

    prepare_landing();
    memcpy(data + PAGE - n, last, n);
    code_standard(&c);
    code_jump(&c, to);
    (void)subject_go(&attacker);
    if (to < 0xc0000000UL)
        passed = attacker.event == EV_PAGE_FAULT &&
                 attacker.fault_address == (to > size ? to : size);
    else
        passed = attacker.event == EV_EXCEPTION &&
                 attacker.frame.vector == VECTOR_PROTECTION;
    ok(passed && neighbours_intact(), "%s: %s fetches nothing outside", layout,
       what);
    if (!passed)
        subject_explain(&attacker);
    restore();
    fill_data();
}

static void
run_out(const char *layout)
{
    static const uint8_t nop[] = {0x90}, half[] = {0x0f};
    static const uint8_t part[] = {0xb8, 1, 2, 3}; /* mov eax, imm32 */
    static const uint8_t int3[] = {0xcc};
    L4_Word_t size = subject_size(&attacker);

    run_at(layout, "falling out", size - 1, nop, 1);
    run_at(layout, "an opcode astride", size - 1, half, 1);
    run_at(layout, "an operand astride", size - 4, part, 4);
    run_at(layout, "the debugger's call", size - 1, int3, 1);
    run_at(layout, "a jump to the limit", size, nop, 1);
    run_at(layout, "a jump beyond", size + 0x100, nop, 1);
    run_at(layout, "a jump to the small area", 0xc0000000UL, nop, 1);
    run_at(layout, "a jump to the kernel", 0xffd00000UL, nop, 1);
    run_at(layout, "a jump to the last byte", 0xffffffffUL, nop, 1);
}

/* An address that wraps back into the segment is a good one. */
static void
wrap_inside(const char *layout)
{
    struct code c = subject_code(&attacker);

    fill_data();
    code_standard(&c);
    EMIT(&c, 0x8b, 0x83); /* mov eax, [ebx + disp32] */
    code_word(&c, subject_data(&attacker) + 0x10);
    (void)code_end(&c);
    attacker.frame.ebx = 0xfffffff0UL;
    (void)subject_go(&attacker);
    ok(attacker.event == EV_END &&
           memcmp(&attacker.frame.eax, subject_data_page(&attacker), 4) == 0,
       "%s: an address that wraps into the segment reads its own", layout);
    restore();
}

/* --- no memory to become large --- */

#define FIRST_GLUTTON 400
#define GLUTTONS      3000

/* Spaces, each with a directory, until the kernel has no memory left. */
static unsigned
eat(void)
{
    unsigned n = 0;

    for (; n < GLUTTONS; n++) {
        L4_ThreadId_t tid = L4_GlobalId(FIRST_GLUTTON + n, 2);

        if (!L4_ThreadControl(tid, tid, L4_MyGlobalId(), L4_nilthread,
                              (void *)-1))
            break;
    }
    return n;
}

static void
starved(const char *layout)
{
    struct access beyond = {DS, 4, 1, subject_size(&attacker) - 2};
    unsigned n = eat();
    L4_Word_t at = write_code(&beyond);

    fill_data();
    (void)subject_go(&attacker);
    ok(n < GLUTTONS && attacker.event == EV_EXCEPTION &&
           attacker.frame.eip == at &&
           attacker.frame.vector == VECTOR_PROTECTION &&
           subject_is_small(&attacker) && neighbours_intact(),
       "%s: without memory to become large it is an exception", layout);
    while (n-- > 0)
        (void)pn_thread_kill(L4_GlobalId(FIRST_GLUTTON + n, 2));
    ok(probe(&beyond), "%s: and with memory a limit fault again", layout);
}

/* --- both layouts --- */

static void
attack(const char *layout)
{
    touch_ends(&below);
    touch_ends(&above);
    fill_data();
    touch_ends(&attacker);
    watch();
    for (enum segment s = ES; s < SEGMENTS; s++) {
        probe_segment(layout, s, 0);
        probe_segment(layout, s, 1);
    }
    for (unsigned i = 0; i < sizeof tricks / sizeof tricks[0]; i++)
        try_trick(layout, &tricks[i]);
    run_out(layout);
    wrap_inside(layout);
    if (!quick)
        starved(layout);
}

static void
leave(void)
{
    subject_kill(&below);
    subject_kill(&attacker);
    subject_kill(&above);
}

/* X.2's control word: 4 MB each, at 4, 8 and 12 MB. */
static void
four_megabytes(void)
{
    const L4_Word_t pages = 1024;

    subject_make(&below, 1, pages, L4_SpaceControlSmall | L4_SmallSpace(4, 4));
    subject_make(&attacker, 2, pages,
                 L4_SpaceControlSmall | L4_SmallSpace(8, 4));
    subject_make(&above, 3, pages, L4_SpaceControlSmall | L4_SmallSpace(12, 4));
    attack("4 MB");
    leave();
}

/*
 * Five pages each. Slots of 5 pages follow each other without a gap, because
 * the kernel's wish for other TLB sets moves on by 5 pages a time; the filler
 * takes all that is left.
 */
static void
five_pages(void)
{
    struct subject top;
    const L4_Word_t pages = 5;

    subject_make(&below, 1, pages, PN_SmallPages(pages));
    subject_make(&attacker, 2, pages, PN_SmallPages(pages));
    subject_make(&above, 3, pages, PN_SmallPages(pages));
    subject_make(&filler, 4, 1024 - 3 * pages, PN_SmallPages(1024 - 15));
    subject_make(&top, 5, 3 * 1024, PN_SmallPages(3 * 1024));
    attack("5 pages");
    leave();
    subject_kill(&filler);
    subject_kill(&top);
}

int
main(int argc, char **argv)
{
    quick = argc > 1 && strcmp(argv[1], "quick") == 0;
    five_pages();
    if (!quick)
        four_megabytes();
    done();
}
