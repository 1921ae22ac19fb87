/* source.h: where records come from. A source may have parts (the shards of a stream), each read in
 * its own order from a position of its own; a file is one part without a name. */
#ifndef PORT_SOURCE_H
#define PORT_SOURCE_H

#include "base/arena.h"
#include "base/status.h"

enum {
    SOURCE_BATCH_RECORDS_MAX = 4096,
    SOURCE_BATCH_BYTES_MAX = 32 * 1024 * 1024,
    SOURCE_POSITION_BYTES_MAX = 512,
};

/* One record as received. */
struct source_record {
    struct span bytes;    /* with `refused` set only its first bytes, at most 64 KiB */
    struct span sequence; /* the source's own name of its place in the part; empty where none */
    uint64_t offset;      /* place in the part, ascending */
    uint64_t line;        /* from 1, for messages; 0 where there are no lines */
    int64_t arrival_us;   /* when it came to the source; 0 where that is not told (files, stdin) */
    const char *refused;  /* why the source itself refuses it (too long); NULL otherwise */
};

/* What one read gave, all of one part; valid until the next. Blank lines are counted, not given. */
struct source_batch {
    const struct source_record *records;
    size_t count;
    uint64_t blank;       /* blank lines passed over */
    struct span part;     /* "shardId-000000000003"; empty where a source has no parts */
    struct span position; /* where to resume the part after this batch: opaque text that names the
                             source's identity, at most SOURCE_POSITION_BYTES_MAX */
    bool part_ended;      /* nothing will follow in this part */
    int64_t fetched_us;   /* when this batch was asked for; 0 where nobody waits for more */
    int64_t behind_ms;    /* how far the part is behind its end: 0 at its end, -1 not told */
    int64_t idle_us;      /* every part stood at its end then; 0: that is not so, or not told */
};

/* What its owner remembers of a source. Used by the thread that uses the source. */
struct source_memory {
    void *context;
    /* Where the part was left, in arena. STATUS_NOT_FOUND: it was never read. */
    enum status (*position)(void *context, struct span part, struct arena *arena,
                            struct span *out);
    /* Whether this process reads the part now; NULL: it reads all. */
    bool (*owns)(void *context, struct span part);
};

/* What an operator should know, once for each time that it begins or ends. */
enum source_notice_kind {
    SOURCE_NOTICE_PART_STARTED,
    SOURCE_NOTICE_PART_ENDED,
    SOURCE_NOTICE_PART_LOST,    /* records went before they were read: the text says which */
    SOURCE_NOTICE_REPLACED,     /* it is another thing than before, and read from its beginning */
    SOURCE_NOTICE_RETRYING,     /* it cannot be reached just now */
    SOURCE_NOTICE_REFUSED,      /* it will not be read until somebody acts; tried on slowly */
    SOURCE_NOTICE_KEY_REFUSED,  /* the same of the key that its records are encrypted with */
    SOURCE_NOTICE_RECOVERED,    /* after one of the three before */
    SOURCE_NOTICE_LATE,         /* a part is further behind than its limit: `number` ms */
    SOURCE_NOTICE_ON_TIME,      /* it no longer is */
    SOURCE_NOTICE_UNCOVERED,    /* records of a range are read by nobody, or in two places */
    SOURCE_NOTICE_COVERED,
    SOURCE_NOTICE_HELD_BACK,    /* `number` notices came faster than they were taken */
};

struct source_notice {
    enum source_notice_kind kind;
    struct span part; /* empty: the whole source */
    struct span text; /* for a person: what, and what to do; may be empty */
    int64_t number;
};

/* How a part stands. */
struct source_part {
    struct span part;
    int64_t behind_ms;     /* as the service said last, and the time since then; -1 not known */
    int64_t record_age_ms; /* of the last record, when it was read; -1: there was none */
    uint64_t records;      /* since the start, as are all counts */
    uint64_t bytes;
    uint64_t throttled;
    uint64_t retried;
    bool late;             /* behind_ms is above the limit */
};

/* One source. Used by one thread. */
struct source {
    const struct source_ops *ops;
    struct span name;
};

struct source_ops {
    /* Resumes each part where `memory` (which outlives the source) says; what it does not know
     * starts where the source's options say. STATUS_CONFLICT when a position is of another thing
     * (a replaced file): that part then starts at its beginning and problem() says so. */
    enum status (*open)(struct source *source, const struct source_memory *memory);
    /* The next 1 to 4,096 records of a part; or none when what was passed holds none (blank > 0, or
     * the position moved), when a part ended, or when it stands at its end (fetched_us tells since
     * when).
     * STATUS_END: no more will come. STATUS_AGAIN: none within wait_ms. STATUS_IO, STATUS_INVALID:
     * the source is unusable (a damaged gzip). After STATUS_OK problem() is empty, or says what a
     * person should know (a file that is followed was rotated). */
    enum status (*read)(struct source *source, int wait_ms, struct source_batch *out);
    /* All that was read of the part up to `position` is durable with its owner. Parts that must
     * wait for the end of this one (the children of a shard) start only then. NULL where nothing
     * waits. */
    void (*settle)(struct source *source, struct span part, struct span position);
    /* What went wrong last, for a person. */
    struct span (*problem)(const struct source *source);
    /* The next notice; its texts live until the next call of any function but these four. False:
     * none is left. NULL: the source gives none. */
    bool (*notice)(struct source *source, struct source_notice *out);
    /* Why records do not come now, for readiness; empty while they do. NULL: nothing keeps them. */
    struct span (*trouble)(struct source *source);
    /* How long ago the thread of its own that went round least lately did, in ms: a second or so,
     * or 25 s while it is in a call, unless it stands still. NULL: it has no threads. */
    int64_t (*standing_ms)(struct source *source);
    /* The parts that are read now, at most `room`; returns how many. NULL: it has no parts. */
    size_t (*parts)(struct source *source, struct source_part *out, size_t room);
    void (*free)(struct source *source);
};

static inline enum status source_position_alone(void *context, struct span part,
                                                struct arena *arena, struct span *out)
{
    const struct span *position = (const struct span *)context;
    (void)part;
    (void)arena;
    if (position->len == 0) {
        return STATUS_NOT_FOUND;
    }
    *out = *position;
    return STATUS_OK;
}

/* The memory of a source without parts: its one position, which must outlive the memory; empty: it
 * was never read. */
static inline struct source_memory source_memory_of(struct span *position)
{
    return (struct source_memory){.context = position, .position = source_position_alone};
}

#endif
