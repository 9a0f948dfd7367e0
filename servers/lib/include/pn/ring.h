/*
 * pn/ring.h - many requests to a server at once, without waiting for each.
 *
 * Client and server share a page of the client's: 16 entries, in each a request
 * and then, in the same place, its answer. The client fills entries, submits
 * them, and notifies the server once (pn/notify.h); the server works them off
 * in order, by the handlers that answer messages, too, and notifies the client
 * once. So ten requests take two notifications instead of twenty IPCs.
 *
 *     pn_ring_open(&ring, page, server, 1);
 *     for (...) {
 *         struct pn_ring_entry *e = pn_ring_next(&ring);    // null: full
 *         e->label = ...; e->words = ...; e->bytes = ...;
 *     }
 *     pn_ring_submit(&ring);
 *     ...something else...
 *     while (pn_ring_wait(&ring) > 0)
 *         e = pn_ring_answer(&ring);
 *
 * An answer stands in its entry until pn_ring_next gives that away again. What
 * does not fit into an entry (8 words, 192 bytes) goes by a message.
 *
 * Neither side trusts the other: a server reads each word of the page once,
 * keeps its own count, and loses nothing but this client if the page is taken
 * away.
 */
#pragma once

#include <pn/server.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_RING_ENTRIES 16u
#define PN_RING_WORDS   8u
#define PN_RING_DATA    192u

struct pn_ring_entry {
    L4_Word_t label;
    L4_Word_t words;               /* of the request */
    L4_Word_t word[PN_RING_WORDS]; /* the request's, then the answer's */
    L4_Word_t bytes; /* in `data`: of the request, then of the answer */
    int result;      /* the answer's words, or minus an enum pn_problem */
    char data[PN_RING_DATA];
};

/* Both counts go on for ever; entry n is at n modulo 16. */
struct pn_ring_page {
    L4_Word_t submitted; /* written by the client */
    L4_Word_t unused[31];
    L4_Word_t done; /* written by the server */
    L4_Word_t unused_too[31];
    struct pn_ring_entry entry[PN_RING_ENTRIES];
};

/* Client -> server: MR1 = the bits that it wants to be notified by; a map item
 * of the page. Answer: MR1 = the bits to notify the server by. A thread has one
 * ring with a server: asking again begins a new one. */
#define PN_RING_OPEN 0x0516

/* --- the client's side --- */

struct pn_ring {
    struct pn_ring_page *page;
    L4_ThreadId_t server;
    L4_Word_t server_bits, bits;
    L4_Word_t filled, answered; /* counts, as in the page */
};

/* `page`: 4 KB, aligned, the caller's own. Adds `bits` to its notification
 * mask. 0, or minus an enum pn_problem. */
int pn_ring_open(struct pn_ring *ring, void *page, L4_ThreadId_t server,
                 L4_Word_t bits);

/* An entry to fill; null: all are on their way, or answered and not looked at.
 */
struct pn_ring_entry *pn_ring_next(struct pn_ring *ring);

/* Give all that were filled to the server. 0, or -PN_GONE. */
int pn_ring_submit(struct pn_ring *ring);

/* The next answer, in the order of the requests; null: not yet. */
const struct pn_ring_entry *pn_ring_answer(struct pn_ring *ring);

/* Wait until there is one. 1; 0: nothing is on its way; -PN_GONE. */
int pn_ring_wait(struct pn_ring *ring);

/* --- the server's side, beside pn_serve --- */

#define PN_RINGS     8     /* clients with a ring at a time */
#define PN_RING_BITS 0x1ff /* of the server's notification mask */

/* struct pn_server's `window`, the handler of PN_RING_OPEN, and what its
 * `notified` calls with the bits. A handler that says PN_LATER is PN_BUSY. */
L4_Fpage_t pn_ring_window(void);
int pn_ring_attach(struct pn_call *c);
void pn_ring_work(const struct pn_server *server, L4_Word_t bits);

#ifdef __cplusplus
}
#endif
