/*
 * operand_test.c - a pager that misreads an instruction grows the wrong space,
 * or the right one for ever: what is accessed beyond the limit is known by hand
 * for every kind of instruction, and no bytes make the decoder read beyond
 * those it has.
 *
 * The bytes of the samples are NASM's, assembled at 10000.
 */
#include "check.h"

#include <pn/operand.h>

#include <stdlib.h>
#include <string.h>

#define LIMIT 0x20000u
#define START 0x10000u

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

static const struct pn_fault usual = {
    .limit = LIMIT,
    .eip = START,
    .eflags = 0x202,
    .reg = {0x20010, 3, 0x10000, 0x1f000, 0x1fffc, 0x20100, 0x1fffe, 0x20800}};

struct sample {
    const char *text;
    const char *bytes;
    size_t length;
    uint32_t low, high; /* 0, 0: nothing */
};

static const struct sample operands[] = {
    {"mov eax, [ebx + 0x1000]", "\x8b\x83\x00\x10\x00\x00", 6, 0x20000,
     0x20003},
    {"mov [ebx + 0xfff], al", "\x88\x83\xff\x0f\x00\x00", 6, 0, 0},
    {"mov [ebx + 0xffe], eax", "\x89\x83\xfe\x0f\x00\x00", 6, 0x20000, 0x20001},
    {"mov al, [eax]", "\x8a\x00", 2, 0x20010, 0x20010},
    {"mov ax, [eax]", "\x66\x8b\x00", 3, 0x20010, 0x20011},
    {"mov eax, [eax - 0x11]", "\x8b\x40\xef", 3, 0x20000, 0x20002},
    {"add dword [ebp - 4], 0x12345678", "\x81\x45\xfc\x78\x56\x34\x12", 7,
     0x200fc, 0x200ff},
    {"add dword [ebp + 4], byte 5", "\x83\x45\x04\x05", 4, 0x20104, 0x20107},
    {"add word [ebp], 0x1234", "\x66\x81\x45\x00\x34\x12", 6, 0x20100, 0x20101},
    {"cmp byte [ebx + ecx * 4 + 0x1000], 1", "\x80\xbc\x8b\x00\x10\x00\x00\x01",
     8, 0x2000c, 0x2000c},
    {"mov eax, [ecx * 8 + 0x20000]", "\x8b\x04\xcd\x00\x00\x02\x00", 7, 0x20018,
     0x2001b},
    {"mov eax, [esp + 4]", "\x8b\x44\x24\x04", 4, 0x20000, 0x20003},
    {"mov eax, [esp + ecx * 2]", "\x8b\x04\x4c", 3, 0x20002, 0x20005},
    {"mov [0x12345678], ecx", "\x89\x0d\x78\x56\x34\x12", 6, 0x12345678,
     0x1234567b},
    {"mov eax, [0x20004]", "\xa1\x04\x00\x02\x00", 5, 0x20004, 0x20007},
    {"mov [0x1ffff], al", "\xa2\xff\xff\x01\x00", 5, 0, 0},
    {"mov [0x1fffe], eax", "\xa3\xfe\xff\x01\x00", 5, 0x20000, 0x20001},
    {"mov al, [es:0x20000]", "\x26\xa0\x00\x00\x02\x00", 6, 0x20000, 0x20000},
    {"lock inc dword [edi]", "\xf0\xff\x07", 3, 0x20800, 0x20803},
    {"lea eax, [edi]", "\x8d\x07", 2, 0, 0},
    {"nop", "\x90", 1, 0, 0},
    {"test byte [edi], 0x55", "\xf6\x07\x55", 3, 0x20800, 0x20800},
    {"test dword [edi], 0x55", "\xf7\x07\x55\x00\x00\x00", 6, 0x20800, 0x20803},
    {"not word [edi]", "\x66\xf7\x17", 3, 0x20800, 0x20801},
    {"mul dword [edi]", "\xf7\x27", 2, 0x20800, 0x20803},
    {"imul eax, [edi], 0x1000", "\x69\x07\x00\x10\x00\x00", 6, 0x20800,
     0x20803},
    {"imul eax, [edi], byte 3", "\x6b\x07\x03", 3, 0x20800, 0x20803},
    {"xchg [edi], bl", "\x86\x1f", 2, 0x20800, 0x20800},
    {"shl dword [edi], 5", "\xc1\x27\x05", 3, 0x20800, 0x20803},
    {"shl byte [edi], cl", "\xd2\x27", 2, 0x20800, 0x20800},
    {"shrd [edi], eax, 3", "\x0f\xac\x07\x03", 4, 0x20800, 0x20803},
    {"sete [edi]", "\x0f\x94\x07", 3, 0x20800, 0x20800},
    {"movzx eax, byte [edi]", "\x0f\xb6\x07", 3, 0x20800, 0x20800},
    {"movsx eax, word [edi]", "\x0f\xbf\x07", 3, 0x20800, 0x20801},
    {"mov [edi], ds", "\x8c\x1f", 2, 0x20800, 0x20801},
    {"les eax, [edi]", "\xc4\x07", 2, 0x20800, 0x20805},
    {"lss eax, [edi]", "\x0f\xb2\x07", 3, 0x20800, 0x20805},
    {"bound eax, [edi]", "\x62\x07", 2, 0x20800, 0x20807},
    {"cmpxchg8b [edi]", "\x0f\xc7\x0f", 3, 0x20800, 0x20807},
    {"cmpxchg [edi], ecx", "\x0f\xb1\x0f", 3, 0x20800, 0x20803},
    {"xadd [edi], cl", "\x0f\xc0\x0f", 3, 0x20800, 0x20800},
    {"bt dword [edi], 31", "\x0f\xba\x27\x1f", 4, 0x20800, 0x20803},
    {"bts [edx], eax", "\x0f\xab\x02", 3, 0, 0},
    {"bts [ebx], eax", "\x0f\xab\x03", 3, 0x23000, 0x23003},
    {"btr [edi], ecx", "\x0f\xb3\x0f", 3, 0x20800, 0x20803},
    {"mov eax, [0xfffffffe]", "\xa1\xfe\xff\xff\xff", 5, 0xfffffffe,
     0xffffffff},
    {"a32 xlatb", "\xd7", 1, 0, 0},
};

