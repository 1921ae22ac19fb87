/* kinesis_position.h: where a shard was left, as text for whoever remembers it:
 *   "orders/shardId-000000000003/6f1c…e2 sequence 4960…002"
 * The part before the blank names the shard: stream, shard, and a hash of the stream's ARN and the
 * shard's first sequence number, which a stream made anew under the same name does not share. */
#ifndef KINESIS_KINESIS_POSITION_H
#define KINESIS_KINESIS_POSITION_H

#include "base/arena.h"
#include "base/status.h"
#include "kinesis/kinesis_sequence.h"

enum kinesis_place {
    KINESIS_PLACE_BEGINNING, /* "trim_horizon": before its oldest record */
    KINESIS_PLACE_TIME,      /* "at_timestamp MS": before the first that arrived then or later */
    KINESIS_PLACE_LATEST,    /* "latest MS": where its end was at that time */
    KINESIS_PLACE_RECORD,    /* "sequence N": behind this record; "sequence N sub I": behind the
                                I-th (from 0) of those that were packed into it */
    KINESIS_PLACE_END,       /* "SHARD_END", or "SHARD_END MS" when it was read from that time and
                                held nothing later: its children are read from that time too */
};

struct kinesis_position {
    enum kinesis_place place;
    int64_t time_ms;      /* TIME, LATEST; END: -1 unless its children start at a time */
    bool within;          /* RECORD: `sub` counts */
    uint64_t sub;
    size_t sequence_len;  /* RECORD */
    char sequence[KINESIS_SEQUENCE_DIGITS_MAX];
};

static inline struct span kinesis_position_sequence(const struct kinesis_position *position)
{
    return span_of(position->sequence, position->sequence_len);
}
/* Sets a place behind a record; the sequence is copied and must be valid. */
void kinesis_position_set(struct kinesis_position *position, struct span sequence);

/* The part of the text that names the shard, in arena. */
struct span kinesis_position_name(struct span stream, struct span shard,
                                  struct span first_sequence, struct arena *arena);
/* The whole text, in arena; at most SOURCE_POSITION_BYTES_MAX. */
struct span kinesis_position_write(struct span name, const struct kinesis_position *position,
                                   struct arena *arena);
/* STATUS_CONFLICT: it is of a shard with another name, or no position of this source. */
MUST_USE enum status kinesis_position_read(struct span text, struct span name,
                                           struct kinesis_position *out);

/* Whether `newer` lies at or beyond `older`; also when they are of different streams, where the one
 * written later counts. For readers of a log of positions, in which two writers may overlap. */
bool kinesis_position_passes(struct span newer, struct span older);

#endif
