/*
 * Short sequences whose cycles on a P5 were counted by hand from published
 * rules, everything warm; beside each the count and the rule.
 *
 *   [A n.m]  Agner Fog, microarchitecture, chapter on P1 and PMMX, section; [A
 *            list] his list of P1's integer instructions
 *   [B n]    Abrash, Graphics Programming Black Book, chapter n
 *   [cost]   a figure of costs.def, which names its source
 */
#include "fake.h"

#define D       FAKE_DATA
#define HANDLER (FAKE_HANDLER + 0x30 * 16)

static void
pairing(void)
{
    /* mov|mov, add|inc, cmp|jne = 3: simple instructions, no register of the
     * first in the second; flags and jne are excepted [A 4.1 rules 1-5] */
    CYCLES(3, "six instructions in three pairs: 3", OP("\x89\xd0"),
           OP("\x89\xd3"), OP("\x01\xd1"), OP("\x46"), OP("\x39\xc3"),
           OP("\x75\x00"));
    /* mov, adc|mov, mov = 3: ADC goes to U only [A 4.1] */
    CYCLES(3, "adc opens a cycle: 3", OP("\x89\xd3"), OP("\x11\xd0"),
           OP("\x89\xd6"), OP("\x89\xd7"), OP("\x89\xd1"));
    /* shr|mov 1, shr cl 4, mov 1 = 6 [B 20: SHR EDX,10 and SHR EDX,CL] */
    CYCLES(6, "shr r,10 pairs, shr r,cl takes 4 alone: 6", OP("\xc1\xea\x0a"),
           OP("\x89\xf3"), OP("\xd3\xea"), OP("\x89\xfb"));
    /* push|push 1, push|call 1, mov [esp+8] 1 [A 4.1 rule 6; 4.2 no AGI] */
    CYCLES(3, "push, push, push, call, load of a parameter: 3", ST("\x50", D),
           ST("\x53", D - 4), ST("\x51", D - 8),
           ST("\xe8\x00\x00\x00\x00", D - 12), LD("\x8b\x44\x24\x08", D - 4));
    /* two read-modify-writes 3 + 2 [A 4.1: imperfect pairing]; split into
     * loads, adds, stores 3 [A 4.3 example 4.10] */
    CYCLES(5, "add [m1],eax; add [m2],ebx: 5", UP("\x01\x06", D),
           UP("\x01\x5e\x04", D + 4));
    CYCLES(3, "split into loads, adds and stores: 3", LD("\x8b\x0e", D),
           LD("\x8b\x56\x04", D + 4), OP("\x01\xc1"), OP("\x01\xda"),
           ST("\x89\x0e", D), ST("\x89\x56\x04", D + 4));
}

static void
interlocks(void)
{
    /* add edx|mov ecx,[ebx]; add ebx|mov [edx]: edx written in the cycle
     * before: 1 + 1 + 1 [B 19] */
    CYCLES(3, "AGI three instructions on: 3", OP("\x83\xc2\x04"),
           LD("\x8b\x0b", D), OP("\x83\xc3\x04"), ST("\x89\x0a", D + 4));
    /* mov ecx,[ebx]|add ebx; mov [edx+4],ecx|add edx: 2 [B 19] */
    CYCLES(2, "the same rearranged: 2", LD("\x8b\x0b", D), OP("\x83\xc3\x04"),
           ST("\x89\x4a\x04", D + 4), OP("\x83\xc2\x04"));
    /* add esp,4; pop esi: 1 + 1 + 1, pop uses ESP [A 4.2] */
    CYCLES(3, "add esp, pop: AGI, 3", OP("\x83\xc4\x04"), LD("\x5e", D));
    /* ret 2, pop 1: the stack's own changes of ESP cost nothing [A 4.2] */
    CYCLES(3, "ret, pop: no AGI, 3", LD("\xc3", D), LD("\x58", D + 4));
    /* inc esi; lea eax,[ebx+4*esi]: 1 + 1 + 1, LEA forms an address [A 4.2] */
    CYCLES(3, "inc, lea with it as index: AGI, 3", OP("\x46"),
           OP("\x8d\x04\xb3"));
}

static void
prefixes(void)
{
    /* 1 + 1 for the prefix [A 4.4, B 19] */
    CYCLES(2, "mov ax,dx: 1 + 1", OP("\x66\x89\xd0"));
    /* two prefixes: 1 + 2 [A 4.4] */
    CYCLES(3, "mov ax,es:[edi]: 1 + 2", LD("\x66\x26\x8b\x07", D));
    /* 0F of a conditional jump is none: cmp|jne near 1 [A 4.4, B 19] */
    CYCLES(1, "cmp and near jne pair", OP("\x39\xd0"),
           OP("\x0f\x85\x00\x00\x00\x00"));
    /* prefixed goes to U only: mov 1; (1 + 1)|mov [A 4.1 rule 7] */
    CYCLES(3, "mov; prefixed add|mov: 3", OP("\x89\xd1"), OP("\x66\x01\xd0"),
           OP("\x89\xd3"));
}

static void
memory(void)
{
    /* 1 + 3, 2 + 3: a dword across a dword's boundary [B 19]; the second does
     * not pair, it uses eax */
    CYCLES(9, "misaligned mov eax,[m]; add eax,[m]: 1 + 3 + 2 + 3",
           LD("\x8b\x07", D + 2), LD("\x03\x46\x06", D + 6));
}