static const struct sample x87[] = {
    {"fld dword [edi]", "\xd9\x07", 2, 0x20800, 0x20803},
    {"fld qword [edi]", "\xdd\x07", 2, 0x20800, 0x20807},
    {"fld tword [edi]", "\xdb\x2f", 2, 0x20800, 0x20809},
    {"fstp tword [edi]", "\xdb\x3f", 2, 0x20800, 0x20809},
    {"fild word [edi]", "\xdf\x07", 2, 0x20800, 0x20801},
    {"fild dword [edi]", "\xdb\x07", 2, 0x20800, 0x20803},
    {"fistp qword [edi]", "\xdf\x3f", 2, 0x20800, 0x20807},
    {"fbstp [edi]", "\xdf\x37", 2, 0x20800, 0x20809},
    {"fadd qword [edi]", "\xdc\x07", 2, 0x20800, 0x20807},
    {"fidiv word [edi]", "\xde\x37", 2, 0x20800, 0x20801},
    {"fldcw [edi]", "\xd9\x2f", 2, 0x20800, 0x20801},
    {"fnstsw [edi]", "\xdd\x3f", 2, 0x20800, 0x20801},
    {"fnstenv [edi]", "\xd9\x37", 2, 0x20800, 0x2081b},
    {"o16 fnstenv [edi]", "\x66\xd9\x37", 3, 0x20800, 0x2080d},
    {"fnsave [edi]", "\xdd\x37", 2, 0x20800, 0x2086b},
    {"o16 frstor [edi]", "\x66\xdd\x27", 3, 0x20800, 0x2085d},
    {"fadd st1", "\xd8\xc1", 2, 0, 0},
};

static const struct sample stack[] = {
    {"pop eax", "\x58", 1, 0, 0},
    {"pop dword [edi]", "\x8f\x07", 2, 0x20800, 0x20803},
    {"pop dword [esp]", "\x8f\x04\x24", 3, 0x20000, 0x20003},
    {"popa", "\x61", 1, 0x20000, 0x2001b},
    {"o16 popa", "\x66\x61", 2, 0x20000, 0x2000b},
    {"popf", "\x9d", 1, 0, 0},
    {"leave", "\xc9", 1, 0x20100, 0x20103},
    {"push dword [edi]", "\xff\x37", 2, 0x20800, 0x20803},
    {"enter 16, 0", "\xc8\x10\x00\x00", 4, 0, 0},
    {"enter 16, 3", "\xc8\x10\x00\x03", 4, 0x200f8, 0x200ff},
};

