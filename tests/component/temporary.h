/* temporary.h: a folder of its own for each test, and small things to do with files in it. */
#ifndef COMPONENT_TEMPORARY_H
#define COMPONENT_TEMPORARY_H

#include "base/buf.h"

struct temporary {
    char folder[64];
    char path[128]; /* of the last file named */
};

/* Makes a folder under $TMPDIR or /tmp; stops the test program when it cannot. */
void temporary_init(struct temporary *temporary);
/* Removes the folder and the files in it. */
void temporary_deinit(struct temporary *temporary);
/* "folder/name", valid until the next call. */
struct span temporary_path(struct temporary *temporary, const char *name);

void temporary_write(struct temporary *temporary, const char *name, struct span bytes);
void temporary_append(struct temporary *temporary, const char *name, struct span bytes);
/* The file's bytes; empty when there is none. The caller deinits. */
struct buf temporary_read(struct temporary *temporary, const char *name);

#endif
