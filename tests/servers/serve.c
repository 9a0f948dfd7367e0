/*
 * tests/servers/serve.c - the server loop, by a server that has all it offers
 * (answers.c): nothing that a client does keeps it from the next one.
 *
 *     servers_serve           checks
 *     servers_serve quit      asks for what is not answered, and ends
 */
#include "answers.h"

#include <pn/libc.h>
#include <pn/notify.h>
#include <pn/program.h>
#include <pn/server.h>
#include <pn/tap.h>

int main(int argc, char **argv);

static L4_ThreadId_t server;
static struct pn_request r;

/* Returns the result; the answer is in r. */
static int ask(L4_Word_t label, unsigned words)
{
    r.server = server;
    r.label = label;
    r.words = words;
    return pn_request(&r);
}

static int ask_plain(L4_Word_t label, unsigned words)
{
    r = (struct pn_request){.patience_ms = 0};
    return ask(label, words);
}

static void sleep_ms(L4_Word_t ms)
{
    L4_Sleep(L4_TimePeriod(ms * 1000));
}

/* --- shapes --- */

static void test_words(void)
{
    int all = 1;

    for (unsigned n = 0; n <= PN_WORDS; n++) {
        r = (struct pn_request){.words = n};
        for (unsigned i = 0; i < n; i++)
            r.word[i] = i + 1;
        all &= ask(ANSWERS_SUM, n) == 1 && r.word[0] == n * (n + 1) / 2;
    }
    ok(all, "0 to %u words arrive", PN_WORDS);
    all = 1;
    for (unsigned n = 0; n <= PN_WORDS; n++) {
        r = (struct pn_request){.word = {n}};
        all &= ask(ANSWERS_WORDS, 1) == (int)n &&
               (n == 0 || (r.word[0] == 1 && r.word[n - 1] == n));
    }
    ok(all, "and come back");
    r = (struct pn_request){.word = {PN_WORDS + 1}};
    is((L4_Word_t)ask(ANSWERS_WORDS, 1), (L4_Word_t)-PN_INVALID,
       "a handler's refusal comes back");
    ok(ask_plain(ANSWERS_FROM, 0) == 1 && r.word[0] == L4_MyGlobalId().raw,
       "the server knows who asks");
}

static void test_refusals(void)
{
    L4_Word_t many[63] = {0};
    L4_MsgTag_t tag;

    ok(ask_plain(0, 0) == -PN_UNKNOWN && ask_plain(0xfff, 0) == -PN_UNKNOWN &&
           ask_plain(ANSWERS_SUM - 1, 1) == -PN_UNKNOWN,
       "labels of no operation are refused");
    ok(ask_plain(ANSWERS_WORDS, 0) == -PN_UNKNOWN &&
           ask_plain(ANSWERS_WORDS, 2) == -PN_UNKNOWN &&
           ask_plain(ANSWERS_FROM, PN_WORDS) == -PN_UNKNOWN,
       "so is another number of words");
    L4_LoadMRs(1, 63, many);
    L4_Set_MsgTag(l4_tag((L4_Word_t)ANSWERS_SUM << 16 | 63));
    tag = L4_Call(server);
    ok(L4_IpcSucceeded(tag) && L4_Label(tag) == PN_LABEL_NO,
       "or more than a request has");
    is((L4_Word_t)ask_plain(PN_LABEL_ALIVE, 0), 0, "it says that it is alive");
}

static int reverses(size_t bytes)
{
    static char text[ANSWERS_STRING + 1], back[ANSWERS_STRING + 1];
    int n;

    for (size_t i = 0; i < bytes; i++)
        text[i] = (char)('a' + i % 26);
    r = (struct pn_request){.send = text,
                            .send_bytes = bytes,
                            .receive = back,
                            .receive_size = sizeof back};
    n = ask(ANSWERS_REVERSE, 0);
    for (size_t i = 0; n == 0 && i < bytes; i++)
        if (back[i] != text[bytes - 1 - i])
            return -99;
    return n == 0 && r.received != bytes ? -98 : n;
}

