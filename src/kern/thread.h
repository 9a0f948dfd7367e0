/*
 * kern/thread.h - the thread control block, and the life of a thread.
 *
 * Layer 4.  512 bytes a thread, in an array inside the hot 4 MB page (kern/
 * layout.h); the number finds the block by shift and mask.  A free block is all
 * zero, so its id equals nobody's, and neither does that of a block which the
 * mask found for a number out of range.
 *
 * A trap from user mode pushes its frame straight into the block: TSS.esp0
 * points behind `frame`.  The 128 bytes below the frame are the entry code's
 * scratch; `regs` is their upper end, in PUSHAD's order, and the rest is the end
 * of the block before.  (Thread 0, the clock's line, never runs.)
 *
 * KERN-1  wait != 0 only for a thread that is blocked in a receive that needs
 *         nothing but a sender: no timeout, no halt, no fault, an ordinary
 *         X.2 receive by global id or open.  The fast path asks only this.
 * KERN-2  every runnable thread but the running one is in the ready queue,
 *         and no other thread is (but for a message's receiver, from its
 *         waking to the choice that follows).
 * KERN-3  no_senders: the queue `senders` is empty, and an open receive needs
 *         no other thought either: no notification is pending, and the space
 *         has no redirector (thread_mark_quiet).
 * KERN-4  the selectors in seg_ds_es, seg_fs_gs are the standard ones unless
 *         the thread was interrupted or faulted with others loaded.
 * KERN-5  condition == THREAD_READY for a thread that runs, is in the ready
 *         queue or waits by `wait`: of its four bytes, whatever else is set
 *         says that it is blocked otherwise, or halted.
 * KERN-6  a runnable thread with `restart` set does not go back to user mode:
 *         what it points to is called instead, and once more whenever the
 *         thread is chosen, until it clears the word.
 */
#pragma once

#include <pinenut/x2.h>

#include "kern/base.h"
#include "kern/layout.h"
#include "mm/progress.h"
#include "mm/space.h"

enum thread_state {
    THREAD_FREE = 0,
    THREAD_INACTIVE, /* exists, but was never given a pager */
    THREAD_READY,    /* runnable, unless `wait` or `halted` says otherwise */
    THREAD_SENDING,  /* queued at `partner` */
    THREAD_WAITING,  /* in a receive that `wait` cannot express */
    THREAD_CONSOLE,  /* in a blocking read from the console */
    THREAD_COPYING,  /* its peer carries their message (ipc/long.h) */
};

/* What a blocked thread does with the message it sends and the answer. */
enum ipc_kind {
    IPC_PLAIN = 0, /* the system call */
    IPC_START,     /* waits for its start message (X.2 "Thread Start") */
    IPC_PAGE_FAULT,
    IPC_EXCEPTION,
    IPC_PREEMPTION,
    IPC_INTERRUPT, /* its thread stands for a line (ipc/interrupt.h) */
};

/* As PUSHAD stores them. */
struct user_regs {
    uint32_t edi, esi, ebp, esp_unused, ebx, edx, ecx, eax;
};

/* As the processor pushes it on a trap from ring 3. */
struct user_frame {
    uint32_t eip, cs, eflags, esp, ss;
};

struct link {
    struct thread *next, *prev;
};

/* A place in a string or a buffer of strings (ipc/strings.c). */
struct string_cursor {
    uint8_t first; /* register of its first descriptor */
    uint8_t at;    /* of the one it is in */
    uint8_t piece; /* of that */
    uint8_t spare;
    uint32_t offset; /* bytes into the piece */
};

/* What the sender of a message with strings remembers (ipc/long.c). */
struct string_transfer {
    struct string_cursor from, to;
    uint64_t deadline; /* us, 0 = its clock has not begun to run */
    uint32_t bytes;    /* copied in all */
    uint32_t receive;  /* FromSpecifier of its own receive phase */
    uint32_t origin;   /* propagation */
    uint32_t intended; /* redirection */
    uint8_t last;      /* last register of the message */
    uint8_t begun;     /* the item at from.at */
    uint8_t mapping;   /* the items from there on, of pages */
    uint8_t timeout_is_receivers;
};

enum transfer_role { TRANSFER_NONE, TRANSFER_SENDER, TRANSFER_RECEIVER };

struct thread {
    /* --- the trap frame, and what nearly all code asks for: 128 bytes, so
     * that an instruction names its place by one byte --- */
    struct user_regs regs;
    struct user_frame frame; /* 0x20 */
    uint32_t id;           /* global id, 0 = free or inactive */
    uint32_t wait;         /* KERN-1: 0, X2_ANYTHREAD or a global id */
    struct space *space;   /* 0x3c */
    uint32_t local_id;     /* user address of MR0 */
    uint32_t *utcb;        /* the kernel's alias of MR0 */
    uint32_t no_senders;   /* KERN-3 */
    uint32_t priority;     /* 0..255 */
    uint32_t full_id;      /* the id it has or, inactive, will have */
    union {
        struct {
            uint8_t state; /* enum thread_state */
            uint8_t kind;  /* enum ipc_kind */
            uint8_t halted;
            uint8_t timed; /* among the sleepers */
        };
        uint32_t condition; /* KERN-5: all four in one */
    };
    uint32_t from;      /* receive: X.2 FromSpecifier, resolved to a global
                           id; X2_ANYLOCALTHREAD stays */
    struct thread *senders; /* first of those queued here */
    void (*restart)(struct thread *); /* KERN-6 */
    uint32_t origin;    /* sending for this thread (X.2 propagation), or 0 */
    struct link ready;  /* in the queue of its priority */
    struct link send;   /* in partner->senders */
    uint32_t fault[2];  /* page fault: tag, address; exception: vector, code */

