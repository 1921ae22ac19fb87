/* file_sibling.h: finds a file that was renamed, beside its old name. */
#ifndef FILE_FILE_SIBLING_H
#define FILE_FILE_SIBLING_H

#include "file/file_identity.h"

/* Opens for reading the file in the folder of `path` that has this identity: what a rotation made
 * of it while nobody looked. -1: there is none. The caller closes it. */
int file_sibling_open(const char *path, struct span identity);

#endif
