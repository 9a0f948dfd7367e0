/*
 * devices.h - the I/O ports and interrupts of programs, as their module lines
 * ask for them.
 *
 * The ports come from sigma0 and are mapped on when the program touches them.
 * No two living programs share any.
 */
#pragma once

#include "command.h"

#include <l4/types.h>

struct program;

/* Get the devices that a program's line asks for; null, or why not. */
const char *devices_claim(struct program *p, const struct command *c);

/* Make its thread, which must be active, the handler of its lines. */
const char *devices_attach(const struct program *p);

/* Its lines have no handler any more. */
void devices_detach(const struct program *p);

/* The I/O fpage that resolves a fault at `port`, an I/O fpage; nil if the
 * program may not have it. */
L4_Fpage_t devices_ports(const struct program *p, L4_Fpage_t port);
