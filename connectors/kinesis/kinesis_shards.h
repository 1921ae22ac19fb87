/* kinesis_shards.h: which shards of a stream are read, and from where: those that the memory owns
 * and whose parents are at their end, durably. For the source's one thread. */
#ifndef KINESIS_KINESIS_SHARDS_H
#define KINESIS_KINESIS_SHARDS_H

#include "kinesis/kinesis_fetch.h"
#include "kinesis/kinesis_notices.h"
#include "kinesis/kinesis_source.h"

/* A shard that is read. */
struct kinesis_reading {
    struct buf part;                  /* its id */
    struct buf name;                  /* as kinesis_position_name gives it */
    struct kinesis_hash_range range;
    struct kinesis_position position; /* behind what its owner was given */
    struct kinesis_feed *feed;
    int64_t end_us;                   /* the fetch, given already, that found its end; 0: none */
    bool late;
    struct kinesis_reading *next;
};

/* In place. */
struct kinesis_shards {
    struct span stream;
    enum kinesis_start start;
    int64_t start_ms;
    struct clock clock;
    struct kinesis_pace pace;
    const struct source_memory *memory;
    struct kinesis_fetch *fetch;
    struct kinesis_notices *notices;
    struct kinesis_lineage lineage;
    struct kinesis_reading *readings;
    struct arena *scratch;            /* of one call */
    bool listed;                      /* once at least */
    unsigned uncovered;               /* listings in a row with findings */
    bool uncovered_told;
};

/* What `fetch` and `memory` are stays the caller's; the rest is copied from the options, whose
 * stream must outlive it. */
void kinesis_shards_init(struct kinesis_shards *shards,
                         const struct kinesis_source_options *options,
                         const struct kinesis_pace *pace);
void kinesis_shards_deinit(struct kinesis_shards *shards);

/* Takes a whole listing in, and audits it. Does not start anything: kinesis_shards_sync does. */
void kinesis_shards_list(struct kinesis_shards *shards, const struct kinesis_listing *listing);
/* Stops what is owned no more, begins what may begin. Anything but STATUS_OK: the memory failed. */
MUST_USE enum status kinesis_shards_sync(struct kinesis_shards *shards);
/* As source_ops.settle; true when the shard is at its end, so that others may begin. */
bool kinesis_shards_settle(struct kinesis_shards *shards, struct span part, struct span position);
/* When every shard stood at its end that is to be read here: the time of the oldest fetch that
 * found so. 0: one does not, or is not begun yet. */
int64_t kinesis_shards_idle_us(const struct kinesis_shards *shards);
/* Whether it is (still) read. */
bool kinesis_shards_reads(const struct kinesis_shards *shards,
                          const struct kinesis_reading *reading);

#endif
