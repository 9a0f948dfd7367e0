/*
 * pn/program.h - how a program begins and ends.
 *
 * Begin: main(argc, argv) gets the words of the argument line, argv[0] being
 * the program's name. The root server's line comes from the boot information;
 * any other program's starter puts the line somewhere in the program's memory
 * and passes pn_start_sp(address) as the stack pointer of the start message.
 * Without either, argc is 0.
 *
 * Friends: a program knows no thread but its pager; pn_find asks that.
 *
 * End: pn_exit(status) ends the emulator if the caller's space is privileged
 * (the initial servers). Otherwise, and when main() returns in a program that
 * is no initial server, the program's pager gets the message PN_LABEL_END.
 */
#pragma once

#include <l4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Program -> its pager: "I am done", MR1 = status. No answer is expected. */
#define PN_LABEL_END 0x0e0dUL

/* Program -> its pager: "whose name is this?", MR1..MR4 = up to 16 characters,
 * the rest zeros. Answer: MR1 = a global thread id, nil if it knows none. */
#define PN_LABEL_FIND 0x0f1dUL
#define PN_NAME_WORDS 4

/* Program -> its pager, see pn/heap.h: "where is my heap?", MR1 = 0. Answer:
 * MR1 = its first address, MR2 = the address behind it; equal: none. */
#define PN_LABEL_HEAP 0x0a11UL

/* "I need nothing of it from MR1 on." Answer: MR1 = 1, or 0: not now. */
#define PN_LABEL_TRIM 0x0a12UL

/* "Where is the boot module that I may read?" Answer: MR1 = its address, MR2 =
 * bytes; 0 bytes: there is none. */
#define PN_LABEL_DATA 0x0a13UL

/* See pn/device.h. "Where is the device's memory?" MR1 = its physical address,
 * MR2 = bytes. Answer: MR1 = an address, 0: you have not got it. */
#define PN_LABEL_DEVICE 0x0a14UL

/* "Do I have these I/O ports?" MR1 = the first, MR2 = their number. Answer: MR1
 * = 1, or 0. */
#define PN_LABEL_PORTS 0x0a15UL

/* See pn/swap.h: "the faults of so many bytes behind my heap, MR1, are for the
 * program of MR2"; 0 bytes: of none any more. Answer: MR1 = their address, or an
 * enum pn_problem; 0 to 0 bytes. */
#define PN_LABEL_PAGED 0x0a16UL

/* That program -> its pager: "the fault of thread MR1 at MR3, at the instruction
 * of MR4, is not mine", MR2 = 0, "or I cannot resolve it", MR2 = an enum
 * pn_problem. Answer: MR1 = 1: it shall run again; 0: it shall not. */
#define PN_LABEL_PASS 0x0a17UL

/* "Who prints for me?" MR1 = 0. Answer: MR1 = a thread that takes what the
 * console's driver takes, PN_CONSOLE_WRITE (pn/console.h); nil: the kernel. */
#define PN_LABEL_PRINTER 0x0a18UL

#define PN_MAX_ARGS    32  /* argc at most; further words are dropped */
#define PN_ARGS_LENGTH 512 /* argument line at most, NUL included */

/* The stack pointer that tells crt0 about an argument line at `address`, which
 * must be even and writable: crt0 cuts it into words in place. */
L4_INLINE L4_Word_t pn_start_sp(L4_Word_t address)
{
    return address + 1;
}

/* Cut `line` into words at blanks; argv gets at most max - 1 and a null. */
int pn_split(char *line, char **argv, int max);

/* The program's own name, argv[0]; "?" if it was told none. */
const char *pn_name(void);

/* End with a status: 0 is success. */
void pn_exit(L4_Word_t status) __attribute__((noreturn));

/* The program of that name, by the pager's word; nil if there is none, or no
 * answer within a second. */
L4_ThreadId_t pn_find(const char *name);

/* The boot module that the program may read (`data`), by the pager's word; its
 * length in *bytes. Null: it has none. */
const void *pn_data(L4_Word_t *bytes);

/* Never run again. */
void pn_sleep_forever(void) __attribute__((noreturn));

/* Did a root server start it, with an argument line? */
L4_Bool_t pn_is_program(void);

/* What crt0 calls with the initial stack pointer. */
void pn_main(L4_Word_t sp) __attribute__((noreturn));

/* Is the caller the root server's first thread? */
L4_Bool_t pn_is_root(void);

#ifdef __cplusplus
}
#endif
