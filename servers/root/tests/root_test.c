/*
 * root_test.c - what a person types, and what a boot loader passes on.
 */
#include "area.h"
#include "check.h"
#include "command.h"
#include "growth.h"
#include "log.h"
#include "map.h"
#include "policy.h"

#include <pn/system.h>

#include <stdlib.h>
#include <string.h>

static int is_parsed(const char *text, const char *path, const char *line,
                     enum command_size size)
{
    struct command c;

    command_parse(&c, text);
    return strcmp(c.path, path) == 0 && strcmp(c.line, line) == 0 &&
           c.size == size;
}

static void test_command(void)
{
    char longest[2000];
    struct command c;

    CHECK(is_parsed("hello a b", "hello", "hello a b", COMMAND_ANY),
          "path and arguments");
    CHECK(is_parsed("hello large a", "hello", "hello a", COMMAND_LARGE),
          "large in front of the arguments is taken out");
    CHECK(is_parsed("  hello\tsmall ", "hello", "hello", COMMAND_SMALL),
          "so is small, among blanks");
    CHECK(is_parsed("hello a small", "hello", "hello a small", COMMAND_ANY),
          "but not behind other arguments");
    CHECK(is_parsed("hello smaller", "hello", "hello smaller", COMMAND_ANY),
          "nor a word that only begins like it");
    CHECK(is_parsed("hello large large", "hello", "hello large", COMMAND_LARGE),
          "nor a second one");
    CHECK(is_parsed("", "?", "?", COMMAND_ANY),
          "an empty line has a name, too");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    command_parse(&c, longest);
    CHECK(strlen(c.path) == sizeof c.path - 1 &&
              strlen(c.line) < COMMAND_LENGTH,
          "an endless word is cut");
    longest[10] = ' ';
    command_parse(&c, longest);
    CHECK(strlen(c.path) == 10 && strlen(c.line) == COMMAND_LENGTH - 1,
          "an endless line is cut");
}

/* "first/log2 ... irq ..." of the options, or what is wrong with them. */
static const char *devices(const char *text)
{
    static char said[200];
    struct command c;
    char *at = said;

    command_parse(&c, text);
    if (c.error)
        return c.error;
    said[0] = '\0';
    for (unsigned i = 0; i < c.port_ranges; i++)
        at += sprintf(at, "%x/%u ", c.ports[i].first, c.ports[i].log2);
    for (unsigned i = 0; i < c.devices; i++)
        at += sprintf(at, "%lx+%lx ", c.device[i].first, c.device[i].bytes);
    for (unsigned i = 0; i < c.irqs; i++)
        at += sprintf(at, "irq %u ", c.irq[i]);
    return said;
}

static int is_wrong(const char *text)
{
    char line[100];
    struct command c;

    snprintf(line, sizeof line, "x %s", text);
    command_parse(&c, line);
    return c.error != NULL && strcmp(c.line, "x") == 0;
}

static void test_memory(void)
{
    struct command c;

    command_parse(&c, "x heap=64 auto threshold=300 a heap=1");
    CHECK(c.size == COMMAND_AUTO && c.heap == 64 && c.threshold == 300 &&
              !c.error && strcmp(c.line, "x a heap=1") == 0,
          "auto, heap and threshold are taken out, in any order");
    command_parse(&c, "x heap=262144 small auto threshold=131072");
    CHECK(c.size == COMMAND_SMALL && c.heap == 262144 && c.threshold == 0 &&
              !c.error && strcmp(c.line, "x auto threshold=131072") == 0,
          "a second kind of space is an argument, and so is all behind it");
}

