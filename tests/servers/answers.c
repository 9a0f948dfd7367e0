/*
 * tests/servers/answers.c - a server with all that pn_serve knows: words and
 * strings, answers that come later, notifications, ticks of 10 ms, and the
 * interrupt of the real-time clock (ports=70+2 irq=8).
 */
#include "answers.h"

#include <pn/libc.h>
#include <pn/ports.h>
#include <pn/server.h>

int main(int argc, char **argv);

enum { INDEX = 0x70, DATA = 0x71, REGISTER_B = 0x0b, REGISTER_C = 0x0c };
enum { PERIODIC = 0x40 };

#define HELD 8

static char in[ANSWERS_STRING], out[ANSWERS_STRING];
static L4_ThreadId_t held[HELD];
static unsigned held_now;
static L4_Word_t bits_seen, bits_times, ticks, interrupts;

static int sum(struct pn_call *c)
{
    L4_Word_t total = 0;

    for (unsigned i = 0; i < c->words; i++)
        total += c->word[i];
    c->word[0] = total;
    return 1;
}

static int words(struct pn_call *c)
{
    L4_Word_t n = c->word[0];

    if (n > PN_WORDS)
        return -PN_INVALID;
    for (L4_Word_t i = 0; i < n; i++)
        c->word[i] = i + 1;
    return (int)n;
}

static int reverse(struct pn_call *c)
{
    for (size_t i = 0; i < c->bytes; i++)
        out[i] = in[c->bytes - 1 - i];
    c->string = out;
    c->string_bytes = c->bytes;
    return 0;
}

static int from(struct pn_call *c)
{
    c->word[0] = c->from.raw;
    return 1;
}

static int hold(struct pn_call *c)
{
    if (held_now == HELD)
        return -PN_NO_ROOM;
    held[held_now++] = c->from;
    return PN_LATER;
}

static int release(struct pn_call *c)
{
    L4_Word_t answer = 4711;

    c->word[0] = held_now;
    while (held_now > 0)
        pn_answer(held[--held_now], &answer, 1);
    return 1;
}

static int refuse(struct pn_call *c)
{
    (void)c;
    while (held_now > 0)
        pn_answer_no(held[--held_now], PN_BUSY);
    return -PN_BUSY;
}

static int bits(struct pn_call *c)
{
    c->word[0] = bits_seen;
    c->word[1] = bits_times;
    return 2;
}

static int count_ticks(struct pn_call *c)
{
    c->word[0] = ticks;
    return 1;
}

static unsigned clock_register(unsigned which)
{
    pn_out8(INDEX, which);
    return pn_in8(DATA);
}

static int set_clock(struct pn_call *c)
{
    unsigned b = clock_register(REGISTER_B);

    b = c->word[0] ? b | PERIODIC : b & ~(unsigned)PERIODIC;
    (void)clock_register(REGISTER_B);
    pn_out8(DATA, b);
    (void)clock_register(REGISTER_C);
    c->word[0] = interrupts;
    return 1;
}

static const struct pn_operation operations[] = {
    {ANSWERS_SUM, PN_ANY_WORDS, sum},
    {ANSWERS_WORDS, 1, words},
    {ANSWERS_REVERSE, 0, reverse},
    {ANSWERS_FROM, 0, from},
    {ANSWERS_HOLD, 0, hold},
    {ANSWERS_RELEASE, 0, release},
    {ANSWERS_REFUSE, 0, refuse},
    {ANSWERS_BITS, 0, bits},
    {ANSWERS_TICKS, 0, count_ticks},
    {ANSWERS_CLOCK, 1, set_clock},
    {0, 0, NULL},
};

static void notified(L4_Word_t came)
{
    bits_seen |= came;
    bits_times++;
}

static void tick(void)
{
    ticks++;
}

static void interrupt(L4_ThreadId_t line)
{
    (void)line;
    interrupts++;
    (void)clock_register(REGISTER_C);
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pn_serve(&(struct pn_server){.operations = operations,
                                 .buffer = in,
                                 .buffer_size = sizeof in,
                                 .mask = 0xff,
                                 .notified = notified,
                                 .interrupt = interrupt,
                                 .tick_ms = 10,
                                 .tick = tick});
}
