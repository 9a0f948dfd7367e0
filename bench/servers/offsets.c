/*
 * offsets.c - numbers of party.h for loops.asm. Compiled to text and never
 * linked; scripts/offsets.py makes NASM definitions of it.
 */
#include "party.h"

#include <stddef.h>

#define SYM(name, value) \
    __asm__ volatile("\n.asmsym " #name " %c0" : : "i"(value))
#define FIELD(NAME, name) SYM(PARTY_##NAME, offsetof(struct party, name))

void offsets(void);

void
offsets(void)
{
    FIELD(ENTRY, entry);
    FIELD(KEY, key);
    FIELD(PAGES, pages);
    FIELD(WRONG, wrong);
    FIELD(SERVER, server);
    FIELD(LEFT, left);
    FIELD(SET, set);
    FIELD(PASSES_LEFT, passes_left);
    FIELD(WORK, work);
    FIELD(FIRST, first);
    FIELD(COUNT, count);
    FIELD(PASSES, passes);
    FIELD(TURNS, turns);
    FIELD(ROOT, root);
    FIELD(WAITS_FOR, waits_for);
    FIELD(NEXT, next);
    FIELD(PREVIOUS, previous);
    FIELD(LAST, last);
    FIELD(START, start);
    FIELD(SAMPLE_AT, sample_at);
    SYM(PAGE_BYTES, PAGE_BYTES);
    SYM(LINE_BYTES, LINE_BYTES);
    SYM(WORDS, WORDS);
    SYM(NEXT_THREAD, NEXT_THREAD);
    SYM(MARK_BEGIN_EMPTY, MARK_BEGIN | REGION_EMPTY);
    SYM(MARK_END_EMPTY, MARK_END | REGION_EMPTY);
    SYM(MARK_BEGIN_IPC, MARK_BEGIN | REGION_IPC);
    SYM(MARK_END_IPC, MARK_END | REGION_IPC);
}
