/* A hash table of decoded instructions. */
#include "icode.h"

#include <stdlib.h>
#include <string.h>

#include "decode.h"

#define BUCKETS 16384u

struct node {
    struct insn insn; /* first: handed out */
    struct node *next;
};

static struct node *bucket[BUCKETS];

static bool same(const struct insn *insn, uint32_t va, const uint8_t *bytes,
                 unsigned length)
{
    return insn->va == va && insn->length == length &&
           !memcmp(insn->bytes, bytes, length);
}

struct insn *icode_get(uint32_t va, const uint8_t *bytes, unsigned length)
{
    struct node **head = &bucket[(va ^ va >> 14) % BUCKETS];
    for (struct node *n = *head; n; n = n->next)
        if (same(&n->insn, va, bytes, length))
            return &n->insn;
    struct node *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    decode(&n->insn, va, bytes, length);
    n->next = *head;
    *head = n;
    return &n->insn;
}
