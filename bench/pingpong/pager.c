/*
 * pager.c - page faults and reports of the workers (pager.h).
 */
#include "pager.h"
#include "path.h"

#include <l4/ipc.h>
#include <pn/libc.h>
#include <pn/share.h>

static const char *const trouble_names[] = {
    "wrong message tag",
    "wrong message word",
    "wrong sender",
    "wrong message tag in the measured loop",
    "wrong message word in the measured loop",
};

static int
report_trouble(unsigned path, L4_ThreadId_t from)
{
    L4_Word_t mr[3];
    const char *what = "unknown trouble";

    L4_StoreMRs(1, 3, mr);
    if (mr[0] < sizeof trouble_names / sizeof *trouble_names)
        what = trouble_names[mr[0]];
    printf("pingpong: error: %s: %s: %s: got %08lx, wanted %08lx\n",
           path_names[path],
           L4_IsThreadEqual(from, shared.client) ? "client" : "server", what,
           mr[1], mr[2]);
    return 0;
}

int
pager_until(unsigned path, L4_ThreadId_t to, enum label wanted)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;

    L4_Set_MsgTag(L4_Niltag);
    for (;;) {
        tag = L4_IsNilThread(to) ? L4_Wait(&from) : L4_ReplyWait(to, &from);
        if (L4_IpcSucceeded(tag) && L4_Label(tag) == wanted)
            return 1;
        if (L4_IpcSucceeded(tag) && L4_Label(tag) == LABEL_BAD)
            return report_trouble(path, from);
        if (!pn_share_fault(tag, WORKER_KIP))
            break;
        to = from;
    }
    printf("pingpong: error: %s: unexpected message %08lx from %08lx\n",
           path_names[path], tag.raw, from.raw);
    return 0;
}
