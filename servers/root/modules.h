/*
 * modules.h - the boot modules behind the root server's own, by name.
 *
 * A module's name is the last part of its path, the first word of its command
 * line; the first of two with one name counts. Its bytes are asked of sigma0
 * once, when somebody wants them.
 */
#pragma once

#include <l4/types.h>

#define MODULES 64 /* as many as the kernel takes */

struct boot_module {
    char name[64];
    const char *command;
    L4_Word_t start; /* on a page border */
    L4_Word_t bytes;
    int readable; /* mapped here */
    L4_Word_t image; /* its program, for all who share it; 0: none */
};

extern struct boot_module modules[MODULES];
extern unsigned module_count;

/* Fill the list; says so if there is no boot information. */
void modules_find(void);

struct boot_module *module_named(const char *name);

/* May its bytes be read? Behind the last, up to the end of the page, are
 * zeros. */
int module_open(struct boot_module *m);
