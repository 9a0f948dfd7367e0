/*
 * tests/servers/names.c - the name service:
 *
 *     servers_names            checks, with the help of these:
 *     servers_names mortal N   has the name N, and ends when somebody calls
 *     servers_names guarded    may talk to nobody else
 *     servers_names crowd      waits for a name, beside many others
 *     servers_names keeper     has names in a service that is killed at random
 */
#include <pn/libc.h>
#include <pn/names.h>
#include <pn/notify.h>
#include <pn/program.h>
#include <pn/tap.h>

#include <l4/schedule.h>

int main(int argc, char **argv);

#define CROWD  40 /* more than can wait at a time */
#define MANY   20u
#define KEPT   20u
#define DEATHS 4u
#define START  "test/start"

static int ask(L4_Word_t label, const char *name, unsigned words,
               L4_Word_t word)
{
    struct pn_request r = {
        .server = pn_find(PN_NAMES_SERVER), .label = label, .words = words};

    memcpy(r.word, name, strnlen(name, PN_NAMES_SIZE));
    r.word[PN_NAMES_WORDS] = word;
    return pn_request(&r);
}

static int is_mine(L4_ThreadId_t thread)
{
    return L4_IsThreadEqual(thread, L4_MyGlobalId()) != 0;
}

static const char *numbered(const char *what, unsigned n)
{
    static char name[PN_NAMES_SIZE];

    snprintf(name, sizeof name, "%s/%u", what, n);
    return name;
}

/* How many names begin so, in pages; or minus an enum pn_problem. */
static int count(const char *begin)
{
    struct pn_names_entry entries[PN_NAMES_PAGE];
    L4_Word_t at = 0;
    int n, all = 0;

    while ((n = pn_names_list(begin, &at, entries)) > 0)
        for (int i = 0; i < n; i++)
            all += strncmp(entries[i].name, begin, strlen(begin)) == 0;
    return n < 0 ? n : all;
}

static void test_own(void)
{
    const char *longest = "test/1234567890123456789012345";

    ok(pn_names_publish("test/main") == 0 &&
           is_mine(pn_names_find("test/main")),
       "a name can be published and found");
    ok(pn_names_publish("test/main") == 0, "again, it is the same");
    ok(pn_names_publish(longest) == 0 && is_mine(pn_names_find(longest)) &&
           pn_names_remove(longest) == 0,
       "a name may have 31 characters");
    ok(pn_names_find(longest).raw == 0, "what is removed is gone");
    is((L4_Word_t)pn_names_remove(longest), (L4_Word_t)-PN_NOT_FOUND,
       "and can't be removed again");
    ok(pn_names_find("mortal").raw == pn_find("mortal").raw,
       "what nobody has published is a program, if there is one");
}

static void test_refusals(void)
{
    is((L4_Word_t)pn_names_publish("test/12345678901234567890123456789"),
       (L4_Word_t)-PN_INVALID, "32 characters are too many");
    is((L4_Word_t)ask(PN_NAMES_PUBLISH, "test/12345678901234567890123456789",
                      PN_NAMES_WORDS, 0),
       (L4_Word_t)-PN_INVALID, "for the service, too");
    is((L4_Word_t)pn_names_publish("a blank"), (L4_Word_t)-PN_INVALID,
       "so is a blank");
    is((L4_Word_t)pn_names_publish(""), (L4_Word_t)-PN_INVALID, "and nothing");
    is((L4_Word_t)ask(PN_NAMES_PUBLISH, "test/x", 1, 0), (L4_Word_t)-PN_UNKNOWN,
       "a request has eight words");
    is((L4_Word_t)pn_names_publish("test/mortal"), (L4_Word_t)-PN_DENIED,
       "somebody else's name can't be taken");
    is((L4_Word_t)pn_names_remove("test/mortal"), (L4_Word_t)-PN_DENIED,
       "nor removed");
}

static void test_table(void)
{
    unsigned n, published = 0;
    int error = 0;

    for (n = 0; n < MANY; n++)
        error |= pn_names_publish(numbered("many", n));
    ok(error == 0 && count("many/") == (int)MANY && count("many/19") == 1,
       "%u names are listed, in pages", MANY);
    while ((error = pn_names_publish(numbered("full", published))) == 0)
        published++;
    ok(error == -PN_NO_ROOM && published > 100,
       "%u more, then the table is full", published);
    ok(is_mine(pn_names_find("full/0")) && is_mine(pn_names_find("many/0")),
       "which harms no name");
    for (n = 0; n < published; n++)
        error = pn_names_remove(numbered("full", n));
    for (n = 0; n < MANY; n++)
        error |= pn_names_remove(numbered("many", n));
    ok(error == 0 && count("many/") == 0 && count("full/") == 0,
       "all of them can be removed");
}

