/* file_identity.h: tells whether a file is still the one that a position speaks of. */
#ifndef FILE_FILE_IDENTITY_H
#define FILE_FILE_IDENTITY_H

#include "base/arena.h"
#include "base/status.h"

enum { FILE_IDENTITY_PREFIX_BYTES = 4096, FILE_IDENTITY_TEXT_SIZE = 128 };

/* "device:inode:n:hash": the hash of the first n bytes, n at most 4,096 (rule 23 of recovery).
 * STATUS_IO when the file cannot be read. The text lives in `arena`. */
MUST_USE enum status file_identity_read(int descriptor, struct arena *arena, struct span *out);
/* True when the open file is the one that the identity was read from, perhaps grown since. */
bool file_identity_matches(int descriptor, struct span identity);

#endif
