/* Matches held back for a lookup: what the store holds of them (rule 21 of docs/RECOVERY.md), what
 * an end, an edit and the bounds make of them. */
#include "held_world.h"
#include "engine/held_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const int64_t second_us = 1000000;
static const char one[] = "{\"n\":{\"N\":\"1\"}}";
static const char two[] = "{\"n\":{\"N\":\"2\"}}";

/* -- what the store holds (rule 21) */

struct kept {
    struct arena *arena;
    struct held_match matches[64];
    size_t count;
};

/* As the table of the store takes a batch. */
static void keep(struct kept *kept, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->let_go_count; i++) {
        size_t at = 0;
        while (at < kept->count && kept->matches[at].number != batch->let_go[i]) {
            at++;
        }
        assert_true(at < kept->count); /* only what is there is let go */
        kept->matches[at] = kept->matches[--kept->count];
    }
    for (size_t i = 0; i < batch->held_count; i++) {
        struct held_match *match = &kept->matches[kept->count++];
        *match = batch->held[i];
        match->policy_id = arena_copy(kept->arena, match->policy_id);
        match->bytes = arena_copy(kept->arena, match->bytes);
        match->account = arena_copy(kept->arena, match->account);
    }
}

static int by_number(const void *a, const void *b)
{
    const struct held_match *left = a;
    const struct held_match *right = b;
    return (left->number > right->number) - (left->number < right->number);
}

/* Another process goes on with what is durable. */
static void restart(struct fixture *fixture, struct kept *kept)
{
    const struct engine_options options = {
        .threads = 1, .clock = fixture_clock(), .signal_last = 1000, .alert_last = 1000};
    engine_free(&fixture->engine);
    fixture->engine = engine_new(&options, fixture->plan, fixture->lookups);
    qsort(kept->matches, kept->count, sizeof *kept->matches, by_number);
    for (size_t i = 0; i < kept->count; i++) {
        engine_restore_held(fixture->engine, fixture->source.name, &kept->matches[i]);
    }
}

static void write_signals(const struct store_batch *batch, struct buf *out)
{
    for (size_t i = 0; i < batch->signal_count; i++) {
        const struct signal *signal = &batch->signals[i];
        char hex[DIGEST_HEX_LENGTH + 1];
        digest_hex(&signal->finding, hex);
        buf_printf(out, "%.*s %llu %s %lld %lld\n", SPAN_ARG(signal->policy_id),
                   (unsigned long long)signal->offset, hex, (long long)signal->event_time_us,
                   (long long)signal->watermark_us);
    }
}

static void rule_21_a_held_match_outlives_the_process(void **state)
{
    (void)state;
    struct fixture fixture;
    struct kept kept = {.arena = arena_new(0)};
    struct buf expected = {0};
    struct buf seen = {0};
    for (int stopped = 0; stopped < 2; stopped++) {
        held_begin(&fixture, GUARDED PLAIN);
        held_set_rows(&fixture, "[{\"id\":\"x\"}]");
        kept.count = 0;
        for (int64_t second = 0; second < 200; second += 7) {
            const char *id = second % 3 ? "x" : "a";
            held_run_at(&fixture, id, second % 2 ? one : two, second);
            keep(&kept, &fixture.batch);
            write_signals(&fixture.batch, stopped ? &seen : &expected);
            if (stopped) {
                restart(&fixture, &kept);
            }
        }
        assert_int_equal(engine_held(fixture.engine).count, kept.count);
        fixture_deinit(&fixture);
    }
    assert_true(expected.len > 1000);
    assert_string_equal(seen.ptr, expected.ptr);
    buf_deinit(&expected);
    buf_deinit(&seen);
    arena_free(&kept.arena);
}

/* What is held and released within one batch never was a row. */
static void rule_21_the_log_is_the_same_however_the_records_come(void **state)
{
    (void)state;
    struct buf texts[3] = {{0}, {0}, {0}};
    static const int lengths[3] = {1, 7, 1000};
    for (size_t i = 0; i < 3; i++) {
        struct fixture fixture;
        struct kept kept = {.arena = arena_new(0)};
        held_begin(&fixture, GUARDED PLAIN);
        held_set_rows(&fixture, "[{\"id\":\"x\"}]");
        for (int number = 0; number < 300; number++) {
            int64_t second = number * 5 - (number % 4) * 20; /* out of order */
            fixture_add(&fixture, number % 3 ? "x" : "a", NULL, number % 2 ? one : two,
                        second * SECOND_MS);
            if (number % lengths[i] == lengths[i] - 1 || number == 299) {
                fixture_run(&fixture);
                keep(&kept, &fixture.batch);
                write_signals(&fixture.batch, &texts[i]);
            }
        }
        assert_in_range(kept.count, 1, 30);
        fixture_deinit(&fixture);
        arena_free(&kept.arena);
    }
    assert_string_equal(texts[0].ptr, texts[1].ptr);
    assert_string_equal(texts[0].ptr, texts[2].ptr);
    for (size_t i = 0; i < 3; i++) {
        buf_deinit(&texts[i]);
    }
}

