/*
 * pager.h - questions to the pager, inside this library.
 */
#pragma once

#include <l4/types.h>

/* Ask the pager, which need not know the question, with n words. 1: an answer
 * of so many words is in the MRs. */
int pager_ask(L4_Word_t label, const L4_Word_t *words, L4_Word_t n,
              L4_Word_t answer);
