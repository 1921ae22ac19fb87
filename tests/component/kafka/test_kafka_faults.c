/* Faults that a real broker does not make on demand: librdkafka's mock cluster refuses, forgets and
 * goes away. */
#include "kafka_world.h"

#include "base/check.h"
#include "kafka/kafka_group.h"
#include "kafka/kafka_member.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* Requests of Kafka's protocol. */
enum { PRODUCE = 0, OFFSET_COMMIT = 8, OFFSET_FETCH = 9, JOIN_GROUP = 11, HEARTBEAT = 12 };

/* A world whose cluster is a mock. */
struct mock {
    struct kafka_world *world; /* first: tests of the world take it */
    rd_kafka_t *handle;
    rd_kafka_mock_cluster_t *cluster;
};

static int up(void **state)
{
    char reason[256];
    void *world = NULL;
    struct mock *mock = calloc(1, sizeof *mock);
    check(mock);
    kafka_world_bare(&world);
    mock->world = world;
    mock->handle = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    mock->cluster = rd_kafka_mock_cluster_new(mock->handle, 1);
    mock->world->settings.brokers = span_view(rd_kafka_mock_cluster_bootstraps(mock->cluster));
    mock->world->topic = SPAN("mocked");
    check(rd_kafka_mock_topic_create(mock->cluster, "mocked", 1, 1) == RD_KAFKA_RESP_ERR_NO_ERROR);
    *state = mock;
    return 0;
}

static int down(void **state)
{
    struct mock *mock = *state;
    void *world = mock->world;
    rd_kafka_mock_broker_set_up(mock->cluster, 1);
    kafka_world_down(&world);
    rd_kafka_mock_cluster_destroy(mock->cluster);
    rd_kafka_destroy(mock->handle);
    free(mock);
    return 0;
}

static void send_one(struct kafka_world *world)
{
    const struct kafka_message message = {
        .topic = world->topic.ptr, .partition = 0, .value = SPAN("v")};
    assert_int_equal(kafka_producer_send(world->producer, &message), STATUS_OK);
}

static void poll_until(struct kafka_world *world, const unsigned *counter, unsigned wanted)
{
    for (int waited = 0; *counter < wanted && waited < WORLD_WAIT_MS; waited += 20) {
        struct kafka_batch *batch = NULL;
        world->polled = kafka_consumer_poll(world->consumer, 20, &batch);
        kafka_batch_free(&batch);
    }
    assert_int_equal(*counter, wanted);
}

static void test_broker_away__told_once_and_back_once(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    kafka_world_produce(world);
    kafka_world_send(world, 0, "v", 1);
    rd_kafka_mock_broker_set_down(mock->cluster, 1);
    assert_true(kafka_world_hears(world, "away;"));
    send_one(world);
    (void)!kafka_producer_flush(world->producer, 1500);
    assert_int_equal(world->delivered, 1);
    rd_kafka_mock_broker_set_up(mock->cluster, 1);
    assert_true(kafka_world_hears(world, "back;"));
    assert_int_equal(kafka_producer_flush(world->producer, WORLD_WAIT_MS), STATUS_OK);
    assert_int_equal(world->delivered, 2);
    assert_string_equal(world->heard.ptr, "away;back;");
}

static const struct {
    rd_kafka_resp_err_t error;
    int times;
    enum kafka_trouble trouble; /* KAFKA_FINE: delivered in the end */
} refusals[] = {
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, 2, KAFKA_FINE},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 2, KAFKA_FINE},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, 1, KAFKA_FINE},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 1, KAFKA_TOO_LARGE},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1, KAFKA_DENIED}, /* the last: see below */
};

static void test_produce__refusals_by_what_is_to_be_done(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    kafka_world_produce(world);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        world->delivered = world->failed = 0;
        for (int k = 0; k < refusals[i].times; k++) {
            rd_kafka_mock_push_request_errors(mock->cluster, PRODUCE, 1, refusals[i].error);
        }
        send_one(world);
        assert_int_equal(kafka_producer_flush(world->producer, WORLD_WAIT_MS), STATUS_OK);
        assert_int_equal(world->delivered, refusals[i].trouble == KAFKA_FINE);
        assert_int_equal(world->failed, refusals[i].trouble != KAFKA_FINE);
        if (world->failed) {
            assert_int_equal(world->failure.trouble, refusals[i].trouble);
        }
    }
    /* until brokers are asked again, the topic is refused at once */
    const struct kafka_message message = {.topic = world->topic.ptr, .partition = 0};
    assert_int_equal(kafka_producer_send(world->producer, &message), STATUS_IO);
}

