/*
 * tests/ipc/cases.c - a long list of IPCs, with all that can be seen of each.
 *
 * The program judges nothing: it prints. compare.py boots it with the fast
 * path and without and wants the same lines. A case is two threads, A and B,
 * and perhaps a third, C; A does one Ipc, B one or two. The usual case (A calls
 * B, which waits for anyone) is varied in one respect, then in several at once,
 * by a seeded generator, so most cases are just inside or just outside of what
 * the fast path takes.
 *
 * Printed: what A, B and C do in the order in which they do it; behind every
 * Ipc, EAX, EBX, ESI, EDI, EBP, ErrorCode and the message registers that do not
 * hold the poison they were filled with: the first ones, number and checksum of
 * all. (ECX and EDX are undefined.)
 *
 * Arguments: cases=N for the number of random cases in each placement; untimed:
 * leave out what depends on the machine's time, where that can't be trusted.
 */
#include "stage.h"

#include <pn/image.h>
#include <pn/program.h>

/* --- a case --- */

enum field {
    OP,   /* what A does */
    SEND, /* its timeouts */
    RECEIVE,
    B_STATE, /* what B is doing then */
    B_REPLY, /* and after it got the message */
    C_STATE,
    B_PRIORITY,
    C_PRIORITY,
    WORDS,
    TAG,
    FIELDS
};

enum {
    OP_CALL,
    OP_CALL_ANY,
    OP_CALL_ANYLOCAL,
    OP_SEND,
    OP_LOCAL_LOCAL,
    OP_GLOBAL_LOCAL,
    OP_LOCAL_GLOBAL,
    OP_LOCAL_ANY,
    OP_FROM_C,
    OP_FROM_SELF,
    OP_FROM_NOBODY,
    OP_STALE,
    OP_RECEIVE,
    OP_TO_SELF,
    OP_LIPC,
    OPS
};
enum { TIME_NEVER, TIME_ZERO, TIME_OTHER_ZERO, TIME_SHORT, TIMES };
enum {
    B_OPEN,
    B_CLOSED,
    B_CLOSED_C,
    B_CLOSED_FINITE,
    B_OPEN_FINITE,
    B_ANYLOCAL,
    B_LATE,
    B_HALTED,
    B_SENDING,
    B_CLOSED_LOCAL,
    B_DEAD,
    B_NOT_STARTED,
    B_STATES
};
enum {
    REPLY_ONLY,
    REPLY_WAIT,
    REPLY_WAIT_A,
    REPLY_NONE,
    REPLY_WAIT_SHORT,
    REPLIES
};
enum {
    C_NONE,
    C_QUEUED_AT_A,
    C_READY,
    C_QUEUED_AT_B,
    C_WOKEN_BY_A,
    C_WOKEN_BY_B,
    C_STATES
};
enum {
    TAG_PLAIN,
    TAG_FLAGS,
    TAG_MAP,
    TAG_MAP_REFUSED,
    TAG_TOO_LONG,
    TAG_STRING,
    TAGS
};

static const L4_Word_t b_priorities[] = {100, 90, 110};
static const L4_Word_t c_priorities[] = {95, 80, 100, 105, 120};
static const L4_Word_t some_words[] = {3, 0, 1, 2, 4, 5, 31, 62, 63};

static const unsigned values[FIELDS] = {
    OPS, TIMES, TIMES, B_STATES, REPLIES, C_STATES, 3, 5, 9, TAGS,
};
static const char *const names[FIELDS] = {
    "op", "snd", "rcv", "b", "reply", "c", "pb", "pc", "words", "tag",
};

static unsigned now[FIELDS]; /* the case that runs; all zero is the usual */
static L4_Word_t words_now;
static enum placement place;
static int untimed;

/* --- what happened --- */

enum { EVENTS = 24, SHOWN = 4 };

struct event {
    char who;
    const char *what;
    int has_state;
    struct raw r;
    L4_Word_t error;
    L4_Word_t mr[L4_MRS];
};

static struct event events[EVENTS];
static volatile unsigned event_count;

