/*
 * compute - a server for load (pn/compute.h): adds, hashes, or is just busy.
 */
#include <pn/compute.h>
#include <pn/server.h>

#include <l4/schedule.h>

int main(int argc, char **argv);

#define US_PER_MS 1000u

static char text[PN_COMPUTE_BYTES];

static int add(struct pn_call *c)
{
    c->word[0] += c->word[1];
    return 1;
}

static int hash(struct pn_call *c)
{
    L4_Word_t h = 2166136261u;

    for (size_t i = 0; i < c->bytes; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    c->word[0] = h;
    return 1;
}

static int busy(struct pn_call *c)
{
    L4_Word64_t begin = L4_SystemClock().raw, end;

    if (c->word[0] > PN_COMPUTE_MS)
        return -PN_INVALID;
    end = begin + c->word[0] * US_PER_MS;
    while (L4_SystemClock().raw < end)
        ;
    c->word[0] = (L4_Word_t)(L4_SystemClock().raw - begin) / US_PER_MS;
    return 1;
}

static const struct pn_operation operations[] = {
    {PN_COMPUTE_ADD, 2, add},
    {PN_COMPUTE_HASH, 0, hash},
    {PN_COMPUTE_BUSY, 1, busy},
    {0, 0, NULL},
};

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pn_serve(&(struct pn_server){
        .operations = operations, .buffer = text, .buffer_size = sizeof text});
}
