/*
 * path.c - the spaces of client and server (path.h).
 *
 * Client and server have the same thread numbers in every path, so that the
 * kernel's data about them lies in the same cache sets; versions tell them
 * apart. Their UTCBs are in different slots of their areas for the same reason.
 */
#include "path.h"
#include "worker.h"

#include <l4/ia32/specifics.h>
#include <l4/kip.h>
#include <l4/space.h>
#include <l4/thread.h>
#include <pn/image.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/space.h>

#define X2_SLOT_MB      16
#define LOCAL_ID_OFFSET 0x100 /* of MR0 in a UTCB (X.2 IA-32) */

static const struct {
    int one_space, client_small, server_small;
} paths[PATHS] = {
    {1, 0, 0}, {0, 1, 1}, {0, 1, 0}, {0, 0, 1}, {0, 0, 0},
};

static const char *
kind(int small)
{
    return small ? "small" : "large";
}

const char *
path_client_kind(unsigned path)
{
    return kind(paths[path].client_small);
}

const char *
path_server_kind(unsigned path)
{
    return kind(paths[path].server_small);
}

static int
failed(unsigned path, const char *what)
{
    printf("pingpong: error: %s: %s: %s\n", path_names[path], what,
           L4_ErrorCode_String(L4_ErrorCode()));
    return 0;
}

/* The control word for a space; `number` counts X.2's slots. */
static L4_Word_t
control_word(int small, int x2_slots, unsigned number)
{
    if (!small)
        return 0;
    if (x2_slots)
        return L4_SpaceControlSmall |
               L4_SmallSpace(number * X2_SLOT_MB, X2_SLOT_MB);
    return PN_SmallPages(pn_image_high() / PAGE_BYTES);
}

/* A new space with `tid`, not active yet, as its first thread. */
static int
make_space(unsigned path, L4_ThreadId_t tid, L4_Word_t control)
{
    L4_Fpage_t kip = L4_FpageLog2(WORKER_KIP, L4_KipAreaSizeLog2(0));
    L4_Fpage_t utcb = L4_FpageLog2(WORKER_UTCB, 12);
    L4_Word_t old = 0;

    if (!L4_ThreadControl(tid, tid, L4_MyGlobalId(), L4_nilthread, (void *)-1))
        return failed(path, "cannot make a thread");
    if (!L4_SpaceControl(tid, control, kip, utcb, L4_nilthread, &old))
        return failed(path, "cannot set up a space");
    if (control && !PN_TookEffect(old)) {
        printf("pingpong: error: %s: the kernel refuses to make a space small "
               "(control word %08lx)\n",
               path_names[path], control);
        return 0;
    }
    return 1;
}

static int
start(unsigned path, L4_ThreadId_t tid, L4_ThreadId_t space, unsigned utcb_slot,
      void (*entry)(void), struct loop *loop)
{
    L4_Word_t *sp = (L4_Word_t *)(void *)loop;

    if (!pn_thread_make(tid, space, L4_MyGlobalId(),
                        pn_utcb_slot(WORKER_UTCB, utcb_slot)))
        return failed(path, "cannot activate a thread");
    *--sp = 0; /* entry() never returns */
    if (!pn_thread_start(tid, (L4_Word_t)entry, (L4_Word_t)sp))
        return failed(path, "cannot start a thread");
    return 1;
}

/* X.2: a partner in one's own space is named by its local id. */
static void
set_ids(unsigned path)
{
    static L4_Word_t numbers[2];
    L4_Word_t version = 2 + path;

    for (unsigned i = 0; i < 2; i++)
        if (!numbers[i])
            numbers[i] = L4_ThreadNo(pn_new_tid());
    shared.root = L4_MyGlobalId();
    shared.client = L4_GlobalId(numbers[0], version);
    shared.server = L4_GlobalId(numbers[1], version);
    shared.client_seen = shared.client;
    shared.server_seen = shared.server;
    if (paths[path].one_space) {
        shared.client_seen =
            l4_id(pn_utcb_slot(WORKER_UTCB, CLIENT_UTCB) + LOCAL_ID_OFFSET);
        shared.server_seen =
            l4_id(pn_utcb_slot(WORKER_UTCB, SERVER_UTCB) + LOCAL_ID_OFFSET);
    }
}

int
path_open(unsigned path, int x2_slots)
{
    L4_Word_t client_control =
        control_word(paths[path].client_small, x2_slots, 0);
    L4_Word_t server_control =
        control_word(paths[path].server_small, x2_slots, 1);

    set_ids(path);
    server_loop()->tag = 0; /* the answer to LABEL_GO */
    if (!make_space(path, shared.client, client_control))
        return 0;
    if (!paths[path].one_space &&
        !make_space(path, shared.server, server_control))
        return 0;
    if (!start(path, shared.client, shared.client, CLIENT_UTCB, client_main,
               client_loop()))
        return 0;
    if (!start(path, shared.server,
               paths[path].one_space ? shared.client : shared.server,
               SERVER_UTCB, server_main, server_loop()))
        return 0;
    return path_holds(path);
}

static int
is_kind(unsigned path, const char *who, L4_ThreadId_t tid, int small)
{
    L4_Word_t old = 0;

    if (!L4_SpaceControl(tid, 0, L4_Nilpage, L4_Nilpage, L4_nilthread, &old))
        return failed(path, "cannot ask about a space");
    if (PN_WasSmall(old) == (L4_Bool_t)small)
        return 1;
    printf("pingpong: error: %s: the %s's space is %s\n", path_names[path], who,
           kind(!small));
    return 0;
}

int
path_holds(unsigned path)
{
    return is_kind(path, "client", shared.client, paths[path].client_small) &&
           is_kind(path, "server", shared.server, paths[path].server_small);
}

int
path_close(unsigned path)
{
    if (!pn_thread_kill(shared.client) || !pn_thread_kill(shared.server))
        return failed(path, "cannot delete a thread");
    return 1;
}
