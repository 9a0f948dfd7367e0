/*
 * tests/api/io.c - I/O fpages and I/O page faults (sheet 7.4 and 13.5), for
 * small and large spaces.
 *
 * The root server takes all ports and its pager thread maps them on, or
 * refuses: it then overwrites the port instruction with NOPs, so that the
 * thread that asked goes on, and counts. What is read and written is COM1's
 * scratch register, the last of its eight; nobody listens to the other ports.
 */
#include "registers.h"
#include "stage.h"

#include <l4/sigma0.h>
#include <pn/image.h>

enum {
    SCRATCH = 0x3ff,
    NOWHERE = 0x7000, /* 4,096 ports without a device behind */
    IO_FAULT = 0xff860002,
    BEYOND = 0x2000000, /* the limit of every small actor */
    OVERFLOW = 9,
};

static L4_ThreadId_t me, a, b;
static const char *where;

/* --- port instructions ----------------------------------------------------- */

INSTRUCTION(in8, "inb %dx, %al");
INSTRUCTION(in16, "inw %dx, %ax");
INSTRUCTION(in32, "inl %dx, %eax");
INSTRUCTION(out8, "outb %al, %dx");
INSTRUCTION(out16, "outw %ax, %dx");
INSTRUCTION(out32, "outl %eax, %dx");
INSTRUCTION(in8_imm, "inb $0x80, %al");
INSTRUCTION(out32_imm, "outl %eax, $0x80");
INSTRUCTION(ins8, "insb");
INSTRUCTION(ins16, "insw");
INSTRUCTION(ins32, "insl");
INSTRUCTION(outs8, "outsb");
INSTRUCTION(outs16, "outsw");
INSTRUCTION(outs32, "outsl");
INSTRUCTION(rep_ins8, "rep insb");
INSTRUCTION(rep_outs32, "rep outsl");
INSTRUCTION(es_outs8, ".byte 0x26; outsb");
INSTRUCTION(prefixed, ".byte 0x67, 0x3e, 0x66; inl %dx, %eax");

enum { IN = 1, MEMORY = 2, IMMEDIATE = 4 };

static const struct op {
    const char *name;
    void (*run)(struct registers *);
    char *at, *on;
    L4_Word_t log2;
    int flags;
} ops[] = {
    {"in al, dx", in8, in8_at, in8_on, 0, IN},
    {"in ax, dx", in16, in16_at, in16_on, 1, IN},
    {"in eax, dx", in32, in32_at, in32_on, 2, IN},
    {"out dx, al", out8, out8_at, out8_on, 0, 0},
    {"out dx, ax", out16, out16_at, out16_on, 1, 0},
    {"out dx, eax", out32, out32_at, out32_on, 2, 0},
    {"in al, imm8", in8_imm, in8_imm_at, in8_imm_on, 0, IN | IMMEDIATE},
    {"out imm8, eax", out32_imm, out32_imm_at, out32_imm_on, 2, IMMEDIATE},
    {"insb", ins8, ins8_at, ins8_on, 0, IN | MEMORY},
    {"insw", ins16, ins16_at, ins16_on, 1, IN | MEMORY},
    {"insd", ins32, ins32_at, ins32_on, 2, IN | MEMORY},
    {"outsb", outs8, outs8_at, outs8_on, 0, MEMORY},
    {"outsw", outs16, outs16_at, outs16_on, 1, MEMORY},
    {"outsd", outs32, outs32_at, outs32_on, 2, MEMORY},
    {"rep insb", rep_ins8, rep_ins8_at, rep_ins8_on, 0, IN | MEMORY},
    {"rep outsd", rep_outs32, rep_outs32_at, rep_outs32_on, 2, MEMORY},
    {"es outsb", es_outs8, es_outs8_at, es_outs8_on, 0, MEMORY},
    {"in with three prefixes", prefixed, prefixed_at, prefixed_on, 1, IN},
};
enum { OPS = sizeof ops / sizeof *ops };

static volatile L4_Word_t buffer[16];

