/*
 * shell_files.c - commands about files: those of the file servers
 * (pn/files.h), which are not trusted.
 *
 * A file is named SERVER:PATH, or PATH alone on the first of the usual servers
 * that runs.
 */
#include "console.h"
#include "memory.h"
#include "monitor.h"
#include "program.h"
#include "run.h"
#include "shell.h"

#include <l4/ipc.h>
#include <l4/schedule.h>
#include <pn/files.h>
#include <pn/libc.h>

#define ENTRIES 10000 /* of a folder, that are listed */

#define LOOK_US 20000 /* between two looks at a program that begins */
#define LOOKS   50    /* at most */
#define SERVES  5     /* so often in a row it waits: it is a server */

/* Programs that are expected to serve files, by what they are images of. */
static const char *const usual[] = {"files", "ext2"};
#define USUAL (sizeof usual / sizeof *usual)

struct where {
    const struct program *server;
    char path[PN_FILES_PATH + 1];
};

static char data[PN_FILES_DATA + 1];

static int serves_files(const struct program *p)
{
    for (unsigned i = 0; i < USUAL; i++)
        if (strcmp(p->image->name, usual[i]) == 0)
            return program_lives(p);
    return 0;
}

static const struct program *usual_server(void)
{
    for (unsigned u = 0; u < USUAL; u++)
        for (unsigned i = 0; i < program_count; i++)
            if (serves_files(&programs[i]) &&
                strcmp(programs[i].image->name, usual[u]) == 0)
                return &programs[i];
    return NULL;
}

/* The length of SERVER in SERVER:PATH; 0: there is none. */
static unsigned server_length(const char *word)
{
    const char *colon = strchr(word, ':');

    return colon ? (unsigned)(colon - word) : 0;
}

/* Which file the word means; 0 and a line: none. */
static int find_where(const char *word, struct where *w)
{
    unsigned n = server_length(word);
    char name[LINE_LENGTH + 1];

    snprintf(name, sizeof name, "%.*s", (int)n, word);
    snprintf(w->path, sizeof w->path, "%s", n > 0 ? word + n + 1 : word);
    w->server = n > 0 ? shell_living(name) : usual_server();
    if (!w->server && n == 0)
        printf("no file server runs: files and ext2 are some; others are "
               "named, as in NAME:/PATH\n");
    return w->server != NULL;
}

static const char *problem_text(int problem)
{
    switch (-problem) {
    case PN_UNKNOWN:
    case PN_INVALID:
        return "the server makes no sense of it";
    case PN_BROKEN:
        return "broken, or the server serves no files";
    case PN_BUSY:
        return "no answer";
    case PN_GONE:
        return "the server is gone";
    default:
        return pn_problem_name((enum pn_problem) - problem);
    }
}

static void say_problem(const struct where *w, int problem)
{
    printf("%s:%s: %s\n", w->server->name, w->path, problem_text(problem));
}

/* Find the file; 0 and a line: it can't be. */
static int find(const char *word, struct where *w, struct pn_file *file)
{
    int problem;

    if (!find_where(word, w))
        return 0;
    problem = pn_file_find(w->server->thread, w->path, file);
    if (problem < 0)
        say_problem(w, problem);
    return problem >= 0;
}

static int find_file(const char *word, struct where *w, struct pn_file *file)
{
    if (!find(word, w, file))
        return 0;
    if (file->type != PN_FILE) {
        printf("%s:%s: it is no file%s\n", w->server->name, w->path,
               file->type == PN_DIRECTORY ? " but a folder: try ls" : "");
        return 0;
    }
    return 1;
}

/* --- ls --- */

static void ls_line(const struct pn_file *file, int known, char *name)
{
    shell_clean(name, (unsigned)strlen(name));
    if (!known)
        printf("  %10s  %s\n", "?", name);
    else if (file->type == PN_DIRECTORY)
        printf("  %10s  %s/\n", "", name);
    else
        printf("  %10lu  %s%s\n", file->bytes, name,
               file->type == PN_FILE ? "" : " (no file)");
}

