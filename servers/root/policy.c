/*
 * policy.c - restart policies (policy.h).
 */
#include "policy.h"

#define US_PER_MS  1000u
#define CALM_WAITS 4 /* and it has run that many times as long as it waited */

static int ran_well(const struct restart *r, const struct pn_spec *s,
                    uint64_t now)
{
    uint64_t calm = RESTART_CALM + CALM_WAITS * r->wait +
                    2 * (uint64_t)s->heartbeat * US_PER_MS;

    return now - r->began >= calm;
}

enum restart_verdict restart_after(struct restart *r, const struct pn_spec *s,
                                   int well, uint64_t now)
{
    uint64_t first = (uint64_t)s->backoff * US_PER_MS;

    if (s->restart == PN_RESTART_NEVER ||
        (s->restart == PN_RESTART_ON_FAILURE && well))
        return well ? RESTART_DOWN : RESTART_FAILED;
    if (ran_well(r, s, now))
        r->tries = 0;
    if (r->tries == s->retries)
        return RESTART_FAILED;
    if (r->tries == 0)
        r->wait = first;
    else if (2 * r->wait <= RESTART_MOST)
        r->wait *= 2;
    else if (r->wait < RESTART_MOST)
        r->wait = RESTART_MOST;
    r->tries++;
    r->total++;
    r->began = now + r->wait;
    return RESTART_LATER;
}
