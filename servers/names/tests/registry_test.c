/*
 * registry_test.c - names against a model, with owners that die at any time,
 * and a memory that a new registry goes on with.
 */
#include "check.h"

#include "registry.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES = 40, THREADS = 20, ROUNDS = 100000 };

static struct registry_record memory[REGISTRY_WATCHES + NAMES];
static struct registry registry;
static unsigned char dead[THREADS + 1];
static uint32_t told[THREADS + 1];

static int lives(uint32_t thread)
{
    return !dead[thread];
}

static void notify(uint32_t thread, uint32_t bits)
{
    told[thread] |= bits;
}

static uint32_t seed = 1;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static uint32_t begin(void)
{
    registry = (struct registry){.lives = lives, .notify = notify};
    return registry_open(&registry, memory, sizeof memory);
}

static void begin_anew(void)
{
    memset(memory, 0, sizeof memory);
    memset(dead, 0, sizeof dead);
    memset(told, 0, sizeof told);
    (void)begin();
}

/* The n-th name, in a buffer as messages have it. */
static const char *name(unsigned n)
{
    static char text[REGISTRY_NAME];

    memset(text, 0, sizeof text);
    snprintf(text, sizeof text, "%s/%u", n % 2 ? "odd" : "even", n);
    return text;
}

/* --- the model: thread of name n --- */

static uint32_t owner[2 * NAMES];

static int is_owned(unsigned n)
{
    return owner[n] != 0 && !dead[owner[n]];
}

static unsigned owned(void)
{
    unsigned count = 0;

    for (unsigned n = 0; n < 2 * NAMES; n++)
        count += (unsigned)is_owned(n);
    return count;
}

static int try_publish(unsigned n, uint32_t thread)
{
    int wanted = is_owned(n)        ? owner[n] == thread ? 0 : REGISTRY_DENIED
                 : owned() == NAMES ? REGISTRY_FULL
                                    : 0;

    if (wanted == 0)
        owner[n] = thread;
    return registry_publish(&registry, name(n), thread) == wanted;
}

static int try_remove(unsigned n, uint32_t thread)
{
    int wanted = !is_owned(n)         ? REGISTRY_NOT_FOUND
                 : owner[n] != thread ? REGISTRY_DENIED
                                      : 0;

    if (wanted == 0)
        owner[n] = 0;
    return registry_remove(&registry, name(n), thread) == wanted;
}

static int try_list(unsigned odd)
{
    uint32_t at = 0, count = 0, wanted = 0;
    const struct registry_record *r;

    while ((r = registry_next(&registry, odd ? "odd" : "even/", &at)) != NULL)
        count += r->thread == owner[atoi(strchr(r->text, '/') + 1)];
    for (unsigned n = odd; n < 2 * NAMES; n += 2)
        wanted += (unsigned)is_owned(n);
    return count == wanted;
}

/* Its number is never used again, as the thread has another version. */
static void die(uint32_t thread)
{
    dead[thread] = 1;
    (void)begin(); /* and the server is started again */
    for (unsigned n = 0; n < 2 * NAMES; n++)
        if (owner[n] == thread)
            (void)registry_find(&registry, name(n));
    for (unsigned n = 0; n < 2 * NAMES; n++)
        if (owner[n] == thread)
            owner[n] = 0;
    dead[thread] = 0;
}

static int try_anything(void)
{
    unsigned n = any(2 * NAMES);
    uint32_t thread = 1 + any(THREADS);

    switch (any(20)) {
    case 0:
        die(thread);
        return 1;
    case 1:
        return try_list(n % 2);
    case 2:
    case 3:
    case 4:
    case 5:
        return try_remove(n, thread);
    case 6:
    case 7:
    case 8:
        return registry_find(&registry, name(n)) == owner[n];
    default:
        return try_publish(n, thread);
    }
}

static void test_model(void)
{
    unsigned round = 0;

    begin_anew();
    while (round < ROUNDS && try_anything())
        round++;
    CHECK(round == ROUNDS, "%u times anything, as the model says", round);
}

