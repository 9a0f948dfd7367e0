/*
 * privileged.c - what ring 3 must not execute, and how it can interrupt.
 *
 * Every privileged instruction is refused with the right vector and harms
 * nobody, in a small and in a large space: control, debug and test registers, descriptor tables, model-specific
 * registers, CLI, STI, HLT. All 256 INT n: only the system calls' gates, INT 3
 * and INTO are open (R3). Port access of every width on every port is a fault
 * that asks the pager. Opcodes with histories of their own: INT1 (F1) and
 * the Pentium's F00F.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

static struct subject s;

/* --- instructions --- */

struct instruction {
    const char *name;
    uint8_t code[8];
    uint8_t length;
    uint8_t undefined; /* #UD is as good as #GP: not every processor has it */
    L4_Word_t ports;   /* not refused, but an I/O fault with this fpage */
};

#define PORTS(port, log2) ((port) << 16 | (log2) << 10 | 0x20UL)

static const struct instruction instructions[] = {
    {"cli", {0xfa}, 1, 0, 0},
    {"sti", {0xfb}, 1, 0, 0},
    {"hlt", {0xf4}, 1, 0, 0},
    {"clts", {0x0f, 0x06}, 2, 0, 0},
    {"invd", {0x0f, 0x08}, 2, 0, 0},
    {"wbinvd", {0x0f, 0x09}, 2, 0, 0},
    {"rdmsr", {0x0f, 0x32}, 2, 0, 0},
    {"wrmsr", {0x0f, 0x30}, 2, 0, 0},
    {"rdpmc", {0x0f, 0x33}, 2, 1, 0},
    {"rsm", {0x0f, 0xaa}, 2, 1, 0},
    {"sysenter", {0x0f, 0x34}, 2, 1, 0},
    {"sysexit", {0x0f, 0x35}, 2, 1, 0},
    {"lgdt", {0x0f, 0x01, 0x14, 0x24}, 4, 0, 0},
    {"lidt", {0x0f, 0x01, 0x1c, 0x24}, 4, 0, 0},
    {"lmsw ax", {0x0f, 0x01, 0xf0}, 3, 0, 0},
    {"invlpg", {0x0f, 0x01, 0x3c, 0x24}, 4, 0, 0},
    {"lldt ax", {0x0f, 0x00, 0xd0}, 3, 0, 0},
    {"ltr ax", {0x0f, 0x00, 0xd8}, 3, 0, 0},
    {"in al, imm8", {0xe4, 0x21}, 2, 0, PORTS(0x21UL, 0UL)},
    {"in eax, imm8", {0xe5, 0x21}, 2, 0, PORTS(0x21UL, 2UL)},
    {"out imm8, al", {0xe6, 0x80}, 2, 0, PORTS(0x80UL, 0UL)},
    {"out imm8, eax", {0xe7, 0x80}, 2, 0, PORTS(0x80UL, 2UL)},
    {"in al, dx", {0xec}, 1, 0, PORTS(0x3f8UL, 0UL)},
    {"in eax, dx", {0xed}, 1, 0, PORTS(0x3f8UL, 2UL)},
    {"in ax, dx", {0x66, 0xed}, 2, 0, PORTS(0x3f8UL, 1UL)},
    {"out dx, al", {0xee}, 1, 0, PORTS(0x3f8UL, 0UL)},
    {"out dx, eax", {0xef}, 1, 0, PORTS(0x3f8UL, 2UL)},
    {"out dx, ax", {0x66, 0xef}, 2, 0, PORTS(0x3f8UL, 1UL)},
    {"insb", {0x6c}, 1, 0, PORTS(0x3f8UL, 0UL)},
    {"insd", {0x6d}, 1, 0, PORTS(0x3f8UL, 2UL)},
    {"outsb", {0x6e}, 1, 0, PORTS(0x3f8UL, 0UL)},
    {"outsd", {0x6f}, 1, 0, PORTS(0x3f8UL, 2UL)},
    {"rep insb", {0xf3, 0x6c}, 2, 0, PORTS(0x3f8UL, 0UL)},
    {"rep outsd", {0xf3, 0x6f}, 2, 0, PORTS(0x3f8UL, 2UL)},
    {"fs cli", {0x64, 0xfa}, 2, 0, 0},
    {"lock cli", {0xf0, 0xfa}, 2, 1, 0},
    {"66 67 in al, dx", {0x66, 0x67, 0xec}, 3, 0, PORTS(0x3f8UL, 0UL)},
};