/* Errand: run one on a port; EAX afterwards. */
static L4_Word_t
do_op(L4_Word_t index, L4_Word_t port, L4_Word_t value)
{
    L4_Word_t at = (L4_Word_t)buffer;
    struct registers r = {value, 0x0b0b0b0b, 3,          port,
                          at,    at,         0x0f0f0f0f, 0x202};

    pn_image_touch();
    ops[index].run(&r);
    EQUAL(r.ebx, 0x0b0b0b0b);
    EQUAL(r.ebp, 0x0f0f0f0f);
    EQUAL(r.edx, port);
    EQUAL(r.eflags & 0x3000, 0); /* IOPL */
    return r.eax;
}

/* --- the pager ------------------------------------------------------------- */

enum policy { REFUSE, MAP, SILENCE };

static enum policy policy;
static volatile L4_Word_t faults;
static volatile struct fault last;

static struct {
    char *at;
    char bytes[8];
    int n;
} patch[4];
static int patches;

/* NOPs over the instruction at `ip`. */
static void
overwrite(char *ip)
{
    for (int i = 0; i < OPS; i++)
        if (ops[i].at == ip) {
            patch[patches].at = ip;
            patch[patches].n = (int)(ops[i].on - ip);
            memcpy(patch[patches].bytes, ip, (size_t)patch[patches].n);
            memset(ip, 0x90, (size_t)patch[patches++].n);
            return;
        }
    EXPECT(!"a port instruction of ours");
}

static void
restore(void)
{
    while (patches > 0) {
        patches--;
        memcpy(patch[patches].at, patch[patches].bytes,
               (size_t)patch[patches].n);
    }
}

static int
pager_hook(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t mr[2];

    if ((tag.raw & 0xfff00000) != (IO_FAULT & 0xfff00000))
        return 0;
    L4_StoreMRs(1, 2, mr);
    faults++;
    last.from = from.raw;
    last.tag = tag.raw;
    last.address = mr[0];
    last.ip = mr[1];
    if (policy == SILENCE)
        return -1;
    if (policy == REFUSE)
        overwrite((char *)mr[1]);
    L4_Set_MsgTag(l4_tag(policy == MAP ? 2UL << 6 : 0));
    L4_LoadMR(1, 8);
    L4_LoadMR(2, mr[0]);
    return 1;
}

/* --- what the director asks ------------------------------------------------ */

static L4_Word_t
run_op(L4_ThreadId_t who, unsigned op, L4_Word_t port, L4_Word_t value)
{
    L4_Word_t result;

    faults = 0;
    result = errand(who, do_op, op, port, value);
    restore();
    return result;
}

/* Has it the port(s)? Reads them. */
static int
has_wide(L4_ThreadId_t who, L4_Word_t port, unsigned op)
{
    policy = REFUSE;
    (void)run_op(who, op, port, 0);
    EXPECT(faults <= 1);
    return faults == 0;
}

static int
has(L4_ThreadId_t who, L4_Word_t port)
{
    return has_wide(who, port, 0);
}

static L4_Word_t
do_unmap(L4_Word_t fpage, L4_Word_t flush, L4_Word_t c)
{
    L4_Fpage_t f = l4_fpage(fpage);

    (void)c;
    return flush ? L4_Flush(f).raw : L4_UnmapFpage(f).raw;
}

/* The director unmaps as it is; others by errand. */
static void
unmap(L4_ThreadId_t who, L4_Fpage_t f, int flush)
{
    EQUAL(who.raw == me.raw ? do_unmap(f.raw, (L4_Word_t)flush, 0)
                            : errand(who, do_unmap, f.raw, (L4_Word_t)flush, 0),
          f.raw & ~7UL);
}

static L4_Word_t
do_send(L4_Word_t to, L4_Word_t w0, L4_Word_t w1)
{
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMR(1, w0);
    L4_LoadMR(2, w1);
    return L4_IpcFailed(L4_Send_Timeout(l4_id(to), ms(500))) ? L4_ErrorCode()
                                                             : 0;
}

static L4_Word_t
do_receive(L4_Word_t from, L4_Word_t window, L4_Word_t c)
{
    L4_MsgTag_t tag;

    (void)c;
    L4_Accept(l4_acceptor(window));
    tag = L4_Receive_Timeout(l4_id(from), ms(500));
    L4_Accept(L4_UntypedWordsAcceptor);
    return L4_IpcFailed(tag) ? L4_ErrorCode() : 0;
}

