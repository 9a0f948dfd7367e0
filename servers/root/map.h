/*
 * map.h - the machine's one linear space, drawn: the kernel, the area of small
 * spaces with who is there, the 3 GB that are one large space at a time.
 *
 * Pure but for printf; the host tests run it.
 */
#pragma once

#include "area.h"

/* Sorts the spaces. */
void map_text(const struct pn_place *area, struct area_space *spaces,
              unsigned n);
