/*
 * pn/console.h - the console driver's protocol (servers/console), and stubs.
 *
 * All are calls: a message with one of the labels, and its answer, which has
 * label 0 and as many words as are named here. Anything else that is sent gets
 * an empty answer; so does a read when too many wait already.
 *
 *   label   request                      answer
 *   WRITE   MR1 = n, MR2.. = n bytes     MR1 = n, when the driver has them
 *   READ    MR1 = most bytes wanted      MR1 = n, MR2.. = n bytes, when there
 *                                        is one; MR1 = 0: the queue is full
 *   POLL    the same                     the same at once, n may be 0
 *   FLUSH   -                            empty but for MR1 = 1, when all that
 *                                        was written has left
 *   INFO    -                            struct pn_console_info
 *
 * Bytes are packed four to a word, at most PN_CONSOLE_BYTES. Output goes to line
 * and screen: a line feed gets a carriage return before it, bytes of one message
 * stay together. Input: as it comes by line or keyboard, without echo. Several
 * readers get it in the order in which they asked. A reader that has stopped
 * waiting costs nothing: what it would have got goes to the next.
 */
#pragma once

#include <stddef.h>
#include <l4/ipc.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_CONSOLE_NAME  "console" /* the program, to pn_find */
#define PN_CONSOLE_BYTES 240       /* in one message */

enum pn_console_label {
    PN_CONSOLE_WRITE = 0x0c01,
    PN_CONSOLE_READ,
    PN_CONSOLE_POLL,
    PN_CONSOLE_FLUSH,
    PN_CONSOLE_INFO
};

/* Since the driver began; they wrap around. */
struct pn_console_info {
    L4_Word_t interrupts; /* messages from its lines */
    L4_Word_t received;   /* bytes, by line and keyboard */
    L4_Word_t sent;       /* by the line */
    L4_Word_t lost;       /* times that bytes came faster than they were read */
};

#define PN_CONSOLE_INFO_WORDS 4

/* Each returns 1, or the number of bytes; 0 if the driver is no more, may not be
 * asked, or, but for a read, if pn_patience_ms (pn/server.h) are over. */
L4_Word_t pn_console_write(L4_ThreadId_t driver, const char *text, size_t n);
L4_Word_t pn_console_write_timeout(L4_ThreadId_t driver, const char *text,
                                   size_t n, L4_Time_t patience);
L4_Word_t pn_console_read(L4_ThreadId_t driver, char *buffer, size_t size);
L4_Word_t pn_console_poll(L4_ThreadId_t driver, char *buffer, size_t size);
L4_Word_t pn_console_flush(L4_ThreadId_t driver);
L4_Word_t pn_console_info(L4_ThreadId_t driver, struct pn_console_info *info);

/* For who answers: where the bytes are, of a request or an answer. */
L4_INLINE char *pn_console_text(void)
{
    return (char *)(l4_utcb() + 2);
}

/* For who answers: a WRITE with this tag is in the MRs. Returns 1, and its number
 * of bytes; 0 if they are too many, or fewer than it says. */
L4_INLINE int pn_console_written(L4_MsgTag_t tag, L4_Word_t *n)
{
    L4_Word_t words = L4_UntypedWords(tag);

    *n = words > 0 ? l4_utcb()[1] : 0;
    return words > 0 && *n <= PN_CONSOLE_BYTES && 1 + (*n + 3) / 4 <= words;
}

/* Show the prompt and read a line, with editing and echo (pn/line.h), into
 * `text`, which has room for `size` bytes and gets a NUL behind them. Returns 1,
 * or 0 as above. */
L4_Word_t pn_console_line(L4_ThreadId_t driver, const char *prompt, char *text,
                          size_t size);

#ifdef __cplusplus
}
#endif