static L4_Word_t
poison(char who, L4_Word_t i)
{
    return (L4_Word_t)who << 24 | 0x5a5a00 | i;
}

static struct event *
event(char who, const char *what)
{
    unsigned n = event_count++;
    struct event *e = &events[n % EVENTS];

    e->who = who;
    e->what = what;
    e->has_state = 0;
    return e;
}

static void
fill(char who)
{
    for (L4_Word_t i = 0; i < L4_MRS; i++)
        L4_LoadMR((int)i, poison(who, i));
    l4_tcr_set(L4_TCR_ERROR_CODE, 0x77);
}

/* One Ipc, logged. */
static L4_ThreadId_t
ipc(char who, L4_ThreadId_t to, L4_ThreadId_t from, L4_Word_t timeouts)
{
    struct raw r = {.ebx = 0xb0b0b0b0, .ebp = 0xb9b9b9b9};
    struct event *e;

    (void)event(who, "ipc");
    raw_ipc(to, from, timeouts, &r);
    e = event(who, "done");
    e->has_state = 1;
    e->r = r;
    e->error = L4_ErrorCode();
    L4_StoreMRs(0, L4_MRS, e->mr);
    return l4_id(r.eax);
}

static void
print_event(unsigned n, const struct event *e)
{
    char line[220];
    L4_Word_t sum = 0;
    unsigned written = 0;
    int at;

    if (!e->has_state) {
        printf("= %u %c %s\n", n, e->who, e->what);
        return;
    }
    at = snprintf(line, sizeof line,
                  "= %u %c %s eax=%lx ebx=%lx esi=%lx edi=%lx ebp=%lx df=%lx "
                  "err=%lx",
                  n, e->who, e->what, e->r.eax, e->r.ebx, e->r.esi, e->r.edi,
                  e->r.ebp, e->r.eflags & 0x400, e->error);
    for (L4_Word_t i = 0; i < L4_MRS; i++) {
        if (e->mr[i] == poison(e->who, i))
            continue;
        sum = (sum << 5 | sum >> 27) ^ (e->mr[i] + i);
        if (written++ < SHOWN)
            at += snprintf(line + at, sizeof line - (size_t)at, " %lu:%lx", i,
                           e->mr[i]);
    }
    printf("%s +%u:%lx\n", line, written, sum);
}

/* --- the three --- */

static L4_ThreadId_t a, b, c, host_a, host_b, host_c;

static L4_ThreadId_t
local_id(L4_ThreadId_t id)
{
    return placement_is_same(place) ? l4_id(stage_utcb(id) + 0x100) : id;
}

static L4_Word_t
time_of(unsigned which, unsigned short_ms)
{
    switch (which) {
    case TIME_NEVER:
        return L4_Never.raw;
    case TIME_ZERO:
        return L4_ZeroTime.raw;
    case TIME_OTHER_ZERO:
        return 5UL << 10;
    default:
        return ms(short_ms).raw;
    }
}

static void
load_message(L4_Word_t label, L4_Word_t u, unsigned tag)
{
    L4_Word_t word = label << 16 | u;

    for (L4_Word_t i = 1; i <= u; i++)
        L4_LoadMR((int)i, label << 8 | i);
    switch (tag) {
    case TAG_FLAGS:
        word |= 0xe000;
        break;
    case TAG_MAP:
    case TAG_MAP_REFUSED:
    case TAG_STRING:
        if (u > 61)
            break;
        word |= 2UL << 6;
        L4_LoadMR((int)u + 1, tag == TAG_STRING ? 4UL << 10 : 0x8);
        L4_LoadMR((int)u + 2, 0);
        break;
    case TAG_TOO_LONG:
        word |= 63UL << 6;
        break;
    }
    L4_Set_MsgTag(l4_tag(word));
}

