/*
 * tests/api/debugger.c - the int3 calls of the kernel debugger (sheet 15.8),
 * MemoryControl and ProcessorControl (section 12).
 */
#include "registers.h"
#include "stage.h"

#include <l4/kdebug.h>
#include <l4/misc.h>
#include <pn/image.h>

#define IGNORED 0xeeUL

/* --- int3 --- */

INSTRUCTION(kdb_char, "int3; .byte 0x3c, 0x00");
INSTRUCTION(kdb_string, "int3; .byte 0x3c, 0x01");
INSTRUCTION(kdb_clear, "int3; .byte 0x3c, 0x02");
INSTRUCTION(kdb_toggle, "int3; .byte 0x3c, 0x03");
INSTRUCTION(kdb_read, "int3; .byte 0x3c, 0x08");
INSTRUCTION(kdb_unknown, "int3; .byte 0x3c, 0x7f");
INSTRUCTION(kdb_exit, "int3; .byte 0x3c, 0x10");
INSTRUCTION(kdb_enter, "int3; .byte 0xeb, 0x05, 0xb8; .long enter_text");
INSTRUCTION(kdb_nop_enter,
            "int3; .byte 0x90, 0xeb, 0x05, 0xb8; .long enter_text");
INSTRUCTION(kdb_bare_enter, "int3; .byte 0xeb, 0x00");
INSTRUCTION(kdb_nothing, "int3; nop; nop");

extern const char enter_text[];
const char enter_text[] = "(a text of Enter)";
static const char printed[] = "# (a text of PrintString)\n";

static void
check_call(void (*call)(struct registers *), L4_Word_t eax, int reads)
{
    struct registers r = {eax,        0x0b0b0b0b, 0x0c0c0c0c, 0x0d0d0d0d,
                          0x51515151, 0xd1d1d1d1, 0xbabababa, 2};

    call(&r);
    if (!reads)
        EQUAL(r.eax, eax);
    else
        EQUAL(r.eax & 0xff, 0xff);
    EQUAL(r.ebx, 0x0b0b0b0b);
    EQUAL(r.ecx, 0x0c0c0c0c);
    EQUAL(r.edx, 0x0d0d0d0d);
    EQUAL(r.esi, 0x51515151);
    EQUAL(r.edi, 0xd1d1d1d1);
    EQUAL(r.ebp, 0xbabababa);
}

static void
all_calls(L4_Word_t unused)
{
    (void)unused;
    pn_image_touch();
    check_call(kdb_string, (L4_Word_t)printed, 0);
    check_call(kdb_char, 0xabcdef00UL | '#', 0);
    check_call(kdb_char, ' ', 0);
    check_call(kdb_enter, 1, 0);
    check_call(kdb_char, '#', 0);
    check_call(kdb_nop_enter, 2, 0);
    check_call(kdb_bare_enter, 3, 0);
    check_call(kdb_clear, 4, 0);
    check_call(kdb_toggle, 5, 0);
    check_call(kdb_unknown, 6, 0);
    check_call(kdb_nothing, 7, 0);
    check_call(kdb_read, 8, 1);
}

static void
bad_string(L4_Word_t address)
{
    check_call(kdb_string, address, 0);
}

/* The kernel may skip the call or treat it as the access that it stands for. */
static void
bad_strings(enum kind kind)
{
    static const L4_Word_t address[] = {0xc0000000, 0xe0100000, 0xff800000,
                                        0xffffffff};

    for (int i = 0; i < 4; i++) {
        L4_ThreadId_t id = stage_space(kind);

        stage_start(id, bad_string, address[i]);
        for (int n = 0; n < 100 && !stage_finished(id) &&
                        stage_state(id) != L4_SchedInactive;
             n++)
            sleep_ms(1);
        EXPECT(stage_finished(id) || stage_state(id) == L4_SchedInactive);
        stage_kill(id);
    }
}

static void
exit_unprivileged(L4_Word_t unused)
{
    (void)unused;
    check_call(kdb_exit, 0, 0);
}

static volatile L4_Word_t about_to_read;

static void
read_blocked(L4_Word_t unused)
{
    (void)unused;
    about_to_read = 1;
    (void)L4_KDB_ReadChar_Blocked();
    about_to_read = 2;
}

static void
calls(void)
{
    all_calls(0);
    verdict("int3 calls of the root server print and change no register but "
            "ReadChar's EAX");
    for (enum kind kind = LARGE; kind <= SMALL; kind++) {
        const char *name = kind == SMALL ? "small" : "large";
        L4_ThreadId_t id = stage_space(kind);

        stage_start(id, all_calls, 0);
        stage_wait(id);
        stage_kill(id);
        verdict("int3 calls of a %s space do the same", name);
        bad_strings(kind);
        verdict("PrintString beyond the user's part prints nothing, from a %s "
                "space",
                name);
        id = stage_space(kind);
        stage_start(id, exit_unprivileged, 0);
        stage_wait(id);
        stage_kill(id);
        verdict("a %s space without privilege can't end the machine", name);
        id = stage_space(kind);
        about_to_read = 0;
        stage_start(id, read_blocked, 0);
        stage_until(&about_to_read);
        sleep_ms(5);
        EQUAL(about_to_read, 1);
        stage_kill(id);
        sleep_ms(5);
        verdict("ReadChar_Blocked blocks the caller alone, which can be "
                "deleted, in a %s space",
                name);
    }
}