static void test_table(void)
{
    int error = 0;

    begin_anew();
    for (unsigned n = 0; n < NAMES; n++)
        error |= registry_publish(&registry, name(n), 1 + n % 2);
    CHECK(error == 0, "%u names", NAMES);
    CHECK(registry_publish(&registry, name(NAMES), 1) == REGISTRY_FULL,
          "one more is too many");
    dead[2] = 1;
    CHECK(registry_publish(&registry, name(NAMES), 1) == 0,
          "when one has died there is room");
    CHECK(begin() == NAMES && registry_find(&registry, name(0)) == 1 &&
              registry_find(&registry, name(1)) == 0,
          "a new registry over the memory knows those that live");
    memset(memory[REGISTRY_WATCHES].text, 'x', REGISTRY_NAME);
    memory[0] = (struct registry_record){.text = "\n", .thread = 1};
    (void)begin();
    CHECK(memory[REGISTRY_WATCHES].thread == 0 && memory[0].thread == 0,
          "and forgets what is no name");
    CHECK(registry_open(&registry, memory, REGISTRY_WATCHES * sizeof *memory) ==
              0,
          "a memory for watchers alone is too small");
}

static void test_watch(void)
{
    int error = 0;

    begin_anew();
    CHECK(registry_watch(&registry, "od", 3, 4) == 0 &&
              registry_watch(&registry, "", 4, 1) == 0,
          "two watch");
    (void)registry_publish(&registry, name(1), 1);
    CHECK(told[3] == 4 && told[4] == 1, "a name that comes is told");
    (void)registry_publish(&registry, name(2), 2);
    told[3] = told[4] = 0;
    (void)registry_publish(&registry, name(1), 1);
    (void)registry_publish(&registry, name(1), 2);
    CHECK(told[3] == 0 && told[4] == 0, "one that stays is not");
    (void)registry_remove(&registry, name(2), 2);
    CHECK(told[3] == 0 && told[4] == 1, "one that goes is, to whom it matters");
    dead[1] = 1;
    CHECK(registry_sweep(&registry) == 1 && told[3] == 4,
          "and one whose owner has died, when it is swept");
    CHECK(registry_watch(&registry, "od", 3, 0) == 0 &&
              registry_watch(&registry, "od", 3, 0) == REGISTRY_NOT_FOUND,
          "who wants no bits watches no more");
    for (unsigned n = 1; n < REGISTRY_WATCHES; n++)
        error |= registry_watch(&registry, name(n), 5, 1);
    CHECK(error == 0 && registry_watch(&registry, "", 6, 1) == REGISTRY_FULL,
          "the table of watchers has an end");
    dead[5] = 1;
    CHECK(registry_watch(&registry, "", 6, 1) == 0, "but not for the dead");
    dead[4] = dead[6] = 1;
    CHECK(registry_sweep(&registry) == 0, "nobody who lives watches");
}

static void test_names(void)
{
    char text[REGISTRY_NAME] = "a name";

    CHECK(!registry_is_name(text, 0), "a name has no blanks");
    text[1] = '/';
    CHECK(registry_is_name(text, 0), "but other signs");
    text[REGISTRY_NAME - 1] = 'x';
    CHECK(!registry_is_name(text, 0), "nothing stands behind its end");
    memset(text, 'x', sizeof text);
    CHECK(!registry_is_name(text, 0), "it has an end");
    text[REGISTRY_NAME - 1] = '\0';
    CHECK(registry_is_name(text, 0), "31 characters are a name");
    text[4] = '\n';
    CHECK(!registry_is_name(text, 0), "of one line");
    text[4] = (char)0xe4;
    CHECK(!registry_is_name(text, 0), "in ASCII");
    memset(text, 0, sizeof text);
    CHECK(!registry_is_name(text, 0) && registry_is_name(text, 1),
          "nothing is no name, but the beginning of all");
}

int main(void)
{
    test_model();
    test_table();
    test_watch();
    test_names();
    return check_end();
}