#define GRANT 0xaUL
#define ALL   0x10UL

/* An item from one to another; the receiver's error. */
static L4_Word_t
give(L4_ThreadId_t from, L4_ThreadId_t to, L4_Word_t w0, L4_Fpage_t f,
     L4_Word_t window)
{
    errand_begin(to, do_receive, from.raw, window, 0);
    if (from.raw == me.raw)
        (void)do_send(to.raw, w0, f.raw);
    else
        (void)errand(from, do_send, to.raw, w0, f.raw);
    return errand_end(to);
}

static void
map(L4_ThreadId_t from, L4_ThreadId_t to, L4_Fpage_t f)
{
    EQUAL(give(from, to, 8, f, ALL), 0);
}

/* --- faults ---------------------------------------------------------------- */

static L4_Word_t
port_of(const struct op *o, L4_Word_t port)
{
    return o->flags & IMMEDIATE ? 0x80 : port;
}

static void
every_instruction(enum kind kind)
{
    const char *name = kind == SMALL ? "small" : "large";

    for (unsigned i = 0; i < OPS; i++) {
        L4_Word_t port = port_of(&ops[i], NOWHERE + 0x10);
        L4_Fpage_t f = L4_IoFpageLog2(port, ops[i].log2);
        L4_Word_t value = ops[i].flags & IN ? 0x11223344 : 0x55667788;

        a = servant_space(kind);
        policy = MAP;
        (void)run_op(a, i, port, value);
        EQUAL(faults, 1);
        EQUAL(last.from, a.raw);
        EQUAL(last.tag, IO_FAULT);
        EQUAL(last.address, f.raw);
        EQUAL(last.ip, (L4_Word_t)ops[i].at);
        (void)run_op(a, i, port, value);
        EQUAL(faults, 0);
        EQUAL(stage_is_small(a), kind == SMALL);
        stage_kill(a);
        verdict("%s: %s asks the pager for 2^%lu ports, once", name,
                ops[i].name, ops[i].log2);
    }
}

static void
values(enum kind kind)
{
    L4_Word_t seed = 42;

    a = servant_space(kind);
    map(me, a, L4_IoFpageLog2(SCRATCH & ~7UL, 3));
    for (int i = 0; i < 20; i++) {
        L4_Word_t byte = random_word(&seed) & 0xff;

        (void)run_op(a, 3, SCRATCH, byte);
        EQUAL(run_op(a, 0, SCRATCH, 0x77777700), 0x77777700 | byte);
        EQUAL(run_op(a, 1, SCRATCH - 1, 0) >> 8, byte);
        buffer[0] = 0;
        (void)run_op(a, 8, SCRATCH, 0);
        EQUAL(buffer[0], byte);
        EQUAL(faults, 0);
    }
    stage_kill(a);
    verdict("%s: what is written to a port is read from it",
            kind == SMALL ? "small" : "large");
}

static void
refusals(enum kind kind)
{
    const char *name = kind == SMALL ? "small" : "large";

    a = servant_space(kind);
    policy = SILENCE;
    faults = 0;
    errand_begin(a, do_op, 0, NOWHERE, 0);
    EXPECT(stage_until(&faults));
    sleep_ms(5);
    EQUAL(faults, 1);
    EQUAL(stage_state(a), L4_SchedWaiting);
    stage_kill(a);
    verdict("%s: without an answer it waits, and can be deleted", name);
}

/* --- fpages ---------------------------------------------------------------- */

static void
sizes(void)
{
    for (L4_Word_t log2 = 0; log2 <= 16; log2++) {
        L4_Word_t n = 1UL << log2;
        L4_Word_t port = log2 == 16 ? 0 : log2 == 15 ? 0x8000 : NOWHERE & ~(n - 1);

        map(me, a, L4_IoFpageLog2(port, log2));
        EXPECT(has(a, port) && has(a, port + n - 1));
        if (port > 0)
            EXPECT(!has(a, port - 1));
        if (port + n < 0x10000)
            EXPECT(!has(a, port + n));
        unmap(me, L4_IoFpageLog2(port, log2), 0);
        EXPECT(!has(a, port) && !has(a, port + n - 1));
    }
    verdict("%s: 2^0 to 2^16 ports come and go, and none beside", where);
    map(me, a, l4_fpage(NOWHERE << 16 | 17 << 10 | 0x20));
    EXPECT(!has(a, NOWHERE));
    map(me, a, L4_IoFpageLog2(0xfff0, 5));
    EXPECT(has(a, 0xfff0) && has(a, 0xffff) && !has(a, 0));
    unmap(me, L4_IoFpageLog2(0, 16), 0);
    verdict("%s: 2^17 are none, and beyond the last there are none", where);
}

