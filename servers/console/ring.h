/*
 * ring.h - a queue of bytes.
 */
#pragma once

#define RING_SIZE 8192u /* a power of two */

struct ring {
    unsigned in, out; /* bytes put and taken so far; they wrap around */
    char byte[RING_SIZE];
};

static inline unsigned ring_used(const struct ring *r)
{
    return r->in - r->out;
}

static inline unsigned ring_room(const struct ring *r)
{
    return RING_SIZE - ring_used(r);
}

/* There must be room. */
static inline void ring_put(struct ring *r, char c)
{
    r->byte[r->in++ % RING_SIZE] = c;
}

/* Byte n of those in use, from the oldest; it stays. */
static inline char ring_look(const struct ring *r, unsigned n)
{
    return r->byte[(r->out + n) % RING_SIZE];
}

/* Drop the oldest n of those in use. */
static inline void ring_drop(struct ring *r, unsigned n)
{
    r->out += n;
}