static void ls_folder(const struct where *w, const struct pn_file *folder)
{
    L4_ThreadId_t server = w->server->thread;
    L4_Word_t cursor = 0;
    char name[PN_FILES_NAME + 1];

    for (unsigned n = 0; n < ENTRIES; n++) {
        struct pn_file file;
        int found =
            pn_file_list(server, folder->number, &cursor, &file.number, name);

        if (found < 0)
            say_problem(w, found);
        if (found <= 0 || console_interrupted())
            return;
        ls_line(&file, pn_file_stat(server, file.number, &file) >= 0, name);
    }
    printf("... and there are more than %u\n", ENTRIES);
}

static void ls(int argc, char **argv)
{
    struct where w;
    struct pn_file file;

    if (!find(argc > 1 ? argv[1] : "/", &w, &file))
        return;
    if (file.type == PN_DIRECTORY)
        ls_folder(&w, &file);
    else
        ls_line(&file, 1, w.path);
}

/* --- cat --- */

/* The next piece of the file, which is not at its end; its length, or 0 and a
 * line: it can't be read. */
static L4_Word_t read_piece(const struct where *w, const struct pn_file *file,
                            L4_Word_t at, void *to)
{
    L4_Word_t wanted = file->bytes - at;
    int n;

    if (wanted > PN_FILES_DATA)
        wanted = PN_FILES_DATA;
    n = pn_file_read(w->server->thread, file->number, at, to, wanted);
    if (n < 0)
        say_problem(w, n);
    else if (n == 0)
        printf("%s:%s: it ends after %lu of %lu bytes\n", w->server->name,
               w->path, at, file->bytes);
    return n > 0 ? (L4_Word_t)n : 0;
}

/* Lines stay lines; what else could do something to the terminal does not. */
static void clean_lines(char *text, L4_Word_t n)
{
    for (L4_Word_t i = 0; i < n; i++)
        if (text[i] != '\n' && text[i] != '\t')
            shell_clean(text + i, 1);
}

static void cat(int argc, char **argv)
{
    struct where w;
    struct pn_file file;
    L4_Word_t n;

    (void)argc;
    if (!find_file(argv[1], &w, &file))
        return;
    for (L4_Word_t at = 0; at < file.bytes; at += n) {
        n = read_piece(&w, &file, at, data);
        if (n == 0 || console_interrupted())
            return;
        clean_lines(data, n);
        data[n] = '\0';
        printf("%s", data);
        if (at + n >= file.bytes && data[n - 1] != '\n')
            printf("\n");
    }
}

/* --- run --- */

/* The words again as a line. */
static void join(char *line, size_t size, int argc, char **argv)
{
    size_t n = 0;

    line[0] = '\0';
    for (int i = 0; i < argc && n < size; i++)
        n +=
            (size_t)snprintf(line + n, size - n, "%s%s", i ? " " : "", argv[i]);
}

static int load(const struct where *w, const struct pn_file *file,
                struct run *r)
{
    L4_Word_t n;

    for (L4_Word_t at = 0; at < r->bytes; at += n) {
        n = read_piece(w, file, at, (char *)r->block + at);
        if (n == 0 || console_interrupted())
            return 0;
    }
    return 1;
}

static int is_waiting(const struct program *p)
{
    L4_Word_t old;

    return L4_Schedule(p->thread, ~0UL, ~0UL, ~0UL, ~0UL, &old) ==
           L4_SchedWaiting;
}

/* Let it say what it has to say before the next prompt, if that is soon: until
 * it has ended, or waits as a server does, or a key is pressed. */
static void watch(const struct program *p)
{
    unsigned waits = 0;

    for (unsigned i = 0; i < LOOKS && waits < SERVES && !console_typed(); i++) {
        if (!program_lives(p)) {
            if (p->state == PROGRAM_ENDED)
                printf("%s ended, status %lu\n", p->name, p->status);
            return;
        }
        waits = is_waiting(p) ? waits + 1 : 0;
        L4_Sleep(L4_TimePeriod(LOOK_US));
    }
}

