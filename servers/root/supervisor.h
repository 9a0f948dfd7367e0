/*
 * supervisor.h - servers that stop are started again, as the system description
 * wants it.
 *
 * A server stops by ending, by a fault that is not to be resolved, by an
 * exception, by silence, or by the monitor's order. Nothing of it is left then
 * but a heap that it keeps: who called it gets an error, and finds the next one
 * by its name.
 *
 * Silence: a server with a heartbeat is sent PN_LABEL_ALIVE (pn/server.h) four
 * times in that time, without waiting for it to be taken or answered; the
 * answers are messages as others. One that is not received from for longer is
 * hung, be it that it loops, that it waits for somebody else, or that others
 * leave it no time to run.
 */
#pragma once

#include "program.h"

/* Of so many instances the coming and going stands in the log only. */
#define SUPERVISOR_CROWD 20

/* Start it, or again if it runs; its retries are its own again. 1 if it runs
 * now. */
int supervisor_start(struct program *p);

/* Remove it for good; 1 if it is. */
int supervisor_kill(struct program *p);

/* It has ended, with this status. */
void supervisor_end(struct program *p, L4_Word_t status);

/* It can't go on. */
void supervisor_failure(struct program *p, const char *why);

/* It answered. */
void supervisor_heard(struct program *p);

/* Is anything due? Do it; that takes the MRs. */
int supervisor_is_due(void);
void supervisor_work(void);

/* How long until something will be. */
L4_Time_t supervisor_patience(void);
