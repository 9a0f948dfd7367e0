/*
 * program.c - loading, mapping and removing programs (program.h).
 *
 * The image is copied in full before the program starts; its pages are mapped
 * when it touches them.
 */
#include "program.h"
#include "devices.h"
#include "heap.h"
#include "memory.h"
#include "placement.h"

#include <l4/kip.h>
#include <l4/schedule.h>
#include <pn/elf.h>
#include <pn/libc.h>
#include <pn/program.h>
#include <pn/space.h>

#define UTCBS_LOG2 12

struct program programs[PROGRAMS];
unsigned program_count;

int program_lives(const struct program *p)
{
    return p->state == PROGRAM_RUNNING || p->state == PROGRAM_STUCK;
}

struct program *program_of(L4_ThreadId_t thread)
{
    for (unsigned i = 0; i < program_count; i++)
        if (L4_IsThreadEqual(programs[i].thread, thread) &&
            program_lives(&programs[i]))
            return &programs[i];
    return NULL;
}

struct program *program_named(const char *name)
{
    for (unsigned i = 0; i < program_count; i++)
        if (strcmp(programs[i].name, name) == 0)
            return &programs[i];
    return NULL;
}

L4_Word_t program_pages_least(const struct program *p)
{
    return p->high / PAGE_SIZE + BEHIND;
}

L4_Word_t program_pages(const struct program *p)
{
    return program_pages_least(p) + p->heap_used;
}

L4_Word_t program_pages_most(const struct program *p)
{
    return program_pages_least(p) + p->heap_pages;
}

/* Is it in the block, image and arguments? */
static int in_block(const struct program *p, L4_Word_t address)
{
    return address >= p->low && address < p->high + PAGE_SIZE;
}

L4_Fpage_t program_page(struct program *p, L4_Word_t address)
{
    L4_Word_t page;

    if (in_block(p, address))
        page = p->block + ((address & -PAGE_SIZE) - p->low);
    else
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
    if (in_block(p, address))
        page = p->block + (address - offset - p->low);
    else if (address - offset == p->high + 2 * PAGE_SIZE)
        page = (L4_Word_t)L4_GetKernelInterface(); /* as ours */
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

void program_remove(struct program *p, enum program_state state)
{
    if (!program_lives(p))
        return;
    p->state = state;
    devices_detach(p);
    /* Memory that could still be mapped somewhere is not used again. */
    if (pn_thread_kill(p->thread)) {
        memory_put(p->block, p->block_log2);
        heap_free(p);
    }
}

/* "dir/name" -> a name that no other program has: "name", "name.2", ... */
static void name_program(struct program *p, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;

    snprintf(p->name, sizeof p->name, "%.16s", base);
    for (unsigned n = 2; program_named(p->name); n++)
        snprintf(p->name, sizeof p->name, "%.16s.%u", base, n);
}

/* Copy image and arguments into a block of memory. */
static const char *fill(struct program *p, const struct pn_elf *elf,
                        const char *line)
{
    L4_Word_t image = p->high - p->low;

    p->block_log2 = memory_log2(image + PAGE_SIZE);
    p->block = memory_get(p->block_log2);
    if (!p->block)
        return "too large for the memory that is left";
    pn_elf_load(elf, p->low, (void *)p->block, image);
    memset((void *)(p->block + image), 0, PAGE_SIZE);
    snprintf((char *)(p->block + image), PN_ARGS_LENGTH, "%s", line);
    return NULL;
}

/* Give it a space and a thread, and set that going. */
static const char *start(struct program *p, L4_Word_t entry)
{
    struct pn_layout layout = {p->high + 2 * PAGE_SIZE, p->high + PAGE_SIZE,
                               UTCBS_LOG2};
    const char *error;

    p->thread = pn_new_tid();
    if (L4_IsNilThread(p->thread))
        return "no thread number is left for it";
    if (!pn_space_make(p->thread, &layout, L4_MyGlobalId()))
        return L4_ErrorCode_String(L4_ErrorCode());
    if (!placement_set(p, p->size) && p->size == COMMAND_SMALL)
        printf("root: %s: no small space of %lu pages to be had\n", p->name,
               program_pages(p));
    error = devices_attach(p);
    if (error) {
        (void)pn_thread_kill(p->thread);
        return error;
    }
    if (p->irqs > 0)
        (void)L4_Set_Priority(p->thread, DRIVER_PRIORITY);
    if (!pn_thread_start(p->thread, entry, pn_start_sp(p->high))) {
        devices_detach(p);
        (void)pn_thread_kill(p->thread);
        return "its thread did not take the start message";
    }
    return NULL;
}

/* All of it; the program is in the table if there was no error. */
static const char *load(struct program *p, L4_Word_t at, L4_Word_t size,
                        const struct command *command)
{
    struct pn_elf elf;
    const char *error;

    if (command->error)
        return command->error;
    error = devices_claim(p, command);
    if (error)
        return error;
    if (!memory_get_boot(at, size))
        return "its memory is not to be had from sigma0";
    error = pn_elf_open(&elf, (const void *)at, size,
                        USER_END - BEHIND * PAGE_SIZE);
    if (error)
        return error;
    p->low = elf.low & -PAGE_SIZE;
    p->high = (elf.high + PAGE_SIZE - 1) & -PAGE_SIZE;
    error = fill(p, &elf, command->line);
    if (error)
        return error;
    p->size = command->size;
    p->threshold = command->threshold ? command->threshold : GROWTH_THRESHOLD;
    error = heap_make(p, command->heap);
    if (!error)
        error = start(p, elf.entry);
    if (error) {
        memory_put(p->block, p->block_log2);
        heap_free(p);
    }
    return error;
}

void program_load(L4_Word_t at, L4_Word_t size, const char *text)
{
    struct program *p = &programs[program_count];
    struct command command;
    const char *error;

    command_parse(&command, text);
    if (program_count == PROGRAMS) {
        printf("root: %s: not loaded: %u programs are the most\n", command.path,
               PROGRAMS);
        return;
    }
    memset(p, 0, sizeof *p);
    name_program(p, command.path);
    error = load(p, at, size, &command);
    if (error) {
        printf("root: %s: not loaded: %s\n", p->name, error);
        return;
    }
    program_count++;
    printf("root: %s: thread %lu.%lu, %s space, %lu KB at %lx\n", p->name,
           L4_ThreadNo(p->thread), L4_Version(p->thread),
           pn_space_is_small(p->thread) ? "small" : "large",
           (p->high - p->low) / 1024, p->low);
}
