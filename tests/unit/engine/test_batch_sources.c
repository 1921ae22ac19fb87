/* Micro-batches of several sources: correlations decide by the time of all of them, whatever
 * partition a group lies in, and the log says so. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define HEAD "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: high\nmatch: {tables: [t]}\n"
#define PAIRS HEAD "suppression: none\n" \
              "correlation: {type: event_count, timespan: 60s, condition: {gte: 2}}\n"

enum { SECOND_MS = 1000, GROUPS = 64, LOG_MAX = 64 };
static const int64_t start_us = INT64_C(1767225600000000);
static const char one[] = "{\"n\":{\"N\":\"1\"}}";
static const char two[] = "{\"n\":{\"N\":\"2\"}}";

/* Two sources of one engine. */
struct pair {
    struct fixture fixture;
    struct engine_source sources[2];
};

static void begin(struct pair *pair, const char *policies)
{
    fixture_init(&pair->fixture, policies, NULL, 1);
    pair->sources[0] = pair->sources[1] = pair->fixture.source;
    pair->sources[0].name = SPAN("a");
    pair->sources[1].name = SPAN("b");
    const struct engine_source *both[] = {&pair->sources[0], &pair->sources[1]};
    engine_begin(pair->fixture.engine, both, 2);
}

static void add(struct pair *pair, const char *id, int64_t time_s)
{
    fixture_add(&pair->fixture, id, one, two, time_s * SECOND_MS);
}

static void run(struct pair *pair, size_t source)
{
    pair->fixture.source = pair->sources[source];
    fixture_run(&pair->fixture);
    pair->sources[source] = pair->fixture.source;
}

static bool rest(struct pair *pair, size_t source)
{
    pair->fixture.batch = (struct store_batch){0};
    return engine_rest(pair->fixture.engine, &pair->sources[source], &pair->fixture.batch);
}

/* The batch's part of the log: " a" a signal of a, " a?" it is heard of, " a@5" it has come to 5 s,
 * " a@5!" and is idle. */
static const char *log_of(const struct pair *pair)
{
    struct buf text = {0};
    buf_append(&text, SPAN(""));
    for (size_t i = 0; i < pair->fixture.batch.signal_count; i++) {
        const struct signal *signal = &pair->fixture.batch.signals[i];
        if (signal->kind == SIGNAL_STATES) {
            buf_append(&text, SPAN(" states"));
            continue;
        }
        buf_printf(&text, " %c", signal->source.ptr[0]);
        assert_true(i == 0 || signal->sequence == signal[-1].sequence + 1);
        if (signal->kind == SIGNAL_TICK && signal->watermark_us == INT64_MIN) {
            buf_append_char(&text, '?');
        } else if (signal->kind == SIGNAL_TICK) {
            buf_printf(&text, "@%d", (int)((signal->watermark_us - start_us) / 1000000));
        }
        buf_append(&text, signal->idle ? SPAN("!") : SPAN(""));
    }
    struct span copy = arena_copy(pair->fixture.arena, buf_view(&text));
    buf_deinit(&text);
    return copy.ptr;
}

static void test_engine_run__a_source_that_lags_holds_time_back_everywhere(void **state)
{
    (void)state;
    struct pair pair;
    char id[8];
    begin(&pair, PAIRS);
    for (int i = 0; i < GROUPS; i++) {
        snprintf(id, sizeof id, "%d", i);
        add(&pair, id, i == 0 ? 0 : 1);
    }
    add(&pair, "x", 1000);
    run(&pair, 0);
    assert_int_equal(pair.fixture.batch.alert_count, 0);
    assert_int_equal(pair.fixture.batch.signal_count, GROUPS + 4);
    assert_int_equal(pair.fixture.batch.signals[0].kind, SIGNAL_STATES);
    assert_int_equal(pair.fixture.batch.signals[1].kind, SIGNAL_TICK);
    assert_int_equal(pair.fixture.batch.signals[2].kind, SIGNAL_TICK);
    for (int i = 0; i < GROUPS; i++) {
        snprintf(id, sizeof id, "%d", i);
        add(&pair, id, 30);
    }
    run(&pair, 1);
    assert_int_equal(pair.fixture.batch.alert_count, GROUPS);
    fixture_deinit(&pair.fixture);
}