static void test_devices(void)
{
    static const char *const wrong[] = {"ports=",
                                        "ports=3f8",
                                        "ports=3f8+",
                                        "ports=3f8+7",
                                        "ports=3f8+0",
                                        "ports=+8",
                                        "ports=3f8+8x",
                                        "ports=x3f8+8",
                                        "ports=ffff+2",
                                        "ports=10000+1",
                                        "ports=3f8,8",
                                        "device=",
                                        "device=b8000",
                                        "device=b8000+800",
                                        "device=b8000+8000x",
                                        "device=10000+1000",
                                        "device=fffff000+2000",
                                        "device=a0000+1000 device=b0000+1000 "
                                        "device=c0000+1000",
                                        "irq=",
                                        "irq=x",
                                        "irq=4x",
                                        "irq=256",
                                        "irq=-1",
                                        "irq=1 irq=2 irq=3",
                                        "heap=",
                                        "heap=0",
                                        "heap=262145",
                                        "heap=4x",
                                        "heap=-1",
                                        "heap=1 heap=2",
                                        "threshold=",
                                        "threshold=0",
                                        "threshold=131073",
                                        "threshold=x",
                                        "threshold=1 threshold=2"};
    int all = 1;

    CHECK(is_parsed("console small ports=3f8+8 irq=4 a b", "console",
                    "console a b", COMMAND_SMALL),
          "devices are taken out, too");
    CHECK(strcmp(devices("x irq=4 ports=3f8+8 large irq=12 ports=0+10000"),
                 "3f8/3 0/16 irq 4 irq 12 ") == 0,
          "ports in base 16, lines in base 10, in any order");
    CHECK(strcmp(devices("x device=b8000+8000 irq=1 device=A0000+1000 b"),
                 "b8000+8000 a0000+1000 irq 1 ") == 0,
          "so is the memory of devices");
    CHECK(strcmp(devices("x device=b8800+8000"),
                 "expected device memory in whole pages: multiples of 1000, in "
                 "base 16") == 0,
          "and it is told what is expected of that");
    CHECK(strcmp(devices("x a irq=4"), "") == 0 &&
              is_parsed("x a irq=4", "x", "x a irq=4", COMMAND_ANY),
          "but not behind an argument");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (!is_wrong(wrong[i])) {
            all = 0;
            printf("# accepted: %s\n", wrong[i]);
        }
    CHECK(all, "what is no range, no line and no size is an error");
    CHECK(!is_wrong("ports=1+1 ports=2+1 ports=3+1 ports=4+1") &&
              is_wrong("ports=1+1 ports=2+1 ports=3+1 ports=4+1 ports=5+1"),
          "four ranges at most");
}

static void test_description(void)
{
    static const struct pn_spec server = {.name = "kv",
                                          .image = "kv_image",
                                          .arguments = "a b",
                                          .place = PN_PLACE_SMALL,
                                          .size = 65536,
                                          .heap = 8192,
                                          .threshold = 1 << 20,
                                          .memory = 5 << 20,
                                          .priority = 17,
                                          .ports = {{0x70, 1}},
                                          .port_ranges = 1,
                                          .device = {{0xb8000, 0x1000}},
                                          .devices = 1,
                                          .irq = {8, 9},
                                          .irqs = 2};
    struct command c;

    memset(&c, 0xff, sizeof c);
    command_describe(&c, &server, "kv.3");
    CHECK(strcmp(c.path, "kv_image") == 0 && strcmp(c.line, "kv.3 a b") == 0,
          "a described server is called by its own name");
    CHECK(c.size == COMMAND_SMALL && c.least == 65536 && c.heap == 8 &&
              c.threshold == 256 && c.memory == 5 << 20 && c.priority == 17,
          "its sizes and its priority are those of the description");
    CHECK(c.port_ranges == 1 && c.ports[0].first == 0x70 &&
              c.ports[0].log2 == 1 && c.devices == 1 &&
              c.device[0].first == 0xb8000 && c.irqs == 2 && c.irq[1] == 9 && !c.error,
          "so are its devices");
}

#define SECOND 1000000u

/* How it goes when a server stops, `ran` us after each start: "10 20 40 F" are
 * back-offs in ms and the end. */
static const char *story(const struct pn_spec *s, int well, uint64_t ran,
                         unsigned stops)
{
    static char said[400];
    struct restart r;
    uint64_t now = 77;
    size_t n = 0;

    memset(&r, 0, sizeof r);
    r.began = now;
    said[0] = '\0';
    for (unsigned i = 0; i < stops; i++) {
        enum restart_verdict verdict = restart_after(&r, s, well, now += ran);

        if (verdict != RESTART_LATER)
            return strcat(said, verdict == RESTART_DOWN ? "D" : "F");
        n += (size_t)snprintf(said + n, sizeof said - n, "%u ",
                              (unsigned)((r.began - now) / 1000));
        now = r.began;
    }
    return said;
}

