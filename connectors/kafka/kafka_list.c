/* kafka_list.c: metadata travels as librdkafka's own copies. */
#include "kafka/kafka_list.h"

#include "base/check.h"

#include <stdlib.h>

static void *bytes_of(size_t size)
{
    void *bytes = malloc(size ? size : 1);
    if (!bytes) {
        check_memory_exhausted(size);
    }
    return bytes;
}

rd_kafka_topic_partition_list_t *kafka_list_of(const char *topic, const struct kafka_part *parts,
                                               size_t count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_t *one =
            rd_kafka_topic_partition_list_add(list, topic, parts[i].partition);
        one->offset = parts[i].offset;
        if (parts[i].metadata.len) { /* freed with the list */
            one->metadata = bytes_of(parts[i].metadata.len);
            one->metadata_size = parts[i].metadata.len;
            memcpy(one->metadata, parts[i].metadata.ptr, parts[i].metadata.len);
        }
    }
    return list;
}

struct kafka_part *kafka_list_parts(const rd_kafka_topic_partition_list_t *list)
{
    struct kafka_part *parts = bytes_of((size_t)list->cnt * sizeof *parts);
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &list->elems[i];
        bool is_committed = one->offset >= 0;
        parts[i] = (struct kafka_part){
            .partition = one->partition,
            .offset = is_committed ? one->offset : KAFKA_OFFSET_NONE,
            .metadata = span_of(one->metadata, one->metadata_size),
            .start = is_committed ? one->offset : KAFKA_OFFSET_BEGINNING,
        };
    }
    return parts;
}

rd_kafka_resp_err_t kafka_list_error(const rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; list && i < list->cnt; i++) {
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return list->elems[i].err;
        }
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void *kafka_list_grown(void *old, size_t old_count, size_t count, size_t size)
{
    char *bytes = realloc(old, count * size);
    if (!bytes) {
        check_memory_exhausted(count * size);
    }
    memset(bytes + old_count * size, 0, (count - old_count) * size);
    return bytes;
}
