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
 *   begin / path / result / end / error
 */
#include "options.h"
#include "pager.h"
#include "path.h"
#include "report.h"
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

static void
print_result(unsigned path, unsigned mrs, unsigned pages, L4_Word_t empty)
{
    struct summary s =
        report_summary(shared.sample, options.samples, empty, options.rounds);

    printf("pingpong: result path=%s mrs=%u pages=%u min=%s q1=%s median=%s "
           "q3=%s max=%s\n",
           path_names[path], mrs, pages, report_hundredths(s.min).text,
           report_hundredths(s.q1).text, report_hundredths(s.median).text,
           report_hundredths(s.q3).text, report_hundredths(s.max).text);
}

static int
run_case(unsigned path, unsigned mrs, unsigned pages_index, L4_Word_t empty)
{
    if (!options_wanted(&options, mrs, pages_index))
        return 1;
    if (!measure(path, loops[pages_index], mrs))
        return 0;
    print_result(path, mrs, page_counts[pages_index], empty);
    return 1;
}

static int
run_cases(unsigned path)
{
    L4_Word_t empty;

    if (!measure(path, call_empty, 0))
        return 0;
    empty = smallest_sample();
    printf("pingpong: path path=%s client=%s server=%s empty=%lu\n",
           path_names[path], path_client_kind(path), path_server_kind(path),
           empty);
    for (unsigned p = 0; p < PAGE_COUNTS; p++)
        for (unsigned mrs = 0; mrs < MRS; mrs++)
            if (!run_case(path, mrs, p, empty))
                return 0;
    return 1;
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
    printf("pingpong: begin slots=%s samples=%u rounds=%u warmup=%u\n",
           options.x2_slots ? "x2" : "pages", options.samples, options.rounds,
           options.warmup);
    for (unsigned path = 0; path < PATHS; path++)
        if (options.path[path] && !run_path(path))
            pn_exit(1);
    printf("pingpong: end\n");
    pn_exit(0);
}
