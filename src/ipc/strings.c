/*
 * ipc/strings.c - walking strings and buffers, and copying between them.
 *
 * Layer 5.
 */
#include "ipc/strings.h"

#include <pinenut/x2.h>

#include "kern/string.h"
#include "mm/map.h"
#include "mm/ptab.h"

/* A string descriptor: this word, then one pointer for each piece. */
#define PIECES(word) (((word) >> 4 & 31) + 1)
#define LENGTH(word) ((word) >> 10)
#define COMPOUND (1u << 9)   /* another descriptor belongs to the string */
#define MORE_BUFFERS (1u << 0)

#define LAST_BUFFER 32u /* BR32 */

/* A piece of user memory, or of what is left of one. */
struct span {
    vaddr_t at;
    uint32_t bytes;
};

/* Strings lie in message registers, buffers in buffer registers downwards. */
struct words {
    const uint32_t *first;
    int32_t step;
    uint32_t last;
};

static struct words
string_words(const struct thread *s)
{
    return (struct words){s->utcb, 1, s->strings.last};
}

static struct words
buffer_words(const struct thread *r)
{
    return (struct words){r->utcb + X2_UTCB_BR0, -1, LAST_BUFFER};
}

static uint32_t
word(const struct words *w, uint32_t i)
{
    return w->first[(int32_t)i * w->step];
}

/*
 * What is left of the piece that `c` stands in, or of the first one behind it
 * that is not empty.  No bytes: the string ends, or its descriptor does not
 * fit into the registers; `c` then stands in the last descriptor.
 */
static struct span
cursor_span(const struct words *w, struct string_cursor *c)
{
    for (;;) {
        uint32_t d = word(w, c->at);
        uint32_t next = c->at + PIECES(d) + 1;

        if (next > w->last + 1)
            break;
        if (c->piece < PIECES(d)) {
            if (c->offset < LENGTH(d))
                return (struct span){
                    word(w, c->at + 1u + c->piece) + c->offset,
                    LENGTH(d) - c->offset,
                };
            c->piece++;
            c->offset = 0;
        } else {
            if ((d & COMPOUND) == 0 || next > w->last)
                break;
            c->at = (uint8_t)next;
            c->piece = 0;
        }
    }
    return (struct span){0, 0};
}

/* The register behind the descriptor in which `c` stands; 0: malformed. */
static uint32_t
cursor_end(const struct words *w, const struct string_cursor *c)
{
    uint32_t d = word(w, c->at), next = c->at + PIECES(d) + 1;

    return next > w->last + 1 || (d & COMPOUND) != 0 ? 0 : next;
}

static void
cursor_set(struct string_cursor *c, uint32_t at)
{
    *c = (struct string_cursor){.first = (uint8_t)at, .at = (uint8_t)at};
}

/* The next string goes to the next buffer, whatever room the last one had. */
static bool
next_buffer(const struct words *w, struct string_cursor *c)
{
    uint32_t at = 1;

    if (c->at == 0) {
        if ((word(w, 0) & X2_ACCEPT_STRINGS) == 0)
            return false;
    } else {
        if ((word(w, c->first) & MORE_BUFFERS) == 0)
            return false;
        while (cursor_span(w, c).bytes != 0) {
            c->piece++;
            c->offset = 0;
        }
        at = cursor_end(w, c);
        if (at == 0 || at > w->last)
            return false;
    }
    cursor_set(c, at);
    return true;
}

/*
 * The kernel's view of the byte at `va`, as the user itself would reach it: a
 * small space that is too small becomes large or asks its pager, sigma0 owns
 * what it touches, the page is marked as used.  NULL: *status says why not.
 */
static char *
user_byte(struct thread *t, vaddr_t va, bool write, unsigned view,
          enum copy_status *status)
{
    struct space *s = t->space;
    uint32_t need = write ? PTE_P | PTE_W : PTE_P;
    pte_t *entry;

    *status = COPY_CUT;
    if (va >= s->size
        && (va >= USER_TOP || (!s->asks_pager && !space_make_large(s))))
        return NULL;
    for (;;) {
        entry = ptab_find(s, va);
        if (entry != NULL && (*entry & need) == need)
            break;
        if (!s->is_sigma0 || (entry != NULL && (*entry & PTE_P) != 0)) {
            t->fault[1] = va;
            *status = write ? COPY_WRITE_FAULT : COPY_READ_FAULT;
            return NULL;
        }
        if (!sigma0_fault(s, va))
            return NULL;
    }
    *entry |= write ? PTE_STATUS : (pte_t)PTE_A;
    return (char *)window_view(ptab_page(*entry, va) & PTE_FRAME, view)
        + (va & PAGE_MASK);
}

enum copy_status
strings_begin(struct thread *s, struct thread *r)
{
    struct words buffers = buffer_words(r);
    uint32_t at = s->strings.from.at;

    cursor_set(&s->strings.from, at);
    r->utcb[at] = s->utcb[at];
    return next_buffer(&buffers, &s->strings.to) ? COPY_MORE : COPY_CUT;
}

static enum copy_status
finish(struct thread *s, struct thread *r, const struct words *w)
{
    struct string_cursor *c = &s->strings.from;
    uint32_t end = cursor_end(w, c);

    if (end == 0)
        return COPY_CUT;
    for (uint32_t i = c->first; i < end; i++)
        r->utcb[i] = s->utcb[i];
    c->at = (uint8_t)end;
    return COPY_DONE;
}

enum copy_status
strings_copy(struct thread *s, struct thread *r)
{
    struct string_transfer *x = &s->strings;
    struct words strings = string_words(s), buffers = buffer_words(r);
    struct span from = cursor_span(&strings, &x->from), to;
    enum copy_status status;
    char *source, *target;
    uint32_t n;

    if (from.bytes == 0)
        return finish(s, r, &strings);
    to = cursor_span(&buffers, &x->to);
    if (to.bytes == 0)
        return COPY_CUT;
    source = user_byte(s, from.at, false, 0, &status);
    if (source == NULL)
        return status;
    target = user_byte(r, to.at, true, 1, &status);
    if (target == NULL)
        return status;
    n = min_u32(min_u32(from.bytes, to.bytes),
                PAGE_SIZE - max_u32(from.at & PAGE_MASK, to.at & PAGE_MASK));
    memcpy(target, source, n);
    x->from.offset += n;
    x->to.offset += n;
    x->bytes += n;
    return COPY_MORE;
}