static const struct sample jumps[] = {
    {"jmp 0x20005", "\xe9\x00\x00\x01\x00", 5, 0x20005, 0x20005},
    {"jmp 0x1ffff", "\xe9\xfa\xff\x00\x00", 5, 0, 0},
    {"jz near 0x20010", "\x0f\x84\x0a\x00\x01\x00", 6, 0x20010, 0x20010},
    {"call 0x30000", "\xe8\xfb\xff\x01\x00", 5, 0x30000, 0x30000},
    {"call eax", "\xff\xd0", 2, 0x20010, 0x20010},
    {"jmp edi", "\xff\xe7", 2, 0x20800, 0x20800},
    {"jmp [edi]", "\xff\x27", 2, 0x20800, 0x20803},
    {"call [0x8000]", "\xff\x15\x00\x80\x00\x00", 6, 0x28000, 0x28000},
    {"jmp [ecx * 4 + 0x7ff4]", "\xff\x24\x8d\xf4\x7f\x00\x00", 7, 0x28000,
     0x28000},
    {"ret", "\xc3", 1, 0x24000, 0x24000},
    {"ret 8", "\xc2\x08\x00", 3, 0x24000, 0x24000},
};

static const struct sample strings[] = {
    {"lodsb", "\xac", 1, 0, 0},
    {"lodsd", "\xad", 1, 0x20000, 0x20001},
    {"stosb", "\xaa", 1, 0x20800, 0x20800},
    {"movsw", "\x66\xa5", 2, 0x20800, 0x20801},
    {"movsd", "\xa5", 1, 0x20000, 0x20803},
    {"rep movsb", "\xf3\xa4", 2, 0x20000, 0x20802},
    {"rep stosd", "\xf3\xab", 2, 0x20800, 0x2080b},
    {"rep lodsw", "\xf3\x66\xad", 3, 0x20000, 0x20003},
    {"repne scasb", "\xf2\xae", 2, 0x20800, 0x20800},
    {"repe cmpsd", "\xf3\xa7", 2, 0x20000, 0x20803},
    {"scasd", "\xaf", 1, 0x20800, 0x20803},
    {"rep insb", "\xf3\x6c", 2, 0x20800, 0x20802},
    {"outsw", "\x66\x6f", 2, 0, 0},
};
/* The client has the memory below the limit, or less. */
struct client {
    uint32_t end;
    uint8_t memory[LIMIT];
};

static struct client client;

static size_t peek(void *whose, uint32_t address, void *bytes, size_t n)
{
    const struct client *c = (const struct client *)whose;

    if (address >= c->end)
        return 0;
    if (n > c->end - address)
        n = c->end - address;
    memcpy(bytes, c->memory + address, n);
    return n;
}

static void store(uint32_t address, uint32_t value)
{
    for (unsigned n = 0; n < 4; n++)
        client.memory[address + n] = (uint8_t)(value >> 8 * n);
}

/* Is this what the instruction at EIP accesses? 0, 0: nothing, or unknown. */
static int accesses(const struct pn_fault *f, uint32_t low, uint32_t high)
{
    struct pn_access found = {1, 1};
    int known = pn_operand(f, peek, &client, &found);

    if (low == 0 && high == 0 ? !known
                              : known && found.low == low && found.high == high)
        return 1;
    printf("# %d: %x to %x\n", known, (unsigned)found.low,
           (unsigned)found.high);
    return 0;
}

static void put(uint32_t address, const char *bytes, size_t n)
{
    client.end = LIMIT;
    memcpy(client.memory + address, bytes, n);
}

#define PUT(address, bytes) put((address), (bytes), sizeof(bytes) - 1)

static int are_right(const struct sample *samples, size_t n)
{
    int all = 1;

    for (size_t i = 0; i < n; i++) {
        const struct sample *s = &samples[i];

        put(START, s->bytes, s->length);
        if (!accesses(&usual, s->low, s->high)) {
            printf("# %s\n", s->text);
            all = 0;
        }
    }
    return all;
}

#define RIGHT(samples) are_right(samples, sizeof(samples) / sizeof *(samples))

static void test_samples(void)
{
    store(usual.reg[ESP], 0x24000); /* RET's */
    store(0x8000, 0x28000);         /* CALL's and JMP's */
    CHECK(RIGHT(operands), "operands in memory");
    CHECK(RIGHT(x87), "of the x87");
    CHECK(RIGHT(stack), "the stack");
    CHECK(RIGHT(jumps), "targets of jumps");
    CHECK(RIGHT(strings), "strings");
}

/* --- other registers --- */

static int with(unsigned reg, uint32_t value, uint32_t low, uint32_t high)
{
    struct pn_fault f = usual;

    f.reg[reg] = value;
    return accesses(&f, low, high);
}

