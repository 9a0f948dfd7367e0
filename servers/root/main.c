/*
 * main.c - the root server: loads the other modules as programs, each by its
 * own line or all by the system description; is their pager and supervisor; and
 * offers a console.
 *
 * Programs are not trusted. They can send the supervisor anything at any time;
 * it answers page faults, port faults, exceptions, the questions for another
 * program and for memory, and the message that ends one, each by the sender's
 * id, which can't be forged, and ignores the rest. Answers have zero timeouts.
 * Messages from threads of the own space carry a local id: those are the
 * monitor's.
 *
 * Words on the root server's own line. until=NAME: when the program of that name
 * ends, so does the machine, with its status. clock=NAME: what the processor's
 * time stamp counter counts (probe.h).
 */
#include "console.h"
#include "description.h"
#include "devices.h"
#include "guard.h"
#include "heap.h"
#include "memory.h"
#include "monitor.h"
#include "orders.h"
#include "paged.h"
#include "placement.h"
#include "probe.h"
#include "program.h"
#include "run.h"
#include "scribe.h"
#include "supervisor.h"
#include "watch.h"

#include <l4/arch.h>
#include <l4/ipc.h>
#include <l4/protocol.h>
#include <pn/console.h>
#include <pn/image.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/server.h>
#include <pn/space.h>

int main(int argc, char **argv);

#define REFUSALS 100

static const char *until = "";

static void load_programs(void)
{
    enum description system;

    modules_find();
    system = description_read();
    if (!programs_make((system == DESCRIPTION_GOOD ? description_programs()
                                                   : MODULES) +
                       RUN_PROGRAMS)) {
        printf("root: no memory for the table of programs\n");
        pn_exit(1);
    }
    if (system == DESCRIPTION_GOOD)
        description_start();
    for (unsigned i = 0; system == DESCRIPTION_NONE && i < module_count; i++)
        program_load(&modules[i]);
}

/* Each of the following puts an answer into the MRs and returns 1, or 0 if
 * there is none. */

