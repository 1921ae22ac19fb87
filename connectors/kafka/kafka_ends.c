/* kafka_ends.c: librdkafka tells the end of a partition once, and not when it looked. So brokers
 * are asked, once a second, where partitions that seem to be at their end do end. When that is
 * where we are, everything that came before the question was given. */
#include "kafka/kafka_list.h"
#include "kafka/kafka_member.h"

static const uint64_t ask_interval_ns = UINT64_C(1000000000);
/* While a broker is away, librdkafka connects without any pause for a question that waits. */
enum { ASK_WAIT_MS = 1000 };

/* NULL when no partition seems to be at its end. */
static rd_kafka_topic_partition_list_t *to_ask(const struct kafka_consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    for (size_t i = 0; i < consumer->held_count; i++) {
        const struct kafka_held *held = &consumer->held[i];
        if (held->held && held->at_end) {
            if (!list) {
                list = rd_kafka_topic_partition_list_new((int)consumer->held_count);
            }
            rd_kafka_topic_partition_list_add(list, consumer->topic, (int32_t)i)->offset =
                RD_KAFKA_OFFSET_SPEC_LATEST;
        }
    }
    return list;
}

static void ask(struct kafka_consumer *consumer)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (consumer->asking || consumer->client.away || now_ns < consumer->ask_next_ns) {
        return;
    }
    consumer->ask_next_ns = now_ns + ask_interval_ns;
    rd_kafka_topic_partition_list_t *list = to_ask(consumer);
    if (!list) {
        return;
    }
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(consumer->client.handle, RD_KAFKA_ADMIN_OP_LISTOFFSETS);
    rd_kafka_error_t *error = rd_kafka_AdminOptions_set_isolation_level(
        options, RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED);
    (void)kafka_error_take(error);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, ASK_WAIT_MS, NULL, 0);
    consumer->asked_us = clock_now_us(consumer->client.clock);
    consumer->asking = true;
    rd_kafka_ListOffsets(consumer->client.handle, list, options, consumer->answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Keeps the newest end of a partition. */
static void keep(struct kafka_consumer *consumer, const struct kafka_end *end)
{
    size_t at = 0;
    while (at < consumer->end_count && consumer->ends[at].partition != end->partition) {
        at++;
    }
    consumer->ends[at] = *end;
    consumer->end_count += at == consumer->end_count;
}

static void hear(struct kafka_consumer *consumer, const rd_kafka_topic_partition_t *one)
{
    if (one->err != RD_KAFKA_RESP_ERR_NO_ERROR ||
        !kafka_member_holds(consumer, one->partition)) {
        return;
    }
    const struct kafka_held *held = kafka_member_held(consumer, one->partition);
    if (held->at_end && held->next == one->offset) {
        const struct kafka_end end = {
            .partition = one->partition, .offset = one->offset, .fetched_us = consumer->asked_us};
        keep(consumer, &end);
    }
}

void kafka_ends_serve(struct kafka_consumer *consumer)
{
    ask(consumer);
    rd_kafka_event_t *event =
        consumer->asking ? rd_kafka_queue_poll(consumer->answers, 0) : NULL;
    if (!event) {
        return;
    }
    const rd_kafka_ListOffsets_result_t *result = rd_kafka_event_ListOffsets_result(event);
    size_t count = 0;
    const rd_kafka_ListOffsetsResultInfo_t **infos =
        result ? rd_kafka_ListOffsets_result_infos(result, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        hear(consumer, rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]));
    }
    consumer->asking = false;
    rd_kafka_event_destroy(event);
}
