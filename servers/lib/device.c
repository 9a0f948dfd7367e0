/*
 * device.c - asking the pager about devices (pn/device.h).
 */
#include "pager.h"

#include <pn/device.h>
#include <pn/program.h>
#include <l4/ipc.h>

static L4_Word_t ask(L4_Word_t label, L4_Word_t first, L4_Word_t number)
{
    const L4_Word_t words[] = {first, number};
    L4_Word_t answer = 0;

    if (pager_ask(label, words, 2, 1))
        L4_StoreMR(1, &answer);
    return answer;
}

volatile void *pn_device_memory(L4_Word_t physical, L4_Word_t bytes)
{
    return (volatile void *)ask(PN_LABEL_DEVICE, physical, bytes);
}

int pn_device_ports(L4_Word_t first, L4_Word_t number)
{
    return ask(PN_LABEL_PORTS, first, number) != 0;
}
