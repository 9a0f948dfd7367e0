/*
 * Branches, interrupts, far transfers, control registers and regions: what the
 * model makes of where instructions lead to.
 */
#include "fake.h"

#define HANDLER(vector) (FAKE_HANDLER + (vector)*16)
#define D               FAKE_DATA

static const struct op nop[] = {OP("\x90")};
static const struct op iret[] = {OP("\xcf")};
static const struct op ret[] = {OP("\xc3")};

/* One instruction at VA, then a NOP at LANDING; its cycles without misses. */
static uint64_t cycles_of(struct model *m, uint32_t va, const struct op *op,
                          uint32_t landing)
{
    jump_to(m, va);
    uint64_t before = m->count.cycles;
    run(m, va, op, 1);
    run(m, landing, nop, 1);
    return m->count.cycles - before;
}

/* ... warmed up by doing it several times. */
static uint64_t warm_transfer(struct model *m, const struct op *op,
                              uint32_t landing, unsigned from, unsigned to)
{
    uint64_t cycles = 0;
    for (unsigned pass = 0; pass < 3; pass++) {
        m->cpl = from;
        fake_reg[GUEST_CS] = 0x18 | to;
        for (uint32_t i = 0; i < 64; i += 32) /* stores do not allocate */
            memory_access(&m->memory, fake_reg[ESP] + i, 4, false);
        cycles = cycles_of(m, FAKE_CODE, op, landing);
    }
    return cycles;
}

static void prediction(void)
{
    static const struct op jne[] = {OP("\x75\x10")};
    struct model *m = fake_model();
    const uint32_t there = FAKE_CODE + 0x12, next = FAKE_CODE + 2;
    cycles_of(m, FAKE_CODE, jne, next);
    cycles_of(m, FAKE_CODE, jne, there); /* lines and pages are warm now */
    check(m->count.mispredicts, 1, "never seen: falls through; jumps: wrong");
    check(cycles_of(m, FAKE_CODE, jne, there), 2, "jumped once: predicted");
    check(cycles_of(m, FAKE_CODE, jne, next), 2 + 4, "mispredicted: 4 more");
    cycles_of(m, FAKE_CODE, jne, next);
    cycles_of(m, FAKE_CODE, jne, next);
    check(m->count.mispredicts, 3, "strongly taken: wrong twice");
    cycles_of(m, FAKE_CODE, jne, next);
    cycles_of(m, FAKE_CODE, jne, there);
    uint64_t before = m->count.mispredicts;
    cycles_of(m, FAKE_CODE, jne, there);
    check(m->count.mispredicts, before, "strongly not taken flips at once");
}

static void returns(void)
{
    struct model *m = fake_model();
    cycles_of(m, FAKE_CODE, ret, FAKE_CODE + 64);
    check(m->count.mispredicts, 0, "ret is not mispredicted by default");
    m->predict_ret = true;
    cycles_of(m, FAKE_CODE, ret, FAKE_CODE + 64);
    cycles_of(m, FAKE_CODE, ret, FAKE_CODE + 64);
    check(m->count.mispredicts, 1, "retbtb: right if it goes where it went");
    cycles_of(m, FAKE_CODE, ret, FAKE_CODE + 96);
    check(m->count.mispredicts, 2, "... wrong if it goes elsewhere");
}

static void software_interrupts(void)
{
    static const struct op int30[] = {OP("\xcd\x30")};
    struct model *m = fake_model();
    check(warm_transfer(m, int30, HANDLER(0x30), 3, 0), 48 + 1,
          "int to ring 0: 48, nop 1");
    check(m->cpl, 0, "... and the model is in ring 0");
    check(m->count.ints, 3, "... counted as int");
    check(m->count.exceptions, 0, "... not as an exception");
    check(warm_transfer(m, int30, HANDLER(0x30), 0, 0), 31 + 1,
          "int within ring 0: 31");
    check(warm_transfer(m, int30, HANDLER(13), 3, 0), 48 + 1,
          "int refused (#GP): the exception's 48");
    check(m->count.exceptions, 3, "... counted as an exception");
    check(warm_transfer(m, iret, FAKE_CODE + 256, 0, 3), 27 + 1,
          "iret to ring 3: 27");
    check(warm_transfer(m, iret, FAKE_CODE + 256, 0, 0), 10 + 1,
          "iret within ring 0: 10");
    check(m->count.irets, 6, "irets are counted");
}

