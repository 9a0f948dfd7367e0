/*
 * command.h - a module's command line: "path options arguments".
 *
 * Options are the words from the first on that look like one:
 *
 *   small, large   the kind of space
 *   auto           small at first, then as its memory demands
 *   threshold=256  auto: beyond so many pages it is large
 *   heap=64        KB of memory behind the program
 *   ports=3f8+8    I/O ports: the first, and how many, a power of two; both
 *                  in base 16. At most four such words
 *   device=b8000+8000
 *                  memory of a device: its physical address, and bytes, whole
 *                  pages; both in base 16. At most two such words
 *   irq=4          an interrupt line, in base 10. At most two
 *
 * A server of the system description (pn/system.h) becomes the same, with some
 * properties that no word gives. Pure; the host tests run it.
 */
#pragma once

#include <pn/system.h>

enum command_size {
    COMMAND_ANY, /* small if it can be, without complaint */
    COMMAND_SMALL,
    COMMAND_LARGE,
    COMMAND_AUTO
};

#define COMMAND_LENGTH 512
#define COMMAND_PORTS  PN_SYSTEM_PORTS
#define COMMAND_LINES  PN_SYSTEM_IRQS
#define COMMAND_HEAP   262144 /* KB, at most */
#define COMMAND_PAGES  131072 /* of a small space, at most */

struct command {
    char path[64];             /* first word, "?" if there is none */
    char line[COMMAND_LENGTH]; /* path and arguments, without the options */
    enum command_size size;
    struct pn_port_range ports[COMMAND_PORTS];
    unsigned port_ranges;
    struct pn_device_range device[PN_SYSTEM_DEVICES];
    unsigned devices;
    unsigned irq[COMMAND_LINES];
    unsigned irqs;
    unsigned heap;      /* KB */
    unsigned threshold; /* pages; 0: the usual one */
    const char *error;  /* what is wrong with an option; null: nothing */
    char expected[80]; /* what `error` points to, perhaps */
    /* Only from a description: */
    unsigned least;       /* bytes of a small space; 0: as it needs */
    unsigned priority;    /* 0: the usual one */
    unsigned long memory; /* bytes of image and heap at most; 0: no limit */
};

/* Longer words and lines are cut. */
void command_parse(struct command *c, const char *text);

/* The last part of the path. */
const char *command_name(const struct command *c);

/* What the description says of this server, which is called `name`. */
void command_describe(struct command *c, const struct pn_spec *server,
                      const char *name);
