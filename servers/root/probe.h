/*
 * probe.h - how long a server takes to answer, in cycles.
 *
 * A thread of its own asks: with a request that waits for ever, as any client's
 * and as the kernel's fast path wants it, but it itself is removed if that
 * takes too long. The request is PN_LABEL_ALIVE (pn/server.h), with words for
 * ballast, to which servers answer without doing anything; so what is measured
 * is two IPCs and the server's loop. The client's space is the root server's, a
 * large one.
 */
#pragma once

#include <l4/types.h>

#define PROBE_SAMPLES  25
#define PROBE_REQUESTS 16 /* of a sample */

struct probe {
    /* Cycles of a request and its answer, over samples. */
    L4_Word_t least, median, most;
};

/* Reserve what it needs, for the supervisor. */
void probe_make(void);

/* What counts the cycles: p5, qemu, bochs, or another name; as who started the
 * machine knows. */
void probe_clock(const char *name);

/* The same for people. */
const char *probe_clock_name(void);

/* Measure, for the monitor. 1; 0: the server does not answer. */
int probe_run(L4_ThreadId_t server, unsigned words, struct probe *result);
