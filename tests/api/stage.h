/*
 * tests/api/stage.h - the stage on which the API tests act.
 *
 * A test program is a root server. Its actors are threads in spaces of their
 * own that run the same image, variables included, so an actor leaves what it
 * saw in a global variable and the director (the first thread) judges it.
 *
 *   stage_open();
 *   a = stage_space(SMALL);              a thread in a new small space
 *   b = stage_thread(a);                 another one in the same space
 *   stage_start(a, hum, 3);              runs hum(3), then sleeps for ever
 *   if (stage_wait(a)) ...               its function has returned
 *   verdict("a hums three times");       one line of TAP
 *   stage_kill(a);
 *
 * Layout of an actor's space: UTCBs and interface page below the image, the
 * image where it is linked, a little room, the limit. Addresses from FREE_LOW
 * to FREE_HIGH are nobody's. The pager is a thread of the root server's space,
 * of priority 255 as the director; actors have 100.
 *
 * EXPECT and EQUAL may be used by anyone; verdict() passes if none of them has
 * failed since the last verdict, else it says which.
 */
#pragma once

#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/protocol.h>
#include <l4/schedule.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <pn/libc.h>
#include <pn/tap.h>

enum {
    ACTORS = 40,
    STAGE_UTCB = 0x3e0000,
    STAGE_UTCB_LOG2 = 15, /* room for 64 */
    STAGE_KIP = 0x3ff000,
    FREE_LOW = 0x100000,
    FREE_HIGH = 0x3e0000,
    PAGE = 4096,
};

enum kind { LARGE, SMALL };

typedef void (*act_t)(L4_Word_t argument);

/* --- actors --- */

void stage_open(void);
L4_ThreadId_t stage_pager(void);

/* An active thread that waits for its start, alone in a new space. */
L4_ThreadId_t stage_space(enum kind kind);
/* The same with another pager than the stage's, which then has to start it
 * with stage_start_message. */
L4_ThreadId_t stage_space_paged(enum kind kind, L4_ThreadId_t pager);
/* Another thread in the space of `member`; L4_Myself(): the director's. */
L4_ThreadId_t stage_thread(L4_ThreadId_t member);
L4_ThreadId_t stage_thread_paged(L4_ThreadId_t member, L4_ThreadId_t pager);
/* An id of the stage's that is not in use, and the UTCB location that goes
 * with it in an actor's space and in the director's. */
L4_ThreadId_t stage_new_id(void);
void stage_free_id(L4_ThreadId_t id);
L4_Word_t stage_utcb(L4_ThreadId_t id);
L4_Word_t stage_home_utcb(L4_ThreadId_t id);
L4_Fpage_t stage_kip_area(void);
L4_Fpage_t stage_utcb_area(void);

/* Let the pager start it; 0 if the message did not get through. */
int stage_start(L4_ThreadId_t id, act_t act, L4_Word_t argument);
/* The stack pointer that makes an actor begun at stage_entry run act. */
L4_Word_t stage_stack(L4_ThreadId_t id, act_t act, L4_Word_t argument);
L4_Word_t stage_entry(void);
/* Send the start message oneself; for a pager of one's own. */
int stage_start_message(L4_ThreadId_t id, act_t act, L4_Word_t argument);

/* Has its function returned? Wait for that, at most so many ms (default 1000);
 * if it does not come the expectation fails. */
int stage_finished(L4_ThreadId_t id);
int stage_wait_ms(L4_ThreadId_t id, unsigned ms);
int stage_wait(L4_ThreadId_t id);
void stage_kill(L4_ThreadId_t id);
/* Wait for an actor to set *flag, at most a second; expected to come. */
int stage_until(const volatile L4_Word_t *flag);

/* Size of a small actor's space in pages; make it so, or large with 0. */
L4_Word_t stage_small_pages(void);
int stage_is_small(L4_ThreadId_t member);

/* What Schedule says of it; wait until it says so, at most a second. */
L4_Word_t stage_state(L4_ThreadId_t id);
int stage_until_state(L4_ThreadId_t id, L4_Word_t state);

/* --- servants: actors that run errands for the director --- */

typedef L4_Word_t (*errand_t)(L4_Word_t a, L4_Word_t b, L4_Word_t c);