static void
rights_and_bases(void)
{
    for (L4_Word_t rights = 0; rights < 16; rights++) {
        L4_Fpage_t f = l4_fpage(L4_IoFpageLog2(NOWHERE, 2).raw | rights);

        EQUAL(give(me, a, 8 | rights << 27 | 0x3ff0, f, ALL), 0);
        EXPECT(has(a, NOWHERE) && has(a, NOWHERE + 3));
        EXPECT(!has(a, NOWHERE + 4));
        unmap(me, f, 0);
        EXPECT(!has(a, NOWHERE));
    }
    verdict("%s: rights and send base mean nothing", where);
}

static void
windows(void)
{
    L4_Fpage_t f = L4_IoFpageLog2(NOWHERE, 4);

    EQUAL(give(me, a, 8, f, 0), OVERFLOW);
    EXPECT(!has(a, NOWHERE));
    EQUAL(give(me, a, 8, f, L4_FpageLog2(0x100000, 16).raw), 0);
    EXPECT(!has(a, NOWHERE));
    EQUAL(give(me, a, 8, f, L4_IoFpageLog2(NOWHERE + 32, 4).raw), 0);
    EXPECT(!has(a, NOWHERE) && !has(a, NOWHERE + 32));
    verdict("%s: nothing passes a nil, a memory, or another window", where);
    EQUAL(give(me, a, 8, f, L4_IoFpageLog2(NOWHERE + 4, 2).raw), 0);
    EXPECT(!has(a, NOWHERE + 3) && has(a, NOWHERE + 4));
    EXPECT(has(a, NOWHERE + 7) && !has(a, NOWHERE + 8));
    EQUAL(give(me, a, 8, f, L4_IoFpageLog2(0, 16).raw), 0);
    EXPECT(has(a, NOWHERE) && has(a, NOWHERE + 15) && !has(a, NOWHERE + 16));
    EQUAL(give(me, a, 8, L4_FpageLog2((L4_Word_t)arena, 12),
               L4_IoFpageLog2(0, 16).raw), 0);
    unmap(me, f, 0);
    EXPECT(!has(a, NOWHERE) && !has(a, NOWHERE + 5) && !has(a, NOWHERE + 15));
    verdict("%s: what passes is what lies in an I/O window", where);
}

/* Ports NOWHERE + 0 .. 63 that `who` has, as 64 characters. */
static void
expect_ports(L4_ThreadId_t who, const char *wanted)
{
    for (L4_Word_t i = 0; wanted[i] != 0; i++)
        EQUAL(has(who, NOWHERE + i), wanted[i] == '#');
}

static void
ranges(void)
{
    map(me, a, L4_IoFpageLog2(NOWHERE, 4));
    map(a, b, L4_IoFpageLog2(NOWHERE, 4));
    unmap(a, L4_IoFpageLog2(NOWHERE + 4, 1), 0);
    expect_ports(a, "################.");
    expect_ports(b, "####..##########.");
    unmap(me, L4_IoFpageLog2(NOWHERE + 8, 2), 0);
    expect_ports(a, "########....####.");
    expect_ports(b, "####..##....####.");
    unmap(a, L4_IoFpageLog2(NOWHERE, 1), 1);
    expect_ports(a, "..######....####.");
    expect_ports(b, "..##..##....####.");
    verdict("%s: part of a range is taken, from everybody below", where);
    map(a, b, L4_IoFpageLog2(NOWHERE, 4));
    expect_ports(b, "..######....####.");
    map(me, a, L4_IoFpageLog2(NOWHERE, 4));
    map(me, a, L4_IoFpageLog2(NOWHERE, 4));
    expect_ports(a, "################.");
    expect_ports(b, "..######....####.");
    verdict("%s: mapping again adds what is missing, and takes nothing", where);
    EXPECT(!has_wide(b, NOWHERE + 1, 1) && !has_wide(b, NOWHERE + 7, 1));
    EXPECT(has_wide(b, NOWHERE + 4, 2) && has_wide(b, NOWHERE + 3, 2));
    EXPECT(!has_wide(b, NOWHERE + 5, 2) && !has_wide(b, NOWHERE - 1, 2));
    EXPECT(has_wide(a, NOWHERE + 9, 2) && !has_wide(a, NOWHERE + 15, 2));
    verdict("%s: an access needs all its ports, whichever ranges they are of",
            where);
    unmap(me, L4_IoFpageLog2(0, 16), 0);
    expect_ports(a, ".................");
    expect_ports(b, ".................");
    verdict("%s: all of it is taken at once", where);
}

