/*
 * tests/servers/cost.c - what reading 4 KB by a file server costs, in cycles of
 * the clock that RDTSC counts:
 *
 *     servers_cost SERVER PATH
 *
 * The file is made if the server takes files.
 */
#include <pn/files.h>
#include <pn/libc.h>
#include <pn/program.h>

int main(int argc, char **argv);

#define WARM_UP 4
#define SAMPLES 25

static char data[PN_FILES_DATA];

static L4_Word_t cycles(void)
{
    L4_Word_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low;
}

static int make(L4_ThreadId_t fs, const char *path, L4_Word_t *number)
{
    struct pn_file file;
    int n = pn_file_find(fs, path, &file);

    *number = file.number;
    if (n != -PN_NOT_FOUND)
        return n;
    n = pn_file_create(fs, path, number);
    return n < 0 ? n : pn_file_write(fs, *number, 0, data, sizeof data);
}

static void sort(L4_Word_t *values, unsigned n)
{
    for (unsigned i = 1; i < n; i++)
        for (unsigned j = i; j > 0 && values[j] < values[j - 1]; j--) {
            L4_Word_t value = values[j];

            values[j] = values[j - 1];
            values[j - 1] = value;
        }
}

int main(int argc, char **argv)
{
    L4_Word_t sample[SAMPLES], number;
    L4_ThreadId_t fs = argc == 3 ? pn_find(argv[1]) : L4_nilthread;

    if (L4_IsNilThread(fs) || make(fs, argv[2], &number) < 0) {
        printf("servers_cost: no such server or file\n");
        return 1;
    }
    for (int i = -WARM_UP; i < SAMPLES; i++) {
        L4_Word_t before = cycles();
        int n = pn_file_read(fs, number, 0, data, sizeof data);

        if (n != sizeof data) {
            printf("servers_cost: read: %d\n", n);
            return 1;
        }
        if (i >= 0)
            sample[i] = cycles() - before;
    }
    sort(sample, SAMPLES);
    printf("servers_cost: %s: min=%lu median=%lu max=%lu\n", argv[1], sample[0],
           sample[SAMPLES / 2], sample[SAMPLES - 1]);
    return 0;
}
