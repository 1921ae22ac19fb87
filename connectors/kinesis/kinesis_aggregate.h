/* kinesis_aggregate.h: records that the Kinesis Producer Library packed into one: magic, a protobuf
 * message, its MD5 (aggregation-format.md of the KPL). Read without a protobuf library. */
#ifndef KINESIS_KINESIS_AGGREGATE_H
#define KINESIS_KINESIS_AGGREGATE_H

#include "base/arena.h"
#include "kinesis/kinesis_hash.h"

enum { KINESIS_AGGREGATE_KEYS_MAX = 1 << 20 };

/* A packed record; views of the message. */
struct kinesis_packed {
    struct span data;
    struct span partition_key;
    struct span explicit_hash; /* decimal; empty: the key's own hash counts */
};

/* A message on its way, in order. In place; texts are views of it. */
struct kinesis_aggregate {
    struct span message;
    const struct span *keys;
    size_t key_count;
    const struct span *hashes;
    size_t hash_count;
    size_t at;
};

/* Checks the whole of `data` and opens it. False: it is a plain record (no magic, too short, a
 * wrong MD5, no such message, an index without an entry, more than KINESIS_AGGREGATE_KEYS_MAX
 * entries of a table). The tables live in arena. */
bool kinesis_aggregate_open(struct span data, struct arena *arena, struct kinesis_aggregate *out);
/* The next packed record; false at the end. */
bool kinesis_aggregate_next(struct kinesis_aggregate *aggregate, struct kinesis_packed *out);

/* Where a packed record would have gone on its own. */
kinesis_hash kinesis_packed_hash(const struct kinesis_packed *packed);

#endif
