/*
 * program.c - loading, mapping and removing programs (program.h).
 *
 * The image is copied in full before the program starts; its pages are mapped
 * when it touches them.
 */
#include "program.h"
#include "chains.h"
#include "devices.h"
#include "guard.h"
#include "heap.h"
#include "memory.h"
#include "paged.h"
#include "placement.h"
#include "watch.h"

#include <l4/kip.h>
#include <pn/elf.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/space.h>

#define UTCBS_LOG2 12

#define VERSION_MASK  0x3fffUL
#define VERSION_LOCAL 0x3fUL

struct program *programs;
unsigned program_count;

static unsigned most;
static uint16_t *by_number; /* 1 + index of the program of a thread number */

int programs_make(unsigned wanted)
{
    L4_Word_t numbers = 2UL << L4_ThreadIdBits(NULL);

    programs =
        (struct program *)memory_get(memory_log2(wanted * sizeof *programs));
    by_number = (uint16_t *)memory_get(memory_log2(numbers));
    if (!programs || !by_number)
        return 0;
    memset(by_number, 0, numbers);
    most = wanted;
    return 1;
}

unsigned programs_most(void)
{
    return most;
}

/* --- who is who --- */

int program_lives(const struct program *p)
{
    return p->state == PROGRAM_RUNNING || p->state == PROGRAM_STUCK;
}

int program_is_restricted(const struct program *p)
{
    return p->server && !p->server->talks_to_all;
}

struct program *program_of(L4_ThreadId_t thread)
{
    unsigned n = by_number[L4_ThreadNo(thread)];
    struct program *p = n == 0 ? NULL : &programs[n - 1];

    return p && L4_IsThreadEqual(p->thread, thread) && program_lives(p) ? p
                                                                        : NULL;
}

/* The next place in the table, which is not taken by that. */
static struct program *prepare(const char *name, struct boot_module *image)
{
    struct program *p = &programs[program_count];

    if (program_count == most || program_named(name))
        return NULL;
    memset(p, 0, sizeof *p);
    snprintf(p->name, sizeof p->name, "%s", name);
    p->image = image;
    return p;
}

static void enter(struct program *p)
{
    program_count++;
    chain_enter(p);
}

void program_rename(struct program *p, const char *name)
{
    chain_leave(p);
    snprintf(p->name, sizeof p->name, "%s", name);
    chain_enter(p);
}

struct program *program_add(const char *name, struct boot_module *image,
                            const struct pn_spec *server)
{
    struct program *p = prepare(name, image);

    if (!p)
        return NULL;
    p->server = server;
    p->state = PROGRAM_DOWN;
    enter(p);
    return p;
}

/* --- its memory --- */

L4_Word_t program_data(const struct program *p)
{
    return p->high + BEHIND * PAGE_SIZE;
}

L4_Word_t program_data_pages(const struct program *p)
{
    return p->data ? (p->data->bytes + PAGE_SIZE - 1) / PAGE_SIZE : 0;
}

L4_Word_t program_devices(const struct program *p)
{
    return program_data(p) + program_data_pages(p) * PAGE_SIZE;
}

L4_Word_t program_devices_end(const struct program *p)
{
    return program_devices(p) + devices_pages(p) * PAGE_SIZE;
}

L4_Word_t program_pages_least(const struct program *p)
{
    return program_devices_end(p) / PAGE_SIZE;
}

L4_Word_t program_pages(const struct program *p)
{
    L4_Word_t pages = p->paged ? program_pages_most(p)
                               : program_pages_least(p) + p->heap_used;

    return pages > p->least ? pages : p->least;
}

L4_Word_t program_pages_most(const struct program *p)
{
    return program_pages_least(p) + p->heap_pages + p->paged / PAGE_SIZE;
}

/* Is it in the block, image and arguments? */
static int in_block(const struct program *p, L4_Word_t address)
{
    return address >= p->low && address < p->high + PAGE_SIZE;
}

/* The page of the module that it may read; 0: it is none. */
static L4_Word_t data_at(const struct program *p, L4_Word_t address)
{
    L4_Word_t offset = (address & -PAGE_SIZE) - program_data(p);

    if (address < program_data(p) ||
        offset / PAGE_SIZE >= program_data_pages(p))
        return 0;
    return p->data->start + offset;
}

