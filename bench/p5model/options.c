/* Option parsing: every option is name=value, unknown ones are errors. */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "model.h"

static bool
parse_switch(const char *text, bool *value)
{
    *value = !strcmp(text, "on");
    return *value || !strcmp(text, "off");
}

static bool
parse_number(const char *text, uint64_t max, uint64_t *value)
{
    char *end;
    *value = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && *value <= max;
}

static bool
parse_trace(const char *text, int *region)
{
    uint64_t number;
    if (!parse_number(text, REGIONS - 1, &number))
        return false;
    *region = (int)number;
    return true;
}

static bool
parse_file(const char *text, const char **file)
{
    *file = text;
    return *text != '\0';
}

/* To come first: the costs named behind it change this processor's. */
static bool
parse_cpu(const char *text, struct options *o)
{
    o->p6 = !strcmp(text, "p6");
    if (o->p6) {
        cost_select_p6();
        o->banks = false;
    }
    return o->p6 || !strcmp(text, "p5");
}

static bool
is(const char *arg, const char *name)
{
    size_t length = strlen(name);
    return !strncmp(arg, name, length) && arg[length] == '=';
}

/* 1: taken, 0: bad value, -1: not known. */
static int
parse_one(struct options *o, const char *arg, const char *value)
{
    if (is(arg, "cpu"))
        return parse_cpu(value, o);
    if (is(arg, "tsc"))
        return parse_switch(value, &o->tsc);
    if (is(arg, "dumpcosts"))
        return parse_switch(value, &o->dump_costs);
    if (is(arg, "retbtb"))
        return parse_switch(value, &o->predict_ret);
    if (is(arg, "banks"))
        return parse_switch(value, &o->banks);
    if (is(arg, "accesses"))
        return parse_switch(value, &o->accesses);
    if (is(arg, "trace"))
        return parse_trace(value, &o->trace);
    if (is(arg, "limit"))
        return parse_number(value, UINT64_MAX, &o->limit);
    if (is(arg, "outfile"))
        return parse_file(value, &o->outfile);
    if (is(arg, "tracefile"))
        return parse_file(value, &o->tracefile);
    switch (cost_set(arg, (size_t)(value - 1 - arg), value)) {
    case COST_SET:
        return 1;
    case COST_BAD_VALUE:
        return 0;
    case COST_UNKNOWN:
        break;
    }
    return -1;
}

bool
options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){.trace = -1, .banks = true};
    for (int i = 0; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        int result = equals ? parse_one(options, argv[i], equals + 1) : -1;
        if (result == 1)
            continue;
        fprintf(stderr, "p5model: %s: %s\n", argv[i],
                result ? "unknown option; README.md of bench/p5model and "
                         "dumpcosts=on list them"
                       : "bad value");
        return false;
    }
    return true;
}
