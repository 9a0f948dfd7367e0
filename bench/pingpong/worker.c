/*
 * worker.c - client and server around the measured loops.
 */
#include "worker.h"

#include <l4/ipc.h>
#include <l4/ia32/syscalls.h>
#include <pn/image.h>
#include <pn/program.h>

/* A line of the data cache holds the page table's entries of eight pages. Each of
 * these begins one, wherever the program's text may end: otherwise what the two
 * large spaces read of their page tables falls into one set of the cache, or not,
 * by chance. */
#define TABLE_LINE_ALIGNED __attribute__((aligned(8 * PAGE_BYTES)))

struct shared shared;
union party server_party TABLE_LINE_ALIGNED, client_party TABLE_LINE_ALIGNED;
unsigned char touch_area[TOUCH_PAGES_MAX * PAGE_BYTES] TABLE_LINE_ALIGNED;

struct loop *
client_loop(void)
{
    return (struct loop *)(void *)(client_party.bytes + CLIENT_LOOP);
}

struct loop *
server_loop(void)
{
    return (struct loop *)(void *)(server_party.bytes + SERVER_LOOP);
}

/* A jump to the next line in each line, a return in the last. */
void
cold_fill(void)
{
    enum { JMP_SHORT = 0xeb, RET = 0xc3 };

    for (unsigned at = 0; at < sizeof touch_area; at += LINE_BYTES) {
        touch_area[at] = JMP_SHORT;
        touch_area[at + 1] = LINE_BYTES - 2;
    }
    touch_area[sizeof touch_area - LINE_BYTES] = RET;
}

static void
send_root(enum label label)
{
    L4_Set_MsgTag(l4_tag((L4_Word_t)label << 16));
    (void)L4_Send(shared.root);
}

/* Wait for the next job and do it. Each job's words differ, and the server
 * sends back whatever it received: words that are right in the end have gone
 * both ways. */
static void
do_job(struct loop *loop, unsigned salt)
{
    const struct job *job = &shared.job;

    L4_Set_MsgTag(l4_tag((L4_Word_t)LABEL_DONE << 16));
    (void)L4_Call(shared.root);
    loop->tag = job->mrs;
    loop->turns = job->turns;
    set_client_words(salt, job->mrs);
    for (unsigned i = 0; i < job->warmup; i++)
        (void)job->loop(loop);
    for (unsigned i = 0; i < job->samples; i++)
        shared.sample[i] = job->loop(loop);
    if (job->loop == call_empty || job->loop == call_cold_empty)
        return;
    if (loop->last_tag != job->mrs)
        bad(TROUBLE_LOOP_TAG, loop->last_tag, job->mrs);
    check_client_words(salt, job->mrs, TROUBLE_LOOP_WORD);
}

void
client_main(void)
{
    struct loop *loop = client_loop();

    pn_image_touch();
    loop->entry = l4_entries[L4_ENTRY_IPC];
    loop->partner = shared.server_seen.raw;
    verify_as_client();
    for (unsigned salt = MRS;; salt++)
        do_job(loop, salt);
}

void
server_main(void)
{
    struct loop *loop = server_loop();

    pn_image_touch();
    loop->entry = l4_entries[L4_ENTRY_IPC];
    send_root(LABEL_READY);
    verify_as_server();
    serve(loop, shared.client_seen.raw);
}
