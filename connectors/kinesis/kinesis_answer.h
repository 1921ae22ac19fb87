/* kinesis_answer.h: reads what Kinesis answers: pages of records, listings of shards, iterators. */
#ifndef KINESIS_KINESIS_ANSWER_H
#define KINESIS_KINESIS_ANSWER_H

#include "base/buf.h"
#include "base/status.h"
#include "kinesis/kinesis_lineage.h"

enum { KINESIS_SHARD_ID_MAX = 128 };

struct kinesis_record {
    struct span sequence;
    struct span data;
    int64_t arrival_us; /* 0: not told */
};

/* One answer of GetRecords; views of its body and its arena. */
struct kinesis_page {
    struct kinesis_record *records;
    size_t count;
    size_t bytes;              /* of all data */
    struct span next_iterator; /* empty: the shard ends behind this page */
    bool has_children;         /* ChildShards names some */
    int64_t behind_ms;         /* MillisBehindLatest; -1: not told */
};

/* Reads an answer of GetRecords. The data of the records is decoded from base64 where it stands,
 * which changes `body`; the page points into it. STATUS_INVALID: *reason says what is wrong; the
 * answer must be asked for again. */
MUST_USE enum status kinesis_read_page(struct buf *body, struct arena *arena, const char **reason,
                                       struct kinesis_page *out);

/* Adds the shards of one answer of ListShards to a listing. In place; texts are copied into
 * `arena`. */
struct kinesis_listing {
    struct arena *arena;
    struct kinesis_shard *shards;
    size_t count;
    size_t capacity;
    struct span next_token; /* empty: the listing is whole */
};
/* STATUS_LIMIT: more than KINESIS_SHARDS_MAX. */
MUST_USE enum status kinesis_read_listing(struct span body, const char **reason,
                                          struct kinesis_listing *listing);

/* The iterator that GetShardIterator answers, in arena. */
MUST_USE enum status kinesis_read_iterator(struct span body, struct arena *arena,
                                           const char **reason, struct span *out);

#endif
