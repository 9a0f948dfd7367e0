/*
 * protocol.h - sigma0's answers: from a message to a message (X.2 "Sigma0
 * RPC", "Page Fault Protocol").
 *
 * Pure, like the pool: words in, words out. main.c moves them through the MRs.
 */
#pragma once

#include "pool.h"
#include "ports.h"

struct sigma0 {
    struct pool pool;
    struct ports ports;
    uint32_t kernel_low;  /* first thread number of the kernel: SystemBase */
    uint32_t kernel_high; /* first thread number behind: UserBase */
    uint32_t root;        /* id of the root server */
    uint32_t attributes;  /* bit a: the kernel knows memory attribute a */
    unsigned verbose;     /* 0 quiet, 1 refusals, 2 all requests */
    int alone;            /* only the root server is served (and the kernel) */
};

enum sigma0_reply {
    SIGMA0_SILENT,    /* malformed, or an answer is not called for */
    SIGMA0_MAP,       /* a map item: word 0 send base and type, word 1 fpage */
    SIGMA0_MAP_AS,    /* the same, and then it gets the attribute MR2 */
    SIGMA0_REFUSE,    /* the same with a nil fpage */
    SIGMA0_DUMP,      /* print the pool, then send nothing */
    SIGMA0_DUMP_REPLY /* print the pool, then an empty message */
};

/* What to do about a message: tag, MR1..MR3 (those it has), and the sender's
 * global id. `item` gets the map item for MAP, MAP_AS and REFUSE. */
enum sigma0_reply sigma0_handle(struct sigma0 *s, uint32_t from, uint32_t tag,
                                const uint32_t mr[4], uint32_t item[2]);
