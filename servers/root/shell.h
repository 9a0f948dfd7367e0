/*
 * shell.h - the commands at the prompt.
 *
 * A command is a row in a table: its name, what comes behind it, and a line of
 * help. From what comes behind it the shell checks the number of words, says
 * how the command is used, and completes what is typed:
 *
 *     NAME      a program       COMMAND   a command
 *     FILE      [SERVER:]PATH of a file server
 *     a|b       one of these words
 *     [X]       may be left out      X...   may come several times
 *     others    anything
 *
 * Commands run in the monitor's thread (monitor.h). They only read the table of
 * programs, and whoever else they ask than the supervisor is not trusted: not
 * to answer, not to answer sense.
 */
#pragma once

#include <pn/line.h>

struct program;

#define SHELL_WORDS 16

struct shell_command {
    const char *name; /* null ends a table */
    const char *arguments;
    const char *help;
    void (*run)(int argc, char **argv); /* argv[0] is the command's name */
    const char *more;                   /* for `help COMMAND`; null: nothing */
};

extern const struct shell_command shell_system[];
extern const struct shell_command shell_servers[];
extern const struct shell_command shell_ask[];
extern const struct shell_command shell_memory[];
extern const struct shell_command shell_measure[];
extern const struct shell_command shell_files[];

/* The tables above, and null. */
extern const struct shell_command *const shell_tables[];

/* Do what the line says; `text` is changed. */
void shell_execute(char *text);

/* struct line's `complete`. */
void shell_complete(struct line *l);

/* Offer what a FILE that begins as the line's word does could be. */
void shell_complete_file(struct line *l);

/* The program of this name; null and a line that says so: there is none, or,
 * with shell_living, it does not run. */
struct program *shell_program(const char *name);
struct program *shell_living(const char *name);

/* What is printed of bytes that somebody else has made: others than printable
 * ones become '?'. */
void shell_clean(char *text, unsigned n);
