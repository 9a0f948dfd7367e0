/*
 * date.c - seconds since 1970 and dates (pn/timer.h).
 * Pure: the host tests run this file as it is.
 *
 * Up to 2106 a year is a leap year if it can be divided by 4, but for 2100.
 */
#include <pn/timer.h>

#define DAY_SECONDS 86400

static int is_leap(unsigned year)
{
    return year % 4 == 0 && year != 2100;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30,
                                         31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static unsigned year_days(unsigned year)
{
    return is_leap(year) ? 366 : 365;
}

void pn_date_of(L4_Word_t seconds, struct pn_date *date)
{
    unsigned day = (unsigned)(seconds / DAY_SECONDS);
    unsigned second = (unsigned)(seconds % DAY_SECONDS);

    date->hour = second / 3600;
    date->minute = second / 60 % 60;
    date->second = second % 60;
    for (date->year = 1970; day >= year_days(date->year); date->year++)
        day -= year_days(date->year);
    for (date->month = 1; day >= month_days(date->year, date->month);
         date->month++)
        day -= month_days(date->year, date->month);
    date->day = day + 1;
}

L4_Word_t pn_date_seconds(const struct pn_date *date)
{
    L4_Word_t days = date->day - 1;

    for (unsigned year = 1970; year < date->year; year++)
        days += year_days(year);
    for (unsigned month = 1; month < date->month; month++)
        days += month_days(date->year, month);
    return days * DAY_SECONDS + date->hour * 3600UL + date->minute * 60UL +
           date->second;
}
