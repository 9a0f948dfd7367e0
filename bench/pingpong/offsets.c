/*
 * offsets.c - numbers of loop.h for loops.asm. Compiled to text and never
 * linked; scripts/offsets.py makes NASM definitions of it.
 */
#include "loop.h"

#include <stddef.h>

#define SYM(name, value) \
    __asm__ volatile("\n.asmsym " #name " %c0" : : "i"(value))
#define FIELD(NAME, name) SYM(LOOP_##NAME, offsetof(struct loop, name))

void offsets(void);

void
offsets(void)
{
    FIELD(ENTRY, entry);
    FIELD(PARTNER, partner);
    FIELD(TAG, tag);
    FIELD(COUNT, count);
    FIELD(START, start);
    FIELD(PASSES, passes);
    FIELD(TURNS, turns);
    FIELD(SAVED_ESP, saved_esp);
    FIELD(LAST_TAG, last_tag);
    SYM(UNROLLED, UNROLLED);
    SYM(PAGE_BYTES, PAGE_BYTES);
    SYM(LINE_BYTES, LINE_BYTES);
    SYM(TOUCH_PAGES_MAX, TOUCH_PAGES_MAX);
    SYM(TOUCH_FIRST_LINE, TOUCH_FIRST_LINE);
    SYM(MARK_BEGIN_EMPTY, MARK_BEGIN | REGION_EMPTY);
    SYM(MARK_END_EMPTY, MARK_END | REGION_EMPTY);
    SYM(MARK_BEGIN_IPC, MARK_BEGIN | REGION_IPC);
    SYM(MARK_END_IPC, MARK_END | REGION_IPC);
}