/* -- ends, edits, bounds */

static void test_engine_end__asks_what_is_left(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, GUARDED);
    held_run_at(&fixture, "a", one, 0);
    held_run_at(&fixture, "b", one, 1);
    held_set_rows(&fixture, "[{\"id\":\"b\"}]");
    engine_end(fixture.engine, &fixture.source, SPAN("here"), &fixture.batch);
    held_assert_signals(&fixture, 1);
    assert_int_equal(fixture.batch.let_go_count, 2);
    assert_int_equal(fixture.batch.alert_count, 1);
    assert_true(span_equals(fixture.batch.position, SPAN("here")));
    assert_int_equal(fixture_count(&fixture, "guarded", "withdrawn"), 1);
    engine_end(fixture.engine, &fixture.source, SPAN("here"), &fixture.batch);
    held_assert_signals(&fixture, 0);
    fixture_deinit(&fixture);
}

static void swap_policies(struct fixture *fixture, const char *policies)
{
    struct fixture other;
    held_begin(&other, policies);
    plan_unref(&fixture->plan);
    lookup_set_unref(&fixture->lookups);
    fixture->plan = plan_ref(other.plan);
    fixture->lookups = lookup_set_ref(other.lookups);
    engine_set_plan(fixture->engine, fixture->plan, fixture->lookups);
    fixture_deinit(&other);
}

static void test_grace__policies_are_asked_as_they_are_then(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, GUARDED PLAIN);
    held_run_at(&fixture, "a", one, 0);
    swap_policies(&fixture, LOOKUP
                  "apiVersion: deltaward/v1\nkind: Policy\nid: guarded\nseverity: low\n"
                  "match: {tables: [t]}\nsuppression: none\ncondition: \"keys.id == 'a'\"\n");
    held_run_at(&fixture, "tick", one, 61);
    held_assert_signals(&fixture, 1);
    assert_true(span_equals(fixture.batch.signals[0].severity, SPAN("low")));
    fixture_deinit(&fixture);
}

static void test_grace__a_policy_that_is_gone_says_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, GUARDED);
    held_run_at(&fixture, "a", one, 0);
    swap_policies(&fixture, LOOKUP PLAIN);
    held_run_at(&fixture, "tick", one, 61);
    held_assert_signals(&fixture, 0);
    assert_int_equal(fixture.batch.let_go_count, 1);
    fixture_deinit(&fixture);
}

static void test_grace__idle_time_releases(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, GUARDED);
    fixture.source.clock = shard_clock_new(10 * second_us);
    held_run_at(&fixture, "a", one, 0);
    for (int64_t second = 50; second <= 75; second++) {
        const struct source_batch idle = {.idle_us = held_start_us + second * second_us};
        engine_run(fixture.engine, &fixture.source, &idle, &fixture.batch);
        fixture.source.watermark_us = fixture.batch.watermark_us;
        held_assert_signals(&fixture, second == 70); /* 10 s idle, and the grace is over */
    }
    shard_clock_free(&fixture.source.clock);
    fixture_deinit(&fixture);
}

/* At the bound the one that is due first is asked early; nothing is lost. */
static void test_grace__too_many_are_asked_early(void **state)
{
    (void)state;
    struct fixture fixture;
    uint64_t hurried = 0;
    uint64_t held = 0;
    size_t told = 0;
    held_begin(&fixture, GUARDED);
    for (int batch = 0; batch < 25; batch++) {
        while (fixture.count < SOURCE_BATCH_RECORDS_MAX) {
            fixture_add(&fixture, "a", NULL, one, 0);
        }
        fixture_run(&fixture);
        hurried += fixture_count(&fixture, "guarded", "hurried");
        held += fixture_count(&fixture, "guarded", "held");
        told += fixture.batch.signal_count;
    }
    size_t left = engine_held(fixture.engine).count;
    assert_in_range(left, 1000, HELD_COUNT_MAX);
    assert_int_equal(hurried, told);
    assert_int_equal(held, told + left);
    assert_true(told > 0);
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_21_a_held_match_outlives_the_process),
        cmocka_unit_test(rule_21_the_log_is_the_same_however_the_records_come),
        cmocka_unit_test(test_engine_end__asks_what_is_left),
        cmocka_unit_test(test_grace__policies_are_asked_as_they_are_then),
        cmocka_unit_test(test_grace__a_policy_that_is_gone_says_nothing),
        cmocka_unit_test(test_grace__idle_time_releases),
        cmocka_unit_test(test_grace__too_many_are_asked_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
