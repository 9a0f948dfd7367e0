/*
 * bootinfo.c - reading the list of boot records (pn/bootinfo.h).
 * Pure: the host tests run this file as it is.
 */
#include <pn/bootinfo.h>

/* Words of a record, from its start. */
enum {
    RECORD_TYPE,
    RECORD_VERSION,
    RECORD_NEXT,
    MODULE_START,
    MODULE_SIZE,
    MODULE_COMMAND,
    MODULE_WORDS
};

/* Is [offset, offset + n) inside the list, and aligned? */
static int inside(const struct pn_bootinfo *info, uint32_t offset, uint32_t n)
{
    return offset % 4 == 0 && n <= info->size && offset <= info->size - n;
}

static const uint32_t *words_at(const struct pn_bootinfo *info, uint32_t offset)
{
    return (const uint32_t *)(const void *)((const char *)info + offset);
}

/* The string at `offset`, if it ends inside the list; else "". */
static const char *string_at(const struct pn_bootinfo *info, uint32_t offset)
{
    const char *base = (const char *)info;

    for (uint32_t i = offset; i < info->size; i++)
        if (!base[i])
            return base + offset;
    return "";
}

static void module_read(const struct pn_bootinfo *info, uint32_t offset,
                        struct pn_module *module)
{
    const uint32_t *record = words_at(info, offset);
    uint32_t command = record[MODULE_COMMAND];

    module->start = record[MODULE_START];
    module->size = record[MODULE_SIZE];
    module->command = "";
    if (command != 0 && command < info->size - offset)
        module->command = string_at(info, offset + command);
}

static int valid(const struct pn_bootinfo *info)
{
    return info->magic == PN_BOOTINFO_MAGIC && info->size >= sizeof *info &&
           info->size <= PN_BOOTINFO_MAX;
}

int pn_bootinfo_module(const struct pn_bootinfo *info, size_t n,
                       struct pn_module *module)
{
    uint32_t offset;

    if (!valid(info))
        return 0;
    offset = info->first_record;
    for (uint32_t i = 0; i < info->records; i++) {
        const uint32_t *record = words_at(info, offset);

        if (!inside(info, offset, 3 * sizeof *record))
            return 0;
        if (record[RECORD_TYPE] == PN_BOOTINFO_MODULE) {
            if (!inside(info, offset, MODULE_WORDS * sizeof *record))
                return 0;
            if (n-- == 0) {
                module_read(info, offset, module);
                return 1;
            }
        }
        if (record[RECORD_NEXT] == 0 ||
            record[RECORD_NEXT] > info->size - offset)
            return 0;
        offset += record[RECORD_NEXT];
    }
    return 0;
}

size_t pn_bootinfo_modules(const struct pn_bootinfo *info)
{
    struct pn_module module;
    size_t n = 0;

    while (pn_bootinfo_module(info, n, &module))
        n++;
    return n;
}
