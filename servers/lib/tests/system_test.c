/*
 * system_test.c - system descriptions: what they say, and where they are wrong.
 */
#include "check.h"
#include <pn/system.h>

#include <stdlib.h>
#include <string.h>

#define MAX 8

static struct pn_spec servers[MAX];
static struct pn_system_error error;

static int parse(const char *text)
{
    return pn_system_parse(text, strlen(text), servers, MAX, &error);
}

static int says(const char *text, unsigned line, unsigned column,
                const char *part)
{
    int n = parse(text);

    if (n == -1 && error.line == line && error.column == column &&
        strstr(error.text, part))
        return 1;
    printf("# %d %u:%u: %s\n", n, error.line, error.column, error.text);
    return 0;
}

static void everything(void)
{
    const struct pn_spec *s = servers;

    CHECK(parse("") == 0 && parse("\n  # nothing\n\r\n") == 0,
          "an empty description has no servers");
    CHECK(parse("server a") == 1 && strcmp(s->name, "a") == 0 &&
              strcmp(s->image, "a") == 0 && s->arguments[0] == '\0' &&
              s->place == PN_PLACE_AUTO && s->size == 0 && s->heap == 0 &&
              s->threshold == 4 << 20 && s->memory == 0 && s->priority == 100 &&
              s->restart == PN_RESTART_ON_FAILURE && s->retries == 5 &&
              s->backoff == 10 && s->heartbeat == 0 && s->killed == 0 &&
              s->port_ranges == 0 &&
              s->devices == 0 && s->irqs == 0 && s->talks_to_all && s->count == 1 && s->line == 1,
          "a name is enough, and what holds then");
    CHECK(parse("# clock\n"
                "server clock  # the real-time clock\n"
                "\timage rtc\r\n"
                "  arguments  -v  10 # and so on\n"
                "  place small\n"
                "  size 5 KB\n  heap 1 MB\n  threshold 2 MB\n  memory 3 MB\n"
                "  priority 240\n  restart always\n  retries 0\n"
                "  backoff 2 s\n  heartbeat 500 ms\n  killed 3 s\n"
                "  ports 70+2 3F8+8\n  irq 8 4\n  device b8000+8000\n  talk b clock\n"
                "\n"
                "server b\n  talk none\n  keep heap\n  data disk.tar\n  place large\n  count 4000\n"
                "  restart never") == 2 &&
              strcmp(s->image, "rtc") == 0 &&
              strcmp(s->arguments, "-v  10") == 0 &&
              s->place == PN_PLACE_SMALL && s->size == 8192 &&
              s->heap == 1 << 20 && s->threshold == 2 << 20 &&
              s->memory == 3 << 20 && s->priority == 240 &&
              s->restart == PN_RESTART_ALWAYS && s->retries == 0 &&
              s->backoff == 2000 && s->heartbeat == 500 &&
              s->killed == 3000 &&
              s->devices == 1 && s->device[0].first == 0xb8000 &&
              s->device[0].bytes == 0x8000 && s->port_ranges == 2 && s->ports[0].first == 0x70 &&
              s->ports[0].log2 == 1 && s->ports[1].first == 0x3f8 &&
              s->ports[1].log2 == 3 && s->irqs == 2 && s->irq[0] == 8 &&
              s->irq[1] == 4 && s->talks == 2 && !s->talks_to_all &&
              strcmp(s->talk[0], "b") == 0 && s->line == 2,
          "every property is read");
    CHECK(s[1].talks == 0 && !s[1].talks_to_all && s[1].line == 21 &&
              s[1].place == PN_PLACE_LARGE && s[1].count == 4000 && s[1].keep_heap &&
              strcmp(s[1].data, "disk.tar") == 0 && !s->keep_heap &&
              s[1].restart == PN_RESTART_NEVER,
          "and the second server's");
}

