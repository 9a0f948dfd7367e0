/*
 * pager.h - questions to the pager, inside this library.
 */
#pragma once

#include <l4/types.h>

/* Who is asked: the pager, or who it was when pager_stays was called. */
L4_ThreadId_t pager_thread(void);
void pager_stays(void);

/* Ask the pager, which need not know the question, with n words. 1: an answer
 * of so many words is in the MRs. */
int pager_ask(L4_Word_t label, const L4_Word_t *words, L4_Word_t n,
              L4_Word_t answer);
