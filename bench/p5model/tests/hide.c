/*
 * Preloaded into QEMU by the tests: hides the symbol named by P5_HIDE from
 * dlsym(), as a QEMU that does not export it would. One named by P5_FLIP is
 * there if it is not and the other way round: a QEMU of another time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void *dlsym(void *handle, const char *name);

void *dlsym(void *handle, const char *name)
{
    static void *(*real)(void *, const char *);
    const char *hidden = getenv("P5_HIDE"), *flipped = getenv("P5_FLIP");
    if (!real)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym",
                                                       "GLIBC_2.2.5");
    void *symbol = real(handle, name);
    if (flipped && !strcmp(name, flipped))
        return symbol ? NULL : (void *)&real;
    return hidden && !strcmp(name, hidden) ? NULL : symbol;
}