static void errors(void)
{
    CHECK(says("server", 1, 7, "the line ends"), "a server without a name");
    CHECK(says("server 1st", 1, 8, "name of a server"),
          "a name that begins with a digit");
    CHECK(says("server a/b", 1, 9, "a letter, a digit"), "a slash in a name");
    CHECK(says("server abcdefghijklmnopq", 1, 8, "16"), "a name too long");
    CHECK(says("server a b", 1, 10, "the end of the line, not \"b\""),
          "a word too many");
    CHECK(says("place small", 1, 1, "server NAME first"),
          "a property without a server");
    CHECK(says("server a\n  plaice small", 2, 3, "not \"plaice\""),
          "a property that is none");
    CHECK(says("server a\n  place smal", 2, 9,
               "small, large or auto, not \"smal\""),
          "a place that is none");
    CHECK(says("server a\n  place", 2, 8, "a value, but the line ends"),
          "a property without a value");
    CHECK(says("server a\n  place small\n  place large", 3, 3, "only once"),
          "a property twice");
    CHECK(parse("server a\n  place small\nserver b\n  place large") == 2,
          "but each server may have it");
    CHECK(says("server a\nserver b\nserver a", 3, 8, "no server has already"),
          "a name twice");
    CHECK(says("server all", 1, 8, "all and none"), "a reserved name");
    CHECK(says("server a\n heap 64", 2, 9, "KB or MB"), "a size without unit");
    CHECK(says("server a\n heap 64KB", 2, 7, "64 KB"), "a unit that clings");
    CHECK(says("server a\n heap x", 2, 7, "a size such as"), "no number");
    CHECK(says("server a\n heap 4096 MB", 2, 7, "at most 2048 MB"),
          "a size too large");
    CHECK(says("server a\n heap 999999999 KB", 2, 7, "a size such as"),
          "a number that does not fit");
    CHECK(says("server a\n priority 0", 2, 11, "from 1 to 240") &&
              says("server a\n priority 241", 2, 11, "from 1 to 240") &&
              says("server a\n priority high", 2, 11, "from 1 to 240"),
          "priorities that are none");
    CHECK(says("server a\n restart sometimes", 2, 10, "never, on-failure"),
          "a restart policy that is none");
    CHECK(says("server a\n backoff 0 ms", 2, 10, "from 1 ms") &&
              says("server a\n backoff 601 s", 2, 10, "600 s") &&
              says("server a\n backoff 3 h", 2, 12, "ms or s"),
          "times that are none");
    CHECK(says("server a\n ports 3f8", 2, 8, "FIRST+NUMBER") &&
              says("server a\n ports 3f8+3", 2, 8, "power of two") &&
              says("server a\n ports 3f8+0", 2, 8, "power of two") &&
              says("server a\n ports ffff+2", 2, 8, "below 10000") &&
              says("server a\n ports 3f8+8x", 2, 8, "FIRST+NUMBER"),
          "ports that are none");
    CHECK(says("server a\n ports 3f8+8\nserver b\n ports 300+100", 4, 8,
               "no server has already"),
          "ports of another server");
    CHECK(says("server a\n device b8000", 2, 9, "FIRST+BYTES") &&
              says("server a\n device +8000", 2, 9, "FIRST+BYTES") &&
              says("server a\n device b8000+", 2, 9, "FIRST+BYTES") &&
              says("server a\n device b8000+8000h", 2, 9, "FIRST+BYTES") &&
              says("server a\n device 0000b8000+8000", 2, 9, "FIRST+BYTES") &&
              says("server a\n device b8000 +8000", 2, 9, "FIRST+BYTES"),
          "device memory that is none");
    CHECK(says("server a\n device b8800+8000", 2, 9, "whole pages") &&
              says("server a\n device b8000+fa0", 2, 9, "whole pages") &&
              says("server a\n device b8000+0", 2, 9, "whole pages"),
          "nor that has pieces of pages");
    CHECK(says("server a\n device 9f000+2000", 2, 9, "from a0000") &&
              says("server a\n device 0+1000", 2, 9, "from a0000"),
          "nor ordinary memory");
    CHECK(says("server a\n device bfff0000+11000", 2, 9, "ends at c0000000") &&
              says("server a\n device b8000+fffff000", 2, 9,
                   "ends at c0000000") &&
              says("server a\n device fffff000+1000", 2, 9,
                   "ends at c0000000") &&
              parse("server a\n device bfff0000+10000") == 1,
          "nor that wraps around, or has no addresses");
    CHECK(says("server a\n device b8000+8000\nserver b\n device a0000+20000",
               4, 9, "no server has") &&
              says("server a\n device a0000+1000 a1000+1000 a2000+1000", 2, 31,
                   "at most two"),
          "nor another server's, nor in too many ranges");
    CHECK(says("server a\n irq 4\nserver b\n irq 3 4", 4, 8,
               "no server has already"),
          "an interrupt line of another server");
    CHECK(says("server a\n irq 0", 2, 6, "not the kernel's") &&
              says("server a\n irq 2", 2, 6, "not the kernel's") &&
              says("server a\n irq 16", 2, 6, "1 to 15") &&
              says("server a\n irq 3 4 5", 2, 10, "at most two"),
          "interrupt lines that are none");
    CHECK(says("server a\n talk b", 1, 1, "a: may talk to b, which is no"),
          "talking to a server that is not there");
    CHECK(says("server a\n talk a a a a a a a a a", 2, 23, "at most eight"),
          "talking to too many");
    CHECK(says("server a\n heap 2 MB\n memory 1 MB", 1, 1, "larger than"),
          "a heap beyond the memory");
    CHECK(says("server a\n irq 4\n count 2", 1, 1, "count is 1"),
          "two servers with one interrupt line");
    CHECK(says("server a\n count 3\nserver a.3", 1, 1, "called a.3, as") &&
              !says("server a\n count 3\nserver a.4", 1, 1, "") &&
              says("server abcdefghijklm\n count 100", 1, 1,
                   "abcdefghijklm.100, has more than 16"),
          "instances whose names are taken, or too long to be found");
    CHECK(says("server a\n count 4001", 2, 8, "1 to 4000"), "too many");
    CHECK(says("server a\nserver b\nserver c\nserver d\nserver e\nserver f\n"
               "server g\nserver h\nserver i", 9, 8, "room"),
          "more servers than there is room for");
    CHECK(says("server a\n \x01\xff", 2, 2, "one of its properties"),
          "what is no text at all");
}

/* Torn anywhere: an answer, and no access behind the end (the sanitizers). */
static void torn(void)
{
    static const char whole[] = "server a\n  ports 3f8+8 # x\n  heap 64 KB\n"
                                "  talk a b\nserver b\n  backoff 10 ms\n";
    int sane = 1;

    for (size_t n = 0; n < sizeof whole; n++) {
        char *copy = malloc(n + 1);
        int found;

        memcpy(copy, whole, n);
        found = pn_system_parse(copy, n, servers, MAX, &error);
        sane &= found >= -1 && found <= 2;
        sane &= found >= 0 || (error.line >= 1 && error.line <= 6 &&
                               error.column >= 1 && strlen(error.text) > 10);
        free(copy);
    }
    CHECK(sane, "torn at any character, it is read or refused");
}

int main(void)
{
    everything();
    errors();
    torn();
    return check_end();
}
