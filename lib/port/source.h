/* source.h: where records come from. */
#ifndef PORT_SOURCE_H
#define PORT_SOURCE_H

#include "base/arena.h"
#include "base/status.h"

enum { SOURCE_BATCH_RECORDS_MAX = 4096, SOURCE_BATCH_BYTES_MAX = 32 * 1024 * 1024 };

/* One record as received. */
struct source_record {
    struct span bytes;   /* with `refused` set only its first bytes, at most 64 KiB */
    uint64_t offset;     /* place in the source, ascending */
    uint64_t line;       /* from 1, for messages; 0 where there are no lines */
    int64_t arrival_us;  /* when it came to the source; 0 where that is not told (files, stdin) */
    const char *refused; /* why the source itself refuses it (too long); NULL otherwise */
};

/* What one read gave; valid until the next. Blank lines are counted, not given. */
struct source_batch {
    const struct source_record *records;
    size_t count;
    uint64_t blank;      /* blank lines passed over */
    struct span position; /* where to resume after this batch: opaque text that names the source's
                             identity, at most 512 bytes */
};

/* One source. Used by one thread. */
struct source {
    const struct source_ops *ops;
    struct span name;
};

struct source_ops {
    /* Resumes after `position` (empty: from the start). STATUS_CONFLICT when the position is of
     * another thing (a replaced file): the source then starts at its beginning and says so. */
    enum status (*open)(struct source *source, struct span position);
    /* The next 1 to 4,096 records, or none when only blank lines were passed (blank > 0).
     * STATUS_END: no more will come. STATUS_AGAIN: none within wait_ms. STATUS_IO, STATUS_INVALID:
     * the source is unusable (a damaged gzip). After STATUS_OK problem() is empty, or says that a
     * file that is followed was rotated. */
    enum status (*read)(struct source *source, int wait_ms, struct source_batch *out);
    /* What went wrong last, for a person. */
    struct span (*problem)(const struct source *source);
    void (*free)(struct source *source);
};

#endif
