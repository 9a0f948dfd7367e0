/*
 * tests/placement/cases.c - a program that does as its argument says:
 *
 *   peer    sends every string back
 *   over    writes a word behind its heap
 *   jump    jumps there
 *   greedy  takes its whole heap and gives it back, again and again
 *   hold    takes its whole heap and keeps it
 *   ask     waits; gives all back when it gets a message, and answers
 */
#include <l4/ipc.h>
#include <pn/heap.h>
#include <pn/libc.h>
#include <pn/program.h>

int main(int argc, char **argv);

#define PAGE 4096UL

static struct pn_heap heap;

static void take(void)
{
    for (L4_Word_t at = heap.low; at < heap.high; at += PAGE)
        *(volatile L4_Word_t *)at = at;
}

static void peer(void)
{
    static char buffer[8192];
    L4_ThreadId_t from;
    L4_MsgTag_t tag;
    L4_Word_t length;

    L4_LoadBR(0, 1);
    L4_LoadBR(1, sizeof buffer << 10);
    L4_LoadBR(2, (L4_Word_t)buffer);
    tag = L4_Wait(&from);
    for (;;) {
        if (L4_IpcFailed(tag)) {
            tag = L4_Wait(&from);
            continue;
        }
        L4_StoreMR(1, &length);
        L4_Set_MsgTag(l4_tag(2UL << 6));
        L4_LoadMR(1, length & ~0x3ffUL);
        L4_LoadMR(2, (L4_Word_t)buffer);
        tag = L4_ReplyWait(from, &from);
    }
}

static void ask(void)
{
    L4_ThreadId_t from;

    take();
    for (;;) {
        L4_Word_t done;

        (void)L4_Wait(&from);
        done = (L4_Word_t)pn_trim(heap.low);
        L4_Set_MsgTag(l4_tag(1));
        L4_LoadMR(1, done);
        (void)L4_Send_Timeout(from, L4_ZeroTime);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    (void)pn_heap(&heap);
    if (strcmp(what, "peer") == 0)
        peer();
    else if (strcmp(what, "over") == 0)
        *(volatile L4_Word_t *)heap.high = 1;
    else if (strcmp(what, "jump") == 0)
        ((void (*)(void))heap.high)();
    else if (strcmp(what, "ask") == 0)
        ask();
    while (strcmp(what, "greedy") == 0) {
        take();
        (void)pn_trim(heap.low);
    }
    take();
    pn_sleep_forever();
}
