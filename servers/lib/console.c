/*
 * console.c - the console driver's clients (pn/console.h).
 */
#include "patience.h"

#include <pn/console.h>
#include <pn/libc.h>
#include <pn/line.h>
#include <l4/ipc.h>

static L4_Word_t call(L4_ThreadId_t driver, enum pn_console_label label,
                      L4_Word_t words, L4_Word_t answer, L4_Time_t patience)
{
    L4_MsgTag_t tag;

    L4_Set_MsgTag(l4_tag((L4_Word_t)label << 16 | words));
    tag = L4_Call_Timeouts(driver, patience, patience);
    return L4_IpcSucceeded(tag) && L4_Label(tag) == 0 &&
           L4_UntypedWords(tag) >= answer;
}

static L4_Word_t least(L4_Word_t a, L4_Word_t b)
{
    return a < b ? a : b;
}

L4_Word_t pn_console_write_timeout(L4_ThreadId_t driver, const char *text,
                                   size_t n, L4_Time_t patience)
{
    while (n > 0) {
        L4_Word_t part = least(n, PN_CONSOLE_BYTES);

        L4_LoadMR(1, part);
        memcpy(pn_console_text(), text, part);
        if (!call(driver, PN_CONSOLE_WRITE, 1 + (part + 3) / 4, 1, patience))
            return 0;
        text += part;
        n -= part;
    }
    return 1;
}

L4_Word_t pn_console_write(L4_ThreadId_t driver, const char *text, size_t n)
{
    return pn_console_write_timeout(driver, text, n, request_patience());
}

static L4_Word_t get(L4_ThreadId_t driver, enum pn_console_label label,
                     char *buffer, size_t size, L4_Time_t patience)
{
    L4_Word_t n;

    L4_LoadMR(1, least(size, PN_CONSOLE_BYTES));
    if (!call(driver, label, 1, 1, patience))
        return 0;
    L4_StoreMR(1, &n);
    n = least(n, least(size, PN_CONSOLE_BYTES));
    memcpy(buffer, pn_console_text(), n);
    return n;
}

L4_Word_t pn_console_read(L4_ThreadId_t driver, char *buffer, size_t size)
{
    return get(driver, PN_CONSOLE_READ, buffer, size, L4_Never);
}

L4_Word_t pn_console_poll(L4_ThreadId_t driver, char *buffer, size_t size)
{
    return get(driver, PN_CONSOLE_POLL, buffer, size, request_patience());
}

L4_Word_t pn_console_flush(L4_ThreadId_t driver)
{
    return call(driver, PN_CONSOLE_FLUSH, 0, 1, request_patience());
}

L4_Word_t pn_console_info(L4_ThreadId_t driver, struct pn_console_info *info)
{
    if (!call(driver, PN_CONSOLE_INFO, 0, PN_CONSOLE_INFO_WORDS,
              request_patience()))
        return 0;
    L4_StoreMR(1, &info->interrupts);
    L4_StoreMR(2, &info->received);
    L4_StoreMR(3, &info->sent);
    L4_StoreMR(4, &info->lost);
    return 1;
}

/* What one line is read through. */
struct reader {
    L4_ThreadId_t driver;
    L4_Word_t there; /* 0: it is no more */
};

static void show(void *user, const char *text, size_t n)
{
    struct reader *r = (struct reader *)user;

    r->there = r->there && pn_console_write(r->driver, text, n);
}

L4_Word_t pn_console_line(L4_ThreadId_t driver, const char *prompt, char *text,
                          size_t size)
{
    struct reader reader = {driver, 1};
    struct line line = {.show = show, .user = &reader};
    char key;

    line_begin(&line, prompt);
    do
        reader.there = reader.there && pn_console_read(driver, &key, 1);
    while (reader.there && !line_key(&line, key));
    if (!reader.there)
        return 0;
    snprintf(text, size, "%s", line.text);
    return 1;
}
