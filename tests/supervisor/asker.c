/*
 * tests/supervisor/asker.c - a client.
 *
 *     asker ask NAME...  sends each a word, and says what became of it
 *     asker kv N         puts N values into the key-value store, however often
 *                        that is killed meanwhile, and looks whether all that
 *                        it has acknowledged is there
 *     asker data         prints the first line of the module it may read
 *     asker sigma0       asks sigma0 for memory, a device's memory and ports
 *     asker blame page|exception NAME
 *                        has its fault told to NAME
 */
#include <l4/ipc.h>
#include <l4/schedule.h>
#include <l4/arch.h>
#include <l4/sigma0.h>
#include <pn/kv.h>
#include <pn/libc.h>
#include <pn/program.h>

int main(int argc, char **argv);

#define NOBODYS 0x1000UL /* below the image */

static const char *me;

static void ask(const char *name)
{
    L4_Word_t word = 7;
    int n = pn_ask(pn_find(name), 0, &word, 1, 1);

    if (n < 0)
        printf("%s: %s: %s\n", me, name,
               pn_problem_name((enum pn_problem) - n));
    else
        printf("%s: %s answered %lu\n", me, name, word);
}

/* Until it is acknowledged; how often it was not. */
static unsigned put(const char *key, unsigned value)
{
    unsigned failed = 0;

    while (pn_kv_put(pn_find(PN_KV_NAME), key, &value, sizeof value) < 0) {
        failed++;
        L4_Sleep(L4_TimePeriod(1000));
    }
    return failed;
}

static int has(const char *key, unsigned value)
{
    unsigned found = 0;

    return pn_kv_get(pn_find(PN_KV_NAME), key, &found, sizeof found) ==
               sizeof found &&
           found == value;
}

static void keys(unsigned n)
{
    unsigned failed = 0, lost = 0;
    char key[16];

    printf("%s: begins\n", me);
    for (unsigned i = 0; i < n; i++) {
        snprintf(key, sizeof key, "key %u", i);
        failed += put(key, i);
        L4_Sleep(L4_TimePeriod(2000));
    }
    for (unsigned i = 0; i < n; i++) {
        snprintf(key, sizeof key, "key %u", i);
        lost += !has(key, i);
    }
    printf("%s: %u acknowledged, %u lost, %s\n", me, n, lost,
           failed ? "with failures between" : "no failure");
}

static void data(void)
{
    L4_Word_t bytes;
    const char *text = (const char *)pn_data(&bytes);

    printf("%s: %lu bytes: %.*s\n", me, bytes, text ? (int)bytes - 1 : 0,
           text ? text : "");
    *(volatile char *)(L4_Word_t)text = 'x'; /* which it may not */
    printf("%s: has written\n", me);
}

static void ask_sigma0(void)
{
    L4_Fpage_t any = L4_Sigma0_GetAny(L4_nilthread, 12, L4_CompleteAddressSpace);
    L4_Fpage_t screen =
        L4_Sigma0_GetPage(L4_nilthread, L4_FpageLog2(0xb8000, 12));
    L4_Fpage_t ports = L4_Sigma0_GetPage(L4_nilthread, L4_IoFpageLog2(0x1f0, 3));

    printf("%s: %s, %s, %s\n", me, L4_IsNilFpage(any) ? "no memory" : "memory",
           L4_IsNilFpage(screen) ? "no screen" : "a screen",
           L4_IsNilFpage(ports) ? "no ports" : "ports");
    L4_Set_Pager(L4_Sigma0Id(NULL));
    *(volatile char *)NOBODYS = 1;
    printf("%s: goes on\n", me);
}

static void blame(int page, const char *name)
{
    L4_ThreadId_t victim = pn_find(name);

    L4_Set_Pager(victim);
    L4_Set_ExceptionHandler(victim);
    if (page)
        *(volatile char *)NOBODYS = 1;
    else
        __asm__ volatile("ud2");
    printf("%s: goes on\n", me);
}

int main(int argc, char **argv)
{
    me = argv[0];
    L4_Sleep(L4_TimePeriod(300000)); /* let all be started */
    if (argc > 2 && strcmp(argv[1], "kv") == 0)
        keys((unsigned)strtoul(argv[2], NULL, 10));
    else if (argc > 1 && strcmp(argv[1], "data") == 0)
        data();
    else if (argc > 1 && strcmp(argv[1], "sigma0") == 0)
        ask_sigma0();
    else if (argc > 3 && strcmp(argv[1], "blame") == 0)
        blame(strcmp(argv[2], "page") == 0, argv[3]);
    for (int i = 2; i < argc && strcmp(argv[1], "ask") == 0; i++)
        ask(argv[i]);
    return 0;
}