static void test_restart(void)
{
    struct pn_spec s = {
        .restart = PN_RESTART_ON_FAILURE, .retries = 5, .backoff = 10};

    CHECK(strcmp(story(&s, 0, 1000, 9), "10 20 40 80 160 F") == 0,
          "a back-off doubles, and the retries are used up");
    CHECK(strcmp(story(&s, 1, 1000, 9), "D") == 0,
          "what ends well is not started again on failure");
    CHECK(strcmp(story(&s, 0, 20 * SECOND, 6), "10 10 10 10 10 10 ") == 0,
          "what has run well for a while begins anew");
    CHECK(strcmp(story(&s, 0, RESTART_CALM - 1, 9), "10 20 40 80 160 F") == 0,
          "and not before");
    s.heartbeat = 30000;
    CHECK(strcmp(story(&s, 0, 31 * SECOND, 9), "10 20 40 80 160 F") == 0,
          "one that hangs at once, and is found out late, does not run well");
    s = (struct pn_spec){
        .restart = PN_RESTART_ALWAYS, .retries = 7, .backoff = 9000};
    CHECK(strcmp(story(&s, 1, 0, 9), "9000 18000 36000 60000 60000 60000 "
                                     "60000 F") == 0,
          "a back-off is a minute at most");
    s.backoff = 100000;
    s.retries = 2;
    CHECK(strcmp(story(&s, 1, 0, 9), "100000 100000 F") == 0,
          "unless it begins longer");
    s.restart = PN_RESTART_NEVER;
    CHECK(strcmp(story(&s, 1, 0, 9), "D") == 0 &&
              strcmp(story(&s, 0, 0, 9), "F") == 0,
          "never is never");
    s = (struct pn_spec){.restart = PN_RESTART_ALWAYS, .backoff = 1};
    CHECK(strcmp(story(&s, 0, 0, 9), "F") == 0, "no retries are none");
}

static void test_log(void)
{
    static char text[LOG_BYTES + 1];
    char line[40];

    log_copy(text, sizeof text);
    CHECK(text[0] == '\0', "an empty log is empty");
    log_add("first\nsecond", 12);
    log_copy(text, sizeof text);
    CHECK(strcmp(text, "first\nsecond") == 0, "what is added is there");
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(line, sizeof line, "line %u\n", i);
        log_add(line, strlen(line));
    }
    log_copy(text, sizeof text);
    CHECK(strncmp(text, "line ", 5) == 0 && strlen(text) > LOG_BYTES - 20 &&
              strcmp(text + strlen(text) - 10, "line 4999\n") == 0,
          "the oldest lines make room, whole");
}

static void test_growth(void)
{
    int tight = 0, roomy = 0, above = 0;

    for (unsigned threshold = 1; threshold < 300; threshold += 7)
        for (unsigned most = 1; most < 400; most += 3)
            for (unsigned needed = 1; needed <= most; needed++) {
                unsigned slot = growth_slot(needed, most, threshold);

                tight += slot != 0 && slot < needed;
                above += (slot == 0) != (needed > threshold) || slot > most;
                roomy += slot > needed && slot > threshold;
            }
    CHECK(tight == 0, "a slot holds what is needed");
    CHECK(above == 0 && roomy == 0,
          "no more than there is or may be, and none beyond the threshold");
    CHECK(growth_slot(40, 1000, 256) == 50 && growth_slot(3, 1000, 256) == 7,
          "and has a quarter to spare, or four pages");
    CHECK(!growth_returns(256, 20, 256) && !growth_returns(129, 20, 256) &&
              growth_returns(128, 20, 256),
          "half the threshold is small enough to come back");
    CHECK(growth_returns(200, 200, 256) && !growth_returns(257, 257, 256),
          "so is a program that has given back all it can");
}

/* Times that somebody who tries every `step` us succeeds within `end` us, if
 * the work takes `work`. */
static unsigned successes(uint64_t end, uint64_t step, uint64_t work)
{
    struct backoff b = {0, 0};
    unsigned n = 0;

    for (uint64_t t = 0; t < end; t += step)
        if (backoff_begin(&b, t)) {
            backoff_end(&b, t, t + work);
            n++;
        }
    return n;
}

