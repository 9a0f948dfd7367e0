/*
 * monitor.h - the commands at the prompt, in a thread of their own.
 *
 * The monitor only reads the table of programs. What changes a program it asks
 * of the supervisor, the first thread, in one message: MR1 = a request below,
 * MR2 = index of the program, MR3 = how to place it (enum command_size); the
 * answer's MR1 is 1 if it was done, for MONITOR_COMPACT the largest hole.
 */
#pragma once

#include <l4/types.h>

enum monitor_request {
    MONITOR_KILL,
    MONITOR_START,
    MONITOR_PLACE,
    MONITOR_MOVE,
    MONITOR_COMPACT
};

/* Create and start the monitor's thread; 1 if it runs. */
int monitor_start(void);

/* Its global id. */
L4_ThreadId_t monitor_thread(void);
