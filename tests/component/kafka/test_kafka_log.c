/* A real broker as a log: what is sent is read, in order, with all that belongs to it; positions
 * are committed only by whoever holds them. */
#include "kafka_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void test_send__record_comes_back_whole(void **state)
{
    struct kafka_world *world = *state;
    struct kafka_batch *batch = NULL;
    struct span value = {0};
    const struct kafka_header headers[] = {{SPAN("kind"), SPAN("change")},
                                           {SPAN("empty"), SPAN("")},
                                           {SPAN("kind"), SPAN("\0x")}};
    kafka_world_topic(world, 4);
    kafka_world_produce(world);
    const struct kafka_message messages[] = {
        {.topic = world->topic.ptr, .partition = KAFKA_PARTITION_BY_KEY, .key = SPAN("a\0b"),
         .value = SPAN("v\0w"), .headers = headers, .header_count = 3},
        {.topic = world->topic.ptr, .partition = KAFKA_PARTITION_BY_KEY, .key = SPAN("a\0b"),
         .tombstone = true},
        {.topic = world->topic.ptr, .partition = KAFKA_PARTITION_BY_KEY, .key = SPAN("a\0b")},
    };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(kafka_producer_send(world->producer, &messages[i]), STATUS_OK);
    }
    assert_int_equal(kafka_producer_flush(world->producer, WORLD_WAIT_MS), STATUS_OK);
    assert_int_equal(world->delivered, 3);
    kafka_world_join(world, "whole", 4);
    batch = world->early;
    world->early = NULL;
    while (!batch || batch->count == 0) {
        kafka_batch_free(&batch);
        (void)!kafka_consumer_poll(world->consumer, 100, &batch);
    }
    assert_int_equal(batch->count, 3);
    const struct kafka_record *record = &batch->records[0];
    assert_int_equal(record->partition, kafka_key_partition(SPAN("a\0b"), 4));
    assert_true(span_equals(record->key, SPAN("a\0b")));
    assert_true(span_equals(record->value, SPAN("v\0w")));
    assert_true(record->timestamp_us > 0);
    assert_true(kafka_record_header(record, "kind", &value) && span_equals(value, SPAN("\0x")));
    assert_true(kafka_record_header(record, "empty", &value) && value.len == 0);
    assert_false(kafka_record_header(record, "other", &value));
    struct kafka_header found[4];
    assert_int_equal(kafka_record_headers(record, found, 4), 3);
    assert_true(span_equals(found[0].value, SPAN("change")));
    assert_true(batch->records[1].tombstone);
    assert_false(batch->records[2].tombstone);
    assert_int_equal(batch->records[2].value.len, 0);
    kafka_batch_free(&batch);
}

static void test_read__order_and_position(void **state)
{
    struct kafka_world *world = *state;
    struct buf seen = {0};
    kafka_world_topic(world, 1);
    kafka_world_produce(world);
    kafka_world_send(world, 0, "r", 3);
    kafka_world_join(world, "order", 1);
    assert_int_equal(world->committed[0], KAFKA_OFFSET_NONE);
    kafka_world_read(world, 3, &seen);
    assert_string_equal(seen.ptr, "0/0=r0;0/1=r1;0/2=r2;");
    buf_deinit(&seen);
}

/* Another member of the group begins where the first one committed, with its metadata. */
static void test_commit__position_and_metadata_come_back(void **state)
{
    struct kafka_world *world = *state;
    struct kafka_problem problem = {0};
    struct buf seen = {0};
    kafka_world_topic(world, 1);
    kafka_world_produce(world);
    kafka_world_send(world, 0, "r", 5);
    kafka_world_join(world, "commit", 1);
    kafka_world_read(world, 5, &seen);
    const struct kafka_part part = {.partition = 0, .offset = 2, .metadata = SPAN("{\"a\":1}")};
    assert_int_equal(kafka_consumer_commit(world->consumer, &part, 1), STATUS_OK);
    assert_int_equal(kafka_consumer_commit(world->consumer, &part, 1), STATUS_AGAIN);
    assert_int_equal(kafka_consumer_settle(world->consumer, WORLD_WAIT_MS), STATUS_OK);
    assert_int_equal(world->commits, 1);
    assert_int_equal(world->commit_problem.trouble, KAFKA_FINE);
    const struct kafka_part later = {.partition = 0, .offset = 3, .metadata = SPAN("later")};
    assert_int_equal(kafka_consumer_commit_wait(world->consumer, &later, 1, WORLD_WAIT_MS,
                                                &problem),
                     STATUS_OK);
    kafka_batch_free(&world->early);
    kafka_consumer_free(&world->consumer);
    assert_string_equal(world->turns.ptr, "+0 -0 ");
    kafka_world_join(world, "commit", 1);
    assert_int_equal(world->committed[0], 3);
    assert_string_equal(world->metadata.ptr, "later");
    kafka_world_read(world, 2, &seen);
    assert_string_equal(seen.ptr, "0/3=r3;0/4=r4;");
    buf_deinit(&seen);
}