    /* --- the slow path and the scheduler --- */
    uint32_t timeouts;  /* of the system call that blocked it */
    struct thread *partner; /* THREAD_SENDING: queued at this one; WAITING:
                               this one has sent a part, or NULL */
    struct thread *peer;    /* in a transfer: the other party */
    uint32_t intended;      /* sending: redirected, and meant for this id */
    struct link family;  /* in space->first_thread */
    struct link timer;   /* among the sleepers, sorted by wake_at */
    uint64_t wake_at;    /* us; meaningful while `timed` */
    uint32_t number;     /* its place in the array */
    uint32_t scheduler;  /* thread id entitled to Schedule it */
    uint32_t slice;      /* us a round, 0 = unlimited */
    uint32_t slice_left;
    uint32_t quantum_left;  /* us, 0 = unlimited */
    uint32_t seg_ds_es;     /* selectors to resume with: ds | es << 16 */
    uint32_t seg_fs_gs;
    uint32_t utcb_location; /* lowest address of the block; ~0 = none yet */
    struct string_transfer strings;
    struct progress progress; /* of `restart` */
    uint8_t fpu[108];  /* FNSAVE image, valid if fpu_used */
    uint8_t fpu_used;
    uint8_t transfer;  /* enum transfer_role: in a long message with `peer` */
    uint8_t sensitive; /* priorities up to this one it may delay, ... */
    uint8_t delaying;  /* ... as it does now, or has not been told on since */
    uint32_t delay;    /* us in all between two ThreadSwitches */
    uint32_t delay_left;
    uint32_t ticks; /* of the clock that found it running */
    uint8_t spare[0x1a0 - 0x180];
    uint8_t scratch[0x60]; /* the next block's, with its `regs` 128 bytes */
};
#ifndef PINENUT_HOST
static_assert(sizeof(struct thread) == TCB_SIZE, "found by shift and mask");
static_assert(offsetof(struct thread, regs) == 0, "entry code");
static_assert(offsetof(struct thread, frame) == 0x20, "TSS.esp0");
static_assert(offsetof(struct thread, fault) == 0x78, "within one byte's reach");
static_assert(offsetof(struct thread, scratch) == TCB_SIZE - 0x60, "no gap");
#endif

#define THREAD_FRAME_END (offsetof(struct thread, frame) + sizeof(struct user_frame))

extern struct thread *current;    /* whoever entered the kernel; NULL: idle */
extern struct thread tcb_array[]; /* 2^thread_bits blocks (kern/kernel.ld) */
extern uint32_t thread_bits;      /* ThreadInfo.t, a boot option */
extern uint32_t thread_mask;      /* of a block's distance from the first */
extern uint32_t thread_high;      /* all numbers in use are below this */

/* The array's memory is there: every block becomes free. */
void thread_init(uint32_t bits);

/* The block of a number, or NULL if the number is out of range. */
static inline struct thread *
thread_by_number(uint32_t number)
{
    return number >> thread_bits == 0 ? &tcb_array[number] : NULL;
}

/*
 * Where a thread of this global id would be.  A number that is out of range
 * leads to somebody else, whose id differs.
 */
static inline struct thread *
thread_place(uint32_t id)
{
    uint32_t offset = X2_THREAD_NO(id) << TCB_BITS & thread_mask;

    return (struct thread *)(void *)((char *)tcb_array + offset);
}

/* The thread with exactly this global id, active or not; else NULL. */
struct thread *thread_by_id(uint32_t id);
/* The same for an id as a user of `space` writes it, local ids included. */
struct thread *thread_resolve(const struct space *space, uint32_t id);
/* The same, if it is active: inactive threads are nobody's partners. */
struct thread *thread_partner(const struct space *space, uint32_t id);

INLINE bool
thread_runnable(const struct thread *t)
{
    return t->wait == 0 && t->condition == THREAD_READY;
}

/* KERN-3, after any of what it names has changed. */
void thread_mark_quiet(struct thread *t);
/* Blocked in any IPC receive, hot or cold. */
bool thread_receiving(const struct thread *t);
/* Make the fast path leave `t` alone: move a hot wait to its cold form. */
void thread_cool(struct thread *t);

/* Enter `t` in its space's list of threads, and take it out. */
void thread_join(struct thread *t, struct space *s);
void thread_leave(struct thread *t);
/* Give the block back to the array: all zero. */
void thread_free(struct thread *t);

/* A long call is over: nothing is to be called again or remembered. */
void restart_end(struct thread *t);

/* Standard registers for a first run at ip, sp. */
void thread_set_start(struct thread *t, uint32_t ip, uint32_t sp);
