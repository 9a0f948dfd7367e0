/*
 * input.h - what comes in by the line or the keyboard, and what the driver
 * counts.
 */
#pragma once

#include <pn/console.h>

#include "ring.h"

/* For the clients to take. */
extern struct ring input;

extern struct pn_console_info counters;
