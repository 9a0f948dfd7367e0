/*
 * tests/boot/hello.c - a root server that says what it was given, and ends.
 *
 * Words on its command line: "exit=N" ends with status N instead of 0, "echo"
 * first repeats what is typed until a '.' comes, "stay" never ends (for tests
 * that look at the machine from outside).
 */
#include <l4/kdebug.h>
#include <pn/bootinfo.h>
#include <pn/libc.h>
#include <pn/program.h>

static void list_modules(void)
{
    const struct pn_bootinfo *info = pn_bootinfo_get();
    struct pn_module module;

    if (!info) {
        printf("hello: no boot information\n");
        return;
    }
    for (size_t n = 0; pn_bootinfo_module(info, n, &module); n++)
        printf("hello: module %u: %u bytes: %s\n", (unsigned)n,
               (unsigned)module.size, module.command);
}

static void echo(void)
{
    char c;

    printf("hello: type\n");
    while ((c = L4_KDB_ReadChar_Blocked()) != '.')
        printf("<%c>", c);
    printf("\n");
}

int main(int argc, char **argv)
{
    L4_Word_t status = 0;

    for (int i = 0; i < argc; i++)
        printf("hello: argument %d: %s\n", i, argv[i]);
    list_modules();
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "exit=", 5) == 0)
            status = strtoul(argv[i] + 5, NULL, 10);
        else if (strcmp(argv[i], "echo") == 0)
            echo();
        else if (strcmp(argv[i], "stay") == 0)
            pn_sleep_forever();
    }
    pn_exit(status);
}
