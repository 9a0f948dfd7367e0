/*
 * For the unit tests: a guest made of arrays, instruction sequences written as
 * bytes, and TAP output.
 */
#ifndef P5_FAKE_H
#define P5_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode.h"
#include "model.h"

/* ---- TAP ---- */

/* "ok N - TEXT"; prints GOT and WANT if they differ. */
void check(uint64_t got, uint64_t want, const char *text);

/* The plan; returns the exit status. */
int tap_end(void);

/* ---- guest ---- */

#define FAKE_RAM 0x100000u

/* Fixed places in the fake RAM, in different sets of the data cache. */
#define FAKE_PD  0x10000u
#define FAKE_PT  0x11000u /* maps linear 0..4 MB, at first one to one */
#define FAKE_GDT 0x20200u
#define FAKE_TSS 0x21300u
#define FAKE_IDT 0x22ff0u /* gates 0 and 1 on one page, the rest on the next \
                           */
#define FAKE_STACK   0x24400u
#define FAKE_CODE    0x30000u
#define FAKE_HANDLER 0x38000u /* of vector N: + N * 16 */
#define FAKE_DATA    0x40000u

extern struct guest fake_guest;
extern uint32_t fake_reg[12]; /* by number of guest.h */

/* A guest with paging on, ring 3, and all gates leading to handlers. */
void fake_reset(void);
void fake_write32(uint32_t pa, uint32_t value);
void fake_gate(unsigned vector, uint32_t target);

/* ---- sequences ---- */

enum access { NO_ACCESS, LOAD, STORE, UPDATE };

struct op {
    const char *bytes;
    unsigned length;
    enum access access;
    uint32_t va;
};

/* An instruction; one that loads, stores, or reads and writes a dword at VA. */
#define OP(s)                          \
    {                                  \
        s, sizeof(s) - 1, NO_ACCESS, 0 \
    }
#define LD(s, va)                  \
    {                              \
        s, sizeof(s) - 1, LOAD, va \
    }
#define ST(s, va)                   \
    {                               \
        s, sizeof(s) - 1, STORE, va \
    }
#define UP(s, va)                    \
    {                                \
        s, sizeof(s) - 1, UPDATE, va \
    }

/* A model of the fake guest, switched on. */
struct model *fake_model(void);

/* Decode bytes given as a string, at FAKE_CODE. */
const struct insn *insn_at(uint32_t va, const char *bytes, unsigned length);
#define INSN(s) insn_at(FAKE_CODE, s, sizeof(s) - 1)

/* Go on at VA whatever came before. */
void jump_to(struct model *model, uint32_t va);

/* Run a sequence from VA on, once. */
void run(struct model *model, uint32_t va, const struct op *ops, unsigned n);

/* Cycles of a sequence in a fresh model when caches, TLBs and branch history
 * are warm. */
uint64_t warm_cycles(const struct op *ops, unsigned n);

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Check the warm cycles of the given ops. */
#define CYCLES(want, text, ...)                          \
    do {                                                 \
        static const struct op ops[] = {__VA_ARGS__};    \
        check(warm_cycles(ops, COUNT(ops)), want, text); \
    } while (0)

#endif
