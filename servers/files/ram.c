/*
 * ram.c - files in memory (ram.h).
 */
#include "ram.h"

#include <pn/libc.h>

/* --- nodes --- */

static struct ram_node *node_at(struct ram *r, uint32_t number)
{
    if (number == 0 || number > RAM_NODES || !r->node[number - 1].used)
        return NULL;
    return &r->node[number - 1];
}

const struct ram_node *ram_node(const struct ram *r, uint32_t number)
{
    if (number == 0 || number > RAM_NODES || !r->node[number - 1].used)
        return NULL;
    return &r->node[number - 1];
}

static int child(const struct ram *r, uint32_t directory, const char *name,
                 size_t length)
{
    for (uint32_t i = 0; i < RAM_NODES; i++) {
        const struct ram_node *n = &r->node[i];

        if (n->used && n->parent == directory && strlen(n->name) == length &&
            memcmp(n->name, name, length) == 0)
            return (int)i + 1;
    }
    return RAM_NOT_FOUND;
}

static int add_node(struct ram *r, uint32_t parent, const char *name,
                    size_t length, int directory)
{
    if (length == 0 || length > RAM_NAME_MAX ||
        (length == 1 && name[0] == '.') ||
        (length == 2 && name[0] == '.' && name[1] == '.'))
        return RAM_INVALID;
    for (uint32_t tries = 0; tries < RAM_NODES; tries++) {
        struct ram_node *n;

        r->last_number = (uint16_t)(r->last_number % RAM_NODES + 1);
        n = &r->node[r->last_number - 1];
        if (n->used)
            continue;
        *n = (struct ram_node){.used = 1,
                               .directory = (uint8_t)(directory != 0),
                               .parent = (uint16_t)parent};
        memcpy(n->name, name, length);
        return r->last_number;
    }
    return RAM_NO_ROOM;
}

/* The next step of a path: *path is behind it, *step its length. */
static const char *next_step(const char **path, size_t *length, size_t *step)
{
    const char *begin;

    while (*length > 0 && **path == '/') {
        ++*path;
        --*length;
    }
    begin = *path;
    while (*length > 0 && **path != '/' && **path != '\0') {
        ++*path;
        --*length;
    }
    *step = (size_t)(*path - begin);
    return begin;
}

/* The directory in which the path's last step is, or would be. */
static int parent_of(const struct ram *r, const char *path, size_t length,
                     const char **name, size_t *name_length)
{
    int here = RAM_ROOT;
    size_t step;

    *name = next_step(&path, &length, name_length);
    for (;;) {
        const char *next = next_step(&path, &length, &step);

        if (step == 0)
            return here;
        here = child(r, (uint32_t)here, *name, *name_length);
        if (here < 0)
            return here;
        if (!ram_node(r, (uint32_t)here)->directory)
            return RAM_NOT_FOUND;
        *name = next;
        *name_length = step;
    }
}

int ram_find(const struct ram *r, const char *path, size_t length)
{
    const char *name;
    size_t step;
    int parent = parent_of(r, path, length, &name, &step);

    if (parent < 0 || step == 0)
        return parent;
    return child(r, (uint32_t)parent, name, step);
}

int ram_entry(const struct ram *r, uint32_t directory, uint32_t *at)
{
    const struct ram_node *d = ram_node(r, directory);

    if (!d)
        return RAM_NOT_FOUND;
    if (!d->directory)
        return RAM_WRONG_TYPE;
    while (*at < RAM_NODES) {
        const struct ram_node *n = &r->node[(*at)++];

        if (n->used && n->parent == directory)
            return (int)*at;
    }
    return 0;
}

/* --- blocks --- */

static uint32_t blocks_for(uint32_t bytes)
{
    return bytes / RAM_BLOCK + (bytes % RAM_BLOCK != 0);
}

static uint16_t block_take(struct ram *r)
{
    uint16_t block = r->free_list;

    r->free_list = r->next[block - 1];
    r->free_blocks--;
    r->next[block - 1] = 0;
    memset(r->memory + (size_t)(block - 1) * RAM_BLOCK, 0, RAM_BLOCK);
    return block;
}

static void blocks_give(struct ram *r, uint16_t block)
{
    while (block != 0) {
        uint16_t next = r->next[block - 1];

        r->next[block - 1] = r->free_list;
        r->free_list = block;
        r->free_blocks++;
        block = next;
    }
}

/* The n-th block of a file that has so many. */
static uint16_t block_of(const struct ram *r, const struct ram_node *n,
                         uint32_t index)
{
    uint16_t block = n->first;

    while (index-- > 0)
        block = r->next[block - 1];
    return block;
}

