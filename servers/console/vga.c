/*
 * vga.c - the VGA's text mode (vga.h).
 *
 * The kernel uses the same pair of ports for its cursor, in between any two of
 * our instructions. A register's number and value go out together, therefore;
 * what is read counts if the number is still ours behind it. The cursor that
 * the kernel has moved to its own page is ours again with the next vga_show().
 */
#include "vga.h"

#include <pn/device.h>
#include <pn/ports.h>

enum { CRTC = 0x3d4 };

enum { START_HIGH = 0x0c, START_LOW, CURSOR_HIGH, CURSOR_LOW };

enum { NO_CRTC = 0xff };

#define MEMORY 0xb8000
#define BYTES  0x8000

#define SCREEN (SCREEN_ROWS * SCREEN_COLUMNS) /* cells */
#define END    (BYTES / 2)
#define OURS   2048u /* cells of the kernel's page, and some more */

/* Rows of the driver's memory. One from ROUND on is also at its place less
 * ROUND, where the screen is when its first row would be ROUND. */
#define ROWS  ((END - OURS) / SCREEN_COLUMNS)
#define ROUND (ROWS - SCREEN_ROWS + 1)

#define TRIES 10

static volatile uint16_t *cells;
static unsigned top; /* the row of that memory which is the screen's first */

static void write_register(unsigned number, unsigned value)
{
    pn_out16(CRTC, (value & 0xff) << 8 | number);
}

static void write_pair(unsigned high, unsigned value)
{
    write_register(high, value >> 8);
    write_register(high + 1, value);
}

static unsigned read_register(unsigned number)
{
    unsigned value = 0;

    for (unsigned i = 0; i < TRIES; i++) {
        pn_out8(CRTC, number);
        value = pn_in8(CRTC + 1);
        if (pn_in8(CRTC) == number)
            break;
    }
    return value;
}

enum part vga_open(void)
{
    int ports = pn_device_ports(CRTC, 2);
    enum part part;

    cells = (volatile uint16_t *)pn_device_memory(MEMORY, BYTES);
    part = part_given(ports + (cells != 0), 2);
    if (part == PART_WORKS && pn_in8(CRTC) == NO_CRTC)
        return PART_ABSENT;
    return part;
}

void vga_take_over(struct screen *s)
{
    unsigned from = read_register(START_HIGH) << 8 | read_register(START_LOW);

    if (from > END - SCREEN)
        from = 0;
    screen_clear(s);
    for (unsigned i = 0; i < SCREEN; i++)
        s->cell[i / SCREEN_COLUMNS][i % SCREEN_COLUMNS] = cells[from + i];
    screen_continue(s);
    top = 0;
}

static unsigned cell_of(unsigned row)
{
    return OURS + row * SCREEN_COLUMNS;
}

static void write_row(const struct screen *s, unsigned row, unsigned place)
{
    volatile uint32_t *to = (volatile uint32_t *)(cells + cell_of(place));

    for (unsigned i = 0; i < SCREEN_COLUMNS; i += 2)
        *to++ = s->cell[row][i] | (uint32_t)s->cell[row][i + 1] << 16;
}

static void show_row(const struct screen *s, unsigned row)
{
    write_row(s, row, top + row);
    if (top + row >= ROUND)
        write_row(s, row, top + row - ROUND);
}

int vga_show(struct screen *s)
{
    unsigned column = s->column < SCREEN_COLUMNS ? s->column : s->column - 1;
    unsigned row = 0;

    top = (top + s->scrolled) % ROUND;
    s->scrolled = 0;
    if (s->changed) {
        while (!(s->changed & 1u << row))
            row++;
        show_row(s, row);
        s->changed &= ~(1u << row);
        return 1;
    }
    write_pair(START_HIGH, cell_of(top));
    write_pair(CURSOR_HIGH, cell_of(top + s->row) + column);
    return 0;
}