static void test_backoff(void)
{
    struct backoff b = {0, 0};

    CHECK(backoff_begin(&b, 5), "the first time is free");
    backoff_end(&b, 5, 6);
    CHECK(!backoff_begin(&b, 6) && !backoff_begin(&b, 6 + BACKOFF_FIRST - 1) &&
              backoff_begin(&b, 6 + BACKOFF_FIRST),
          "the next waits");
    CHECK(successes(10000000, 100, 0) == 10,
          "who never ceases to try has it 10 times in 10 s");
    CHECK(successes(3600000000u, 10000, 0) < 70,
          "and less than twice a minute in the end");
    CHECK(successes(3600000000u, 5000000, 1000) == 720,
          "who needs it every five seconds has it every time");
    CHECK(successes(100000000, BACKOFF_FIRST * (BACKOFF_CALM + 1), 0) < 600,
          "who waits as long as is calm has it six times a second");
    CHECK(successes(100000000, 170000, 100000) <= 32,
          "nobody has more than 3 %% of the time");
}

/* --- the area --- */

#define BASE 0xc0000000UL
#define PAGE 4096UL

typedef void area_print(const struct pn_place *, struct area_space *, unsigned);

/* What one of them prints; to be freed. */
static char *printed(area_print *print, const struct pn_place *area,
                     struct area_space *spaces, unsigned n)
{
    FILE *console = stdout;
    char *text = NULL;
    size_t size = 0;

    stdout = open_memstream(&text, &size);
    print(area, spaces, n);
    fclose(stdout);
    stdout = console;
    return text;
}

static int prints(area_print *print, const struct pn_place *area,
                  struct area_space *spaces, unsigned n, const char *wanted)
{
    char *text = printed(print, area, spaces, n);
    int same = strcmp(text, wanted) == 0;

    if (!same)
        printf("# got\n%s# wanted\n%s", text, wanted);
    free(text);
    return same;
}

static void test_area(void)
{
    struct pn_place area = {BASE, 256 * PAGE};
    struct area_space spaces[] = {
        {"sigma0", "system", {0x48001}, {0, 0xc0000000}, 0},
        {"b", "auto", {0x50002}, {BASE + 64 * PAGE, 32 * PAGE}, 3UL << 29},
        {"a\"\\\n", "default", {0x54002}, {BASE, 3 * PAGE}, 1UL << 30},
        {"c", "large", {0x58002}, {0, 0xc0000000}, 0},
        {"d", "small", {0x5c002}, {BASE + 37 * PAGE, 1 * PAGE}, 0x40000005}};
    struct area_space all = {"x", "small", {0x50002}, {BASE, 256 * PAGE}, 0};

    CHECK(prints(area_text, &area, spaces, 5,
                 "   BASE       PAGES  COLOUR  SPACE\n"
                 "a  c0000000       3       0  a\"\\\n, default\n"
                 ".  c0003000      34\n"
                 "b  c0025000       1       5  d, small, pinned by number 5\n"
                 ".  c0026000      26\n"
                 "c  c0040000      32       0  b, auto, asks at its limit\n"
                 ".  c0060000     160\n"
                 "c0000000 |aa................b.............cccccccccccccccc"
                 "................| 2 pages a character\n"
                 "large: sigma0, system; c, large\n"
                 "220 of 256 pages free, in 3 runs, 160 in the largest: "
                 "fragmentation 27.27 %\n"),
          "the area is drawn in the order of addresses");
    CHECK(prints(area_json, &area, spaces, 5,
                 "{\"base\": 3221225472, \"pages\": 256,\n"
                 " \"spaces\": [\n"
                 "  {\"name\": \"a\\u0022\\u005c\\u000a\", "
                 "\"thread\": \"21.2\", \"policy\": \"default\", "
                 "\"small\": true, \"base\": 3221225472, \"pages\": 3, "
                 "\"colour\": 0, \"asks\": false, \"number\": 0},\n"
                 "  {\"name\": \"d\", \"thread\": \"23.2\", "
                 "\"policy\": \"small\", \"small\": true, "
                 "\"base\": 3221377024, \"pages\": 1, \"colour\": 5, "
                 "\"asks\": false, \"number\": 5},\n"
                 "  {\"name\": \"b\", \"thread\": \"20.2\", "
                 "\"policy\": \"auto\", \"small\": true, "
                 "\"base\": 3221487616, \"pages\": 32, \"colour\": 0, "
                 "\"asks\": true, \"number\": 0},\n"
                 "  {\"name\": \"sigma0\", \"thread\": \"18.1\", "
                 "\"policy\": \"system\", \"small\": false, "
                 "\"base\": null, \"pages\": null, \"colour\": null, "
                 "\"asks\": false, \"number\": 0},\n"
                 "  {\"name\": \"c\", \"thread\": \"22.2\", "
                 "\"policy\": \"large\", \"small\": false, "
                 "\"base\": null, \"pages\": null, \"colour\": null, "
                 "\"asks\": false, \"number\": 0}],\n"
                 " \"free\": [\n"
                 "  {\"base\": 3221237760, \"pages\": 34, \"colour\": 3},\n"
                 "  {\"base\": 3221381120, \"pages\": 26, \"colour\": 6},\n"
                 "  {\"base\": 3221618688, \"pages\": 160, "
                 "\"colour\": 0}],\n"
                 " \"free_pages\": 220, \"largest_free\": 160, "
                 "\"fragmentation\": 0.2727}\n"),
          "and as JSON, whatever a name has in it");
    CHECK(prints(area_text, &area, spaces + 3, 1,
                 "   BASE       PAGES  COLOUR  SPACE\n"
                 ".  c0000000     256\n"
                 "large: sigma0, system\n"
                 "256 of 256 pages free, in 1 run, 256 in the largest: "
                 "fragmentation 0.00 %\n"),
          "an area without spaces");
    CHECK(prints(area_text, &area, &all, 1,
                 "   BASE       PAGES  COLOUR  SPACE\n"
                 "a  c0000000     256       0  x, small\n"
                 "c0000000 |aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaa| 4 pages a character\n"
                 "0 of 256 pages free, in 0 runs, 0 in the largest: "
                 "fragmentation 0.00 %\n"),
          "and one that is full");
}

