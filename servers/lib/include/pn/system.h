/*
 * pn/system.h - the system description: which servers there are, and what each
 * of them may have. A text file, loaded as the boot module "system".
 *
 *     # Everything behind a # is a comment.
 *     server clock              # begins a server; its name
 *         image     rtc         # the boot module with its program [its name]
 *         arguments -v 10       # its argument line, the rest of this one []
 *         place     small       # small, large, or auto [auto]
 *         size      64 KB       # a small space's at least [what it needs]
 *         heap      256 KB      # memory beyond the image [0 KB]
 *         keep      heap        # a restarted server finds it as it was [no]
 *         threshold 1 MB        # auto: large from this size on [4 MB]
 *         data      archive     # a boot module that it may read [none]
 *         priority  100         # 1..240 [100]
 *         restart   always      # never, on-failure or always [on-failure]
 *         retries   5           # in a row, then it stays down [5]
 *         backoff   10 ms       # before the first; doubles with each [10 ms]
 *         heartbeat 500 ms      # silent longer than that: hung [none]
 *         killed    400 ms      # at random, about so often: a test [never]
 *         memory    1 MB        # image and heap at most [no limit]
 *         ports     70+2        # first and number, base 16, a power of two
 *         device    b8000+8000  # its memory: first and bytes, base 16
 *         irq       8           # interrupt lines
 *         talk      console fs  # who may be sent to: names, or all [all]
 *         count     1           # that many, called name.1, name.2 ... [1]
 *
 * In brackets: what holds if a line is left out. A name has up to 16 letters,
 * digits, '_', '-' or '.', and begins with a letter.
 *
 * Pure: the root server, the host's checker (servers/check) and the tests
 * share it.
 */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_SYSTEM_NAME      17  /* with the NUL */
#define PN_SYSTEM_ARGUMENTS 128
#define PN_SYSTEM_PORTS     4 /* ranges of a server */
#define PN_SYSTEM_DEVICES   2 /* ranges of device memory */
#define PN_SYSTEM_IRQS      2
#define PN_SYSTEM_TALKS     8
#define PN_SYSTEM_COUNT_MAX 4000

enum pn_placement { PN_PLACE_AUTO, PN_PLACE_SMALL, PN_PLACE_LARGE };

enum pn_restart { PN_RESTART_ON_FAILURE, PN_RESTART_ALWAYS, PN_RESTART_NEVER };

struct pn_port_range {
    unsigned first;
    unsigned log2; /* of their number */
};

/* Where device memory can be. Below is ordinary memory on any PC; the root
 * server, which maps it 1:1, has no addresses above. */
#define PN_DEVICE_LOW  0xa0000UL
#define PN_DEVICE_HIGH 0xc0000000UL

struct pn_device_range {
    unsigned long first; /* physical address */
    unsigned long bytes;
};

struct pn_spec {
    char name[PN_SYSTEM_NAME];
    char image[PN_SYSTEM_NAME];
    char data[PN_SYSTEM_NAME]; /* "": none */
    char arguments[PN_SYSTEM_ARGUMENTS];
    enum pn_placement place;
    unsigned long size;      /* bytes, whole pages, as the others */
    unsigned long heap;
    int keep_heap;
    unsigned long threshold;
    unsigned long memory;    /* 0: no limit */
    unsigned priority;
    enum pn_restart restart;
    unsigned retries;
    unsigned backoff;        /* ms */
    unsigned heartbeat;      /* ms; 0: none is expected */
    unsigned killed;         /* ms; 0: never */
    struct pn_port_range ports[PN_SYSTEM_PORTS];
    unsigned port_ranges;
    struct pn_device_range device[PN_SYSTEM_DEVICES];
    unsigned devices;
    unsigned irq[PN_SYSTEM_IRQS];
    unsigned irqs;
    char talk[PN_SYSTEM_TALKS][PN_SYSTEM_NAME];
    unsigned talks;
    int talks_to_all;
    unsigned count;
    unsigned line;           /* of its "server", from 1 */
};

struct pn_system_error {
    unsigned line, column;   /* from 1 */
    char text[120];          /* what was expected, and what stands there */
};

/*
 * Read `length` characters at `text`. Returns the number of servers, whose
 * descriptions are then in servers[0..]; or -1, with the first error in
 * *error. There may be `max` of them.
 */
int pn_system_parse(const char *text, size_t length, struct pn_spec *servers,
                    unsigned max, struct pn_system_error *error);

/* Read the range of device memory that stands in [text, end); null, or what was
 * expected there. */
const char *pn_device_range(const char *text, const char *end,
                            struct pn_device_range *range);

#ifdef __cplusplus
}
#endif