/* An actor that does nothing but errands; already started. */
L4_ThreadId_t servant_space(enum kind kind);
L4_ThreadId_t servant_thread(L4_ThreadId_t member);
/* Send it off; fetch the result, 0xdead if none comes within a second. */
void errand_begin(L4_ThreadId_t servant, errand_t errand, L4_Word_t a,
                  L4_Word_t b, L4_Word_t c);
L4_Word_t errand_end(L4_ThreadId_t servant);
L4_Word_t errand(L4_ThreadId_t servant, errand_t errand, L4_Word_t a,
                 L4_Word_t b, L4_Word_t c);

/* --- the usual pair, in every placement --- */

enum placement {
    SAME_SMALL,
    SAME_LARGE,
    SMALL_SMALL,
    SMALL_LARGE,
    LARGE_SMALL,
    LARGE_LARGE,
    PLACEMENTS
};

extern const char *const placement_name[PLACEMENTS];
#define FOR_PLACEMENTS(p) \
    for (enum placement p = SAME_SMALL; p < PLACEMENTS; p++)

/* The two of the last pair_make; all may read them. */
extern L4_ThreadId_t pair_a, pair_b;

int placement_is_same(enum placement p);
enum kind placement_kind_a(enum placement p);
enum kind placement_kind_b(enum placement p);
void pair_make(enum placement p);
void pair_make_servants(enum placement p);
void pair_kill(void);
/* Make, start (b first), wait for both, kill. */
void pair_run(enum placement p, act_t a, act_t b, L4_Word_t argument);

/* --- what the pager saw --- */

struct fault {
    L4_Word_t from, tag, address, ip;
};

enum { FAULT_LOG = 64 };

/* Faults inside FREE_LOW .. FREE_HIGH get one page, always the same, filled
 * with HOLE; they are logged, as are those that get no answer. */
#define HOLE 0x401e401eUL

extern volatile unsigned fault_count;
extern volatile struct fault fault_log[FAULT_LOG];

/* If set, the pager asks it first: it prepares an answer in the MRs and returns
 * 1; or -1: no answer; or 0 and leaves the MRs alone: the pager shall decide.
 */
extern int (*stage_fault_hook)(L4_ThreadId_t from, L4_MsgTag_t tag);

/* For actors: the word at `address`, or HOLE if there was no page. A write
 * returns whether it needed none of the pager's help. */
L4_Word_t probe(L4_Word_t address);
int probe_write(L4_Word_t address, L4_Word_t value);

/* --- pages to map --- */

enum { ARENA_PAGES = 64 };
/* 256 KB, aligned to its size; part of the image, so every actor can have it.
 */
extern volatile L4_Word_t (*arena)[PAGE / 4];
/* Write `tag + page number` to the first word of every page. */
void arena_fill(L4_Word_t tag);

/* --- checks --- */

void expect_at(const char *file, int line, L4_Word_t got, L4_Word_t wanted);
#define EXPECT(truth) expect_at(__FILE__, __LINE__, !!(truth), 1)
#define EQUAL(got, wanted) \
    expect_at(__FILE__, __LINE__, (L4_Word_t)(got), (L4_Word_t)(wanted))
__attribute__((format(__printf__, 1, 2))) int verdict(const char *format, ...);

/* --- odds and ends --- */

static inline L4_Time_t
ms(unsigned n)
{
    return L4_TimePeriod(n * 1000ULL);
}

static inline L4_Word64_t
now_us(void)
{
    return L4_SystemClock().raw;
}

static inline void
sleep_ms(unsigned n)
{
    L4_Sleep(ms(n));
}

/* Reproducible random words. */
L4_Word_t random_word(L4_Word_t *state);

/* A system call with all registers under control (raw.c). */
struct raw {
    L4_Word_t eax, ebx, ecx, edx, esi, edi, ebp, eflags;
};
void raw_call(L4_Word_t entry, struct raw *r);
/* The same through the table of entries; EDI = UTCB, ESI = MR0 are set. */
void raw_ipc(L4_ThreadId_t to, L4_ThreadId_t from, L4_Word_t timeouts,
             struct raw *r);

/* Is `name` one of the arguments?  What number follows `name`, "steps=" or the
 * like, in one of them; `otherwise` if in none. */
int has_argument(int argc, char **argv, const char *name);
L4_Word_t number_argument(int argc, char **argv, const char *name,
                          L4_Word_t otherwise);

/* The last address of the segment in DS. */
L4_Word_t data_limit(void);

int main(int argc, char **argv);
