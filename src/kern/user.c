/*
 * kern/user.c - the checked way into user memory.
 *
 * Layer 6.  Only `current` is ever read: the directory that serves its space
 * is loaded.
 */
#include "kern/user.h"

/* kern/entry.asm: 0 = *out is the word at `linear`, 1 = no page is there. */
uint32_t user_copy_word(const void *linear, uint32_t *out);

static bool
read_byte(const struct space *s, vaddr_t at, uint8_t *out)
{
    uint32_t linear = s->base + (at & ~3u);
    uint32_t word;

    if (at >= s->size) /* size is a page multiple: so is the aligned word */
        return false;
    if (user_copy_word((const void *)(uintptr_t)linear, &word) != 0)
        return false;
    *out = (uint8_t)(word >> at % 4 * 8);
    return true;
}

uint32_t
user_read(const struct thread *t, vaddr_t at, void *out, uint32_t bytes)
{
    uint8_t *to = out;
    uint32_t n = 0;

    while (n < bytes && at + n >= at && read_byte(t->space, at + n, &to[n]))
        n++;
    return n;
}
