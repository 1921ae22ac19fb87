/* Micro-batches of a source with parts: one time for all of them, idle time, notices. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define HEAD "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: high\nmatch: {tables: [t]}\n"

enum { SECOND_MS = 1000, IDLE_S = 60 };
static const int64_t start_us = INT64_C(1767225600000000);
static const int64_t second_us = 1000000;

static const char one[] = "{\"n\":{\"N\":\"1\"}}";
static const char two[] = "{\"n\":{\"N\":\"2\"}}";

static void with_clock(struct fixture *fixture)
{
    fixture_init(fixture, HEAD "alert: {title: a}\n", NULL, 2);
    fixture->source.clock = shard_clock_new(IDLE_S * second_us);
}

static void without_clock(struct fixture *fixture)
{
    shard_clock_free(&fixture->source.clock);
    fixture_deinit(fixture);
}

/* Runs what was added as a batch of one part; idle_s: every part stood at its end then; 0: not. */
static void run_part(struct fixture *fixture, const char *part, int64_t idle_s)
{
    const struct source_batch batch = {
        .records = fixture->records,
        .count = fixture->count,
        .part = span_view(part),
        .position = arena_printf(fixture->arena, "%s %zu", part, fixture->count),
        .idle_us = idle_s ? start_us + idle_s * second_us : 0,
    };
    engine_run(fixture->engine, &fixture->source, &batch, &fixture->batch);
    fixture->source.watermark_us = fixture->batch.watermark_us;
    fixture->count = 0;
}

static void assert_watermark_s(const struct fixture *fixture, int64_t seconds)
{
    assert_true(fixture->batch.watermark_us == start_us + seconds * second_us);
}

static void test_engine_run__the_watermark_is_that_of_the_slowest_part(void **state)
{
    (void)state;
    struct fixture fixture;
    with_clock(&fixture);
    fixture_add(&fixture, "1", one, two, 30 * SECOND_MS);
    run_part(&fixture, "a", 0);
    assert_watermark_s(&fixture, 30);
    fixture_add(&fixture, "2", one, two, 10 * SECOND_MS);
    run_part(&fixture, "b", 0);
    assert_watermark_s(&fixture, 30); /* it never falls */
    fixture_add(&fixture, "1", one, two, 50 * SECOND_MS);
    run_part(&fixture, "a", 0);
    assert_watermark_s(&fixture, 30); /* b stands at 10 */
    fixture_add(&fixture, "2", one, two, 40 * SECOND_MS);
    run_part(&fixture, "b", 0);
    assert_watermark_s(&fixture, 40);
    assert_true(span_equals(fixture.batch.part, SPAN("b")));
    assert_true(span_equals(fixture.batch.part_position, SPAN("b 1")));
    without_clock(&fixture);
}

static void test_engine_run__time_goes_on_where_it_was_left(void **state)
{
    (void)state;
    struct fixture fixture;
    with_clock(&fixture);
    fixture_add(&fixture, "1", one, two, 30 * SECOND_MS);
    run_part(&fixture, "a", 0);
    fixture_add(&fixture, "2", one, two, 20 * SECOND_MS);
    run_part(&fixture, "b", 0);
    struct shard_clock *clock = shard_clock_new(IDLE_S * second_us);
    assert_int_equal(shard_clock_decode(clock, fixture.batch.position), STATUS_OK);
    assert_true(shard_clock_watermark(clock) == start_us + 20 * second_us);
    shard_clock_free(&clock);
    without_clock(&fixture);
}

static void test_engine_run__idle_time_closes_episodes(void **state)
{
    (void)state;
    struct fixture fixture;
    with_clock(&fixture);
    fixture_add(&fixture, "1", one, two, 0);
    run_part(&fixture, "a", 0);
    assert_int_equal(fixture.batch.alert_count, 1);
    run_part(&fixture, "a", 10); /* the quiet stretch begins */
    assert_int_equal(fixture.batch.signal_count, 0);
    assert_watermark_s(&fixture, 0);
    run_part(&fixture, "a", 15 * 60 + IDLE_S - 1);
    assert_int_equal(fixture.batch.signal_count, 0);
    run_part(&fixture, "a", 15 * 60 + IDLE_S);
    assert_watermark_s(&fixture, 15 * 60);
    assert_int_equal(fixture.batch.signal_count, 1);
    assert_int_equal(fixture.batch.signals[0].kind, SIGNAL_TICK);
    assert_int_equal(fixture.batch.alerts[0].status, ALERT_RESOLVED);
    assert_int_equal(fixture.batch.ledger.read, 0);
    without_clock(&fixture);
}

static struct signal notice_at(int64_t seconds)
{
    return (struct signal){
        .kind = SIGNAL_NOT_EVALUABLE,
        .policy_id = SPAN("late"),
        .finding = {{(unsigned char)seconds}},
        .group_key = SPAN("[\"a\"]"),
        .severity = SPAN("high"),
        .source = SPAN("test"),
        .event_time_us = start_us + seconds * second_us,
        .horizon_us = second_us,
        .episode_us = 60 * second_us,
        .body = SPAN("{\"title\":\"late\"}"),
    };
}

static void test_engine_tell__is_folded_like_any_finding(void **state)
{
    (void)state;
    struct fixture fixture;
    with_clock(&fixture);
    fixture_add(&fixture, "1", one, two, 0);
    run_part(&fixture, "a", 0);
    struct signal first = notice_at(1);
    struct signal second = notice_at(2);
    engine_tell(fixture.engine, &fixture.source, &first, &fixture.batch);
    assert_int_equal(fixture.batch.signal_count, 1);
    assert_int_equal(fixture.batch.signals[0].sequence, 2);
    assert_true(fixture.batch.signals[0].watermark_us == start_us);
    assert_int_equal(fixture.batch.alert_count, 1);
    assert_int_equal(fixture.batch.alerts[0].status, ALERT_OPENED);
    assert_int_equal(fixture.batch.alerts[0].sequence, 2);
    assert_int_equal(fixture.batch.part.len, 0);
    assert_int_equal(fixture.batch.ledger.read, 0);
    struct shard_clock *clock = shard_clock_new(0); /* the source's time is not forgotten by it */
    assert_int_equal(shard_clock_decode(clock, fixture.batch.position), STATUS_OK);
    assert_true(shard_clock_watermark(clock) == start_us);
    shard_clock_free(&clock);
    engine_tell(fixture.engine, &fixture.source, &second, &fixture.batch);
    assert_int_equal(fixture.batch.signal_count, 1); /* in the same episode */
    assert_int_equal(fixture.batch.alert_count, 0);
    fixture.table = "other";
    fixture_add(&fixture, "2", one, two, 61 * SECOND_MS);
    run_part(&fixture, "a", 0);
    assert_int_equal(fixture.batch.alert_count, 1);
    assert_int_equal(fixture.batch.alerts[0].status, ALERT_RESOLVED);
    assert_int_equal(fixture.batch.alerts[0].count, 2);
    assert_true(span_equals(fixture.batch.alerts[0].signal.policy_id, SPAN("late")));
    without_clock(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_run__the_watermark_is_that_of_the_slowest_part),
        cmocka_unit_test(test_engine_run__time_goes_on_where_it_was_left),
        cmocka_unit_test(test_engine_run__idle_time_closes_episodes),
        cmocka_unit_test(test_engine_tell__is_folded_like_any_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
