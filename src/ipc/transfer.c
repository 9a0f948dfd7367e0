/*
 * ipc/transfer.c - copying a message, whatever it is and whoever takes it.
 *
 * Layer 5.  A message is a tag and up to 63 words.  A system call's stands in
 * the sender's UTCB; the kernel's own (faults) are made from the control
 * block when they are taken.  A receiver is a system call too, or a thread
 * that faulted or was born and takes what it needs without its UTCB noticing
 * (IPC-3).
 *
 * A UTCB is writable by its owner, so the tag is read once, here, and every
 * count is checked against the 64 registers there are.
 */
#include "ipc/transfer.h"

#include <pinenut/x2.h>

#include "ipc/ipc.h"
#include "kern/string.h"
#include "kern/clock.h"
#include "kern/x86.h"
#include "mm/map.h"
#include "mm/space.h"

/* --- the kernel's own messages -------------------------------------------- */

static void
page_fault_message(const struct thread *t, uint32_t *mr)
{
    mr[0] = t->fault[0];
    mr[1] = t->fault[1];
    mr[2] = t->transfer == TRANSFER_RECEIVER ? ~0u : t->frame.eip;
}

/* X.2 "Preemption Protocol": when it was. */
static void
preemption_message(uint32_t *mr)
{
    uint64_t now = clock_now();

    mr[0] = X2_TAG_PREEMPTION;
    mr[1] = (uint32_t)now;
    mr[2] = (uint32_t)(now >> 32);
}

/*
 * X.2 IA-32 "Exception Message Format", from MR1 on: which word of the control
 * block each is.
 */
#define WORD(field) (offsetof(struct thread, field) / 4)
static const uint8_t exception_words[X2_EXCEPTION_WORDS] = {
    WORD(frame.eip), WORD(frame.eflags), WORD(fault[0]),  WORD(fault[1]),
    WORD(regs.edi),  WORD(regs.esi),     WORD(regs.ebp),  WORD(frame.esp),
    WORD(regs.ebx),  WORD(regs.edx),     WORD(regs.ecx),  WORD(regs.eax),
};

static void
exception_message(const struct thread *t, uint32_t *mr)
{
    *mr++ = X2_TAG_EXCEPTION;
    for (uint32_t i = 0; i < X2_EXCEPTION_WORDS; i++)
        *mr++ = ((const uint32_t *)t)[exception_words[i]];
}

/*
 * The answer: the same layout, as many words as there are.  Number and code go
 * back, too: PN_LIMIT_REFUSED, perhaps.
 */
static void
exception_reply(struct thread *t, const uint32_t *mr, uint32_t words)
{
    for (uint32_t i = 0; i < min_u32(words, X2_EXCEPTION_WORDS); i++)
        ((uint32_t *)t)[exception_words[i]] = *++mr;
    if (words >= 2) /* R3: IF on, IOPL 0, no NT, VM, RF, whatever was asked */
        t->frame.eflags = (t->frame.eflags & EFLAGS_USER) | EFLAGS_IF
            | EFLAGS_ONE;
}

/* --- typed items ---------------------------------------------------------- */

static uint32_t
map_item(struct thread *s, struct thread *r, const uint32_t *item,
         uint32_t window)
{
    bool grant = (item[0] & X2_ITEM_TYPE) == X2_ITEM_GRANT;

    for (;;) {
        switch (map_fpage(s->space, r->space, item[0], item[1], window, grant,
                          &s->progress)) {
        case MAP_OK:
            return 0;
        case MAP_NO_MEMORY:
            return X2_IPC_OVERFLOW;
        case MAP_BEYOND_LIMIT: /* the mapping acts as an access there */
            if (!space_make_large(r->space))
                return X2_IPC_OVERFLOW;
            space_finish();
        }
    }
}

static bool
is_map_or_grant(uint32_t word)
{
    uint32_t type = word & X2_ITEM_TYPE;

    return type == X2_ITEM_MAP || type == X2_ITEM_GRANT;
}

