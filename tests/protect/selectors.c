/*
 * selectors.c - ring 3 can load its own code and data and the %gs word: R1.
 *
 * All 65,536 selector values go into each segment register, into far jumps and
 * calls, and through LAR, LSL, VERR and VERW. Only the three descriptors of R1
 * answer, whatever the selector's two lowest bits say, and what LAR and LSL
 * tell of them is what they are: flat, not conforming, not expand-down, 32-bit,
 * accessed, as long as the space, four bytes for %gs.
 *
 * Arguments: "mov" and "far" choose a part; "quick" tries selectors below 256.
 */
#include "subject.h"

#include <l4/ia32/specifics.h>
#include <l4/space.h>
#include <pn/libc.h>
#include <pn/space.h>
#include <pn/tap.h>

#define ALL    0x10000UL
#define FEW    0x100UL
#define LISTED 64 /* selectors a subject writes down at most */

static L4_Word_t selectors = ALL;
static struct subject s;

enum kind { NOTHING, CODE, DATA, GS_WORD };

/* What a selector names, by R1: index and table; the RPL does not matter. */
static enum kind
kind(L4_Word_t selector)
{
    switch (selector & ~3UL) {
    case SELECTOR_CODE & ~3UL:
        return CODE;
    case SELECTOR_DATA & ~3UL:
        return DATA;
    case SELECTOR_GS & ~3UL:
        return GS_WORD;
    }
    return NOTHING;
}

/* --- mov --- */

static int
loadable(enum segment segment, L4_Word_t selector)
{
    if (segment == SS)
        return selector == SELECTOR_DATA;
    return kind(selector) != NOTHING || selector < 4;
}

/* Runs the prepared code once more, with another ECX. */
static void
run_with(L4_Word_t ip, L4_Word_t selector)
{
    s.frame.eip = ip;
    s.frame.ecx = selector;
    (void)subject_go(&s);
}

/* #GP with the selector as error code, as for any selector that is not there.
 */
static int
refused(L4_Word_t ip, L4_Word_t selector)
{
    return s.event == EV_EXCEPTION && s.frame.vector == VECTOR_PROTECTION &&
           s.frame.error == (selector & ~3UL) && s.frame.eip == ip;
}

/* SS must not be null: #GP(0), and at most a promotion on the way. */
static int
all_moves(enum segment segment)
{
    struct code c = subject_code(&s);
    L4_Word_t ip = c.va;
    int passed = 1;

    EMIT(&c, 0x8e, (uint8_t)(0xc0 | segment << 3 | ECX)); /* mov seg, cx */
    (void)code_end(&c);
    for (L4_Word_t i = 0; i < selectors; i++) {
        run_with(ip, i);
        if (loadable(segment, i) ? s.event == EV_END : refused(ip, i))
            continue;
        diag("selector %lx", i);
        subject_explain(&s);
        passed = 0;
    }
    return passed;
}

static void
moves(const char *who)
{
    static const enum segment order[] = {DS, ES, FS, GS, SS};

    for (unsigned i = 0; i < 5; i++)
        ok(all_moves(order[i]), "%s: mov to %s takes R1's selectors only", who,
           segment_name(order[i]));
    ok(subject_is_small(&s) || s.control == 0, "%s: and is still small", who);
    subject_shrink(&s);
}

/* --- far jumps and calls --- */

/*
 * [esp] = offset, selector; the same place is the target's first instruction
 * (UD2), so a jump that works ends there. Through ESP, since DS may be null.
 */
static int
all_far(const char *who, const char *what, uint8_t modrm)
{
    struct code c = subject_code(&s);
    L4_Word_t ip, target;
    int passed = 1;

    target = code_end(&c);
    code_standard(&c);
    EMIT(&c, 0x51); /* push ecx */
    EMIT(&c, 0x68); /* push target */
    code_word(&c, target);
    ip = c.va;
    EMIT(&c, 0xff, modrm, 0x24); /* jmp or call far [esp] */
    for (L4_Word_t i = 0; i < selectors; i++) {
        s.frame.esp = s.stack;
        run_with(target + 2, i);
        if (kind(i) == CODE) {
            passed &= s.event == EV_END && s.frame.eip == target;
        } else if (i < 4 ? s.event != EV_EXCEPTION : !refused(ip, i)) {
            diag("selector %lx", i);
            subject_explain(&s);
            passed = 0;
        }
        subject_shrink(&s);
    }
    return ok(passed, "%s: a far %s takes user code's selector only", who,
              what);
}

/* --- lar, lsl, verr, verw --- */

/* The subject's list: number of entries, then selector and value of each. */
static L4_Word_t *
list(void)
{
    return (L4_Word_t *)(void *)(subject_data_page(&s) + 0x100);
}

