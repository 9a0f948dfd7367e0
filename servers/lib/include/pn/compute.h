/*
 * pn/compute.h - the protocol of servers/compute, which is there to be busy.
 *
 *   label   request                 answer
 *   ADD     MR1, MR2                MR1 = their sum
 *   HASH    string, up to 4 KB      MR1 = FNV-1a of its bytes
 *   BUSY    MR1 = ms, up to 1000    MR1 = ms that it has computed, not fewer
 */
#pragma once

#include <pn/server.h>

#define PN_COMPUTE_NAME  "compute" /* the server, to pn_find */
#define PN_COMPUTE_BYTES 4096u
#define PN_COMPUTE_MS    1000u

enum pn_compute_label {
    PN_COMPUTE_ADD = 0x0c11,
    PN_COMPUTE_HASH,
    PN_COMPUTE_BUSY
};