static void test_commit__only_what_is_held(void **state)
{
    struct kafka_world *world = *state;
    struct kafka_problem problem = {0};
    static char long_text[KAFKA_METADATA_BYTES_MAX + 1];
    kafka_world_topic(world, 1);
    kafka_world_join(world, "held", 1);
    const struct kafka_part foreign = {.partition = 1, .offset = 2};
    const struct kafka_part large = {.partition = 0,
                                     .metadata = span_of(long_text, sizeof long_text)};
    assert_int_equal(kafka_consumer_commit(world->consumer, &foreign, 1), STATUS_CONFLICT);
    assert_int_equal(kafka_consumer_commit_wait(world->consumer, &foreign, 1, 100, &problem),
                     STATUS_CONFLICT);
    assert_int_equal(problem.trouble, KAFKA_NOT_MEMBER);
    assert_int_equal(kafka_consumer_commit(world->consumer, &large, 1), STATUS_LIMIT);
}

/* rule 16: a position that is not in the log is a problem, not a new start. */
static void test_rule16__position_outside_of_the_log(void **state)
{
    struct kafka_world *world = *state;
    struct kafka_batch *batch = NULL;
    kafka_world_topic(world, 1);
    kafka_world_produce(world);
    kafka_world_send(world, 0, "r", 3);
    world->start = 1000;
    kafka_world_join(world, "outside", 1);
    for (int i = 0; i < 100 && world->polled == STATUS_AGAIN; i++) {
        world->polled = kafka_consumer_poll(world->consumer, 100, &batch);
    }
    assert_int_equal(world->polled, STATUS_IO);
    assert_int_equal(kafka_consumer_problem(world->consumer).trouble, KAFKA_OUT_OF_RANGE);
}

/* Turns one bit of the value in the broker's own file. */
static void damage(const struct kafka_world *world, const char *value)
{
    char path[512];
    static char bytes[65536];
    struct span folder = span_view(getenv("DELTAWARD_TEST_KAFKA"));
    folder.len = span_ends_with(folder, SPAN("/told")) ? folder.len - 5 : 0;
    snprintf(path, sizeof path, "%.*s/kafka-1/data/%.*s-0/00000000000000000000.log",
             SPAN_ARG(folder), SPAN_ARG(world->topic));
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    char *found = memmem(bytes, length, value, strlen(value));
    assert_non_null(found);
    assert_int_equal(fseek(file, found - bytes, SEEK_SET), 0);
    assert_int_equal(fputc(*found ^ 1, file), *found ^ 1);
    assert_int_equal(fclose(file), 0);
}

/* Nothing is given behind a record that cannot be believed: a commit would pass it over. */
static void test_read__damaged_record_is_not_passed_over(void **state)
{
    struct kafka_world *world = *state;
    struct buf seen = {0};
    struct kafka_batch *batch = NULL;
    bool told = false;
    kafka_world_set(world, "compression.type", "none");
    kafka_world_topic(world, 1);
    kafka_world_produce(world);
    kafka_world_send(world, 0, "sound", 1);
    kafka_world_send(world, 0, "damaged", 1);
    kafka_world_send(world, 0, "behind", 1);
    damage(world, "damaged0");
    kafka_world_join(world, "damaged", 1);
    told = world->polled == STATUS_IO;
    kafka_world_read(world, 1, &seen);
    assert_string_equal(seen.ptr, "0/0=sound0;");
    kafka_world_send(world, 0, "later", 1);
    for (int i = 0; i < 30; i++) {
        enum status status = kafka_consumer_poll(world->consumer, 50, &batch);
        assert_int_equal(batch ? batch->count : 0, 0);
        kafka_batch_free(&batch);
        told = told || status == STATUS_IO;
    }
    assert_true(told);
    assert_int_equal(kafka_consumer_problem(world->consumer).trouble, KAFKA_CORRUPT);
    buf_deinit(&seen);
}

