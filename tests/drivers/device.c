/*
 * tests/drivers/device.c - a program with device memory, that of the screen: it
 * is where the pager says, it is the device's, and it is all that was given.
 *
 * With the argument "text" also what needs a screen that shows text (in Bochs
 * without a BIOS, none has said so to it).
 */
#include <pn/device.h>
#include <pn/heap.h>
#include <pn/libc.h>
#include <pn/tap.h>

int main(int argc, char **argv);

#define SCREEN 0xb8000UL
#define BYTES  0x8000UL
#define LINE   80

/* Is the kernel's first word the beginning of one of the lines? */
static int shows(const volatile unsigned short *cells, const char *word)
{
    for (unsigned row = 0; row < 25; row++) {
        unsigned i = 0;

        while (word[i] && (cells[row * LINE + i] & 0xff) == word[i])
            i++;
        if (!word[i])
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    volatile unsigned short *cells =
        (volatile unsigned short *)pn_device_memory(SCREEN, BYTES);
    struct pn_heap heap;

    if (!ok(cells != NULL, "the memory that was given is there"))
        done();
    ok(pn_device_memory(SCREEN + 0x7000, 0x1000) == (char *)cells + 0x7000,
       "so is a part of it");
    ok(!pn_device_memory(SCREEN, BYTES + 1) &&
           !pn_device_memory(SCREEN - 1, 2) && !pn_device_memory(0xa0000, 1) &&
           !pn_device_memory(SCREEN, ~0UL) &&
           !pn_device_memory(SCREEN + 1, ~0UL),
       "but nothing else");
    ok(pn_device_ports(0x3d4, 2) && pn_device_ports(0x3d5, 1) &&
           !pn_device_ports(0x3d4, 3) && !pn_device_ports(0x3d3, 2) &&
           !pn_device_ports(0x60, 1) && !pn_device_ports(0x3d4, 0) &&
           !pn_device_ports(0x3d5, ~0UL),
       "and the ports that were given");
    ok(pn_heap(&heap) && heap.low == (L4_Word_t)cells + BYTES &&
           *(volatile char *)heap.low == 0,
       "the heap is behind it");
    if (argc > 1 && strcmp(argv[1], "text") == 0) {
        ok(shows(cells, "Pinenut"), "it is the screen's");
        cells[BYTES / 2 - 1] = 0x0741;
        ok(cells[BYTES / 2 - 1] == 0x0741, "and can be written");
    }
    done();
}