static void test_stack_pointers(void)
{
    PUT(START, "\x50"); /* push eax */
    CHECK(with(ESP, LIMIT + 0x1000, LIMIT + 0xffc, LIMIT + 0xfff) &&
              with(ESP, LIMIT, 0, 0) && with(ESP, LIMIT + 2, LIMIT, LIMIT + 1),
          "PUSH writes below the stack pointer");
    CHECK(with(ESP, 0, 0xfffffffc, 0xffffffff),
          "below 0 is the end of all addresses");
    PUT(START, "\x60"); /* pusha */
    CHECK(with(ESP, LIMIT + 0x1000, LIMIT + 0xfe0, LIMIT + 0xfff),
          "PUSHA eight words");
    PUT(START, "\x66\x06"); /* push es, 16 bits */
    CHECK(with(ESP, LIMIT + 2, LIMIT, LIMIT + 1), "or 16 bits");
    PUT(START, "\xe8\x00\x00\x00\x00"); /* call to the next */
    CHECK(with(ESP, LIMIT + 4, LIMIT, LIMIT + 3), "CALL the address behind it");
    PUT(START, "\xff\x37"); /* push dword [edi] */
    CHECK(with(ESP, LIMIT + 0x900, LIMIT + 0x800, LIMIT + 0x8ff),
          "both of what PUSH reads and writes");
    PUT(START, "\xc3"); /* ret */
    CHECK(with(ESP, LIMIT + 4, LIMIT + 4, LIMIT + 7),
          "a return address that can't be read");
    PUT(START, "\xc8\x00\x10\x01"); /* enter 4096, 1 */
    CHECK(with(ESP, LIMIT + 0x2000, LIMIT + 0xff8, LIMIT + 0x1fff),
          "ENTER with its room");
}

static void test_strings(void)
{
    struct pn_fault f = usual;

    PUT(START, "\xf3\xab"); /* rep stosd */
    CHECK(with(ECX, 0x1000, 0x20800, 0x247ff), "REP is all of it");
    CHECK(with(ECX, 0, 0, 0), "or nothing");
    CHECK(with(ECX, 0xffffffff, 0x20800, 0xffffffff),
          "to the end of all addresses");
    f.eflags |= 0x400;
    CHECK(accesses(&f, 0x207f8, 0x20803), "DF goes down");
    f.reg[ECX] = 0xffffffff;
    CHECK(accesses(&f, LIMIT, 0x20803), "not below the limit");
    PUT(START, "\xf2\xae"); /* repne scasb */
    CHECK(with(ECX, 0x1000, 0x20800, 0x20800), "SCAS may end at once");
    PUT(START, "\x67\xf3\xaa"); /* rep stosb, addresses of 16 bits */
    f = usual;
    f.limit = 0x8000;
    f.eip = 0x1000;
    PUT(0x1000, "\x67\xf3\xaa");
    f.reg[EDI] = 0x10009000;
    f.reg[ECX] = 0x70008000;
    CHECK(accesses(&f, 0x9000, 0xffff), "16-bit addresses end at 64 KB");
}

static void test_short_addresses(void)
{
    struct pn_fault f = usual;

    f.limit = 0x8000;
    f.eip = 0x1000;
    f.reg[EBX] = 0xffff7000;
    f.reg[ESI] = 0x12340ffe;
    PUT(0x1000, "\x67\x8b\x00"); /* mov eax, [bx + si] */
    CHECK(accesses(&f, 0x8000, 0x8001), "BX + SI");
    PUT(0x1000, "\x67\x8a\x01"); /* mov al, [bx + di] */
    f.reg[EDI] = 0x56781fff;
    CHECK(accesses(&f, 0x8fff, 0x8fff), "BX + DI");
    PUT(0x1000, "\x67\x8a\x47\x10"); /* mov al, [bx + 16] */
    f.reg[EBX] = 0x7ff0;
    CHECK(accesses(&f, 0x8000, 0x8000), "BX and a byte");
    PUT(0x1000, "\x67\x8b\x0e\x00\x90"); /* mov ecx, [0x9000] */
    CHECK(accesses(&f, 0x9000, 0x9003), "16 bits of address in ModRM");
    PUT(0x1000, "\x67\xa1\x00\x90"); /* mov eax, [0x9000] */
    CHECK(accesses(&f, 0x9000, 0x9003), "or without it");
    PUT(0x1000, "\x67\x8a\x9a\xff\xff"); /* mov bl, [bp + si - 1] */
    f.reg[EBP] = 0xf000;
    CHECK(accesses(&f, 0xfffd, 0xfffd), "BP + SI and a word");
    PUT(0x1000, "\xd7"); /* xlatb */
    f.reg[EBX] = 0xfffffff8;
    f.reg[EAX] = 0xffffff08;
    CHECK(accesses(&f, 0, 0), "XLAT wraps around");
    f.reg[EBX] = 0x7fff;
    CHECK(accesses(&f, 0x8007, 0x8007), "and has AL as index");
    PUT(0x1000, "\x66\xe9\xfc\x8f"); /* jmp word 0xa000 */
    CHECK(accesses(&f, 0xa000, 0xa000), "a jump by 16 bits stays in 64 KB");
    PUT(0x1000, "\x66\x0f\xab\x03"); /* bts [ebx], ax */
    f.reg[EAX] = 0x7777ffe0;
    f.reg[EBX] = 0x9004;
    CHECK(accesses(&f, 0x9000, 0x9001), "BTS with 16 signed bits");
}

