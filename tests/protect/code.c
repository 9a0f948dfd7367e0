/*
 * code.c - machine code for subjects (code.h). Encodings: Intel, Pentium
 * Processor Family Developer's Manual 3, chapter 25.
 */
#include "code.h"

#include <stddef.h>
#include <l4/kip.h>

#define KIP_IPC    0xe0 /* in the interface page: offset of the entry */
#define STUB_BYTES 64

void
code_bytes(struct code *c, const uint8_t *bytes, unsigned n)
{
    while (n-- > 0) {
        *c->at++ = *bytes++;
        c->va++;
    }
}

void
code_word(struct code *c, L4_Word_t word)
{
    EMIT(c, (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
         (uint8_t)(word >> 24));
}

const char *
segment_name(enum segment s)
{
    static const char *const names[] = {"ES", "CS", "SS", "DS", "FS", "GS"};

    return names[s];
}

uint8_t
segment_prefix(enum segment s)
{
    static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

    return prefixes[s];
}

void
code_load(struct code *c, unsigned reg, L4_Word_t value)
{
    EMIT(c, (uint8_t)(0xb8 + reg));
    code_word(c, value);
}

void
code_segment(struct code *c, enum segment s, unsigned selector)
{
    code_load(c, EAX, selector);
    EMIT(c, 0x8e, (uint8_t)(0xc0 + s * 8));
}

void
code_standard(struct code *c)
{
    code_segment(c, DS, SELECTOR_DATA);
    code_segment(c, ES, SELECTOR_DATA);
    code_segment(c, FS, 0);
    code_segment(c, GS, SELECTOR_GS);
}

void
code_read(struct code *c, enum segment s, L4_Word_t offset)
{
    EMIT(c, segment_prefix(s), 0x8b, 0x05);
    code_word(c, offset);
}

void
code_write(struct code *c, enum segment s, L4_Word_t offset)
{
    EMIT(c, segment_prefix(s), 0x89, 0x05);
    code_word(c, offset);
}

void
code_jump(struct code *c, L4_Word_t to)
{
    EMIT(c, 0xe9);
    code_word(c, to - (c->va + 4));
}

void
code_call(struct code *c, L4_Word_t to)
{
    EMIT(c, 0xe8);
    code_word(c, to - (c->va + 4));
}

int
uses_sysenter(void)
{
    const uint8_t *kip = L4_KernelInterface(NULL, NULL, NULL);
    const uint8_t *stub = kip + *(const L4_Word_t *)(const void *)(kip + KIP_IPC);

    for (unsigned i = 0; i < STUB_BYTES; i++)
        if (stub[i] == 0x0f && stub[i + 1] == 0x34)
            return 1;
    return 0;
}

void
code_sysenter(struct code *c, L4_Word_t eip, L4_Word_t esp)
{
    code_load(c, EDI, eip);
    code_load(c, EBP, esp);
    EMIT(c, 0x0f, 0x34);
}

void
code_enter(struct code *c)
{
    if (!uses_sysenter()) {
        EMIT(c, 0xcd, 0x30);
        return;
    }
    code_load(c, EDI, c->va + 9);
    EMIT(c, 0x89, 0xe5, 0x0f, 0x34); /* mov ebp, esp; sysenter */
}

void
code_ipc(struct code *c, L4_Word_t to, L4_Word_t from, L4_Word_t tag)
{
    code_load(c, EAX, to);
    code_load(c, EDX, from);
    code_load(c, ESI, tag);
    code_load(c, ECX, 0);
    code_enter(c);
}

L4_Word_t
code_end(struct code *c)
{
    L4_Word_t at = c->va;

    EMIT(c, 0x0f, 0x0b);
    return at;
}
