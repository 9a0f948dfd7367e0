/*
 * main.c - the root server: loads the other modules as programs, is their pager
 * and supervisor, and offers a console.
 *
 * Programs are not trusted. They can send the supervisor anything at any time;
 * it answers page faults and the message that ends a program, each by the
 * sender's id, which can't be forged, and ignores the rest. Answers have zero
 * timeouts. Messages from threads of the own space carry a local id: those are
 * the monitor's.
 */
#include "memory.h"
#include "monitor.h"
#include "program.h"

#include <l4/ipc.h>
#include <l4/protocol.h>
#include <pn/bootinfo.h>
#include <pn/image.h>
#include <pn/libc.h>
#include <pn/program.h>

int main(int argc, char **argv);

#define FIRST_MODULE 2 /* 0 is sigma0, 1 is this server */

static void load_programs(void)
{
    const struct pn_bootinfo *info = pn_bootinfo_get();
    struct pn_module module;

    if (!info) {
        printf("root: no boot information: no programs\n");
        return;
    }
    for (size_t n = FIRST_MODULE; pn_bootinfo_module(info, n, &module); n++)
        program_load(module.start, module.size, module.command);
}

/* Each of the following puts an answer into the MRs and returns 1, or 0 if
 * there is none. */

static int page_fault(struct program *p)
{
    L4_Word_t address, ip;
    L4_Fpage_t page;

    L4_StoreMR(1, &address);
    L4_StoreMR(2, &ip);
    page = program_page(p, address);
    if (L4_IsNilFpage(page)) {
        if (p->state == PROGRAM_RUNNING)
            printf("root: %s: no memory at %08lx (ip %08lx): it waits for "
                   "ever\n",
                   p->name, address, ip);
        p->state = PROGRAM_STUCK;
        return 0;
    }
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, L4_MapItem(page, address & -PAGE_SIZE).raw);
    return 1;
}

static int program_message(struct program *p, L4_MsgTag_t tag)
{
    if (L4_IsPageFault(tag))
        return page_fault(p);
    if (tag.raw == (PN_LABEL_END << 16 | 1)) {
        L4_StoreMR(1, &p->status);
        program_remove(p, PROGRAM_ENDED);
    }
    return 0;
}

static int monitor_message(L4_MsgTag_t tag)
{
    L4_Word_t request, index;
    L4_Word_t done = 0;

    L4_StoreMR(1, &request);
    L4_StoreMR(2, &index);
    if (tag.raw != 2 || index >= program_count)
        return 0;
    if (request == MONITOR_KILL) {
        program_remove(&programs[index], PROGRAM_KILLED);
        done = !program_lives(&programs[index]);
    } else if (program_lives(&programs[index])) {
        done = (L4_Word_t)program_resize(&programs[index],
                                         request == MONITOR_SMALL);
    }
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, done);
    return 1;
}

static int handle(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    struct program *p;

    if (L4_IsLocalId(from))
        return monitor_message(tag);
    p = program_of(from);
    return p ? program_message(p, tag) : 0;
}

int main(int argc, char **argv)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;

    (void)argc;
    (void)argv;
    pn_image_touch();
    load_programs();
    if (!monitor_start())
        printf("root: no monitor: %s\n", L4_ErrorCode_String(L4_ErrorCode()));
    tag = L4_Wait(&from);
    for (;;) {
        if (L4_IpcSucceeded(tag) && handle(from, tag))
            tag = L4_ReplyWait(from, &from);
        else
            tag = L4_Wait(&from);
    }
}
