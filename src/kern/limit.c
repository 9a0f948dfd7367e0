/*
 * kern/limit.c - telling a limit fault from the other causes of #GP(0).
 *
 * Layer 6.  [P5-v3] 25.1: prefixes, opcodes; 15.9.13: the causes of #GP.  When
 * in doubt it is a limit fault: a wrong promotion only makes the culprit
 * large, and the fault comes again there and is reported as what it is.
 */
#include "kern/limit.h"

#include "kern/user.h"

enum {
    LONGEST_INSTRUCTION = 15,
    OPCODE_TWO_BYTES = 0x0f,
    PREFIX_OPERAND_SIZE = 0x66,
};

enum segment { SEGMENT_DEFAULT, SEGMENT_DS, SEGMENT_OTHER, SEGMENT_FS, SEGMENT_GS, SEGMENT_ES };

struct decoded {
    uint8_t opcode;
    uint8_t second; /* behind 0x0f */
    uint8_t next;   /* the byte behind the opcode: ModRM, or immediate */
    enum segment segment;
    bool word;     /* operands have 16 bits */
    bool complete; /* else it runs over the end of the space */
};

static bool
is_plain_prefix(uint8_t byte)
{
    return byte == 0x66 || byte == 0x67 || byte == 0xf0 || byte == 0xf2
        || byte == 0xf3;
}

static bool
segment_prefix(uint8_t byte, enum segment *out)
{
    switch (byte) {
    case 0x2e: /* CS */
    case 0x36: /* SS */
        *out = SEGMENT_OTHER;
        return true;
    case 0x26:
        *out = SEGMENT_ES;
        return true;
    case 0x3e:
        *out = SEGMENT_DS;
        return true;
    case 0x64:
        *out = SEGMENT_FS;
        return true;
    case 0x65:
        *out = SEGMENT_GS;
        return true;
    }
    return false;
}

/* --- port instructions: bit 0 of the opcode: a byte, or a whole operand ---- */

/* INS, OUTS */
static bool
is_port_string(uint8_t opcode)
{
    return (opcode & 0xfc) == 0x6c;
}

/* IN, OUT */
static bool
is_port_immediate(uint8_t opcode)
{
    return (opcode & 0xfc) == 0xe4;
}

static bool
is_port_dx(uint8_t opcode)
{
    return (opcode & 0xfc) == 0xec;
}

static struct decoded
decode(const struct thread *t)
{
    struct decoded d = {.complete = false};
    uint8_t bytes[LONGEST_INSTRUCTION + 2] = {0};
    uint32_t n = user_read(t, t->frame.eip, bytes, LONGEST_INSTRUCTION);
    uint32_t at = 0, behind = 0;

    for (; at < n
         && (is_plain_prefix(bytes[at])
             || segment_prefix(bytes[at], &d.segment));
         at++)
        d.word |= bytes[at] == PREFIX_OPERAND_SIZE;
    d.opcode = bytes[at];
    if (d.opcode == OPCODE_TWO_BYTES) {
        d.second = bytes[++at];
        behind = 1;
    } else if (is_port_immediate(d.opcode)) {
        behind = 1;
    }
    d.next = bytes[at + 1];
    d.complete = at + behind < n;
    return d;
}

/* Which ports, if it is a port instruction? */
static bool
port_access(const struct thread *t, const struct decoded *d,
            struct port_access *out)
{
    if (is_port_immediate(d->opcode))
        out->port = d->next;
    else if (is_port_dx(d->opcode) || is_port_string(d->opcode))
        out->port = t->regs.edx & 0xffffu;
    else
        return false;
    out->log2 = (d->opcode & 1) == 0 ? 0 : d->word ? 1 : 2;
    return true;
}

static bool
is_privileged(const struct decoded *d)
{
    unsigned reg = d->next >> 3 & 7; /* ModRM's middle field */

    if (d->opcode != OPCODE_TWO_BYTES) /* HLT, CLI, STI */
        return d->opcode == 0xf4 || d->opcode == 0xfa || d->opcode == 0xfb;
    switch (d->second) {
    case 0x00: /* LLDT, LTR */
        return reg == 2 || reg == 3;
    case 0x01: /* LGDT, LIDT, LMSW, INVLPG */
        return reg == 2 || reg == 3 || reg == 6 || reg == 7;
    case 0x06: /* CLTS */
    case 0x08: /* INVD */
    case 0x09: /* WBINVD */
    case 0x30: /* WRMSR */
    case 0x32: /* RDMSR */
    case 0x33: /* RDPMC */
    case 0x34: /* SYSENTER, with no entry set up */
    case 0x35: /* SYSEXIT */
        return true;
    }
    return d->second >= 0x20 && d->second <= 0x26; /* MOV CRn, DRn, TRn */
}

static bool
is_string(uint8_t opcode)
{
    return (opcode >= 0xa4 && opcode <= 0xa7)
        || (opcode >= 0xaa && opcode <= 0xaf && opcode != 0xac
            && opcode != 0xad);
}

/* Null, or the %gs word's: not a segment of the space. */
static bool
is_foreign(uint32_t selector)
{
    uint32_t index = (selector & 0xffffu) >> 3;

    return index == 0 || index == SEL_USER_GS >> 3;
}

static bool
uses_foreign_segment(const struct thread *t, const struct decoded *d)
{
    uint32_t ds = t->seg_ds_es, es = t->seg_ds_es >> 16;
    uint32_t fs = t->seg_fs_gs, gs = t->seg_fs_gs >> 16;

    if ((d->opcode & 0xfe) == 0x6c) /* INS has no other operand */
        return is_foreign(es);
    if (is_string(d->opcode) && is_foreign(es))
        return true;
    switch (d->segment) {
    case SEGMENT_FS:
        return is_foreign(fs);
    case SEGMENT_GS:
        return is_foreign(gs);
    case SEGMENT_ES:
        return is_foreign(es);
    case SEGMENT_OTHER:
        return false;
    default:
        return is_foreign(ds);
    }
}

bool
is_limit_fault(const struct thread *t, struct port_access *ports)
{
    struct decoded d = decode(t);

    if (!d.complete)
        return true;
    if (port_access(t, &d, ports) && !is_port_string(d.opcode))
        return false;
    return !is_privileged(&d) && !uses_foreign_segment(t, &d);
}
