/*
 * subject.c - threads under the supervisor's complete control (subject.h).
 */
#include "subject.h"

#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/protocol.h>
#include <l4/space.h>
#include <pn/image.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/space.h>
#include <pn/tap.h>

/*
 * Of the subjects' threads. Control blocks of 248 and up have addresses that
 * would make a descriptor for ring 3 if the TSS lay inside the GDT's limit.
 */
#define FIRST_NUMBER 248
#define SUBJECTS     24
#define NUMBERS      16
#define POOL_PAGES   96

#define LABEL_EXCEPTION  0xffbUL /* -5, in bits 20..31 of the tag */
#define LABEL_PORT_FAULT 0xff8UL /* -8 */

static char pool[POOL_PAGES][PAGE] __attribute__((aligned(4096)));
static unsigned pool_used;

L4_Word_t subject_patience = 200000UL; /* us; longer than any probe runs */

static struct subject *live[SUBJECTS];
static unsigned version = 2;

/* --- memory --- */

char *
page_alloc(void)
{
    char *page = pool[pool_used];

    if (pool_used++ == POOL_PAGES) {
        printf("Bail out! no page left for subjects\n");
        pn_exit(1);
    }
    pn_touch((L4_Word_t)page);
    return page;
}

char *
landing_page(void)
{
    static char *page;

    if (page == NULL)
        page = page_alloc();
    return page;
}

static void
unmap(const char *page)
{
    (void)L4_UnmapFpage(L4_FpageAddRights(L4_FpageLog2((L4_Word_t)page, 12),
                                          L4_FullyAccessible));
}

void
subject_unland(void)
{
    unmap(landing_page());
}

/* The two pages of space `number`, the same ones each time it is made. */
static char *
own_page(unsigned number, unsigned which)
{
    static char *pages[NUMBERS][2];

    if (pages[number][which] == NULL)
        pages[number][which] = page_alloc();
    return pages[number][which];
}

/* --- spaces --- */

L4_Word_t
subject_mark(const struct subject *s)
{
    return 0xc0de0000UL | s->number << 8 | 0x55;
}

L4_Word_t
subject_data(const struct subject *s)
{
    return (s->pages - 1) * PAGE;
}

char *
subject_data_page(const struct subject *s)
{
    return own_page(s->number, 1);
}

L4_Word_t
subject_size(const struct subject *s)
{
    return s->pages * PAGE;
}

static void
must(int done, const char *what)
{
    if (done)
        return;
    printf("Bail out! %s: %s\n", what, L4_ErrorCode_String(L4_ErrorCode()));
    pn_exit(1);
}

/* A number is used again with a new version, so no id ever comes back. */
static void
enter(struct subject *s)
{
    unsigned i = 0;

    while (i < SUBJECTS && live[i] != NULL)
        i++;
    must(i < SUBJECTS, "too many subjects");
    live[i] = s;
    version += 2;
    s->tid = L4_GlobalId(FIRST_NUMBER + i, (version & 0x1fff) | 2);
}

static void
forget(const struct subject *s)
{
    for (unsigned i = 0; i < SUBJECTS; i++)
        if (live[i] == s)
            live[i] = NULL;
}

static L4_Word_t
space_control(const struct subject *s, L4_Word_t control)
{
    L4_Word_t old = 0;

    must(L4_SpaceControl(s->tid, control, L4_Nilpage, L4_Nilpage, L4_nilthread,
                         &old) != 0,
         "SpaceControl");
    return old;
}

int
subject_is_small(const struct subject *s)
{
    return PN_WasSmall(space_control(s, 0)) != 0;
}

int
subject_place(struct subject *s, L4_Word_t control)
{
    s->control = control;
    return PN_TookEffect(space_control(s, control)) != 0;
}

void
subject_shrink(struct subject *s)
{
    if (s->control != 0 && !subject_is_small(s))
        must(subject_place(s, s->control), "a space cannot be small");
}

/* --- code --- */

struct code
subject_code(struct subject *s)
{
    L4_Word_t offset = s->code_va % PAGE;

    s->frame.eip = s->code_va;
    s->frame.esp = s->stack;
    s->frame.eflags = FLAGS_START;
    return (struct code){.at = s->code + offset, .va = s->code_va};
}

/* Sets its exception handler, which only it can do. */
static void
first_code(struct subject *s)
{
    struct code c = subject_code(s);

    EMIT(&c, 0x65, 0xa1, 0, 0, 0, 0); /* mov eax, [gs:0] */
    EMIT(&c, 0xc7, 0x40, (uint8_t)(L4_TCR_EXCEPTION_HANDLER * 4));
    code_word(&c, L4_MyGlobalId().raw);
    (void)code_end(&c);
}

/* --- running --- */