static void
ids_of_a(L4_ThreadId_t *to, L4_ThreadId_t *from)
{
    static const unsigned to_b = 1, to_local = 2;
    L4_ThreadId_t nobody = L4_GlobalId(1000, 1);
    const struct {
        unsigned to;
        L4_ThreadId_t from;
    } table[OPS] = {
        [OP_CALL] = {to_b, b},
        [OP_CALL_ANY] = {to_b, L4_anythread},
        [OP_CALL_ANYLOCAL] = {to_b, L4_anylocalthread},
        [OP_SEND] = {to_b, L4_nilthread},
        [OP_LOCAL_LOCAL] = {to_local, local_id(b)},
        [OP_GLOBAL_LOCAL] = {to_b, local_id(b)},
        [OP_LOCAL_GLOBAL] = {to_local, b},
        [OP_LOCAL_ANY] = {to_local, L4_anythread},
        [OP_FROM_C] = {to_b, c},
        [OP_FROM_SELF] = {to_b, a},
        [OP_FROM_NOBODY] = {to_b, nobody},
        [OP_STALE] = {3, b},
        [OP_RECEIVE] = {0, b},
        [OP_TO_SELF] = {4, b},
        [OP_LIPC] = {to_b, b},
    };
    const L4_ThreadId_t targets[] = {L4_nilthread, b, local_id(b),
                                     l4_id(b.raw ^ 0x40), a};

    *to = targets[table[now[OP]].to];
    *from = table[now[OP]].from;
}

/* Makes C ready, to run when it is its turn. */
static void
wake_c(void)
{
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Send_Timeout(c, L4_ZeroTime);
}

static void
run_a(L4_Word_t unused)
{
    L4_ThreadId_t to, from;
    L4_Word_t timeouts = time_of(now[SEND], 3) << 16 | time_of(now[RECEIVE], 3);

    (void)unused;
    (void)event('A', "starts");
    if (now[C_STATE] == C_WOKEN_BY_A)
        wake_c();
    fill('A');
    ids_of_a(&to, &from);
    load_message(0xa1, words_now, now[TAG]);
    (void)ipc('A', to, from, timeouts);
}

static void
first_of_b(L4_ThreadId_t *from, L4_Word_t *timeout)
{
    static const L4_Word_t finite = 1 << B_CLOSED_FINITE | 1 << B_OPEN_FINITE;

    *timeout = finite & 1UL << now[B_STATE] ? ms(6).raw : L4_Never.raw;
    switch (now[B_STATE]) {
    case B_CLOSED:
    case B_CLOSED_FINITE:
        *from = a;
        break;
    case B_CLOSED_LOCAL:
        *from = local_id(a);
        break;
    case B_CLOSED_C:
        *from = c;
        break;
    case B_ANYLOCAL:
        *from = L4_anylocalthread;
        break;
    default:
        *from = L4_anythread;
    }
}

static void
reply_of_b(L4_ThreadId_t to)
{
    static const L4_Word_t zero = 0x400UL << 16;

    if (now[C_STATE] == C_WOKEN_BY_B)
        wake_c();
    load_message(0xb1, (words_now * 7 + 1) % 64, TAG_PLAIN);
    switch (now[B_REPLY]) {
    case REPLY_ONLY:
        (void)ipc('B', to, L4_nilthread, zero);
        break;
    case REPLY_WAIT:
        (void)ipc('B', to, L4_anythread, zero);
        break;
    case REPLY_WAIT_A:
        (void)ipc('B', to, a, zero);
        break;
    case REPLY_WAIT_SHORT:
        (void)ipc('B', to, L4_anythread, zero | ms(3).raw);
        break;
    }
}

static void
run_b(L4_Word_t unused)
{
    L4_ThreadId_t from, to = L4_nilthread;
    L4_Word_t timeout;

    (void)unused;
    (void)event('B', "starts");
    if (now[B_STATE] == B_LATE)
        sleep_ms(8);
    fill('B');
    if (now[TAG] == TAG_MAP)
        L4_Accept(L4_MapGrantItems(L4_FpageLog2(FREE_LOW, 12)));
    first_of_b(&from, &timeout);
    if (now[B_STATE] == B_SENDING) {
        load_message(0xb0, 2, TAG_PLAIN);
        to = a;
    }
    from = ipc('B', to, from, timeout);
    if (now[B_REPLY] != REPLY_NONE && from.raw != 0)
        reply_of_b(from);
    (void)event('B', "ends");
}

