/*
 * system.c - reading a system description (pn/system.h).
 *
 * A line is a keyword and its value, so one table says what there is, and each
 * value has its reader. Every reader takes what it wants from the line; what is
 * left must be a comment.
 */
#include <pn/system.h>
#include <pn/libc.h>

#define PAGE          4096UL
#define KB            1024UL
#define BYTES_MAX     (2048UL * KB * KB)
#define MS_MAX        600000UL
#define PRIORITY_MAX  240UL
#define RETRIES_MAX   1000UL
#define PORTS_END     0x10000UL
#define LINES         16UL /* of the interrupt controllers */
#define LINE_CLOCK    0UL  /* the kernel's */
#define LINE_CASCADE  2UL

struct reader {
    const char *line; /* its first character */
    const char *at;
    const char *end;  /* of the line, without comment and blanks behind */
    unsigned number;
    struct pn_spec *servers;
    unsigned count;
    struct pn_system_error *error;
};

struct keyword {
    const char *name;
    int (*read)(struct reader *r, struct pn_spec *s);
};

/* --- errors ---------------------------------------------------------------- */

static int fail_at(struct reader *r, const char *where, const char *expected)
{
    int n = 0;

    while (where + n < r->end && where[n] != ' ' && where[n] != '\t' && n < 24)
        n++;
    r->error->line = r->number;
    r->error->column = (unsigned)(where - r->line) + 1;
    if (n == 0)
        snprintf(r->error->text, sizeof r->error->text,
                 "expected %s, but the line ends", expected);
    else
        snprintf(r->error->text, sizeof r->error->text,
                 "expected %s, not \"%.*s\"", expected, n, where);
    return 0;
}

static int fail(struct reader *r, const char *expected)
{
    return fail_at(r, r->at, expected);
}

/* --- words ----------------------------------------------------------------- */

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_in_name(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
}

static size_t word_length(const struct reader *r)
{
    size_t n = 0;

    while (r->at + n < r->end && !is_blank(r->at[n]))
        n++;
    return n;
}

static void skip_word(struct reader *r)
{
    r->at += word_length(r);
    skip_blanks(r);
}

static int is_word(const struct reader *r, const char *word)
{
    size_t n = word_length(r);

    return n == strlen(word) && strncmp(r->at, word, n) == 0;
}

/* One of these words; its number, or -1. */
static int choice(struct reader *r, const char *const *words, int n)
{
    for (int i = 0; i < n; i++)
        if (is_word(r, words[i])) {
            skip_word(r);
            return i;
        }
    return -1;
}

static int name(struct reader *r, char *out, const char *expected)
{
    size_t n = word_length(r);

    if (n == 0 || n >= PN_SYSTEM_NAME || !is_letter(*r->at))
        return fail(r, expected);
    for (size_t i = 0; i < n; i++)
        if (!is_in_name(r->at[i]))
            return fail_at(r, r->at + i,
                           "a letter, a digit, '_', '-' or '.' in a name");
    memcpy(out, r->at, n);
    out[n] = '\0';
    skip_word(r);
    return 1;
}

/* Digits of this base at r->at; stays there if there are none, or too many. */
static int digits(struct reader *r, unsigned base, unsigned long *out)
{
    const char *s = r->at;
    unsigned long value = 0;

    for (; s < r->end && s < r->at + 9; s++) {
        unsigned digit = *s >= '0' && *s <= '9'   ? (unsigned)(*s - '0')
                         : *s >= 'a' && *s <= 'f' ? (unsigned)(*s - 'a') + 10
                         : *s >= 'A' && *s <= 'F' ? (unsigned)(*s - 'A') + 10
                                                  : 99;

        if (digit >= base)
            break;
        value = value * base + digit;
    }
    if (s == r->at || s == r->at + 9)
        return 0;
    *out = value;
    r->at = s;
    return 1;
}

/* A whole word that is a number from `least` to `most`. */
static int number(struct reader *r, unsigned long least, unsigned long most,
                  const char *expected, unsigned *out)
{
    const char *where = r->at;
    unsigned long value;

    if (!digits(r, 10, &value) || word_length(r) != 0 || value < least ||
        value > most)
        return fail_at(r, where, expected);
    *out = (unsigned)value;
    skip_blanks(r);
    return 1;
}

/* "64 KB" or "1 MB": bytes, in whole pages. */
static int bytes(struct reader *r, unsigned long *out)
{
    static const char *const units[] = {"KB", "MB"};
    const char *where = r->at;
    unsigned long value;
    int unit;

    if (!digits(r, 10, &value) || word_length(r) != 0)
        return fail_at(r, where, "a size such as 64 KB or 1 MB");
    skip_blanks(r);
    unit = choice(r, units, 2);
    if (unit < 0)
        return fail(r, "KB or MB");
    if (value > BYTES_MAX / (unit == 0 ? KB : KB * KB))
        return fail_at(r, where, "a size of at most 2048 MB");
    *out = value * (unit == 0 ? KB : KB * KB);
    *out = (*out + PAGE - 1) & -PAGE;
    return 1;
}

