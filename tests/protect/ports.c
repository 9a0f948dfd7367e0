/*
 * ports.c - ports are their owner's: the I/O map shows nobody another's.
 *
 * The map is one for all spaces and opened lazily (kern/ports.h), so the
 * question is always what somebody else finds after its owner used it: by
 * every way control can pass, after an unmap, after a death, at the ends of a
 * range, and behind the last port there is. Nothing is behind the ports.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/ipc.h>
#include <l4/sigma0.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

enum {
    PAGES = 5,
    PORT = 0x7010, /* the owner's: 16 from here */
    OTHER = 0x7400,
    SWITCH_ENTRY = 0x870,         /* in the interface page */
    THREAD_CONTROL_ENTRY = 0x810,
    INT_BYTES = 2,
    LONG_US = 20000,
};

static struct subject owner, victim;

#define PORTS(port, log2) (L4_IoFpageLog2(port, log2).raw)

/* --- accesses -------------------------------------------------------------- */

enum width { BYTE, WORD, DWORD };

static void
code_in(struct code *c, L4_Word_t port, enum width width)
{
    code_load(c, EDX, port);
    if (width == WORD)
        EMIT(c, 0x66);
    EMIT(c, width == BYTE ? 0xec : 0xed);
}

static enum event
in(struct subject *s, L4_Word_t port, enum width width)
{
    struct code c = subject_code(s);

    code_in(&c, port, width);
    (void)code_end(&c);
    return subject_go(s);
}

static int
denied(const struct subject *s, L4_Word_t port, enum width width)
{
    return s->event == EV_PORT_FAULT && s->fault_address == PORTS(port, width);
}

/* It asks for a port and gets some. */
static int
obtain(struct subject *s, L4_Word_t port, L4_Word_t fpage)
{
    return in(s, port, BYTE) == EV_PORT_FAULT &&
           subject_give_ports(s, fpage) == EV_END;
}

/* --- the two --------------------------------------------------------------- */

static L4_Word_t
kind(int small)
{
    return small ? PN_SmallPages(PAGES) : 0;
}

static const char *const names[2] = {"large", "small"};
static char who[40];

static void
make(int a, int b)
{
    subject_make(&owner, 1, PAGES, kind(a));
    subject_make(&victim, 2, PAGES, kind(b));
    snprintf(who, sizeof who, "%s owner, %s victim", names[a], names[b]);
}

static void
unmake(void)
{
    subject_kill(&owner);
    subject_kill(&victim);
    (void)L4_UnmapFpage(L4_IoFpageLog2(0, 16));
}

static void
judge(int passed, const char *what)
{
    if (!ok(passed, "%s: %s", who, what)) {
        subject_explain(&owner);
        subject_explain(&victim);
    }
}

/* --- passing control ------------------------------------------------------- */

/* The victim waits for the owner, and then reads its port. */
static void
lie_in_wait(struct subject *s, L4_Word_t from)
{
    struct code c = subject_code(s);

    code_standard(&c);
    code_ipc(&c, 0, from, 0);
    code_in(&c, PORT, BYTE);
    (void)code_end(&c);
    subject_start(s);
}

/* The owner reads its port and calls the victim; `words` of message. */
static int
after_a_call(L4_Word_t words)
{
    struct subject *list[] = {&victim};
    struct code c = subject_code(&owner);

    lie_in_wait(&victim, owner.tid.raw);
    code_standard(&c);
    code_in(&c, PORT, BYTE);
    code_ipc(&c, victim.tid.raw, victim.tid.raw, words);
    (void)code_end(&c);
    subject_start(&owner);
    return subject_wait(list, 1, LONG_US) == &victim &&
           denied(&victim, PORT, BYTE);
}

