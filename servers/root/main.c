/*
 * main.c - the root server: loads the other modules as programs, is their pager
 * and supervisor, and offers a console.
 *
 * Programs are not trusted. They can send the supervisor anything at any time;
 * it answers page faults, port faults, exceptions, the questions for another
 * program and for memory, and the message that ends one, each by the sender's
 * id, which can't be forged, and ignores the rest. Answers have zero timeouts.
 * Messages from threads of the own space carry a local id: those are the
 * monitor's.
 *
 * The word until=NAME on the root server's own line: when the program of that
 * name ends, so does the machine, with its status.
 */
#include "devices.h"
#include "heap.h"
#include "memory.h"
#include "monitor.h"
#include "placement.h"
#include "program.h"

#include <l4/arch.h>
#include <l4/ipc.h>
#include <l4/protocol.h>
#include <pn/bootinfo.h>
#include <pn/image.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/space.h>

int main(int argc, char **argv);

#define REFUSALS     100
#define FIRST_MODULE 2 /* 0 is sigma0, 1 is this server */

static const char *until = "";

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

static int stop(struct program *p, const char *why, L4_Word_t what,
                L4_Word_t ip)
{
    if (p->state == PROGRAM_RUNNING)
        printf("root: %s: %s %lx (ip %08lx): it %s\n", p->name, why, what, ip,
               p->irqs > 0 ? "is removed" : "waits for ever");
    program_stop(p);
    return 0;
}

static int map(L4_Fpage_t page, L4_Word_t base)
{
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, L4_MapItem(page, base).raw);
    return 1;
}

static int page_fault(struct program *p)
{
    L4_Word_t address, ip;
    L4_Fpage_t page;

    L4_StoreMR(1, &address);
    L4_StoreMR(2, &ip);
    page = program_page(p, address);
    if (L4_IsNilFpage(page))
        return stop(p, "no memory at", address, ip);
    placement_reach(p, address);
    return map(page, address & -PAGE_SIZE);
}

static int port_fault(struct program *p)
{
    L4_Word_t port, ip;
    L4_Fpage_t ports;

    L4_StoreMR(1, &port);
    L4_StoreMR(2, &ip);
    ports = devices_ports(p, l4_fpage(port));
    if (L4_IsNilFpage(ports))
        return stop(p, "no ports at", L4_IoFpagePort(l4_fpage(port)), ip);
    return map(ports, 0);
}

static int resume(L4_Word_t words)
{
    L4_Set_MsgTag(l4_tag(words));
    return 1;
}

/* Who has it refused again and again has a handler that is none. */
static int limit_fault(struct program *p)
{
    struct pn_fault fault;

    pn_fault_load(&fault);
    if (placement_fault(p, &fault))
        return resume(0);
    if (++p->refused > REFUSALS)
        return stop(p, "never stops to go beyond its memory, of bytes",
                    fault.limit, fault.eip);
    L4_LoadMR(L4_ExcEip, fault.eip);
    L4_LoadMR(L4_ExcEflags, fault.eflags);
    L4_LoadMR(L4_ExcVector, PN_LIMIT_REFUSED);
    return resume(L4_ExcVector);
}

static int exception(struct program *p)
{
    L4_Word_t vector, ip;

    L4_StoreMR(L4_ExcVector, &vector);
    L4_StoreMR(L4_ExcEip, &ip);
    if (vector & PN_LIMIT_FAULT)
        return limit_fault(p);
    return stop(p, "exception", vector, ip);
}

static int find(void)
{
    L4_Word_t words[PN_NAME_WORDS + 1] = {0};
    struct program *p;

    L4_StoreMRs(1, PN_NAME_WORDS, words);
    p = program_named((const char *)words);
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, p && program_lives(p) ? p->thread.raw : L4_nilthread.raw);
    return 1;
}

static int heap(const struct program *p)
{
    L4_Set_MsgTag(l4_tag(2));
    L4_LoadMR(1, heap_low(p));
    L4_LoadMR(2, heap_high(p));
    return 1;
}

static int trim(struct program *p)
{
    L4_Word_t address, done;

    L4_StoreMR(1, &address);
    done = (L4_Word_t)placement_trim(p, address);
    L4_Set_MsgTag(l4_tag(1));
    L4_LoadMR(1, done);
    return 1;
}

static int program_message(struct program *p, L4_MsgTag_t tag)
{
    if (L4_IsPageFault(tag))
        return page_fault(p);
    if (l4_is_protocol(tag, L4_LabelIoPageFault))
        return port_fault(p);
    if (L4_IsException(tag))
        return exception(p);
    if (tag.raw == (PN_LABEL_FIND << 16 | PN_NAME_WORDS))
        return find();
    if (tag.raw == (PN_LABEL_HEAP << 16 | 1))
        return heap(p);
    if (tag.raw == (PN_LABEL_TRIM << 16 | 1))
        return trim(p);
    if (tag.raw == (PN_LABEL_END << 16 | 1)) {
        L4_StoreMR(1, &p->status);
        program_remove(p, PROGRAM_ENDED);
        if (strcmp(p->name, until) == 0)
            pn_exit(p->status);
    }
    return 0;
}

static L4_Word_t monitor_request(L4_Word_t request, struct program *p,
                                 L4_Word_t size)
{
    switch (request) {
    case MONITOR_KILL:
        program_remove(p, PROGRAM_KILLED);
        return !program_lives(p);
    case MONITOR_PLACE:
        return program_lives(p) && placement_set(p, (enum command_size)size);
    case MONITOR_MOVE:
        return program_lives(p) && pn_space_move(p->thread);
    default:
        return 0;
    }
}

static int monitor_message(L4_MsgTag_t tag)
{
    L4_Word_t mr[4], done = 0;

    L4_StoreMRs(0, 4, mr);
    if (tag.raw != 3)
        return 0;
    if (mr[1] == MONITOR_COMPACT)
        done = placement_compact();
    else if (mr[2] < program_count)
        done = monitor_request(mr[1], &programs[mr[2]], mr[3]);
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

    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "until=", 6) == 0)
            until = argv[i] + 6;
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
