/* kafka_group.c: questions go out by the member's own connections; an answer waits in a queue of
 * its own. The coordinator is found by asking one broker after the other: librdkafka's own search
 * for it ends the process when no broker answers (issue 4605 of librdkafka). */
#include "kafka/kafka_group.h"

#include "base/check.h"
#include "kafka/kafka_member.h"

#include <stdlib.h>

enum { ANSWER_WAIT_MS = 10000 };
/* A member that had not joined yet does not lose its id by leaving: then it is not waited for. */
static const uint64_t leave_wait_ns = UINT64_C(15) * 1000000000;

static rd_kafka_AdminOptions_t *options_of(struct kafka_consumer *consumer,
                                           rd_kafka_admin_op_t what)
{
    char reason[128];
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(consumer->client.handle, what);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, ANSWER_WAIT_MS, reason,
                                                    sizeof reason);
    return options;
}

static void ask_brokers(struct kafka_consumer *consumer)
{
    rd_kafka_AdminOptions_t *options = options_of(consumer, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER);
    rd_kafka_DescribeCluster(consumer->client.handle, options, consumer->descriptions);
    rd_kafka_AdminOptions_destroy(options);
}

static void ask_group(struct kafka_consumer *consumer)
{
    char reason[128];
    const char *group = consumer->group;
    rd_kafka_AdminOptions_t *options =
        options_of(consumer, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    (void)rd_kafka_AdminOptions_set_broker(options, consumer->brokers[consumer->broker_at],
                                           reason, sizeof reason);
    rd_kafka_DescribeConsumerGroups(consumer->client.handle, &group, 1, options,
                                    consumer->descriptions);
    rd_kafka_AdminOptions_destroy(options);
}

/* While no broker can be reached, a question that waits for one makes librdkafka try to connect
 * without rest. */
void kafka_group_ask(struct kafka_consumer *consumer)
{
    if (consumer->describing || consumer->client.away) {
        return;
    }
    consumer->describing = true;
    if (consumer->broker_count) {
        ask_group(consumer);
    } else {
        ask_brokers(consumer);
    }
}

static void forget_brokers(struct kafka_consumer *consumer)
{
    free(consumer->brokers);
    consumer->brokers = NULL;
    consumer->broker_count = consumer->broker_at = 0;
}

/* Who they are; the group is asked for at the first. */
static void take_brokers(struct kafka_consumer *consumer,
                         const rd_kafka_DescribeCluster_result_t *result)
{
    size_t count = 0;
    const rd_kafka_Node_t **nodes = rd_kafka_DescribeCluster_result_nodes(result, &count);
    forget_brokers(consumer);
    consumer->brokers = calloc(count + 1, sizeof *consumer->brokers);
    if (!consumer->brokers) {
        check_memory_exhausted(count * sizeof *consumer->brokers);
    }
    for (size_t i = 0; i < count; i++) {
        consumer->brokers[i] = rd_kafka_Node_id(nodes[i]);
    }
    consumer->broker_count = count;
    if (count) {
        consumer->describing = true;
        ask_group(consumer);
    }
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

static const rd_kafka_ConsumerGroupDescription_t *description_of(rd_kafka_event_t *event)
{
    size_t count = 0;
    const rd_kafka_DescribeConsumerGroups_result_t *result =
        rd_kafka_event_DescribeConsumerGroups_result(event);
    const rd_kafka_ConsumerGroupDescription_t **groups =
        result ? rd_kafka_DescribeConsumerGroups_result_groups(result, &count) : NULL;
    return count == 1 ? groups[0] : NULL;
}

/* RD_KAFKA_RESP_ERR_NO_ERROR: it describes the group. */
static rd_kafka_resp_err_t error_of(rd_kafka_event_t *event)
{
    const rd_kafka_ConsumerGroupDescription_t *described = description_of(event);
    const rd_kafka_error_t *error =
        described ? rd_kafka_ConsumerGroupDescription_error(described) : NULL;
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    return error                                             ? rd_kafka_error_code(error)
           : code == RD_KAFKA_RESP_ERR_NO_ERROR && !described ? RD_KAFKA_RESP_ERR__BAD_MSG
                                                             : code;
}

/* What an answer without a description leads to: the next question, or none. */
static enum status go_on(struct kafka_consumer *consumer, rd_kafka_event_t *event,
                         struct kafka_problem *problem)
{
    const rd_kafka_DescribeCluster_result_t *cluster = rd_kafka_event_DescribeCluster_result(event);
    rd_kafka_resp_err_t error = error_of(event);
    if (cluster && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        take_brokers(consumer, cluster);
        return STATUS_AGAIN;
    }
    if (error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR &&
        ++consumer->broker_at < consumer->broker_count) {
        kafka_group_ask(consumer);
        return STATUS_AGAIN;
    }
    forget_brokers(consumer);
    *problem = kafka_error_problem(error, NULL);
    return STATUS_IO;
}

enum status kafka_group_hear(struct kafka_consumer *consumer, struct arena *arena,
                             struct kafka_group *out, struct kafka_problem *problem)
{
    rd_kafka_event_t *event =
        consumer->describing ? rd_kafka_queue_poll(consumer->descriptions, 0) : NULL;
    enum status status = STATUS_AGAIN;
    if (!event) {
        return status;
    }
    consumer->describing = false;
    if (error_of(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        read_members(consumer, description_of(event), arena, out);
        status = STATUS_OK;
    } else {
        status = go_on(consumer, event, problem);
    }
    rd_kafka_event_destroy(event);
    return status;
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
