/*
 * tests/drivers/client.c - an ordinary program that uses both drivers: the
 * real-time clock's against the kernel's clock, the console's by its counters.
 *
 * With the argument "clock" also what needs a machine that knows what time is
 * (not Bochs). QEMU knows, but when it counts instructions and the machine is
 * idle, it loses a tick of the real-time clock whenever that falls together
 * with one of the 8254's: 24 of 1,024. None is lost while it is busy.
 */
#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/console.h>
#include <pn/libc.h>
#include <pn/notify.h>
#include <pn/program.h>
#include <pn/tap.h>
#include <pn/timer.h>

int main(int argc, char **argv);

#define TICK  977 /* us, rounded up */
#define SLACK 400 /* us, for the messages */

static int has_clock;
static L4_ThreadId_t timer, console;

static L4_Word64_t now(void)
{
    return L4_SystemClock().raw;
}

static void sleep_us(L4_Word_t us)
{
    L4_Sleep(L4_TimePeriod(us));
}

/* Is a time of about `us` as long as it should be, in an idle machine? */
static int is_about(L4_Word64_t time, L4_Word_t us, L4_Word_t more)
{
    L4_Word_t lost_ticks = us / 40;

    if (!has_clock || (time >= us && time <= us + lost_ticks + more + SLACK))
        return 1;
    diag("%lu us took %lu", us, (L4_Word_t)time);
    return 0;
}

/* A request of raw words; the answer's tag, all ones for none in 100 ms. */
static L4_Word_t raw(L4_ThreadId_t driver, L4_Word_t tag, L4_Word_t mr1)
{
    L4_MsgTag_t answer;

    L4_LoadMR(1, mr1);
    L4_LoadMR(2, 0);
    L4_Set_MsgTag(l4_tag(tag));
    answer =
        L4_Call_Timeouts(driver, L4_TimePeriod(100000), L4_TimePeriod(100000));
    return L4_IpcSucceeded(answer) ? answer.raw : ~0ul;
}

static int is_refused(L4_ThreadId_t driver, L4_Word_t tag, L4_Word_t mr1)
{
    return raw(driver, tag, mr1) == 0;
}

/* --- finding them --- */

static void test_find(void)
{
    timer = pn_find(PN_TIMER_NAME);
    console = pn_find(PN_CONSOLE_NAME);
    ok(!L4_IsNilThread(timer) && !L4_IsNilThread(console) &&
           L4_IsThreadNotEqual(timer, console),
       "the pager tells who the drivers are");
    ok(L4_IsNilThread(pn_find("nobody")) && L4_IsNilThread(pn_find("")) &&
           L4_IsNilThread(pn_find("rtc with a name longer than any")),
       "and that nobody else is called so");
}

/* --- the timer --- */

static void test_time(void)
{
    L4_Word_t before = pn_timer_time(timer), after;
    struct pn_date d;

    sleep_us(2200000);
    after = pn_timer_time(timer);
    ok(after - before >= 2 && after - before <= 3,
       "the time of day goes on by seconds: %lu, %lu", before, after);
    pn_date_of(after, &d);
    ok((d.year == 2026 || d.year == 2000) && d.month == 1 && d.day == 1 &&
           d.hour == 0 && d.minute == 0,
       "it is the emulator's: %u-%02u-%02u %02u:%02u", d.year, d.month, d.day,
       d.hour, d.minute);
}

static int sleeps_well(void)
{
    static const L4_Word_t times[] = {0,    1,     500,    976,    977,    1000,
                                      5000, 15625, 100000, 333333, 1000000};
    int all = 1;

    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++) {
        L4_Word64_t from;

        sleep_us(2000);
        from = now();
        all &= pn_timer_sleep(timer, times[i]) == 1;
        all &= is_about(now() - from, times[i], 2 * TICK);
    }
    return all;
}

static void test_sleep(void)
{
    ok(sleeps_well(), "sleeping takes as long as it should, by the kernel's "
                      "clock");
    (void)pn_timer_ticks(timer, 1, 1);
    ok(sleeps_well(), "also between two ticks for somebody else");
    (void)pn_timer_ticks(timer, 0, 0);
    (void)PN_TakeBits(~0ul);
}

