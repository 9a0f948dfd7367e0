/*
 * items.h - messages with one string, inside this library.
 */
#pragma once

#include <stddef.h>
#include <l4/ipc.h>

/* Put `string`, or nothing if it is null, behind so many words of the message;
 * how many words of the tag it takes. */
static inline L4_Word_t items_load(int words, const void *string, size_t bytes)
{
    L4_StringItem_t item;

    if (!string)
        return 0;
    item = L4_StringItem(bytes, (void *)(L4_Word_t)string);
    L4_LoadMRs(words + 1, 2, item.raw);
    return 2;
}

/* Take what `acceptor` says, and a string into `buffer` if there is one. */
static inline void items_accept(L4_Acceptor_t acceptor, void *buffer,
                                size_t size)
{
    L4_StringItem_t item;

    if (!buffer) {
        L4_Accept(acceptor);
        return;
    }
    item = L4_StringItem(size, buffer);
    L4_Accept(L4_AddAcceptor(acceptor, L4_StringItemsAcceptor));
    L4_LoadBR(1, item.raw[0]);
    L4_LoadBR(2, item.raw[1]);
}
