/*
 * options.h - what to measure, from the argument line. Pure; host-tested.
 *
 *   servers=LIST    how many servers are called in turn, at most 4096; `max`
 *                   at the end of the list: as many as there can be (2,4,8)
 *   clients=LIST    how many clients take turns in calling them, at most 16 (1)
 *   pages=LIST      pages that each client touches after each answer, and each
 *                   server before it, at most 96 (0)
 *   server=KIND     kind of the servers' spaces, small (default) or large
 *   client=KIND     of the clients'
 *   place=colour    small spaces where the kernel likes, which staggers them
 *                   over the TLB's sets (default); or
 *   place=same      64 KB each, all with the same sets (fleet.h); or
 *   place=x2        4 MB each, by X.2's control word, at most 128 spaces
 *   passes=N        how often a turn calls each server; 0 (default): so often
 *                   that it makes 256 calls or more
 *   samples=N       turns measured, 1..31 (5)
 *   warmup=N        turns ahead of them (2)
 *
 * All combinations are measured. Lists go up, so that servers are only added.
 */
#pragma once

#include <l4/types.h>

#define SERVERS_MAX 4096
#define CLIENTS_MAX 16
#define LIST_MAX    16

enum place { PLACE_COLOUR, PLACE_SAME, PLACE_X2 };

struct list {
    unsigned n;
    unsigned value[LIST_MAX];
};

struct options {
    struct list servers, clients, pages;
    int server_small, client_small;
    enum place place;
    unsigned passes, samples, warmup;
};

extern const char *const place_names[3];

/* Read argv[1..]. Null if all is well, else what is wrong with
 * argv[*bad]. */
const char *options_parse(struct options *options, int argc, char **argv,
                          int *bad);
