/*
 * park - the clients of many small servers.
 *
 *     park keep NUMBER MS VISITORS
 *     park visit NUMBER MS
 *
 * Finds tenant.1 to tenant.NUMBER by name and calls them in turn for MS ms,
 * checking each answer.
 *
 * The keeper meanwhile has some of them die, at random, and writes to a
 * key-value store that the supervisor kills. In the end all who died must be
 * back, and all the store has acknowledged must be in it. The last line is the
 * verdict; status 0 if it is good.
 *
 * Visitors find out about a death by a call that fails. What they have seen
 * they leave in the store under their own names, visitor.1 and so on.
 */
#include "latency.h"
#include "ledger.h"
#include "tenant.h"
#include "waiting.h"

#include <pn/libc.h>
#include <pn/program.h>
#include <pn/server.h>

int main(int argc, char **argv);

#define MOST      4000
#define PUT_EVERY 16  /* calls */
#define VISIT     100 /* calls, and then a rest */
#define REST_MS   20

struct tenant {
    L4_ThreadId_t thread;
    unsigned calls;
    int is_away;
};

static struct tenant tenants[MOST];
static unsigned count;
static struct latency latency;
static L4_Word64_t called_ticks, called_us; /* both of the same time */

static unsigned kills, returns;
static unsigned wrong;  /* answers that are */
static unsigned failed; /* calls of tenants that should have been there */
static unsigned first_bad;

/* A visitor's word. */
struct visit {
    unsigned calls, cut, wrong;
};

static unsigned missing; /* visitors */

static L4_Word64_t ticks(void)
{
    L4_Word64_t t;

    __asm__ volatile("rdtsc" : "=A"(t));
    return t;
}

