/*
 * description.h - the system description (pn/system.h), if a boot module of the
 * name "system" is there: all of it is right, or none of it is started.
 */
#pragma once

enum description {
    DESCRIPTION_NONE, /* no such module: the modules' own lines count */
    DESCRIPTION_GOOD,
    DESCRIPTION_WRONG /* said why */
};

enum description description_read(void);

/* How many programs it wants. */
unsigned description_programs(void);

/* Start them, in its order. */
void description_start(void);