/* Spaces of one page next to each other share a character. */
static void test_crowded_area(void)
{
    static struct area_space spaces[120];
    struct pn_place area = {BASE, 1024 * PAGE};
    char *text;

    for (unsigned i = 0; i < 120; i++)
        spaces[i] = (struct area_space){
            "s", "small", {0x50002}, {BASE + (119 - i) * PAGE, PAGE}, 0};
    text = printed(area_text, &area, spaces, 120);
    CHECK(strstr(text, "|************************************************"
                       "************....| 2 pages") &&
              strstr(text, "904 of 1024 pages free, in 1 run"),
          "a crowded one");
    free(text);
}

static void test_map(void)
{
    struct pn_place area = {BASE, 1024 * PAGE};
    static struct area_space spaces[120];
    char *text;

    spaces[0] = (struct area_space){"root", "system", {0x40001}, {0, 0}, 0};
    spaces[1] = (struct area_space){
        "b", "small", {0x50002}, {BASE + 10 * PAGE, 2 * PAGE}, 0};
    spaces[2] =
        (struct area_space){"a", "small", {0x60002}, {BASE, 4 * PAGE}, 0};
    text = printed(map_text, &area, spaces, 3);
    CHECK(strstr(text, " c0400000 +--") &&
              strstr(text, "| .                                  | 4048 KB at "
                           "c000c000\n"
                           "          | b                                  | "
                           "8 KB at c000a000\n"
                           "          | .                                  | "
                           "24 KB at c0004000\n"
                           "          | a                                  | "
                           "16 KB at c0000000\n c0000000 +--"),
          "the map: small spaces and what is free between them");
    CHECK(strstr(text, "\n          | root ") && strstr(text, " 00000000 +--"),
          "and the large ones below");
    free(text);
    for (unsigned i = 0; i < 120; i++)
        spaces[i] = (struct area_space){
            "e", "small", {0x50002}, {BASE + (119 - i) * PAGE, PAGE}, 0};
    text = printed(map_text, &area, spaces, 120);
    CHECK(strstr(text, "| : 112 more ") && strstr(text, "4 KB at c0077000") &&
              strstr(text, "4 KB at c0074000") &&
              !strstr(text, "4 KB at c0073000") &&
              !strstr(text, "4 KB at c0004000") &&
              strstr(text, "4 KB at c0003000"),
          "of a crowd both ends");
    free(text);
}

int main(void)
{
    test_command();
    test_memory();
    test_devices();
    test_description();
    test_restart();
    test_log();
    test_growth();
    test_backoff();
    test_area();
    test_crowded_area();
    test_map();
    return check_end();
}