static int
stands_at_end(const struct subject *s)
{
    L4_Word_t offset = s->frame.eip - (s->code_va & ~(PAGE - 1));

    return s->frame.vector == VECTOR_INVALID_OPCODE && offset < PAGE - 1 &&
           s->code[offset] == 0x0f && s->code[offset + 1] == 0x0b;
}

/* What has just been received from `s`. */
static void
take_event(struct subject *s, L4_MsgTag_t tag)
{
    if (L4_IsPageFault(tag)) {
        s->event = EV_PAGE_FAULT;
        s->fault_write = tag.raw >> 16 & L4_Writable;
        L4_StoreMR(1, &s->fault_address);
        L4_StoreMR(2, &s->fault_ip);
    } else if (tag.raw >> 20 == LABEL_PORT_FAULT) {
        s->event = EV_PORT_FAULT;
        L4_StoreMR(1, &s->fault_address);
        L4_StoreMR(2, &s->fault_ip);
    } else if (tag.raw >> 20 == LABEL_EXCEPTION) {
        L4_StoreMRs(1, 12, &s->frame.eip);
        s->event = stands_at_end(s) ? EV_END : EV_EXCEPTION;
    } else {
        s->event = EV_MESSAGE;
    }
}

static void
send_item(struct subject *s, L4_Word_t va, const char *frame, L4_Word_t rights)
{
    L4_MapItem_t item = L4_MapItem(
        L4_FpageAddRights(L4_FpageLog2((L4_Word_t)frame, 12), rights),
        va & ~(PAGE - 1));

    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMRs(1, 2, item.raw);
    (void)L4_Reply(s->tid);
}

/* A fault on one of its own pages is no event. */
static int
serve(struct subject *s)
{
    for (unsigned i = 0; i < MAPPINGS; i++) {
        const struct mapping *m = &s->mapping[i];

        if (m->frame != NULL && m->va == (s->fault_address & ~(PAGE - 1)) &&
            (!s->fault_write || (m->rights & L4_Writable))) {
            send_item(s, m->va, m->frame, m->rights);
            return 1;
        }
    }
    return 0;
}

static struct subject *
find(L4_ThreadId_t tid)
{
    for (unsigned i = 0; i < SUBJECTS; i++)
        if (live[i] != NULL && live[i]->tid.raw == tid.raw)
            return live[i];
    return NULL;
}

/*
 * Send what is in the MRs to `to`, if not nil, and wait for the next event of
 * `from`; NULL = time is over.
 */
static struct subject *
next_event(L4_ThreadId_t to, L4_ThreadId_t from, L4_Word_t us)
{
    for (;;) {
        L4_ThreadId_t sender;
        L4_MsgTag_t tag = L4_Ipc(
            to, from, L4_Timeouts(L4_ZeroTime, L4_TimePeriod(us)), &sender);
        struct subject *s;

        to = L4_nilthread;
        if (L4_IpcFailed(tag))
            return NULL;
        s = find(L4_IsGlobalId(sender) ? sender : L4_GlobalIdOf(sender));
        if (s == NULL)
            continue;
        take_event(s, tag);
        if (s->event != EV_PAGE_FAULT || !serve(s))
            return s;
    }
}

struct subject *
subject_wait(struct subject *const *list, unsigned n, L4_Word_t us)
{
    struct subject *s;

    while ((s = next_event(L4_nilthread, L4_anythread, us)) != NULL)
        for (unsigned i = 0; i < n; i++)
            if (list[i] == s)
                return s;
    return NULL;
}

/*
 * The answer to a port fault cannot set registers; that to an exception can.
 * So let it find a UD2 where the port instruction is.
 */
static void
dislodge(struct subject *s)
{
    L4_Word_t offset = s->fault_ip - (s->code_va & ~(PAGE - 1));
    uint8_t was[2];

    if (offset >= PAGE - 1)
        return;
    memcpy(was, s->code + offset, 2);
    memcpy(s->code + offset, "\x0f\x0b", 2);
    L4_Set_MsgTag(L4_Niltag);
    if (L4_IpcSucceeded(L4_Call_Timeouts(s->tid, L4_ZeroTime,
                                         L4_TimePeriod(subject_patience))))
        s->event = EV_EXCEPTION;
    memcpy(s->code + offset, was, 2);
}

/* The answer to its exception; a page fault gets no page. */
static void
put_answer(struct subject *s)
{
    if (s->event == EV_PORT_FAULT)
        dislodge(s);
    if (s->event == EV_END || s->event == EV_EXCEPTION) {
        L4_Set_MsgTag(l4_tag(12));
        L4_LoadMRs(1, 12, &s->frame.eip);
    } else {
        L4_Set_MsgTag(L4_Niltag);
    }
    s->event = EV_NONE;
}

void
subject_start(struct subject *s)
{
    put_answer(s);
    (void)L4_Reply(s->tid);
}

