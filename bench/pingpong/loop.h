/*
 * loop.h - the measured loops (loops.asm) and the memory they work on.
 *
 * Hardware facts behind the layout (Pentium): data cache 8 KB, 2 ways, lines
 * of 32 bytes, set = address bits 5..11; data TLB 64 entries, 4 ways, set =
 * page number mod 16. All that one party's loop touches in memory is one line:
 * its parameters and the return address that `call` pushes. The two parties'
 * lines are in different sets, as are their UTCBs (path.h).
 *
 * The pages that the client touches again after each round trip are next to
 * each other, so that 64 of them fill the data TLB evenly. The one word touched
 * in page n stands in line n of the page (counted from TOUCH_FIRST_LINE), so
 * they use 64 different cache sets; odd pages take the next word of the line,
 * or each pair of loads would hit one bank of the cache.
 */
#pragma once

#include <l4/types.h>

#define PAGE_BYTES 4096
#define LINE_BYTES 32

#define UNROLLED 8 /* round trips in one turn of a loop */

#define TOUCH_PAGES_MAX  64
#define TOUCH_FIRST_LINE 48

/* Where the loops' lines lie in the parties' pages. */
#define CLIENT_LOOP 0xc60
#define SERVER_LOOP 0xe60

/* P5 model: regions of the empty and of the measured loop (bench/p5model). */
#define MARK_BEGIN   0x50430100
#define MARK_END     0x50430200
#define REGION_EMPTY 1
#define REGION_IPC   2

struct loop {
    /* One cache line. */
    L4_Word_t return_address; /* pushed by `call` */
    L4_Word_t entry;          /* of Ipc; esp points here */
    L4_Word_t partner;        /* the server as the client sees it in "from":
                               its local id in one space, else its global one */
    L4_Word_t tag;            /* MR0 of every message */
    L4_Word_t count;          /* turns left */
    L4_Word_t start;          /* RDTSC at the begin */
    L4_Word_t passes;         /* 2: to warm up, 1: measured */
    L4_Word_t turns;
    /* The next one, not used within the loop. */
    L4_Word_t saved_esp;
    L4_Word_t last_tag; /* MR0 of the last message received */
};

/* A party's page: the loop's line and, below it, the stack. */
union party {
    unsigned char bytes[PAGE_BYTES];
};

/*
 * Client: UNROLLED * loop->turns round trips with loop->partner, the same once
 * before to warm up; returns the cycles of the second time. call_N touches N
 * pages of touch_area after each round trip. call_empty makes no calls.
 */
typedef L4_Word_t call_loop(struct loop *loop);
call_loop call_empty, call_0, call_4, call_8, call_16, call_32, call_48,
    call_64;

/* Server: answer `to` and whoever calls next with loop->tag, for ever. */
void serve(struct loop *loop, L4_Word_t to) __attribute__((noreturn));

/*
 * Client: one round trip after its 32-byte lines have all been read and run
 * through: touch_area, 256 KB in 64 pages, filled by cold_fill(). So caches of
 * the first level, TLBs for 4 KB pages and branch history hold nothing of IPC;
 * larger caches, and TLB entries for pages of 4 MB, may. call_cold_empty does
 * all but the call.
 */
call_loop call_cold, call_cold_empty;

extern unsigned char touch_area[TOUCH_PAGES_MAX * PAGE_BYTES];
