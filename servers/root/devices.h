/*
 * devices.h - the I/O ports, interrupts and device memory of programs, as their
 * module lines ask for them.
 *
 * Ports and memory come from sigma0 and are mapped on when the program touches
 * them. No two living programs share any.
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

/* Pages of all its device memory, which lies at program_devices(), one range
 * behind the other. */
L4_Word_t devices_pages(const struct program *p);

/* The physical page at the program's address; 0: it is no device's. */
L4_Word_t devices_page(const struct program *p, L4_Word_t address);

/* Where the program has the device memory of this physical address, all of the
 * bytes; 0: it has not. */
L4_Word_t devices_address(const struct program *p, L4_Word_t physical,
                          L4_Word_t bytes);

/* Has it all of these ports, in one range? */
int devices_has_ports(const struct program *p, L4_Word_t first,
                      L4_Word_t number);
