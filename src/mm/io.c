/*
 * mm/io.c - the tree of port ranges.
 *
 * Layer 3.  Everything is a walk over the whole list, which is short: drivers
 * are few, and so are records.
 */
#include "mm/io.h"

#include "kern/string.h"
#include "mm/fpage.h"
#include "seg/gdt.h"

enum {
    GRANTS = 256,
    RESERVE = 64, /* for dividing: maps leave them alone */
};

#define NOBODY (~0u) /* deeper than any record */

struct grant {
    struct grant *next;
    struct space *space;
    uint16_t first, last;
    uint32_t depth;
};

static struct grant records[GRANTS];
static struct grant *unused;
static uint32_t unused_count;

static struct grant *ports; /* sigma0's record, and all others behind it */
static const struct space *shown;
static uint32_t shown_from, shown_to; /* the open bytes are among these */

static void
record_free(struct grant *g)
{
    g->next = unused;
    unused = g;
    unused_count++;
}

static struct grant *
record_new(const struct grant *from)
{
    struct grant *g = unused;

    assert(g != NULL);
    unused = g->next;
    unused_count--;
    *g = *from;
    return g;
}

/* --- the bitmap ------------------------------------------------------------ */

static void
hide(void)
{
    if (shown_from <= shown_to)
        memset(port_bitmap + shown_from, 0xff, shown_to - shown_from + 1);
    shown = NULL;
    shown_from = IO_MAP_BYTES;
    shown_to = 0;
}

INIT void
io_init(struct space *sigma0)
{
    shown_to = IO_MAP_BYTES - 1;
    hide();
    for (uint32_t i = 0; i < GRANTS; i++)
        record_free(&records[i]);
    ports = record_new(&(struct grant){NULL, sigma0, 0, IO_PORTS - 1, 0});
}

static void
open_ports(uint32_t first, uint32_t last)
{
    shown_from = min_u32(shown_from, first / 8);
    shown_to = max_u32(shown_to, last / 8);
    while (first <= last) {
        uint32_t bytes = first % 8 == 0 ? (last + 1 - first) / 8 : 0;

        memset(port_bitmap + first / 8, 0, bytes);
        first += bytes * 8;
        if (first <= last)
            port_bitmap[first / 8] &= (uint8_t)~(1u << first % 8);
        first++;
    }
}

bool
io_show(const struct space *s)
{
    if (shown == s)
        return false;
    hide();
    shown = s;
    for (const struct grant *g = ports; g != NULL; g = g->next)
        if (g->space == s)
            open_ports(g->first, g->last);
    return true;
}

/* --- the tree -------------------------------------------------------------- */

/*
 * The link to the record of `s` with `port`, or NULL.  *last, which lies
 * behind, is brought down to the last port of which the same is true.
 */
static struct grant **
find(const struct space *s, uint32_t port, uint32_t *last)
{
    for (struct grant **at = &ports, *g; (g = *at) != NULL; at = &g->next) {
        if (g->space != s || g->last < port)
            continue;
        if (g->first <= port) {
            *last = min_u32(*last, g->last);
            return at;
        }
        *last = min_u32(*last, g->first - 1u);
    }
    return NULL;
}

bool
io_has(const struct space *s, uint32_t first, uint32_t last)
{
    for (uint32_t end; first <= last; first = end + 1) {
        end = last;
        if (find(s, first, &end) == NULL)
            return false;
    }
    return true;
}

/* The record behind *at and all that came from it. */
static struct grant *
subtree_end(struct grant *const *at)
{
    struct grant *g = (*at)->next;

    while (g != NULL && g->depth > (*at)->depth)
        g = g->next;
    return g;
}

/*
 * Divide the record at *at, and what came from it, at `port`: first all that
 * lies below, then all from there on, both in preorder.  Returns the link to
 * the latter, or NULL if records are lacking; then nothing has changed.
 */
static struct grant **
divide(struct grant **at, uint32_t port)
{
    struct grant *end = subtree_end(at), *g, *next;
    struct grant *right = end, **left_end = at, **right_end = &right;
    uint32_t needed = 0;

    for (g = *at; g != end; g = g->next)
        needed += g->first < port && port <= g->last;
    if (needed > unused_count)
        return NULL;
    for (g = *at; g != end; g = next) {
        next = g->next;
        if (g->first >= port) {
            *right_end = g;
            right_end = &g->next;
            continue;
        }
        *left_end = g;
        left_end = &g->next;
        if (port <= g->last) {
            *right_end = record_new(g);
            (*right_end)->first = (uint16_t)port;
            right_end = &(*right_end)->next;
            g->last = (uint16_t)(port - 1);
        }
    }
    *right_end = end;
    *left_end = right;
    return left_end;
}

/* Remove the ports from the record at *at, which has some, and from below. */
static void
cut(struct grant **at, uint32_t first, uint32_t last)
{
    struct grant **from = divide(at, first), **to, *end, *next;

    if (from == NULL)
        from = at;
    to = divide(from, last + 1);
    end = to != NULL ? *to : subtree_end(from);
    for (struct grant *g = *from; g != end; g = next) {
        next = g->next;
        record_free(g);
    }
    *from = end;
}

/* --- what users ask for ---------------------------------------------------- */

struct range {
    uint32_t first, last;
};

/* No ports: first > last. */
static struct range
range_of(uint32_t fpage)
{
    uint32_t log2 = fpage >> X2_FPAGE_IO_LOG2_SHIFT & X2_FPAGE_SIZE_MASK;
    uint32_t first = fpage >> X2_FPAGE_IO_PORT_SHIFT;

    if (!io_is_fpage(fpage) || log2 > 16)
        return (struct range){1, 0};
    return (struct range){first,
                          min_u32(first + (1u << log2), IO_PORTS) - 1};
}

static bool
give(struct grant **at, struct space *to, uint32_t first, uint32_t last,
     bool grant)
{
    struct grant *g;

    if (grant && at != &ports) {
        at = divide(at, first);
        if (at == NULL || divide(at, last + 1) == NULL)
            return false;
        (*at)->space = to;
        return true;
    }
    if (unused_count <= RESERVE)
        return false;
    g = record_new(*at);
    g->space = to;
    g->first = (uint16_t)first;
    g->last = (uint16_t)last;
    g->depth++;
    (*at)->next = g;
    return true;
}

bool
io_map(struct space *from, struct space *to, uint32_t fpage, uint32_t window,
       bool grant)
{
    struct range send = range_of(fpage), w = {0, IO_PORTS - 1};
    uint32_t last;

    if (fpage_decode(window).bits != FPAGE_ALL_BITS)
        w = range_of(window);
    send.last = min_u32(send.last, w.last);
    hide();
    for (uint32_t port = max_u32(send.first, w.first); port <= send.last;
         port = last + 1) {
        struct grant **source;

        last = send.last;
        source = find(from, port, &last);
        if (find(to, port, &last) == NULL && source != NULL
            && !give(source, to, port, last, grant))
            return false;
    }
    return true;
}

void
io_unmap(struct space *s, uint32_t fpage, bool flush)
{
    struct range r = range_of(fpage);
    uint32_t owner = NOBODY; /* depth of the record of `s` that we are below */

    hide();
    for (struct grant **at = &ports, *g; (g = *at) != NULL;) {
        bool below = g->depth > owner;

        if (!below)
            owner = g->space == s ? g->depth : NOBODY;
        if ((below || (flush && g->space == s && at != &ports))
            && g->first <= r.last && r.first <= g->last)
            cut(at, r.first, r.last);
        else
            at = &g->next;
    }
}
