/*
 * kern/console.c - COM1 (16550), VGA text and the emulators' port 0xE9.
 *
 * Layer 1.  Ports: [16550], and for 0xE9, 0xF4 and 0x8900 the manuals of Bochs
 * and QEMU.  A machine without a UART reads 0xff from it: then COM1 is left
 * alone, as every wait on it would run into its bound.
 */
#include "kern/console.h"

#include "kern/layout.h"
#include "kern/x86.h"

enum {
    COM1 = 0x3f8,
    UART_IER = 1,
    UART_FCR = 2,
    UART_LCR = 3,
    UART_MCR = 4,
    UART_LSR = 5,
    LSR_DATA = 1 << 0,
    LSR_ROOM = 1 << 5,
    LSR_IDLE = 1 << 6,
    UART_PATIENCE = 200000, /* polls until a stuck UART is given up */

    PORT_E9 = 0xe9,
    PORT_QEMU_EXIT = 0xf4,
    PORT_BOCHS_SHUTDOWN = 0x8900,

    VGA_COLUMNS = 80,
    VGA_ROWS = 25,
    VGA_GREY = 0x0700,
    VGA_MEMORY = 0xb8000,
    CRTC_INDEX = 0x3d4,
    CRTC_START = 12,
    CRTC_CURSOR = 14,
};

static bool has_uart;
static unsigned patience = UART_PATIENCE; /* one poll while it is stuck */
static unsigned column, row;

static bool
uart_wait(uint8_t bit)
{
    for (unsigned i = 0; i < patience; i++)
        if (inb(COM1 + UART_LSR) & bit) {
            patience = UART_PATIENCE;
            return true;
        }
    patience = 1;
    return false;
}

static void
uart_put(char c)
{
    if (has_uart && uart_wait(LSR_ROOM))
        outb(COM1, (uint8_t)c);
}

/* A pair of registers: high byte, low byte. */
static void
crtc_set(uint8_t first, unsigned value)
{
    outb(CRTC_INDEX, first);
    outb(CRTC_INDEX + 1, (uint8_t)(value >> 8));
    outb(CRTC_INDEX, first + 1);
    outb(CRTC_INDEX + 1, (uint8_t)value);
}

static void
vga_cursor(void)
{
    crtc_set(CRTC_CURSOR, row * VGA_COLUMNS + column);
}

void
console_show(void)
{
    crtc_set(CRTC_START, 0);
}

static void
vga_scroll(volatile uint16_t *screen)
{
    for (unsigned i = 0; i < VGA_COLUMNS * (VGA_ROWS - 1); i++)
        screen[i] = screen[i + VGA_COLUMNS];
    for (unsigned i = 0; i < VGA_COLUMNS; i++)
        screen[VGA_COLUMNS * (VGA_ROWS - 1) + i] = VGA_GREY | ' ';
    row = VGA_ROWS - 1;
}

static void
vga_put(char c)
{
    volatile uint16_t *screen = window(VGA_MEMORY);

    if (c == '\n' || column == VGA_COLUMNS) {
        column = 0;
        row++;
    }
    if (c == '\r')
        column = 0;
    if (c == '\b' && column != 0)
        column--;
    if (row == VGA_ROWS)
        vga_scroll(screen);
    if ((uint8_t)c >= ' ')
        screen[row * VGA_COLUMNS + column++] = (uint16_t)(VGA_GREY | (uint8_t)c);
    if (c == '\n')
        vga_cursor();
}

INIT void
console_init(void)
{
    volatile uint16_t *screen = window(VGA_MEMORY);

    for (unsigned i = 0; i < VGA_COLUMNS * VGA_ROWS; i++)
        screen[i] = VGA_GREY | ' ';
    outb(COM1 + UART_IER, 0);
    outb(COM1 + UART_LCR, 0x80); /* divisor latch */
    outb(COM1 + 0, 1);           /* 115200 baud */
    outb(COM1 + 1, 0);
    outb(COM1 + UART_LCR, 3); /* 8N1 */
    outb(COM1 + UART_FCR, 7);
    outb(COM1 + UART_MCR, 0x0b);
    has_uart = inb(COM1 + UART_LSR) != 0xff;
}

void
console_put(char c)
{
    outb(PORT_E9, (uint8_t)c);
    if (c == '\n')
        uart_put('\r');
    uart_put(c);
    vga_put(c);
}

int
console_get(void)
{
    if (!has_uart || !(inb(COM1 + UART_LSR) & LSR_DATA))
        return -1;
    return inb(COM1);
}

static void
put_string(const char *s)
{
    while (*s != '\0')
        console_put(*s++);
}

static void
put_number(uint32_t value, uint32_t base, unsigned width, char pad)
{
    char digits[12];
    unsigned n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    while (n < width && n < sizeof digits)
        digits[n++] = pad;
    while (n != 0)
        console_put(digits[--n]);
}

/* A va_list that can be handed on by address. */
struct arguments {
    va_list list;
};

static const char *
put_argument(const char *f, struct arguments *from)
{
    char pad = *f == '0' ? '0' : ' ';
    unsigned width = 0;

    while (*f >= '0' && *f <= '9')
        width = width * 10 + (unsigned)(*f++ - '0');
    switch (*f) {
    case 's':
        put_string(va_arg(from->list, const char *));
        break;
    case 'u':
        put_number(va_arg(from->list, uint32_t), 10, width, pad);
        break;
    case 'x':
        put_number(va_arg(from->list, uint32_t), 16, width, pad);
        break;
    default:
        console_put(*f);
    }
    return f + 1;
}

void
print_list(const char *format, va_list list)
{
    struct arguments from;

    va_copy(from.list, list);
    while (*format != '\0') {
        if (*format != '%')
            console_put(*format++);
        else
            format = put_argument(format + 1, &from);
    }
    va_end(from.list);
}

void
print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_list(format, args);
    va_end(args);
}

void
machine_exit(uint32_t status)
{
    const char *word = "Shutdown";

    print("pinenut: exit %u\n", status);
    if (has_uart)
        (void)uart_wait(LSR_IDLE); /* Bochs loses what still sits in the UART */
    outb(PORT_QEMU_EXIT, (uint8_t)status);
    if (status == 0)
        __asm__ volatile("xchg %bx, %bx");
    else
        while (*word != '\0')
            outb(PORT_BOCHS_SHUTDOWN, (uint8_t)*word++);
    for (;;)
        __asm__ volatile("cli; hlt");
}