/* #GP(0) at the instruction, or #UD where that is allowed. */
static int
refused(L4_Word_t at, int undefined)
{
    if (s.event != EV_EXCEPTION || s.frame.eip != at)
        return 0;
    if (undefined && s.frame.vector == VECTOR_INVALID_OPCODE)
        return 1;
    return s.frame.vector == VECTOR_PROTECTION && s.frame.error == 0;
}

/* The I/O fault of an access to these ports, by the instruction at `at`. */
static int
asks(L4_Word_t at, L4_Word_t ports)
{
    return s.event == EV_PORT_FAULT && s.fault_ip == at &&
           s.fault_address == ports;
}

static int
try_code(const uint8_t *bytes, unsigned n, int undefined, L4_Word_t ports)
{
    struct code c = subject_code(&s);
    L4_Word_t at;

    code_standard(&c);
    code_load(&c, EAX, 0);
    code_load(&c, EDX, 0x3f8);
    at = c.va;
    code_bytes(&c, bytes, n);
    (void)code_end(&c);
    s.frame.ecx = 1;
    s.frame.esi = s.frame.edi = subject_data(&s);
    (void)subject_go(&s);
    if ((ports != 0 ? asks(at, ports) : refused(at, undefined)) &&
        subject_is_small(&s) == (s.control != 0))
        return 1;
    subject_explain(&s);
    subject_shrink(&s);
    return 0;
}

static void
table(const char *who)
{
    for (unsigned i = 0; i < sizeof instructions / sizeof instructions[0];
         i++) {
        const struct instruction *n = &instructions[i];

        if (uses_sysenter() && strcmp(n->name, "sysenter") == 0)
            continue; /* sysenter.c */
        ok(try_code(n->code, n->length, n->undefined, n->ports),
           "%s: %s is refused", who, n->name);
    }
}

/* MOV to and from control, debug and test registers, each of the eight. */
static void
special_registers(const char *who)
{
    static const struct {
        const char *name;
        uint8_t opcode;
    } groups[] = {
        {"mov eax, crN", 0x20}, {"mov eax, drN", 0x21}, {"mov crN, eax", 0x22},
        {"mov drN, eax", 0x23}, {"mov eax, trN", 0x24}, {"mov trN, eax", 0x26},
    };

    for (unsigned i = 0; i < 6; i++) {
        int passed = 1;

        for (unsigned n = 0; n < 8; n++) {
            uint8_t code[] = {0x0f, groups[i].opcode, (uint8_t)(0xc0 | n << 3)};

            passed &= try_code(code, 3, 1, 0);
        }
        ok(passed, "%s: %s is refused for every N", who, groups[i].name);
    }
}

/* --- ports --- */

static int
all_ports(const uint8_t *bytes, unsigned n, L4_Word_t log2, L4_Word_t step)
{
    struct code c = subject_code(&s);
    L4_Word_t at = c.va;

    code_bytes(&c, bytes, n);
    (void)code_end(&c);
    for (L4_Word_t port = 0; port < 0x10000; port += step) {
        s.frame.eip = at;
        s.frame.edx = port;
        (void)subject_go(&s);
        if (port + (1UL << log2) > 0x10000 ? !refused(at, 0)
                                           : !asks(at, PORTS(port, log2))) {
            diag("port %lx", port);
            return 0;
        }
    }
    return 1;
}

static void
ports(const char *who, L4_Word_t step)
{
    static const uint8_t in8[] = {0xec}, in32[] = {0xed}, out8[] = {0xee};
    static const uint8_t in16[] = {0x66, 0xed}, out32[] = {0xef};

    ok(all_ports(in8, 1, 0, step), "%s: no port can be read", who);
    ok(all_ports(in16, 2, 1, step) && all_ports(in32, 1, 2, step),
       "%s: nor by words", who);
    ok(all_ports(out8, 1, 0, step) && all_ports(out32, 1, 2, step),
       "%s: nor written", who);
}

