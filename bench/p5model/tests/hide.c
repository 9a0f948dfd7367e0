/*
 * Preloaded into QEMU by check.py: hides the symbol named by P5_HIDE from
 * dlsym(), as a QEMU that does not export it would.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void *dlsym(void *handle, const char *name);

void *dlsym(void *handle, const char *name)
{
    static void *(*real)(void *, const char *);
    const char *hidden = getenv("P5_HIDE");
    if (!real)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym",
                                                       "GLIBC_2.2.5");
    return hidden && !strcmp(name, hidden) ? NULL : real(handle, name);
}