static void
grants(void)
{
    L4_ThreadId_t c = servant_space(LARGE);

    map(me, a, L4_IoFpageLog2(NOWHERE, 3));
    map(a, c, L4_IoFpageLog2(NOWHERE, 3));
    EQUAL(give(a, b, GRANT, L4_IoFpageLog2(NOWHERE + 2, 1), ALL), 0);
    expect_ports(a, "##..####.");
    expect_ports(b, "..##.....");
    expect_ports(c, "########.");
    unmap(a, L4_IoFpageLog2(NOWHERE, 3), 0);
    expect_ports(c, "..##.....");
    unmap(b, L4_IoFpageLog2(NOWHERE, 3), 0);
    expect_ports(b, "..##.....");
    expect_ports(c, ".........");
    verdict("%s: a grant takes along what was mapped from it", where);
    EQUAL(give(a, b, GRANT, L4_IoFpageLog2(NOWHERE, 3), ALL), 0);
    expect_ports(a, ".........");
    expect_ports(b, "########.");
    unmap(me, L4_IoFpageLog2(NOWHERE, 3), 0);
    expect_ports(b, ".........");
    verdict("%s: and what is granted is still whose it came from", where);
    stage_kill(c);
}

static void
deletion(enum placement p)
{
    L4_ThreadId_t c = servant_space(placement_kind_a(p));

    map(me, c, L4_IoFpageLog2(NOWHERE, 2));
    map(c, b, L4_IoFpageLog2(NOWHERE, 2));
    (void)run_op(c, 3, NOWHERE, 1); /* the bitmap shows its ports */
    stage_kill(c);
    EXPECT(!has(b, NOWHERE));
    c = servant_space(placement_kind_a(p));
    EXPECT(!has(c, NOWHERE));
    map(me, c, L4_IoFpageLog2(NOWHERE, 2));
    EXPECT(has(c, NOWHERE));
    stage_kill(c);
    verdict("%s: a space's ports go with it, and so does what it mapped",
            where);
}

/* More ranges than there are records: the rest is refused, nothing is kept. */
static void
exhaustion(void)
{
    L4_Word_t n = 0, error = 0;

    while (error == 0 && n < 1000) {
        error = give(me, a, 8, L4_IoFpageLog2(NOWHERE + 2 * n, 0), ALL);
        n += error == 0;
    }
    EQUAL(error, OVERFLOW);
    EXPECT(n > 100 && has(a, NOWHERE + 2 * n - 2) && !has(a, NOWHERE + 2 * n));
    unmap(me, L4_IoFpageLog2(0, 16), 0);
    EXPECT(!has(a, NOWHERE));
    map(me, a, L4_IoFpageLog2(NOWHERE, 12));
    for (L4_Word_t i = 0; i < 400; i++)
        unmap(me, L4_IoFpageLog2(NOWHERE + 2 * i + 1, 0), 0);
    for (L4_Word_t i = 0; i < 400; i += 57)
        EXPECT(!has(a, NOWHERE + 2 * i + 1));
    EXPECT(has(a, NOWHERE + 2));
    unmap(me, L4_IoFpageLog2(0, 16), 0);
    EXPECT(!has(a, NOWHERE + 2));
    map(me, a, L4_IoFpageLog2(NOWHERE, 0));
    EXPECT(has(a, NOWHERE));
    unmap(me, L4_IoFpageLog2(0, 16), 0);
    verdict("when records run out, a map fails, and an unmap does not");
}