static void test_ticks(void)
{
    L4_Word_t before, after;
    L4_Word64_t from;
    int all = 1;

    PN_SetNotifyMask(4);
    is(pn_timer_ticks(timer, 16, 4), 1, "a period of 16 ticks");
    all &= PN_WaitNotification(L4_TimePeriod(100000)) == 4;
    from = now();
    for (int i = 0; i < 64; i++)
        all &= PN_WaitNotification(L4_TimePeriod(100000)) == 4;
    ok(all && is_about(now() - from + TICK, 1000000, TICK),
       "64 of them are a second by the kernel's clock");
    (void)pn_timer_info(timer, &before);
    for (from = now(); now() - from < 1000000;)
        ;
    (void)pn_timer_info(timer, &after);
    ok(!has_clock || after - before - 1023 <= 2,
       "a busy second has 1024 ticks: %lu", after - before);
    PN_SetNotifyMask(0);
    ok(pn_timer_sleep(timer, 100000) == 1 && PN_TakeBits(~0ul) == 4,
       "sleeping and a period go together");
    is(pn_timer_ticks(timer, 0, 0), 1, "a period can be ended");
    (void)PN_TakeBits(~0ul);
    (void)pn_timer_info(timer, &before);
    sleep_us(50000);
    (void)pn_timer_info(timer, &after);
    ok(PN_TakeBits(~0ul) == 0 && after == before,
       "then nothing comes, and the clock does not interrupt");
}

static void test_timer_abuse(void)
{
    L4_Word_t label = (L4_Word_t)PN_TIMER_SLEEP << 16;
    L4_Word64_t from;

    ok(is_refused(timer, 0, 0) && is_refused(timer, 0x0d990001, 1) &&
           is_refused(timer, label, 1) && is_refused(timer, label | 2, 1),
       "what is no request gets an empty answer");
    is(raw(timer, label | 1, 0), 1, "sleeping for no tick at all is answered");
    is(raw(timer, label | 1, 1024), ~0ul, "a sleeper may give up");
    from = now();
    ok(pn_timer_sleep(timer, 50000) == 1 &&
           is_about(now() - from, 50000, 2 * TICK),
       "and then sleep anew");
}

/* --- the console --- */

static void test_output(void)
{
    static char text[4000];
    struct pn_console_info before, after;
    L4_Word_t wanted = 0;
    int answers, written;

    for (unsigned i = 0; i < sizeof text; i++) {
        text[i] = i % 50 == 49 ? '\n' : (char)('a' + i % 26);
        wanted += text[i] == '\n' ? 2 : 1;
    }
    /* What ok() prints goes there, too. */
    answers = pn_console_flush(console) && pn_console_info(console, &before);
    written = pn_console_write(console, text, sizeof text) &&
              pn_console_flush(console) && pn_console_info(console, &after);
    ok(answers, "the console's driver answers");
    ok(written, "4000 bytes are written, and out");
    is(after.sent - before.sent, wanted,
       "as many have been sent, with a carriage return for each line");
    ok(after.interrupts - before.interrupts >= sizeof text / PN_CONSOLE_BYTES,
       "by interrupts: %lu", after.interrupts - before.interrupts);
    is(after.lost, 0, "nothing was lost");
}

static void test_console_abuse(void)
{
    L4_Word_t write = (L4_Word_t)PN_CONSOLE_WRITE << 16;
    L4_Word_t read = (L4_Word_t)PN_CONSOLE_READ << 16;
    struct pn_console_info info;
    char c;
    int all = 1;

    ok(is_refused(console, 0, 0) && is_refused(console, 0x0c990001, 1) &&
           is_refused(console, write, 0) && is_refused(console, write | 2, 5) &&
           is_refused(console, write | 63, PN_CONSOLE_BYTES + 1) &&
           is_refused(console, write | 2, ~0ul) &&
           is_refused(console, read, 1) && is_refused(console, read | 1, 0) &&
           is_refused(console, read | 1, PN_CONSOLE_BYTES + 1),
       "what is no request gets an empty answer");
    for (int i = 0; i < 5; i++)
        all &= raw(console, read | 1, 1) == ~0ul;
    ok(all, "a reader may give up");
    ok(pn_console_poll(console, &c, 1) == 0 && pn_console_info(console, &info),
       "the driver goes on");
}

int main(int argc, char **argv)
{
    has_clock = argc > 1 && strcmp(argv[1], "clock") == 0;
    test_find();
    test_time();
    test_sleep();
    test_ticks();
    test_timer_abuse();
    test_output();
    test_console_abuse();
    done();
}
