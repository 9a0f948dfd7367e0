/*
 * options.h - what to measure, from the argument line. Pure; host-tested.
 *
 *   path=A,B,...    same small-small small-large large-small large-large;
 *                   the client's kind of space is named first. Default: all
 *   mrs=LIST        untyped words of a message, 0..63, as in mrs=0,3,8-15
 *   pages=LIST      pages the client touches after each round trip, of
 *                   0 4 8 16 32 48 64
 *   slots=pages     small spaces of just the pages they need, placed by the
 *                   kernel (default), or slots=x2: X.2's numbers, 16 MB each
 *   samples=N       measurements of each case, 1..101 (25)
 *   rounds=N        round trips in one of them, a multiple of 8 (16)
 *   warmup=N        measurements thrown away before (4)
 *   cold=on         for each path also single round trips of 3 words, caches
 *                   and TLBs displaced before each (loop.h)
 *   raw=on          print every sample
 *   summary=on      in the end, the medians on one screen
 *
 * With neither mrs= nor pages= the standard set is measured: all numbers of
 * words without pages, then all numbers of pages with 3 words. With one or
 * both, every combination; the missing one is mrs=3 or pages=0.
 */
#pragma once

#include <l4/types.h>

#define PATHS        5
#define MRS          64
#define PAGE_COUNTS  7
#define SAMPLES_MAX  101
#define ROUNDS_MAX   4096
#define STANDARD_MRS 3

struct options {
    unsigned char path[PATHS];        /* wanted? in the order of path_names */
    unsigned char mrs[MRS];           /* wanted? */
    unsigned char pages[PAGE_COUNTS]; /* wanted? in that of page_counts */
    int standard;                     /* the standard set, not a product */
    int x2_slots, cold, raw, summary;
    unsigned samples, rounds, warmup;
};

extern const char *const path_names[PATHS];
extern const unsigned page_counts[PAGE_COUNTS];

/* Read argv[1..]. Null if all is well, else what is wrong with
 * argv[*bad]. */
const char *options_parse(struct options *options, int argc, char **argv,
                          int *bad);

/* Is the case of this many words and page_counts[pages_index] wanted? */
int options_wanted(const struct options *options, unsigned mrs,
                   unsigned pages_index);

/* How many paths, and how many cases of each. */
unsigned options_paths(const struct options *options);
unsigned options_cases(const struct options *options);