static void references_of_int(void)
{
    static const struct op int30[] = {OP("\xcd\x30")};
    struct model *m = fake_model();
    m->cpl = 3;
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, int30, 1);
    uint64_t loads = m->count.l1d_misses, stores = m->count.l1d_write_misses;
    uint64_t pages = m->count.dtlb_misses;
    run(m, HANDLER(0x30), nop, 1);
    /* gate, code and stack descriptors (one line), TSS; the PTEs of 20h..27h
     * (one line) and of the handler's page; the PDE is there already */
    check(m->count.l1d_misses - loads, 3 + 2, "int reads gate, GDT, TSS");
    check(m->count.l1d_write_misses - stores, 5, "... pushes five words");
    check(m->count.dtlb_misses - pages, 4, "... on four pages");
}

static void hardware_interrupts(void)
{
    struct model *m = fake_model();
    static const struct op code[] = {OP("\x89\xd0"), OP("\x89\xd3")};
    m->cpl = 3;
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, code, 1);
    run(m, HANDLER(0x20), nop, 1);
    check(m->count.exceptions, 1, "an interrupt in straight code is seen");
    check(m->count.paired, 0, "... and nothing pairs across it");
    m->cpl = 0;
    fake_write32(FAKE_STACK + 4, 0x1b); /* interrupted: ring 3 */
    uint64_t cycles = warm_transfer(m, iret, HANDLER(0x21), 0, 0);
    check(cycles, 27 + 48 + 1, "one right behind an iret to ring 3: 27 + 48");
    check(m->count.exceptions, 4, "... is seen");
    cycles_of(m, FAKE_CODE, ret, HANDLER(0x22));
    check(m->count.exceptions, 5, "... and one right behind a ret");
    run(m, FAKE_CODE, nop, 1);
    check(m->count.cr3_writes, 0, "a task switch is no CR3 write");
}

static void page_faults(void)
{
    struct model *m = fake_model();
    static const struct op load[] = {OP("\x8b\x07")};
    check(warm_transfer(m, load, HANDLER(14), 3, 0), 1 + 48 + 1,
          "a load that faults: 1 + 48");
    check(m->count.exceptions, 3, "... counted");
}

/* The kernel switches a gate: dword stores at its linear address, or through
 * another mapping of the page. */
static void store(struct model *m, uint32_t va, uint32_t pa, uint32_t value)
{
    const struct insn *insn = INSN("\x89\x07");
    fake_write32(pa, value);
    model_access(m, insn, va, 4, true);
}

static void gates_rewritten(void)
{
    struct model *m = fake_model();
    const uint32_t new = 0x39000, gate = FAKE_IDT + 0x30 * 8;
    store(m, gate, gate, 0x00080000 | (new & 0xffff));
    store(m, gate + 4, gate + 4, (new & 0xffff0000u) | 0xee00);
    check(idt_vector(&m->idt, new) == 0x30, true, "a new handler is known");
    check(idt_vector(&m->idt, HANDLER(0x30)) == IDT_NONE, true,
          "the old one is forgotten");
    store(m, 0x400000 + gate + 4, gate + 4, 0);
    check(idt_vector(&m->idt, new) == IDT_NONE, true,
          "a store through another mapping counts");
    check(idt_vector(&m->idt, HANDLER(0x31)) == 0x31, true,
          "its neighbour stays");
    store(m, FAKE_IDT, FAKE_IDT, 0x00080000 | (new & 0xffff));
    check(idt_vector(&m->idt, new) == 0, true,
          "gates on the page before are followed, too");
}

