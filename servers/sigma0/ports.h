/*
 * ports.h - who owns which I/O ports: sigma0's map of them.
 *
 * Ranges without overlap between different owners; those of one owner that
 * touch are joined. When the table is full, requests that would need another
 * range are refused.
 *
 * Pure: no system calls; the host tests run it against a port-by-port model.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PORTS       65536u
#define PORT_RANGES 256

struct port_range {
    uint32_t first; /* both included */
    uint32_t last;
    uint32_t owner; /* global thread id */
};

struct ports {
    size_t count;
    struct port_range range[PORT_RANGES];
};

/* Give these ports to `owner`, if none of them is another's. All or nothing;
 * returns 1 if done. */
int ports_take(struct ports *p, uint32_t first, uint32_t last, uint32_t owner);
