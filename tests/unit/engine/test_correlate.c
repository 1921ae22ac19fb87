/* What a partition remembers of correlations, and its bounds. Windows by themselves: the oracle in
 * tests/e2e/test_correlation.py. */
#include "engine/correlate/correlate.h"

#include "engine/correlate/events.h"
#include "engine/correlate/keepsakes.h"
#include "engine/correlate/terms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { SECOND = 1000000, SPAN_S = 64 };

static const char at_least_3000[] = "{\"type\":\"event_count\",\"timespan_us\":64000000,"
                                    "\"lateness_us\":0,\"condition\":{\"gte\":3000}}";
static const char at_least_2[] = "{\"type\":\"event_count\",\"timespan_us\":64000000,"
                                 "\"lateness_us\":0,\"condition\":{\"gte\":2}}";

/* An event of a policy and group at a time in microseconds. */
struct world {
    struct correlations *correlations;
    struct operator_firing firing;
    uint64_t sequence;
    uint64_t evicted;
    int64_t watermark_us;
    struct span value; /* of the next events */
    uint64_t offset;
};

static struct world world_new(size_t bytes_max)
{
    return (struct world){.correlations = correlations_new(bytes_max),
                          .watermark_us = INT64_MIN};
}

static enum correlate_answer event(struct world *world, const char *rule, unsigned char policy,
                                   const char *group, int64_t time_us)
{
    world->sequence++;
    struct signal signal = {
        .sequence = world->sequence,
        .policy_id = SPAN("p"),
        .state_id = {{policy}},
        .finding = {{(unsigned char)world->sequence}},
        .severity = SPAN("low"),
        .source = SPAN("s"),
        .offset = world->offset,
        .body = SPAN("{}"),
        .group_key = span_view(group),
        .correlation = span_view(rule),
        .value = world->value,
        .event_time_us = time_us,
    };
    return correlations_apply(world->correlations, &signal, 0, world->watermark_us,
                              &world->evicted, &world->firing);
}

/* The rule does not fire at the watermark. */
static void advance(struct world *world, int64_t watermark_us)
{
    struct correlate_finding finding;
    struct arena *arena = arena_new(0);
    assert_false(correlations_next(world->correlations, watermark_us, arena, &finding));
    arena_free(&arena);
}

static void test_correlations_apply__beyond_the_bound_parts_are_counted_together(void **state)
{
    (void)state;
    struct world world = world_new(CORRELATE_BYTES_MAX);
    int fired_at = 0;
    for (int i = 0; i < 4000 && !fired_at; i++) { /* within 40 seconds of 64 */
        if (event(&world, at_least_3000, 1, "g", (int64_t)i * 10000) == CORRELATE_FIRED) {
            fired_at = i + 1;
        }
    }
    assert_int_equal(fired_at, 3000); /* all lie in the window, so that no part is cut */
    assert_int_equal(world.firing.event_count, 3000);
    assert_true(world.firing.approximate);
    assert_true(world.firing.listed == OPERATOR_EVENTS_LISTED);
    assert_true(correlations_bytes(world.correlations) <
                EVENTS_MAX * sizeof(struct operator_event));
    correlations_free(&world.correlations);
}

static void test_correlations_apply__parts_leave_the_window_as_a_whole(void **state)
{
    (void)state;
    struct world world = world_new(CORRELATE_BYTES_MAX);
    enum { STEP_US = 25000, RATE = SPAN_S * SECOND / STEP_US }; /* 2,560 events in a window */
    for (int i = 0; i < 10 * RATE; i++) {
        int64_t time_us = (int64_t)i * STEP_US;
        world.watermark_us = time_us;
        advance(&world, time_us);
        assert_int_equal(event(&world, at_least_3000, 1, "g", time_us), CORRELATE_KEPT);
    }
    assert_int_equal(event(&world, at_least_2, 2, "g", world.watermark_us), CORRELATE_KEPT);
    correlations_free(&world.correlations);
}