L4_Fpage_t program_page(struct program *p, L4_Word_t address, L4_Word_t access)
{
    L4_Word_t page = data_at(p, address);

    if (page && (access & L4_Writable))
        return L4_Nilpage;
    if (page)
        return L4_FpageAddRights(L4_FpageLog2(page, PAGE_LOG2),
                                 L4_Readable | L4_eXecutable);
    if (in_block(p, address) && p->shared)
        return shared_page(p, address, access);
    if (in_block(p, address))
        page = p->block + ((address & -PAGE_SIZE) - p->low);
    else
        page = devices_page(p, address);
    if (!page)
        page = heap_touch(p, address);
    if (!page)
        return L4_Nilpage;
    return L4_FpageAddRights(L4_FpageLog2(page, PAGE_LOG2), L4_FullyAccessible);
}

const void *program_view(const struct program *p, L4_Word_t address,
                         L4_Word_t *bytes)
{
    L4_Word_t offset = address % PAGE_SIZE, page = 0;

    *bytes = PAGE_SIZE - offset;
    if (in_block(p, address) && p->shared)
        page = shared_at(p, address);
    else if (in_block(p, address))
        page = p->block + (address - offset - p->low);
    else if (address - offset == p->high + 2 * PAGE_SIZE)
        page = (L4_Word_t)L4_GetKernelInterface(); /* as ours */
    else if (data_at(p, address))
        page = data_at(p, address);
    else
        page = heap_at(p, address);
    return page ? (const void *)(page + offset) : NULL;
}

void program_stop(struct program *p)
{
    p->state = PROGRAM_STUCK;
    if (p->irqs > 0)
        program_remove(p, PROGRAM_KILLED);
}

/* Memory that could still be mapped somewhere is not used again. */
static void forget(struct program *p, int unmapped)
{
    int keeps = p->server && p->server->keep_heap;

    if (unmapped && p->block)
        memory_put(p->block, p->block_log2);
    p->block = 0;
    shared_free(p, unmapped);
    if (unmapped && !keeps)
        heap_free(p);
    else if (!unmapped)
        heap_forget(p);
}

void program_remove(struct program *p, enum program_state state)
{
    if (!program_lives(p))
        return;
    p->state = state;
    devices_detach(p);
    forget(p, pn_thread_kill(p->thread));
    paged_end(p);
}

/* --- loading --- */

/* Copy image and arguments into a block of memory. */
static const char *fill(struct program *p, const struct pn_elf *elf,
                        const char *line)
{
    L4_Word_t image = p->high - p->low;

    if (shared_is_for(p))
        return shared_fill(p, elf, line);
    p->block_log2 = memory_log2(image + PAGE_SIZE);
    p->block = memory_get(p->block_log2);
    if (!p->block)
        return "too large for the memory that is left";
    pn_elf_load(elf, p->low, (void *)p->block, image);
    memset((void *)(p->block + image), 0, PAGE_SIZE);
    snprintf((char *)(p->block + image), PN_ARGS_LENGTH, "%s", line);
    return NULL;
}

/* The thread's first id, or the next version of it. Version bits 0 to 5 are
 * never all 0, as they are in a local id. */
static L4_ThreadId_t next_id(L4_ThreadId_t thread)
{
    L4_Word_t version = L4_Version(thread);

    if (L4_IsNilThread(thread))
        return pn_new_tid();
    do
        version = (version + 1) & VERSION_MASK;
    while ((version & VERSION_LOCAL) == 0);
    return L4_GlobalId(L4_ThreadNo(thread), version);
}

static const char *take_id(struct program *p)
{
    L4_ThreadId_t id = next_id(p->thread);

    if (L4_IsNilThread(id))
        return "no thread number is left for it";
    p->thread = id;
    guard_forget(id);
    by_number[L4_ThreadNo(id)] = (uint16_t)(p - programs + 1);
    return NULL;
}

