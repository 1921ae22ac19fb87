/* file_source.h: one record a line from a file (plain or gzip) or stdin. */
#ifndef FILE_FILE_SOURCE_H
#define FILE_FILE_SOURCE_H

#include "port/source.h"

struct file_source_options {
    struct span name;
    struct span path; /* "-": stdin */
    bool follow;      /* plain files: wait for more at the end instead of ending */
    size_t record_bytes_max; /* longer lines are given as refused; 0: 16 MiB */
};

/* Made closed: source_ops.open opens it. Gzip is told by its first bytes. Lines end in LF or CRLF;
 * a last line without one is a record when the input ends (not while following).
 * A followed file that is renamed is read to its end, then the new file under its name from the
 * beginning; also when that happened while nobody followed, if it still lies in its folder.
 * source_ops.free frees it. */
struct source *file_source_new(const struct file_source_options *options);

#endif