static void idt_in_two_frames(void)
{
    struct model *m = fake_model();
    fake_write32(FAKE_PT + (FAKE_IDT >> 12) * 4 + 4, 0x50000 | PTE_P);
    fake_write32(0x50000, 0x00081234); /* gate 2 is now here */
    fake_write32(0x50004, 0x0003ee00);
    idt_load(&m->idt, &fake_guest);
    check(idt_vector(&m->idt, 0x31234) == 2, true,
          "the second page's frame is its own");
    check(idt_vector(&m->idt, HANDLER(1)) == 1, true, "the first is kept");
    check(idt_holds(&m->idt, 0x50000), true, "the new frame is watched");
    check(idt_holds(&m->idt, 0x23000), false, "the former one is not");
}

static void far_transfers(void)
{
    static const struct op jmp[] = {OP("\xea\x00\x01\x03\x00\x08\x00")};
    static const struct op call[] = {OP("\x9a\x00\x01\x03\x00\x20\x00")};
    static const struct op mem[] = {LD("\xff\x1f", D)};
    static const struct op lret[] = {OP("\xcb")};
    struct model *m = fake_model();
    const uint32_t to = FAKE_CODE + 0x100;
    check(warm_transfer(m, jmp, to, 0, 0), 3 + 1, "far jmp: 3");
    check(warm_transfer(m, call, to, 0, 0), 4 + 1, "far call: 4");
    check(warm_transfer(m, lret, to, 0, 0), 4 + 1, "far ret: 4");
    check(warm_transfer(m, lret, to, 0, 3), 23 + 1, "far ret outwards: 23");
    check(warm_transfer(m, call, to, 3, 0), 44 + 1, "gate inwards: 44");
    fake_write32(FAKE_GDT + 0x24, 0x8c00); /* selector 20h: call gate */
    check(warm_transfer(m, call, to, 0, 0), 22 + 1, "gate, same ring: 22");
    fake_write32(D + 4, 0x20);
    check(warm_transfer(m, mem, to, 0, 0), 22 + 1, "... by call far [m]");
    fake_write32(D + 4, 0x08);
    check(warm_transfer(m, mem, to, 0, 0), 4 + 1, "call far [m], no gate");
}

/* The gate of vector 30h leads to HANDLER, and so do these. */
static void jumps_to_handlers(void)
{
    static const struct op reg[] = {OP("\xff\xe0")};
    static const struct op mem[] = {LD("\xff\x27", D)};
    struct model *m = fake_model();
    m->cpl = 0;
    fake_write32(D, HANDLER(0x30));
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, mem, 1);
    run(m, HANDLER(0x30), nop, 1);
    check(m->count.exceptions, 0, "a jump by memory to a handler is a jump");
    fake_write32(D, FAKE_CODE + 0x100);
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, mem, 1);
    run(m, HANDLER(0x30), nop, 1);
    check(m->count.exceptions, 1, "... an interrupt behind it is one");
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, reg, 1);
    run(m, HANDLER(0x30), nop, 1);
    check(m->count.exceptions, 2, "... and a jump by register is taken for one");
}

static void control_registers(void)
{
    static const struct op cr3[] = {OP("\x0f\x22\xd8"), OP("\x90")};
    static const struct op invlpg[] = {OP("\x0f\x01\x3f"), OP("\x90")};
    struct model *m = fake_model();
    m->cpl = 0;
    memory_access(&m->memory, D, 4, false);
    uint64_t misses = m->count.dtlb_misses;
    fake_reg[EDI] = D + 0x1000;
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, invlpg, 2);
    memory_access(&m->memory, D, 4, false);
    check(m->count.dtlb_misses - misses, 0, "invlpg spares other pages");
    fake_reg[EDI] = D;
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, invlpg, 2);
    memory_access(&m->memory, D, 4, false);
    check(m->count.dtlb_misses - misses, 1, "... and drops its own");
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, cr3, 2);
    check(m->count.cr3_writes, 1, "mov cr3 is counted");
    memory_access(&m->memory, D, 4, false);
    check(m->count.dtlb_misses - misses, 2, "... and flushes");
    m->cpl = 3;
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, cr3, 1);
    run(m, HANDLER(13), nop, 1);
    check(m->count.cr3_writes, 1, "in ring 3 it faults and does nothing");
}