static void test_engine_run__the_log_says_what_correlations_need_to_know(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair, PAIRS);
    add(&pair, "x", 0);
    run(&pair, 0);
    assert_string_equal(log_of(&pair), " states a? b? a");
    add(&pair, "x", 100);
    run(&pair, 0);
    assert_string_equal(log_of(&pair), " a");
    pair.fixture.table = "other"; /* no match: how far b is matters to nobody yet */
    add(&pair, "x", 40);
    run(&pair, 1);
    assert_string_equal(log_of(&pair), "");
    pair.fixture.table = "t";
    add(&pair, "x", 110);
    run(&pair, 0);
    assert_string_equal(log_of(&pair), " b@40 a");
    add(&pair, "y", 59);
    run(&pair, 1);
    assert_string_equal(log_of(&pair), " a@110 b");
    add(&pair, "y", 61); /* the events of 0 s are over */
    run(&pair, 1);
    assert_string_equal(log_of(&pair), " b b@61");
    fixture_deinit(&pair.fixture);
}

static void test_engine_rest__nobody_waits_for_a_source_that_is_at_its_end(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair, PAIRS);
    add(&pair, "x", 0);
    add(&pair, "y", 1000);
    run(&pair, 0);
    assert_true(rest(&pair, 1));
    assert_string_equal(log_of(&pair), " a@1000 b?!");
    assert_int_equal(pair.fixture.batch.source.len, 0);
    add(&pair, "x", 10); /* it goes on: too late, and waited for */
    run(&pair, 1);
    assert_string_equal(log_of(&pair), " b? b");
    assert_int_equal(fixture_count(&pair.fixture, "p", "late"), 1);
    add(&pair, "y", 2000);
    run(&pair, 0);
    assert_int_equal(pair.fixture.batch.alert_count, 0);
    add(&pair, "y", 1010); /* what came at 1,000 s is remembered for it */
    run(&pair, 1);
    assert_int_equal(pair.fixture.batch.alert_count, 1);
    fixture_deinit(&pair.fixture);
}

static void test_engine_rest__the_end_of_all_is_the_newest_time(void **state)
{
    (void)state;
    for (size_t first = 0; first < 2; first++) {
        struct pair pair;
        begin(&pair, PAIRS);
        add(&pair, "x", 0);
        run(&pair, 0);
        add(&pair, "y", 60);
        run(&pair, 1);
        assert_int_equal(rest(&pair, first), first == 0);
        assert_int_equal(rest(&pair, 1 - first), first == 1);
        add(&pair, "z", 0);
        run(&pair, 0);
        assert_int_equal(fixture_count(&pair.fixture, "p", "late"), 1);
        fixture_deinit(&pair.fixture);
    }
}

static void test_engine_run__plain_policies_need_no_ticks(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair, HEAD "suppression: none\n");
    for (size_t i = 0; i < 6; i++) {
        add(&pair, "x", (int64_t)i * 100);
        run(&pair, i % 2);
        assert_string_equal(log_of(&pair), i % 2 ? " b" : " a");
        assert_false(rest(&pair, i % 2));
    }
    fixture_deinit(&pair.fixture);
}

/* A source that was configured once is in the log for ever; it holds nobody back. */
static void test_engine_begin__a_source_that_is_read_no_more(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair, PAIRS);
    add(&pair, "x", 0);
    run(&pair, 0);
    const struct engine_source *left[] = {&pair.sources[1]};
    engine_begin(pair.fixture.engine, left, 1);
    add(&pair, "y", 1000);
    run(&pair, 1);
    assert_string_equal(log_of(&pair), " a@0! b b@1000");
    fixture_deinit(&pair.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_run__a_source_that_lags_holds_time_back_everywhere),
        cmocka_unit_test(test_engine_run__the_log_says_what_correlations_need_to_know),
        cmocka_unit_test(test_engine_rest__nobody_waits_for_a_source_that_is_at_its_end),
        cmocka_unit_test(test_engine_rest__the_end_of_all_is_the_newest_time),
        cmocka_unit_test(test_engine_run__plain_policies_need_no_ticks),
        cmocka_unit_test(test_engine_begin__a_source_that_is_read_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