/* "10 ms" or "2 s": ms. */
static int duration(struct reader *r, unsigned *out)
{
    static const char *const units[] = {"ms", "s"};
    const char *where = r->at;
    unsigned long value;
    int unit;

    if (!digits(r, 10, &value) || word_length(r) != 0)
        return fail_at(r, where, "a time such as 10 ms or 2 s");
    skip_blanks(r);
    unit = choice(r, units, 2);
    if (unit < 0)
        return fail(r, "ms or s");
    if (value == 0 || value > MS_MAX / (unit == 0 ? 1 : 1000))
        return fail_at(r, where, "a time from 1 ms to 600 s");
    *out = (unsigned)(value * (unit == 0 ? 1 : 1000));
    return 1;
}

/* --- keywords -------------------------------------------------------------- */

static int read_image(struct reader *r, struct pn_spec *s)
{
    return name(r, s->image, "the name of a boot module, up to 16 characters");
}

static int read_data(struct reader *r, struct pn_spec *s)
{
    return name(r, s->data, "the name of a boot module, up to 16 characters");
}

static int read_arguments(struct reader *r, struct pn_spec *s)
{
    size_t n = (size_t)(r->end - r->at);

    if (n >= sizeof s->arguments)
        return fail_at(r, r->at + sizeof s->arguments - 1,
                       "at most 127 characters of arguments");
    memcpy(s->arguments, r->at, n);
    s->arguments[n] = '\0';
    r->at = r->end;
    return 1;
}

static int read_place(struct reader *r, struct pn_spec *s)
{
    static const char *const words[] = {"auto", "small", "large"};
    int n = choice(r, words, 3);

    if (n < 0)
        return fail(r, "small, large or auto");
    s->place = (enum pn_placement)n;
    return 1;
}

static int read_size(struct reader *r, struct pn_spec *s)
{
    return bytes(r, &s->size);
}

static int read_heap(struct reader *r, struct pn_spec *s)
{
    return bytes(r, &s->heap);
}

static int read_keep(struct reader *r, struct pn_spec *s)
{
    static const char *const words[] = {"heap"};

    if (choice(r, words, 1) < 0)
        return fail(r, "heap");
    s->keep_heap = 1;
    return 1;
}

static int read_threshold(struct reader *r, struct pn_spec *s)
{
    return bytes(r, &s->threshold);
}

static int read_memory(struct reader *r, struct pn_spec *s)
{
    return bytes(r, &s->memory);
}

static int read_priority(struct reader *r, struct pn_spec *s)
{
    return number(r, 1, PRIORITY_MAX, "a priority from 1 to 240", &s->priority);
}

static int read_restart(struct reader *r, struct pn_spec *s)
{
    static const char *const words[] = {"on-failure", "always", "never"};
    int n = choice(r, words, 3);

    if (n < 0)
        return fail(r, "never, on-failure or always");
    s->restart = (enum pn_restart)n;
    return 1;
}

static int read_retries(struct reader *r, struct pn_spec *s)
{
    return number(r, 0, RETRIES_MAX, "a number of retries from 0 to 1000",
                  &s->retries);
}

static int read_backoff(struct reader *r, struct pn_spec *s)
{
    return duration(r, &s->backoff);
}

static int read_heartbeat(struct reader *r, struct pn_spec *s)
{
    return duration(r, &s->heartbeat);
}

static int read_killed(struct reader *r, struct pn_spec *s)
{
    return duration(r, &s->killed);
}

static int overlap(const struct pn_port_range *a, const struct pn_port_range *b)
{
    return a->first < b->first + (1u << b->log2) &&
           b->first < a->first + (1u << a->log2);
}

/* Has any server these ports already? */
static const struct pn_spec *owner_of_ports(const struct reader *r,
                                              const struct pn_port_range *p)
{
    for (unsigned i = 0; i < r->count; i++)
        for (unsigned n = 0; n < r->servers[i].port_ranges; n++)
            if (overlap(p, &r->servers[i].ports[n]))
                return &r->servers[i];
    return NULL;
}