/*
 * Items i .. last of a message.  Who faulted has room for any page, or any
 * port, at its place, and its UTCB does not change.  A string item is a matter
 * of its own.
 */
static uint32_t
typed_items(struct thread *s, struct thread *r, const uint32_t *mr, uint32_t i,
            uint32_t last)
{
    uint32_t window = r->fault[0] == X2_TAG_IO_FAULT ? X2_FPAGE_IO_COMPLETE
                                                     : X2_FPAGE_COMPLETE;
    uint32_t *to = NULL;

    if (last >= X2_MRS)
        return X2_IPC_OVERFLOW;
    i += s->progress.item; /* 0, or words of items that are done */
    if (r->kind == IPC_PLAIN) {
        to = r->utcb;
        window = to[X2_UTCB_BR0] & X2_ACCEPT_WINDOW;
    }
    while (i <= last) {
        uint32_t item[2] = {mr[i], i < last ? mr[i + 1] : 0};
        uint32_t error;

        if ((item[0] & X2_ITEM_STRING) == 0 && to != NULL) {
            s->strings.from.at = (uint8_t)i;
            s->strings.last = (uint8_t)last;
            return MESSAGE_IS_LONG;
        }
        if (i == last || !is_map_or_grant(item[0]) || window == 0)
            return X2_IPC_OVERFLOW;
        error = map_item(s, r, item, window);
        if (error != 0)
            return error;
        if (to != NULL) {
            to[i] = item[0];
            to[i + 1] = item[1];
        }
        i += 2;
        s->progress.item += 2;
    }
    return 0;
}

/* IPC-8: from the beginning, or from where the interruption came. */
static uint32_t
give_items(struct thread *s, struct thread *r, const uint32_t *mr, uint32_t i,
           uint32_t last)
{
    uint32_t error;

    if (i > last)
        return 0;
    thread_cool(r);
    if (r->partner != s)
        restart_end(s);
    r->partner = s;
    s->restart = ipc_syscall;
    error = typed_items(s, r, mr, i, last);
    restart_end(s);
    return error;
}

uint32_t
message_items(struct thread *s, struct thread *r, uint32_t i)
{
    return typed_items(s, r, s->utcb, i, s->strings.last);
}

/* --- the transfer --------------------------------------------------------- */

uint32_t
message_transfer(struct thread *s, struct thread *r)
{
    uint32_t room[X2_EXCEPTION_WORDS + 1];
    const uint32_t *mr = s->utcb;
    uint32_t tag, words, last;

    if (s->kind == IPC_PAGE_FAULT)
        page_fault_message(s, room);
    else if (s->kind == IPC_EXCEPTION)
        exception_message(s, room);
    else if (s->kind == IPC_PREEMPTION)
        preemption_message(room);
    else
        room[0] = X2_TAG_INTERRUPT;
    if (s->kind != IPC_PLAIN)
        mr = room;
    tag = mr[0] & ~X2_TAG_FLAGS;
    words = tag & X2_TAG_U;
    last = words + ((tag & X2_TAG_T) >> X2_TAG_T_SHIFT);
    switch ((enum ipc_kind)r->kind) {
    case IPC_PLAIN:
        r->regs.esi = tag;
        copy_words(&r->utcb[1], &mr[1], words);
        return give_items(s, r, mr, words + 1, last);
    case IPC_PAGE_FAULT:
        return give_items(s, r, mr, words + 1, last);
    case IPC_EXCEPTION:
        exception_reply(r, mr, words);
        break;
    case IPC_START:
        if (words == 2)
            thread_set_start(r, mr[1], mr[2]);
        break;
    case IPC_PREEMPTION:
    case IPC_INTERRUPT:
        break;
    }
    return (tag & X2_TAG_T) != 0 ? X2_IPC_OVERFLOW : 0;
}
