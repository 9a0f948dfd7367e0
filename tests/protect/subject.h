/*
 * subject.h - a thread under the supervisor's complete control.
 *
 * The supervisor is the test program itself, in the root server's large space.
 * A subject runs in a space of its own, small or large (or in the supervisor's
 * own, to play the first large space). It stops at every exception: its
 * exception handler is the supervisor, and the answer may change all of its
 * registers. So a probe is: write some code (code.h) that ends with UD2, set
 * the registers, go, and see how it came back.
 *
 *     struct code c = subject_code(s);
 *     code_read(&c, FS, 0x5000);
 *     code_end(&c);
 *     event = subject_go(s);
 *
 * A refused access shows in one of two ways. In a small space it is a limit
 * fault: the kernel makes the space large and the access is repeated there, a
 * page fault that the supervisor, being the pager, sees (EV_PAGE_FAULT, with
 * its address). In a large space it is an exception (EV_EXCEPTION).
 *
 * Layout of a subject's space, `pages` pages in all:
 *
 *     0x0000  code; its first 64 bytes are a canary
 *     0x1000  kernel interface page \  the other way round in spaces with an
 *     0x2000  UTCBs                 /  odd number, so local ids differ
 *     last    data: a canary everywhere, but for the subject's mark
 */
#pragma once

#include <l4/types.h>
#include "code.h"

#define PAGE        4096UL
#define CODE_VA     0x100UL
#define TWIN_VA     0x800UL /* code of a second thread of the space */
#define MARK_OFFSET 0x10UL  /* in the data page */
#define FLAGS_START 0x202UL

enum {
    VECTOR_DIVIDE = 0,
    VECTOR_DEBUG = 1,
    VECTOR_OVERFLOW = 4,
    VECTOR_INVALID_OPCODE = 6,
    VECTOR_TSS = 10,
    VECTOR_NOT_PRESENT = 11,
    VECTOR_STACK = 12,
    VECTOR_PROTECTION = 13,
    VECTOR_FPU = 16,
    VECTOR_ALIGNMENT = 17,
};

/* MR1..MR12 of an exception message (X.2 IA-32). */
struct frame {
    L4_Word_t eip, eflags, vector, error;
    L4_Word_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
};

enum event {
    EV_NONE,       /* it still runs, or waits for something else */
    EV_END,        /* it reached a UD2 in its code page */
    EV_EXCEPTION,  /* `frame` tells which */
    EV_PAGE_FAULT, /* `fault_*` tell where */
    EV_PORT_FAULT, /* fault_address is the I/O fpage, fault_ip who wanted it */
    EV_MESSAGE,    /* it sent the supervisor a message: MRs */
};

struct mapping {
    L4_Word_t va;
    char *frame; /* page of the supervisor's */
    L4_Word_t rights;
};

#define MAPPINGS 8

struct subject {
    L4_ThreadId_t tid;
    unsigned number; /* of its space: mark, layout */
    L4_Word_t kip, utcb, pages;
    L4_Word_t control; /* SpaceControl's word that makes it small, 0 = large */
    uint8_t *code;     /* the code page as the supervisor sees it */
    L4_Word_t code_va, stack;
    struct mapping mapping[MAPPINGS];
    struct frame frame;
    L4_Word_t fault_address, fault_ip, fault_write;
    enum event event;
};

/* Mark of a space: what its own data page says at MARK_OFFSET. */
L4_Word_t subject_mark(const struct subject *s);
/* Address of the data page. */
L4_Word_t subject_data(const struct subject *s);
/* The data page as the supervisor sees it. */
char *subject_data_page(const struct subject *s);
/* Bytes the space has while it is small. */
L4_Word_t subject_size(const struct subject *s);

/*
 * Make subject `number` (0..15, own pages each) with `pages` pages. `control`
 * is SpaceControl's control word, 0 for a large space. It is started and
 * stands at its first UD2. Ends the test program if the kernel refuses.
 */
void subject_make(struct subject *s, unsigned number, L4_Word_t pages,
                  L4_Word_t control);
/* A second thread in the space of `of`, UTCB slot `slot` (1..7). */
void subject_twin(struct subject *s, const struct subject *of, unsigned slot);
/* The same, but made only: `pager` has to start it. Its faults come here. */
void subject_bear(struct subject *s, const struct subject *of, unsigned slot,
                  L4_ThreadId_t pager);
/* A thread in the supervisor's own space; utcb slots from 1. */
void subject_inside(struct subject *s, unsigned number, unsigned slot);
/* Delete it; with its last thread the space goes, too. */
void subject_kill(struct subject *s);

/* Is its space small at this moment? Make it so again; the place may differ. */
int subject_is_small(const struct subject *s);
void subject_shrink(struct subject *s);
/* Change the control word and apply it; false = refused. */
int subject_place(struct subject *s, L4_Word_t control);

/* An empty piece of code for the subject; EIP, ESP and EFLAGS are set for it.
 */
struct code subject_code(struct subject *s);
/* Let it run until it stops; waits for this subject only, and not longer than
 * `subject_patience` us (200,000 to begin with). */
enum event subject_go(struct subject *s);
extern L4_Word_t subject_patience;
/* The same for one that stands at a UD2: go on behind it. */
enum event subject_go_on(struct subject *s);
/* Let it run, and do not wait. */
void subject_start(struct subject *s);
/* Wait for any of n subjects; NULL = none within the time given. */
struct subject *subject_wait(struct subject *const *list, unsigned n,
                             L4_Word_t us);

/*
 * After EV_PAGE_FAULT: give it the landing page there and let it go on. One
 * landing page serves all; subject_unland() takes it away everywhere.
 */
enum event subject_land(struct subject *s);
void subject_unland(void);
char *landing_page(void);

/*
 * After EV_PORT_FAULT: map it the ports of an I/O fpage, which the supervisor
 * must have, and let the instruction run again. Any other way to go on refuses
 * the ports and skips the instruction, which has to be in the code page.
 */
enum event subject_give_ports(struct subject *s, L4_Word_t fpage);

/* Map one page of the supervisor's, in answer to a page fault. */
enum event subject_answer(struct subject *s, L4_Word_t va, char *frame,
                          L4_Word_t rights);

/* A page of the supervisor's own, zero, never given back. */
char *page_alloc(void);
/* Did the code just run end without any fault? */
int ended(const struct subject *s);
/* Print how the last run ended, as a remark. */
void subject_explain(const struct subject *s);
