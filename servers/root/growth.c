/*
 * growth.c - how large, and how often (growth.h).
 */
#include "growth.h"

#define LEAST_SPARE 4

unsigned growth_slot(unsigned needed, unsigned most, unsigned threshold)
{
    unsigned spare = needed / 4 > LEAST_SPARE ? needed / 4 : LEAST_SPARE;
    unsigned slot = needed + spare;

    if (needed > threshold)
        return 0;
    if (slot > most)
        slot = most;
    if (slot > threshold)
        slot = threshold;
    return slot > needed ? slot : needed;
}

int growth_returns(unsigned needed, unsigned least, unsigned threshold)
{
    return needed <= threshold / 2 || (needed == least && needed <= threshold);
}

int backoff_begin(struct backoff *b, uint64_t now)
{
    if (now < b->next)
        return 0;
    if (b->wait == 0 || now - b->next >= BACKOFF_CALM * b->wait)
        b->wait = BACKOFF_FIRST;
    else if (b->wait < BACKOFF_MOST)
        b->wait *= 2;
    return 1;
}

void backoff_end(struct backoff *b, uint64_t began, uint64_t now)
{
    uint64_t least = BACKOFF_WORK * (now - began);

    b->next = now + (least > b->wait ? least : b->wait);
}
