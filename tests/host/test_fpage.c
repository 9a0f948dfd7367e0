/*
 * tests/host/test_fpage.c - flexpage arithmetic (mm/fpage.h).
 *
 * The disaster: a map item that reaches pages the sender did not name or the
 * receiver did not open.
 */
#include "host.h"
#include "mm/fpage.h"
#include "reference.h"

/* Any word, with a size field that often means something. */
static uint32_t
random_fpage(void)
{
    uint32_t word = random_word();
    uint32_t s = one_in(8) ? 1 : 10 + random_below(24);

    return one_in(8) ? word : (word & ~0x3f0u) | s << 4;
}

static void
check_random(void)
{
    uint32_t moved = 0;

    for (uint32_t n = rounds(500000, 20000000); n != 0; n--) {
        uint32_t send = random_fpage(), receive = random_fpage();
        uint32_t base = random_word();
        struct fpage f = fpage_decode(send);
        struct ref_fpage rf = ref_fpage(send);
        struct ref_transfer r = ref_transfer(send, base, receive);
        struct transfer t;
        bool any = fpage_transfer(send, base, receive, &t);

        must(rf.size == (f.bits == 0 ? 0 : 1ull << f.bits));
        must(rf.size == 0 || f.base == rf.base);
        must(any == (r.size != 0));
        if (!any)
            continue;
        must(t.from == r.from && t.to == r.to);
        must((uint64_t)t.last + PAGE_SIZE == r.size);
        moved++;
    }
    must(moved != 0);
}

static bool
moves(uint32_t send, uint32_t base, uint32_t window, uint32_t from, uint32_t to,
      uint32_t last)
{
    struct transfer t;

    return fpage_transfer(send, base, window, &t) && t.from == from &&
           t.to == to && t.last == last;
}

static bool
nothing(uint32_t send, uint32_t window)
{
    struct transfer t;

    return !fpage_transfer(send, 0, window, &t);
}

int
main(void)
{
    plan(6);
    random_seed(1);
    check_random();
    ok(true, "any two words and a base transfer what 64-bit arithmetic says");
    ok(moves(0x00405000 | 0xccf, 0x00405abc, 0x10, 0x00405000, 0x00405000, 0),
       "a reply built from a raw fault address maps the page that faulted");
    ok(moves(0x17, 0xdeadb123, 0x10, 0, 0, 0xfffff000u),
       "the complete space maps onto the complete space");
    ok(moves(0x00400167, 0x00402345, 0x000040c0, 0x00402000, 0x00004000, 0),
       "a page-sized window takes the page that the send base names");
    ok(nothing(0, 0x10) && nothing(0x10, 0) && nothing(0x20, 0x10) &&
           nothing(0xb7, 0x10) && nothing(0x10, 0xb0) && nothing(0x217, 0x10),
       "nil, I/O and impossible sizes transfer nothing");
    ok(fpage_mask(0) == 0 && fpage_mask(12) == 0xfff &&
           fpage_mask(32) == 0xffffffffu,
       "a mask of 32 bits is all ones");
    return done();
}