/* --- MemoryControl, ProcessorControl --- */

static L4_Word_t
memory_control(L4_Word_t control, L4_Word_t fpage, L4_Word_t attribute)
{
    L4_Word_t attributes[4] = {attribute, attribute, attribute, attribute};

    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    for (int i = 0; i < L4_MRS; i++)
        L4_LoadMR(i, i == 0 ? fpage : 0);
    return L4_MemoryControl(control, attributes);
}

static void
refused(L4_Word_t result, L4_Word_t error)
{
    EQUAL(result, 0);
    EQUAL(L4_ErrorCode(), error);
}

static L4_Word_t
do_probe(L4_Word_t address, L4_Word_t b, L4_Word_t c)
{
    (void)b, (void)c;
    return probe(address);
}

static L4_Word_t
do_memory_control(L4_Word_t fpage, L4_Word_t attribute, L4_Word_t c)
{
    (void)c;
    return memory_control(0, fpage, attribute) == 1 ? 0 : L4_ErrorCode();
}

/* What they do to the entries is a matter of tests/host; pages stay. */
static void
caching(void)
{
    static const L4_Word_t kinds[] = {
        L4_WriteThroughMemory, L4_UncacheableMemory, L4_WriteBackMemory,
        L4_DefaultMemory};
    L4_Word_t all = L4_FpageLog2((L4_Word_t)arena[0], 18).raw;
    L4_ThreadId_t user = servant_space(SMALL);

    EQUAL(errand(user, do_memory_control, all, L4_DefaultMemory, 0),
          L4_ErrNoPrivilege);
    EQUAL(errand(user, do_memory_control, all, 99, 0), L4_ErrNoPrivilege);
    verdict("without privilege MemoryControl is error 1");
    arena_fill(0x7e570000);
    EQUAL(errand(user, do_probe, (L4_Word_t)arena[9], 0, 0), 0x7e570009);
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        EQUAL(memory_control(0, all, kinds[i]), 1);
        arena[9][0] = i;
        EQUAL(errand(user, do_probe, (L4_Word_t)arena[9], 0, 0), i);
        EQUAL(memory_control(0, L4_CompleteAddressSpace.raw, kinds[i]), 1);
        EQUAL(arena[9][0], i);
        EQUAL(errand(user, do_probe, (L4_Word_t)arena[9], 0, 0), i);
    }
    verdict("pages become write-through, uncacheable and write-back again");
    EQUAL(memory_control(0, L4_FpageLog2(0xd0000000, 22).raw,
                         L4_UncacheableMemory), 1);
    EQUAL(memory_control(0, L4_FpageLog2(FREE_LOW, 16).raw,
                         L4_UncacheableMemory), 1);
    verdict("where no page is, nothing happens");
    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    stage_kill(user);
}

static void
controls(void)
{
    L4_Word_t page = L4_FpageLog2((L4_Word_t)arena[0], 12).raw;

    EQUAL(memory_control(0, page, L4_DefaultMemory), 1);
    EQUAL(L4_ErrorCode(), IGNORED);
    EQUAL(memory_control(63, page, L4_DefaultMemory), 1);
    verdict("MemoryControl grants the default attribute");
    refused(memory_control(64, page, 0), L4_ErrInvalidParam);
    refused(memory_control(0xffffffff, page, 0), L4_ErrInvalidParam);
    verdict("more than 64 fpages are refused with error 5");
    refused(memory_control(0, page, 3), L4_ErrInvalidParam);
    refused(memory_control(0, page, 9), L4_ErrInvalidParam);
    refused(memory_control(0, page, 0xffffffff), L4_ErrInvalidParam);
    verdict("unknown attributes are refused with error 5");
    refused(memory_control(0, page, L4_WriteCombiningMemory),
            L4_ErrInvalidParam);
    refused(memory_control(0, page, L4_WriteProtectedMemory),
            L4_ErrInvalidParam);
    verdict("so are those that a Pentium has not");
    caching();
    EQUAL(memory_control(0, 0, 9), 1);
    verdict("nil fpages are skipped, whatever their attribute");
    arena[0][0] = 0x5a5a;
    EQUAL(arena[0][0], 0x5a5a);
    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    refused(L4_ProcessorControl(1, 0, 0, 0), L4_ErrInvalidParam);
    verdict("ProcessorControl of a processor that is not there: 0, error 5");
    l4_tcr_set(L4_TCR_ERROR_CODE, IGNORED);
    EXPECT(L4_ProcessorControl(0, 0, 0, 0) == 1 ||
           L4_ErrorCode() == L4_ErrInvalidParam);
    verdict("ProcessorControl of the one there is: 1, or 0 with error 5");
}

int
main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    calls();
    controls();
    done();
}
