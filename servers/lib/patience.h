/*
 * patience.h - how long requests wait, inside this library.
 */
#pragma once

#include <l4/types.h>

/* pn_patience_ms as a timeout (pn/server.h). */
L4_Time_t request_patience(void);