/* A sum is exact at its bound, whatever it would come to in binary; and a count. */
static void test_correlations_apply__a_bound_is_met_exactly(void **state)
{
    (void)state;
    static const char rule[] = "{\"type\":\"value_sum\",\"timespan_us\":64000000,"
                               "\"lateness_us\":0,\"condition\":{\"gte\":%s}}";
    static const struct {
        const char *bound;
        const char *value;
        unsigned times; /* until the bound is met */
    } rows[] = {
        {"1", "0.1", 10}, {"0.3", "0.1", 3}, {"2.9999999999999999999999999999999999999", "1", 3},
        {"3.0000000000000000000000000000000000001", "1", 4}, {"100000000000000000000", "1E+19", 10},
        {"1E+400", "1E+399", 10}, {"1E-400", "1E-401", 10}, {"0", "0", 1}, {"-1", "0", 1},
        {"100000000000000001", "50000000000000000", 3}, {"700", "1", 700},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = world_new(CORRELATE_BYTES_MAX);
        char text[256];
        snprintf(text, sizeof text, rule, rows[i].bound);
        world.value = span_view(rows[i].value);
        for (unsigned k = 1; k <= rows[i].times; k++) {
            assert_int_equal(event(&world, text, 1, "g", k),
                             k < rows[i].times ? CORRELATE_KEPT : CORRELATE_FIRED);
        }
        correlations_free(&world.correlations);
    }
    struct world world = world_new(CORRELATE_BYTES_MAX);
    assert_int_equal(event(&world, at_least_2, 1, "g", 1), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_least_2, 1, "g", 2), CORRELATE_FIRED);
    correlations_free(&world.correlations);
}

/* Beyond the bound the newest event of each value stays: exact for what comes in order. */
static void test_correlations_apply__distinct_values_beyond_the_bound(void **state)
{
    (void)state;
    static const char at_least_1000[] = "{\"type\":\"value_count\",\"timespan_us\":64000000,"
                                        "\"lateness_us\":0,\"condition\":{\"gte\":1000}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    int fired_at = 0;
    for (int i = 0; i < 2000 && !fired_at; i++) { /* 999 values again and again, then others */
        char value[DIGEST_HEX_LENGTH + 3];
        unsigned number = (unsigned)(i < 1500 ? i % 999 : i);
        snprintf(value, sizeof value, "\"%08x%024x\"", number * 2654435761U, number);
        world.value = span_view(value);
        if (event(&world, at_least_1000, 1, "g", (int64_t)i * 1000) == CORRELATE_FIRED) {
            fired_at = i;
        }
        assert_true(correlations_bytes(world.correlations) <
                    1024 + EVENTS_MAX * sizeof(struct operator_event));
    }
    assert_int_equal(fired_at, 1500);
    assert_int_equal(world.firing.event_count, 1501);
    assert_int_equal(world.evicted, 0);
    correlations_free(&world.correlations);
}

static void test_correlations_apply__values_that_are_none(void **state)
{
    (void)state;
    static const char sum[] = "{\"type\":\"value_sum\",\"timespan_us\":64000000,"
                              "\"lateness_us\":0,\"condition\":{\"gte\":10}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    static const char *const wrong[] = {"", "x", "-1", "\"1\"", "null"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        world.value = span_view(wrong[i]);
        assert_int_equal(event(&world, sum, 1, "g", 0), CORRELATE_UNKNOWN);
    }
    assert_int_equal(correlations_count(world.correlations), 0);
    world.value = SPAN("9.5");
    assert_int_equal(event(&world, sum, 1, "g", 0), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_least_2, 1, "g", 0), CORRELATE_UNKNOWN);
    world.value = SPAN("0.5");
    assert_int_equal(event(&world, sum, 1, "g", 1), CORRELATE_FIRED);
    correlations_free(&world.correlations);
}

static void test_correlations_apply__first_seen_is_bounded(void **state)
{
    (void)state;
    static const char first[] = "{\"type\":\"new_terms\",\"timespan_us\":64000000,"
                                "\"lateness_us\":0,\"learning_us\":0,\"condition\":{}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    for (int i = 0; i < 3 * TERMS_MAX; i++) {
        char value[DIGEST_HEX_LENGTH + 3];
        snprintf(value, sizeof value, "\"%032x\"", i);
        world.value = span_view(value);
        assert_int_equal(event(&world, first, 1, "g", i), CORRELATE_FIRED);
        assert_int_equal(event(&world, first, 1, "g", i), CORRELATE_KEPT);
    }
    assert_int_equal(world.evicted, 2 * TERMS_MAX);
    assert_true(correlations_bytes(world.correlations) < 512 + 25 * TERMS_MAX);
    world.value = SPAN("\"00000000000000000000000000000000\""); /* forgotten: new again */
    assert_int_equal(event(&world, first, 1, "g", 3 * TERMS_MAX), CORRELATE_FIRED);
    correlations_free(&world.correlations);
}

