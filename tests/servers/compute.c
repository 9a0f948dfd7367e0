/*
 * tests/servers/compute.c - the server for load: right answers, and as busy as
 * it should be.
 */
#include <pn/compute.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/tap.h>

#include <l4/schedule.h>

int main(int argc, char **argv);

static L4_ThreadId_t server;
static char text[PN_COMPUTE_BYTES + 1];

static int hash(size_t bytes, L4_Word_t *value)
{
    struct pn_request r = {.server = server,
                           .label = PN_COMPUTE_HASH,
                           .send = text,
                           .send_bytes = bytes};
    int n = pn_request(&r);

    *value = r.word[0];
    return n;
}

int main(int argc, char **argv)
{
    L4_Word_t words[2] = {0x7fffffff, 0x80000003}, value = 0;
    L4_Word64_t begin;

    (void)argc;
    (void)argv;
    server = pn_find(PN_COMPUTE_NAME);
    ok(pn_ask(server, PN_COMPUTE_ADD, words, 2, 1) == 1 && words[0] == 2,
       "it adds, modulo 2^32");
    memcpy(text, "foobar", 6);
    ok(hash(6, &value) == 1 && value == 0xbf9cf968, "it hashes: %lx", value);
    ok(hash(PN_COMPUTE_BYTES, &value) == 1 &&
           hash(PN_COMPUTE_BYTES + 1, &value) == -PN_INVALID,
       "up to %u bytes", PN_COMPUTE_BYTES);
    words[0] = 30;
    begin = L4_SystemClock().raw;
    ok(pn_ask(server, PN_COMPUTE_BUSY, words, 1, 1) == 1 && words[0] >= 30 &&
           L4_SystemClock().raw - begin >= 30000,
       "it is busy for as long as it says: %lu ms", words[0]);
    words[0] = PN_COMPUTE_MS + 1;
    is((L4_Word_t)pn_ask(server, PN_COMPUTE_BUSY, words, 1, 1),
       (L4_Word_t)-PN_INVALID, "but not for ever");
    done();
}
