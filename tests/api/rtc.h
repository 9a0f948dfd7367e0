/*
 * tests/api/rtc.h - the real-time clock, a device with an interrupt of its own:
 * line 8, ports 0x70 and 0x71. Its crystal has nothing to do with the kernel's
 * clock.
 *
 * The director asks sigma0 for the ports and maps them on: rtc_open(). Whoever
 * else uses them gets them from the stage's pager at the first fault.
 */
#pragma once

#include "stage.h"

#include <l4/sigma0.h>
#include <pn/ports.h>

enum {
    RTC_LINE = 8,
    RTC_INDEX = 0x70,
    RTC_DATA = 0x71,
    RTC_PORTS_LOG2 = 1,
    REGISTER_A = 0x0a,
    REGISTER_B = 0x0b,
    REGISTER_C = 0x0c,
    PERIODIC = 0x40,
    RATE_8192 = 3,
    RATE_1024 = 6,
    RATE_64 = 10,
    INTERRUPT = 0xfff00000,
    IO_FAULT = 0xff800000,
};

static inline L4_Word_t
rtc_read(L4_Word_t index)
{
    pn_out8(RTC_INDEX, index);
    return pn_in8(RTC_DATA);
}

static inline void
rtc_write(L4_Word_t index, L4_Word_t value)
{
    pn_out8(RTC_INDEX, index);
    pn_out8(RTC_DATA, value);
}

static inline void
rtc_start(L4_Word_t rate)
{
    rtc_write(REGISTER_A, (rtc_read(REGISTER_A) & 0xf0) | rate);
    rtc_write(REGISTER_B, rtc_read(REGISTER_B) | PERIODIC);
    rtc_read(REGISTER_C);
}

static inline void
rtc_stop(void)
{
    rtc_write(REGISTER_B, rtc_read(REGISTER_B) & ~(L4_Word_t)PERIODIC);
    rtc_read(REGISTER_C);
}

/* The stage's pager maps on what the root server has of the ports. */
static inline int
rtc_give_ports(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    L4_Word_t fpage;

    (void)from;
    if ((tag.raw & 0xfff00000) != IO_FAULT)
        return 0;
    L4_StoreMR(1, &fpage);
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMR(1, 8);
    L4_LoadMR(2, fpage);
    return 1;
}

static inline L4_ThreadId_t
rtc_line(void)
{
    return L4_GlobalId(RTC_LINE, 1);
}

static inline void
rtc_open(void)
{
    L4_Fpage_t ports = L4_IoFpageLog2(RTC_INDEX, RTC_PORTS_LOG2);

    stage_fault_hook = rtc_give_ports;
    EQUAL(L4_Sigma0_GetPage(L4_nilthread, ports).raw, ports.raw);
}
