/* aws_file.h: reads a small file whole. Inside this layer only. */
#ifndef AWS_AWS_FILE_H
#define AWS_AWS_FILE_H

#include "base/buf.h"
#include "base/status.h"

/* Appends the file's bytes. STATUS_NOT_FOUND; STATUS_LIMIT: longer than bytes_max; STATUS_IO: errno
 * says why. What was appended before a failure stays. */
MUST_USE enum status aws_file_read(const char *path, size_t bytes_max, struct buf *out);

#endif
