/*
 * pn/files.h - the file servers' protocol (servers/files, servers/ext2), and
 * stubs.
 *
 * A file is known by its number, which the server finds by the file's path and
 * which stays the same as long as the file is there: a server that is started
 * again knows it, too. Nothing is open, so nothing need be closed.
 *
 *   label   request                            answer
 *   FIND    string: path                       MR1 = number, MR2 = enum
 *                                              pn_file_type, MR3 = bytes
 *   STAT    MR1 = number                       MR1, MR2, MR3: the same
 *   READ    MR1 = number, MR2 = offset,        string; shorter than wanted
 *           MR3 = bytes, at most 4096          only at the end of the file
 *   LIST    MR1 = a directory's number,        MR1 = cursor for the next entry,
 *           MR2 = cursor, at first 0           MR2 = number; string: its name.
 *                                              PN_NOT_FOUND: there are no more
 *   CREATE  string: path of a new file         MR1 = number
 *   WRITE   MR1 = number, MR2 = offset;        MR1 = bytes written
 *           string
 *   CUT     MR1 = number, MR2 = bytes to keep  -
 *   REMOVE  string: path                       -
 *
 * Paths begin at the server's root, with or without '/'. Refusals
 * (pn/server.h): PN_NOT_FOUND, PN_INVALID, PN_NO_ROOM, PN_BROKEN; PN_DENIED by a
 * server that only reads, and for a directory where a file is wanted.
 */
#pragma once

#include <pn/server.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PN_FILES_PATH 512  /* bytes of a path */
#define PN_FILES_DATA 4096 /* bytes of one READ or WRITE */
#define PN_FILES_NAME 255

enum pn_file_label {
    PN_FILE_FIND = 0x0f01,
    PN_FILE_STAT,
    PN_FILE_READ,
    PN_FILE_LIST,
    PN_FILE_CREATE,
    PN_FILE_WRITE,
    PN_FILE_CUT,
    PN_FILE_REMOVE
};

enum pn_file_type { PN_FILE, PN_DIRECTORY, PN_FILE_OTHER };

struct pn_file {
    L4_Word_t number;
    L4_Word_t type; /* enum pn_file_type */
    L4_Word_t bytes;
};

/* Each returns 0 or more, or minus an enum pn_problem. */
int pn_file_find(L4_ThreadId_t fs, const char *path, struct pn_file *out);
int pn_file_stat(L4_ThreadId_t fs, L4_Word_t number, struct pn_file *out);
int pn_file_read(L4_ThreadId_t fs, L4_Word_t number, L4_Word_t offset,
                 void *to, size_t bytes);
/* 1 and an entry, or 0: no more. *cursor is 0 at first. */
int pn_file_list(L4_ThreadId_t fs, L4_Word_t directory, L4_Word_t *cursor,
                 L4_Word_t *number, char name[PN_FILES_NAME + 1]);
int pn_file_create(L4_ThreadId_t fs, const char *path, L4_Word_t *number);
int pn_file_write(L4_ThreadId_t fs, L4_Word_t number, L4_Word_t offset,
                  const void *from, size_t bytes);
int pn_file_cut(L4_ThreadId_t fs, L4_Word_t number, L4_Word_t bytes);
int pn_file_remove(L4_ThreadId_t fs, const char *path);

/* A file server's: publish the caller as files/NAME, if there is a name service
 * (pn/names.h), by the program's own name. */
void pn_files_publish(void);

#ifdef __cplusplus
}
#endif
