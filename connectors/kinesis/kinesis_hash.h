/* kinesis_hash.h: hash keys: numbers of 128 bits by which records go to shards. */
#ifndef KINESIS_KINESIS_HASH_H
#define KINESIS_KINESIS_HASH_H

#include "base/span.h"

__extension__ typedef unsigned __int128 kinesis_hash;

enum { KINESIS_HASH_TEXT_SIZE = 40 }; /* 39 digits and a NUL */

/* The greatest hash key, 2^128 - 1. */
#define KINESIS_HASH_LAST (~(kinesis_hash)0)

/* The hash keys of a shard, both ends included. */
struct kinesis_hash_range {
    kinesis_hash first;
    kinesis_hash last;
};

/* Reads decimal digits without sign; false for anything else and from 2^128 on. */
bool kinesis_hash_parse(struct span text, kinesis_hash *out);
/* Decimal digits; returns the text's view of `out`. */
struct span kinesis_hash_format(kinesis_hash hash, char out[KINESIS_HASH_TEXT_SIZE]);
/* Where a record with this partition key goes: MD5, most significant byte first (API reference of
 * PutRecord). */
kinesis_hash kinesis_hash_of_key(struct span partition_key);

static inline bool kinesis_hash_range_holds(struct kinesis_hash_range range, kinesis_hash hash)
{
    return range.first <= hash && hash <= range.last;
}

#endif