/* The same, by the time slice that the owner gives away. */
static int
after_a_switch(void)
{
    struct subject *list[] = {&victim};
    struct code c = subject_code(&owner);

    lie_in_wait(&victim, L4_MyGlobalId().raw);
    code_standard(&c);
    code_in(&c, PORT, BYTE);
    code_load(&c, EAX, victim.tid.raw);
    code_call(&c, owner.kip + SWITCH_ENTRY);
    EMIT(&c, 0xeb, 0xfe); /* jmp $ */
    subject_start(&owner);
    L4_Set_MsgTag(l4_tag(0));
    (void)L4_Send(victim.tid);
    return subject_wait(list, 1, LONG_US) == &victim &&
           denied(&victim, PORT, BYTE);
}

static void
passing(int a, int b)
{
    static const L4_Word_t words[] = {0, 3, 7};

    for (unsigned i = 0; i < 3; i++) {
        make(a, b);
        judge(obtain(&owner, PORT, PORTS(PORT, 4)) && after_a_call(words[i]),
              "no port of the sender's is open to the receiver");
        unmake();
    }
    make(a, b);
    judge(obtain(&owner, PORT, PORTS(PORT, 4)) && after_a_switch(),
          "nor to whom a time slice is given, or an interrupt");
    unmake();
    make(a, b);
    judge(obtain(&owner, PORT, PORTS(PORT, 4)) &&
              in(&victim, PORT, BYTE) == EV_PORT_FAULT,
          "nor to who runs later");
    judge(subject_give_ports(&victim, PORTS(OTHER, 2)) == EV_PORT_FAULT &&
              denied(&victim, PORT, BYTE) && in(&victim, OTHER, BYTE) == EV_END,
          "who gets others, gets those");
    unmake();
}

/*
 * One port, which lets the map show the space's own, and then another in the
 * same breath: it is the map that decides.
 */
static enum event
in_two(struct subject *s, L4_Word_t first, L4_Word_t second, enum width width)
{
    struct code c = subject_code(s);

    code_in(&c, first, BYTE);
    code_in(&c, second, width);
    (void)code_end(&c);
    return subject_go(s);
}

static int
two_ports(struct subject *s, L4_Word_t first, L4_Word_t second)
{
    return in_two(s, first, second, BYTE) == EV_PORT_FAULT &&
           denied(s, second, BYTE);
}

static void
two_owners(int a, int b)
{
    int passed;

    make(a, b);
    passed = obtain(&owner, PORT, PORTS(PORT, 4)) &&
             obtain(&victim, OTHER, PORTS(OTHER, 4));
    for (int i = 0; i < 4 && passed; i++)
        passed = two_ports(&owner, PORT + 15, OTHER) &&
                 two_ports(&victim, OTHER + 15, PORT) &&
                 in(&owner, PORT, DWORD) == EV_END &&
                 in(&victim, OTHER, DWORD) == EV_END;
    judge(passed, "two owners by turns have their own ports and not the "
                  "other's");
    unmake();
}

/* --- taking away ----------------------------------------------------------- */

static void
taken(int a, int b)
{
    make(a, b);
    judge(obtain(&owner, PORT, PORTS(PORT, 4)) &&
              in(&owner, PORT + 8, BYTE) == EV_END &&
              (L4_UnmapFpage(L4_IoFpageLog2(PORT + 8, 0)),
               two_ports(&owner, PORT, PORT + 8)),
          "a port that was unmapped is closed, while others are open");
    judge(in(&owner, PORT + 7, BYTE) == EV_END &&
              (L4_UnmapFpage(L4_IoFpageLog2(PORT, 4)),
               in(&owner, PORT + 7, BYTE) == EV_PORT_FAULT),
          "and then all of them");
    unmake();
}

/* The dead one's space record and thread are the next one's. */
static void
heirs(int a, int b)
{
    int passed = 1;

    make(a, b);
    for (int i = 0; i < 4 && passed; i++) {
        passed = obtain(&owner, PORT, PORTS(PORT, 4)) &&
                 in(&owner, PORT, BYTE) == EV_END;
        subject_kill(&owner);
        subject_make(&owner, 3, PAGES, kind((a + i) % 2));
        passed &= in(&owner, PORT, BYTE) == EV_PORT_FAULT;
        passed &= in(&victim, PORT, BYTE) == EV_PORT_FAULT;
    }
    judge(passed, "who comes after a dead owner inherits nothing");
    unmake();
}