static int read_ports(struct reader *r, struct pn_spec *s)
{
    static const char expected[] =
        "ports FIRST+NUMBER in base 16, NUMBER a power of two";

    do {
        const char *where = r->at;
        unsigned long first, n;
        struct pn_port_range p = {0, 0};

        if (!digits(r, 16, &first) || r->at == r->end || *r->at != '+')
            return fail_at(r, where, expected);
        r->at++;
        if (!digits(r, 16, &n) || word_length(r) != 0)
            return fail_at(r, where, expected);
        while (p.log2 < 16 && 1ul << p.log2 < n)
            p.log2++;
        if (n == 0 || 1ul << p.log2 != n)
            return fail_at(r, where, expected);
        if (first >= PORTS_END || n > PORTS_END - first)
            return fail_at(r, where, "ports below 10000, in base 16");
        p.first = (unsigned)first;
        if (owner_of_ports(r, &p))
            return fail_at(r, where, "ports that no server has already");
        if (s->port_ranges == PN_SYSTEM_PORTS)
            return fail_at(r, where, "at most four ranges of ports");
        s->ports[s->port_ranges++] = p;
        skip_blanks(r);
    } while (r->at < r->end);
    return 1;
}

/* Has any server some of this device memory already? */
static int is_owned(const struct reader *r, const struct pn_device_range *d)
{
    for (unsigned i = 0; i < r->count; i++)
        for (unsigned n = 0; n < r->servers[i].devices; n++) {
            const struct pn_device_range *o = &r->servers[i].device[n];

            if (d->first < o->first + o->bytes &&
                o->first < d->first + d->bytes)
                return 1;
        }
    return 0;
}

static int read_device(struct reader *r, struct pn_spec *s)
{
    do {
        struct pn_device_range d;
        const char *expected =
            pn_device_range(r->at, r->at + word_length(r), &d);

        if (!expected && is_owned(r, &d))
            expected = "device memory that no server has already";
        if (!expected && s->devices == PN_SYSTEM_DEVICES)
            expected = "at most two ranges of device memory";
        if (expected)
            return fail(r, expected);
        s->device[s->devices++] = d;
        skip_word(r);
    } while (r->at < r->end);
    return 1;
}

static int read_irq(struct reader *r, struct pn_spec *s)
{
    do {
        const char *where = r->at;
        unsigned line = 0;

        if (!number(r, 0, LINES - 1, "an interrupt line from 1 to 15", &line))
            return 0;
        if (line == LINE_CLOCK || line == LINE_CASCADE)
            return fail_at(r, where, "an interrupt line that is not the "
                           "kernel's: not 0, not 2");
        for (unsigned i = 0; i < r->count; i++)
            for (unsigned n = 0; n < r->servers[i].irqs; n++)
                if (r->servers[i].irq[n] == line)
                    return fail_at(r, where, "an interrupt line that no server "
                                   "has already");
        if (s->irqs == PN_SYSTEM_IRQS)
            return fail_at(r, where, "at most two interrupt lines");
        s->irq[s->irqs++] = line;
    } while (r->at < r->end);
    return 1;
}

static int read_talk(struct reader *r, struct pn_spec *s)
{
    if (is_word(r, "all")) {
        s->talks_to_all = 1;
        skip_word(r);
        return 1;
    }
    s->talks_to_all = 0;
    if (is_word(r, "none")) {
        skip_word(r);
        return 1;
    }
    do {
        if (s->talks == PN_SYSTEM_TALKS)
            return fail(r, "at most eight names");
        if (!name(r, s->talk[s->talks], "names of servers, none, or all"))
            return 0;
        s->talks++;
    } while (r->at < r->end);
    return 1;
}

static int read_count(struct reader *r, struct pn_spec *s)
{
    return number(r, 1, PN_SYSTEM_COUNT_MAX, "a number from 1 to 4000",
                  &s->count);
}

static const struct keyword keywords[] = {
    {"image", read_image},         {"arguments", read_arguments},
    {"place", read_place},         {"size", read_size},
    {"heap", read_heap},           {"threshold", read_threshold},
    {"keep", read_keep},           {"data", read_data},
    {"priority", read_priority},   {"restart", read_restart},
    {"retries", read_retries},     {"backoff", read_backoff},
    {"heartbeat", read_heartbeat}, {"memory", read_memory},
    {"ports", read_ports},         {"irq", read_irq},
    {"talk", read_talk},           {"count", read_count},
    {"killed", read_killed},       {"device", read_device},
};

#define KEYWORDS (sizeof keywords / sizeof *keywords)

/* --- lines ----------------------------------------------------------------- */

static const struct pn_spec *server_named(const struct reader *r,
                                            const char *wanted)
{
    for (unsigned i = 0; i < r->count; i++)
        if (strcmp(r->servers[i].name, wanted) == 0)
            return &r->servers[i];
    return NULL;
}

