/*
 * tests/api/clock.c - SystemClock against the real-time clock (X.2
 * "SystemClock").
 *
 * The judge is a driver that counts the interrupts of the real-time clock,
 * 1,024 a second, and looks at SystemClock at the first and the last. The
 * kernel counts ticks of its own timer: one that is lost while interrupts are
 * off is a millisecond that SystemClock never makes up for.
 *
 * Bochs loses ticks of its own: there, without the argument "clock", only the
 * order of the readings counts.
 */
#include "rtc.h"

#include <pn/image.h>

enum {
    HERTZ = 1024,
    JUDGE = 200,
    TOLERANCE_US = 300, /* of the judge's own way to the clock */
};

static volatile L4_Word64_t elapsed_us;
static volatile L4_Word_t backwards, readings, rounds, stop;

/* Count n periods; the result is how many were counted. */
static L4_Word_t
judge(L4_Word_t n, L4_Word_t unused, L4_Word_t unused2)
{
    L4_Word64_t begin = 0, last = 0;
    L4_Word_t counted;
    L4_ThreadId_t from = rtc_line();
    L4_MsgTag_t tag;

    (void)unused;
    (void)unused2;
    pn_image_touch();
    rtc_start(RATE_1024);
    tag = L4_Receive_Timeout(from, ms(100));
    for (counted = 0; L4_IpcSucceeded(tag); counted++) {
        last = now_us();
        if (counted == 0)
            begin = last;
        rtc_read(REGISTER_C);
        L4_Set_MsgTag(l4_tag(0));
        if (counted == n)
            break;
        tag = L4_Ipc(from, from, L4_Timeouts(L4_ZeroTime, ms(100)), &from);
    }
    rtc_stop();
    (void)L4_Reply(rtc_line());
    elapsed_us = last - begin;
    return counted;
}

/*
 * Read the clock, over and over. The processor is never idle: QEMU's
 * real-time clock loses periods when the time in which nobody runs is skipped.
 */
static void
watch(L4_Word_t unused)
{
    L4_Word64_t last = 0;

    (void)unused;
    pn_image_touch();
    while (!stop) {
        L4_Word64_t now = now_us();

        backwards += now < last;
        last = now;
        readings++;
    }
}

/* --- load: calls that keep interrupts off for as long as there is
 * ------------- */

static L4_Word_t
deal(L4_Word_t from, L4_Word_t unused, L4_Word_t unused2)
{
    (void)unused;
    (void)unused2;
    L4_Accept(L4_MapGrantItems(L4_Fpage(FREE_LOW, ARENA_PAGES * PAGE)));
    while (!stop)
        (void)L4_Receive_Timeout(l4_id(from), ms(20));
    L4_Accept(L4_UntypedWordsAcceptor);
    return 1;
}

/* Maps all there is, and takes it back. */
static void
map_and_flush(L4_Word_t to)
{
    L4_Fpage_t all = L4_FpageAddRights(
        L4_Fpage((L4_Word_t)arena, ARENA_PAGES * PAGE), L4_FullyAccessible);

    pn_image_touch();
    while (!stop) {
        L4_MapItem_t item = L4_MapItem(all, 0);

        L4_Set_MsgTag(l4_tag(2UL << 6));
        L4_LoadMRs(1, 2, item.raw);
        (void)L4_Send_Timeout(l4_id(to), ms(20));
        (void)L4_UnmapFpage(all);
        rounds++;
    }
}

/* --- verdicts
 * ------------------------------------------------------------------ */

static void
compare(L4_ThreadId_t j, int exact, const char *what)
{
    L4_Word_t periods = exact ? HERTZ : HERTZ / 8;
    L4_Word_t real = periods * 1000000 / HERTZ, told;
    L4_ThreadId_t w = stage_space(LARGE);

    readings = 0;
    stage_start(w, watch, 0);
    stage_until(&readings); /* its page faults are over */
    backwards = readings = 0;
    errand_begin(j, judge, periods, 0, 0);
    L4_Sleep(L4_TimePeriod(real));
    EQUAL(errand_end(j), periods);
    told = (L4_Word_t)elapsed_us;
    stop = 1;
    EXPECT(readings > periods / 2);
    EQUAL(backwards, 0);
    verdict("%s: SystemClock never goes back", what);
    if (exact) {
        diag("%lu us where the real-time clock says %lu", told, real);
        EXPECT(told > real - TOLERANCE_US && told < real + TOLERANCE_US);
        verdict("%s: it agrees with the real-time clock", what);
    }
    stage_kill(w);
}

static L4_ThreadId_t
make_judge(enum kind kind)
{
    L4_ThreadId_t j = servant_space(kind);

    (void)L4_Set_Priority(j, JUDGE);
    EXPECT(L4_AssociateInterrupt(rtc_line(), j));
    stop = 0;
    return j;
}

static void
kill_judge(L4_ThreadId_t j)
{
    EXPECT(L4_DeassociateInterrupt(rtc_line()));
    stage_kill(j);
}

static void
under_load(int exact)
{
    L4_ThreadId_t source = stage_space(LARGE), sink = servant_space(SMALL);
    L4_ThreadId_t j = make_judge(SMALL);

    rounds = 0;
    errand_begin(sink, deal, source.raw, 0, 0);
    stage_start(source, map_and_flush, sink.raw);
    compare(j, exact, "a small judge, under load");
    EXPECT(rounds > 20 || !exact);
    EQUAL(errand_end(sink), 1);
    verdict("64 pages were mapped and unmapped meanwhile");
    kill_judge(j);
    stage_kill(source);
    stage_kill(sink);
}

int
main(int argc, char **argv)
{
    int exact = has_argument(argc, argv, "clock");
    L4_ThreadId_t j;

    stage_open();
    rtc_open();
    j = make_judge(LARGE);
    compare(j, exact, "a large judge");
    kill_judge(j);
    under_load(exact);
    done();
}
