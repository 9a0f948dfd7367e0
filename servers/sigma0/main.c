/*
 * main.c - sigma0: the first pager, owner of all memory the kernel left over.
 *
 * It runs 1:1 on physical memory, has no pager of its own and never ends. All
 * decisions are in protocol.c; here are the message registers, the kernel
 * interface page and the console. Answers go out with a zero timeout, so a
 * client that doesn't wait for one, or accepts no mapping, can't stop it.
 */
#include "map.h"
#include "protocol.h"

#include <l4/ipc.h>
#include <l4/kip.h>
#include <l4/misc.h>
#include <l4/protocol.h>
#include <pn/libc.h>

int main(int argc, char **argv);

static struct sigma0 self;

static void say_full(void)
{
    printf("sigma0: more than %u pieces of memory: the rest is lost\n",
           POOL_EXTENTS);
}

static int assign(const L4_KipServer_t *server, L4_ThreadId_t owner)
{
    return map_assign(&self.pool, server->low, server->high, owner.raw);
}

/* Which memory attributes does the kernel know? It says so for a page of one's
 * own, which has the usual one again in the end. */
static uint32_t known_attributes(void)
{
    static char page[4096] __attribute__((aligned(4096)));
    L4_Fpage_t fpage = L4_FpageLog2((L4_Word_t)page, 12);
    uint32_t known = 0;

    *(volatile char *)page = 0;
    for (L4_Word_t a = L4_WriteProtectedMemory; a >= L4_WriteBackMemory; a--)
        if (L4_Set_PageAttribute(fpage, a))
            known |= 1u << a;
    return known;
}

static void init(void)
{
    const L4_KernelInterfacePage_t *kip = l4_kip(NULL);
    const struct map_desc *descs =
        (const struct map_desc *)L4_MemoryDesc(kip, 0);
    size_t n = L4_NumMemoryDescriptors(kip);

    self.kernel_low = L4_ThreadIdSystemBase(kip);
    self.kernel_high = L4_ThreadIdUserBase(kip);
    self.root = L4_RootServerId(kip).raw;
    self.attributes = known_attributes();
    if (!map_build(&self.pool, descs, n) ||
        !assign(&kip->Sigma0, L4_Sigma0Id(kip)) ||
        !assign(&kip->Sigma1, L4_Sigma1Id(kip)) ||
        !assign(&kip->RootServer, L4_RootServerId(kip)))
        say_full();
}

static const char *kind_name(enum pool_kind kind)
{
    static const char *const names[] = {"none", "conventional", "dedicated",
                                        "boot", "shared"};

    return names[kind];
}

static void dump(void)
{
    const struct pool *p = &self.pool;

    for (size_t i = 0; i < p->count; i++) {
        const struct pool_extent *e = &p->extent[i];

        printf("sigma0: %05x000-%05xfff %-12s ", e->first, e->last,
               kind_name((enum pool_kind)e->kind));
        if (e->owner == POOL_FREE)
            printf("%s\n", e->kind == POOL_SHARED ? "-" : "free");
        else
            printf("%u.%u\n", e->owner >> 14, e->owner & 0x3fff);
    }
    printf("sigma0: %u KB free, %u of %u pieces in use\n",
           pool_sum(p, POOL_CONVENTIONAL, POOL_FREE) * 4, (unsigned)p->count,
           POOL_EXTENTS);
}

/* One line on a request, by verbosity. A fault without an answer leaves a
 * thread waiting for ever, so that one is always told. */
static void log_request(uint32_t from, uint32_t tag, const uint32_t mr[4],
                        enum sigma0_reply reply)
{
    int io = (tag >> 20) == (L4_LabelIoPageFault >> 4);
    int given = reply == SIGMA0_MAP || reply == SIGMA0_MAP_AS;
    int fault = io || (tag >> 20) == (L4_LabelPageFault >> 4);

    if (reply == SIGMA0_SILENT && fault)
        printf("sigma0: no %s for thread %u.%u at %08x (ip %08x)\n",
               io ? "ports" : "memory", from >> 14, from & 0x3fff, mr[1],
               mr[2]);
    else if (self.verbose >= (given ? 2 : 1))
        printf("sigma0: thread %u.%u label %04x: %08x %08x: %s\n", from >> 14,
               from & 0x3fff, tag >> 16, mr[1], mr[2],
               given                    ? "given"
               : reply == SIGMA0_REFUSE ? "refused"
                                        : "no answer");
}

/* `attribute`: the one asked for, if the reply is SIGMA0_MAP_AS. */
static enum sigma0_reply handle(L4_ThreadId_t from, L4_MsgTag_t tag,
                                uint32_t item[2], uint32_t *attribute)
{
    L4_Word_t words[4];
    uint32_t mr[4];
    enum sigma0_reply reply;

    L4_StoreMRs(0, 4, words);
    for (int i = 0; i < 4; i++)
        mr[i] = (uint32_t)words[i];
    *attribute = mr[2];
    reply = sigma0_handle(&self, from.raw, tag.raw, mr, item);
    if (reply == SIGMA0_DUMP || reply == SIGMA0_DUMP_REPLY)
        dump();
    else
        log_request(from.raw, tag.raw, mr, reply);
    return reply;
}

/* Put the answer into the MRs; 0 if there is none. */
static int load_answer(enum sigma0_reply reply, const uint32_t item[2])
{
    switch (reply) {
    case SIGMA0_MAP:
    case SIGMA0_MAP_AS:
    case SIGMA0_REFUSE:
        L4_Set_MsgTag(l4_tag(2UL << 6));
        L4_LoadMR(1, item[0]);
        L4_LoadMR(2, item[1]);
        return 1;
    case SIGMA0_DUMP_REPLY:
        L4_Set_MsgTag(L4_Niltag);
        return 1;
    default:
        return 0;
    }
}

/* The kernel gives an attribute to pages that are mapped: so first they are. */
static L4_MsgTag_t answer_as(L4_ThreadId_t to, L4_Fpage_t memory,
                             L4_Word_t attribute, L4_ThreadId_t *from)
{
    (void)L4_Reply(to);
    (void)L4_Set_PageAttribute(memory, attribute);
    return L4_Wait(from);
}

int main(int argc, char **argv)
{
    L4_ThreadId_t from;
    L4_MsgTag_t tag;
    uint32_t item[2], attribute = 0;

    (void)argc;
    (void)argv;
    init();
    L4_Accept(L4_UntypedWordsAcceptor);
    tag = L4_Wait(&from);
    for (;;) {
        enum sigma0_reply reply = SIGMA0_SILENT;

        if (L4_IpcSucceeded(tag))
            reply = handle(from, tag, item, &attribute);
        if (!load_answer(reply, item))
            tag = L4_Wait(&from);
        else if (reply == SIGMA0_MAP_AS)
            tag = answer_as(from, l4_fpage(item[1]), attribute, &from);
        else
            tag = L4_ReplyWait(from, &from);
    }
}
