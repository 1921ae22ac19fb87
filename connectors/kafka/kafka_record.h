/* kafka_record.h: records as they come from Kafka, in batches that can change threads. */
#ifndef KAFKA_KAFKA_RECORD_H
#define KAFKA_KAFKA_RECORD_H

#include "base/span.h"

enum { KAFKA_BATCH_RECORDS_MAX = 1000 };

struct kafka_header {
    struct span name; /* ends in NUL */
    struct span value;
};

/* Views of the batch. */
struct kafka_record {
    int32_t partition;
    bool tombstone;       /* no value at all, which is not the same as an empty one */
    int64_t offset;
    int64_t timestamp_us; /* of the record as the topic keeps it; -1: none */
    struct span key;
    struct span value;
    void *message;        /* for kafka_record_headers */
};

/* A partition was found at its end. */
struct kafka_end {
    int32_t partition;
    int64_t offset;     /* where the next record will be */
    int64_t fetched_us; /* wall clock no later than when the fetch that found it was sent: what came
                           to the partition before is below `offset` (rule 7) */
};

/* Owned by whoever got it, who frees it in any thread. A batch that is kept keeps the fetched
 * buffers of its records: bound how many are. Records of a partition are in order. Ends come after
 * the records of their partition. */
struct kafka_batch {
    struct kafka_record *records;
    size_t count;
    struct kafka_end *ends;
    size_t end_count;
};

/* Gives the records back; *batch becomes NULL. Any thread; before the client is freed. */
void kafka_batch_free(struct kafka_batch **batch);

/* The headers in order, at most `max` of them; the number there. Views of the batch. The first call
 * for a record unpacks them: not from two threads at once. */
size_t kafka_record_headers(const struct kafka_record *record, struct kafka_header *headers,
                            size_t max);
/* The last header of that name; false when there is none. */
bool kafka_record_header(const struct kafka_record *record, const char *name, struct span *value);

/* The partition of a key as the producer chooses it (murmur2 modulo partitions). */
int32_t kafka_key_partition(struct span key, int32_t partitions);

#endif
