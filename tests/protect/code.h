/*
 * code.h - machine code for subjects, put together byte by byte.
 *
 * A probe is a few instructions that no compiler would write. They are
 * assembled straight into the page a subject runs, and end with UD2, which
 * hands the subject back to the supervisor (subject.h).
 */
#pragma once

#include <stdint.h>
#include <l4/types.h>

struct code {
    uint8_t *at;  /* where the next byte goes, as the supervisor sees it */
    L4_Word_t va; /* the same as the subject sees it */
};

void code_bytes(struct code *c, const uint8_t *bytes, unsigned n);
void code_word(struct code *c, L4_Word_t word);

/* EMIT(c, 0x0f, 0x0b): these bytes. */
#define EMIT(c, ...)                                \
    code_bytes((c), (const uint8_t[]){__VA_ARGS__}, \
               sizeof((const uint8_t[]){__VA_ARGS__}))

/* Registers and segment registers, as ModRM numbers them. */
enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI };
enum segment { ES, CS, SS, DS, FS, GS, SEGMENTS };

/* The selectors R1 allows (src/kern/layout.h). */
enum { SELECTOR_CODE = 0x1b, SELECTOR_DATA = 0x23, SELECTOR_GS = 0x2b };

const char *segment_name(enum segment s);
uint8_t segment_prefix(enum segment s);

/* mov reg, value */
void code_load(struct code *c, unsigned reg, L4_Word_t value);
/* mov seg, selector, through EAX */
void code_segment(struct code *c, enum segment s, unsigned selector);
/* The selectors every thread begins with, in all four data segments. */
void code_standard(struct code *c);
/* mov eax, seg:[offset] */
void code_read(struct code *c, enum segment s, L4_Word_t offset);
/* mov seg:[offset], eax */
void code_write(struct code *c, enum segment s, L4_Word_t offset);
/* jmp / call to an address of the subject's */
void code_jump(struct code *c, L4_Word_t to);
void code_call(struct code *c, L4_Word_t to);
/* Does this machine's interface page enter for Ipc by SYSENTER? */
int uses_sysenter(void);
/* sysenter, to go on at `eip` with `esp` */
void code_sysenter(struct code *c, L4_Word_t eip, L4_Word_t esp);
/* Enter for Ipc, as the interface page does; uses EDI and EBP. */
void code_enter(struct code *c);
/* The Ipc system call: EAX to, EDX from, ESI tag; timeouts never. */
void code_ipc(struct code *c, L4_Word_t to, L4_Word_t from, L4_Word_t tag);
/* Hand back to the supervisor; returns the address of this UD2. */
L4_Word_t code_end(struct code *c);