static struct counters last;
static unsigned ended_id;
static uint32_t ended_sequence;

static void region_ended(unsigned id, uint32_t sequence,
                         const struct counters *delta)
{
    last = *delta;
    ended_id = id;
    ended_sequence = sequence;
}

static void regions(void)
{
    static const struct op empty[] = {OP("\xa9\x07\x01\x43\x50"),
                                      OP("\xa9\x07\x02\x43\x50")};
    static const struct op code[] = {OP("\x89\xd0"), OP("\xa9\x07\x01\x43\x50"),
                                     OP("\x89\xd3"), OP("\x8e\xd8"),
                                     OP("\xa9\x07\x02\x43\x50")};
    struct model *m = fake_model();
    m->sink.region = region_ended;
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, empty, COUNT(empty));
    check(last.cycles, 0, "an empty region takes no cycles");
    check(last.instructions, 0, "markers are no instructions");
    for (int pass = 0; pass < 2; pass++) {
        jump_to(m, FAKE_CODE);
        run(m, FAKE_CODE, code, COUNT(code));
    }
    check(last.cycles, 1 + 3, "a move and a segment load: 4");
    check(last.instructions, 2, "... two instructions");
    check(last.paired, 0, "... no pair across the marker");
    check(last.segment_loads, 1, "... one segment load");
    check(ended_id, 7, "the region's id");
    check(ended_sequence, 2, "... ended for the third time");
    last.cycles = 99;
    run(m, FAKE_CODE + 5, empty + 1, 1);
    check(last.cycles, 99, "an end without a begin reports nothing");
}

/* SYSENTER lands where an MSR says, in ring 0, and touches no memory. */
static void system_calls(void)
{
    struct model *m = fake_model();
    static const struct op enter[] = {OP("\x0f\x34")};
    jump_to(m, FAKE_CODE); /* warm */
    run(m, FAKE_CODE, enter, 1);
    jump_to(m, FAKE_CODE);
    run(m, FAKE_CODE, enter, 1);
    uint64_t cycles = m->count.cycles, misses = m->count.dtlb_misses;
    fake_reg[GUEST_CS] = 8;
    run(m, FAKE_CODE, nop, 1);
    check(m->cpl, 0, "sysenter: ring 0 from its landing on");
    check(m->count.ints + m->count.exceptions, 0, "... and no interrupt");
    check(m->count.cycles - cycles, 1, "... costs when it begins");
    check(m->count.dtlb_misses - misses, 0, "... and reads no gate");
}

static void strings(void)
{
    struct model *m = fake_model();
    static const struct op movs[] = {OP("\xf3\xa5")};
    m->cpl = 0;
    run(m, FAKE_CODE, nop, 1); /* warm */
    run(m, FAKE_CODE, nop, 1);
    jump_to(m, FAKE_CODE);
    uint64_t cycles = m->count.cycles, insns = m->count.instructions;
    for (int i = 0; i < 11; i++) /* ten elements: QEMU comes back 10 times */
        run(m, FAKE_CODE, movs, 1);
    check(m->count.cycles - cycles, 12 + 10, "rep movsd of 10: 12 + 10");
    check(m->count.instructions - insns, 1, "... is one instruction");
}

static void switched_off(void)
{
    static struct model m;
    static const struct op code[] = {OP("\x89\xd0"), OP("\x8e\xd8")};
    fake_reset();
    model_init(&m, &fake_guest, false);
    run(&m, FAKE_CODE, code, COUNT(code));
    check(m.count.cycles + m.count.instructions, 0, "off: nothing counts");
    model_step(&m, INSN("\xa9\x00\x03\x43\x50"));
    check(m.on, true, "marker 3 switches it on");
    check(m.cpl, 3, "... and the ring is known");
}

int main(void)
{
    prediction();
    returns();
    software_interrupts();
    references_of_int();
    hardware_interrupts();
    page_faults();
    gates_rewritten();
    idt_in_two_frames();
    far_transfers();
    jumps_to_handlers();
    control_registers();
    regions();
    system_calls();
    strings();
    switched_off();
    return tap_end();
}
