/*
 * command.h - a module's command line: "path [small|large] arguments".
 * Pure; the host tests run it.
 */
#pragma once

enum command_size {
    COMMAND_ANY, /* small if it can be, without complaint */
    COMMAND_SMALL,
    COMMAND_LARGE
};

#define COMMAND_LENGTH 512

struct command {
    char path[64];             /* first word, "?" if there is none */
    char line[COMMAND_LENGTH]; /* path and arguments, without small or large */
    enum command_size size;
};

/* Longer words and lines are cut. */
void command_parse(struct command *c, const char *text);
