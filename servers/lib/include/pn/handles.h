/*
 * pn/handles.h - the protocol of servers/ring, an example: things that are
 * opened by name, known by a handle then, and closed. Each request may come as
 * a message or through a ring (pn/ring.h).
 *
 *   label   request                answer
 *   OPEN    string: a name         MR1 = handle, not 0
 *   NAME    MR1 = handle           string: its name
 *   CLOSE   MR1 = handle           -
 *
 * Refusals: PN_INVALID: a name of no or more than 32 bytes; PN_NO_ROOM: 64 are
 * open; PN_NOT_FOUND: no handle of the caller's.
 */
#pragma once

#include <pn/server.h>

#define PN_HANDLES      64
#define PN_HANDLES_NAME 32

enum pn_handles_label {
    PN_HANDLE_OPEN = 0x0a01,
    PN_HANDLE_NAME,
    PN_HANDLE_CLOSE
};
