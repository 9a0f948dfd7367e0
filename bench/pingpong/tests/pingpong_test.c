/*
 * pingpong_test.c - the argument line and the statistics of pingpong.
 */
#include "check.h"
#include "crc.h"
#include "options.h"
#include "report.h"

#include <string.h>

static struct options options;

/* Parse up to three words; true if they were taken. */
static int
parse(const char *a, const char *b, const char *c)
{
    char name[] = "pingpong";
    char words[3][80];
    char *argv[4] = {name};
    const char *given[3] = {a, b, c};
    int argc = 1;
    int bad;

    for (unsigned i = 0; i < 3 && given[i]; i++) {
        strncpy(words[i], given[i], sizeof words[i] - 1);
        words[i][sizeof words[i] - 1] = '\0';
        argv[argc++] = words[i];
    }
    return options_parse(&options, argc, argv, &bad) == NULL;
}

static unsigned
cases(void)
{
    unsigned n = 0;

    for (unsigned p = 0; p < PAGE_COUNTS; p++)
        for (unsigned mrs = 0; mrs < MRS; mrs++)
            n += options_wanted(&options, mrs, p) != 0;
    return n;
}

static void
test_cases(void)
{
    CHECK(parse(NULL, NULL, NULL) && cases() == MRS + PAGE_COUNTS - 1,
          "without arguments: every length, and every number of pages");
    CHECK(options.samples == 25 && options.rounds == 16, "with the defaults");
    CHECK(parse("mrs=3", "pages=0", NULL) && cases() == 1 &&
              options_wanted(&options, 3, 0),
          "one case");
    CHECK(parse("mrs=0,5-7", NULL, NULL) && cases() == 4 &&
              options_wanted(&options, 6, 0),
          "a list and a range of words");
    CHECK(parse("pages=0,64", NULL, NULL) && cases() == 2 &&
              options_wanted(&options, STANDARD_MRS, PAGE_COUNTS - 1),
          "pages alone are measured with the standard length");
    CHECK(parse("mrs=0-63", "pages=0,4,8,16,32,48,64", NULL) &&
              cases() == MRS * PAGE_COUNTS,
          "all combinations");
}

static void
test_others(void)
{
    CHECK(parse("path=small-small", NULL, NULL) && options.path[1] &&
              !options.path[0] && !options.path[4],
          "one path");
    CHECK(parse("path=large-large,same", NULL, NULL) && options.path[0] &&
              options.path[4] && !options.path[2],
          "two paths");
    CHECK(parse("slots=x2", "samples=1", "rounds=8") && options.x2_slots &&
              options.samples == 1 && options.rounds == 8,
          "slots, samples, rounds");
    CHECK(parse("warmup=0", "slots=pages", NULL) && !options.x2_slots &&
              options.warmup == 0,
          "no warm-up");
}

static void
test_switches(void)
{
    CHECK(parse(NULL, NULL, NULL) && !options.cold && !options.raw &&
              !options.summary,
          "no cold runs, samples or summary unless asked for");
    CHECK(parse("cold=on", "raw=on", "summary=on") && options.cold &&
              options.raw && options.summary,
          "... and all of them if asked");
    CHECK(parse("path=same,large-large", "mrs=0-2", "pages=0,4") &&
              options_paths(&options) == 2 && options_cases(&options) == 6,
          "the cases are counted");
}

static void
test_crc(void)
{
    unsigned crc = 0;

    for (const char *c = "123456789"; *c; c++)
        crc = crc_add(crc, (unsigned char)*c);
    CHECK(crc == 0x31c3, "the CRC's known answer");
}

static void
test_bad(void)
{
    static const char *const bad[] = {
        "",           "mrs",        "mrs=",
        "mrs=64",     "mrs=3,",     "mrs=5-3",
        "mrs=-3",     "mrs=1-",     "mrs=3x",
        "pages=5",    "pages=128",  "path=",
        "path=small", "path=same,", "path=same-",
        "slots=X2",   "samples=0",  "samples=102",
        "rounds=0",   "rounds=12",  "rounds=8192",
        "cold=",      "raw=yes",    "summary",
        "warmup=x",   "help",       "mrs=99999999999999999999",
    };

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!parse(bad[i], NULL, NULL), "refuses \"%s\"", bad[i]);
}

static int
is_text(L4_Word_t value, const char *text)
{
    return strcmp(report_hundredths(value).text, text) == 0;
}

static void
test_report(void)
{
    L4_Word_t five[] = {50, 10, 40, 20, 30};
    L4_Word_t one[] = {100};
    L4_Word_t twos[] = {7, 5};
    struct summary s = report_summary(five, 5, 10, 1);

    CHECK(s.min == 0 && s.q1 == 500 && s.median == 1000 && s.q3 == 1500 &&
              s.p99 == 1500 && s.max == 2000,
          "quartiles of five samples, one way and without the empty loop");
    s = report_summary(one, 1, 4, 16);
    CHECK(s.min == 300 && s.max == 300, "a single sample is everything");
    s = report_summary(one, 1, 200, 16);
    CHECK(s.median == 0, "less than nothing is nothing");
    s = report_summary(twos, 2, 0, 8);
    CHECK(s.min == 31 && s.q1 == 31 && s.median == 31 && s.max == 44,
          "hundredths are rounded to the nearest");
    CHECK(is_text(0, "0.00") && is_text(5, "0.05") && is_text(12345, "123.45"),
          "hundredths in decimal");
}

int
main(void)
{
    test_cases();
    test_others();
    test_switches();
    test_crc();
    test_bad();
    test_report();
    return check_end();
}