/* --- ports and IPC --------------------------------------------------------- */

enum { ROUNDS = 60, READ_80 = 6 /* in al, imm8 */ };

/* The driver: ports before and after every call. */
static L4_Word_t
drive(L4_Word_t to, L4_Word_t unused, L4_Word_t c)
{
    (void)unused, (void)c;
    for (L4_Word_t i = 0; i < ROUNDS; i++) {
        static const L4_Word_t words[] = {3, 1, 40};

        (void)do_op(3, SCRATCH, i);
        EQUAL(do_op(0, SCRATCH, 0), i);
        L4_LoadMR(1, i);
        L4_Set_MsgTag(l4_tag(words[i % 3]));
        EXPECT(L4_IpcSucceeded(
            L4_Call_Timeouts(l4_id(to), ms(500), ms(500))));
        EQUAL(l4_utcb()[1], i + 1);
        EQUAL(do_op(0, SCRATCH, 0), i);
        (void)do_op(READ_80, 0, 0);
    }
    return 0;
}

/* Its client tries a port of the driver's between each two calls. */
static L4_Word_t
covet(L4_Word_t from, L4_Word_t b_unused, L4_Word_t c)
{
    (void)b_unused, (void)c;
    (void)L4_Receive_Timeout(l4_id(from), ms(500));
    for (;;) {
        L4_Word_t i = l4_utcb()[1];

        (void)do_op(READ_80, 0, 0);
        restore();
        L4_LoadMR(1, i + 1);
        L4_Set_MsgTag(l4_tag(1));
        if (i == ROUNDS - 1)
            break;
        (void)L4_Call_Timeouts(l4_id(from), ms(500), ms(500));
    }
    return L4_IpcSucceeded(L4_Send_Timeout(l4_id(from), ms(500)));
}

static void
driver(enum placement p)
{
    pair_make_servants(p);
    map(me, pair_a, L4_IoFpageLog2(SCRATCH, 0));
    map(me, pair_a, L4_IoFpageLog2(0x80, 0));
    policy = REFUSE;
    faults = 0;
    errand_begin(pair_b, covet, pair_a.raw, 0, 0);
    errand_begin(pair_a, drive, pair_b.raw, 0, 0);
    EQUAL(errand_end(pair_a), 0);
    EQUAL(errand_end(pair_b), 1);
    EQUAL(faults, placement_is_same(p) ? 0 : ROUNDS);
    if (!placement_is_same(p))
        EQUAL(last.from, pair_b.raw);
    EQUAL(stage_is_small(pair_a), placement_kind_a(p) == SMALL);
    EQUAL(stage_is_small(pair_b), placement_kind_b(p) == SMALL);
    pair_kill();
    verdict("%s: a driver keeps its ports over %d calls, and they are %s",
            placement_name[p], ROUNDS,
            placement_is_same(p) ? "its space's" : "not its client's");
}

/* --- memory faults of INS and OUTS ----------------------------------------- */

static int
memory_hook(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t address;

    L4_StoreMR(1, &address);
    if (!L4_IsPageFault(tag) || address < BEYOND)
        return pager_hook(from, tag);
    faults += 0x100;
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, L4_MapItem(L4_FpageAddRights(
        L4_FpageLog2((L4_Word_t)arena, 12), L4_FullyAccessible), address).raw);
    return 1;
}

static L4_Word_t
string_at(L4_Word_t op, L4_Word_t address, L4_Word_t c)
{
    struct registers r = {0, 0, 3, SCRATCH, address, address, 0, 0x202};

    (void)c;
    pn_image_touch();
    ops[op].run(&r);
    return r.ecx;
}

static void
beyond_the_limit(enum kind kind, unsigned op)
{
    a = servant_space(kind);
    stage_fault_hook = memory_hook;
    map(me, a, L4_IoFpageLog2(SCRATCH & ~7UL, 3));
    policy = REFUSE;
    (void)run_op(a, 3, SCRATCH, 0x5a);
    arena[0][0] = 0;
    faults = 0;
    (void)errand(a, string_at, op, BEYOND, 0);
    EQUAL(faults, 0x100);
    if (ops[op].flags & IN)
        EQUAL(arena[0][0] & 0xff, 0x5a);
    EXPECT(!stage_is_small(a));
    stage_kill(a);
    stage_fault_hook = pager_hook;
    verdict("%s: %s beyond the limit is a fault on memory, not on ports",
            kind == SMALL ? "small" : "large", ops[op].name);
}