static void
not_pairing(void)
{
    /* all NP: each alone, the moves around them too [A list] */
    CYCLES(12, "mov, pushad, popad, mov: 1 + 5 + 5 + 1", OP("\x89\xd0"),
           ST("\x60", D), LD("\x61", D), OP("\x89\xd3"));
    CYCLES(10, "pushf 4, popf 5, mov 1", ST("\x9c", D), LD("\x9d", D),
           OP("\x89\xd3"));
    /* MOV r,sreg 1, MOV sreg,r 3 each, PUSH sreg 1, POP sreg 3, LES 4, mov 1
     * [cost] */
    CYCLES(16, "segment registers read, loaded, pushed, popped: 1+3+3+1+3+4+1",
           OP("\x8c\xd8"), OP("\x8e\xd8"), OP("\x8e\xc0"), ST("\x1e", D),
           LD("\x1f", D), LD("\xc4\x3b", D), OP("\x89\xd3"));
    /* IN 7, OUT 12 [cost] */
    CYCLES(21, "mov, in, out, mov: 1 + 7 + 12 + 1", OP("\x89\xd0"), OP("\xec"),
           OP("\xee"), OP("\x89\xd3"));
    /* XCHG r,r 3; XCHG EAX,r 2 [A list] */
    CYCLES(5, "xchg ebx,ecx; xchg eax,edx: 3 + 2", OP("\x87\xd9"), OP("\x92"));
}

static void
strings(void)
{
    /* CLD 2, MOVSD 4, mov 1, LODSD 2, STOSD 3, mov 1, SCASD 4, mov 1, CMPSD 5
     * [cost]; a mov where the next uses an address just changed [A 4.2] */
    CYCLES(23, "cld and each string instruction, moves between: 23", OP("\xfc"),
           OP("\xa5"), OP("\x89\xd3"), OP("\xad"), OP("\xab"), OP("\x89\xd3"),
           OP("\xaf"), OP("\x89\xd3"), OP("\xa7"));
}

/* Cycles of REP and N elements; QEMU comes back for each. */
static uint64_t
rep(const char *bytes, unsigned n)
{
    const struct op op = {bytes, 2, NO_ACCESS, 0};
    struct model *m = fake_model();
    uint64_t before = 0;
    for (unsigned pass = 0; pass < 2; pass++) {
        jump_to(m, FAKE_CODE);
        before = m->count.cycles;
        for (unsigned i = 0; i <= n; i++)
            run(m, FAKE_CODE, &op, 1);
    }
    return m->count.cycles - before;
}

static void
repeated(void)
{
    /* the start, then each element [cost] */
    check(rep("\xf3\xa5", 5), 12 + 5, "rep movsd of 5: 12 + 5");
    check(rep("\xf3\xab", 5), 10 + 5, "rep stosd of 5: 10 + 5");
    check(rep("\xf3\xad", 5), 7 + 3 * 5, "rep lodsd of 5: 7 + 3 * 5");
    check(rep("\xf2\xaf", 5), 9 + 4 * 5, "repne scasd of 5: 9 + 4 * 5");
    check(rep("\xf3\xa7", 5), 8 + 4 * 5, "repe cmpsd of 5: 8 + 4 * 5");
}

/* What a path through several places costs the third time. */
struct place {
    uint32_t va;
    unsigned ring; /* that its first instruction runs in */
    const struct op *ops;
    unsigned n;
};

static uint64_t
path(const struct place *places, unsigned n)
{
    struct model *m = fake_model();
    uint64_t before = 0;
    for (unsigned pass = 0; pass < 3; pass++) {
        m->cpl = places[0].ring;
        memory_access(&m->memory, FAKE_STACK, 4, false);
        jump_to(m, places[0].va);
        before = m->count.cycles;
        for (unsigned i = 0; i < n; i++) {
            fake_reg[GUEST_CS] = 0x18 | places[i].ring;
            run(m, places[i].va, places[i].ops, places[i].n);
        }
    }
    return m->count.cycles - before;
}

static void
kernel_entry(void)
{
    static const struct op user[] = {OP("\x89\xd0"), OP("\x89\xd3"),
                                     OP("\xcd\x30")};
    static const struct op kernel[] = {ST("\x60", FAKE_STACK), OP("\x8e\xd8"),
                                       OP("\x8e\xc0"), LD("\x61", FAKE_STACK),
                                       OP("\xcf")};
    static const struct op back[] = {OP("\x90")};
    const struct place places[] = {{FAKE_CODE, 3, user, COUNT(user)},
                                   {HANDLER, 0, kernel, COUNT(kernel)},
                                   {FAKE_CODE + 6, 3, back, COUNT(back)}};
    /* mov|mov 1, INT 48, PUSHAD 5, two segment loads 6, POPAD 5, IRET 27, nop
     * 1 [cost: EROS table 6.1, 86Box] */
    check(path(places, COUNT(places)), 1 + 48 + 5 + 3 + 3 + 5 + 27 + 1,
          "int, pushad, mov ds, mov es, popad, iret: 1 + 48 + 16 + 27 + 1");
}

static void
directory(void)
{
    static const struct op ops[] = {OP("\x0f\x22\xd8"), OP("\x89\xd3"),
                                    LD("\x8b\x07", D)};
    const struct place places[] = {{FAKE_CODE, 0, ops, COUNT(ops)}};
    /* MOV CR3 21; a code and a data TLB entry 9 each, their tables in the data
     * cache; mov|mov 1 [cost; Liedtke 1995: 9] */
    check(path(places, COUNT(places)), 21 + 9 + 1 + 9,
          "mov cr3, then a pair with a load: 21 + 9 + 1 + 9");
}

int
main(void)
{
    pairing();
    interlocks();
    prefixes();
    memory();
    not_pairing();
    strings();
    repeated();
    kernel_entry();
    directory();
    return tap_end();
}