/* Have at least `count` blocks; there is room for them. */
static void extend(struct ram *r, struct ram_node *n, uint32_t count)
{
    uint16_t *link = &n->first;

    while (count-- > 0) {
        if (*link == 0)
            *link = block_take(r);
        link = &r->next[*link - 1];
    }
}

static uint32_t blocks_had(const struct ram_node *n)
{
    return n->archived ? 0 : blocks_for(n->bytes);
}

static void copy_in(struct ram *r, struct ram_node *n, uint32_t at,
                    const char *from, uint32_t bytes)
{
    uint16_t block = bytes > 0 ? block_of(r, n, at / RAM_BLOCK) : 0;

    while (bytes > 0) {
        uint32_t offset = at % RAM_BLOCK, some = RAM_BLOCK - offset;

        if (some > bytes)
            some = bytes;
        memcpy(r->memory + (size_t)(block - 1) * RAM_BLOCK + offset, from,
               some);
        at += some;
        from += some;
        bytes -= some;
        block = r->next[block - 1];
    }
}

/* The file's bytes get blocks of their own, `count` in all. */
static int make_own(struct ram *r, struct ram_node *n, uint32_t count)
{
    uint32_t has = blocks_had(n);
    const char *archived = n->archived;

    if (count > has && count - has > r->free_blocks)
        return RAM_NO_ROOM;
    extend(r, n, count);
    if (archived) {
        n->archived = NULL;
        copy_in(r, n, 0, archived,
                n->bytes < count * RAM_BLOCK ? n->bytes : count * RAM_BLOCK);
    }
    return 0;
}

/* --- files --- */

int ram_read(const struct ram *r, uint32_t number, uint32_t at, void *to,
             uint32_t n)
{
    const struct ram_node *f = ram_node(r, number);
    char *out = to;
    uint32_t done = 0;
    uint16_t block;

    if (!f)
        return RAM_NOT_FOUND;
    if (f->directory)
        return RAM_WRONG_TYPE;
    if (at >= f->bytes)
        return 0;
    if (n > f->bytes - at)
        n = f->bytes - at;
    if (f->archived) {
        memcpy(to, f->archived + at, n);
        return (int)n;
    }
    for (block = block_of(r, f, at / RAM_BLOCK); done < n;
         block = r->next[block - 1]) {
        uint32_t offset = (at + done) % RAM_BLOCK, some = RAM_BLOCK - offset;

        if (some > n - done)
            some = n - done;
        memcpy(out + done, r->memory + (size_t)(block - 1) * RAM_BLOCK + offset,
               some);
        done += some;
    }
    return (int)n;
}

int ram_write(struct ram *r, uint32_t number, uint32_t at, const void *from,
              uint32_t n)
{
    struct ram_node *f = node_at(r, number);
    uint32_t end;

    if (!f)
        return RAM_NOT_FOUND;
    if (f->directory)
        return RAM_WRONG_TYPE;
    if (at > RAM_BLOCKS * RAM_BLOCK || n > RAM_BLOCKS * RAM_BLOCK - at)
        return RAM_NO_ROOM;
    end = at + n > f->bytes ? at + n : f->bytes;
    if (n == 0)
        return 0;
    if (make_own(r, f, blocks_for(end)) < 0)
        return RAM_NO_ROOM;
    f->bytes = end;
    copy_in(r, f, at, from, n);
    return (int)n;
}

int ram_cut(struct ram *r, uint32_t number, uint32_t bytes)
{
    struct ram_node *f = node_at(r, number);
    uint16_t *link;

    if (!f)
        return RAM_NOT_FOUND;
    if (f->directory)
        return RAM_WRONG_TYPE;
    if (bytes >= f->bytes)
        return 0;
    f->bytes = bytes;
    if (f->archived)
        return 0;
    link = &f->first;
    for (uint32_t i = blocks_for(bytes); i > 0; i--)
        link = &r->next[*link - 1];
    blocks_give(r, *link);
    *link = 0;
    if (bytes % RAM_BLOCK != 0) { /* what comes there later begins as zeros */
        uint16_t last = block_of(r, f, bytes / RAM_BLOCK);

        memset(r->memory + (size_t)(last - 1) * RAM_BLOCK + bytes % RAM_BLOCK,
               0, RAM_BLOCK - bytes % RAM_BLOCK);
    }
    return 0;
}

int ram_create(struct ram *r, const char *path, size_t length, int directory)
{
    const char *name;
    size_t step;
    int parent = parent_of(r, path, length, &name, &step);

    if (parent < 0)
        return parent;
    if (step == 0 || child(r, (uint32_t)parent, name, step) > 0)
        return RAM_INVALID;
    return add_node(r, (uint32_t)parent, name, step, directory);
}

