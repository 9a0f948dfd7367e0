/*
 * options_test.c - the argument line of servers_bench.
 */
#include "check.h"
#include "options.h"

#include <string.h>

static struct options options;

/* Parse one word; true if it was taken. */
static int
parse(const char *word)
{
    char name[] = "servers_bench";
    char copy[80] = "";
    char *argv[2] = {name, copy};
    int bad;

    strncpy(copy, word, sizeof copy - 1);
    return options_parse(&options, 2, argv, &bad) == NULL;
}

static void
test_good(void)
{
    CHECK(parse("servers=2,8,max") && options.servers.n == 3 &&
              options.servers.value[1] == 8 &&
              options.servers.value[2] == SERVERS_MAX,
          "a list of numbers, max at its end");
    CHECK(options.clients.n == 1 && options.clients.value[0] == 1 &&
              options.server_small && options.client_small &&
              options.place == PLACE_COLOUR && options.samples == 5,
          "what is not said has its default");
    CHECK(parse("pages=0,96") && options.pages.value[1] == 96, "pages");
    CHECK(parse("server=large") && !options.server_small &&
              options.client_small,
          "kinds of spaces");
    CHECK(parse("place=x2") && options.place == PLACE_X2, "places");
    CHECK(parse("passes=0") && parse("warmup=0"), "zeros where they are right");
    CHECK(parse("servers=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16") &&
              options.servers.n == LIST_MAX,
          "as many as a list can have");
}

static void
test_bad(void)
{
    static const char *const bad[] = {
        "",
        "x",
        "servers",
        "servers=",
        "servers=0",
        "servers=4097",
        "servers=2,",
        "servers=2,2",
        "servers=,2",
        "servers=8,4",
        "servers=2-4",
        "servers=2x",
        "clients=17",
        "pages=97",
        "pages=-1",
        "place=",
        "place=X2",
        "server=tiny",
        "samples=0",
        "samples=32",
        "warmup=32",
        "passes=9999",
        "servers=2,max,",
        "servers=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
    };

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!parse(bad[i]), "refuses \"%s\"", bad[i]);
}

int
main(void)
{
    test_good();
    test_bad();
    return check_end();
}
