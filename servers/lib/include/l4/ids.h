/*
 * l4/ids.h - thread ids: encoding and tests (X.2 "Thread Ids").
 *
 * Global id: 14 bits of version, 18 bits of thread number. Local id: the
 * address of the thread's MR0, 64-byte aligned, so its low six bits are zero.
 * Part of <l4/types.h>; what needs the kernel is in <l4/thread.h>.
 */
#pragma once

#include <l4/types.h>

typedef union {
    L4_Word_t raw;
    union {
        L4_Word_t raw;
        struct {
            L4_Word_t version : 14;
            L4_Word_t thread_no : 18;
        } X;
    } global;
    union {
        L4_Word_t raw;
        struct {
            L4_Word_t __zeros : 6;
            L4_Word_t local_id : 26;
        } X;
    } local;
} L4_ThreadId_t;

/* A thread id from its raw word; not part of X.2. */
L4_INLINE L4_ThreadId_t l4_id(L4_Word_t raw)
{
    L4_ThreadId_t id;
    id.raw = raw;
    return id;
}

#define L4_nilthread      (l4_id(0UL))
#define L4_anythread      (l4_id(~0UL))
#define L4_anylocalthread (l4_id(~0UL << 6))

L4_INLINE L4_ThreadId_t L4_GlobalId(L4_Word_t thread_no, L4_Word_t version)
{
    return l4_id((thread_no << 14) | (version & 0x3fff));
}

L4_INLINE L4_Word_t L4_Version(L4_ThreadId_t t)
{
    return t.raw & 0x3fff;
}

L4_INLINE L4_Word_t L4_ThreadNo(L4_ThreadId_t t)
{
    return t.raw >> 14;
}

L4_INLINE L4_Bool_t L4_IsThreadEqual(L4_ThreadId_t l, L4_ThreadId_t r)
{
    return l.raw == r.raw;
}

L4_INLINE L4_Bool_t L4_IsThreadNotEqual(L4_ThreadId_t l, L4_ThreadId_t r)
{
    return l.raw != r.raw;
}

L4_INLINE L4_Bool_t L4_IsNilThread(L4_ThreadId_t t)
{
    return t.raw == 0;
}

/* True for nilthread and anylocalthread, too, as in X.2. */
L4_INLINE L4_Bool_t L4_IsLocalId(L4_ThreadId_t t)
{
    return (t.raw & 0x3f) == 0;
}

L4_INLINE L4_Bool_t L4_IsGlobalId(L4_ThreadId_t t)
{
    return (t.raw & 0x3f) != 0;
}
