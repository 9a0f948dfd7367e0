/*
 * pn/names.h - the name service (servers/names): who offers what.
 *
 * A server publishes itself under names of up to 31 characters, without blanks:
 * "disk", "files/ext2". A name belongs to who published it as
 * long as that thread lives; nobody else gets it meanwhile. Who looks for a
 * name may wait until it is published.
 *
 * A system need not have the service. Then, and for a name that nobody has
 * published, pn_names_find and pn_names_wait ask the pager for a program of
 * that name (pn_find).
 *
 *   label    request                           answer
 *   PUBLISH  MR1..8 = name                     -
 *   REMOVE   MR1..8 = name                     -
 *   FIND     MR1..8 = name                     MR1 = its owner
 *   WAIT     MR1..8 = name, MR9 = ms           MR1 = its owner, when it is
 * there LIST     MR1..8 = how names begin,         MR1 = where to go on, 0: no
 * more; MR9 = where to go on, 0 at first  then up to 6 times: MR = name, 8
 * words, and its owner WATCH    MR1..8 = how names begin,         - MR9 = bits;
 * 0: no more
 *
 * The rest of a name's eight words is zeros. Refusals (pn/server.h):
 * PN_INVALID: no such name can be; PN_NOT_FOUND: nobody has it, or has come to
 * have it in time; PN_DENIED: it is somebody else's; PN_NO_ROOM: a table is
 * full. A thread waits for one name at a time: its next request to wait
 * replaces the last.
 */
#pragma once

#include <pn/server.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_NAMES_SERVER  "names" /* to pn_find */
#define PN_NAMES_SIZE    32u     /* of a name, with the NUL */
#define PN_NAMES_WORDS   8u
#define PN_NAMES_PAGE    6u     /* in an answer to LIST */
#define PN_NAMES_FOREVER (~0UL) /* as ms */

enum pn_names_label {
    PN_NAMES_PUBLISH = 0x0e01,
    PN_NAMES_REMOVE,
    PN_NAMES_FIND,
    PN_NAMES_WAIT,
    PN_NAMES_LIST,
    PN_NAMES_WATCH
};

struct pn_names_entry {
    char name[PN_NAMES_SIZE];
    L4_ThreadId_t owner;
};

/* Publish the caller, or take its name back. 0 or more, or minus an enum
 * pn_problem; -PN_GONE: there is no name service. */
int pn_names_publish(const char *name);
int pn_names_remove(const char *name);

/* Nil if there is none. */
L4_ThreadId_t pn_names_find(const char *name);

/* The same; waits for it up to so many ms. */
L4_ThreadId_t pn_names_wait(const char *name, L4_Word_t ms);

/* Up to PN_NAMES_PAGE names that begin with `begin`; *at is 0 at first, and
says
 * where to go on. How many; 0: no more; or minus an enum pn_problem. What is
published all the time comes once. */
int pn_names_list(const char *begin, L4_Word_t *at,
                  struct pn_names_entry *entries);

/* From now on the caller gets these notification bits whenever a name that
 * begins with `begin` comes or goes; with bits 0 not any more. An owner's death
 * is told within a second. */
int pn_names_watch(const char *begin, L4_Word_t bits);

#ifdef __cplusplus
}
#endif
