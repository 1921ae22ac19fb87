/* kafka_list.h: partitions of one topic as librdkafka's lists and back; inside this folder only. */
#ifndef KAFKA_KAFKA_LIST_H
#define KAFKA_KAFKA_LIST_H

#include "kafka/kafka_consumer.h"

#include <librdkafka/rdkafka.h>

/* A list of the parts with their offsets and metadata. The caller destroys it. */
rd_kafka_topic_partition_list_t *kafka_list_of(const char *topic, const struct kafka_part *parts,
                                               size_t count);
/* Parts that view the list. The caller frees them. */
struct kafka_part *kafka_list_parts(const rd_kafka_topic_partition_list_t *list);
/* The first error in the list. */
rd_kafka_resp_err_t kafka_list_error(const rd_kafka_topic_partition_list_t *list);

/* An array with room for `count` instead of `old_count`, which is less; the new places are zeroed.
 * `old` may be NULL. */
void *kafka_list_grown(void *old, size_t old_count, size_t count, size_t size);

#endif
