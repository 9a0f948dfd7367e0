/*
 * kern/panic.c - how the kernel stops.
 *
 * Layer 1.  QNX's "design safe state": freeze, say why, end with a status
 * that no test can take for success.
 */
#include "kern/panic.h"

#include <stdarg.h>

#include "kern/console.h"

void
panic(const char *format, ...)
{
    va_list args;

    console_show();
    print("\npinenut: panic: ");
    va_start(args, format);
    print_list(format, args);
    va_end(args);
    print("\npinenut: the machine is stopped\n");
    machine_exit(PANIC_STATUS);
}

void
bad_boot(const char *format, ...)
{
    va_list args;

    print("pinenut: ");
    va_start(args, format);
    print_list(format, args);
    va_end(args);
    print("\n");
    machine_exit(BAD_BOOT_STATUS);
}

void
assert_failed(const struct assertion *a)
{
    panic("assertion \"%s\" failed at %s:%u", a->what, a->file, a->line);
}