int ram_remove(struct ram *r, const char *path, size_t length)
{
    int number = ram_find(r, path, length);
    uint32_t at = 0;
    struct ram_node *n;

    if (number < 0)
        return number;
    if (number == RAM_ROOT)
        return RAM_INVALID;
    n = node_at(r, (uint32_t)number);
    if (n->directory && ram_entry(r, (uint32_t)number, &at) != 0)
        return RAM_NOT_EMPTY;
    if (!n->archived)
        blocks_give(r, n->first);
    n->used = 0;
    return 0;
}

/* --- the archive --- */

#define TAR_BLOCK 512u

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], time[12], checksum[8];
    char type, link[100], magic[6], version[2], owner[32], group[32];
    char device[16], prefix[155], padding[12];
};

static int octal(const char *field, size_t n, uint32_t *out)
{
    uint32_t value = 0;
    size_t i = 0;

    while (i < n && field[i] == ' ')
        i++;
    for (; i < n && field[i] >= '0' && field[i] <= '7'; i++) {
        if (value >> 29 != 0)
            return 0;
        value = value * 8 + (uint32_t)(field[i] - '0');
    }
    *out = value;
    return i == n || field[i] == '\0' || field[i] == ' ';
}

static int is_header(const struct header *h)
{
    const unsigned char *bytes = (const unsigned char *)h;
    const size_t at = offsetof(struct header, checksum);
    uint32_t sum = 0, wanted;

    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= at && i < at + sizeof h->checksum ? ' ' : bytes[i];
    return octal(h->checksum, sizeof h->checksum, &wanted) && sum == wanted &&
           memcmp(h->magic, "ustar", 5) == 0;
}

/* Directories on the way are made if the archive forgot them. */
static int add_path(struct ram *r, const char *path, size_t length,
                    int directory)
{
    uint32_t here = RAM_ROOT;
    size_t step;

    for (;;) {
        const char *name = next_step(&path, &length, &step);
        const char *rest = path;
        size_t left = length, more;
        int found;

        if (step == 0)
            return (int)here;
        if (step == 1 && name[0] == '.')
            continue;
        (void)next_step(&rest, &left, &more);
        found = child(r, here, name, step);
        if (found < 0)
            found = add_node(r, here, name, step, more > 0 || directory);
        if (found < 0)
            return found;
        if (more > 0 && !r->node[found - 1].directory)
            return RAM_WRONG_TYPE;
        here = (uint32_t)found;
    }
}

static void add_member(struct ram *r, const struct header *h, const char *data,
                       uint32_t bytes)
{
    char path[sizeof h->prefix + 1 + sizeof h->name + 1];
    size_t n = strnlen(h->prefix, sizeof h->prefix);
    size_t name = strnlen(h->name, sizeof h->name);
    int number, directory = h->type == '5';

    if (!directory && h->type != '0' && h->type != '\0')
        return; /* links, devices */
    memcpy(path, h->prefix, n);
    if (n > 0)
        path[n++] = '/';
    memcpy(path + n, h->name, name);
    number = add_path(r, path, n + name, directory);
    if (number <= RAM_ROOT || r->node[number - 1].directory)
        return;
    r->node[number - 1].archived = data;
    r->node[number - 1].bytes = bytes;
}

static void read_archive(struct ram *r, const char *archive, size_t length)
{
    size_t at = 0;

    while (length - at >= TAR_BLOCK) {
        const struct header *h = (const void *)(archive + at);
        uint32_t bytes;

        if (!is_header(h) || !octal(h->size, sizeof h->size, &bytes) ||
            bytes > length - at - TAR_BLOCK)
            return;
        add_member(r, h, archive + at + TAR_BLOCK, bytes);
        at += TAR_BLOCK;
        bytes = (bytes + TAR_BLOCK - 1) & -TAR_BLOCK;
        at += bytes < length - at ? bytes : length - at;
    }
}

int ram_open(struct ram *r, const void *archive, size_t archive_bytes,
             void *memory, size_t memory_bytes)
{
    int count = 0;

    memset(r, 0, sizeof *r);
    r->memory = memory;
    r->blocks = (uint32_t)(memory_bytes / RAM_BLOCK);
    if (r->blocks > RAM_BLOCKS)
        r->blocks = RAM_BLOCKS;
    for (uint32_t i = r->blocks; i > 0; i--) {
        r->next[i - 1] = r->free_list;
        r->free_list = (uint16_t)i;
    }
    r->free_blocks = r->blocks;
    r->node[0] = (struct ram_node){.used = 1, .directory = 1};
    r->last_number = RAM_ROOT;
    if (archive)
        read_archive(r, archive, archive_bytes);
    for (uint32_t i = 1; i < RAM_NODES; i++)
        count += r->node[i].used;
    return count;
}
