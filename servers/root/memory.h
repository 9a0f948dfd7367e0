/*
 * memory.h - blocks of 2^n pages from sigma0, for the images of programs.
 *
 * Blocks that come back are kept and used again for programs of the same size.
 * All are mapped 1:1 in the root server. One thread only: the supervisor.
 */
#pragma once

#include <l4/types.h>

#define PAGE_SIZE 4096UL
#define PAGE_LOG2 12UL

/* From here on sigma0 gives memory and ports to nobody else: what programs have
 * they have from us. */
void memory_begin(void);

/* log2 of the smallest block that holds this many bytes. */
L4_Word_t memory_log2(L4_Word_t bytes);

/* A block of 2^log2 bytes, contents undefined; 0 if there is none. */
L4_Word_t memory_get(L4_Word_t log2);

/* Bytes that sigma0 has given for blocks. */
L4_Word_t memory_taken(void);

/* Nobody else may have the block mapped any more. */
void memory_put(L4_Word_t block, L4_Word_t log2);

/* Map the boot loader's, or a device's, memory at [start, start + size) 1:1; 1
 * if done. */
int memory_get_at(L4_Word_t start, L4_Word_t size);
