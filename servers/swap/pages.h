/*
 * pages.h - which pages of whom are in which frames, and which go to the store
 * when a frame is needed. Pure; the host tests run it against a model, with a
 * disk that fails.
 *
 * A client has a run of pages, and a run of slots of the store, as many: a page
 * has its slot for good, so nothing is promised that there is no room for. The
 * victim is found by second chance: a hand goes round the frames, and takes the
 * first whose page was not referenced since it came by. Only what was written
 * to goes to the store. A page whose slot cannot be written stays in memory,
 * and another one goes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PAGES_CLIENTS    32
#define PAGES_FRAMES_MIN 8 /* an instruction may need four pages at once */
#define PAGES_FRAMES_MAX 0x7fff

/* status() */
#define PAGES_REFERENCED 1u
#define PAGES_WRITTEN    2u

enum pages_error {
    PAGES_FULL =
        -1, /* the store has no such run, or there are too many clients */
    PAGES_LOST = -2,  /* the page cannot be read */
    PAGES_STUCK = -3, /* no page can go */
};

struct pages_frame {
    uint16_t client; /* its index + 1; 0: free */
    uint8_t dirty;   /* its page is not in the store as it is here */
    uint8_t fresh;   /* the hand did not come by yet */
    uint32_t page;
};

struct pages_client {
    uint32_t thread; /* 0: free */
    uint32_t low;    /* address of its first page */
    uint32_t count;
    uint32_t slot;  /* of its first page */
    uint16_t *page; /* by its number: PAGES_STORED, and its frame + 1 */
};

#define PAGES_STORED 0x8000u /* the slot has it */

struct pages {
    struct pages_client client[PAGES_CLIENTS];
    struct pages_frame *frame; /* zeroed at first */
    uint32_t frames, free_frames, hand;
    uint32_t slots, free_slots;
    uint32_t reads, writes, clients;

    /* What its client did with a frame since the last time; and, if `revoke`,
     * the client has it no more. */
    unsigned (*status)(uint32_t frame, int revoke);
    /* 0, or -1 */
    int (*read)(uint32_t slot, uint32_t frame);
    int (*write)(uint32_t slot, uint32_t frame);
    void (*zero)(uint32_t frame);
};

struct pages_client *pages_client(struct pages *p, uint32_t thread);

/* A new client, with a zeroed table of so many pages. 0 or PAGES_FULL. */
int pages_open(struct pages *p, uint32_t thread, uint32_t low, uint32_t count,
               uint16_t *table);

/* It has nothing any more; returns its table. */
uint16_t *pages_close(struct pages *p, struct pages_client *client);

/* The frame of a page, which it may be brought to; or an enum pages_error, and
 * nothing is lost but, in this case, perhaps that page. */
int pages_get(struct pages *p, struct pages_client *client, uint32_t page);
