/*
 * tests/shell/liar.c - a file server that is not to be trusted.
 *
 * All its folders are endless, with names that would clear a terminal; its file
 * /big has a gigabyte, of which there is nothing; /cut has 100 bytes, of which
 * there are 10; /no is refused with a reason that does not exist. With the
 * argument `mute` it takes no requests at all, with `tired` some.
 */
#include <l4/ipc.h>
#include <pn/files.h>
#include <pn/libc.h>
#include <pn/program.h>

int main(int argc, char **argv);

enum { FOLDER = 1, BIG, CUT };

static char path[PN_FILES_PATH + 1];

static int tell(struct pn_call *c, L4_Word_t number)
{
    c->word[0] = number;
    c->word[1] = number == FOLDER ? PN_DIRECTORY : PN_FILE;
    c->word[2] = number == BIG ? 1UL << 30 : 100;
    return 3;
}

static int find(struct pn_call *c)
{
    path[c->bytes] = '\0';
    if (strcmp(path, "/no") == 0)
        return -999;
    return tell(c, strcmp(path, "/big") == 0   ? BIG
                   : strcmp(path, "/cut") == 0 ? CUT
                                               : FOLDER);
}

static int stat(struct pn_call *c)
{
    return tell(c, c->word[0]);
}

static int read_file(struct pn_call *c)
{
    c->string = "0123456789";
    c->string_bytes = c->word[0] == CUT && c->word[1] == 0 ? 10 : 0;
    return 0;
}

static int list(struct pn_call *c)
{
    c->word[0]++;
    c->word[1] = BIG;
    c->string = "\033[2Jbig\n";
    c->string_bytes = 8;
    return 2;
}

static const struct pn_operation operations[] = {
    {PN_FILE_FIND, 0, find},
    {PN_FILE_STAT, 1, stat},
    {PN_FILE_READ, 3, read_file},
    {PN_FILE_LIST, 2, list},
    {0, 0, NULL},
};

static void serve_some(void)
{
    for (unsigned i = 0; i < 30; i++) {
        L4_ThreadId_t client;

        (void)L4_Wait(&client);
        L4_Set_MsgTag(L4_Niltag);
        (void)L4_Reply(client);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "tired") == 0)
        serve_some();
    if (argc > 1)
        pn_sleep_forever();
    pn_serve(&(struct pn_server){.operations = operations,
                                 .buffer = path,
                                 .buffer_size = sizeof path - 1});
}
