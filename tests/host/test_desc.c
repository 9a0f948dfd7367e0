/*
 * tests/host/test_desc.c - descriptors bit by bit (seg/desc.h).
 *
 * The disaster: a small space whose limit is one byte or one page too large
 * reads its neighbour.  The decoders here are written from the manual's
 * figures, byte by byte, not from the encoders.
 */
#include "host.h"
#include "seg/desc.h"

struct segment {
    uint64_t base, bytes;
    unsigned access; /* byte 5 */
    bool is_32bit;
};

static unsigned
byte_of(struct desc d, unsigned n)
{
    return (n < 4 ? d.lo >> 8 * n : d.hi >> 8 * (n - 4)) & 0xff;
}

static struct segment
decode(struct desc d)
{
    uint64_t limit = byte_of(d, 0) + byte_of(d, 1) * 0x100u +
                     (byte_of(d, 6) & 15) * 0x10000u;
    bool in_pages = (byte_of(d, 6) & 0x80) != 0;

    return (struct segment){
        .base = byte_of(d, 2) + byte_of(d, 3) * 0x100u +
                byte_of(d, 4) * 0x10000u + byte_of(d, 7) * 0x1000000ull,
        .bytes = in_pages ? (limit + 1) * 4096 : limit + 1,
        .access = byte_of(d, 5),
        .is_32bit = (byte_of(d, 6) & 0x40) != 0,
    };
}

static bool
same(struct desc d, uint32_t hi, uint32_t lo)
{
    return d.hi == hi && d.lo == lo;
}

static void
check_user_segments(void)
{
    for (uint32_t n = rounds(100000, 3000000); n != 0; n--) {
        uint32_t pages = 1 + random_below(one_in(2) ? 16 : 0x20000);
        uint32_t base = 0xc0000000u + (random_below(0x20000) << PAGE_BITS);
        struct desc data = desc_user_data(base, pages << PAGE_BITS);
        struct segment s = decode(data);
        struct segment code = decode(desc_code_from_data(data));

        must(s.base == base && s.bytes == (uint64_t)pages * 4096);
        must(s.access == 0xf3 && s.is_32bit);
        must((byte_of(data, 6) & 0x30) == 0);
        must(code.base == s.base && code.bytes == s.bytes);
        must(code.access == 0xfb && code.is_32bit);
    }
}

static void
check_system(void)
{
    for (uint32_t n = rounds(100000, 1000000); n != 0; n--) {
        uint32_t base = random_word() >> 1;
        uint32_t bytes = 0x68 + random_below(0x10000);
        uint32_t sel = random_below(0x10000), dpl = random_below(4);
        struct segment tss = decode(desc_tss(base, bytes));
        struct desc gate = desc_interrupt_gate(sel, base, dpl);

        must(tss.base == base && tss.bytes == bytes && tss.access == 0x89);
        must((gate.lo & 0xffff) == (base & 0xffff));
        must(gate.hi >> 16 == base >> 16 && gate.lo >> 16 == sel);
        must((gate.hi & 0xffff) == (0x8e00 | dpl << 13));
        must(same(desc_task_gate(sel), 0x8500, sel << 16));
    }
}

int
main(void)
{
    struct desc top = desc_user_data(0xfffff000u, PAGE_SIZE);

    plan(9);
    random_seed(1);
    check_user_segments();
    ok(true, "a limit is inclusive and exact for any small segment");
    ok(decode(top).base + decode(top).bytes == 1ull << 32,
       "a segment may end at 4 GB");
    ok(BREAKS_PROMISE(desc_user_data(0xfffff000u, 2 * PAGE_SIZE)) &&
           BREAKS_PROMISE(desc_user_data(1, 0xfffff000u + PAGE_SIZE)),
       "base plus limit never wraps");
    ok(BREAKS_PROMISE(desc_user_data(0, 0)) &&
           BREAKS_PROMISE(desc_user_data(0, PAGE_SIZE + 1)),
       "an empty or ragged segment is refused");
    ok(same(desc_user_data_large(), 0x00cbf300, 0x0000ffff) &&
           same(desc_code_from_data(desc_user_data_large()), 0x00cbfb00,
                0x0000ffff),
       "a large space ends where the small area begins");
    ok(same(desc_kernel_data(), 0x00cf9300, 0x0000ffff) &&
           same(desc_kernel_code(), 0x00cf9b00, 0x0000ffff),
       "the kernel's segments are flat, DPL 0");
    ok(same(desc_user_gs(0xff400000u, 4), 0xff40f140, 0x00000003),
       "the %gs word is four bytes, read-only");
    ok(BREAKS_PROMISE(desc_user_gs(0, PAGE_SIZE + 1)) &&
           BREAKS_PROMISE(desc_user_gs(0xfffffffeu, 4)) &&
           BREAKS_PROMISE(desc_tss(0, 0x67)),
       "a %gs segment beyond its page or a short TSS is refused");
    check_system();
    ok(true, "task state segments and gates carry their fields");
    return done();
}
