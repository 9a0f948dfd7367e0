/*
 * console.h - the monitor's console: the driver's, if the driver runs, else the
 * kernel's. For the monitor's thread alone.
 *
 * The supervisor prints by the kernel always, for it is the driver's pager and
 * must not wait for it.
 */
#pragma once

/* From now on all that is printed is kept for the command `log`, but what the
 * monitor prints. For the supervisor, at first. */
void console_begin(void);

/* Say which it is; what the calling thread prints goes there from now on. */
void console_open(void);

/* The next character; waits for it. */
char console_read(void);

/* Is there one that it would return at once? */
int console_typed(void);

/* Was Ctrl-C typed? Then that, and all ahead of it, is forgotten. Other keys
 * are kept. For commands that take long. */
int console_interrupted(void);

/* Let nothing be on its way in the driver: all that was printed is out, all
 * that was typed is here. Before something happens to the driver. */
void console_settle(void);

/* Something may have happened to it: say so if it is gone. */
void console_check(void);

/* One line on the driver; none if there is no driver. */
void console_info(void);
