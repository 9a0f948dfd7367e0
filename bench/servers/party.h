/*
 * party.h - a small program's memory, and what loops.asm keeps in it.
 *
 * Every client and every server has a space of its own. Pages, counted from
 * the bottom of a small space; a large one has them further up (fleet.c):
 *
 *   page 0      text, one frame for all of them (loops.asm)
 *   page 1      kernel interface page
 *   page 2      UTCB page, private, the kernel's
 *   page 3      data, private: struct party; what `call` pushes is all its
 *               stack
 *   page 4..    pages to touch, if any: one set of frames for all servers, one
 *               for all clients
 *
 * Hardware facts (Pentium): 4-way TLBs, 64 entries for data, 32 for
 * instructions, set = the low bits of the linear page number; data cache 8 KB,
 * 2 ways, lines of 32 bytes, set = address bits 5..11. In its loop a server
 * needs two data pages (2 and 3) and two of code (0 and 1), and one line in
 * either data page. If all had theirs at one offset they would share one set of
 * the cache, so each has its `struct party` on another line (fleet.c).
 */
#pragma once

#include <l4/types.h>

#define PAGE_BYTES 4096
#define LINE_BYTES 32

#define TEXT_PAGE 0
#define KIP_PAGE  1
#define UTCB_PAGE 2
#define DATA_PAGE 3
#define SET_PAGE  4 /* the first of the pages to touch; the space's size */

/* One word of each is touched, in page n on line SET_FIRST_LINE + n: another
 * set of the data cache for each page. The lines before are left to page table
 * entries, eight pages' to a line. */
#define SET_FIRST_LINE 32
#define SET_PAGES_MAX  96

#define TURNS_MAX 128 /* of one job, those to warm up included */

#define WORDS 3 /* message registers either way: MR0 of every call */

/* One thread number further. */
#define NEXT_THREAD (1 << 14)

/* P5 model: regions of the loop without calls and with them. */
#define MARK_BEGIN   0x50430100
#define MARK_END     0x50430200
#define REGION_EMPTY 1
#define REGION_IPC   2

struct party {
    /* One cache line: all that a loop needs. */
    L4_Word_t return_address; /* pushed by `call` */
    L4_Word_t entry;          /* of Ipc; esp points here */
    L4_Word_t key;    /* server: its number, that is its id; client: a salt */
    L4_Word_t pages;  /* to touch */
    L4_Word_t wrong;  /* client: not 0 after a wrong answer */
    L4_Word_t server; /* client: the one to call next, */
    L4_Word_t left;   /* ... how many to call in this pass, */
    L4_Word_t set;    /* address of the first word to touch */
    /* The client's job, written by the root server. */
    L4_Word_t passes_left; /* the client's own */
    L4_Word_t work;  /* address of one of the loops, in the client's space */
    L4_Word_t first; /* the first server */
    L4_Word_t count; /* of servers */
    L4_Word_t passes, turns;
    L4_Word_t root;
    L4_Word_t waits_for; /* whose token allows the first turn; or nil */
    L4_Word_t next;      /* who gets the token after a turn; nil: no other */
    L4_Word_t previous;  /* ... and from whom it comes back */
    L4_Word_t last;      /* who gets it after the last turn, or nil */
    /* Written by the client. */
    L4_Word_t start;     /* RDTSC at the begin of a turn */
    L4_Word_t sample_at; /* where its cycles go: in its space, sample[] */
    L4_Word_t sample[TURNS_MAX];
};

/* loops.asm, in text_page: where threads begin, and the client's loops. */
extern char text_page[], text_page_end[];
extern char serve[], serve_touching[], client[];
extern char work_empty[], work[], work_touching[];
