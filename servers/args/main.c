/*
 * args - an example: says what it was given, who it is and where it lives.
 *
 * A program can't tell a small space from a large one, except by asking the
 * processor how long its data segment is.
 */
#include <l4/thread.h>
#include <pn/libc.h>

int main(int argc, char **argv);

/* The last address of the segment in DS; LSL needs no privilege. */
static L4_Word_t data_limit(void)
{
    L4_Word_t selector, limit;

    __asm__("movl %%ds, %0" : "=r"(selector));
    __asm__("lsll %1, %0" : "=r"(limit) : "r"(selector) : "cc");
    return limit;
}

int main(int argc, char **argv)
{
    L4_ThreadId_t me = L4_MyGlobalId();

    printf("args: arguments:");
    for (int i = 1; i < argc; i++)
        printf(" %s", argv[i]);
    printf("\nargs: thread %lu.%lu, pager %lu.%lu, addresses end at %08lx\n",
           L4_ThreadNo(me), L4_Version(me), L4_ThreadNo(L4_Pager()),
           L4_Version(L4_Pager()), data_limit());
    return 0;
}