/* Place it, give it its devices, and set it going. */
static const char *launch(struct program *p, L4_Word_t entry,
                          const struct command *command)
{
    const char *error = devices_attach(p);

    if (error)
        return error;
    if (program_is_restricted(p) && !guard_restrict(p)) {
        devices_detach(p);
        return L4_ErrorCode_String(L4_ErrorCode());
    }
    if (!placement_set(p, p->size) && p->size == COMMAND_SMALL)
        printf("root: %s: no small space of %lu pages to be had\n", p->name,
               program_pages(p));
    if (command->priority > 0)
        watch_set_priority(p->thread, command->priority);
    else if (p->irqs > 0)
        watch_set_priority(p->thread, DRIVER_PRIORITY);
    if (pn_thread_start(p->thread, entry, pn_start_sp(p->high)))
        return NULL;
    devices_detach(p);
    return "its thread did not take the start message";
}

/* Give it a thread and a space, and use them. */
static const char *start(struct program *p, L4_Word_t entry,
                         const struct command *command)
{
    struct pn_layout layout = {p->high + 2 * PAGE_SIZE, p->high + PAGE_SIZE,
                               UTCBS_LOG2};
    const char *error = take_id(p);

    if (error)
        return error;
    if (!pn_space_make(p->thread, &layout, L4_MyGlobalId()))
        return L4_ErrorCode_String(L4_ErrorCode());
    error = launch(p, entry, command);
    if (error)
        (void)pn_thread_kill(p->thread);
    return error;
}

/* The addresses of all that it may have, and how it is placed there. */
static const char *lay_out(struct program *p, const struct pn_elf *elf,
                           const struct command *command)
{
    L4_Word_t low = elf->low & -PAGE_SIZE;
    L4_Word_t high = (elf->high + PAGE_SIZE - 1) & -PAGE_SIZE;
    L4_Word_t heap = command->heap * 1024UL;

    if (command->memory && high - low + heap > command->memory)
        return "its image and heap are more than its memory";
    p->low = low;
    p->high = high;
    p->size = command->size;
    p->threshold = command->threshold ? command->threshold : GROWTH_THRESHOLD;
    p->refused = 0;
    p->faults = 0;
    p->backoff = (struct backoff){0, 0};
    if (program_devices(p) > USER_END)
        return "there are no addresses for its data";
    if (program_devices_end(p) > USER_END)
        return "there are no addresses for its device memory";
    return heap_make(p, command->heap);
}

static const char *load(struct program *p, const struct command *command)
{
    struct pn_elf elf;
    const char *error = command->error;

    if (!error)
        error = devices_claim(p, command);
    if (!error && !module_open(p->image))
        error = "its memory is not to be had from sigma0";
    if (!error && p->data && !module_open(p->data))
        error = "its data is not to be had from sigma0";
    if (!error)
        error = pn_elf_open(&elf, (const void *)p->image->start,
                            p->image->bytes, USER_END - BEHIND * PAGE_SIZE);
    if (!error)
        error = lay_out(p, &elf, command);
    p->least = command->least / (unsigned)PAGE_SIZE;
    if (!error && p->server && p->size == COMMAND_SMALL &&
        program_pages_most(p) > p->least)
        p->least = (unsigned)program_pages_most(p);
    if (!error)
        error = fill(p, &elf, command->line);
    return error ? error : start(p, elf.entry, command);
}

const char *program_start(struct program *p)
{
    static struct command command;
    const char *error;

    if (p->server)
        command_describe(&command, p->server, p->name);
    else
        command_parse(&command, p->image->command);
    error = load(p, &command);
    if (error)
        forget(p, 1);
    else
        p->state = PROGRAM_RUNNING;
    return error;
}

/* A name that no other program has: "name", "name.2", ... */
static void name_program(char *name, size_t size, const char *base)
{
    snprintf(name, size, "%.16s", base);
    for (unsigned n = 2; program_named(name); n++)
        snprintf(name, size, "%.16s.%u", base, n);
}

void program_load(struct boot_module *image)
{
    char name[sizeof programs->name];
    struct program *p;
    const char *error;

    name_program(name, sizeof name, image->name);
    p = prepare(name, image);
    if (!p) {
        printf("root: %s: not loaded: %u programs are the most\n", name, most);
        return;
    }
    error = program_start(p);
    if (error) {
        printf("root: %s: not loaded: %s\n", p->name, error);
        return;
    }
    enter(p);
    printf("root: %s: thread %lu.%lu, %s space, %lu KB at %lx\n", p->name,
           L4_ThreadNo(p->thread), L4_Version(p->thread),
           pn_space_is_small(p->thread) ? "small" : "large",
           (p->high - p->low) / 1024, p->low);
}
