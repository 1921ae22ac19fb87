/* kinesis_cut.h: cuts a page into batches and unpacks what the Kinesis Producer Library packed. */
#ifndef KINESIS_KINESIS_CUT_H
#define KINESIS_KINESIS_CUT_H

#include "kinesis/kinesis_aggregate.h"
#include "kinesis/kinesis_cursor.h"
#include "port/source.h"

/* A page on its way. In place. */
struct kinesis_cut {
    const struct kinesis_fetched *fetched;
    struct kinesis_hash_range range; /* of the shard */
    size_t next;                     /* record */
    bool unpacking;                  /* record `next` holds others, of which some are left */
    struct kinesis_aggregate aggregate;
    uint64_t sub;                    /* of the next packed one */
    struct arena *arena;             /* of the tables of what is unpacked */
};

/* Begins a page. Records live as long as the page and `arena`, which is reset. */
void kinesis_cut_init(struct kinesis_cut *cut, const struct kinesis_fetched *fetched,
                      struct kinesis_hash_range range, struct arena *arena);
/* The next 0 to SOURCE_BATCH_RECORDS_MAX records, into `records`; *position moves behind them. None
 * when those that were left belong to another shard. Returns how many. */
size_t kinesis_cut_next(struct kinesis_cut *cut, struct source_record *records,
                        struct kinesis_position *position);
/* Whether the page is used up. */
bool kinesis_cut_is_done(const struct kinesis_cut *cut);

#endif
