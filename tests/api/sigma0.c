/*
 * tests/api/sigma0.c - sigma0's protocol (sheet 13.7), asked by the root
 * server and by actors in small and large spaces.
 */
#include "stage.h"

#include <l4/misc.h>
#include <l4/sigma0.h>

enum {
    WINDOW = 0x200000,
    RECEIVE_TIMEOUT = 3,
    SEND_OVERFLOW = 8,
    RECEIVE_OVERFLOW = 9,
    KERNEL_PAGE = 0x100000,
    SIGMA0_PAGE = 0x20000,
    SCREEN = 0xb8000,
};

static L4_ThreadId_t me, sigma0;

/* The answer's fpage; error of the Ipc in `ipc_error`. */
static volatile L4_Word_t ipc_error, reply_tag, reply_item;

static L4_Word_t
ask_raw(L4_Word_t tag, L4_Word_t mr1, L4_Word_t mr2, L4_Word_t mr3,
        L4_Word_t window)
{
    L4_MsgTag_t answer;
    L4_Word_t mrs[3];

    L4_Accept(l4_acceptor(window));
    L4_LoadMR(1, mr1);
    L4_LoadMR(2, mr2);
    L4_LoadMR(3, mr3);
    L4_LoadMR(4, 0);
    L4_Set_MsgTag(l4_tag(tag));
    answer = L4_Call_Timeouts(sigma0, ms(100), ms(200));
    L4_StoreMRs(0, 3, mrs);
    L4_Accept(L4_UntypedWordsAcceptor);
    ipc_error = L4_IpcFailed(answer) ? L4_ErrorCode() : 0;
    reply_tag = answer.raw;
    reply_item = mrs[1];
    return ipc_error ? 0 : mrs[2];
}

#define REQUEST 0xffa00002UL
#define ALL     0x10UL

static L4_Word_t
ask(L4_Word_t fpage)
{
    return ask_raw(REQUEST, fpage, 0, 0, ALL);
}

static L4_Word_t
any(L4_Word_t log2)
{
    return ask(0xfffffc00UL | log2 << 4);
}

static L4_Word_t
exactly(L4_Word_t address, L4_Word_t log2)
{
    return ask(L4_FpageLog2(address, log2).raw);
}

static void
answered(void)
{
    EQUAL(ipc_error, 0);
    EQUAL(reply_tag & 0xfff, 2UL << 6);
}

static int
refused(L4_Word_t fpage)
{
    answered();
    EQUAL(fpage, 0);
    return fpage == 0;
}

/* Inside conventional memory by the last descriptor that speaks of it? */
static int
conventional(L4_Word_t address)
{
    const L4_MemoryDesc_t *m;
    L4_Word_t type = 0;

    for (L4_Word_t i = 0; (m = L4_MemoryDesc(NULL, i)) != NULL; i++)
        if (!L4_IsMemoryDescVirtual(m) && address >= L4_MemoryDescLow(m) &&
            address <= L4_MemoryDescHigh(m))
            type = L4_MemoryDescType(m);
    return type == L4_ConventionalMemoryType;
}

static void
use_memory(L4_Word_t fpage)
{
    L4_Word_t base = fpage & ~0xfffUL, log2 = fpage >> 4 & 0x3f;

    for (L4_Word_t at = base; at < base + (1UL << log2); at += PAGE) {
        volatile L4_Word_t *w = (volatile L4_Word_t *)at;

        EXPECT(conventional(at));
        *w = at;
        EQUAL(*w, at);
    }
}

/* --- the root server --- */