/* --- INT n --- */

enum { INT3 = 3, INTO = 4, INT_IPC = 0x30, INT_SYSCALL = 0x31 };

static int
int_n(unsigned n)
{
    struct code c = subject_code(&s);
    L4_Word_t at;

    code_standard(&c);
    for (unsigned r = EAX; r <= EDX; r++)
        code_load(&c, r, 0);
    code_load(&c, ESI, 0);
    at = c.va;
    EMIT(&c, 0xcd, (uint8_t)n);
    (void)code_end(&c);
    (void)subject_go(&s);
    if (n == INT3 || n == INT_IPC) /* nothing asked for; they return */
        return s.event == EV_END;
    if (n == INTO)
        return s.event == EV_EXCEPTION && s.frame.vector == VECTOR_OVERFLOW;
    return s.event == EV_EXCEPTION && s.frame.vector == VECTOR_PROTECTION &&
           s.frame.error == n * 8 + 2 && s.frame.eip == at;
}

static void
interrupts(const char *who)
{
    int passed = 1;

    for (unsigned n = 0; n < 256; n++)
        if (!int_n(n)) {
            diag("int %x", n);
            subject_explain(&s);
            passed = 0;
        }
    ok(passed, "%s: INT n passes the gates of 3, 4 and the system calls only",
       who);
    ok(subject_is_small(&s) == (s.control != 0), "%s: and changes nothing",
       who);
}

/* --- opcodes with a history --- */

static void
one(const char *who, const char *name, const uint8_t *bytes, unsigned n,
    L4_Word_t vector)
{
    struct code c = subject_code(&s);

    code_standard(&c);
    code_load(&c, EAX, 0);
    code_bytes(&c, bytes, n);
    (void)code_end(&c);
    if (!ok(subject_go(&s) == EV_EXCEPTION && s.frame.vector == vector,
            "%s: %s is exception %lu for the thread", who, name, vector))
        subject_explain(&s);
    subject_shrink(&s);
}

static void
histories(const char *who)
{
    static const uint8_t int1[] = {0xf1}, ud2[] = {0x66, 0x0f, 0x0b};
    static const uint8_t f00f[] = {0xf0, 0x0f, 0xc7, 0xc8};
    static const uint8_t divide[] = {0xf7, 0xf0};
    static const uint8_t bound[] = {0x6a, 0, 0x6a, 0xff, 0xb8, 1,
                                    0,    0, 0,    0x62, 0x04, 0x24};
    static const uint8_t into[] = {0xb0, 0x7f, 0x04, 0x01, 0xce};
    static const uint8_t lock[] = {0xf0, 0x01, 0xc0};
    static const uint8_t fifteen[] = {0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                      0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
                                      0x66, 0x66, 0x66, 0x90};

    one(who, "INT1", int1, sizeof int1, VECTOR_DEBUG);
    one(who, "F00F", f00f, sizeof f00f, VECTOR_INVALID_OPCODE);
    one(who, "LOCK ADD reg", lock, sizeof lock, VECTOR_INVALID_OPCODE);
    one(who, "66 UD2", ud2, sizeof ud2, VECTOR_INVALID_OPCODE);
    one(who, "a division by zero", divide, sizeof divide, VECTOR_DIVIDE);
    one(who, "BOUND", bound, sizeof bound, 5);
    one(who, "INTO", into, sizeof into, VECTOR_OVERFLOW);
    one(who, "a 16 byte instruction", fifteen, sizeof fifteen,
        VECTOR_PROTECTION);
}

static void
all(const char *who, L4_Word_t step)
{
    table(who);
    special_registers(who);
    ports(who, step);
    interrupts(who);
    histories(who);
}

int
main(int argc, char **argv)
{
    int full = argc > 1 && strcmp(argv[1], "full") == 0;
    int quick = argc > 1 && !full;

    subject_make(&s, 1, 5, PN_SmallPages(5));
    all("small", full ? 1 : 7);
    if (quick)
        done();
    subject_kill(&s);
    subject_make(&s, 2, 5, 0);
    all("large", full ? 1 : 61);
    done();
}
