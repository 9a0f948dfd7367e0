/* The plugin's options, `name=value` each; costs of costs.def among them. */
#ifndef P5_OPTIONS_H
#define P5_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    bool tsc;        /* RDTSC returns modelled cycles */
    bool dump_costs; /* print the cost table */
    bool predict_ret;
    bool banks;
    bool p6;               /* cpu=p6: estimates, not the P5 */
    bool accesses;         /* the trace shows every reference to memory */
    int trace;             /* region to trace, or -1 */
    uint64_t limit;        /* stop after so many instructions; 0: never */
    const char *outfile;   /* NULL: stderr */
    const char *tracefile; /* NULL: stderr */
};

/* Read the options. False after saying on stderr what is wrong with one. */
bool options_parse(struct options *options, int argc, char **argv);

#endif
