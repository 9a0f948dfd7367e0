/*
 * command.c - command lines of modules (command.h).
 */
#include "command.h"

#include <pn/libc.h>

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

static const char *skip_word(const char *s)
{
    while (*s && *s != ' ' && *s != '\t')
        s++;
    return s;
}

/* Is the word at s exactly this one? */
static int is_word(const char *s, const char *word)
{
    size_t n = (size_t)(skip_word(s) - s);

    return n == strlen(word) && strncmp(s, word, n) == 0;
}

static void copy_word(char *to, size_t size, const char *word)
{
    size_t n = (size_t)(skip_word(word) - word);

    if (n > size - 1)
        n = size - 1;
    memcpy(to, word, n);
    to[n] = '\0';
}

/* The number of ports as a power of two; 0 ports, or others: 99. */
static unsigned log2_of(unsigned long n)
{
    for (unsigned log2 = 0; log2 <= 16; log2++)
        if (n == 1ul << log2)
            return log2;
    return 99;
}

static const char *parse_ports(struct command *c, const char *s)
{
    char *end;
    unsigned long first = strtoul(s, &end, 16), n = 0;
    unsigned log2;

    if (end != s && *end == '+')
        n = strtoul(end + 1, &end, 16);
    log2 = log2_of(n);
    if (log2 > 16 || end != skip_word(s))
        return "ports wants FIRST+NUMBER in base 16, NUMBER a power of two";
    if (first > 0xffff || first + n > 0x10000)
        return "there are 10000 ports, in base 16";
    if (c->port_ranges == COMMAND_PORTS)
        return "too many words with ports";
    c->ports[c->port_ranges++] = (struct pn_port_range){(unsigned)first, log2};
    return NULL;
}

static const char *parse_device(struct command *c, const char *s)
{
    struct pn_device_range range;
    const char *expected = pn_device_range(s, skip_word(s), &range);

    if (expected) {
        snprintf(c->expected, sizeof c->expected, "expected %s", expected);
        return c->expected;
    }
    if (c->devices == PN_SYSTEM_DEVICES)
        return "too many words with device";
    c->device[c->devices++] = range;
    return NULL;
}

static const char *parse_irq(struct command *c, const char *s)
{
    char *end;
    unsigned long line = strtoul(s, &end, 10);

    if (end == s || end != skip_word(s) || line > 255)
        return "irq wants the number of an interrupt line";
    if (c->irqs == COMMAND_LINES)
        return "too many words with irq";
    c->irq[c->irqs++] = (unsigned)line;
    return NULL;
}

/* A number from 1 to `most` at s, nothing behind it; false: none. */
static int parse_number(unsigned *number, const char *s, unsigned most)
{
    char *end;
    unsigned long n = strtoul(s, &end, 10);

    *number = (unsigned)n;
    return end != s && end == skip_word(s) && n >= 1 && n <= most;
}

static const char *parse_heap(struct command *c, const char *s)
{
    if (c->heap > 0)
        return "too many words with heap";
    return parse_number(&c->heap, s, COMMAND_HEAP)
               ? NULL
               : "heap wants a number of KB from 1 to 262144";
}

static const char *parse_threshold(struct command *c, const char *s)
{
    if (c->threshold > 0)
        return "too many words with threshold";
    return parse_number(&c->threshold, s, COMMAND_PAGES)
               ? NULL
               : "threshold wants a number of pages from 1 to 131072";
}

/* Take the word at s if it is an option. */
static int parse_option(struct command *c, const char *s)
{
    const char *error = NULL;

    if (c->size == COMMAND_ANY && is_word(s, "small"))
        c->size = COMMAND_SMALL;
    else if (c->size == COMMAND_ANY && is_word(s, "large"))
        c->size = COMMAND_LARGE;
    else if (c->size == COMMAND_ANY && is_word(s, "auto"))
        c->size = COMMAND_AUTO;
    else if (strncmp(s, "ports=", 6) == 0)
        error = parse_ports(c, s + 6);
    else if (strncmp(s, "device=", 7) == 0)
        error = parse_device(c, s + 7);
    else if (strncmp(s, "irq=", 4) == 0)
        error = parse_irq(c, s + 4);
    else if (strncmp(s, "heap=", 5) == 0)
        error = parse_heap(c, s + 5);
    else if (strncmp(s, "threshold=", 10) == 0)
        error = parse_threshold(c, s + 10);
    else
        return 0;
    if (!c->error)
        c->error = error;
    return 1;
}

void command_parse(struct command *c, const char *text)
{
    const char *path = skip_blanks(text);
    const char *rest = skip_blanks(skip_word(path));

    memset(c, 0, sizeof *c);
    copy_word(c->path, sizeof c->path, *path ? path : "?");
    while (parse_option(c, rest))
        rest = skip_blanks(skip_word(rest));
    snprintf(c->line, sizeof c->line, "%s%s%s", c->path, *rest ? " " : "",
             rest);
}

const char *command_name(const struct command *c)
{
    const char *slash = strrchr(c->path, '/');

    return slash ? slash + 1 : c->path;
}

#define KB   1024u
#define PAGE 4096u

void command_describe(struct command *c, const struct pn_spec *server,
                      const char *name)
{
    static const enum command_size sizes[] = {
        [PN_PLACE_AUTO] = COMMAND_AUTO,
        [PN_PLACE_SMALL] = COMMAND_SMALL,
        [PN_PLACE_LARGE] = COMMAND_LARGE,
    };

    memset(c, 0, sizeof *c);
    snprintf(c->path, sizeof c->path, "%s", server->image);
    snprintf(c->line, sizeof c->line, "%s %s", name, server->arguments);
    c->size = sizes[server->place];
    memcpy(c->ports, server->ports, sizeof c->ports);
    c->port_ranges = server->port_ranges;
    memcpy(c->device, server->device, sizeof c->device);
    c->devices = server->devices;
    memcpy(c->irq, server->irq, sizeof c->irq);
    c->irqs = server->irqs;
    c->heap = (unsigned)(server->heap / KB);
    c->threshold = (unsigned)(server->threshold / PAGE);
    c->least = (unsigned)server->size;
    c->priority = server->priority;
    c->memory = server->memory;
}