/* However far apart events lie, a group keeps no more than its bound. */
static void test_correlations_apply__events_of_a_long_lateness_stay_bounded(void **state)
{
    (void)state;
    static const char patient[] = "{\"type\":\"event_count\",\"timespan_us\":64,"
                                  "\"lateness_us\":9000000000000000,\"condition\":{\"gte\":3}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(event(&world, patient, 1, "g", (int64_t)i * 1000), CORRELATE_KEPT);
        assert_true(correlations_bytes(world.correlations) <
                    1024 + EVENTS_MAX * sizeof(struct operator_event));
    }
    assert_true(world.evicted > 90000);
    correlations_free(&world.correlations);
}

static void test_correlations_apply__what_was_still_for_longest_is_evicted(void **state)
{
    (void)state;
    struct world world = world_new(1000);
    char group[16];
    assert_int_equal(event(&world, at_least_2, 2, "other", 0), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_least_2, 1, "first", 0), CORRELATE_KEPT);
    for (int i = 0; i < 100; i++) {
        snprintf(group, sizeof group, "g%d", i);
        assert_int_equal(event(&world, at_least_2, 1, group, 0), CORRELATE_KEPT);
        assert_int_equal(event(&world, at_least_3000, 3, "hot", i), CORRELATE_KEPT);
    }
    assert_true(world.evicted > 90);
    assert_true(correlations_count(world.correlations) <= 10);
    /* what came last is there still, the first is gone, another policy has room of its own */
    assert_int_equal(event(&world, at_least_2, 1, "g99", 1), CORRELATE_FIRED);
    assert_int_equal(event(&world, at_least_2, 2, "other", 1), CORRELATE_FIRED);
    assert_int_equal(event(&world, at_least_2, 1, "first", 1), CORRELATE_KEPT);
    correlations_free(&world.correlations);
}

static void test_correlations_apply__one_group_may_exceed_the_bound(void **state)
{
    (void)state;
    struct world world = world_new(1);
    assert_int_equal(event(&world, at_least_2, 1, "g", 0), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_least_2, 1, "g", 1), CORRELATE_FIRED);
    assert_int_equal(world.evicted, 0);
    correlations_free(&world.correlations);
}

static void test_correlations_apply__late_and_unknown(void **state)
{
    (void)state;
    struct world world = world_new(CORRELATE_BYTES_MAX);
    world.watermark_us = (int64_t)SPAN_S * SECOND;
    assert_int_equal(event(&world, at_least_2, 1, "g", 0), CORRELATE_LATE);
    assert_int_equal(correlations_count(world.correlations), 0);
    assert_int_equal(event(&world, at_least_2, 1, "g", 1), CORRELATE_KEPT);
    assert_int_equal(event(&world, "{\"type\":\"later\"}", 1, "g", 2), CORRELATE_UNKNOWN);
    assert_int_equal(correlations_due_us(world.correlations), (int64_t)SPAN_S * SECOND + 1);
    advance(&world, (int64_t)SPAN_S * SECOND + 1);
    assert_int_equal(correlations_count(world.correlations), 0);
    assert_int_equal(correlations_due_us(world.correlations), INT64_MAX);
    correlations_free(&world.correlations);
}

/* An edited policy starts anew, and so does one whose rule is read in another way. */
static void test_correlations_apply__states_and_rules_are_apart(void **state)
{
    (void)state;
    struct world world = world_new(CORRELATE_BYTES_MAX);
    assert_int_equal(event(&world, at_least_2, 1, "g", 0), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_least_2, 2, "g", 1), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_least_3000, 1, "g", 1), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_least_2, 1, "h", 1), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_least_2, 1, "g", 1), CORRELATE_FIRED);
    correlations_free(&world.correlations);
}