static void test_strings(void)
{
    int all = 1;
    char little[4];

    for (size_t n = 1; n <= ANSWERS_STRING; n++)
        all &= reverses(n) == 0;
    ok(all, "1 to %u bytes arrive and come back", ANSWERS_STRING);
    is((L4_Word_t)reverses(ANSWERS_STRING + 1), (L4_Word_t)-PN_INVALID,
       "one byte more is too long for the server");
    r = (struct pn_request){.send = "12345",
                            .send_bytes = 5,
                            .receive = little,
                            .receive_size = sizeof little};
    is((L4_Word_t)ask(ANSWERS_REVERSE, 0), (L4_Word_t)-PN_NO_ROOM,
       "one more than the client has room for, too");
    ok(reverses(10) == 0, "the server goes on");
}

/* --- whom nobody waits for --- */

/* `words`: of what ends the waiting. */
static void test_later(void)
{
    r = (struct pn_request){.patience_ms = 50};
    is((L4_Word_t)ask(ANSWERS_HOLD, 0), (L4_Word_t)-PN_BUSY,
       "a client may give up waiting");
    ok(ask_plain(ANSWERS_RELEASE, 0) == 1 && r.word[0] >= 1,
       "who gave up costs the server nothing: %lu", r.word[0]);
    ok(ask_plain(ANSWERS_RELEASE, 0) == 1 && r.word[0] == 0, "nobody is left");
    r = (struct pn_request){.patience_ms = 50};
    (void)ask(ANSWERS_HOLD, 0);
    is((L4_Word_t)ask_plain(ANSWERS_REFUSE, 0), (L4_Word_t)-PN_BUSY,
       "the same if it is refused");
}

/* The same for requests that say nothing of it. */
static void test_patience(void)
{
    L4_Word_t none[1];

    pn_patience_ms = 50;
    r = (struct pn_request){.words = 0};
    ok(ask(ANSWERS_HOLD, 0) == -PN_BUSY &&
           pn_ask(server, ANSWERS_HOLD, none, 0, 0) == -PN_BUSY,
       "a program may have a patience for all its requests");
    pn_patience_ms = 0;
    (void)ask_plain(ANSWERS_REFUSE, 0);
}

static void test_served(void)
{
    L4_Word_t before;
    int first = ask_plain(PN_LABEL_SERVED, 0);

    before = r.word[0];
    (void)ask_plain(ANSWERS_TICKS, 0);
    (void)ask_plain(0xffff, 0); /* refused */
    (void)ask_plain(PN_LABEL_ALIVE, 0);
    ok(first == 1 && ask_plain(PN_LABEL_SERVED, 0) == 1 &&
           r.word[0] >= before + 2 && r.word[0] < before + 1000,
       "a server tells how many requests it has handled: %lu, %lu", before,
       r.word[0]);
}

/* "servers_serve.2" asks for it, and is answered when it has gone. */
static void test_gone(void)
{
    int looks = 0;

    while (!L4_IsNilThread(pn_find("servers_serve.2")) && looks++ < 100)
        sleep_ms(10);
    ok(looks < 100, "a client ends while its answer is due");
    is((L4_Word_t)ask_plain(PN_LABEL_ALIVE, 0), 0, "the server does not");
    r = (struct pn_request){.server = L4_nilthread};
    ok(pn_request(&r) == -PN_GONE &&
           pn_ask(L4_nilthread, 0, NULL, 0, 0) == -PN_GONE,
       "who was not found is gone");
}

/* A program that waits is answered by this one's request. */
static void test_waiting(void)
{
    int looks = 0;

    do {
        sleep_ms(10);
        (void)ask_plain(ANSWERS_RELEASE, 0);
    } while (!L4_IsNilThread(pn_find("servers_serve.3")) && looks++ < 100);
    ok(looks < 100, "who waits is answered later");
}