static enum event
wait_for(struct subject *s)
{
    s->event = EV_NONE;
    (void)next_event(L4_nilthread, s->tid, subject_patience);
    return s->event;
}

enum event
subject_go(struct subject *s)
{
    put_answer(s);
    (void)next_event(s->tid, s->tid, subject_patience);
    return s->event;
}

enum event
subject_go_on(struct subject *s)
{
    s->frame.eip += 2;
    return subject_go(s);
}

enum event
subject_answer(struct subject *s, L4_Word_t va, char *frame, L4_Word_t rights)
{
    send_item(s, va, frame, rights);
    return wait_for(s);
}

enum event
subject_give_ports(struct subject *s, L4_Word_t fpage)
{
    L4_Set_MsgTag(l4_tag(2UL << 6));
    L4_LoadMR(1, 8);
    L4_LoadMR(2, fpage);
    (void)L4_Reply(s->tid);
    return wait_for(s);
}

enum event
subject_land(struct subject *s)
{
    return subject_answer(s, s->fault_address, landing_page(),
                          L4_FullyAccessible);
}

int
ended(const struct subject *s)
{
    return s->event == EV_END;
}

void
subject_explain(const struct subject *s)
{
    static const char *const names[] = {
        "still running", "ended",      "exception",
        "page fault",    "port fault", "message",
    };

    diag("%s: eip %lx eflags %lx vector %lu error %lx eax %lx ecx %lx "
         "(fault at %lx by %lx)",
         names[s->event], s->frame.eip, s->frame.eflags, s->frame.vector,
         s->frame.error, s->frame.eax, s->frame.ecx, s->fault_address,
         s->fault_ip);
}

/* --- making --- */

static void
prepare_pages(struct subject *s)
{
    L4_Word_t data = subject_data(s);
    char *data_page = own_page(s->number, 1);

    s->code = (uint8_t *)own_page(s->number, 0);
    s->code_va = CODE_VA;
    s->stack = data + PAGE / 2;
    memset(s->code, 0xa0 + (int)s->number, PAGE);
    memset(data_page, 0xd0 + (int)s->number, PAGE);
    *(L4_Word_t *)(void *)(data_page + MARK_OFFSET) = subject_mark(s);
    s->mapping[0] = (struct mapping){0, (char *)s->code, L4_FullyAccessible};
    s->mapping[1] = (struct mapping){data, data_page, L4_FullyAccessible};
}

/* Run the first code of a thread that waits for its start message. */
static void
begin(struct subject *s)
{
    first_code(s);
    must(pn_thread_start(s->tid, s->code_va, 0), "starting a subject");
    must(wait_for(s) == EV_END, "a subject does not start");
}

void
subject_make(struct subject *s, unsigned number, L4_Word_t pages,
             L4_Word_t control)
{
    struct pn_layout layout = {.kip = PAGE, .utcb = 2 * PAGE, .utcb_log2 = 12};

    memset(s, 0, sizeof *s);
    if (number % 2 != 0)
        layout = (struct pn_layout){2 * PAGE, PAGE, 12};
    s->number = number;
    s->pages = pages;
    s->kip = layout.kip;
    s->utcb = layout.utcb;
    enter(s);
    prepare_pages(s);
    must(pn_space_make(s->tid, &layout, L4_MyGlobalId()), "making a space");
    s->control = control;
    subject_shrink(s);
    begin(s);
}

void
subject_twin(struct subject *s, const struct subject *of, unsigned slot)
{
    *s = *of;
    enter(s);
    s->code_va = TWIN_VA;
    s->stack = subject_data(s) + PAGE / 4;
    must(pn_thread_make(s->tid, of->tid, L4_MyGlobalId(),
                        pn_utcb_slot(of->utcb, slot)),
         "making a second thread");
    begin(s);
}

void
subject_bear(struct subject *s, const struct subject *of, unsigned slot,
             L4_ThreadId_t pager)
{
    enter(s);
    must(pn_thread_make(s->tid, of->tid, pager, pn_utcb_slot(of->utcb, slot)),
         "making a thread for another pager");
    must(L4_ThreadControl(s->tid, s->tid, L4_nilthread, L4_MyGlobalId(),
                          (void *)-1) != 0,
         "changing a pager");
}

void
subject_inside(struct subject *s, unsigned number, unsigned slot)
{
    memset(s, 0, sizeof *s);
    s->number = number;
    s->code = (uint8_t *)own_page(number, 0);
    s->code_va = (L4_Word_t)s->code + CODE_VA;
    s->stack = (L4_Word_t)s->code + PAGE;
    enter(s);
    must(pn_thread_make(s->tid, L4_MyGlobalId(), L4_MyGlobalId(),
                        pn_own_utcb_slot(slot)),
         "making a thread");
    begin(s);
}

void
subject_kill(struct subject *s)
{
    must(pn_thread_kill(s->tid), "deleting a subject");
    forget(s);
}
