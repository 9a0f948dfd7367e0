/*
 * program.h - the programs that the root server runs.
 *
 * A program is a boot module in a space of its own. Its image lies where it was
 * linked; behind the image come three pages: the argument line, the UTCBs, and
 * the kernel interface page; then a boot module that it may read, and device
 * memory, if it has any. So a space can be small with as many pages as lie
 * below the end of these.
 *
 *     low         high        +4K      +8K      +12K
 *      | image     | arguments | UTCBs  | KIP    | data    | devices | heap ...
 *      \_ the program's block  _/                          devices.h  heap.h
 *
 * What a program is to get, its module's command line says, or the system
 * description. A program that is started again has the same place in the table
 * and the same thread number, with the next version.
 *
 * The table is changed by the supervisor (main.c) only; the monitor reads it.
 */
#pragma once

#include "command.h"
#include "growth.h"
#include "modules.h"
#include "policy.h"
#include "shared.h"

#include <l4/types.h>

#define USER_END 0xc0000000UL
#define BEHIND   3 /* pages behind the image: arguments, UTCBs, KIP */

/* Drivers go before the other programs, the monitor and the supervisor
 * (watch.h), unless the description gives them a priority. */
#define DRIVER_PRIORITY 220

enum program_state {
    PROGRAM_RUNNING,
    PROGRAM_STUCK, /* did what it can't go on from; waits for ever */
    PROGRAM_ENDED, /* said so; nothing of it is left */
    PROGRAM_KILLED,
    /* Servers of the description: */
    PROGRAM_RESTARTING, /* gone; will be started again */
    PROGRAM_FAILED,     /* gone; was started again too often, or never is */
    PROGRAM_DOWN        /* gone; it ended well, or somebody wanted it so */
};

struct program {
    char name[24];
    unsigned next_named; /* 1 + index of the next in its chain; 0: none */
    L4_ThreadId_t thread;
    enum program_state state;
    L4_Word_t status; /* PROGRAM_ENDED: what it said */
    struct boot_module *image;
    struct boot_module *data;     /* what it may read; null: nothing */
    const struct pn_spec *server; /* null: its module's line says all */
    L4_Word_t low;                /* image, on page borders */
    L4_Word_t high;
    L4_Word_t block; /* its memory, from `low` on; 0: none */
    L4_Word_t block_log2;
    L4_Word_t shared; /* instead of that, the image of all its instances */
    L4_Word_t own[SHARED_PAGES]; /* and pages of its own; 0: not yet */
    enum command_size size; /* how it is placed */
    unsigned threshold;     /* COMMAND_AUTO: pages of the largest small space */
    unsigned least;         /* pages of a small space, at least */
    unsigned refused;       /* accesses beyond its memory, while it is small */
    unsigned faults;        /* page faults, since it was started */
    struct backoff backoff; /* giving back */
    L4_Word_t *heap;        /* the address of each page; 0: not touched yet */
    L4_Word_t heap_log2;    /* bytes of that table */
    unsigned heap_pages;
    unsigned heap_used; /* behind the last that was touched */
    L4_ThreadId_t pager;  /* of the pages behind the heap; nil: there are none */
    L4_Word_t paged;      /* bytes of these (paged.h) */
    L4_Fpage_t ports[COMMAND_PORTS];
    unsigned port_ranges;
    struct pn_device_range device[PN_SYSTEM_DEVICES];
    unsigned devices;
    unsigned irq[COMMAND_LINES];
    unsigned irqs;
    struct restart restart; /* supervisor.h */
    char why[48];           /* the server does not run, for people */
};

extern struct program *programs;
extern unsigned program_count;

/* Make a table for so many programs, and find their threads; 1 if done. */
int programs_make(unsigned most);
unsigned programs_most(void);

/* A new program, which is not started; null: the table is full, or the name
 * taken. */
struct program *program_add(const char *name, struct boot_module *image,
                            const struct pn_spec *server);

/* It does not live; nobody has that name. */
void program_rename(struct program *p, const char *name);

/* Start the module as a program. Prints one line about what it became, or why
 * it could not be loaded; then it is in no table. */
void program_load(struct boot_module *image);

/* Load it anew and set it going; null, or why that can't be. */
const char *program_start(struct program *p);

/* The program of a thread, or by name, or null. */
struct program *program_of(L4_ThreadId_t thread);
struct program *program_named(const char *name);

/* Does the program have a thread and memory? */
int program_lives(const struct program *p);

/* Has it a list of those it may talk to? */
int program_is_restricted(const struct program *p);

/* The fpage that resolves a fault at `address`, for such an access (L4_Writable
 * and so on); nil if the program may not have it. */
L4_Fpage_t program_page(struct program *p, L4_Word_t address, L4_Word_t access);

/* It can't go on. A driver is removed, so that its clients hear of it. */
void program_stop(struct program *p);

/* Remove its thread, space and memory; a heap that is kept stays. */
void program_remove(struct program *p, enum program_state state);

/* What of the program's memory can be read at `address`, and how many bytes
 * there are up to the end of the page; null: nothing. */
const void *program_view(const struct program *p, L4_Word_t address,
                         L4_Word_t *bytes);

/* Where the module that it may read begins. */
L4_Word_t program_data(const struct program *p);
L4_Word_t program_data_pages(const struct program *p);

/* Where its device memory begins, and where that ends. */
L4_Word_t program_devices(const struct program *p);
L4_Word_t program_devices_end(const struct program *p);

/* Pages a small space must have to hold the program, as it is now; without any
 * heap; with all of it, and the pages that another program gives it. */
L4_Word_t program_pages(const struct program *p);
L4_Word_t program_pages_least(const struct program *p);
L4_Word_t program_pages_most(const struct program *p);
