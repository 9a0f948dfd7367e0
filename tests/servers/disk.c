/*
 * tests/servers/disk.c - the block driver, of a disk whose sector n holds the
 * word n, again and again:
 *
 *     servers_disk SECTORS     everything; three sectors are written to
 *     servers_disk read        reads until that fails
 */
#include <pn/disk.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/tap.h>

int main(int argc, char **argv);

#define WORDS (PN_DISK_SECTOR / sizeof(L4_Word_t))

static L4_ThreadId_t disk;
static L4_Word_t data[PN_DISK_SECTORS * WORDS + 1];

static int holds(L4_Word_t first, unsigned count, L4_Word_t change)
{
    for (unsigned i = 0; i < count * WORDS; i++)
        if (data[i] != ((first + i / WORDS) ^ change))
            return 0;
    return 1;
}

static int reads(L4_Word_t first, unsigned count, L4_Word_t change)
{
    memset(data, 0xa5, sizeof data);
    return pn_disk_read(disk, first, count, data) == 0 &&
           holds(first, count, change);
}

static int writes(L4_Word_t first, unsigned count)
{
    for (unsigned i = 0; i < count * WORDS; i++)
        data[i] = ~(first + i / WORDS);
    return pn_disk_write(disk, first, count, data) == 0;
}

static int ask(L4_Word_t label, unsigned words, L4_Word_t first,
               L4_Word_t second, size_t bytes)
{
    struct pn_request r = {.server = disk,
                           .label = label,
                           .words = words,
                           .word = {first, second},
                           .send = bytes ? data : NULL,
                           .send_bytes = bytes,
                           .receive = data,
                           .receive_size = sizeof data};

    return pn_request(&r);
}

static void test_read(L4_Word_t sectors)
{
    L4_Word_t got = 0;
    int all = 1;

    ok(pn_disk_sectors(disk, &got) == 1 && got == sectors,
       "the driver tells how many sectors there are: %lu", got);
    ok(reads(0, 1, 0) && reads(sectors - 1, 1, 0),
       "the first and the last sector hold their numbers");
    ok(reads(sectors - PN_DISK_SECTORS, PN_DISK_SECTORS, 0),
       "eight at once, up to the last");
    for (unsigned n = 1; n <= PN_DISK_SECTORS; n++)
        all &= reads(n * 77, n, 0);
    ok(all, "one to eight at once");
}

static void test_refusals(L4_Word_t sectors)
{
    static const L4_Word_t far[] = {0x0fffffff, 0x10000000, 0x7fffffff,
                                    0x80000000, 0xfffffff9, 0xffffffff};
    int all = 1;

    ok(ask(PN_DISK_READ, 2, sectors, 1, 0) == -PN_INVALID &&
           ask(PN_DISK_READ, 2, sectors - 1, 2, 0) == -PN_INVALID,
       "behind the last there is none");
    for (unsigned i = 0; i < sizeof far / sizeof *far; i++)
        all &= ask(PN_DISK_READ, 2, far[i], 8, 0) == -PN_INVALID &&
               ask(PN_DISK_WRITE, 1, far[i], 0, 512) == -PN_INVALID;
    ok(all, "nor far behind it, to read or to write");
    ok(ask(PN_DISK_READ, 2, 0, 0, 0) == -PN_INVALID &&
           ask(PN_DISK_READ, 2, 0, 9, 0) == -PN_INVALID &&
           ask(PN_DISK_READ, 2, 0, 0xffffffff, 0) == -PN_INVALID,
       "none, nine, or billions at once are refused");
    ok(ask(PN_DISK_WRITE, 1, 5, 0, 0) == -PN_INVALID &&
           ask(PN_DISK_WRITE, 1, 5, 0, 511) == -PN_INVALID &&
           ask(PN_DISK_WRITE, 1, 5, 0, 513) == -PN_INVALID &&
           ask(PN_DISK_WRITE, 1, sectors - 1, 0, 1024) == -PN_INVALID,
       "parts of sectors are not written, nor one too many");
    is((L4_Word_t)ask(PN_DISK_WRITE, 1, 5, 0, 4097), (L4_Word_t)-PN_INVALID,
       "nor more bytes than the driver has room for");
    ok(ask(PN_DISK_READ, 1, 0, 0, 0) == -PN_UNKNOWN &&
           ask(PN_DISK_INFO, 2, 0, 0, 0) == -PN_UNKNOWN &&
           ask(0x0b77, 0, 0, 0, 0) == -PN_UNKNOWN,
       "other requests than those it knows are refused");
    ok(reads(0, 8, 0), "and nothing of that was written");
}

static void test_write(L4_Word_t sectors)
{
    ok(writes(100, 1) && writes(sectors - 2, 2), "three sectors are written");
    ok(reads(100, 1, ~0ul) && reads(sectors - 2, 2, ~0ul),
       "and hold what was written");
    ok(reads(98, 2, 0) && reads(101, 2, 0) && reads(sectors - 3, 1, 0),
       "those around them are as they were");
}

static int read_on(void)
{
    unsigned long reads_done = 0;
    int n;

    while ((n = pn_disk_read(disk, 8 + reads_done % 800, 8, data)) == 0) {
        if (!holds(8 + reads_done % 800, 8, 0)) {
            printf("servers_disk: wrong bytes\n");
            return 1;
        }
        if (++reads_done == 10)
            printf("servers_disk: reading\n");
    }
    printf("servers_disk: %s; found again: %s\n",
           pn_problem_name((enum pn_problem) - n),
           L4_IsNilThread(pn_find(PN_DISK_NAME)) ? "no" : "yes");
    return 0;
}

int main(int argc, char **argv)
{
    L4_Word_t sectors;

    disk = pn_find(PN_DISK_NAME);
    if (argc == 2 && strcmp(argv[1], "read") == 0)
        return read_on();
    sectors = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    test_read(sectors);
    test_refusals(sectors);
    test_write(sectors);
    done();
}
