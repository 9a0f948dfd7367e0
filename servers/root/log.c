/*
 * log.c - a ring of characters (log.h). Who adds has a place of its own, whoever
 * adds meanwhile. Who copies may be interrupted by who adds: then the oldest
 * line is perhaps not what it was, and that is all.
 */
#include "log.h"

static char ring[LOG_BYTES];
static size_t total; /* ever added */

void log_add(const char *text, size_t length)
{
    size_t at = __sync_fetch_and_add(&total, length);

    for (size_t i = 0; i < length; i++)
        ring[(at + i) % LOG_BYTES] = text[i];
}

void log_copy(char *to, size_t room)
{
    size_t end = total, at = end > LOG_BYTES ? end - LOG_BYTES : 0, n = 0;

    if (at > 0)
        while (at < end && ring[at++ % LOG_BYTES] != '\n')
            ;
    while (at < end && n + 1 < room)
        to[n++] = ring[at++ % LOG_BYTES];
    to[n] = '\0';
}
