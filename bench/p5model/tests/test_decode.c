/* What the decoder makes of single instructions. */
#include "fake.h"

#include "cost.h"

#define R(n) (1u << (n))

static void costs(void)
{
    check(INSN("\x89\xd0")->cost, 1, "mov eax,edx costs 1");
    check(INSN("\x03\x03")->cost, 2, "add eax,[ebx] costs 2");
    check(INSN("\x01\x03")->cost, 3, "add [ebx],eax costs 3");
    check(INSN("\x39\x03")->cost, 2, "cmp [ebx],eax costs 2");
    check(INSN("\xff\x0d\x00\x00\x04\x00")->cost, 3, "dec [m] costs 3");
    check(INSN("\x8e\xd8")->cost, 3, "mov ds,ax costs 3");
    check(INSN("\x1f")->cost, 3, "pop ds costs 3");
    check(INSN("\x0f\xa1")->cost, 3, "pop fs costs 3");
    check(INSN("\x0f\x22\xd8")->cost, 21, "mov cr3,eax costs 21");
    check(INSN("\x0f\x01\x38")->cost, 25, "invlpg [eax] costs 25");
    check(INSN("\x60")->cost, 5, "pushad costs 5");
    check(INSN("\xf7\xe3")->cost, 10, "mul ebx costs 10");
    check(INSN("\x87\x03")->cost, 16, "xchg [ebx],eax costs 16");
    check(INSN("\x8b\x03")->cost + INSN("\x36\x8b\x03")->cost, 1 + 2,
          "a segment override costs one more");
    check(INSN("\xcd\x30")->cost, 0, "int costs nothing before it lands");
    check(INSN("\xcf")->cost, 0, "iret costs nothing before it lands");
}

static void pairing(void)
{
    check(INSN("\x89\xd0")->pair, PAIR_UV, "mov r,r pairs in U and V");
    check(INSN("\x11\xd0")->pair, PAIR_U, "adc pairs in U only");
    check(INSN("\xc1\xe0\x04")->pair, PAIR_U, "shl r,4 pairs in U only");
    check(INSN("\xc1\xc0\x04")->pair, PAIR_NP, "rol r,4 does not pair");
    check(INSN("\xd1\xc0")->pair, PAIR_U, "rol r,1 pairs in U only");
    check(INSN("\x75\xfe")->pair, PAIR_V, "jne pairs in V only");
    check(INSN("\x0f\x85\x00\x00\x00\x00")->pair, PAIR_V,
          "near jne pairs in V only, in spite of 0F");
    check(INSN("\xe8\x00\x00\x00\x00")->pair, PAIR_V, "call pairs in V only");
    check(INSN("\xc3")->pair, PAIR_NP, "ret does not pair");
    check(INSN("\xff\x10")->pair, PAIR_NP, "call [eax] does not pair");
    check(INSN("\xa8\x01")->pair, PAIR_UV, "test al,1 pairs");
    check(INSN("\xf7\xc1\x01\x00\x00\x00")->pair, PAIR_NP,
          "test ecx,1 does not pair (F7 form)");
    check(INSN("\x8e\xd8")->pair, PAIR_NP, "mov ds,ax does not pair");
    check(INSN("\x36\x8b\x03")->pair, PAIR_U, "prefixed: U only");
    check(INSN("\xc7\x03\x01\x00\x00\x00")->pair, PAIR_UV, "mov [ebx],1 pairs");
    check(INSN("\xc7\x43\x04\x01\x00\x00\x00")->pair, PAIR_NP,
          "mov [ebx+4],1 does not: displacement and immediate");
}

static void registers(void)
{
    const struct insn *i = INSN("\x8b\x4c\x9a\x04"); /* mov ecx,[edx+ebx*4+4] */
    check(i->address, R(EDX) | R(EBX), "base and index are addresses");
    check(i->writes, R(ECX), "mov r,[m] writes r");
    check(INSN("\x8a\xe3")->writes, R(EAX), "ah is part of eax");
    check(INSN("\x39\xd0")->writes, 0, "cmp writes no register");
    check(INSN("\x50")->address, R(ESP), "push uses esp as an address");
    check(INSN("\x50")->writes, 0, "push does not count as writing esp");
    check(INSN("\x8c\xe9")->writes, R(ECX), "mov ecx,gs writes ecx");
    check(INSN("\x8d\x60\x04")->address, R(EAX), "lea forms an address");
    check(INSN("\x8d\x60\x04")->memory, false, "lea touches no memory");
    check(INSN("\x8b\x05\x00\x00\x04\x00")->address, 0,
          "an absolute address has no address register");
    check(INSN("\x01\x03")->rmw, true, "add [m],r reads and writes memory");
    check(INSN("\x89\x03")->rmw, false, "mov [m],r only writes");
}

static void flow(void)
{
    check(INSN("\x75\xfe")->target, FAKE_CODE, "jne $ leads to itself");
    check(INSN("\xe9\x00\x01\x00\x00")->target, FAKE_CODE + 0x105,
          "jmp near adds to the next address");
    check(INSN("\xcd\x30")->vector, 0x30, "int 0x30 has its vector");
    check(INSN("\xcc")->vector, 3, "int3 is vector 3");
    check(INSN("\xea\x00\x00\x00\x00\x08\x00")->selector, 8,
          "far jmp knows its selector");
    check(INSN("\xff\x2b")->branch, BR_FAR, "jmp far [ebx] is far");
    check(INSN("\xff\x23")->branch, BR_NEAR, "jmp [ebx] is near");
}

static void markers(void)
{
    const struct insn *i = INSN("\xa9\x07\x02\x43\x50");
    check(i->kind, KIND_MARKER, "test eax,0x50430207 is a marker");
    check(marker_op(i), MARKER_END, "... its operation is end");
    check(marker_id(i), 7, "... of region 7");
    check(INSN("\xa9\x07\x02\x43\x51")->kind, KIND_PLAIN,
          "test eax with another immediate is none");
}

static void settings(void)
{
    check(cost_set("int", 3, "52"), COST_SET, "a cost can be set");
    check(cost[COST_int], 52, "... and has the value then");
    check(cost_set("int", 3, "4x"), COST_BAD_VALUE, "4x is no cost");
    check(cost_set("int", 3, "-1"), COST_BAD_VALUE, "-1 is no cost");
    check(cost_set("nope", 4, "1"), COST_UNKNOWN, "there is no cost nope");
}

int main(void)
{
    costs();
    pairing();
    registers();
    flow();
    markers();
    settings();
    return tap_end();
}
