/*
 * part.h - the console's parts: line, screen, keyboard. The driver serves those
 * that it was given and that are there.
 */
#pragma once

enum part {
    PART_NOT_GIVEN,
    PART_IN_PIECES, /* some of what it wants was given */
    PART_ABSENT,    /* the machine has none */
    PART_WORKS
};

/* What follows from having `given` of the `wanted` pieces. */
static inline enum part part_given(int given, int wanted)
{
    return given == 0       ? PART_NOT_GIVEN
           : given < wanted ? PART_IN_PIECES
                            : PART_WORKS;
}
