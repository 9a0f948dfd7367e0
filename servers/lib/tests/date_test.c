/*
 * date_test.c - dates agree with the C library's, there and back.
 */
#include "check.h"
#include <pn/timer.h>

#include <time.h>

static int is_right(L4_Word_t seconds)
{
    time_t t = (time_t)seconds;
    struct pn_date d;
    struct tm tm;

    gmtime_r(&t, &tm);
    pn_date_of(seconds, &d);
    return d.year == (unsigned)tm.tm_year + 1900 &&
           d.month == (unsigned)tm.tm_mon + 1 &&
           d.day == (unsigned)tm.tm_mday && d.hour == (unsigned)tm.tm_hour &&
           d.minute == (unsigned)tm.tm_min && d.second == (unsigned)tm.tm_sec &&
           pn_date_seconds(&d) == seconds;
}

int main(void)
{
    int all = 1;

    for (L4_Word_t day = 0; day <= 0xffffffff / 86400; day++)
        all &= is_right(day * 86400) && is_right(day * 86400 - (day > 0));
    CHECK(all, "every first and last second of a day from 1970 to 2106");
    all = 1;
    for (L4_Word_t s = 951782400; s < 951782400 + 86400; s++)
        all &= is_right(s);
    CHECK(all, "every second of a leap day");
    CHECK(is_right(0) && is_right(0xffffffff), "the first and the last of all");
    return check_end();
}
