/* kafka_group.c: questions go out by the member's own connections; an answer waits in a queue of
 * its own. */
#include "kafka/kafka_group.h"

#include "kafka/kafka_member.h"

#include <stdlib.h>

enum { ANSWER_WAIT_MS = 10000 };
/* A member that had not joined yet does not lose its id by leaving: then it is not waited for. */
static const uint64_t leave_wait_ns = UINT64_C(15) * 1000000000;

void kafka_group_ask(struct kafka_consumer *consumer)
{
    char reason[128];
    const char *group = consumer->group;
    rd_kafka_t *handle = consumer->client.handle;
    if (consumer->describing) {
        return;
    }
    consumer->describing = true;
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, ANSWER_WAIT_MS, reason,
                                                    sizeof reason);
    rd_kafka_DescribeConsumerGroups(handle, &group, 1, options, consumer->descriptions);
    rd_kafka_AdminOptions_destroy(options);
}

static void read_partitions(const struct kafka_consumer *consumer,
                            const rd_kafka_MemberDescription_t *described, struct arena *arena,
                            struct kafka_group_member *member)
{
    const rd_kafka_MemberAssignment_t *assignment =
        rd_kafka_MemberDescription_assignment(described);
    const rd_kafka_topic_partition_list_t *list =
        assignment ? rd_kafka_MemberAssignment_partitions(assignment) : NULL;
    int32_t *partitions = arena_array(arena, list ? (size_t)list->cnt : 0, sizeof *partitions);
    for (int i = 0; list && i < list->cnt; i++) {
        if (strcmp(list->elems[i].topic, consumer->topic) == 0) {
            partitions[member->count++] = list->elems[i].partition;
        }
    }
    member->partitions = partitions;
}

static void read_members(const struct kafka_consumer *consumer,
                         const rd_kafka_ConsumerGroupDescription_t *described,
                         struct arena *arena, struct kafka_group *out)
{
    size_t count = rd_kafka_ConsumerGroupDescription_member_count(described);
    struct kafka_group_member *members = arena_array(arena, count, sizeof *members);
    char *our_id = rd_kafka_memberid(consumer->client.handle);
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_MemberDescription_t *member =
            rd_kafka_ConsumerGroupDescription_member(described, i);
        struct span id = span_view(rd_kafka_MemberDescription_consumer_id(member));
        members[i] = (struct kafka_group_member){
            .id = arena_copy(arena, id),
            .is_us = our_id && span_equals(id, span_view(our_id)),
        };
        read_partitions(consumer, member, arena, &members[i]);
    }
    if (our_id) {
        rd_kafka_mem_free(consumer->client.handle, our_id);
    }
    *out = (struct kafka_group){
        .stable = rd_kafka_ConsumerGroupDescription_state(described) ==
                  RD_KAFKA_CONSUMER_GROUP_STATE_STABLE,
        .members = members,
        .count = count,
    };
}

static struct kafka_problem problem_of(rd_kafka_event_t *event,
                                       const rd_kafka_ConsumerGroupDescription_t *described)
{
    const rd_kafka_error_t *error =
        described ? rd_kafka_ConsumerGroupDescription_error(described) : NULL;
    if (error) {
        return kafka_error_problem(rd_kafka_error_code(error), rd_kafka_error_string(error));
    }
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR && !described) {
        code = RD_KAFKA_RESP_ERR__BAD_MSG;
    }
    return kafka_error_problem(code, rd_kafka_event_error_string(event));
}

enum status kafka_group_hear(struct kafka_consumer *consumer, struct arena *arena,
                             struct kafka_group *out, struct kafka_problem *problem)
{
    rd_kafka_event_t *event =
        consumer->describing ? rd_kafka_queue_poll(consumer->descriptions, 0) : NULL;
    if (!event) {
        return STATUS_AGAIN;
    }
    consumer->describing = false;
    size_t count = 0;
    const rd_kafka_DescribeConsumerGroups_result_t *result =
        rd_kafka_event_DescribeConsumerGroups_result(event);
    const rd_kafka_ConsumerGroupDescription_t **groups =
        result ? rd_kafka_DescribeConsumerGroups_result_groups(result, &count) : NULL;
    const rd_kafka_ConsumerGroupDescription_t *described = count == 1 ? groups[0] : NULL;
    struct kafka_problem found = problem_of(event, described);
    if (found.trouble == KAFKA_FINE) {
        read_members(consumer, described, arena, out);
    } else {
        *problem = found;
    }
    rd_kafka_event_destroy(event);
    return found.trouble == KAFKA_FINE ? STATUS_OK : STATUS_IO;
}

bool kafka_group_holds(const struct kafka_consumer *consumer, int32_t partition)
{
    return kafka_member_holds(consumer, partition);
}

/* librdkafka leaves for good, also as a static member, only while nothing is subscribed to: a
 * subscription that comes before it left keeps the member as it is. */
void kafka_group_rejoin(struct kafka_consumer *consumer)
{
    if (!consumer->rejoin_ns) {
        consumer->rejoin_ns = clock_monotonic_ns() + leave_wait_ns;
        rd_kafka_unsubscribe(consumer->client.handle);
    }
}

/* Leaving takes the member's id. */
static bool has_left(const struct kafka_consumer *consumer)
{
    char *id = rd_kafka_memberid(consumer->client.handle);
    bool left = !id || !*id;
    if (id) {
        rd_kafka_mem_free(consumer->client.handle, id);
    }
    return left;
}

void kafka_group_serve(struct kafka_consumer *consumer)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (!consumer->rejoin_ns ||
        (clock_monotonic_ns() < consumer->rejoin_ns && !has_left(consumer))) {
        return;
    }
    consumer->rejoin_ns = 0;
    if (kafka_member_subscribe(consumer, &problem) != STATUS_OK) {
        kafka_member_fail(consumer, problem);
    }
}
