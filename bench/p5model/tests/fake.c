/* A guest of arrays, and the runner of instruction sequences. */
#include "fake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_INSNS 4096

static unsigned checks, failures;
static uint8_t ram[FAKE_RAM];
static struct model model;
static struct insn insns[MAX_INSNS];
static unsigned insns_used;

struct guest fake_guest;
uint32_t fake_reg[12];

void check(uint64_t got, uint64_t want, const char *text)
{
    bool ok = got == want;
    checks++;
    failures += !ok;
    printf("%s %u - %s\n", ok ? "ok" : "not ok", checks, text);
    if (!ok)
        printf("# got %" PRIu64 ", want %" PRIu64 "\n", got, want);
}

int tap_end(void)
{
    printf("1..%u\n", checks);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

static uint32_t read32(uint32_t pa)
{
    uint32_t value = 0;
    if (pa <= FAKE_RAM - sizeof value)
        memcpy(&value, ram + pa, sizeof value);
    return value;
}

static uint32_t reg(int number)
{
    return fake_reg[number];
}

static void load_tables(struct guest *g)
{
    g->gdt_base = FAKE_GDT;
    g->idt_base = FAKE_IDT;
    g->idt_limit = 64 * 8 - 1;
    g->tss_base = FAKE_TSS;
}

void fake_write32(uint32_t pa, uint32_t value)
{
    memcpy(ram + pa, &value, sizeof value);
}

void fake_gate(unsigned vector, uint32_t target)
{
    fake_write32(FAKE_IDT + vector * 8, 0x00080000u | (target & 0xffff));
    fake_write32(FAKE_IDT + vector * 8 + 4, (target & 0xffff0000u) | 0xee00);
}

void fake_reset(void)
{
    memset(ram, 0, sizeof ram);
    insns_used = 0;
    fake_guest = (struct guest){
        .read32 = read32, .reg = reg, .load_tables = load_tables};
    memset(fake_reg, 0, sizeof fake_reg);
    fake_reg[GUEST_CR0] = CR0_PG | CR0_PE;
    fake_reg[GUEST_CR3] = FAKE_PD;
    fake_reg[GUEST_CR4] = CR4_PSE;
    fake_reg[GUEST_CS] = 0x1b;
    fake_reg[ESP] = FAKE_STACK;
    fake_write32(FAKE_PD, FAKE_PT | PTE_P);
    for (uint32_t page = 0; page < 1024; page++)
        fake_write32(FAKE_PT + page * 4, page << 12 | PTE_P);
    fake_write32(FAKE_PD + 4, 0x00000000u | PDE_PS | PTE_P); /* 4 MB to 0 */
    for (unsigned vector = 0; vector < 64; vector++)
        fake_gate(vector, FAKE_HANDLER + vector * 16);
    fake_write32(FAKE_TSS + 4, FAKE_STACK);
    fake_write32(FAKE_TSS + 8, 0x10);
}

const struct insn *insn_at(uint32_t va, const char *bytes, unsigned length)
{
    if (insns_used == MAX_INSNS) {
        puts("Bail out! too many instructions");
        exit(EXIT_FAILURE);
    }
    struct insn *insn = &insns[insns_used++];
    decode(insn, va, (const uint8_t *)bytes, length);
    return insn;
}

void jump_to(struct model *m, uint32_t va)
{
    m->previous = insn_at(va - 1, "\x90", 1);
    pipeline_drain(&m->pipe);
}

struct model *fake_model(void)
{
    fake_reset();
    model_init(&model, &fake_guest, false);
    model_step(&model, insn_at(FAKE_CODE, "\xa9\x00\x03\x43\x50", 5));
    return &model;
}

static void access_data(struct model *m, const struct insn *insn,
                        const struct op *op)
{
    if (op->access == LOAD || op->access == UPDATE)
        model_access(m, insn, op->va, 4, false);
    if (op->access == STORE || op->access == UPDATE)
        model_access(m, insn, op->va, 4, true);
}

void run(struct model *m, uint32_t va, const struct op *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const struct insn *insn = insn_at(va, ops[i].bytes, ops[i].length);
        model_step(m, insn);
        access_data(m, insn, &ops[i]);
        va += ops[i].length;
    }
}

/* Stores do not allocate, so their lines are brought in by hand. */
static void touch(struct model *m, const struct op *ops, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (ops[i].access != NO_ACCESS)
            memory_access(&m->memory, ops[i].va, 4, false);
}

uint64_t warm_cycles(const struct op *ops, unsigned n)
{
    struct model *m = fake_model();
    uint64_t before = 0;
    touch(m, ops, n);
    for (unsigned pass = 0; pass < 3; pass++) {
        jump_to(m, FAKE_CODE);
        before = m->count.cycles;
        run(m, FAKE_CODE, ops, n);
    }
    return m->count.cycles - before;
}
