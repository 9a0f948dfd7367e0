/*
 * Short sequences against cycles counted by hand from the P5's rules, with
 * everything warm. Encodings: EAX 0 ECX 1 EDX 2 EBX 3 ESP 4 EBP 5 ESI 6 EDI 7.
 */
#include "fake.h"

#define D FAKE_DATA

static void pairs(void)
{
    CYCLES(1, "two moves pair", OP("\x89\xd0"), OP("\x89\xd3"));
    CYCLES(2, "three moves take two cycles", OP("\x89\xd0"), OP("\x89\xd3"),
           OP("\x89\xd1"));
    CYCLES(2, "read after write does not pair", OP("\x89\xd0"), OP("\x89\xc3"));
    CYCLES(2, "write after write does not pair", OP("\x89\xd0"),
           OP("\x89\xd8"));
    CYCLES(1, "write after read pairs", OP("\x89\xc3"), OP("\x89\xd0"));
    CYCLES(2, "al and ah are one register", OP("\x88\xd8"), OP("\xb4\x00"));
    CYCLES(1, "cmp and jne pair: flags do not count", OP("\x39\xd0"),
           OP("\x75\x00"));
    CYCLES(2, "jne goes to V only: the next opens a cycle", OP("\x75\x00"),
           OP("\x89\xd0"));
    CYCLES(1, "adc in U, mov in V", OP("\x11\xd0"), OP("\x89\xd3"));
    CYCLES(2, "mov in U, adc cannot go to V", OP("\x89\xd3"), OP("\x11\xd0"));
    CYCLES(2, "test r,imm (F7) does not pair", OP("\xf7\xc1\x34\x12\x00\x00"),
           OP("\x89\xd3"));
    CYCLES(4, "mov ds,ax stands alone", OP("\x8e\xd8"), OP("\x89\xd3"));
    CYCLES(3, "a prefix: one cycle, not in V", OP("\x89\xd1"),
           LD("\x36\x8b\x1f", D));
    CYCLES(2, "prefixed in U, partner in V", LD("\x36\x8b\x1f", D),
           OP("\x89\xd1"));
    CYCLES(2, "mov [ebx+4],imm does not pair",
           ST("\xc7\x43\x04\x01\x00\x00\x00", D), OP("\x89\xd1"));
}

static void stack(void)
{
    CYCLES(1, "push and push pair", ST("\x50", D), ST("\x53", D - 4));
    CYCLES(1, "pop and pop pair", LD("\x58", D), LD("\x5b", D + 4));
    CYCLES(1, "push and call pair", ST("\x50", D),
           ST("\xe8\x00\x00\x00\x00", D - 4));
    CYCLES(2, "push and pop do not pair", ST("\x50", D), LD("\x5b", D));
    CYCLES(2, "push, then mov r,esp do not pair", ST("\x50", D),
           OP("\x89\xe3"));
    CYCLES(1, "mov r,r and push pair", OP("\x89\xd3"), ST("\x50", D));
}

static void interlocks(void)
{
    CYCLES(3, "AGI: address written the cycle before", OP("\x89\xd0"),
           LD("\x8b\x18", D));
    CYCLES(3, "no AGI two cycles later", OP("\x89\xd0"), OP("\x89\xd1"),
           OP("\x89\xd6"), OP("\x89\xd7"), LD("\x8b\x18", D));
    CYCLES(3, "AGI in V: the pair waits for what the cycle before wrote",
           OP("\x89\xd0"), OP("\x89\xd3"), OP("\x89\xd1"), LD("\x8b\x18", D));
    CYCLES(3, "AGI of a register that V wrote", OP("\x89\xd1"), OP("\x89\xd0"),
           LD("\x8b\x18", D));
    CYCLES(3, "one AGI in U serves V, too", OP("\x89\xd0"), LD("\x8b\x18", D),
           LD("\x8b\x48\x04", D + 4));
    CYCLES(5, "AGI behind what does not pair: movzx 3 + 1 + 1",
           OP("\x0f\xb6\xc2"), LD("\x8b\x18", D));
    CYCLES(3, "AGI of an index register", OP("\x89\xd0"),
           LD("\x8b\x1c\x83", D));
    CYCLES(3, "AGI of lea, too", OP("\x89\xd0"), OP("\x8d\x58\x04"));
    CYCLES(3, "mov esp, then push: implied AGI", OP("\x89\xec"), ST("\x50", D));
    CYCLES(4, "mov esp, then ret: implied AGI", OP("\x89\xec"), LD("\xc3", D));
    CYCLES(1, "push leaves no AGI behind itself: pairs with push",
           ST("\x50", D), ST("\x53", D + 4));
    CYCLES(2, "push, push | mov r,[esp]: no AGI", ST("\x50", D),
           ST("\x53", D + 4), LD("\x8b\x04\x24", D));
}

static void memory(void)
{
    CYCLES(2, "add r,[m] 2, mov in V inside it", LD("\x03\x07", D),
           OP("\x89\xd3"));
    CYCLES(2, "mov in U, add r,[m] in V", OP("\x89\xd3"), LD("\x03\x07", D));
    CYCLES(3, "add [m],r 3, mov in V inside it", UP("\x01\x07", D),
           OP("\x89\xd3"));
    CYCLES(5, "two read-modify-writes: 5", UP("\x01\x07", D),
           UP("\x01\x5f\x04", D + 4));
    CYCLES(4, "read-modify-write, then add r,[m]: 4", UP("\x01\x07", D),
           LD("\x03\x5f\x04", D + 4));
    CYCLES(3, "add r,[m], then read-modify-write: 3", LD("\x03\x1f", D),
           UP("\x01\x47\x04", D + 4));
    CYCLES(1, "two loads from different banks", LD("\x8b\x07", D),
           LD("\x8b\x5f\x04", D + 4));
    CYCLES(2, "two loads from one bank", LD("\x8b\x07", D),
           LD("\x8b\x5f\x20", D + 32));
    CYCLES(2, "two stores to one dword", ST("\x89\x07", D),
           ST("\x88\x5f\x01", D));
    CYCLES(4, "a misaligned load: 3 more", LD("\x8b\x07", D + 2));
}

int main(void)
{
    pairs();
    stack();
    interlocks();
    memory();
    return tap_end();
}
