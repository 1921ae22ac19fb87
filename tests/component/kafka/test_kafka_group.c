/* A group as a real broker describes it, and what a member can do when the description and what it
 * holds do not fit. */
#include "kafka_world.h"

#include "app/kafka/group_owners.h"
#include "kafka/kafka_group.h"
#include "kafka/kafka_member.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { PARTITIONS = 4, STEP_MS = 50 };

static void poll(struct kafka_world *world)
{
    struct kafka_batch *batch = NULL;
    world->polled = kafka_consumer_poll(world->consumer, STEP_MS, &batch);
    kafka_batch_free(&batch);
}

static struct kafka_group describe(struct kafka_world *world)
{
    struct kafka_group group = {0};
    struct kafka_problem problem = {0};
    enum status status = STATUS_AGAIN;
    for (int waited = 0; status != STATUS_OK && waited < WORLD_WAIT_MS; waited += STEP_MS) {
        kafka_group_ask(world->consumer); /* one question at a time, however often it is asked */
        poll(world);
        status = kafka_group_hear(world->consumer, world->arena, &group, &problem);
    }
    assert_int_equal(status, STATUS_OK);
    return group;
}

/* A group of one, static unless `instance` is NULL. */
static void join(struct kafka_world *world, const char *group, const char *instance)
{
    world->instance = instance;
    kafka_world_topic(world, PARTITIONS);
    kafka_world_join(world, group, PARTITIONS);
}

/* Until `assigned` told of all partitions `times` times. */
static void poll_until_given(struct kafka_world *world, size_t times)
{
    size_t given = 0;
    for (int waited = 0; given < times * PARTITIONS && waited < WORLD_WAIT_MS;
         waited += STEP_MS) {
        poll(world);
        given = 0;
        for (const char *at = world->turns.ptr; at && *at; at++) {
            given += *at == '+';
        }
    }
    assert_int_equal(given, times * PARTITIONS);
}

static void test_hear__nothing_was_asked(void **state)
{
    struct kafka_world *world = *state;
    struct kafka_group group;
    struct kafka_problem problem;
    join(world, "silent", NULL);
    assert_int_equal(kafka_group_hear(world->consumer, world->arena, &group, &problem),
                     STATUS_AGAIN);
}

static void test_describe__members_and_what_they_have(void **state)
{
    struct kafka_world *world = *state;
    join(world, "described", NULL);
    struct kafka_group group = describe(world);
    assert_true(group.stable);
    assert_int_equal(group.count, 1);
    assert_true(group.members[0].is_us);
    assert_true(group.members[0].id.len > 0);
    assert_int_equal(group.members[0].count, PARTITIONS);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        assert_true(kafka_group_holds(world->consumer, group.members[0].partitions[i]));
    }
}

/* The broker gives a member that leaves and joins another id, also a static one: only then it deals
 * out anew. Until all is given back, nothing is joined. */
static void check_rejoin(struct kafka_world *world, const char *group, const char *instance)
{
    join(world, group, instance);
    struct span before = describe(world).members[0].id;
    kafka_group_rejoin(world->consumer);
    kafka_group_rejoin(world->consumer); /* is under way */
    poll_until_given(world, 2);
    assert_string_equal(world->turns.ptr, "+0 +1 +2 +3 -0 -1 -2 -3 +0 +1 +2 +3 ");
    struct kafka_group after = describe(world);
    assert_true(after.stable);
    assert_int_equal(after.count, 1);
    assert_false(span_equals(after.members[0].id, before));
    assert_int_equal(after.members[0].count, PARTITIONS);
}

static void test_rejoin__leaves_and_joins(void **state)
{
    check_rejoin(*state, "rejoined", NULL);
}

static void test_rejoin__as_a_static_member(void **state)
{
    check_rejoin(*state, "rejoined-static", "one");
}

/* Else the member could come back as somebody else, and what it gave up would belong to nobody. */
static void test_assigned__not_before_a_commit_is_answered(void **state)
{
    struct kafka_world *world = *state;
    join(world, "committing", "one");
    world->consumer->committing = true; /* and its answer does not come */
    kafka_group_rejoin(world->consumer);
    for (int waited = 0; waited < 5000; waited += STEP_MS) {
        poll(world);
    }
    assert_string_equal(world->turns.ptr, "+0 +1 +2 +3 -0 -1 -2 -3 ");
    world->consumer->committing = false;
    poll_until_given(world, 2);
}

static struct group_owners_verdict look(struct kafka_world *world, struct group_owners *memory,
                                        enum group_owner *owners)
{
    bool held[PARTITIONS];
    struct kafka_group group = describe(world);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        held[i] = kafka_group_holds(world->consumer, i);
    }
    return group_owners_look(memory, &group, held, PARTITIONS, clock_monotonic_ns(), owners);
}

/* The broker says that a partition is ours, and we do not know of it: nobody else can see that. */
static void test_unaware__found_and_mended(void **state)
{
    struct kafka_world *world = *state;
    struct group_owners memory = {0};
    enum group_owner owners[PARTITIONS];
    join(world, "unaware", "one");
    assert_int_equal(look(world, &memory, owners).state, GROUP_OWNERS_WHOLE);
    *kafka_member_held(world->consumer, 2) = (struct kafka_held){.held = false};
    assert_int_equal(look(world, &memory, owners).state, GROUP_OWNERS_UNSURE);
    struct group_owners_verdict verdict = look(world, &memory, owners);
    assert_int_equal(verdict.state, GROUP_OWNERS_MISSING);
    assert_int_equal(owners[2], GROUP_OWNER_UNAWARE);
    assert_true(verdict.rejoin);
    kafka_group_rejoin(world->consumer);
    poll_until_given(world, 2);
    assert_int_equal(look(world, &memory, owners).state, GROUP_OWNERS_WHOLE);
}

int main(void)
{
#define GROUP_TEST(name) cmocka_unit_test_setup_teardown(name, kafka_world_up, kafka_world_down)
    const struct CMUnitTest tests[] = {
        GROUP_TEST(test_hear__nothing_was_asked),
        GROUP_TEST(test_describe__members_and_what_they_have),
        GROUP_TEST(test_rejoin__leaves_and_joins),
        GROUP_TEST(test_rejoin__as_a_static_member),
        GROUP_TEST(test_assigned__not_before_a_commit_is_answered),
        GROUP_TEST(test_unaware__found_and_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