/* rule 7: an end is told again and again while the partition is idle, each time with the time of
 * a question that was asked before. */
static void test_rule7__ends_name_the_question(void **state)
{
    struct kafka_world *world = *state;
    int64_t times[2] = {0};
    int found = 0;
    kafka_world_topic(world, 1);
    kafka_world_produce(world);
    kafka_world_send(world, 0, "r", 2);
    int64_t before_us = clock_now_us(clock_system());
    kafka_world_join(world, "ends", 1);
    for (int i = 0; i < 100 && found < 2; i++) {
        struct kafka_batch *batch = NULL;
        if (kafka_consumer_poll(world->consumer, 100, &batch) == STATUS_OK) {
            for (size_t k = 0; k < batch->end_count && found < 2; k++) {
                assert_int_equal(batch->ends[k].offset, 2);
                times[found++] = batch->ends[k].fetched_us;
            }
            kafka_batch_free(&batch);
        }
    }
    assert_int_equal(found, 2);
    assert_true(times[0] >= before_us && times[1] >= times[0] + 500000);
    assert_true(times[1] <= clock_now_us(clock_system()));
}

static void test_seek__reads_again(void **state)
{
    struct kafka_world *world = *state;
    struct buf seen = {0};
    int64_t low = -1;
    int64_t high = -1;
    kafka_world_topic(world, 1);
    kafka_world_produce(world);
    kafka_world_send(world, 0, "r", 4);
    kafka_world_join(world, "seek", 1);
    kafka_world_read(world, 4, &seen);
    assert_int_equal(kafka_consumer_seek(world->consumer, 0, 2), STATUS_OK);
    kafka_world_read(world, 2, &seen);
    assert_string_equal(seen.ptr, "0/2=r2;0/3=r3;");
    assert_int_equal(
        kafka_consumer_watermarks(world->consumer, 0, WORLD_WAIT_MS, &low, &high), STATUS_OK);
    assert_int_equal(low, 0);
    assert_int_equal(high, 4);
    assert_true(kafka_consumer_known_watermarks(world->consumer, 0, &low, &high));
    assert_int_equal(high, 4);
    buf_deinit(&seen);
}

/* A second member takes some of the partitions, with a word to the first one. */
static void test_join__partitions_are_shared(void **state)
{
    struct kafka_world *world = *state;
    void *other_state = NULL;
    kafka_world_topic(world, 4);
    kafka_world_join(world, "shared", 4);
    kafka_world_up(&other_state);
    struct kafka_world *other = other_state;
    struct kafka_problem problem = {0};
    const struct kafka_consumer_options options = {.topic = world->topic, .group = SPAN("shared")};
    assert_int_equal(kafka_consumer_new(&other->settings, &options, &problem, &other->consumer),
                     STATUS_OK);
    for (int i = 0; i < 200 && !strchr(world->turns.ptr, '-'); i++) {
        struct kafka_batch *batch = NULL;
        (void)!kafka_consumer_poll(world->consumer, 50, &batch);
        kafka_batch_free(&batch);
        (void)!kafka_consumer_poll(other->consumer, 50, &batch);
        kafka_batch_free(&batch);
    }
    assert_int_equal(strlen(world->turns.ptr), strlen("+0 +1 +2 +3 -0 -0 "));
    kafka_world_down(&other_state);
}

