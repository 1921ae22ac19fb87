/* kafka_commit.c: one commit at a time, of partitions that are ours, as a member of the group: the
 * coordinator checks the generation. */
#include "kafka/kafka_list.h"
#include "kafka/kafka_member.h"

#include <stdlib.h>

enum { NS_PER_MS = 1000000 };

static enum status may_commit(const struct kafka_consumer *consumer,
                              const struct kafka_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (consumer->lost || !kafka_member_holds(consumer, parts[i].partition)) {
            return STATUS_CONFLICT;
        }
        if (parts[i].metadata.len > KAFKA_METADATA_BYTES_MAX) {
            return STATUS_LIMIT;
        }
    }
    return STATUS_OK;
}

static struct kafka_problem send_commit(struct kafka_consumer *consumer,
                                        const struct kafka_part *parts, size_t count,
                                        rd_kafka_queue_t *answers, void *opaque)
{
    rd_kafka_topic_partition_list_t *list = kafka_list_of(consumer->topic, parts, count);
    rd_kafka_resp_err_t error =
        rd_kafka_commit_queue(consumer->client.handle, list, answers, NULL, opaque);
    rd_kafka_topic_partition_list_destroy(list);
    return kafka_error_problem(error, NULL);
}

static struct kafka_problem problem_of(rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = kafka_list_error(rd_kafka_event_topic_partition_list(event));
    }
    return kafka_error_problem(error, NULL);
}

enum status kafka_consumer_commit(struct kafka_consumer *consumer, const struct kafka_part *parts,
                                  size_t count)
{
    enum status status = may_commit(consumer, parts, count);
    if (status != STATUS_OK) {
        return status;
    }
    if (consumer->committing) {
        return STATUS_AGAIN;
    }
    struct kafka_problem problem = send_commit(consumer, parts, count, consumer->commits, NULL);
    if (problem.trouble != KAFKA_FINE) {
        kafka_member_fail(consumer, problem);
        return STATUS_AGAIN;
    }
    consumer->committing = true;
    return STATUS_OK;
}

bool kafka_commit_is_outstanding(const struct kafka_consumer *consumer)
{
    return consumer->committing || consumer->waited_count > 0;
}

/* The answer to a commit that is waited for; those to earlier ones, which were given up, are
 * nobody's. `number` NULL: all are. */
static rd_kafka_event_t *take_waited(struct kafka_consumer *consumer, const void *number,
                                     int wait_ms)
{
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    while (consumer->waited_count > 0) {
        uint64_t now_ns = clock_monotonic_ns();
        int left_ms = now_ns < until_ns ? (int)((until_ns - now_ns) / NS_PER_MS) : 0;
        rd_kafka_event_t *event = rd_kafka_queue_poll(consumer->waited, left_ms);
        if (!event) {
            return NULL;
        }
        consumer->waited_count--;
        if (number && rd_kafka_event_opaque(event) == number) {
            return event;
        }
        rd_kafka_event_destroy(event);
    }
    return NULL;
}

void kafka_commit_fail(struct kafka_consumer *consumer, const struct kafka_problem *problem)
{
    bool was_committing = consumer->committing;
    consumer->committing = false;
    consumer->waited_count = 0;
    if (was_committing && consumer->owner.committed) {
        consumer->owner.committed(consumer->owner.context, NULL, 0, problem);
    }
}

void kafka_commit_serve(struct kafka_consumer *consumer, int wait_ms)
{
    (void)take_waited(consumer, NULL, 0);
    if (!consumer->committing) {
        return;
    }
    rd_kafka_event_t *event = rd_kafka_queue_poll(consumer->commits, wait_ms);
    if (!event) {
        return;
    }
    struct kafka_problem problem = problem_of(event);
    rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    consumer->committing = false;
    consumer->changed = true;
    if (consumer->owner.committed && list) {
        struct kafka_part *parts = kafka_list_parts(list);
        consumer->owner.committed(consumer->owner.context, parts, (size_t)list->cnt, &problem);
        free(parts);
    }
    rd_kafka_event_destroy(event);
}

enum status kafka_consumer_settle(struct kafka_consumer *consumer, int wait_ms)
{
    kafka_commit_serve(consumer, wait_ms);
    return consumer->committing ? STATUS_AGAIN : STATUS_OK;
}

static enum status await(struct kafka_consumer *consumer, const struct kafka_part *parts,
                         size_t count, int wait_ms, struct kafka_problem *problem)
{
    void *number = (void *)++consumer->waited_last;
    *problem = send_commit(consumer, parts, count, consumer->waited, number);
    consumer->waited_count += problem->trouble == KAFKA_FINE;
    rd_kafka_event_t *event =
        problem->trouble == KAFKA_FINE ? take_waited(consumer, number, wait_ms) : NULL;
    enum status status = STATUS_AGAIN;
    if (event) {
        *problem = problem_of(event);
        status = problem->trouble == KAFKA_FINE   ? STATUS_OK
                 : problem->trouble == KAFKA_AWAY ? STATUS_AGAIN
                                                  : STATUS_IO;
        rd_kafka_event_destroy(event);
    } else if (problem->trouble == KAFKA_FINE) {
        *problem = kafka_error_problem(RD_KAFKA_RESP_ERR__TIMED_OUT, NULL);
    }
    return status;
}

enum status kafka_consumer_commit_wait(struct kafka_consumer *consumer,
                                       const struct kafka_part *parts, size_t count, int wait_ms,
                                       struct kafka_problem *problem)
{
    enum status status = may_commit(consumer, parts, count);
    if (status == STATUS_OK) {
        status = kafka_consumer_settle(consumer, wait_ms);
    }
    if (status != STATUS_OK) {
        *problem = kafka_error_problem(status == STATUS_CONFLICT
                                           ? RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST
                                       : status == STATUS_LIMIT
                                           ? RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE
                                           : RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS,
                                       NULL);
        return status;
    }
    return await(consumer, parts, count, wait_ms, problem);
}
