/*
 * kern/provoke.h - break the kernel on purpose, to see it stop readably.
 *
 * Layer 6.  Boot option provoke=NAME; tests/panic uses each.
 */
#pragma once

#include "kern/base.h"

/* Is `name` one of the ways to break? */
bool provoke_known(const char *name);
/* Break that way, if a name was given; "" does nothing. */
void provoke(const char *name);
