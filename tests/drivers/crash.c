/*
 * tests/drivers/crash.c - a program that can't go on: "port" without the right
 * to one, "memory" without any there, "exception".
 */
#include <pn/libc.h>

int main(int argc, char **argv);

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    if (strcmp(how, "port") == 0)
        __asm__ volatile("outb %%al, $0x80" : : "a"(0));
    else if (strcmp(how, "memory") == 0)
        *(volatile int *)0x1000 = 1;
    else
        __asm__ volatile("ud2");
    return 0;
}
