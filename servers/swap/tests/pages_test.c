/*
 * pages_test.c - clients that read and write their pages at random, against a
 * model of what must be there; on a disk that is fine, and on one that fails.
 */
#include "check.h"

#include "pages.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES = 10, SLOTS = 100, CLIENTS = 4, MOST = 40, ROUNDS = 200000 };

static struct pages pages;
static struct pages_frame frames[FRAMES];
static uint32_t frame_holds[FRAMES]; /* the page's contents, one word */
static unsigned frame_status[FRAMES];
static int frame_is_mapped[FRAMES];
static uint32_t disk[SLOTS];
static int bad_write[SLOTS], bad_read[SLOTS];

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static unsigned status(uint32_t frame, int revoke)
{
    unsigned now = frame_status[frame];

    frame_status[frame] = 0;
    if (revoke)
        frame_is_mapped[frame] = 0;
    return now;
}

static int read_slot(uint32_t slot, uint32_t frame)
{
    frame_holds[frame] = ~0u; /* also if it fails */
    if (bad_read[slot])
        return -1;
    frame_holds[frame] = disk[slot];
    return 0;
}

static int write_slot(uint32_t slot, uint32_t frame)
{
    if (frame_is_mapped[frame])
        return -1; /* it could change meanwhile */
    if (bad_write[slot])
        return -1;
    disk[slot] = frame_holds[frame];
    return 0;
}

static void zero(uint32_t frame)
{
    frame_holds[frame] = 0;
}

static struct client {
    uint32_t thread, pages;
    uint16_t table[MOST];
    uint32_t holds[MOST]; /* the model */
    int frame[MOST];      /* that the client has, -1: none */
} clients[CLIENTS];

static void begin(uint32_t slots)
{
    memset(clients, 0, sizeof clients);
    memset(frames, 0, sizeof frames);
    memset(frame_is_mapped, 0, sizeof frame_is_mapped);
    memset(frame_status, 0, sizeof frame_status);
    memset(bad_write, 0, sizeof bad_write);
    memset(bad_read, 0, sizeof bad_read);
    memset(disk, 0xff, sizeof disk);
    pages = (struct pages){.frame = frames,
                           .frames = FRAMES,
                           .free_frames = FRAMES,
                           .slots = slots,
                           .free_slots = slots,
                           .status = status,
                           .read = read_slot,
                           .write = write_slot,
                           .zero = zero};
}

static int open_one(struct client *c, uint32_t count)
{
    static uint32_t last;
    int error;

    memset(c, 0, sizeof *c);
    memset(c->frame, -1, sizeof c->frame);
    error = pages_open(&pages, last + 1, 0, count, c->table);
    if (error == 0) {
        c->thread = ++last;
        c->pages = count;
    }
    return error;
}

static int close_one(struct client *c)
{
    int same = pages_close(&pages, pages_client(&pages, c->thread)) == c->table;

    c->thread = c->pages = 0;
    return same;
}

/* Whose the frame was, it has it no more. */
static void map(struct client *c, uint32_t page, int frame)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        for (unsigned n = 0; n < MOST; n++)
            if (clients[i].frame[n] == frame)
                clients[i].frame[n] = -1;
    c->frame[page] = frame;
    frame_is_mapped[frame] = 1;
}

/* 0; 1: what was there is not there; or an enum pages_error. */
static int touch(struct client *c, uint32_t page, int write)
{
    int frame = c->frame[page];

    if (frame < 0 || !frame_is_mapped[frame]) {
        frame = pages_get(&pages, pages_client(&pages, c->thread), page);
        if (frame < 0)
            return frame;
        map(c, page, frame);
    }
    frame_status[frame] |= PAGES_REFERENCED;
    if (frame_holds[frame] != c->holds[page])
        return 1;
    if (write) {
        frame_status[frame] |= PAGES_WRITTEN;
        frame_holds[frame] = c->holds[page] = any(1u << 20);
    }
    return 0;
}

static uint32_t promised(void)
{
    uint32_t all = 0;

    for (unsigned i = 0; i < CLIENTS; i++)
        all += clients[i].pages;
    return all;
}

