/* kafka_assignment.c: partitions come and go. The committed position of each new one is read before
 * the owner hears of it, so that the owner decides where to start. */
#include "base/check.h"
#include "kafka/kafka_list.h"
#include "kafka/kafka_member.h"

#include <stdlib.h>

enum { COMMITTED_WAIT_MS = 1000 };

static bool is_stopping(const struct kafka_consumer *consumer)
{
    const struct kafka_consumer_owner *owner = &consumer->owner;
    return owner->stopping && owner->stopping(owner->context);
}

/* KAFKA_AWAY: to be asked again; the coordinator may just have moved. */
static struct kafka_problem find_committed(struct kafka_consumer *consumer,
                                           rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_resp_err_t error =
        rd_kafka_committed(consumer->client.handle, list, COMMITTED_WAIT_MS);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        error = kafka_list_error(list);
    }
    return kafka_error_problem(error, NULL);
}

static bool is_cooperative(const struct kafka_consumer *consumer)
{
    const char *protocol = rd_kafka_rebalance_protocol(consumer->client.handle);
    return protocol && strcmp(protocol, "COOPERATIVE") == 0;
}

static void answer(struct kafka_consumer *consumer, bool is_assignment,
                   const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_t *handle = consumer->client.handle;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (is_cooperative(consumer)) {
        problem = kafka_error_take(is_assignment ? rd_kafka_incremental_assign(handle, list)
                                                 : rd_kafka_incremental_unassign(handle, list));
    } else {
        problem = kafka_error_problem(rd_kafka_assign(handle, is_assignment ? list : NULL), NULL);
    }
    if (problem.trouble != KAFKA_FINE) {
        kafka_member_fail(consumer, problem);
    }
}

static void give(struct kafka_consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    struct kafka_part *parts = kafka_list_parts(list);
    for (int i = 0; i < list->cnt; i++) {
        *kafka_member_held(consumer, parts[i].partition) = (struct kafka_held){.held = true};
    }
    if (consumer->owner.assigned) {
        consumer->owner.assigned(consumer->owner.context, parts, (size_t)list->cnt);
    }
    for (int i = 0; i < list->cnt; i++) {
        list->elems[i].offset = parts[i].start;
    }
    free(parts);
    answer(consumer, true, list);
}

/* After a hand-over librdkafka joins once more, so that what was given up is dealt out. With a
 * commit under way it puts that off, in a state in which a session that runs out (no broker
 * answers) takes the member's id: then it joins as somebody else, and a static member is handed
 * what it had, so that what it gave up belongs to nobody. Without a commit it joins at once. */
void kafka_assignment_serve(struct kafka_consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = consumer->awaited;
    if (!list || is_stopping(consumer) || kafka_commit_is_outstanding(consumer)) {
        return;
    }
    struct kafka_problem problem = find_committed(consumer, list);
    if (problem.trouble == KAFKA_AWAY) {
        return; /* the next poll asks again: whoever polls must go round meanwhile */
    }
    consumer->awaited = NULL;
    consumer->changed = true;
    if (problem.trouble == KAFKA_FINE) {
        give(consumer, list);
    } else {
        kafka_member_fail(consumer, problem);
        answer(consumer, true, list); /* the group wants an answer; no record is taken */
    }
    rd_kafka_topic_partition_list_destroy(list);
}

void kafka_assignment_forget(struct kafka_consumer *consumer)
{
    if (consumer->awaited) {
        answer(consumer, true, consumer->awaited); /* no record is taken of what is not held */
        rd_kafka_topic_partition_list_destroy(consumer->awaited);
        consumer->awaited = NULL;
    }
}

/* What was gathered of partitions that are not ours any more is given to nobody. */
static void drop_foreign(struct kafka_consumer *consumer)
{
    size_t kept = 0;
    for (size_t i = 0; i < consumer->message_count; i++) {
        rd_kafka_message_t *message = consumer->messages[i];
        if (kafka_member_holds(consumer, message->partition)) {
            consumer->messages[kept++] = message;
        } else {
            rd_kafka_message_destroy(message);
        }
    }
    consumer->message_count = kept;
    kept = 0;
    for (size_t i = 0; i < consumer->end_count; i++) {
        if (kafka_member_holds(consumer, consumer->ends[i].partition)) {
            consumer->ends[kept++] = consumer->ends[i];
        }
    }
    consumer->end_count = kept;
}

/* Moves those that the owner was given to the front; how many. */
static size_t keep_held(const struct kafka_consumer *consumer, struct kafka_part *parts,
                        size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kafka_member_holds(consumer, parts[i].partition)) {
            parts[kept++] = parts[i];
        }
    }
    return kept;
}

static void hand_back(struct kafka_consumer *consumer, const struct kafka_part *parts,
                      size_t count, bool lost)
{
    consumer->lost = lost;
    if (consumer->owner.revoked && count > 0) {
        consumer->owner.revoked(consumer->owner.context, parts, count, lost);
    }
    consumer->lost = false;
    for (size_t i = 0; i < count; i++) {
        *kafka_member_held(consumer, parts[i].partition) = (struct kafka_held){0};
    }
    drop_foreign(consumer);
}

static void take_away(struct kafka_consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    struct kafka_part *parts = kafka_list_parts(list);
    size_t count = keep_held(consumer, parts, (size_t)list->cnt);
    hand_back(consumer, parts, count, rd_kafka_assignment_lost(consumer->client.handle) != 0);
    free(parts);
    answer(consumer, false, list);
}

void kafka_assignment_lose(struct kafka_consumer *consumer)
{
    struct kafka_part *parts = calloc(consumer->held_count + 1, sizeof *parts);
    size_t count = 0;
    if (!parts) {
        check_memory_exhausted(consumer->held_count * sizeof *parts);
    }
    for (size_t i = 0; i < consumer->held_count; i++) {
        parts[count].partition = (int32_t)i;
        count += consumer->held[i].held;
    }
    hand_back(consumer, parts, count, true);
    free(parts);
}

void kafka_assignment_changed(rd_kafka_t *handle, rd_kafka_resp_err_t kind,
                              rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct kafka_client *client = opaque;
    struct kafka_consumer *consumer = client->owner;
    consumer->changed = true;
    kafka_assignment_forget(consumer); /* the group went on without it */
    if (kind == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS && consumer->leaving) {
        answer(consumer, true, list); /* nobody looks for the coordinator any more */
    } else if (kind == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        consumer->awaited = rd_kafka_topic_partition_list_copy(list);
        kafka_assignment_serve(consumer);
    } else if (kind == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
        take_away(consumer, list);
    } else {
        kafka_member_fail(consumer, kafka_error_problem(kind, NULL));
        rd_kafka_assign(handle, NULL);
    }
}
