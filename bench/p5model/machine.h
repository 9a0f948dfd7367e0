/*
 * The guest as seen through QEMU's own functions.
 *
 * Plugin interface 1 gives a plugin neither registers nor memory, and later
 * ones not the descriptor tables. Debian's QEMU exports its symbols, so the few
 * functions needed are looked up at run time (checked with 7.2,
 * qemu-system-i386 and -x86_64, and with 10.0, qemu-system-i386).
 */
#ifndef P5_MACHINE_H
#define P5_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

/* Find QEMU's functions. Returns NULL and sets GUEST's functions up, or the
 * name of the first one that is missing. */
const char *machine_open(struct guest *guest, bool x86_64);

/* QEMU's major version; after machine_open(). */
int machine_version(void);

/* Let RDTSC return TICKS(). Returns NULL, or why it cannot be done. To be
 * called when the machine is running (from a translation callback). */
const char *machine_hook_tsc(int64_t (*ticks)(void));

#endif
