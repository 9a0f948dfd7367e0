/*
 * main.c - pingpong measures what a one-way IPC costs between and within small
 * and large spaces.
 *
 * An ordinary X.2 program, the root server. For each path it makes a client
 * and a server, lets them check that messages arrive whole, then has the client
 * run its loops and prints one line for each case. Private to Pinenut are the
 * control words for small spaces, the P5 model's marks and pn_exit; on another
 * X.2 kernel slots=x2 and the first of them do without.
 *
 * Output, all lines that matter begin with "pingpong: " (README.md):
 *   begin / cpu / path / result / cold / raw / end / error
 */
#include "options.h"
#include "pager.h"
#include "path.h"
#include "processor.h"
#include "report.h"
#include "say.h"
#include "summary.h"
#include "worker.h"

#include <pn/libc.h>
#include <pn/program.h>

int main(int argc, char **argv);

static struct options options;

static call_loop *const loops[PAGE_COUNTS] = {call_0,  call_4,  call_8, call_16,
                                              call_32, call_48, call_64};

/* Let the client fill shared.sample. The server's answers have as many words;
 * it waits for the client's next call, so nobody reads its tag now. */
static int
measure(unsigned path, call_loop *loop, unsigned mrs)
{
    shared.job = (struct job){.loop = loop,
                              .mrs = mrs,
                              .turns = options.rounds / UNROLLED,
                              .warmup = options.warmup,
                              .samples = options.samples};
    server_loop()->tag = mrs;
    return pager_until(path, shared.client, LABEL_DONE) && path_holds(path);
}

static L4_Word_t
smallest_sample(void)
{
    L4_Word_t smallest = shared.sample[0];

    for (unsigned i = 1; i < options.samples; i++)
        if (shared.sample[i] < smallest)
            smallest = shared.sample[i];
    return smallest;
}

#define RAW_IN_LINE 12

/* The samples as they were taken: round trips, the empty loop included. */
static void
print_raw(void)
{
    char text[RAW_IN_LINE * sizeof ",4294967295"];

    for (unsigned at = 0; options.raw && at < options.samples;) {
        unsigned from = at;
        int used = 0;

        for (; at < options.samples && at < from + RAW_IN_LINE; at++)
            used += snprintf(text + used, sizeof text - (size_t)used, "%s%lu",
                             at == from ? "" : ",", shared.sample[at]);
        say("raw at=%u values=%s", from, text);
    }
}

/* `kind` is "result", or "cold", where a sample is one round trip. */
static L4_Word_t
print_result(const char *kind, unsigned path, unsigned mrs, unsigned pages,
             L4_Word_t empty, unsigned rounds)
{
    struct summary s;

    print_raw();
    s = report_summary(shared.sample, options.samples, empty, rounds);
    say("%s path=%s mrs=%u pages=%u min=%s q1=%s median=%s q3=%s p99=%s max=%s",
        kind, path_names[path], mrs, pages, report_hundredths(s.min).text,
        report_hundredths(s.q1).text, report_hundredths(s.median).text,
        report_hundredths(s.q3).text, report_hundredths(s.p99).text,
        report_hundredths(s.max).text);
    return s.median;
}

static int
run_case(unsigned path, unsigned mrs, unsigned pages_index, L4_Word_t empty)
{
    if (!options_wanted(&options, mrs, pages_index))
        return 1;
    if (!measure(path, loops[pages_index], mrs))
        return 0;
    summary_note(path, mrs, pages_index,
                 print_result("result", path, mrs, page_counts[pages_index],
                              empty, options.rounds));
    return 1;
}

static int
run_cold(unsigned path)
{
    L4_Word_t empty;

    if (!options.cold)
        return 1;
    if (!measure(path, call_cold_empty, 0))
        return 0;
    empty = smallest_sample();
    if (!measure(path, call_cold, STANDARD_MRS))
        return 0;
    summary_note_cold(
        path, print_result("cold", path, STANDARD_MRS, 0, empty, 1));
    return 1;
}

static int
run_cases(unsigned path)
{
    L4_Word_t empty;

    if (!measure(path, call_empty, 0))
        return 0;
    empty = smallest_sample();
    say("path path=%s client=%s server=%s empty=%lu", path_names[path],
        path_client_kind(path), path_server_kind(path), empty);
    for (unsigned p = 0; p < PAGE_COUNTS; p++)
        for (unsigned mrs = 0; mrs < MRS; mrs++)
            if (!run_case(path, mrs, p, empty))
                return 0;
    return run_cold(path);
}

/* The server's READY comes while the client already calls it, which blocks. */
static int
run_path(unsigned path)
{
    return path_open(path, options.x2_slots) &&
           pager_until(path, L4_nilthread, LABEL_READY) &&
           pager_until(path, L4_nilthread, LABEL_DONE) && run_cases(path) &&
           path_close(path);
}

int
main(int argc, char **argv)
{
    int bad_argument;
    const char *problem = options_parse(&options, argc, argv, &bad_argument);

    if (problem) {
        printf("pingpong: error: %s: %s\n", argv[bad_argument], problem);
        pn_exit(2);
    }
    cold_fill();
    say("begin slots=%s samples=%u rounds=%u warmup=%u cases=%u cold=%u",
        options.x2_slots ? "x2" : "pages", options.samples, options.rounds,
        options.warmup, options_paths(&options) * options_cases(&options),
        options.cold ? options_paths(&options) : 0);
    processor_print();
    for (unsigned path = 0; path < PATHS; path++)
        if (options.path[path] && !run_path(path))
            pn_exit(1);
    say("end lines=%u", say_lines());
    if (options.summary)
        summary_print();
    pn_exit(0);
}