static void end(L4_ThreadId_t thread)
{
    L4_Set_MsgTag(L4_Niltag);
    (void)L4_Call(thread);
}

static void test_death(void)
{
    L4_ThreadId_t old = pn_names_wait("test/mortal", PN_NAMES_FOREVER), new;

    PN_SetNotifyMask(1);
    ok(pn_names_watch("test/mo", 1) == 0, "a watcher");
    end(old);
    ok(PN_WaitNotification(L4_Never) == 1, "is told that an owner has died");
    while (L4_IsNilThread(new = pn_names_find("test/mortal")) ||
           L4_IsThreadEqual(old, new))
        (void)PN_WaitNotification(L4_TimePeriod(1000));
    ok(L4_ThreadNo(old) == L4_ThreadNo(new), "started again, it has its name");
    ok(pn_names_watch("test/mo", 0) == 0, "who has heard enough says so");
    is((L4_Word_t)pn_names_watch("test/mo", 0), (L4_Word_t)-PN_NOT_FOUND,
       "once");
    end(pn_names_wait("test/brief", PN_NAMES_FOREVER));
    while (!L4_IsNilThread(pn_find("brief")))
        L4_Sleep(L4_TimePeriod(1000));
    ok(pn_names_publish("test/brief") == 0,
       "the name of one who has gone for good is to be had");
}

static void test_wait(void)
{
    L4_Word64_t began = L4_SystemClock().raw;

    ok(L4_IsNilThread(pn_names_wait("test/nobody", 120)) &&
           L4_SystemClock().raw - began >= 120000,
       "who waits for a name that does not come is told, not early");
    while (ask(PN_NAMES_WAIT, "test/nobody", PN_NAMES_WORDS + 1, 1) !=
           -PN_NO_ROOM)
        L4_Sleep(L4_TimePeriod(1000));
    ok(1, "there is no room for all that want to wait");
    ok(is_mine(pn_names_find("test/main")), "the others are served meanwhile");
    ok(pn_names_publish(START) == 0, "what all wait for comes");
    while (count("crowd/") != CROWD)
        L4_Sleep(L4_TimePeriod(1000));
    ok(1, "and all %u of them go on", CROWD);
    ok(!L4_IsNilThread(pn_names_wait("test/guarded-ok", PN_NAMES_FOREVER)),
       "one who may talk to nobody else has names, but watches none");
}

/* --- the others --- */

static int mortal(const char *name)
{
    L4_ThreadId_t from;

    (void)pn_names_publish(name);
    (void)L4_Wait(&from);
    return 1;
}

static int guarded(void)
{
    if (pn_names_publish("test/guarded") == 0 &&
        is_mine(pn_names_find("test/guarded")) &&
        pn_names_watch("", 1) == -PN_DENIED)
        (void)pn_names_publish("test/guarded-ok");
    pn_sleep_forever();
}

static int crowd(void)
{
    (void)pn_names_wait(START, PN_NAMES_FOREVER);
    (void)pn_names_publish(
        numbered("crowd", (unsigned)L4_ThreadNo(L4_MyGlobalId())));
    pn_sleep_forever();
}

static void keeper(void)
{
    L4_ThreadId_t last = L4_nilthread, now;
    unsigned services = 0, wrong = 0, gone = 0;

    for (unsigned n = 0; n < KEPT; n++)
        while (pn_names_publish(numbered("kept", n)) != 0)
            L4_Sleep(L4_TimePeriod(1000));
    while (services < DEATHS + 1) {
        int n = count("kept/");

        gone += n == -PN_GONE;
        wrong += n != -PN_GONE && n != (int)KEPT;
        now = pn_find(PN_NAMES_SERVER);
        services += !L4_IsNilThread(now) && !L4_IsThreadEqual(now, last);
        if (!L4_IsNilThread(now))
            last = now;
        L4_Sleep(L4_TimePeriod(500));
    }
    ok(wrong == 0, "of %u names none is lost by a service that died %u times",
       KEPT, DEATHS);
    diag("%u requests found it dead", gone);
    done();
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "mortal") == 0)
        return mortal(argv[2]);
    if (strcmp(what, "guarded") == 0)
        return guarded();
    if (strcmp(what, "crowd") == 0)
        return crowd();
    if (strcmp(what, "keeper") == 0)
        keeper();
    ok(!L4_IsNilThread(pn_names_wait("test/mortal", PN_NAMES_FOREVER)),
       "a name can be waited for");
    test_own();
    test_refusals();
    test_table();
    test_death();
    test_wait();
    done();
}
