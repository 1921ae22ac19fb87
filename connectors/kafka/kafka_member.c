/* kafka_member.c: what all files of a group member stand on. */
#include "kafka/kafka_member.h"

#include "base/check.h"
#include "kafka/kafka_error.h"
#include "kafka/kafka_list.h"

#include <stdlib.h>

enum { PARTITIONS_MAX = 100000 };

struct kafka_held *kafka_member_held(struct kafka_consumer *consumer, int32_t partition)
{
    check(partition >= 0 && partition < PARTITIONS_MAX);
    size_t at = (size_t)partition;
    if (at >= consumer->held_count) {
        size_t count = at + 16;
        consumer->held = kafka_list_grown(consumer->held, consumer->held_count, count,
                                          sizeof *consumer->held);
        consumer->ends = kafka_list_grown(consumer->ends, consumer->held_count, count,
                                          sizeof *consumer->ends);
        consumer->held_count = count;
    }
    return &consumer->held[at];
}

bool kafka_member_holds(const struct kafka_consumer *consumer, int32_t partition)
{
    return partition >= 0 && (size_t)partition < consumer->held_count &&
           consumer->held[partition].held;
}

void kafka_member_fail(struct kafka_consumer *consumer, struct kafka_problem problem)
{
    if (!consumer->has_problem) {
        consumer->problem = problem;
        consumer->has_problem = true;
    }
}

enum status kafka_member_subscribe(struct kafka_consumer *consumer, struct kafka_problem *problem)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, consumer->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(consumer->client.handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        *problem = kafka_error_problem(error, NULL);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}
