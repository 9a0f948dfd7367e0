/*
 * bootinfo_test.c - the list of boot records: modules are found in order, and
 * a damaged list ends the search instead of leading out of the page.
 */
#include "check.h"

#include <pn/bootinfo.h>

#include <string.h>

union list {
    struct pn_bootinfo info;
    uint32_t word[64];
    char text[256];
};

/* Two modules with an unknown record between them. */
static void make_good(union list *l)
{
    static const uint32_t words[] = {
        PN_BOOTINFO_MAGIC,
        1,
        160,
        32,
        3,
        0,
        0,
        0,
        1,
        1,
        40,
        0x100000,
        1234,
        24,
        0,
        0,
        0,
        0, /* at 32 */
        0x102,
        1,
        16,
        0x500, /* at 72 */
        1,
        1,
        0,
        0x200000,
        99,
        0, /* at 88 */
    };

    memset(l, 0, sizeof *l);
    memcpy(l->word, words, sizeof words);
    memcpy(l->text + 32 + 24, "sigma0 verbose", 15);
}

int main(void)
{
    union list l;
    struct pn_module m;

    make_good(&l);
    CHECK(pn_bootinfo_modules(&l.info) == 2, "both modules are counted");
    CHECK(pn_bootinfo_module(&l.info, 0, &m) && m.start == 0x100000 &&
              m.size == 1234 && strcmp(m.command, "sigma0 verbose") == 0,
          "the first module is read with its command line");
    CHECK(pn_bootinfo_module(&l.info, 1, &m) && m.start == 0x200000 &&
              m.command[0] == '\0',
          "the second one, behind another record, has none");
    CHECK(!pn_bootinfo_module(&l.info, 2, &m), "there is no third");

    l.info.magic++;
    CHECK(pn_bootinfo_modules(&l.info) == 0, "a wrong magic number: no module");

    make_good(&l);
    l.info.size = 8;
    CHECK(pn_bootinfo_modules(&l.info) == 0, "a size below the header: none");
    l.info.size = PN_BOOTINFO_MAX + 1;
    CHECK(pn_bootinfo_modules(&l.info) == 0, "a size beyond reason: none");

    make_good(&l);
    l.word[10] = 0xfffffff0;
    CHECK(pn_bootinfo_modules(&l.info) == 1, "a link out of the list ends it");
    l.word[10] = 41;
    CHECK(pn_bootinfo_modules(&l.info) == 1, "a misaligned link ends it");
    l.word[10] = 0;
    CHECK(pn_bootinfo_modules(&l.info) == 1, "a zero link ends it");

    make_good(&l);
    l.info.first_record = 0xfffffffc;
    CHECK(pn_bootinfo_modules(&l.info) == 0, "a first record outside: none");

    make_good(&l);
    l.word[13] = 0xfffffff8;
    CHECK(pn_bootinfo_module(&l.info, 0, &m) && m.command[0] == '\0',
          "a command line outside the list is empty");
    l.word[13] = 24;
    memset(l.text + 56, 'x', 200);
    l.info.size = 160;
    CHECK(pn_bootinfo_module(&l.info, 0, &m) && m.command[0] == '\0',
          "a command line without an end is empty");
    return check_end();
}
