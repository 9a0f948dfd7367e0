/*
 * orders.h - what the monitor asks of the supervisor (monitor.h), done.
 */
#pragma once

#include <l4/ipc.h>

/* A message of our own space is in the MRs. 1: now the answer is; 0: there is
 * none. */
int orders_take(L4_MsgTag_t tag);
