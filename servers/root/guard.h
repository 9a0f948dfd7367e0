/*
 * guard.h - servers that may send to some others only (`talk` in the system
 * description).
 *
 * Their spaces have the supervisor as their redirector (X.2): what they send,
 * and what others send them, comes here first, and goes on as if it came from
 * the sender. Those of `talk all` have none, and among themselves nothing of
 * this is on their way.
 *
 * A thread may send a message to those whom its server's list names. Whoever
 * was asked may answer, once, the thread that asked last; an answer that is not
 * waited for is lost, as answers without a timeout are. Anything else is
 * refused: the sender gets PN_LABEL_NO with PN_DENIED, as if the receiver had
 * said so.
 *
 * Words and one string of up to GUARD_STRING bytes pass, no pages. Its pages
 * have to be there on both sides, since nobody can resolve a fault for the
 * supervisor while it copies; <pn/server.h> sees to that.
 *
 * The supervisor waits for nobody: what a receiver does not take at once is
 * kept, one message a thread, and offered again with every message and every
 * millisecond.
 */
#pragma once

#include "program.h"

#include <l4/message.h>

#define GUARD_STRING 8192

/* Get what it takes. Null, or why there are no restricted servers. */
const char *guard_make(void);

/* From now on the program, which must have a space, sends only to whom it may;
 * 1 if done. */
int guard_restrict(const struct program *p);

/* The thread is a new one: nobody was asked by it. */
void guard_forget(L4_ThreadId_t thread);

/* Ahead of every wait: strings may come. */
void guard_accept(void);

/* A redirected message is in the MRs. */
void guard_message(L4_ThreadId_t from, L4_MsgTag_t tag);

/* Offer again what is kept. */
void guard_work(void);

/* Is anything? */
int guard_is_busy(void);