/* The group went on without us: what was committed does not count, and that is told. */
static void test_rule1__commit_of_an_old_generation_is_told(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    const struct kafka_part part = {.partition = 0, .offset = 1};
    kafka_world_join(world, "old", 1);
    rd_kafka_mock_push_request_errors(mock->cluster, OFFSET_COMMIT, 1,
                                      RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
    assert_int_equal(kafka_consumer_commit(world->consumer, &part, 1), STATUS_OK);
    poll_until(world, &world->commits, 1);
    assert_int_equal(world->commit_problem.trouble, KAFKA_NOT_MEMBER);
}

/* The session is gone: partitions are lost, and nothing can be committed for them, not even from
 * within `revoked`. */
static void test_rule1__lost_partitions_are_not_committed(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    kafka_world_set(world, "heartbeat.interval.ms", "200");
    kafka_world_join(world, "lost", 1);
    rd_kafka_mock_push_request_errors(mock->cluster, HEARTBEAT, 1,
                                      RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID);
    poll_until(world, &world->lost, 1);
    assert_int_equal(world->lost_commit, STATUS_CONFLICT);
    assert_non_null(strstr(world->turns.ptr, "!0 "));
}

static void join_under_a_name(struct kafka_world *world)
{
    world->instance = "twice";
    kafka_world_set(world, "heartbeat.interval.ms", "200");
    kafka_world_set(world, "session.timeout.ms", "6000");
    kafka_world_join(world, "fenced", 1);
}

/* What was held is lost, a commit under way does not count, and the member joins once more. */
static void test_fenced__the_member_joins_anew(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    const struct kafka_part part = {.partition = 0, .offset = 1};
    join_under_a_name(world);
    rd_kafka_mock_push_request_errors(mock->cluster, OFFSET_COMMIT, 1,
                                      RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    assert_int_equal(kafka_consumer_commit(world->consumer, &part, 1), STATUS_OK);
    poll_until(world, &world->lost, 1);
    assert_int_equal(world->lost_commit, STATUS_CONFLICT);
    assert_int_equal(world->commits, 1);
    assert_int_equal(world->commit_problem.trouble, KAFKA_FENCED);
    poll_until(world, &world->assigned, 2);
    assert_non_null(strstr(world->heard.ptr, "fenced;"));
    assert_string_equal(world->turns.ptr, "+0 !0 +0 ");
    assert_int_equal(kafka_consumer_commit(world->consumer, &part, 1), STATUS_OK);
    poll_until(world, &world->commits, 2);
    assert_int_equal(world->commit_problem.trouble, KAFKA_FINE);
}

/* There is another one of its name. */
static void test_fenced_again_and_again__the_member_is_of_no_use(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    join_under_a_name(world);
    rd_kafka_mock_push_request_errors(mock->cluster, HEARTBEAT, 1,
                                      RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    rd_kafka_mock_push_request_errors(mock->cluster, JOIN_GROUP, 3,
                                      RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
                                      RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
                                      RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID);
    for (int i = 0; i < 200 && world->polled != STATUS_CLOSED; i++) {
        struct kafka_batch *batch = NULL;
        world->polled = kafka_consumer_poll(world->consumer, 50, &batch);
        kafka_batch_free(&batch);
    }
    assert_int_equal(world->polled, STATUS_CLOSED);
    assert_int_equal(kafka_consumer_problem(world->consumer).trouble, KAFKA_FENCED);
}

/* The coordinator moves just when a partition is ours: its position is asked for again. */
static void test_assigned__committed_position_is_asked_until_told(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    rd_kafka_mock_push_request_errors(mock->cluster, OFFSET_FETCH, 2,
                                      RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                                      RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT);
    kafka_world_join(world, "moved", 1);
    assert_int_equal(world->committed[0], KAFKA_OFFSET_NONE);
}

/* The group believes that the partition is ours, and it is not handed to us: joining anew asks for
 * the position again. */
static void test_assigned__refused_position_is_not_held_until_joined_anew(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    rd_kafka_mock_push_request_errors(mock->cluster, OFFSET_FETCH, 1,
                                      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    kafka_world_join(world, "refused", 0);
    for (int i = 0; i < 200 && world->polled != STATUS_IO; i++) {
        struct kafka_batch *batch = NULL;
        world->polled = kafka_consumer_poll(world->consumer, 50, &batch);
        kafka_batch_free(&batch);
    }
    assert_int_equal(kafka_consumer_problem(world->consumer).trouble, KAFKA_DENIED);
    assert_false(kafka_group_holds(world->consumer, 0));
    kafka_group_rejoin(world->consumer);
    for (int i = 0; i < 200 && !kafka_group_holds(world->consumer, 0); i++) {
        struct kafka_batch *batch = NULL;
        (void)!kafka_consumer_poll(world->consumer, 50, &batch);
        kafka_batch_free(&batch);
    }
    assert_string_equal(world->turns.ptr, "+0 ");
}

/* Who waited went on; librdkafka still has it, and it is nobody else's answer. */
static void test_commit_wait__given_up_is_still_on_its_way(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    const struct kafka_part part = {.partition = 0, .offset = 1};
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    kafka_world_join(world, "given-up", 1);
    assert_false(kafka_commit_is_outstanding(world->consumer));
    rd_kafka_mock_broker_set_down(mock->cluster, 1);
    for (size_t i = 1; i <= 2; i++) {
        assert_int_equal(kafka_consumer_commit_wait(world->consumer, &part, 1, 300, &problem),
                         STATUS_AGAIN);
        assert_int_equal(world->consumer->waited_count, i);
    }
    assert_true(kafka_commit_is_outstanding(world->consumer));
    rd_kafka_mock_broker_set_up(mock->cluster, 1);
    enum status status = STATUS_AGAIN; /* also while the coordinator is looked for */
    for (int i = 0; i < 400 && (status == STATUS_AGAIN ||
                                kafka_commit_is_outstanding(world->consumer)); i++) {
        struct kafka_batch *batch = NULL;
        if (status == STATUS_AGAIN) {
            status = kafka_consumer_commit_wait(world->consumer, &part, 1, WORLD_WAIT_MS,
                                                &problem);
        }
        (void)!kafka_consumer_poll(world->consumer, 50, &batch);
        kafka_batch_free(&batch);
    }
    assert_int_equal(status, STATUS_OK);
    assert_false(kafka_commit_is_outstanding(world->consumer));
}

/* A question that is under way runs out of time, and none is begun. */
static void test_group__not_asked_for_while_no_broker_answers(void **state)
{
    struct mock *mock = *state;
    struct kafka_world *world = mock->world;
    struct kafka_group group;
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    enum status status = STATUS_AGAIN;
    kafka_world_join(world, "undescribed", 1);
    rd_kafka_mock_broker_set_down(mock->cluster, 1);
    kafka_group_ask(world->consumer);
    assert_true(world->consumer->describing);
    for (int i = 0; i < 400 && (status == STATUS_AGAIN || !world->consumer->client.away); i++) {
        struct kafka_batch *batch = NULL;
        (void)!kafka_consumer_poll(world->consumer, 50, &batch);
        kafka_batch_free(&batch);
        if (status == STATUS_AGAIN) {
            status = kafka_group_hear(world->consumer, world->arena, &group, &problem);
        }
    }
    assert_int_equal(status, STATUS_IO);
    assert_int_equal(problem.trouble, KAFKA_AWAY);
    kafka_group_ask(world->consumer);
    assert_false(world->consumer->describing);
}

int main(void)
{
#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
    const struct CMUnitTest tests[] = {
        FAULT_TEST(test_broker_away__told_once_and_back_once),
        FAULT_TEST(test_produce__refusals_by_what_is_to_be_done),
        FAULT_TEST(test_rule1__commit_of_an_old_generation_is_told),
        FAULT_TEST(test_rule1__lost_partitions_are_not_committed),
        FAULT_TEST(test_fenced__the_member_joins_anew),
        FAULT_TEST(test_fenced_again_and_again__the_member_is_of_no_use),
        FAULT_TEST(test_assigned__committed_position_is_asked_until_told),
        FAULT_TEST(test_group__not_asked_for_while_no_broker_answers),
        FAULT_TEST(test_commit_wait__given_up_is_still_on_its_way),
        FAULT_TEST(test_assigned__refused_position_is_not_held_until_joined_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