static void
any_memory(void)
{
    L4_Word_t first = 0;

    for (L4_Word_t log2 = 12; log2 <= 22; log2 += 2) {
        L4_Word_t fpage = any(log2);

        answered();
        EQUAL(fpage >> 4 & 0x3f, log2);
        EQUAL(fpage & 7, 7);
        EQUAL(fpage & ((1UL << log2) - 1) & ~0x3ffUL, 0);
        EQUAL(reply_item & ~0x3ffUL, fpage & ~0x3ffUL);
        use_memory(fpage);
        EXPECT(fpage != first);
        first = fpage;
    }
    verdict("any memory: 4 KB to 4 MB of conventional memory, aligned, 1:1, "
            "all rights");
    EXPECT(any(12) != any(12));
    verdict("nothing is given out twice");
    (void)ask_raw(0xffa00003UL, 0xfffffc08UL | 12UL << 4, 0, 0, ALL);
    answered();
    EXPECT(conventional(reply_item));
    verdict("the form with three words and bit 3 set is understood");
}

static void
into_a_window(void)
{
    L4_Word_t fpage;

    fpage = ask_raw(REQUEST, 0xfffffc00UL | 14UL << 4, 0, 0,
                    L4_FpageLog2(WINDOW, 14).raw);
    answered();
    EQUAL(fpage >> 4 & 0x3f, 14);
    for (L4_Word_t i = 0; i < 4; i++)
        ((volatile L4_Word_t *)WINDOW)[i * 1024] = 0x77 + i;
    fpage = exactly(fpage & ~0xfffUL, 14);
    answered();
    for (L4_Word_t i = 0; i < 4; i++)
        EQUAL(((volatile L4_Word_t *)(fpage & ~0xfffUL))[i * 1024], 0x77 + i);
    verdict("a small window decides where the memory appears");
}

static void
exact_memory(void)
{
    L4_Word_t fpage = any(13), base = fpage & ~0xfffUL;

    EQUAL(exactly(base, 13), fpage);
    EQUAL(exactly(base + PAGE, 12), (base + PAGE) | 12UL << 4 | 7);
    verdict("memory that one owns is given again, whole or in part");
    EXPECT(refused(exactly(KERNEL_PAGE, 12)));
    EXPECT(refused(exactly(SIGMA0_PAGE, 12)));
    EXPECT(refused(exactly(0, 12)));
    verdict(
        "the kernel's memory and sigma0's own are refused with a nil fpage");
    EQUAL(exactly(SCREEN, 12), SCREEN | 12UL << 4 | 7);
    answered();
    verdict("device memory is given");
}

static void
strange_requests(void)
{
    for (L4_Word_t s = 3; s < 12; s++)
        EXPECT(refused(any(s)));
    EXPECT(refused(ask(L4_CompleteAddressSpace.raw)));
    EXPECT(refused(exactly(0, 31)));
    EXPECT(refused(any(31)));
    verdict("sizes below a page and above the memory are refused");
    EXPECT(refused(ask_raw(0xffa00003UL, 0xfffffc08UL | 12UL << 4, 0, 1, ALL)));
    verdict("addresses beyond 4 GB are refused");
}

/* sigma0 gives what the kernel can do, which is asked for a page of our own. */
static void
attributes(void)
{
    L4_Fpage_t own = L4_FpageLog2(any(12) & ~0xfffUL, 12);
    L4_Word_t known = 0, refusals = 0;

    *(volatile L4_Word_t *)L4_Address(own) = 1;
    for (L4_Word_t a = 16; a > 0; a--) {
        L4_Word_t can = L4_Set_PageAttribute(own, a);
        L4_Word_t fpage = ask_raw(REQUEST, 0xfffffc00UL | 13UL << 4, a, 0, ALL);

        answered();
        EQUAL(fpage != 0, can);
        if (fpage != 0)
            use_memory(fpage);
        known += can;
        refusals += fpage == 0;
    }
    EXPECT(known >= 1);
    EXPECT(refusals >= 10);
    verdict("memory attributes are given if the kernel has them, "
            "else refused");
    EXPECT(refused(ask_raw(REQUEST, L4_IoFpageLog2(0x7000, 0).raw, 4, 0, ALL)));
    verdict("ports have none");
}

static void
large_pages(void)
{
    L4_Word_t fpage = any(22), base = fpage & ~0xfffUL;

    answered();
    EQUAL(base & ((1UL << 22) - 1), 0);
    EQUAL(exactly(base + PAGE, 22) & ~0xfffUL, base);
    EQUAL(reply_item & ~0x3ffUL, base);
    use_memory(fpage);
    verdict("4 MB come aligned, and again by any address inside");
}

