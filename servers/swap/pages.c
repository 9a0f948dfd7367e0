/*
 * pages.c - frames, slots and victims (pages.h).
 */
#include "pages.h"

#include <pn/libc.h>

#define FAILURES 4 /* a disk may take seconds for each */

struct pages_client *pages_client(struct pages *p, uint32_t thread)
{
    for (unsigned i = 0; i < PAGES_CLIENTS; i++)
        if (p->client[i].thread == thread)
            return &p->client[i];
    return NULL;
}

/* First fit: behind whoever is in the way. */
static int find_slots(const struct pages *p, uint32_t count, uint32_t *slot)
{
    uint32_t at = 0;

    for (unsigned i = 0; i < PAGES_CLIENTS; i++) {
        const struct pages_client *c = &p->client[i];

        if (c->thread == 0 || c->slot >= at + count || at >= c->slot + c->count)
            continue;
        at = c->slot + c->count;
        if (at > p->slots || count > p->slots - at)
            return 0;
        i = (unsigned)-1;
    }
    *slot = at;
    return count <= p->slots;
}

int pages_open(struct pages *p, uint32_t thread, uint32_t low, uint32_t count,
               uint16_t *table)
{
    struct pages_client *c = pages_client(p, 0);
    uint32_t slot;

    if (!c || count > p->free_slots || !find_slots(p, count, &slot))
        return PAGES_FULL;
    *c = (struct pages_client){thread, low, count, slot, table};
    p->free_slots -= count;
    p->clients++;
    return 0;
}

static void release(struct pages *p, uint32_t frame)
{
    p->frame[frame] = (struct pages_frame){.client = 0};
    p->free_frames++;
}

uint16_t *pages_close(struct pages *p, struct pages_client *client)
{
    unsigned number = (unsigned)(client - p->client) + 1;

    for (uint32_t i = 0; i < p->frames; i++)
        if (p->frame[i].client == number) {
            (void)p->status(i, 1);
            release(p, i);
        }
    p->free_slots += client->count;
    p->clients--;
    client->thread = 0;
    return client->page;
}

static uint16_t *page_of(struct pages *p, const struct pages_frame *f)
{
    return &p->client[f->client - 1].page[f->page];
}

/* Has the hand to go on? */
static int is_in_use(struct pages *p, uint32_t frame)
{
    struct pages_frame *f = &p->frame[frame];
    unsigned status = p->status(frame, 0), fresh = f->fresh;

    f->dirty |= (status & PAGES_WRITTEN) != 0;
    f->fresh = 0;
    return fresh || (status & PAGES_REFERENCED) != 0;
}

/* Take a frame from its page, which stays if it cannot be written. */
static int evict(struct pages *p, uint32_t frame, int *failures)
{
    struct pages_frame *f = &p->frame[frame];

    f->dirty |= (p->status(frame, 1) & PAGES_WRITTEN) != 0;
    if (f->dirty) {
        if (*failures == FAILURES)
            return 0;
        if (p->write(p->client[f->client - 1].slot + f->page, frame) != 0) {
            ++*failures;
            f->fresh = 1; /* the others first */
            return 0;
        }
        p->writes++;
        *page_of(p, f) |= PAGES_STORED;
    }
    *page_of(p, f) &= PAGES_STORED;
    release(p, frame);
    return 1;
}

static uint32_t step(struct pages *p)
{
    uint32_t frame = p->hand;

    p->hand = frame + 1 < p->frames ? frame + 1 : 0;
    return frame;
}

/* Twice round the frames everybody gets a chance; the third time it is over.
 * When some writes have failed, only what need not be written goes. */
static int find_frame(struct pages *p)
{
    int failures = 0;

    for (uint32_t n = 0; n < 3 * p->frames; n++) {
        uint32_t frame = step(p);

        if (p->frame[frame].client == 0)
            return (int)frame;
        if (p->free_frames > 0 || (n < 2 * p->frames && is_in_use(p, frame)))
            continue;
        if (evict(p, frame, &failures))
            return (int)frame;
    }
    return PAGES_STUCK;
}

int pages_get(struct pages *p, struct pages_client *client, uint32_t page)
{
    uint16_t *state = &client->page[page];
    struct pages_frame *f;
    int frame;

    if ((*state & ~PAGES_STORED) != 0)
        return (int)(*state & ~PAGES_STORED) - 1;
    frame = find_frame(p);
    if (frame < 0)
        return frame;
    f = &p->frame[frame];
    if ((*state & PAGES_STORED) == 0)
        p->zero((uint32_t)frame);
    else if (p->read(client->slot + page, (uint32_t)frame) != 0)
        return PAGES_LOST;
    else
        p->reads++;
    *f = (struct pages_frame){
        .client = (uint16_t)(client - p->client + 1), .fresh = 1, .page = page};
    p->free_frames--;
    *state |= (uint16_t)(frame + 1);
    return frame;
}
