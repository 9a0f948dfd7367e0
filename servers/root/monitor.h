/*
 * monitor.h - the prompt, in a thread of its own; shell.h is what can be said
 * there.
 *
 * The monitor only reads the table of programs. What changes a program it asks
 * of the supervisor, the first thread (orders.h), in one message: MR1 = a
 * request below, MR2 = what it is about, MR3 = how to place it (enum
 * command_size); the answer's MR1 is 0 if it was not done.
 */
#pragma once

#include "command.h"

#include <l4/types.h>

struct program;

enum monitor_request {
    /* about the program of this index: 1 if done */
    MONITOR_KILL,
    MONITOR_START,
    MONITOR_PLACE,
    MONITOR_MOVE,
    /* about nothing: the largest hole */
    MONITOR_COMPACT,
    /* about 2^n bytes: their address */
    MONITOR_MEMORY,
    /* about a struct run (run.h) at this address: its memory is not needed; it
     * shall run: 1 if it does */
    MONITOR_MEMORY_BACK,
    MONITOR_RUN
};

/* Create and start the monitor's thread; 1 if it runs. */
int monitor_start(void);


/* --- for the monitor's own thread --- */

/* What the supervisor answers; 0 if it does not. */
L4_Word_t monitor_ask(enum monitor_request what, L4_Word_t subject,
                      enum command_size size);

/* Have the supervisor do it to a program, if there is one, and say how it went:
 * "NAME is BECAME". 1 if done. */
int monitor_say(struct program *p, enum monitor_request what,
                enum command_size size, const char *became);