static void
run_c(L4_Word_t unused)
{
    L4_ThreadId_t from;

    (void)unused;
    if (now[C_STATE] == C_WOKEN_BY_A || now[C_STATE] == C_WOKEN_BY_B)
        (void)L4_Wait(&from);
    (void)event('C', "runs");
    if (now[C_STATE] != C_QUEUED_AT_A && now[C_STATE] != C_QUEUED_AT_B)
        return;
    fill('C');
    load_message(0xc1, 2, TAG_PLAIN);
    (void)ipc('C', now[C_STATE] == C_QUEUED_AT_A ? a : b, L4_nilthread, 0);
    (void)event('C', "ends");
}

/* --- staging a case --- */

static void
touch_image(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
}

static L4_ThreadId_t
host(enum kind kind)
{
    L4_ThreadId_t id = servant_space(kind);
    L4_ThreadId_t toucher = stage_thread(id);

    stage_start(toucher, touch_image, 0);
    stage_wait(toucher);
    stage_kill(toucher);
    return id;
}

static void
make_hosts(void)
{
    host_a = host(placement_kind_a(place));
    host_b = placement_is_same(place) ? host_a : host(placement_kind_b(place));
    host_c = host(place % 2 ? SMALL : LARGE);
}

static void
kill_hosts(void)
{
    stage_kill(host_a);
    if (!L4_IsThreadEqual(host_a, host_b))
        stage_kill(host_b);
    stage_kill(host_c);
}

/* No time slices: the order shall not depend on how long things take. */
static L4_ThreadId_t
player(L4_ThreadId_t host_id, L4_Word_t priority)
{
    L4_ThreadId_t id = stage_thread(host_id);

    (void)L4_Set_Priority(id, priority);
    (void)L4_Set_Timeslice(id, L4_Never, L4_Never);
    return id;
}

static L4_Word_t
halt(L4_Word_t id, L4_Word_t unused, L4_Word_t unused2)
{
    (void)unused, (void)unused2;
    return L4_Stop(l4_id(id)).raw;
}

static void
prepare_b(void)
{
    if (now[B_STATE] != B_NOT_STARTED && now[B_STATE] != B_DEAD)
        stage_start(b, run_b, 0);
    sleep_ms(2);
    if (now[B_STATE] == B_HALTED)
        printf("= halt %lx\n", errand(host_b, halt, b.raw, 0, 0));
}

static void
prepare_c(void)
{
    if (now[C_STATE] == C_NONE)
        return;
    stage_start(c, run_c, 0);
    if (now[C_STATE] != C_READY)
        sleep_ms(2);
}

static void
describe(void)
{
    printf("= case %s", placement_name[place]);
    for (unsigned f = 0; f < FIELDS; f++)
        if (now[f] != 0 && f != WORDS)
            printf(" %s=%u", names[f], now[f]);
    printf(" words=%lu\n", words_now);
}

/* B and C get as far as they can before A starts; C, if it is to be ready,
 * becomes so together with A, just ahead of it. */
static void
play(void)
{
    unsigned n;

    describe();
    event_count = 0;
    a = player(host_a, 100);
    b = player(host_b, b_priorities[now[B_PRIORITY]]);
    c = player(host_c, c_priorities[now[C_PRIORITY]]);
    if (now[B_STATE] == B_DEAD)
        (void)L4_ThreadControl(b, L4_nilthread, L4_nilthread, L4_nilthread,
                               (void *)-1);
    prepare_b();
    prepare_c();
    stage_start(a, run_a, 0);
    sleep_ms(12);
    n = event_count < EVENTS ? event_count : EVENTS;
    for (unsigned i = 0; i < n; i++)
        print_event(i, &events[i]);
    printf("= states %lu %lu %lu\n", stage_state(a), stage_state(b),
           stage_state(c));
    stage_kill(a);
    stage_kill(b);
    stage_kill(c);
}

