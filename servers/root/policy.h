/*
 * policy.h - when a server that has stopped is started again.
 *
 * The first time it waits for its back-off, then twice as long each time, up to
 * a minute. One that has run well for a while before it stopped begins anew.
 * Pure; the host tests run it. Times are in us.
 */
#pragma once

#include <stdint.h>
#include <pn/system.h>

#define RESTART_CALM 5000000u  /* running well, at least */
#define RESTART_MOST 60000000u /* the longest back-off */

struct restart {
    unsigned tries; /* in a row */
    unsigned total; /* since the machine came up */
    uint64_t began; /* the server; or when it is to begin */
    uint64_t wait;  /* the last back-off */
    uint64_t heard; /* its last sign of life, or when the first was asked for */
    uint64_t beat;  /* when the next is asked for */
    uint64_t dies;  /* when it is killed, if that is wanted */
};

enum restart_verdict {
    RESTART_LATER, /* at r->began */
    RESTART_DOWN,  /* it ended well, and that was all */
    RESTART_FAILED
};

/* It has stopped, well or not. */
enum restart_verdict restart_after(struct restart *r, const struct pn_spec *s,
                                   int well, uint64_t now);