/* The next finding by the watermark, which comes to a value. */
static struct correlate_finding finding_of(struct world *world, struct arena *arena,
                                           int64_t watermark_us, const char *value)
{
    char text[DECIMAL_TEXT_SIZE];
    struct correlate_finding finding;
    assert_true(correlations_next(world->correlations, watermark_us, arena, &finding));
    assert_true(span_equals(decimal_format(finding.firing.value, text), span_view(value)));
    return finding;
}

/* Beyond the bound the newest stay: a percentile of them, which says that it is one of some. */
static void test_correlations_next__percentiles_beyond_the_bound(void **state)
{
    (void)state;
    static const char nine[] = "{\"type\":\"value_percentile\",\"timespan_us\":64000000,"
                               "\"lateness_us\":0,\"percentile\":99,\"condition\":{\"gte\":2013}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 2 * EVENTS_MAX; i++) { /* 1024 .. 2047 are left */
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        world.value = span_view(value);
        assert_int_equal(event(&world, nine, 1, "g", i), CORRELATE_KEPT);
    }
    assert_int_equal(world.evicted, EVENTS_MAX);
    struct correlate_finding finding = finding_of(&world, arena, 2023, "2013"); /* the 990th */
    assert_true(finding.firing.approximate);
    assert_int_equal(finding.firing.event_count, 999);
    assert_int_equal(finding.signal.event_time_us, 2022);
    advance(&world, 2023);
    arena_free(&arena);
    correlations_free(&world.correlations);
}

/* Where events of one value are counted together, those of another window stay apart. */
static void test_correlations_next__values_of_two_windows_beyond_the_bound(void **state)
{
    (void)state;
    static const char two[] = "{\"type\":\"value_count\",\"window\":\"tumbling\","
                              "\"timespan_us\":10000,\"lateness_us\":10000,"
                              "\"condition\":{\"eq\":2}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 2000; i++) { /* of two values, over two windows */
        world.value = i % 2 ? SPAN("\"00000000000000000000000000000001\"")
                            : SPAN("\"00000000000000000000000000000002\"");
        assert_int_equal(event(&world, two, 1, "g", (int64_t)i * 10), CORRELATE_KEPT);
    }
    for (int window = 0; window < 2; window++) {
        struct correlate_finding finding = finding_of(&world, arena, 30000, "2");
        assert_int_equal(finding.firing.event_count, 1000);
        assert_int_equal(finding.signal.event_time_us, 10000 * window + 9990);
        assert_true(finding.firing.approximate);
    }
    assert_int_equal(world.evicted, 0);
    advance(&world, 30000);
    arena_free(&arena);
    correlations_free(&world.correlations);
}

/* A session of more events than are kept one by one is still one. */
static void test_correlations_next__a_session_beyond_the_bound(void **state)
{
    (void)state;
    static const char visit[] = "{\"type\":\"event_count\",\"window\":\"session\","
                                "\"timespan_us\":8000,\"lateness_us\":0,"
                                "\"condition\":{\"eq\":3000}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    struct arena *arena = arena_new(0);
    for (int i = 0; i < 3000; i++) { /* 37.5 gaps long */
        assert_int_equal(event(&world, visit, 1, "g", (int64_t)i * 100), CORRELATE_KEPT);
    }
    struct correlate_finding finding = finding_of(&world, arena, 299900 + 8000 + 1, "3000");
    assert_true(finding.firing.approximate);
    assert_int_equal(finding.signal.event_time_us, 299900);
    assert_int_equal(world.evicted, 0);
    arena_free(&arena);
    correlations_free(&world.correlations);
}

/* What shows a finding may be gone; then the next newer signal does, but their names differ. */
static void test_correlations_next__findings_are_named_by_their_windows(void **state)
{
    (void)state;
    static const char mean[] = "{\"type\":\"value_avg\",\"timespan_us\":1,"
                               "\"lateness_us\":1000000,\"condition\":{\"lt\":0}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    struct arena *arena = arena_new(0);
    struct digest last = {{0}};
    enum { COUNT = KEEPSAKES_MAX + 3 };
    for (int i = 0; i < COUNT; i++) {
        world.value = SPAN("-0.5");
        world.offset = (uint64_t)i;
        assert_int_equal(event(&world, mean, 1, "g", i), CORRELATE_KEPT);
    }
    for (int i = 0; i < COUNT; i++) {
        struct correlate_finding finding = finding_of(&world, arena, 2 * SECOND, "-0.5");
        assert_false(digest_equals(&finding.signal.finding, &last));
        last = finding.signal.finding;
        assert_int_equal(finding.signal.event_time_us, i);
        assert_int_equal(finding.signal.offset, i < 3 ? 3 : i); /* what is shown */
        assert_false(finding.firing.approximate);
    }
    advance(&world, 2 * SECOND);
    assert_int_equal(correlations_count(world.correlations), 0);
    arena_free(&arena);
    correlations_free(&world.correlations);
}