static int stop(struct program *p, const char *why, L4_Word_t what,
                L4_Word_t ip)
{
    char text[sizeof p->why];

    if (p->server) {
        snprintf(text, sizeof text, "%s %lx (ip %08lx)", why, what, ip);
        supervisor_failure(p, text);
        return 0;
    }
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

static int resume(L4_Word_t words)
{
    L4_Set_MsgTag(l4_tag(words));
    return 1;
}

static int answer(L4_Word_t word)
{
    L4_LoadMR(1, word);
    return resume(1);
}

static int page_fault(struct program *p, L4_MsgTag_t tag)
{
    L4_Word_t address, ip;
    L4_Fpage_t page;

    p->faults++;
    L4_StoreMR(1, &address);
    L4_StoreMR(2, &ip);
    if (paged_fault(p, address))
        return resume(0);
    page = program_page(p, address, tag.raw >> 16 & L4_FullyAccessible);
    if (L4_IsNilFpage(page))
        return stop(p, "no memory at", address, ip);
    placement_reach(p, address);
    return map(page, address & -PAGE_SIZE);
}

/* The fault of one of its clients is not resolved by a program that is the pager
 * of some. */
static int pass(const struct program *pager)
{
    L4_Word_t thread, problem, address, ip;
    struct program *p;

    L4_StoreMR(1, &thread);
    L4_StoreMR(2, &problem);
    L4_StoreMR(3, &address);
    L4_StoreMR(4, &ip);
    p = paged_pass(pager, l4_id(thread));
    if (p && (problem || paged_has(p, address))) {
        (void)stop(p, "lost by its pager:", address, ip);
        p = NULL;
    }
    return answer(p != NULL);
}

static int paged(struct program *p)
{
    L4_Word_t bytes, pager;

    L4_StoreMR(1, &bytes);
    L4_StoreMR(2, &pager);
    return answer(paged_open(p, bytes, l4_id(pager)));
}

static void stop_orphans(void)
{
    struct program *p;

    while ((p = paged_orphan()) != NULL)
        (void)stop(p, "no pager any more for", heap_high(p), 0);
}

static int port_fault(struct program *p)
{
    L4_Word_t port, ip;
    L4_Fpage_t have;

    L4_StoreMR(1, &port);
    L4_StoreMR(2, &ip);
    have = devices_ports(p, l4_fpage(port));
    if (L4_IsNilFpage(have))
        return stop(p, "no ports at", L4_IoFpagePort(l4_fpage(port)), ip);
    return map(have, 0);
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
    return answer(p && program_lives(p) ? p->thread.raw : L4_nilthread.raw);
}

static int heap(const struct program *p)
{
    L4_Set_MsgTag(l4_tag(2));
    L4_LoadMR(1, heap_low(p));
    L4_LoadMR(2, heap_high(p));
    return 1;
}

static int data(const struct program *p)
{
    L4_Set_MsgTag(l4_tag(2));
    L4_LoadMR(1, program_data(p));
    L4_LoadMR(2, p->data ? p->data->bytes : 0);
    return 1;
}

static int device(const struct program *p)
{
    L4_Word_t first, bytes;

    L4_StoreMR(1, &first);
    L4_StoreMR(2, &bytes);
    return answer(devices_address(p, first, bytes));
}

/* The driver itself prints by the kernel. */
static int printer(const struct program *p)
{
    return answer(strcmp(p->name, PN_CONSOLE_NAME) == 0
                      ? L4_nilthread.raw
                      : scribe_thread().raw);
}

static int ports(const struct program *p)
{
    L4_Word_t first, number;

    L4_StoreMR(1, &first);
    L4_StoreMR(2, &number);
    return answer((L4_Word_t)devices_has_ports(p, first, number));
}

/* There may be something left to be printed. */
static void end_machine(L4_Word_t status)
{
    until = "";
    scribe_end(status);
}

static int end(struct program *p)
{
    L4_Word_t status;

    L4_StoreMR(1, &status);
    if (strcmp(p->name, until) == 0) {
        end_machine(status);
        return 0;
    }
    p->status = status;
    if (p->server)
        supervisor_end(p, status);
    else
        program_remove(p, PROGRAM_ENDED);
    return 0;
}

/* What a server answers to PN_LABEL_ALIVE, or sends back as it came. */
static int is_alive(L4_MsgTag_t tag)
{
    return (tag.raw & 0xfff) == 0 &&
           (L4_Label(tag) == 0 || L4_Label(tag) == PN_LABEL_ALIVE);
}

static int trim(struct program *p)
{
    L4_Word_t address;

    L4_StoreMR(1, &address);
    return answer((L4_Word_t)placement_trim(p, address));
}

static int program_message(struct program *p, L4_MsgTag_t tag)
{
    if (L4_IsPageFault(tag))
        return page_fault(p, tag);
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
    if (tag.raw == (PN_LABEL_DATA << 16 | 1))
        return data(p);
    if (tag.raw == (PN_LABEL_DEVICE << 16 | 2))
        return device(p);
    if (tag.raw == (PN_LABEL_PORTS << 16 | 2))
        return ports(p);
    if (tag.raw == (PN_LABEL_PRINTER << 16 | 1))
        return printer(p);
    if (tag.raw == (PN_LABEL_PAGED << 16 | 2))
        return paged(p);
    if (tag.raw == (PN_LABEL_PASS << 16 | 4))
        return pass(p);
    if (tag.raw == (PN_LABEL_END << 16 | 1))
        return end(p);
    if (is_alive(tag))
        supervisor_heard(p);
    return 0;
}

/* A fault, or what looks like one: it is us who answers it, whoever its thread
 * has made its pager. */
static int is_fault(L4_MsgTag_t tag)
{
    return L4_IsPageFault(tag) || L4_IsException(tag) ||
           l4_is_protocol(tag, L4_LabelIoPageFault);
}

static int handle(L4_ThreadId_t from, L4_MsgTag_t tag)
{
    struct program *p;

    if (L4_IpcRedirected(tag)) {
        tag.raw &= ~(L4_Word_t)L4_TagRedirected;
        if (!is_fault(tag)) {
            guard_message(from, tag);
            return 0;
        }
    }
    if (L4_IsLocalId(from))
        return orders_take(tag);
    p = program_of(from);
    return p ? program_message(p, tag) : 0;
}

static L4_Time_t patience(void)
{
    return guard_is_busy() ? L4_TimePeriod(1000) : supervisor_patience();
}

/* Whoever waits for the machine's end shall not wait for ever. */
static void end_without(const char *name)
{
    const struct program *p = program_named(name);

    if (p && (p->state == PROGRAM_RUNNING || p->state == PROGRAM_RESTARTING))
        return;
    printf("root: %s %s, and the machine ends with it: see above\n", name,
           p ? "runs no more" : "was not loaded");
    end_machine(1);
}

/* What we do on our own needs the MRs, so the answer goes first. */
__attribute__((noreturn)) static void serve(void)
{
    L4_ThreadId_t from, to = L4_nilthread;
    L4_MsgTag_t tag;

    for (;;) {
        if (*until)
            end_without(until);
        guard_accept();
        tag = L4_ReplyWait_Timeout(to, patience(), &from);
        to = L4_IpcSucceeded(tag) && handle(from, tag) ? from : L4_nilthread;
        if (!supervisor_is_due() && !guard_is_busy() && !paged_has_orphans())
            continue;
        if (!L4_IsNilThread(to))
            (void)L4_Reply(to);
        to = L4_nilthread;
        guard_work();
        stop_orphans();
        if (supervisor_is_due())
            supervisor_work();
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "until=", 6) == 0)
            until = argv[i] + 6;
        else if (strncmp(argv[i], "clock=", 6) == 0)
            probe_clock(argv[i] + 6);
    pn_image_touch();
    memory_begin();
    console_begin();
    load_programs();
    if (!monitor_start())
        printf("root: no monitor: %s\n", L4_ErrorCode_String(L4_ErrorCode()));
    if (!scribe_start())
        printf("root: no thread that prints, the kernel does: %s\n",
               L4_ErrorCode_String(L4_ErrorCode()));
    if (!watch_start())
        printf("root: no watch, drivers may have to wait: %s\n",
               L4_ErrorCode_String(L4_ErrorCode()));
    serve();
}
