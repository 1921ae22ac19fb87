/* kafka_record.c: a batch is one block of memory beside the messages that it holds. */
#include "base/check.h"
#include "kafka/kafka_batch.h"

#include <stdlib.h>

enum { US_PER_MS = 1000 };

static struct kafka_record record_of(rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
    return (struct kafka_record){
        .partition = message->partition,
        .tombstone = message->payload == NULL,
        .offset = message->offset,
        .timestamp_us =
            type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp_ms * US_PER_MS,
        .key = span_of(message->key, message->key_len),
        .value = span_of(message->payload, message->len),
        .message = message,
    };
}

struct kafka_batch *kafka_batch_take(rd_kafka_message_t *const *messages, size_t count,
                                     const struct kafka_end *ends, size_t end_count)
{
    size_t size = sizeof(struct kafka_batch) + count * sizeof(struct kafka_record) +
                  end_count * sizeof(struct kafka_end);
    struct kafka_batch *batch = malloc(size);
    if (!batch) {
        check_memory_exhausted(size);
    }
    *batch = (struct kafka_batch){.count = count, .end_count = end_count};
    batch->records = (struct kafka_record *)(batch + 1);
    batch->ends = (struct kafka_end *)(batch->records + count);
    for (size_t i = 0; i < count; i++) {
        batch->records[i] = record_of(messages[i]);
    }
    if (end_count) {
        memcpy(batch->ends, ends, end_count * sizeof *ends);
    }
    return batch;
}

void kafka_batch_free(struct kafka_batch **batch)
{
    if (!*batch) {
        return;
    }
    for (size_t i = 0; i < (*batch)->count; i++) {
        rd_kafka_message_destroy((*batch)->records[i].message);
    }
    free(*batch);
    *batch = NULL;
}

size_t kafka_record_headers(const struct kafka_record *record, struct kafka_header *headers,
                            size_t max)
{
    rd_kafka_headers_t *all = NULL;
    size_t count = 0;
    if (rd_kafka_message_headers(record->message, &all) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    while (count < max) {
        const char *name = NULL;
        const void *value = NULL;
        size_t size = 0;
        if (rd_kafka_header_get_all(all, count, &name, &value, &size) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
            break;
        }
        headers[count++] =
            (struct kafka_header){.name = span_view(name), .value = span_of(value, size)};
    }
    return count;
}

bool kafka_record_header(const struct kafka_record *record, const char *name, struct span *value)
{
    rd_kafka_headers_t *all = NULL;
    const void *found = NULL;
    size_t size = 0;
    if (rd_kafka_message_headers(record->message, &all) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(all, name, &found, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return false;
    }
    *value = span_of(found, size);
    return true;
}

int32_t kafka_key_partition(struct span key, int32_t partitions)
{
    return rd_kafka_msg_partitioner_murmur2(NULL, key.ptr, key.len, partitions, NULL, NULL);
}
