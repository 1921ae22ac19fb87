/* kafka_commit.c: one commit at a time, of partitions that are ours, as a member of the group: the
 * coordinator checks the generation. */
#include "kafka/kafka_list.h"
#include "kafka/kafka_member.h"

#include <stdlib.h>

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
                                        rd_kafka_queue_t *answers)
{
    rd_kafka_topic_partition_list_t *list = kafka_list_of(consumer->topic, parts, count);
    rd_kafka_resp_err_t error =
        rd_kafka_commit_queue(consumer->client.handle, list, answers, NULL, NULL);
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
    struct kafka_problem problem = send_commit(consumer, parts, count, consumer->commits);
    if (problem.trouble != KAFKA_FINE) {
        kafka_member_fail(consumer, problem);
        return STATUS_AGAIN;
    }
    consumer->committing = true;
    return STATUS_OK;
}

void kafka_commit_serve(struct kafka_consumer *consumer, int wait_ms)
{
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

/* The answer of a commit that is waited for; its queue is its own, so that a late one is nobody
 * else's. */
static enum status await(struct kafka_consumer *consumer, const struct kafka_part *parts,
                         size_t count, int wait_ms, struct kafka_problem *problem)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->client.handle);
    *problem = send_commit(consumer, parts, count, queue);
    rd_kafka_event_t *event =
        problem->trouble == KAFKA_FINE ? rd_kafka_queue_poll(queue, wait_ms) : NULL;
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
    rd_kafka_queue_destroy(queue);
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
