/*
 * tests/servers/answers.h - a server with all that pn_serve knows, for serve.c.
 */
#pragma once

#define ANSWERS_NAME   "servers_answers"
#define ANSWERS_STRING 64 /* bytes that it takes */

enum answers_label {
    ANSWERS_SUM = 0x0a51, /* any number of words -> their sum */
    ANSWERS_WORDS,        /* MR1 = n -> n words, 1 to n */
    ANSWERS_REVERSE,      /* string -> the same, backwards */
    ANSWERS_FROM,         /* -> the caller's id */
    ANSWERS_HOLD,         /* no answer, until */
    ANSWERS_RELEASE,      /* -> how many were held; all get 4711 */
    ANSWERS_REFUSE,       /* as HOLD, but all are PN_BUSY, and so is this */
    ANSWERS_BITS,         /* -> notification bits so far, how often */
    ANSWERS_TICKS,        /* -> ticks so far */
    ANSWERS_CLOCK,        /* MR1 = on or off -> interrupts so far */
};