/* --- what is no request --- */

static void test_notifications(void)
{
    L4_Word_t times;

    (void)ask_plain(ANSWERS_BITS, 0);
    times = r.word[1];
    ok(PN_Notify(server, 5) && ask_plain(ANSWERS_BITS, 0) == 2 &&
           r.word[0] == 5 && r.word[1] == times + 1,
       "notifications are handled");
    ok(PN_Notify(server, 0x100) && ask_plain(ANSWERS_BITS, 0) == 2 &&
           r.word[0] == 5 && r.word[1] == times + 1,
       "those outside the mask are not");
}

static void test_ticks(void)
{
    L4_Word_t before, asked;
    int all = 1;

    (void)ask_plain(ANSWERS_TICKS, 0);
    before = r.word[0];
    sleep_ms(200);
    (void)ask_plain(ANSWERS_TICKS, 0);
    ok(r.word[0] - before >= 5 && r.word[0] - before <= 21,
       "200 ms are up to 20 ticks, without a request: %lu", r.word[0] - before);
    before = r.word[0];
    for (asked = 0; r.word[0] - before < 5 && all && asked < 1000000; asked++)
        all = ask_plain(ANSWERS_TICKS, 0) == 1;
    ok(all && r.word[0] - before >= 5 && asked > 5,
       "and a client that never stops does not stop them");
}

static void test_interrupts(void)
{
    L4_Word_t before;

    r = (struct pn_request){.word = {1}};
    ok(ask(ANSWERS_CLOCK, 1) == 1, "the clock's interrupt is let in");
    before = r.word[0];
    sleep_ms(200);
    r = (struct pn_request){.word = {0}};
    ok(ask(ANSWERS_CLOCK, 1) == 1 && r.word[0] - before > 10,
       "and comes again and again: %lu", r.word[0] - before);
    is((L4_Word_t)ask_plain(PN_LABEL_ALIVE, 0), 0, "requests are answered");
}

/* A handler may print amid its work. */
static void test_printing(void)
{
    L4_Word_t before[L4_MRS], after[L4_MRS];
    L4_Word_t error;

    for (unsigned i = 0; i < L4_MRS; i++)
        before[i] = 0x1000 + i;
    L4_LoadMRs(0, L4_MRS, before);
    l4_tcr_set(L4_TCR_ERROR_CODE, 77);
    l4_tcr_set(L4_TCR_VIRTUAL_SENDER, 78);
    l4_tcr_set(L4_TCR_INTENDED_RECEIVER, 79);
    diag("this is printed between");
    L4_StoreMRs(0, L4_MRS, after);
    error = l4_tcr_get(L4_TCR_ERROR_CODE);
    ok(memcmp(before, after, sizeof before) == 0 && error == 77 &&
           l4_tcr_get(L4_TCR_VIRTUAL_SENDER) == 78 &&
           l4_tcr_get(L4_TCR_INTENDED_RECEIVER) == 79,
       "printing leaves message and control registers as they are");
}

static void test_nobody(void)
{
    server = L4_GlobalId(4000, 1);
    is((L4_Word_t)ask_plain(ANSWERS_SUM, 0), (L4_Word_t)-PN_GONE,
       "a server that is not there is gone");
}

int main(int argc, char **argv)
{
    server = pn_find(ANSWERS_NAME);
    if (argc > 1 && strcmp(argv[1], "quit") == 0) {
        r.patience_ms = 20;
        return ask(ANSWERS_HOLD, 0) != -PN_BUSY;
    }
    if (argc > 1 && strcmp(argv[1], "wait") == 0) {
        while (ask_plain(ANSWERS_HOLD, 0) != 1 || r.word[0] != 4711)
            ;
        return 0;
    }
    test_words();
    test_refusals();
    test_strings();
    test_gone();
    test_waiting();
    test_later();
    test_patience();
    test_served();
    test_notifications();
    test_ticks();
    test_interrupts();
    test_printing();
    test_nobody();
    done();
}
