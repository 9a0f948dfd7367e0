/*
 * operand.c - decoding an instruction for its memory accesses (pn/operand.h).
 *
 * One letter per opcode says what follows it and what it touches ([P5-v3]
 * appendix A has the same map). Everything touched goes through touch(), which
 * keeps what lies beyond the limit.
 */
#include <pn/operand.h>

#define LONGEST        15 /* bytes of an instruction */
#define DIRECTION_FLAG 0x400u

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };

/*
 *   .  no memory, no more bytes     ?  not known
 *   b  ModRM, a byte                B  and an immediate byte
 *   v  ModRM, 2 or 4 bytes          I  and an immediate byte
 *   w  ModRM, 2 bytes               V  and an immediate of 2 or 4
 *   f  ModRM, a far pointer         d  ModRM, a pair of v
 *   8  ModRM, 8 bytes               n  ModRM, but no access
 *   t  ModRM, v, a bit of a string  F  ModRM, x87
 *   1  an immediate byte            z  an immediate of 2 or 4
 *   p  a push                       q  with a byte   P  with 2 or 4
 *   o  a pop                        s  a string instruction
 *   j  a jump by a byte             J  by 2 or 4
 *   x  special()
 */
static const char one_byte[] = "bvbv1zpobvbv1zp?"  /* 00 */
                               "bvbv1zpobvbv1zpo"  /* 10 */
                               "bvbv1z?.bvbv1z?."  /* 20 */
                               "bvbv1z?.bvbv1z?."  /* 30 */
                               "................"  /* 40 */
                               "ppppppppoooooooo"  /* 50 */
                               "xxdw????PVqIssss"  /* 60 */
                               "jjjjjjjjjjjjjjjj"  /* 70 */
                               "BVBIbvbvbvbvwnwx"  /* 80 */
                               "..........?.po.."  /* 90 */
                               "xxxxssss1zssssss"  /* A0 */
                               "11111111zzzzzzzz"  /* B0 */
                               "BIxxffBVxx??.1.?"  /* C0 */
                               "bvbv11.xFFFFFFFF"  /* D0 */
                               "jjjj1111xJ?j...."  /* E0 */
                               "?.???.xx......bx"; /* F0 */

static const char two_byte[] = "w?ww????????????" /* 0F 00 */
                               "????????????????"
                               "????????????????"
                               "?.??????????????"
                               "vvvvvvvvvvvvvvvv" /* 0F 40 */
                               "????????????????"
                               "????????????????"
                               "????????????????"
                               "JJJJJJJJJJJJJJJJ" /* 0F 80 */
                               "bbbbbbbbbbbbbbbb"
                               "po.tIv??po?tIv?v"
                               "bvftffbw??Itvvbw"
                               "bv?????8........" /* 0F C0 */
                               "????????????????"
                               "????????????????"
                               "????????????????";

/* Memory operands of D8 to DF by ModRM's middle field; 0: not known. The state
 * (28, 108) is 14 bytes shorter with 16-bit operands. */
static const unsigned char x87_bytes[8][8] = {
    {4, 4, 4, 4, 4, 4, 4, 4}, {4, 0, 4, 4, 28, 2, 28, 2},
    {4, 4, 4, 4, 4, 4, 4, 4}, {4, 0, 4, 4, 0, 10, 0, 10},
    {8, 8, 8, 8, 8, 8, 8, 8}, {8, 0, 8, 8, 108, 0, 108, 2},
    {2, 2, 2, 2, 2, 2, 2, 2}, {2, 0, 2, 2, 10, 8, 10, 8}};

struct decoder {
    const struct pn_fault *fault;
    pn_peek *peek;
    void *client;
    uint8_t code[LONGEST];
    size_t length; /* bytes of code there are */
    size_t at;
    int cut;           /* more bytes were wanted */
    uint32_t v;        /* bytes of an operand */
    int short_address; /* addresses of 16 bits */
    int repeat;
    unsigned opcode;
    unsigned reg; /* ModRM's middle field */
    int is_memory;
    uint32_t address; /* of a memory operand; else the register's value */
    int unknown;
    struct pn_access beyond;
};

