/*
 * summary.h - the medians on one screen of 25 by 80, for machines whose screen
 * is all there is.
 */
#pragma once

#include <l4/types.h>

/* A case's median, in hundredths; only the standard number of words is kept. */
void summary_note(unsigned path, unsigned mrs, unsigned pages_index,
                  L4_Word_t median);
void summary_note_cold(unsigned path, L4_Word_t median);

void summary_print(void);