/*
 * A privileged thread with open ports moves itself into the victim's space,
 * where nobody has any; and there is a page already where it comes back from
 * the system call, which reads the port.
 */
static void
moves(void)
{
    static const uint8_t steal[] = {0x66,        0xba, (uint8_t)PORT,
                                    PORT >> 8, 0xec, 0x0f, 0x0b};
    L4_Word_t kip = (L4_Word_t)L4_KernelInterface(NULL, NULL, NULL);
    char *page = page_alloc();
    struct subject twin;
    struct code c;
    int passed;

    make(0, 0);
    memcpy(page + THREAD_CONTROL_ENTRY + INT_BYTES, steal, sizeof steal);
    c = subject_code(&victim);
    code_read(&c, DS, kip);
    (void)code_end(&c);
    passed = subject_go(&victim) == EV_PAGE_FAULT &&
             subject_answer(&victim, kip, page, L4_FullyAccessible) == EV_END;

    subject_inside(&twin, 3, 1);
    c = subject_code(&twin);
    code_standard(&c);
    code_in(&c, PORT, BYTE); /* the supervisor has it */
    code_load(&c, EAX, twin.tid.raw);
    code_load(&c, ESI, victim.tid.raw);
    code_load(&c, ECX, 0);
    code_load(&c, EDI, (L4_Word_t)pn_utcb_slot(victim.utcb, 3));
    code_load(&c, EDX, 0);
    code_call(&c, kip + THREAD_CONTROL_ENTRY);
    (void)code_end(&c);
    passed &= subject_go(&twin) == EV_PORT_FAULT && denied(&twin, PORT, BYTE) &&
              twin.fault_ip == kip + THREAD_CONTROL_ENTRY + INT_BYTES + 4;
    if (!ok(passed, "a thread that moves leaves its ports behind"))
        subject_explain(&twin);
    subject_kill(&twin);
    unmake();
}

/* --- edges ----------------------------------------------------------------- */

static void
edges(int a)
{
    int passed = 1;

    make(a, 0);
    passed = obtain(&owner, PORT, PORTS(PORT, 4));
    for (L4_Word_t port = PORT - 5; port <= PORT + 17 && passed; port++)
        for (enum width w = BYTE; w <= DWORD && passed; w++) {
            int inside = port >= PORT && port + (1U << w) <= PORT + 16;

            (void)in_two(&owner, PORT, port, w);
            passed = inside ? owner.event == EV_END : denied(&owner, port, w);
        }
    judge(passed, "an access that sticks out of a range by a port is refused");
    unmake();
}

static int
out_of_the_top(L4_Word_t port, enum width width)
{
    return in_two(&owner, 0xffff, port, width) == EV_EXCEPTION &&
           owner.frame.vector == VECTOR_PROTECTION;
}

static void
top(int a)
{
    make(a, 0);
    judge(obtain(&owner, 0xffff, PORTS(0, 16)) &&
              out_of_the_top(0xffff, WORD) && out_of_the_top(0xffff, DWORD) &&
              out_of_the_top(0xfffd, DWORD) &&
              in(&owner, 0xfffc, DWORD) == EV_END &&
              in(&owner, 0xfffe, WORD) == EV_END,
          "the owner of all ports has none behind the last");
    judge(two_ports(&victim, PORT, PORT) || victim.event == EV_PORT_FAULT,
          "and is alone with them");
    unmake();
}

int
main(int argc, char **argv)
{
    L4_Fpage_t all = L4_IoFpageLog2(0, 16);

    (void)argc;
    (void)argv;
    ok(L4_Sigma0_GetPage(L4_nilthread, all).raw == all.raw,
       "the supervisor has all ports");
    for (int a = 0; a < 2; a++)
        for (int b = 0; b < 2; b++) {
            passing(a, b);
            two_owners(a, b);
            taken(a, b);
            heirs(a, b);
        }
    moves();
    for (int a = 0; a < 2; a++) {
        edges(a);
        top(a);
    }
    done();
}