static void
silent(L4_Word_t tag, L4_Word_t mr1)
{
    (void)ask_raw(tag, mr1, 0, 0, ALL);
    EQUAL(ipc_error, RECEIVE_TIMEOUT);
}

static void
malformed(void)
{
    L4_Word_t page = 0xfffffc00UL | 12UL << 4;

    for (L4_Word_t u = 0; u < 64; u += u < 6 ? 1 : 19)
        if (u != 2 && u != 3)
            silent(0xffa00000UL | u, page);
    verdict("a request of another length gets no answer");
    silent(0x00000002UL, page);
    silent(0xdead0002UL, page);
    silent(0xffb00002UL, page);
    verdict("an unknown label gets no answer");
    (void)ask_raw(0xffa00000UL | 2UL << 6, 8, 0, 0, ALL);
    EQUAL(ipc_error, SEND_OVERFLOW);
    (void)ask_raw(0xffa00002UL | 2UL << 6, page, 0, 8, ALL);
    EQUAL(ipc_error, SEND_OVERFLOW);
    verdict("a request with items is a message overflow: sigma0 takes none");
    EXPECT(any(12) != 0);
    answered();
    verdict("sigma0 lives on after all that");
}

static void
no_window(void)
{
    (void)ask_raw(REQUEST, 0xfffffc00UL | 12UL << 4, 0, 0, 0);
    EQUAL(ipc_error, RECEIVE_OVERFLOW);
    EXPECT(any(12) != 0);
    answered();
    verdict("without a window the client gets an overflow, and sigma0 goes on");
}

static void
library(void)
{
    L4_Fpage_t f = L4_Sigma0_GetAny(sigma0, 12, L4_CompleteAddressSpace);

    EXPECT(!L4_IsNilFpage(f));
    EQUAL(L4_Sigma0_GetPage(sigma0, f).raw & ~7UL, f.raw & ~7UL);
    EXPECT(L4_IsNilFpage(
        L4_Sigma0_GetPage(sigma0, L4_FpageLog2(KERNEL_PAGE, 12))));
    verdict("L4_Sigma0_GetAny and L4_Sigma0_GetPage work");
}

/* --- faults --- */

static volatile L4_Word_t touched;

static void
touch(L4_Word_t address)
{
    touched = 1;
    *(volatile L4_Word_t *)address = 0x1d1d;
    touched = 2;
}

/* A thread of the root server's space, sigma0 being its pager; as that sends
 * no start message, ExchangeRegisters starts it. */
static L4_ThreadId_t
toucher(L4_Word_t address)
{
    L4_ThreadId_t id = stage_thread_paged(me, sigma0);

    touched = 0;
    L4_Start_SpIp(id, stage_stack(id, touch, address), stage_entry());
    sleep_ms(10);
    return id;
}

static void
faults(void)
{
    L4_ThreadId_t id = toucher(0x02345678);

    EQUAL(touched, 2);
    EQUAL(*(volatile L4_Word_t *)0x02345678, 0x1d1d);
    stage_kill(id);
    verdict("a page fault on conventional memory gets the page, 1:1");
    id = toucher(KERNEL_PAGE);
    EQUAL(touched, 1);
    EQUAL(stage_state(id), L4_SchedWaiting);
    stage_kill(id);
    id = toucher(SIGMA0_PAGE);
    EQUAL(touched, 1);
    stage_kill(id);
    verdict("a page fault on memory of the kernel or of sigma0 gets no answer");
    EXPECT(any(12) != 0);
    answered();
    verdict("sigma0 lives on after refused faults");
}

/* --- others --- */

static L4_Word_t theirs;