static void run(int argc, char **argv)
{
    static struct run r;
    struct where w;
    struct pn_file file;

    if (!find_file(argv[1], &w, &file))
        return;
    if (file.bytes == 0 || file.bytes > 1UL << RUN_LOG2) {
        printf("%s:%s: it is no program: it has %lu bytes\n", w.server->name,
               w.path, file.bytes);
        return;
    }
    argv[1] = w.path;
    join(r.command, sizeof r.command, argc - 1, argv + 1);
    r.bytes = file.bytes;
    r.block_log2 = memory_log2(r.bytes);
    r.block = monitor_ask(MONITOR_MEMORY, r.block_log2, COMMAND_ANY);
    if (!r.block) {
        printf("there is no memory for its %lu bytes\n", r.bytes);
        return;
    }
    if (!load(&w, &file, &r)) {
        (void)monitor_ask(MONITOR_MEMORY_BACK, (L4_Word_t)&r, COMMAND_ANY);
        return;
    }
    if (monitor_ask(MONITOR_RUN, (L4_Word_t)&r, COMMAND_ANY))
        watch(r.made);
    else if (r.made)
        printf("%s is not started: %s\n", r.made->name, r.made->why);
    else
        printf("not started: %u programs from files run already: kill one\n",
               RUN_PROGRAMS);
}

/* --- completion --- */

/* All that begins with the word's folder and could go on as it does. */
static void offer_folder(struct line *l, const char *word, const char *path)
{
    const char *slash = strrchr(path, '/');
    unsigned folder =
        slash ? (unsigned)(slash - word) + 1 : (unsigned)(path - word);
    struct where w;
    struct pn_file file;
    L4_Word_t cursor = 0;
    char name[PN_FILES_NAME + 1], offer[LINE_LENGTH + PN_FILES_NAME + 2];

    w.server = usual_server();
    snprintf(offer, sizeof offer, "%.*s", (int)server_length(word), word);
    if (path != word)
        w.server = program_named(offer);
    if (!w.server || !program_lives(w.server))
        return;
    snprintf(w.path, sizeof w.path, "/%.*s", (int)(word + folder - path), path);
    if (pn_file_find(w.server->thread, w.path, &file) < 0)
        return;
    for (unsigned n = 0; n < ENTRIES; n++) {
        struct pn_file entry;

        if (pn_file_list(w.server->thread, file.number, &cursor, &entry.number,
                         name) <= 0)
            return;
        shell_clean(name, (unsigned)strlen(name));
        if (strncmp(name, word + folder, strlen(word + folder)) != 0)
            continue;
        snprintf(offer, sizeof offer, "%.*s%s%s", (int)folder, word, name,
                 pn_file_stat(w.server->thread, entry.number, &entry) >= 0 &&
                         entry.type == PN_DIRECTORY
                     ? "/"
                     : "");
        line_offer(l, offer);
    }
}

void shell_complete_file(struct line *l)
{
    char word[LINE_LENGTH + 1], offer[sizeof programs->name + 1];
    unsigned n;

    memcpy(word, l->text + l->word, l->cursor - l->word);
    word[l->cursor - l->word] = '\0';
    n = server_length(word);
    offer_folder(l, word, n > 0 ? word + n + 1 : word);
    for (unsigned i = 0; n == 0 && i < program_count; i++)
        if (serves_files(&programs[i])) {
            snprintf(offer, sizeof offer, "%s:", programs[i].name);
            line_offer(l, offer);
        }
}

static const char more_ls[] =
    "FILE is SERVER:PATH, as in files:/etc, or PATH on files or ext2.\n"
    "Ctrl-C ends it.\n";

static const char more_cat[] =
    "What is no character is shown as '?'. Ctrl-C ends it.\n";

static const char more_run[] =
    "WORDs are those of a boot module: small, large, auto, heap=KB,\n"
    "threshold=PAGES, ports=, irq=, device=; then the program's own.\n";

const struct shell_command shell_files[] = {
    {"ls", "[FILE]", "what is in a folder of a file server", ls, more_ls},
    {"cat", "FILE", "print a file", cat, more_cat},
    {"run", "FILE [WORD]...", "start the program in a file", run, more_run},
    {NULL, NULL, NULL, NULL, NULL},
};
