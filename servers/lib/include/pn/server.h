/*
 * pn/server.h - a server is its handlers; the loop that calls them is here.
 *
 *     static int add(struct pn_call *c)
 *     {
 *         c->word[0] += c->word[1];
 *         return 1;                    // the answer has one word
 *     }
 *
 *     static const struct pn_operation operations[] = {
 *         {HELLO_ADD, 2, add},         // label, words of a request
 *         {0, 0, 0},
 *     };
 *
 *     int main(int argc, char **argv)
 *     {
 *         return pn_serve(&(struct pn_server){.operations = operations});
 *     }
 *
 * A request is an ordinary message: a label, words, and perhaps one string. Its
 * answer has label 0 and words, or label PN_LABEL_NO and one word, an enum
 * pn_problem. The loop itself refuses labels that no operation has and requests
 * with another number of words, and answers PN_LABEL_ALIVE, by which a
 * supervisor sees that the server is not stuck, and PN_LABEL_SERVED. No client
 * can stop it: answers do not wait for anybody.
 */
#pragma once

#include <stddef.h>
#include <l4/ipc.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_LABEL_NO    0x0bad
#define PN_LABEL_ALIVE 0x0a1e
#define PN_LABEL_SERVED 0x5e4f /* the answer: how many requests so far */

enum pn_problem {
    PN_UNKNOWN = 1, /* no such operation, or not with so many words */
    PN_INVALID,     /* a word of the request makes no sense */
    PN_NOT_FOUND,
    PN_NO_ROOM,
    PN_DENIED,
    PN_BUSY,        /* not now; try again */
    PN_BROKEN,      /* the device, or what lies on it */
    PN_GONE,        /* only from pn_request: nobody is there to ask */
};

const char *pn_problem_name(enum pn_problem problem);

/* Have the pages of a string mapped: on its way stands perhaps somebody for whom
 * nobody resolves faults (`talk` in the system description). What is declared
 * here does so itself. */
void pn_be_there(const void *string, size_t bytes);
void pn_be_writable(void *string, size_t bytes);

/* --- the server's side --- */

#define PN_WORDS 60 /* of a message, beside a string */
#define PN_LATER 0x1000 /* a handler's result: the answer comes by pn_answer */

struct pn_call {
    L4_ThreadId_t from;
    L4_Word_t label;
    unsigned words;           /* of the request */
    L4_Word_t word[PN_WORDS]; /* the request's, then the answer's */
    size_t bytes;             /* of a string, in the server's buffer */
    L4_Fpage_t mapped;        /* what came into the window; nil: nothing */
    const void *string;       /* of the answer; null: none */
    size_t string_bytes;
};

/* Answers a request: the number of words of the answer, PN_LATER, or minus an
 * enum pn_problem. */
typedef int pn_handler(struct pn_call *c);

#define PN_ANY_WORDS 64 /* an operation checks the number itself */

struct pn_operation {
    L4_Word_t label;
    unsigned words;
    pn_handler *handle; /* null ends the table */
};

struct pn_server {
    const struct pn_operation *operations;
    /* Messages with other labels, as the kernel's; null: they are refused. */
    pn_handler *other;
    /* Strings of requests come here; null: none are taken. */
    void *buffer;
    size_t buffer_size;
    /* Where pages that a request maps shall come, asked ahead of each; null:
     * none are taken. */
    L4_Fpage_t (*window)(void);
    /* Notification bits of this mask have come (pn/notify.h). */
    L4_Word_t mask;
    void (*notified)(L4_Word_t bits);
    /* An interrupt has come; its line is open again when this returns. */
    void (*interrupt)(L4_ThreadId_t line);
    /* Called every so many ms, late rather than early; 0: never. It may change
     * at any time. */
    unsigned tick_ms;
    void (*tick)(void);
};

/* Serves until the program is ended. */
int pn_serve(const struct pn_server *server) __attribute__((noreturn));

/* What pn_serve does with a request: the handler's result, or a refusal. */
int pn_handle(const struct pn_server *server, struct pn_call *c);

/* The answer to a call whose handler said PN_LATER. It does not wait: a client
 * that has gone costs nothing. */
void pn_answer(L4_ThreadId_t to, const L4_Word_t *words, unsigned n);
void pn_answer_no(L4_ThreadId_t to, enum pn_problem problem);

/* --- the client's side --- */

/* How long the functions below wait for an answer, if nothing else is said; 0, as
 * it begins: for ever. */
extern unsigned pn_patience_ms;

/* A request and its answer; `send` and `receive` are strings, or null. */
struct pn_request {
    L4_ThreadId_t server;
    L4_Word_t label;
    unsigned words;
    L4_Word_t word[PN_WORDS]; /* the request's, then the answer's */
    const void *send;
    size_t send_bytes;
    void *receive;
    size_t receive_size;      /* room there */
    size_t received;          /* bytes that came */
    unsigned patience_ms;     /* 0: pn_patience_ms */
};

/* The number of words of the answer, or minus an enum pn_problem; PN_INVALID
 * also if the server takes no string so long, PN_NO_ROOM if its answer's does not
 * fit into receive_size, PN_BUSY if the patience is at its end. */
int pn_request(struct pn_request *r);

/* The same for words alone: the request's n are in words[], where the answer's
 * first `answer` come; there is room for so many. */
int pn_ask(L4_ThreadId_t server, L4_Word_t label, L4_Word_t *words, unsigned n,
           unsigned answer);

#ifdef __cplusplus
}
#endif