/* Any client does anything. Bad slots may cost their own page, nothing else. */
static int try_anything(void)
{
    struct client *c = &clients[any(CLIENTS)];
    uint32_t count = 1 + any(MOST), page;
    int error;

    if (c->thread == 0) {
        error = open_one(c, count);
        return error == 0 ||
               (error == PAGES_FULL && promised() + CLIENTS * count > SLOTS);
    }
    if (any(2000) == 0)
        return close_one(c);
    page = any(4) == 0 ? any(c->pages) : any(c->pages) % 4;
    error = touch(c, page, (int)any(2));
    if (error == PAGES_LOST) {
        error = !bad_read[pages_client(&pages, c->thread)->slot + page];
        return error == 0 && close_one(c); /* as the server does */
    }
    return error == 0;
}

static void test_model(void)
{
    unsigned round = 0;

    begin(SLOTS);
    while (round < ROUNDS && try_anything())
        round++;
    CHECK(round == ROUNDS,
          "%u times anything by %u clients: every page is as "
          "it was left",
          round, CLIENTS);
    CHECK(pages.reads > 1000 && pages.writes > 1000 &&
              pages.writes < pages.reads * 2,
          "with %u reads and %u writes", pages.reads, pages.writes);
    CHECK(pages.free_slots == SLOTS - promised(), "no slot is forgotten");
    for (unsigned i = 0; i < CLIENTS; i++)
        if (clients[i].thread != 0)
            (void)close_one(&clients[i]);
    CHECK(pages.free_slots == SLOTS && pages.free_frames == FRAMES &&
              pages.clients == 0,
          "and when all have gone, all is free");
}

static void test_bad_disk(void)
{
    unsigned round = 0;

    begin(SLOTS);
    for (unsigned i = 0; i < SLOTS; i += 9)
        bad_read[i] = 1;
    while (round < ROUNDS && try_anything())
        round++;
    CHECK(round == ROUNDS, "slots that cannot be read cost their page alone");
    begin(SLOTS);
    for (unsigned i = 0; i < 3; i++)
        bad_write[i * 7] = 1;
    for (round = 0; round < ROUNDS && try_anything();)
        round++;
    CHECK(round == ROUNDS, "slots that cannot be written cost nothing");
}

static void test_stuck(void)
{
    struct client *c = &clients[0];
    int error = 0;

    begin(SLOTS);
    for (unsigned i = 0; i < SLOTS; i++)
        bad_write[i] = 1;
    (void)open_one(c, MOST);
    for (uint32_t page = 0; page < FRAMES; page++)
        error |= touch(c, page, 1);
    CHECK(error == 0, "all frames hold what cannot be written");
    CHECK(touch(c, FRAMES, 0) == PAGES_STUCK, "then nobody gets another page");
    for (uint32_t page = 0; page < FRAMES; page++)
        error |= touch(c, page, 0);
    CHECK(error == 0, "but no page is lost");
    memset(bad_write, 0, sizeof bad_write);
    CHECK(touch(c, FRAMES, 0) == 0, "and when the disk is fine, all is");
}

static void test_chance(void)
{
    struct client *c = &clients[0];
    uint32_t reads, writes;

    begin(SLOTS);
    (void)open_one(c, MOST);
    for (uint32_t page = 0; page < MOST; page++) {
        (void)touch(c, 0, 0);
        (void)touch(c, page, page != 0);
    }
    reads = pages.reads;
    (void)touch(c, 0, 0);
    CHECK(pages.reads == reads, "a page that is used all the time stays");
    for (uint32_t page = 0; page < MOST; page++)
        (void)touch(c, page, 0);
    writes = pages.writes;
    for (uint32_t page = 0; page < MOST; page++)
        (void)touch(c, page, 0);
    CHECK(pages.writes == writes, "what is only read is not written again");
}

static void test_store(void)
{
    begin(MOST);
    CHECK(open_one(&clients[0], MOST - 10) == 0 &&
              open_one(&clients[1], 11) == PAGES_FULL &&
              open_one(&clients[1], 10) == 0,
          "more than the store is not promised");
    (void)close_one(&clients[0]);
    CHECK(open_one(&clients[2], 20) == 0 && open_one(&clients[0], 10) == 0 &&
              open_one(&clients[3], 1) == PAGES_FULL,
          "what one gives back others get, to the last slot");
}

int main(void)
{
    test_model();
    test_bad_disk();
    test_stuck();
    test_chance();
    test_store();
    return check_end();
}
