/*
 * path.h - the paths of an IPC that are measured: which kinds of spaces client
 * and server live in.
 */
#pragma once

#include <l4/types.h>

/* The interface page and the UTCBs of client and server lie below the image,
 * within the reach of the smallest small space that holds the image; not in the
 * last pages of 4 MB, whose page table entries are in the cache set of the
 * kernel's directory entries (loops.asm says why that matters). */
#define WORKER_KIP  0x003e0000UL
#define WORKER_UTCB 0x003e1000UL

/* Slots in the UTCB area. Not slot 0: its MR0 to MR7 would be in the cache set
 * of page table entries of the pages that the client touches. */
#define CLIENT_UTCB 1
#define SERVER_UTCB 2

/*
 * Make client and server for path_names[path], started, in shared.client and
 * shared.server; small spaces as options.h's slots= says. Whether the spaces
 * are of the kinds they should be is asked of the kernel. 0 after an error
 * message.
 */
int path_open(unsigned path, int x2_slots);

/* Are the spaces (still) small, or large, as they should be? Else 0, after an
 * error message. */
int path_holds(unsigned path);

/* Remove client and server. */
int path_close(unsigned path);

/* "small" or "large" */
const char *path_client_kind(unsigned path);
const char *path_server_kind(unsigned path);
