/*
 * main.c - servers_bench measures what an IPC costs when many servers are
 * called in turn, each in a space of its own.
 *
 * An ordinary X.2 program, the root server. It makes clients and servers
 * (fleet.h), which run one page of assembly (loops.asm), gives the clients jobs
 * and prints a line for each case.
 *
 * Output, all lines that matter begin with "servers_bench: " (README.md):
 *   begin / full / result / end / error
 */
#include "fleet.h"
#include "options.h"

#include <l4/ipc.h>
#include <pn/libc.h>
#include <pn/program.h>

#define CALLS_MIN   256 /* in a turn, if passes=0 */
#define EMPTY_TURNS 3
#define SALT        0x5a17c0deUL

int main(int argc, char **argv);

static struct options options;

struct job {
    const char *work;
    unsigned servers, clients, pages, passes, turns;
};

static void
write_job(const struct job *job, unsigned n)
{
    struct party *p = fleet_client(n);
    unsigned next = (n + 1) % job->clients;
    unsigned previous = (n + job->clients - 1) % job->clients;
    int alone = job->clients == 1;

    p->key = SALT + n;
    p->pages = job->pages;
    p->wrong = 0;
    p->work = fleet_client_text(n, job->work);
    p->first = fleet_server_id(0).raw;
    p->count = job->servers;
    p->passes = job->passes;
    p->turns = job->turns;
    p->waits_for = n > 0 ? fleet_client_id(previous).raw : 0;
    p->next = alone ? 0 : fleet_client_id(next).raw;
    p->previous = alone ? 0 : fleet_client_id(previous).raw;
    p->last = alone || next == 0 ? 0 : fleet_client_id(next).raw;
    p->sample_at = fleet_client_samples(n);
}

/* The clients wait for an answer to their report of the job before. */
static int
run_job(const struct job *job)
{
    for (unsigned i = 0; i < job->servers; i++)
        fleet_server(i)->pages = job->pages;
    for (unsigned i = 0; i < job->clients; i++)
        write_job(job, i);
    for (unsigned i = job->clients; i-- > 0;) {
        L4_Set_MsgTag(L4_Niltag);
        if (L4_IpcFailed(L4_Send(fleet_client_id(i)))) {
            printf("servers_bench: error: client %u takes no job\n", i);
            return 0;
        }
    }
    return fleet_wait(job->clients);
}

static int
answers_right(const struct job *job)
{
    for (unsigned i = 0; i < job->clients; i++)
        if (fleet_client(i)->wrong) {
            printf("servers_bench: error: wrong answers to client %u (%08lx)\n",
                   i, fleet_client(i)->wrong);
            return 0;
        }
    return 1;
}

/* --- numbers ---------------------------------------------------------------
 */

static L4_Word_t samples[CLIENTS_MAX * TURNS_MAX];

static unsigned
collect(const struct job *job)
{
    unsigned n = 0;

    for (unsigned i = 0; i < job->clients; i++)
        for (unsigned t = options.warmup; t < job->turns; t++)
            samples[n++] = fleet_client(i)->sample[t];
    for (unsigned i = 1; i < n; i++) {
        L4_Word_t value = samples[i];
        unsigned j = i;

        for (; j > 0 && samples[j - 1] > value; j--)
            samples[j] = samples[j - 1];
        samples[j] = value;
    }
    return n;
}

struct number {
    char text[24];
};

/* Cycles of one IPC, half of a call, with two decimals. */
static struct number
per_ipc(const struct job *job, L4_Word_t cycles, L4_Word_t empty)
{
    L4_Word_t ipcs = 2 * job->servers * job->passes;
    L4_Word64_t net = cycles > empty ? cycles - empty : 0;
    L4_Word_t hundredths = (L4_Word_t)((net * 100 + ipcs / 2) / ipcs);
    struct number number;

    snprintf(number.text, sizeof number.text, "%lu.%02lu", hundredths / 100,
             hundredths % 100);
    return number;
}

/* The turn that neither was the first nor met an interrupt. */
static L4_Word_t
shortest(const L4_Word_t *turns, unsigned n)
{
    L4_Word_t least = turns[0];

    for (unsigned i = 1; i < n; i++)
        if (turns[i] < least)
            least = turns[i];
    return least;
}

static void
print_result(const struct job *job, L4_Word_t empty)
{
    unsigned n = collect(job);

    printf("servers_bench: result servers=%u clients=%u pages=%u passes=%u "
           "min=%s median=%s max=%s\n",
           job->servers, job->clients, job->pages, job->passes,
           per_ipc(job, samples[0], empty).text,
           per_ipc(job, samples[(n - 1) / 2], empty).text,
           per_ipc(job, samples[n - 1], empty).text);
}

/* --- cases -----------------------------------------------------------------
 */

static int
run_case(unsigned servers, unsigned clients, unsigned pages)
{
    struct job job = {.work = work_empty,
                      .servers = servers,
                      .clients = 1,
                      .passes = options.passes,
                      .turns = EMPTY_TURNS};
    L4_Word_t empty;

    if (job.passes == 0)
        job.passes = (CALLS_MIN + servers - 1) / servers;
    if (!run_job(&job))
        return 0;
    empty = shortest(fleet_client(0)->sample, EMPTY_TURNS);
    job.work = pages > 0 ? work_touching : work;
    job.clients = clients;
    job.pages = pages;
    job.turns = options.warmup + options.samples;
    if (!run_job(&job) || !answers_right(&job))
        return 0;
    print_result(&job, empty);
    return 1;
}

/* As many servers as wanted, or as there can be. 0: no more after this. */
static int
grow(unsigned wanted, unsigned *got)
{
    const char *why;

    if (wanted > fleet_limit())
        wanted = fleet_limit();
    *got = fleet_grow(wanted, &why);
    if (why)
        printf("servers_bench: full servers=%u reason=\"%s\"\n", *got, why);
    return !why;
}

static int
run_cases(unsigned servers)
{
    for (unsigned c = 0; c < options.clients.n; c++)
        for (unsigned p = 0; p < options.pages.n; p++)
            if (!run_case(servers, options.clients.value[c],
                          options.pages.value[p]))
                return 0;
    return fleet_holds();
}

static int
run(void)
{
    unsigned got = 0, before;
    int more = 1;

    if (!fleet_open(&options))
        return 0;
    for (unsigned i = 0; i < options.servers.n && more; i++) {
        before = got;
        more = grow(options.servers.value[i], &got);
        if (got > before && !run_cases(got))
            return 0;
    }
    return 1;
}

int
main(int argc, char **argv)
{
    int bad_argument;
    const char *problem = options_parse(&options, argc, argv, &bad_argument);

    if (problem) {
        printf("servers_bench: error: %s: %s\n", argv[bad_argument], problem);
        pn_exit(2);
    }
    printf("servers_bench: begin server=%s client=%s place=%s samples=%u "
           "warmup=%u\n",
           options.server_small ? "small" : "large",
           options.client_small ? "small" : "large", place_names[options.place],
           options.samples, options.warmup);
    if (!run())
        pn_exit(1);
    printf("servers_bench: end\n");
    pn_exit(0);
}
