/*
 * scribe.h - the thread that prints: for the programs, the shell and the
 * supervisor, by the console's driver if that runs, else by the kernel.
 *
 * The kernel prints with interrupts off, a millisecond for every 11 characters
 * of the line, while what is typed is lost, and not on the driver's screen. The
 * supervisor, though, must not wait for the driver, whose pager it is. So there
 * is a thread that may.
 *
 * Programs send it what they would send the driver (PN_CONSOLE_WRITE, whatever
 * their `talk` says), and wait until the driver has it. The supervisor puts text
 * into a queue, and goes on. What is printed stays in this order; who prints in
 * the middle of another's line begins one of his own, and what was typed at the
 * prompt stands there again before more is.
 */
#pragma once

#include <stddef.h>
#include <l4/types.h>

/* Make the thread, for the supervisor; 1 if it runs. Without it all is printed
 * by the kernel. */
int scribe_start(void);

/* Who it is; nil if it does not run. */
L4_ThreadId_t scribe_thread(void);

/* From now on by this driver. */
void scribe_open(L4_ThreadId_t driver);

/* The driver; nil: it is the kernel. */
L4_ThreadId_t scribe_driver(void);

/* Print, for the supervisor: it does not wait. There is a NUL behind the text. */
void scribe_queue(const char *text, size_t n);

/* Print, for the other threads; they wait. */
void scribe_print(const char *text, size_t n);

/* For them: all that the supervisor has said by now is printed. The driver that
 * the caller knew does not answer; if it is `patient`, and the driver is to be
 * started again, it stays the driver for now. Returns what scribe_driver() does
 * from now on. */
L4_ThreadId_t scribe_look(L4_ThreadId_t known, int patient);

/* End the machine with that status, as soon as all that was printed is out; for
 * the supervisor, which has to serve until then. */
void scribe_end(L4_Word_t status);
