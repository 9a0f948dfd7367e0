/*
 * monitor.h - the commands at the prompt, in a thread of their own.
 *
 * The monitor only reads the table of programs. What changes a program it asks
 * of the supervisor, the first thread, in one message: MR1 = a request below,
 * MR2 = index of the program; the answer's MR1 is 1 if it was done.
 */
#pragma once

enum monitor_request { MONITOR_KILL, MONITOR_SMALL, MONITOR_LARGE };

/* Create and start the monitor's thread; 1 if it runs. */
int monitor_start(void);
