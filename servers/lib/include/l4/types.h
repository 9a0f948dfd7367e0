/*
 * l4/types.h - the types of L4 X.2 and what can be done with them alone.
 *
 * The names and signatures are those of X.2's C interface. Every type of one
 * word is a union with a member `raw`; raw words are what the kernel sees.
 * The bit-field views (`X`) exist for programs that use them; the library
 * itself works on raw words.
 */
#pragma once

#define L4_INLINE static inline __attribute__((unused))

typedef unsigned char L4_Word8_t;
typedef unsigned short L4_Word16_t;
typedef unsigned int L4_Word32_t;
typedef unsigned long long L4_Word64_t;
typedef unsigned long L4_Word_t;
typedef L4_Word_t L4_Bool_t;
typedef L4_Word_t L4_Size_t;

#define L4_TRUE  1UL
#define L4_FALSE 0UL

#include <l4/ids.h>
#include <l4/time.h>
#include <l4/fpage.h>
