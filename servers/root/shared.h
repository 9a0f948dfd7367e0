/*
 * shared.h - one image in memory for all instances of a server (`count` in the
 * system description).
 *
 * Its pages are mapped to all of them to be read. Who writes to one gets a page
 * of its own, with the same contents; so text and constants are there once. The
 * argument page is everybody's own from the beginning.
 */
#pragma once

#include <l4/types.h>
#include <pn/elf.h>

#define SHARED_PAGES 16 /* of an image and its arguments at most */

struct program;

/* Shall it be so? Its addresses are known. */
int shared_is_for(const struct program *p);

/* Have the image, and the arguments. Null, or why not. */
const char *shared_fill(struct program *p, const struct pn_elf *elf,
                        const char *line);

/* What resolves a fault in image or arguments; nil: there is no memory. */
L4_Fpage_t shared_page(struct program *p, L4_Word_t address, L4_Word_t access);

/* Memory of the page at `address`, within image or arguments. */
L4_Word_t shared_at(const struct program *p, L4_Word_t address);

/* It has no space any more: its own pages are to be had again, or, if they may
 * still be mapped somewhere, are lost. */
void shared_free(struct program *p, int unmapped);