static void test_reader__whole_then_tail(void **state)
{
    struct kafka_world *world = *state;
    struct kafka_reader *reader = NULL;
    struct kafka_problem problem = {0};
    struct kafka_batch *batch = NULL;
    int32_t partitions = 0;
    size_t seen = 0;
    kafka_world_topic(world, 2);
    kafka_world_produce(world);
    kafka_world_send(world, 0, "a", 3);
    assert_int_equal(kafka_reader_new(&world->settings, world->topic, &problem, &reader),
                     STATUS_OK);
    assert_int_equal(kafka_reader_partitions(reader, WORLD_WAIT_MS, &partitions), STATUS_OK);
    assert_int_equal(partitions, 2);
    for (int32_t i = 0; i < partitions; i++) {
        assert_int_equal(kafka_reader_start(reader, i, KAFKA_OFFSET_BEGINNING, WORLD_WAIT_MS),
                         STATUS_OK);
    }
    while (!kafka_reader_caught_up(reader)) {
        if (kafka_reader_poll(reader, WORLD_WAIT_MS, &batch) == STATUS_OK) {
            seen += batch->count;
            kafka_batch_free(&batch);
        }
    }
    assert_int_equal(seen, 3);
    kafka_world_send(world, 1, "b", 1);
    while (seen < 4 && kafka_reader_poll(reader, WORLD_WAIT_MS, &batch) == STATUS_OK) {
        seen += batch->count;
        kafka_batch_free(&batch);
    }
    assert_int_equal(seen, 4);
    kafka_reader_free(&reader);
}

static void test_admin__tells_topics(void **state)
{
    struct kafka_world *world = *state;
    struct kafka_admin *admin = NULL;
    struct kafka_problem problem = {0};
    struct kafka_topic topics[2];
    kafka_world_topic(world, 3);
    const struct span names[] = {world->topic, SPAN("nobody-made-this")};
    assert_int_equal(kafka_admin_new(&world->settings, &problem, &admin), STATUS_OK);
    assert_int_equal(kafka_admin_describe(admin, names, 2, WORLD_WAIT_MS, world->arena, topics,
                                          &problem),
                     STATUS_OK);
    assert_true(topics[0].exists && !topics[1].exists);
    assert_int_equal(topics[0].partitions, 3);
    assert_int_equal(topics[0].replication, 1);
    assert_true(topics[0].id.len >= 22);
    assert_true(span_equals(kafka_topic_config(&topics[0], "cleanup.policy"), SPAN("delete")));
    assert_int_equal(kafka_topic_config(&topics[0], "no.such.thing").len, 0);
    const struct kafka_topic_wanted again = {
        .name = world->topic.ptr, .partitions = 1, .replication = 1};
    assert_int_equal(kafka_admin_create(admin, &again, WORLD_WAIT_MS, &problem), STATUS_CONFLICT);
    kafka_admin_free(&admin);
}

static void test_send__too_large_and_unknown(void **state)
{
    struct kafka_world *world = *state;
    size_t size = 2 * 1024 * 1024;
    char *noise = malloc(size);
    assert_non_null(noise);
    for (size_t i = 0; i < size; i++) { /* what lz4 cannot make small */
        noise[i] = (char)(span_hash(span_of((const char *)&i, sizeof i)) & 0xFF);
    }
    kafka_world_topic(world, 1);
    kafka_world_produce(world);
    struct kafka_message message = {
        .topic = world->topic.ptr, .partition = 0, .value = span_of(noise, size)};
    assert_int_equal(kafka_producer_send(world->producer, &message), STATUS_OK);
    assert_int_equal(kafka_producer_flush(world->producer, WORLD_WAIT_MS), STATUS_OK);
    assert_int_equal(world->failed, 1);
    assert_int_equal(world->failure.trouble, KAFKA_TOO_LARGE);
    message.value.len = 12 * 1024 * 1024; /* not looked at: more than the client takes */
    assert_int_equal(kafka_producer_send(world->producer, &message), STATUS_LIMIT);
    kafka_world_send(world, 0, "goes-on", 1);
    assert_int_equal(world->delivered, 1);
    free(noise);
}

int main(void)
{
#define KAFKA_TEST(name) cmocka_unit_test_setup_teardown(name, kafka_world_up, kafka_world_down)
    const struct CMUnitTest tests[] = {
        KAFKA_TEST(test_send__record_comes_back_whole),
        KAFKA_TEST(test_read__order_and_position),
        KAFKA_TEST(test_commit__position_and_metadata_come_back),
        KAFKA_TEST(test_commit__only_what_is_held),
        KAFKA_TEST(test_rule16__position_outside_of_the_log),
        KAFKA_TEST(test_read__damaged_record_is_not_passed_over),
        KAFKA_TEST(test_rule7__ends_name_the_question),
        KAFKA_TEST(test_seek__reads_again),
        KAFKA_TEST(test_join__partitions_are_shared),
        KAFKA_TEST(test_reader__whole_then_tail),
        KAFKA_TEST(test_admin__tells_topics),
        KAFKA_TEST(test_send__too_large_and_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
