/*
 * ipc/gate.h - which code the IPC gate leads to.
 *
 * Layer 5.  Questions that only a change of the kernel's own state could
 * answer differently need not be asked in every IPC: the gate answers them.
 *
 * IPC-4  the gate leads to the slow path while FPU registers or I/O ports are
 *        live (the fast path would switch away with CR0.TS clear, or with the
 *        I/O map open), or if boot says so;
 * IPC-5  else, while the ready queue is empty, to the entry that does not ask
 *        for the receiver's priority; else to the one that does.
 *
 * Both can change only in the kernel, whose way out passes gate_select().
 */
#pragma once

#include "kern/base.h"

/* `fast`: boot option fastpath=on. */
void gate_init(bool fast);

/* On the way to a thread; `live`: see IPC-4. */
void gate_select(bool live);