static void
usual(void)
{
    for (unsigned f = 0; f < FIELDS; f++)
        now[f] = 0;
    words_now = some_words[0];
}

static void
vary(enum field f, unsigned value)
{
    static const unsigned timed =
        1 << B_CLOSED_FINITE | 1 << B_OPEN_FINITE | 1 << B_LATE;

    if (untimed && f == B_STATE && (timed & 1U << value))
        value = B_CLOSED;
    now[f] = value;
    if (f == WORDS)
        words_now = some_words[value];
}

static void
all_counts(void)
{
    usual();
    now[B_REPLY] = REPLY_WAIT;
    for (words_now = 0; words_now < L4_MRS; words_now++)
        play();
}

static void
one_by_one(void)
{
    for (unsigned f = 0; f < FIELDS; f++)
        for (unsigned v = 1; v < values[f]; v++) {
            usual();
            vary((enum field)f, v);
            play();
        }
}

/* Whose turn is it? C is ready beside A or B, with every priority. */
static void
all_priorities(void)
{
    for (unsigned state = 0; state < C_STATES; state++)
        for (unsigned i = 0; i < values[B_PRIORITY] * values[C_PRIORITY]; i++) {
            if (state != C_READY && state != C_WOKEN_BY_A &&
                state != C_WOKEN_BY_B)
                continue;
            usual();
            now[C_STATE] = state;
            now[B_PRIORITY] = i % values[B_PRIORITY];
            now[C_PRIORITY] = i / values[B_PRIORITY];
            now[B_REPLY] = REPLY_WAIT;
            play();
        }
}

/* A third of the cases has any number of words. */
static void
at_random(L4_Word_t count, L4_Word_t seed)
{
    for (L4_Word_t i = 0; i < count; i++) {
        L4_Word_t changes = 2 + random_word(&seed) % 4;

        usual();
        for (L4_Word_t n = 0; n < changes; n++) {
            enum field f = (enum field)(random_word(&seed) % FIELDS);

            vary(f, (unsigned)(random_word(&seed) % values[f]));
        }
        words_now =
            random_word(&seed) % 3 ? words_now : random_word(&seed) % L4_MRS;
        if (words_now + 2 >= L4_MRS && now[TAG] >= TAG_MAP)
            words_now = 7;
        play();
    }
}

/* --- what a round trip costs --- */

enum { ROUNDS = 200 };

static volatile L4_Word_t round_trip;

static L4_Word_t
tsc(void)
{
    L4_Word_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low;
}

static void
time_client(L4_Word_t unused)
{
    L4_Word_t best = ~0UL;

    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        L4_Word_t begin = tsc();

        L4_Set_MsgTag(l4_tag(3));
        (void)L4_Call(pair_b);
        begin = tsc() - begin;
        if (begin < best)
            best = begin;
    }
    round_trip = best;
}

static void
time_server(L4_Word_t unused)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag = L4_Wait(&from);

    (void)unused;
    for (int i = 1; i < ROUNDS && L4_IpcSucceeded(tag); i++) {
        L4_Set_MsgTag(l4_tag(3));
        tag = L4_ReplyWait(from, &from);
    }
    L4_Set_MsgTag(l4_tag(3));
    (void)L4_Reply(from);
}

static L4_Word_t
count_argument(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "cases=", 6) == 0)
            return strtoul(argv[i] + 6, NULL, 10);
    return 60;
}

int
main(int argc, char **argv)
{
    L4_Word_t count = count_argument(argc, argv);

    untimed = has_argument(argc, argv, "untimed");
    stage_open();
    FOR_PLACEMENTS(p)
    {
        place = p;
        make_hosts();
        all_counts();
        one_by_one();
        all_priorities();
        at_random(count, 0x1234567 + (L4_Word_t)p);
        kill_hosts();
        pair_run(p, time_client, time_server, 0);
        printf("cost %lu %s\n", round_trip, placement_name[p]);
    }
    pn_exit(0);
}