/* For all ECX below `selectors`: op eax, ecx; if ZF, write both down. */
static void
collect(const uint8_t *op, unsigned n)
{
    L4_Word_t at = subject_data(&s) + 0x100, loop, skip;
    struct code c = subject_code(&s);

    list()[0] = 0;
    code_standard(&c);
    code_load(&c, EBX, at + 4);
    loop = c.va;
    code_load(&c, EAX, 0);
    code_bytes(&c, op, n);
    EMIT(&c, 0x75); /* jnz skip */
    skip = c.va + 1 + 8;
    EMIT(&c, (uint8_t)(skip - c.va - 1));
    EMIT(&c, 0x89, 0x0b, 0x89, 0x43, 0x04); /* [ebx] = ecx; [ebx + 4] = eax */
    EMIT(&c, 0x83, 0xc3, 0x08);             /* add ebx, 8 */
    EMIT(&c, 0x41);                         /* inc ecx */
    EMIT(&c, 0x81, 0xf9);                   /* cmp ecx, selectors */
    code_word(&c, selectors);
    EMIT(&c, 0x72, (uint8_t)(loop - c.va - 2)); /* jb loop */
    EMIT(&c, 0x89, 0xd8);                       /* mov eax, ebx */
    (void)code_end(&c);
    s.frame.ecx = 0;
    (void)subject_go(&s);
    list()[0] = (s.frame.eax - at - 4) / 8;
}

static L4_Word_t
rights(enum kind k)
{
    const L4_Word_t big = 0x00c00000UL; /* page granular, 32-bit */

    switch (k) {
    case CODE:
        return big | 0xfb00;
    case DATA:
        return big | 0xf300;
    case GS_WORD:
        return 0x00400000UL | 0xf100;
    default:
        return 0;
    }
}

static L4_Word_t
limit(enum kind k)
{
    if (k == GS_WORD)
        return 3;
    return (s.control != 0 ? subject_size(&s) : 0xc0000000UL) - 1;
}

/* `value` tells what the instruction should have found; NULL: nothing. */
static int
listed(unsigned kinds, L4_Word_t (*value)(enum kind), L4_Word_t mask)
{
    const L4_Word_t *entry = list() + 1;
    L4_Word_t n = list()[0], wanted = 0;
    int passed = s.event == EV_END;

    for (L4_Word_t i = 0; i < n && i < LISTED; i++, entry += 2) {
        enum kind k = kind(entry[0]);

        if (k == NOTHING || !(kinds & 1U << k) ||
            (value != NULL && (entry[1] & mask) != value(k))) {
            diag("selector %lx: %lx", entry[0], entry[1]);
            passed = 0;
        }
    }
    for (unsigned k = CODE; k <= GS_WORD; k++)
        wanted += kinds & 1U << k ? 4 : 0;
    if (n != wanted)
        diag("%lu selectors where %lu are due", n, wanted);
    return passed && n == wanted;
}

static void
questions(const char *who)
{
    static const uint8_t lar[] = {0x0f, 0x02, 0xc1}, lsl[] = {0x0f, 0x03, 0xc1};
    static const uint8_t verr[] = {0x0f, 0x00, 0xe1};
    static const uint8_t verw[] = {0x0f, 0x00, 0xe9};
    const unsigned all = 1U << CODE | 1U << DATA | 1U << GS_WORD;

    /* LAR's bits 16-19 are undefined; the limit is LSL's business. */
    collect(lar, sizeof lar);
    ok(listed(all, rights, 0x00f0ff00UL), "%s: LAR sees R1's descriptors only",
       who);
    collect(lsl, sizeof lsl);
    ok(listed(all, limit, ~0UL), "%s: LSL tells their limits only", who);
    collect(verr, sizeof verr);
    ok(listed(all, NULL, 0), "%s: VERR finds them alone readable", who);
    collect(verw, sizeof verw);
    ok(listed(1U << DATA, NULL, 0), "%s: VERW finds data alone writable", who);
}

/* --- far returns --- */

/* RETF and IRET to every selector a GDT could hold, with every RPL. */
static int
returns(int iret)
{
    struct code c = subject_code(&s);
    L4_Word_t ip, target = code_end(&c);
    int passed = 1;

    code_standard(&c);
    if (iret)
        EMIT(&c, 0x68, 0x02, 0x02, 0, 0); /* push flags */
    EMIT(&c, 0x51, 0x68);                 /* push ecx; push target */
    code_word(&c, target);
    ip = c.va;
    EMIT(&c, iret ? 0xcf : 0xcb);
    for (L4_Word_t i = 0; i < FEW; i++) {
        s.frame.esp = s.stack;
        run_with(target + 2, i);
        if (i == SELECTOR_CODE ? s.event == EV_END
                               : s.event == EV_EXCEPTION && s.frame.eip == ip &&
                                     s.frame.vector == VECTOR_PROTECTION)
            continue;
        diag("selector %lx", i);
        subject_explain(&s);
        passed = 0;
    }
    subject_shrink(&s);
    return passed;
}

static void
far_all(const char *who)
{
    questions(who);
    (void)all_far(who, "jump", 0x2c);
    (void)all_far(who, "call", 0x1c);
    ok(returns(0), "%s: RETF takes user code's selector only", who);
    ok(returns(1), "%s: IRET takes user code's selector only", who);
}

int
main(int argc, char **argv)
{
    int move = 0, far = 0;

    for (int i = 1; i < argc; i++) {
        move |= strcmp(argv[i], "mov") == 0;
        far |= strcmp(argv[i], "far") == 0;
        if (strcmp(argv[i], "quick") == 0)
            selectors = FEW;
    }
    subject_make(&s, 1, 5, PN_SmallPages(5));
    if (move)
        moves("small");
    if (far)
        far_all("small");
    subject_kill(&s);
    selectors = argc > 2 && strcmp(argv[argc - 1], "full") == 0 ? ALL : FEW;
    subject_make(&s, 2, 5, 0);
    if (move)
        moves("large");
    if (far)
        far_all("large");
    done();
}
