/*
 * worker.h - client and server, and what the root server shares with them.
 *
 * All three run this program's image, mapped 1:1 into their spaces, variables
 * included. The root server is their pager and gives the orders; it is not
 * part of what is measured.
 */
#pragma once

#include <l4/types.h>
#include <l4/message.h>
#include "loop.h"
#include "options.h"

/* Labels of messages. */
enum label {
    LABEL_READY = 0x10, /* server -> root: touched everything; no answer */
    LABEL_DONE,         /* client -> root: did it; the answer is the next job */
    LABEL_BAD,          /* any -> root: enum trouble, got, wanted */
    LABEL_VERIFY,       /* client -> server: words to check */
    LABEL_VERIFIED,     /* the answer, other words */
    LABEL_GO            /* client -> server: enter the measured loop */
};

enum trouble {
    TROUBLE_TAG, /* another tag than expected; IPC errors among them */
    TROUBLE_WORD,
    TROUBLE_FROM,
    TROUBLE_LOOP_TAG, /* ... in the measured loop */
    TROUBLE_LOOP_WORD
};

struct job {
    call_loop *loop;
    unsigned mrs, turns, warmup, samples;
};

struct shared {
    /* Written by the root server before it starts the workers. */
    L4_ThreadId_t root, client, server;
    L4_ThreadId_t client_seen, server_seen; /* as the other side sees them */
    /* ... before it answers LABEL_DONE. */
    struct job job;
    /* Written by the client. */
    L4_Word_t sample[SAMPLES_MAX];
};

extern struct shared shared;
extern union party client_party, server_party;

/* Fill touch_area for call_cold. */
void cold_fill(void);

struct loop *client_loop(void);
struct loop *server_loop(void);

/* Where the threads begin; their stacks end at their loops' lines. */
void client_main(void) __attribute__((noreturn));
void server_main(void) __attribute__((noreturn));

/* --- verify.c: is a message what was sent? --- */

/* Word i of a message from the client; `salt` makes messages different. */
L4_Word_t client_word(unsigned salt, unsigned i);

void set_client_words(unsigned salt, unsigned n);

/* Each message length once, client's and server's side. The client ends with
 * LABEL_GO; the server returns with it, not answered yet. */
void verify_as_client(void);
void verify_as_server(void);

/* Do the words still stand in the MRs? */
void check_client_words(unsigned salt, unsigned n, enum trouble trouble);

/* Tell the root server, and stop. */
void bad(enum trouble trouble, L4_Word_t got, L4_Word_t wanted)
    __attribute__((noreturn));
