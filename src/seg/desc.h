/*
 * seg/desc.h - segment and gate descriptors as values.
 *
 * Layer 2.  Every descriptor of the kernel is made by one of these encoders.
 * Segmentation is Pinenut's wall between small spaces, so each encoder
 * asserts what it is given, and tests/host/test_desc.c checks every bit.
 *
 * SEG-1  a limit is inclusive and exact: the last byte of a segment is
 *        base + size - 1, no access beyond it succeeds.
 * SEG-2  base + limit never wraps around 4 GB.
 * SEG-3  accessed bits are preset, or the CPU writes to the GDT whenever a
 *        segment register is loaded.
 *
 * Layout: Intel, Pentium Processor Family Developer's Manual 3, 11.2.3 (segment
 * descriptors), 13.2 (TSS descriptor), 14.5 (gates).
 */
#pragma once

#include "kern/base.h"
#include "kern/layout.h"

struct desc {
    uint32_t lo, hi;
};
static_assert(sizeof(struct desc) == 8, "the CPU's size of a descriptor");

/* The high word's bits; base and limit (or offset) fill the others. */
enum desc_bits {
    DESC_ACCESSED = 1 << 8,
    DESC_WRITABLE = 1 << 9,     /* data */
    DESC_READABLE = 1 << 9,     /* code */
    DESC_EXPAND_DOWN = 1 << 10, /* data */
    DESC_CONFORMING = 1 << 10,  /* code */
    DESC_CODE = 1 << 11,        /* with DESC_SEGMENT: code, else data */
    DESC_SEGMENT = 1 << 12,     /* clear: a system descriptor */
    DESC_DPL_USER = 3 << 13,
    DESC_PRESENT = 1 << 15,
    DESC_32BIT = 1 << 22,
    DESC_PAGE_LIMIT = 1 << 23, /* the limit counts pages */

    DESC_TASK_GATE = 5 << 8,
    DESC_TSS = 9 << 8,
    DESC_INTERRUPT_GATE = 14 << 8,
};

enum desc_fields {
    DESC_LIMIT_LOW = 0xffff,     /* in the low word */
    DESC_LIMIT_HIGH = 0xf << 16, /* in the high word */
    DESC_LIMIT_MAX = 0xfffff,
    DESC_DPL_SHIFT = 13,
};

static inline struct desc
desc_encode(uint32_t base, uint32_t limit, uint32_t bits)
{
    assert(limit <= DESC_LIMIT_MAX);
    return (struct desc){
        .lo = base << 16 | (limit & DESC_LIMIT_LOW),
        .hi = (base & 0xff000000u) | (limit & DESC_LIMIT_HIGH) |
              (base >> 16 & 0xffu) | bits,
    };
}

/*
 * The data segment of the user space at [base, base + size): present, DPL 3,
 * writable, expand-up, 32-bit.  `size` is a page multiple, so a limit in
 * pages is exact; `base` has any value.
 */
static inline struct desc
desc_user_data(uint32_t base, uint32_t size)
{
    assert(size != 0 && (size & PAGE_MASK) == 0);
    assert(base + (size - 1) >= base);
    return desc_encode(base, (size >> PAGE_BITS) - 1,
                       DESC_PRESENT | DESC_DPL_USER | DESC_SEGMENT |
                           DESC_WRITABLE | DESC_ACCESSED | DESC_32BIT |
                           DESC_PAGE_LIMIT);
}

/* A large space: all of the user part, and not a byte of the small area. */
static inline struct desc
desc_user_data_large(void)
{
    return desc_user_data(0, USER_TOP);
}

/*
 * The code segment over the same bytes as a user data segment.  One bit
 * differs: data's "writable" is code's "readable", data's "expand-up" is
 * code's "not conforming".
 */
static inline struct desc
desc_code_from_data(struct desc data)
{
    return (struct desc){.lo = data.lo, .hi = data.hi | DESC_CODE};
}

/* X.2's %gs word: `bytes` bytes at `base` (4, at GS_PAGE), read-only. */
static inline struct desc
desc_user_gs(uint32_t base, uint32_t bytes)
{
    assert(bytes != 0 && bytes <= PAGE_SIZE);
    assert(base + (bytes - 1) >= base);
    return desc_encode(base, bytes - 1,
                       DESC_PRESENT | DESC_DPL_USER | DESC_SEGMENT |
                           DESC_ACCESSED | DESC_32BIT);
}

/* The kernel's flat segments: 4 GB, DPL 0. */
static inline struct desc
desc_kernel_data(void)
{
    return desc_encode(0, DESC_LIMIT_MAX,
                       DESC_PRESENT | DESC_SEGMENT | DESC_WRITABLE |
                           DESC_ACCESSED | DESC_32BIT | DESC_PAGE_LIMIT);
}

static inline struct desc
desc_kernel_code(void)
{
    return desc_code_from_data(desc_kernel_data());
}

/* A task state segment of `bytes` bytes, not busy, DPL 0. */
static inline struct desc
desc_tss(uint32_t base, uint32_t bytes)
{
    assert(bytes >= 0x68 && bytes - 1 <= DESC_LIMIT_MAX);
    assert(base + (bytes - 1) >= base);
    return desc_encode(base, bytes - 1, DESC_PRESENT | DESC_TSS);
}

/* Gates: `dpl` is the least privileged ring that may use it by INT. */
static inline struct desc
desc_interrupt_gate(uint32_t selector, uint32_t offset, uint32_t dpl)
{
    assert(selector <= 0xffff && dpl <= 3);
    return (struct desc){
        .lo = selector << 16 | (offset & 0xffffu),
        .hi = (offset & 0xffff0000u) | DESC_PRESENT | DESC_INTERRUPT_GATE |
              dpl << DESC_DPL_SHIFT,
    };
}

static inline struct desc
desc_task_gate(uint32_t tss_selector)
{
    assert(tss_selector <= 0xffff);
    return (struct desc){.lo = tss_selector << 16,
                         .hi = DESC_PRESENT | DESC_TASK_GATE};
}