/* --- the instruction itself --- */

static void test_fetch(void)
{
    struct pn_fault f = usual;

    f.eip = LIMIT + 0x1234;
    CHECK(accesses(&f, LIMIT + 0x1234, LIMIT + 0x1234),
          "an EIP beyond the limit");
    f.eip = LIMIT - 2;
    PUT(f.eip, "\x8b\x05"); /* mov eax, [...] */
    CHECK(accesses(&f, LIMIT, LIMIT), "an instruction cut by the limit");
    PUT(f.eip, "\xf6\x00"); /* test byte [eax], ... */
    CHECK(accesses(&f, LIMIT, LIMIT), "or whose immediate is");
    f.limit -= 0x1000;
    f.eip = f.limit - 1;
    PUT(f.eip, "\x66\x90");
    CHECK(accesses(&f, f.limit, f.limit),
          "one whose rest the pager has already");
    f = usual;
    client.end = START + 1;
    client.memory[START] = 0x8b;
    CHECK(accesses(&f, 0, 0), "code that can't be read is unknown");
    client.end = LIMIT;
    memset(client.memory + START, 0x66, 15);
    CHECK(accesses(&f, 0, 0), "so is what is too long");
    f.eip = LIMIT - 15;
    memset(client.memory + f.eip, 0x66, 15);
    CHECK(accesses(&f, 0, 0), "wherever it ends");
    f.eip = LIMIT - 8;
    memset(client.memory + f.eip, 0x66, 8);
    CHECK(accesses(&f, LIMIT, LIMIT), "but not prefixes up to the limit");
}

static void test_unknown(void)
{
    static const char *const unknown[] = {
        "\x9a\1\1\1\1\1\1", /* call far */
        "\xff\x1f",         /* call far [edi] */
        "\xff\x2f",         /* jmp far [edi] */
        "\xcb",             /* retf */
        "\xcf",             /* iret */
        "\x0f\x0b",         /* ud2 */
        "\x0f\x6f\x07",     /* movq mm0, [edi] */
        "\xdd\x2f",         /* reserved */
        "\xf4",             /* hlt */
    };
    int all = 1;

    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        put(START, unknown[i], strlen(unknown[i]));
        all &= accesses(&usual, 0, 0);
    }
    CHECK(all, "what is not decoded is unknown");
}

/* A copy on the heap: ASan sees every byte beyond it. */
static size_t peek_copy(void *whose, uint32_t address, void *bytes, size_t n)
{
    size_t have = *(const size_t *)whose;

    if (address != START)
        return 0;
    for (size_t i = 0; i < n && i < have; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)(rand() >> 7);
    return n < have ? n : have;
}

static void test_anything(void)
{
    int all = 1;

    srand(1);
    for (unsigned i = 0; i < 200000 && all; i++) {
        struct pn_fault f = usual;
        struct pn_access found;
        size_t have = (size_t)rand() % 16;

        for (unsigned n = 0; n < 8; n++)
            f.reg[n] = (uint32_t)rand() << (rand() % 8);
        f.eflags = (uint32_t)rand();
        f.limit = rand() % 4 ? LIMIT : START + (uint32_t)rand() % 16;
        if (pn_operand(&f, peek_copy, &have, &found))
            all = found.low >= f.limit && found.low <= found.high;
    }
    CHECK(all, "any bytes: an access found lies beyond the limit");
}

int main(void)
{
    test_samples();
    test_stack_pointers();
    test_strings();
    test_short_addresses();
    test_fetch();
    test_unknown();
    test_anything();
    return check_end();
}