static void
take_page(L4_Word_t window)
{
    L4_Word_t fpage = ask_raw(REQUEST, 0xfffffc00UL | 12UL << 4, 0, 0, window);

    answered();
    theirs = fpage & ~0xfffUL;
    *(volatile L4_Word_t *)WINDOW = 0x6666;
    EQUAL(*(volatile L4_Word_t *)WINDOW, 0x6666);
    (void)ask_raw(REQUEST, L4_FpageLog2(SCREEN, 12).raw, 0, 0,
                  L4_FpageLog2(WINDOW + PAGE, 12).raw);
    answered();
    EQUAL(reply_item & ~0xfffUL, SCREEN);
}

static void
others(enum kind kind)
{
    const char *name = kind == SMALL ? "small" : "large";
    L4_ThreadId_t id = stage_space(kind);

    stage_start(id, take_page, L4_FpageLog2(WINDOW, 12).raw);
    stage_wait(id);
    EXPECT(theirs != 0);
    EQUAL(stage_is_small(id), kind == SMALL);
    verdict("a thread of a %s space gets memory and device memory", name);
    EXPECT(refused(exactly(theirs, 12)));
    stage_kill(id);
    EXPECT(refused(exactly(theirs, 12)));
    verdict("what a thread of a %s space owns is refused to others", name);
}

/* --- ports --- */

enum { PORTS = 0x5000 };

static L4_Word_t
ports(L4_Word_t port, L4_Word_t log2)
{
    return ask(L4_IoFpageLog2(port, log2).raw);
}

static L4_Word_t
take_ports(L4_Word_t b, L4_Word_t c, L4_Word_t d)
{
    (void)b, (void)c, (void)d;
    EXPECT(refused(ports(PORTS + 3, 0)));
    EXPECT(refused(ports(PORTS + 2, 2)));
    EQUAL(ports(PORTS + 8, 3), L4_IoFpageLog2(PORTS + 8, 3).raw);
    __asm__ volatile("outb %%al, %%dx" : : "a"(0), "d"(PORTS + 8));
    return 1;
}

static void
touch_port(L4_Word_t port)
{
    touched = 1;
    __asm__ volatile("outb %%al, %%dx" : : "a"(0), "d"(port));
    touched = 2;
}

static void
port_fault(L4_Word_t port, L4_Word_t outcome)
{
    L4_ThreadId_t id = stage_thread_paged(me, sigma0);

    touched = 0;
    L4_Start_SpIp(id, stage_stack(id, touch_port, port), stage_entry());
    sleep_ms(10);
    EQUAL(touched, outcome);
    stage_kill(id);
}

static void
io_ports(void)
{
    L4_ThreadId_t other = servant_space(SMALL);
    L4_Fpage_t f = L4_IoFpageLog2(PORTS, 2);

    EQUAL(ask(f.raw), f.raw);
    answered();
    EQUAL(ask(f.raw), f.raw);
    EQUAL(ports(PORTS + 1, 0), L4_IoFpageLog2(PORTS + 1, 0).raw);
    EQUAL(L4_Sigma0_GetPage(sigma0, f).raw, f.raw);
    verdict("ports are given, and given again to their owner");
    EQUAL(errand(other, take_ports, 0, 0, 0), 1);
    EXPECT(stage_is_small(other));
    EXPECT(refused(ports(PORTS + 15, 0)));
    EXPECT(refused(ports(PORTS, 16)));
    verdict("but not to others, nor with a port of theirs among them");
    EXPECT(refused(ports(0, 17)));
    EXPECT(refused(ports(0xfff0, 5)));
    verdict("ports beyond the last are refused");
    port_fault(PORTS + 0x100, 2);
    port_fault(PORTS + 8, 1);
    verdict("a fault on a free port gets it, on another's gets no answer");
    stage_kill(other);
    EXPECT(any(12) != 0);
    answered();
    verdict("sigma0 lives on after that, too");
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    me = L4_Myself();
    stage_open();
    sigma0 = L4_Sigma0Id(NULL);
    any_memory();
    into_a_window();
    exact_memory();
    strange_requests();
    attributes();
    large_pages();
    malformed();
    no_window();
    library();
    faults();
    io_ports();
    others(LARGE);
    others(SMALL);
    done();
}