/* Events that come in front of others are looked at in all windows that they lie in: in a time that
 * does not grow with the square of how many there are. */
static void test_correlations_apply__out_of_order_beside_many(void **state)
{
    (void)state;
    static const char far[] = "{\"type\":\"value_sum\",\"timespan_us\":64000000,"
                              "\"lateness_us\":0,\"condition\":{\"gt\":1023}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    world.value = SPAN("1");
    for (int i = EVENTS_MAX - 1; i > 0; i--) {
        assert_int_equal(event(&world, far, 1, "g", i), CORRELATE_KEPT);
    }
    assert_int_equal(event(&world, far, 1, "g", 0), CORRELATE_FIRED);
    assert_int_equal(world.firing.event_count, EVENTS_MAX);
    assert_int_equal(world.firing.to_us, EVENTS_MAX - 1);
    correlations_free(&world.correlations);
}

/* Neither end of time is one: a window there would never be over. */
static void test_correlations_apply__the_ends_of_time(void **state)
{
    (void)state;
    static const char mean[] = "{\"type\":\"value_avg\",\"timespan_us\":5,"
                               "\"lateness_us\":7,\"condition\":{\"gt\":0}}";
    struct world world = world_new(CORRELATE_BYTES_MAX);
    struct arena *arena = arena_new(0);
    world.value = SPAN("1");
    assert_int_equal(event(&world, mean, 1, "g", INT64_MIN), CORRELATE_LATE);
    assert_int_equal(event(&world, mean, 1, "g", INT64_MAX), CORRELATE_LATE);
    static const int64_t times[] = {INT64_MIN + 1, INT64_MIN + 3, INT64_MAX - 8, INT64_MAX - 1};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        assert_int_equal(event(&world, mean, 1, "g", times[i]), CORRELATE_KEPT);
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct correlate_finding finding = finding_of(&world, arena, INT64_MAX - 1, "1");
        assert_int_equal(finding.signal.event_time_us, times[i]);
    }
    advance(&world, INT64_MAX - 1);
    assert_int_equal(correlations_count(world.correlations), 0);
    arena_free(&arena);
    correlations_free(&world.correlations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_correlations_apply__a_bound_is_met_exactly),
        cmocka_unit_test(test_correlations_apply__beyond_the_bound_parts_are_counted_together),
        cmocka_unit_test(test_correlations_apply__parts_leave_the_window_as_a_whole),
        cmocka_unit_test(test_correlations_apply__distinct_values_beyond_the_bound),
        cmocka_unit_test(test_correlations_apply__values_that_are_none),
        cmocka_unit_test(test_correlations_apply__first_seen_is_bounded),
        cmocka_unit_test(test_correlations_apply__events_of_a_long_lateness_stay_bounded),
        cmocka_unit_test(test_correlations_apply__what_was_still_for_longest_is_evicted),
        cmocka_unit_test(test_correlations_apply__one_group_may_exceed_the_bound),
        cmocka_unit_test(test_correlations_apply__late_and_unknown),
        cmocka_unit_test(test_correlations_apply__states_and_rules_are_apart),
        cmocka_unit_test(test_correlations_next__percentiles_beyond_the_bound),
        cmocka_unit_test(test_correlations_next__findings_are_named_by_their_windows),
        cmocka_unit_test(test_correlations_next__values_of_two_windows_beyond_the_bound),
        cmocka_unit_test(test_correlations_next__a_session_beyond_the_bound),
        cmocka_unit_test(test_correlations_apply__out_of_order_beside_many),
        cmocka_unit_test(test_correlations_apply__the_ends_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
