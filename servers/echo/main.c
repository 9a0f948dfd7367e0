/*
 * echo - an example: a server that answers every message with its own label
 * and words. Typed items are not accepted: BR0 stays as it was at the start.
 */
#include <l4/ipc.h>

int main(int argc, char **argv);

/* The message received is still in the MRs; only the tag must be cleaned. */
static L4_MsgTag_t answer(L4_MsgTag_t tag, L4_ThreadId_t *client)
{
    L4_Set_MsgTag(l4_tag(L4_Label(tag) << 16 | L4_UntypedWords(tag)));
    return L4_ReplyWait(*client, client);
}

int main(int argc, char **argv)
{
    L4_ThreadId_t client;
    L4_MsgTag_t tag;

    (void)argc;
    (void)argv;
    tag = L4_Wait(&client);
    for (;;)
        tag = L4_IpcSucceeded(tag) ? answer(tag, &client) : L4_Wait(&client);
}