static L4_Word_t random_word(void)
{
    static L4_Word_t state = 12345;

    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* --- tenants --- */

static void bad(unsigned *what, unsigned number)
{
    if (wrong == 0 && failed == 0)
        first_bad = number;
    (*what)++;
}

static void look_for(unsigned i)
{
    struct tenant *t = &tenants[i];
    L4_ThreadId_t found;
    char name[16];

    snprintf(name, sizeof name, "tenant.%u", i + 1);
    found = pn_find(name);
    if (L4_IsNilThread(found) || L4_IsThreadEqual(found, t->thread))
        return;
    returns += !L4_IsNilThread(t->thread);
    t->thread = found;
    t->is_away = 0;
}

static void call(unsigned i)
{
    L4_Word_t a = random_word(), b = random_word(), word[2] = {a, b};
    L4_Word64_t begin = ticks();
    int n = pn_ask(tenants[i].thread, TENANT_ADD, word, 2, 2);
    L4_Word64_t took = ticks() - begin;

    if (n < 0) {
        bad(&failed, i + 1);
        tenants[i].is_away = 1;
    } else if (n != 2 || word[0] != a + b || word[1] != i + 1)
        bad(&wrong, i + 1);
    else {
        latency_add(&latency, took > ~0u ? ~0u : (uint32_t)took);
        tenants[i].calls++;
    }
}

static void call_all_that_are_there(void)
{
    for (unsigned i = 0; i < count; i++)
        if (!tenants[i].is_away)
            call(i);
}

static void kill_one(void)
{
    unsigned i = random_word() % count;
    L4_Word_t way = kills % TENANT_DEATHS;

    if (tenants[i].is_away)
        return;
    kills++;
    tenants[i].is_away = 1;
    if (pn_ask(tenants[i].thread, TENANT_DIE, &way, 1, 0) != -PN_GONE)
        bad(&wrong, i + 1);
}

static unsigned look_for_all(void)
{
    unsigned away = 0;

    for (unsigned i = 0; i < count; i++) {
        if (tenants[i].is_away)
            look_for(i);
        away += tenants[i].is_away != 0;
    }
    return away;
}

/* How many do not come, however long one waits. */
static unsigned wait_for_all(void)
{
    L4_Word64_t end = in_ms(PATIENCE);
    unsigned away;

    while ((away = look_for_all()) > 0 && now_us() < end)
        sleep_ms(LOOK_MS);
    return away;
}

/* --- the run --- */

static void run(unsigned ms, int is_keeper)
{
    L4_Word64_t begin = now_us(), end = begin + (L4_Word64_t)ms * US_PER_MS;
    L4_Word64_t between = (end - begin) / (count / 4 + 4), kill = begin;
    L4_Word64_t look = begin, time, from = ticks();

    for (unsigned i = 0, calls = 0; (time = now_us()) < end; i++) {
        if (i == count)
            i = 0;
        if (is_keeper && time >= kill) {
            kill_one();
            kill += between;
        }
        if (time >= look) {
            (void)look_for_all();
            ledger_look();
            look = time + LOOK_MS * US_PER_MS;
        }
        if (tenants[i].is_away)
            continue;
        call(i);
        calls++;
        if (is_keeper && calls % PUT_EVERY == 0)
            (void)ledger_write();
        if (!is_keeper && calls % VISIT == 0)
            sleep_ms(REST_MS);
    }
    called_ticks = ticks() - from;
    called_us = now_us() - begin;
}

/* --- visitors --- */

static int visit(const char *name, unsigned ms)
{
    struct visit seen;

    run(ms, 0);
    seen = (struct visit){latency.total, failed, wrong};
    return !ledger_put(name, &seen, sizeof seen);
}

/* The sum of what they have seen; who says nothing is missing. */
static struct visit ask_visitors(unsigned visitors)
{
    L4_Word64_t end = in_ms(PATIENCE);
    struct visit sum = {0, 0, 0}, seen;

    for (unsigned v = 1; v <= visitors; v++) {
        char name[16];
        int is_there;

        snprintf(name, sizeof name, "visitor.%u", v);
        while (!(is_there = ledger_get(name, &seen, sizeof seen)) &&
               now_us() < end)
            sleep_ms(LOOK_MS);
        if (!is_there) {
            missing++;
            continue;
        }
        sum.calls += seen.calls;
        sum.cut += seen.cut;
        sum.wrong += seen.wrong;
    }
    return sum;
}

/* --- the report --- */

static unsigned calls_least(void)
{
    unsigned least = ~0u;

    for (unsigned i = 0; i < count; i++)
        if (tenants[i].calls < least)
            least = tenants[i].calls;
    return least;
}

static unsigned long ns(uint32_t t)
{
    return (unsigned long)(t * called_us / (called_ticks / 1000 + 1));
}

static void report(const struct visit *others, unsigned visitors)
{
    L4_Word64_t us = called_us ? called_us : 1;

    printf("park: %u calls, %u or more to each; with the other clients' %lu in "
           "a second, beside %lu writes\n",
           latency.total, calls_least(),
           (unsigned long)((latency.total + others->calls) * 1000000ull / us),
           (unsigned long)(ledger.writes * 1000000ull / us));
    printf("park: ns for a call: median %lu, 90 %% %lu, 99 %% %lu, most %lu\n",
           ns(latency_quantile(&latency, 500)),
           ns(latency_quantile(&latency, 900)),
           ns(latency_quantile(&latency, 990)), ns(latency.most));
    printf("park: %u wrong answers, %u calls failed\n", wrong, failed);
    printf("park: %u of %u more clients: %u calls, %u wrong answers, %u cut "
           "short by a death\n",
           visitors - missing, visitors, others->calls, others->wrong,
           others->cut);
    printf("park: %u servers killed, %u back\n", kills, returns);
    printf("park: store killed %u times, %u writes acknowledged, %u not, "
           "%u lost\n",
           ledger.deaths, ledger.writes, ledger.cut, ledger.lost);
}

static int verdict(unsigned away, const struct visit *others)
{
    const char *why = "";

    if (wrong + others->wrong > 0)
        why = "wrong answers";
    else if (failed > 0)
        why = "calls failed";
    else if (away > 0 || returns != kills)
        why = "servers are not back";
    else if (ledger.lost > 0)
        why = "acknowledged writes are lost";
    else if (missing > 0)
        why = "a client has not told what it saw";
    else if (ledger.writes == 0 || ledger.deaths == 0 || kills == 0 ||
             calls_least() == 0)
        why = "too little has happened: give it more time";
    printf("park: verdict: %s%s", *why ? "bad: " : "good", why);
    if (wrong + failed > 0)
        printf(", the first by tenant.%u", first_bad);
    printf("\n");
    return *why != '\0';
}

static int keep(unsigned ms, unsigned visitors)
{
    struct visit others = {0, 0, 0};
    unsigned away = count;

    for (unsigned i = 0; i < count; i++)
        away -= !tenants[i].is_away;
    printf("\npark: %u of %u servers found\n", count - away, count);
    if (away == 0) {
        run(ms, 1);
        away = wait_for_all();
        call_all_that_are_there();
        ledger_check();
        others = ask_visitors(visitors);
        report(&others, visitors);
    }
    return verdict(away, &others);
}

static unsigned number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    int is_visitor = argc == 4 && strcmp(argv[1], "visit") == 0;
    unsigned ms = argc > 3 ? number(argv[3]) : 0;

    count = argc > 2 ? number(argv[2]) : 0;
    if ((!is_visitor && (argc != 5 || strcmp(argv[1], "keep") != 0)) ||
        count < 2 || count > MOST || ms == 0) {
        printf("park: wants keep NUMBER MS VISITORS or visit NUMBER MS, NUMBER "
               "of tenants from 2 to %u\n",
               MOST);
        return 2;
    }
    for (unsigned i = 0; i < count; i++)
        tenants[i].is_away = 1;
    (void)wait_for_all();
    return is_visitor ? visit(argv[0], ms) : keep(ms, number(argv[4]));
}
