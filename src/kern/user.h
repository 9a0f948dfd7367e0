/*
 * kern/user.h - reading the running thread's memory.
 *
 * Layer 6.  R4: the one place where the kernel follows a user's address.
 * `len <= size && at <= size - len`, then base + at; a page that is not there
 * is a "no", not a panic (R5, the fix-up in kern/trap.c).
 */
#pragma once

#include "kern/thread.h"

/* Up to `bytes` at address `at` of t's space; returns how many were read. */
uint32_t user_read(const struct thread *t, vaddr_t at, void *out,
                   uint32_t bytes);