static void
on_a_hole(enum kind kind, unsigned op)
{
    unsigned before = fault_count;

    a = servant_space(kind);
    map(me, a, L4_IoFpageLog2(SCRATCH & ~7UL, 3));
    policy = REFUSE;
    faults = 0;
    (void)errand(a, string_at, op, FREE_LOW, 0);
    EQUAL(faults, 0);
    EQUAL(fault_count, before + 1);
    EQUAL(stage_is_small(a), kind == SMALL);
    stage_kill(a);
    verdict("%s: %s on an absent page is a page fault",
            kind == SMALL ? "small" : "large", ops[op].name);
}

/* --- exceptions ------------------------------------------------------------ */

static volatile L4_Word_t vector, eip;

static L4_Word_t
over_the_top(L4_Word_t handler, L4_Word_t op, L4_Word_t c)
{
    (void)c;
    pn_image_touch();
    L4_Set_ExceptionHandler(l4_id(handler));
    return do_op(op, 0xffff, 0);
}

static L4_Word_t
handle(L4_Word_t from, L4_Word_t op, L4_Word_t c)
{
    L4_MsgTag_t tag = L4_Receive_Timeout(l4_id(from), ms(500));

    (void)c;
    EXPECT(L4_IpcSucceeded(tag) && L4_IsException(tag));
    vector = l4_utcb()[L4_ExcVector];
    eip = l4_utcb()[L4_ExcEip];
    l4_utcb()[L4_ExcEip] = (L4_Word_t)ops[op].on;
    L4_Set_MsgTag(l4_tag(1));
    return L4_IpcSucceeded(L4_Reply(l4_id(from)));
}

static void
last_port(enum placement p)
{
    pair_make_servants(p);
    map(me, pair_b, L4_IoFpageLog2(0, 16));
    faults = 0;
    errand_begin(pair_b, over_the_top, pair_a.raw, 1, 0);
    EQUAL(errand(pair_a, handle, pair_b.raw, 1, 0), 1);
    (void)errand_end(pair_b);
    EQUAL(vector, 13);
    EQUAL(eip, (L4_Word_t)ops[1].at);
    EQUAL(faults, 0);
    EXPECT(has(pair_b, 0xffff));
    EQUAL(stage_is_small(pair_b), placement_kind_b(p) == SMALL);
    pair_kill();
    verdict("%s: beyond the last port is an exception, for an owner of all",
            placement_name[p]);
}

/* --- */

static void
pair_tests(enum placement p)
{
    where = placement_name[p];
    pair_make_servants(p);
    a = pair_a;
    b = pair_b;
    sizes();
    rights_and_bases();
    windows();
    ranges();
    grants();
    deletion(p);
    EQUAL(stage_is_small(a), placement_kind_a(p) == SMALL);
    EQUAL(stage_is_small(b), placement_kind_b(p) == SMALL);
    pair_kill();
    verdict("%s: and nobody changed its kind", where);
}

int
main(int argc, char **argv)
{
    L4_Fpage_t all = L4_IoFpageLog2(0, 16);

    (void)argc;
    (void)argv;
    me = L4_Myself();
    stage_open();
    stage_fault_hook = pager_hook;
    EQUAL(L4_Sigma0_GetPage(L4_nilthread, all).raw, all.raw);
    verdict("the root server gets all ports from sigma0");
    for (enum kind k = LARGE; k <= SMALL; k++) {
        every_instruction(k);
        values(k);
        refusals(k);
        beyond_the_limit(k, 8);
        beyond_the_limit(k, 11);
        on_a_hole(k, 8);
        on_a_hole(k, 11);
    }
    FOR_PLACEMENTS(p)
    {
        if (!placement_is_same(p)) {
            pair_tests(p);
            last_port(p);
        }
        driver(p);
    }
    a = servant_space(SMALL);
    exhaustion();
    done();
}
