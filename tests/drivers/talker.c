/*
 * tests/drivers/talker.c - prints a line of so many pieces, one if nothing is
 * said, again and again for ever.
 *
 *     drivers_talker [PIECES]
 */
#include <l4/ipc.h>
#include <pn/libc.h>

int main(int argc, char **argv);

#define PAUSE_US 2000

int main(int argc, char **argv)
{
    unsigned long pieces = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;

    for (unsigned n = 0;; n++) {
        printf("talker %u:", n);
        for (unsigned long i = 0; i < pieces; i++)
            printf(" this is piece %lu", i);
        printf("\n");
        L4_Sleep(L4_TimePeriod(PAUSE_US));
    }
}
