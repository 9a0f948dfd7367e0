/*
 * pn/image.h - the running program's own image.
 */
#pragma once

#include <l4/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* First byte of the image and first byte behind it, both on page borders. */
L4_Word_t pn_image_low(void);
L4_Word_t pn_image_high(void);

/* Write to every page, changing nothing, so that no later access to the image
 * faults: for pagers, and for measurements. */
void pn_image_touch(void);

/* The same for one address. */
void pn_touch(L4_Word_t address);

#ifdef __cplusplus
}
#endif
