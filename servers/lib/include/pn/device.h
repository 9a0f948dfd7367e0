/*
 * pn/device.h - for drivers: what of a device is the caller's? So it can do
 * without what it was not given, instead of touching it, which would end it.
 */
#pragma once

#include <l4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where the memory that has this physical address, all of these bytes, can be
 * accessed; null: the caller has not got it. */
volatile void *pn_device_memory(L4_Word_t physical, L4_Word_t bytes);

/* 1 if the caller has these I/O ports, all of them in one range. */
int pn_device_ports(L4_Word_t first, L4_Word_t number);

#ifdef __cplusplus
}
#endif