static int begin_server(struct reader *r, unsigned max)
{
    const char *where = r->at;
    struct pn_spec *s = &r->servers[r->count];

    if (r->count == max)
        return fail(r, "no more servers than there is room for");
    memset(s, 0, sizeof *s);
    if (!name(r, s->name, "the name of a server, up to 16 characters"))
        return 0;
    if (server_named(r, s->name))
        return fail_at(r, where, "a name that no server has already");
    if (strcmp(s->name, "all") == 0 || strcmp(s->name, "none") == 0)
        return fail_at(r, where, "a name, which all and none are not");
    memcpy(s->image, s->name, sizeof s->image);
    s->threshold = 4096 * KB;
    s->priority = 100;
    s->retries = 5;
    s->backoff = 10;
    s->talks_to_all = 1;
    s->count = 1;
    s->line = r->number;
    r->count++;
    return 1;
}

/* `seen`: a bit for each keyword that this server had already. */
static int read_line(struct reader *r, unsigned max, unsigned long *seen)
{
    const char *where = r->at;

    if (is_word(r, "server")) {
        skip_word(r);
        *seen = 0;
        return begin_server(r, max);
    }
    for (unsigned i = 0; i < KEYWORDS; i++) {
        if (!is_word(r, keywords[i].name))
            continue;
        if (r->count == 0)
            return fail(r, "server NAME first");
        if (*seen & 1ul << i)
            return fail(r, "this only once for a server");
        *seen |= 1ul << i;
        skip_word(r);
        if (r->at == r->end && keywords[i].read != read_arguments)
            return fail(r, "a value");
        return keywords[i].read(r, &r->servers[r->count - 1]);
    }
    return fail_at(r, where, "server, or one of its properties");
}

/* Cut the line at `text`: end of its content. Returns where the next begins. */
static const char *cut_line(struct reader *r, const char *text,
                            const char *text_end)
{
    const char *next = text;

    r->line = r->at = text;
    while (next < text_end && *next != '\n')
        next++;
    r->end = text;
    while (r->end < next && *r->end != '#')
        r->end++;
    while (r->end > r->line && is_blank(r->end[-1]))
        r->end--;
    skip_blanks(r);
    return next < text_end ? next + 1 : next;
}

/* --- what no single line shows ---------------------------------------------- */

static int complain(struct reader *r, const struct pn_spec *s,
                    const char *text, const char *which)
{
    r->error->line = s->line;
    r->error->column = 1;
    snprintf(r->error->text, sizeof r->error->text, text, s->name, which);
    return 0;
}

/* Does "NAME.N" name the N-th of the servers that are called so? */
static int is_instance(const struct pn_spec *s, const char *wanted)
{
    size_t n = strlen(s->name);
    unsigned long number;
    char *end;

    if (strncmp(s->name, wanted, n) != 0 || wanted[n] != '.')
        return 0;
    number = strtoul(wanted + n + 1, &end, 10);
    return *end == '\0' && number >= 1 && number <= s->count;
}

static int instances_have_names(struct reader *r, const struct pn_spec *s)
{
    char last[2 * PN_SYSTEM_NAME];

    if (s->count == 1)
        return 1;
    snprintf(last, sizeof last, "%s.%u", s->name, s->count);
    if (strlen(last) >= PN_SYSTEM_NAME)
        return complain(r, s, "%s: the name of the last one, %s, has more than "
                        "16 characters", last);
    for (unsigned i = 0; i < r->count; i++)
        if (is_instance(s, r->servers[i].name))
            return complain(r, s, "%s: one of them would be called %s, as "
                            "another server is", r->servers[i].name);
    return 1;
}

static int check_server(struct reader *r, const struct pn_spec *s)
{
    for (unsigned i = 0; i < s->talks; i++)
        if (!server_named(r, s->talk[i]))
            return complain(r, s, "%s: may talk to %s, which is no server here",
                            s->talk[i]);
    if (s->memory && s->heap > s->memory)
        return complain(r, s, "%s: its heap is larger than its memory%s", "");
    if (!instances_have_names(r, s))
        return 0;
    if (s->count > 1 && (s->port_ranges > 0 || s->devices > 0 || s->irqs > 0))
        return complain(r, s, "%s: ports, interrupts and device memory are for "
                        "one, so its count is 1%s", "");
    return 1;
}

int pn_system_parse(const char *text, size_t length, struct pn_spec *servers,
                    unsigned max, struct pn_system_error *error)
{
    struct reader r = {.servers = servers, .error = error};
    const char *end = text + length;
    unsigned long seen = 0;

    while (text < end) {
        text = cut_line(&r, text, end);
        r.number++;
        if (r.at == r.end)
            continue;
        if (!read_line(&r, max, &seen))
            return -1;
        if (r.at < r.end) {
            fail(&r, "the end of the line");
            return -1;
        }
    }
    for (unsigned i = 0; i < r.count; i++)
        if (!check_server(&r, &servers[i]))
            return -1;
    return (int)r.count;
}