static uint32_t reg(const struct decoder *d, unsigned n)
{
    return d->fault->reg[n];
}

static void touch(struct decoder *d, uint32_t address, uint32_t bytes)
{
    uint32_t last = address + bytes - 1, limit = d->fault->limit;

    if (last < address) /* runs over the end of all addresses */
        last = UINT32_MAX;
    if (last < limit)
        return;
    if (address < limit)
        address = limit;
    if (address < d->beyond.low)
        d->beyond.low = address;
    if (last > d->beyond.high)
        d->beyond.high = last;
}

/* --- The instruction's bytes --- */

static uint32_t next(struct decoder *d)
{
    if (d->at < d->length)
        return d->code[d->at++];
    d->cut = 1;
    return 0;
}

static uint32_t immediate(struct decoder *d, uint32_t bytes)
{
    uint32_t value = 0;

    for (uint32_t n = 0; n < bytes; n++)
        value |= next(d) << 8 * n;
    return value;
}

/* Signed. */
static uint32_t displacement(struct decoder *d, uint32_t bytes)
{
    uint32_t value = immediate(d, bytes);

    return bytes == 1   ? (uint32_t)(int8_t)value
           : bytes == 2 ? (uint32_t)(int16_t)value
                        : value;
}

static void prefixes(struct decoder *d)
{
    for (;;) {
        switch (d->opcode = next(d)) {
        case 0x66:
            d->v = 2;
            break;
        case 0x67:
            d->short_address = 1;
            break;
        case 0xf2:
        case 0xf3:
            d->repeat = 1;
            break;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
        case 0xf0:
            break;
        default:
            return;
        }
    }
}

/* --- ModRM --- */

static uint32_t address16(struct decoder *d, unsigned mod, unsigned rm)
{
    static const uint8_t base[8] = {EBX, EBX, EBP, EBP, ESI, EDI, EBP, EBX};
    uint32_t address = 0;

    if (mod == 0 && rm == 6)
        return immediate(d, 2);
    address = reg(d, base[rm]);
    if (rm < 4)
        address += reg(d, rm % 2 ? EDI : ESI);
    return (address + displacement(d, mod)) & 0xffff;
}

static uint32_t address32(struct decoder *d, unsigned mod, unsigned rm)
{
    uint32_t address = 0, sib;

    if (rm == ESP) { /* another byte: scale, index, base */
        sib = next(d);
        rm = sib % 8;
        if (sib / 8 % 8 != ESP)
            address = reg(d, sib / 8 % 8) << sib / 64;
    }
    if (rm == EBP && mod == 0)
        mod = 2;
    else
        address += reg(d, rm);
    if (rm == ESP && d->opcode == 0x8f) /* POP counts first */
        address += d->v;
    return address + displacement(d, mod == 2 ? 4 : mod);
}

static void modrm(struct decoder *d)
{
    uint32_t byte = next(d);
    unsigned mod = byte / 64, rm = byte % 8;

    d->reg = byte / 8 % 8;
    d->is_memory = mod != 3;
    if (!d->is_memory)
        d->address = reg(d, rm);
    else if (d->short_address)
        d->address = address16(d, mod, rm);
    else
        d->address = address32(d, mod, rm);
}

static void operand(struct decoder *d, uint32_t bytes, uint32_t immediates)
{
    modrm(d);
    if (d->is_memory)
        touch(d, d->address, bytes);
    (void)immediate(d, immediates);
}

/* Bit reg of a string of bits, if it is in memory. */
static void bit_operand(struct decoder *d)
{
    int32_t bit;

    modrm(d);
    bit = (int32_t)reg(d, d->reg);
    if (d->v == 2)
        bit = (int16_t)bit;
    if (d->is_memory)
        touch(d, d->address + (uint32_t)(bit >> (d->v == 2 ? 4 : 5)) * d->v,
              d->v);
}

