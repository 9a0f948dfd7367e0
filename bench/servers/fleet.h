/*
 * fleet.h - the clients and servers: threads, spaces, memory, page faults.
 *
 * Thread numbers are consecutive: clients, servers. The root server owns their
 * frames and writes their parameters there.
 *
 * place=same: the kernel gives small spaces staggered colours where it chooses
 * their places, so here it is told the place: every 64 KB one, from the bottom
 * of the small area.
 */
#pragma once

#include <l4/types.h>
#include <l4/ipc.h>
#include "options.h"
#include "party.h"

/* Make all clients, started. They report as after a job. 0 after an error
 * message. */
int fleet_open(const struct options *options);

/* The most servers there can be. */
unsigned fleet_limit(void);

/* Make servers until there are `wanted`, started, waiting for a call. Returns
 * how many there are; if fewer, *why is the kernel's reason. */
unsigned fleet_grow(unsigned wanted, const char **why);

/* Are the spaces (still) small, or large, as they should be? Else 0, after an
 * error message. */
int fleet_holds(void);

struct party *fleet_client(unsigned n);
struct party *fleet_server(unsigned n);
L4_ThreadId_t fleet_client_id(unsigned n);
L4_ThreadId_t fleet_server_id(unsigned n);

/* Where client n's sample[0] is in its own space. */
L4_Word_t fleet_client_samples(unsigned n);

/* An address of text_page as client n sees it. */
L4_Word_t fleet_client_text(unsigned n, const char *label);

/* Let them run until n clients have reported. 0 after an error message. */
int fleet_wait(unsigned n);
