/*
 * tests/drivers/thief.c - tries to get what is typed from the kernel: what it
 * gets is missing elsewhere. "wait": by waiting for it, else by asking.
 */
#include <l4/ipc.h>
#include <l4/kdebug.h>
#include <pn/libc.h>

int main(int argc, char **argv);

int main(int argc, char **argv)
{
    int waits = argc > 1 && strcmp(argv[1], "wait") == 0;

    for (;;) {
        int c = waits ? L4_KDB_ReadChar_Blocked() : L4_KDB_ReadChar();

        if (c >= 0)
            printf("thief: %02x\n", (unsigned)c & 0xff);
        else
            L4_Sleep(L4_TimePeriod(1000));
    }
}