static void x87_operand(struct decoder *d)
{
    uint32_t bytes;

    modrm(d);
    bytes = x87_bytes[d->opcode % 8][d->reg];
    if (bytes > 10 && d->v == 2)
        bytes -= 14;
    if (d->is_memory && bytes == 0)
        d->unknown = 1;
    else if (d->is_memory)
        touch(d, d->address, bytes);
}

/* --- The stack and jumps --- */

static void push(struct decoder *d, uint32_t operands)
{
    touch(d, reg(d, ESP) - operands * d->v, operands * d->v);
}

static void pop(struct decoder *d, uint32_t operands)
{
    touch(d, reg(d, ESP), operands * d->v);
}

static void jump(struct decoder *d, uint32_t target)
{
    touch(d, d->v == 2 ? target & 0xffff : target, 1);
}

static void jump_by(struct decoder *d, uint32_t distance)
{
    jump(d, d->fault->eip + (uint32_t)d->at + distance);
}

/* To where a word in memory says, if that can be had. */
static void jump_through(struct decoder *d, uint32_t address)
{
    uint32_t target = 0;

    if (d->peek(d->client, address, &target, d->v) == d->v)
        jump(d, target);
}

/* ENTER: EBP, and at level n > 0 n - 1 words of the frame before and one more
 * of its own; the new top of the stack has to be there, too. */
static void enter(struct decoder *d)
{
    uint32_t room = immediate(d, 2), level = immediate(d, 1) % 32;
    uint32_t copied = level > 0 ? level - 1 : 0;

    push(d, level + 1);
    if (copied > 0)
        touch(d, reg(d, EBP) - copied * d->v, copied * d->v);
    touch(d, reg(d, ESP) - (level + 1) * d->v - room, d->v);
}

/* --- Strings --- */

static void elements(struct decoder *d, unsigned index, uint64_t count)
{
    uint32_t mask = d->short_address ? 0xffff : UINT32_MAX;
    uint32_t bytes = d->opcode % 2 ? d->v : 1;
    uint64_t first = reg(d, index) & mask, last = first + bytes - 1;
    uint64_t more = (count - 1) * bytes;

    if (count == 0)
        return;
    if ((d->fault->eflags & DIRECTION_FLAG) == 0)
        last += more;
    else
        first -= more < first ? more : first;
    if (last > mask)
        last = mask;
    touch(d, (uint32_t)first, (uint32_t)(last - first) + 1);
}

static void string(struct decoder *d)
{
    unsigned kind = d->opcode & 0xfe;
    uint64_t count = 1;

    if (d->repeat)
        count = reg(d, ECX) & (d->short_address ? 0xffff : UINT32_MAX);
    if ((kind == 0xa6 || kind == 0xae) && count > 1)
        count = 1; /* CMPS, SCAS: may end at any */
    if (kind != 0xaa && kind != 0xae && kind != 0x6c)
        elements(d, ESI, count);
    if (kind != 0xac && kind != 0x6e)
        elements(d, EDI, count);
}

/* --- All of it --- */

static void group_ff(struct decoder *d)
{
    operand(d, d->v, 0);
    switch (d->reg) {
    case 2: /* CALL */
        push(d, 1);
        /* fall through */
    case 4: /* JMP */
        if (d->is_memory)
            jump_through(d, d->address);
        else
            jump(d, d->address);
        break;
    case 6: /* PUSH */
        push(d, 1);
        break;
    case 3: /* far */
    case 5:
    case 7:
        d->unknown = 1;
        break;
    }
}

static void special(struct decoder *d)
{
    uint32_t address;

    switch (d->opcode) {
    case 0x60: /* PUSHA */
        push(d, 8);
        break;
    case 0x61: /* POPA */
        pop(d, 8);
        break;
    case 0x8f: /* POP */
        pop(d, 1);
        operand(d, d->v, 0);
        break;
    case 0xa0: /* MOV with an address */
    case 0xa1:
    case 0xa2:
    case 0xa3:
        address = immediate(d, d->short_address ? 2 : 4);
        touch(d, address, d->opcode % 2 ? d->v : 1);
        break;
    case 0xc2: /* RET */
        (void)immediate(d, 2);
        /* fall through */
    case 0xc3:
        pop(d, 1);
        jump_through(d, reg(d, ESP));
        break;
    case 0xc8:
        enter(d);
        break;
    case 0xc9: /* LEAVE */
        touch(d, reg(d, EBP), d->v);
        break;
    case 0xd7: /* XLAT */
        address = reg(d, EBX) + (reg(d, EAX) & 0xff);
        touch(d, d->short_address ? address & 0xffff : address, 1);
        break;
    case 0xe8: /* CALL */
        push(d, 1);
        jump_by(d, displacement(d, d->v));
        break;
    case 0xf6: /* TEST has an immediate, the rest of the group none */
    case 0xf7:
        operand(d, d->opcode % 2 ? d->v : 1, 0);
        if (d->reg < 2)
            (void)immediate(d, d->opcode % 2 ? d->v : 1);
        break;
    case 0xff:
        group_ff(d);
        break;
    }
}

static void plain(struct decoder *d, char kind)
{
    switch (kind) {
    case 'b':
    case 'B':
        operand(d, 1, kind == 'B');
        break;
    case 'v':
    case 'I':
        operand(d, d->v, kind == 'I');
        break;
    case 'V':
        operand(d, d->v, d->v);
        break;
    case 'w':
        operand(d, 2, 0);
        break;
    case 'f':
        operand(d, d->v + 2, 0);
        break;
    case 'd':
        operand(d, 2 * d->v, 0);
        break;
    case '8':
        operand(d, 8, 0);
        break;
    case 'n':
        modrm(d);
        break;
    case 't':
        bit_operand(d);
        break;
    case 'F':
        x87_operand(d);
        break;
    case '1':
        (void)immediate(d, 1);
        break;
    case 'z':
        (void)immediate(d, d->v);
        break;
    case 'q':
        (void)immediate(d, 1);
        push(d, 1);
        break;
    case 'P':
        (void)immediate(d, d->v);
        push(d, 1);
        break;
    case 'p':
        push(d, 1);
        break;
    case 'o':
        pop(d, 1);
        break;
    case 's':
        string(d);
        break;
    case 'j':
        jump_by(d, displacement(d, 1));
        break;
    case 'J':
        jump_by(d, displacement(d, d->v));
        break;
    case 'x':
        special(d);
        break;
    case '?':
        d->unknown = 1;
        break;
    }
}

static void instruction(struct decoder *d)
{
    prefixes(d);
    if (d->opcode == 0x0f) {
        d->opcode = next(d);
        plain(d, two_byte[d->opcode]);
    } else {
        plain(d, one_byte[d->opcode]);
    }
}

int pn_operand(const struct pn_fault *fault, pn_peek *peek, void *client,
               struct pn_access *beyond)
{
    struct decoder d = {.fault = fault,
                        .peek = peek,
                        .client = client,
                        .v = 4,
                        .beyond = {UINT32_MAX, 0}};
    uint32_t end;

    d.length = peek(client, fault->eip, d.code, LONGEST);
    instruction(&d);
    end = fault->eip + (uint32_t)d.length;
    if (d.cut) { /* it continues where nobody knows how */
        d.unknown = d.length == LONGEST || end < fault->limit;
        d.beyond.low = d.beyond.high = end;
    } else {
        touch(&d, fault->eip, (uint32_t)d.at);
    }
    *beyond = d.beyond;
    return !d.unknown && d.beyond.low <= d.beyond.high;
}
