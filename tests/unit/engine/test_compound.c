/* `all`: which events and watermarks make what is required hold. A script is a row of steps: "a5"
 * an event of input a (a, b, c: inputs 0, 1, 2) at 5 seconds, "@9" the watermark at 9 seconds. What
 * is found is told the same way: the time of the event shown, and what held. Every script is run
 * once more with a save and a load between all steps. */
#include "engine/correlate/correlate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SECOND = 1000000 };

#define TWO_IN_TEN "{\"type\":\"event_count\",\"timespan_us\":10000000,\"lateness_us\":%d," \
                   "\"condition\":{\"gte\":2}}"
#define ONE_EVENT "{\"type\":\"event_count\",\"timespan_us\":10000000,\"lateness_us\":%d," \
                  "\"condition\":{\"gte\":1}}"

struct world {
    struct correlations *correlations;
    struct buf told;
    uint64_t sequence;
    int64_t watermark_us;
    char rule[1024];
};

static void tell_parts(struct world *world, const struct operator_firing *firing)
{
    for (size_t i = 0; i < 2; i++) {
        if (firing->parts[i].holds) {
            buf_printf(&world->told, ":%c%d", 'A' + (int)i, (int)firing->parts[i].count);
        }
    }
    buf_append_char(&world->told, ' ');
}

static void restart(struct world *world)
{
    struct buf bytes = {0};
    struct buf again = {0};
    correlations_save(world->correlations, &bytes);
    correlations_free(&world->correlations);
    world->correlations = correlations_new(CORRELATE_BYTES_MAX);
    struct unpacker from = {.rest = buf_view(&bytes), .version = 3};
    correlations_load(world->correlations, 1, &from);
    assert_false(from.failed);
    assert_int_equal(from.rest.len, 0);
    correlations_save(world->correlations, &again);
    assert_true(span_equals(buf_view(&again), buf_view(&bytes)));
    buf_deinit(&bytes);
    buf_deinit(&again);
}

static void go_on(struct world *world, int64_t watermark_us)
{
    struct correlate_finding finding;
    struct arena *arena = arena_new(0);
    world->watermark_us = watermark_us;
    while (correlations_next(world->correlations, watermark_us, arena, &finding)) {
        buf_printf(&world->told, "%d", (int)(finding.signal.event_time_us / SECOND));
        assert_int_equal(finding.signal.sequence, finding.firing.shown_sequence);
        tell_parts(world, &finding.firing);
    }
    arena_free(&arena);
}

static void happen(struct world *world, uint32_t input, int64_t time_us)
{
    struct operator_firing firing = {0};
    uint64_t evicted = 0;
    struct signal signal = {
        .sequence = ++world->sequence,
        .policy_id = SPAN("p"),
        .state_id = {{1}},
        .group_key = SPAN("[1]"),
        .severity = SPAN("high"),
        .source = SPAN("s"),
        .correlation = span_view(world->rule),
        .event_time_us = time_us,
        .input = input,
        .body = SPAN("{}"),
    };
    enum correlate_answer answer = correlations_apply(world->correlations, &signal, 0,
                                                      world->watermark_us, &evicted, &firing);
    assert_int_not_equal(answer, CORRELATE_UNKNOWN);
    if (answer == CORRELATE_LATE) {
        buf_append(&world->told, SPAN("late "));
    } else if (answer == CORRELATE_FIRED) {
        buf_printf(&world->told, "%d", (int)(time_us / SECOND));
        tell_parts(world, &firing);
    }
}

/* The rule's lateness is in seconds. */
static void make_rule(struct world *world, const char *require, bool waits, int lateness_s)
{
    char parts[768];
    int lateness_us = lateness_s * SECOND;
    snprintf(parts, sizeof parts,
             "{\"name\":\"many\",\"within_us\":10000000,\"rule\":" TWO_IN_TEN "},"
             "{\"name\":\"one\",\"within_us\":5000000,\"rule\":" ONE_EVENT "}",
             lateness_us, lateness_us);
    snprintf(world->rule, sizeof world->rule,
             "{\"type\":\"all\",\"timespan_us\":20000000,\"lateness_us\":%d,\"require\":\"%s\","
             "\"waits\":%s,\"parts\":[%s]}",
             lateness_us, require, waits ? "true" : "false", parts);
}

struct row {
    const char *require;
    bool waits;
    int lateness_s;
    const char *steps;
    const char *found;
};

static void run_row(const struct row *row, bool restarts)
{
    struct world world = {.correlations = correlations_new(CORRELATE_BYTES_MAX),
                          .watermark_us = INT64_MIN};
    make_rule(&world, row->require, row->waits, row->lateness_s);
    for (const char *step = row->steps; *step;) {
        char kind = *step++;
        char *end;
        int64_t time_us = strtoll(step, &end, 10) * SECOND;
        step = *end ? end + 1 : end;
        if (kind == '@') {
            go_on(&world, time_us);
        } else {
            happen(&world, (uint32_t)(kind - 'a'), time_us);
        }
        if (restarts) {
            restart(&world);
        }
    }
    if (!span_equals(buf_view(&world.told), span_view(row->found))) {
        fail_msg("%s, %s: found %.*s, not %s", row->require, row->steps,
                 SPAN_ARG(buf_view(&world.told)), row->found);
    }
    correlations_free(&world.correlations);
    buf_deinit(&world.told);
}

/* many: two of input a within 10 s, true for 10 s; one: one of input b, true for 5 s. */
static void test_all__which_events_make_it_hold(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"many && one", false, 0, "a1 a2 b3", "3:A2:B1 "},
        {"many && one", false, 0, "b3 a1 a4", "4:A2:B1 "},
        {"many && one", false, 0, "b1 a2 a6", ""},         /* b was true up to 6 s */
        {"many && one", false, 0, "b1 a2 a5", "5:A2:B1 "},
        {"many && one", false, 0, "a1 a2 b12", ""},        /* many was true up to 12 s */
        {"many && one", false, 0, "a1 a2 b11", "11:A2:B1 "},
        {"many && one", false, 0, "b11 a1 a2", "2:A2:B1 "}, /* in whatever order they come */
        {"many || one", false, 0, "b1 a2 a3", "1:B1 3:A2:B1 "},
        {"many && one", false, 0, "a1 a2 @40 b11", "late "},
        /* what may become false waits for the watermark */
        {"many && !one", true, 0, "a1 a2 @2 @3", "2:A2 "},
        {"many && !one", true, 0, "a1 a2 @2 b2 @3", ""},
        {"many && !one", true, 3, "a1 a2 @5 b2 @6", ""},
        {"many && !one", true, 3, "a1 a2 @6 b2", "2:A2 late "},
        {"many && !one", true, 0, "b1 a2 a3 a8 @4 @9", "8:A3 "},
        {"one && parts.many.count >= 3", true, 0, "a1 a2 b2 @2 a3 @3 b4 @5", "3:A3:B1 4:A3:B2 "},
        {"one && parts.many.value > 2.5", true, 0, "a1 a2 a3 b4 @9", "4:A3:B1 "},
        {"one && parts.one.since > timestamp('1970-01-01T00:00:03Z')", true, 0, "b3 @3 b20 @21",
         "20:B1 "},
        {"parts.many.since > timestamp('1970-01-01T00:00:00Z')", true, 0, "b3 @4", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_row(&rows[i], false);
        run_row(&rows[i], true);
    }
}

static void test_all__what_cannot_be_watched(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "many &&", "few", "parts.many.count +"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct world world = {.correlations = correlations_new(CORRELATE_BYTES_MAX)};
        struct operator_firing firing;
        uint64_t evicted = 0;
        make_rule(&world, wrong[i], false, 0);
        struct signal signal = {.sequence = 1, .correlation = span_view(world.rule)};
        assert_int_equal(correlations_apply(world.correlations, &signal, 0, INT64_MIN, &evicted,
                                            &firing), CORRELATE_UNKNOWN);
        correlations_free(&world.correlations);
    }
}

/* A flood of one part takes nothing but its own oldest findings. */
static void test_all__findings_are_bounded(void **state)
{
    (void)state;
    struct world world = {.correlations = correlations_new(CORRELATE_BYTES_MAX),
                          .watermark_us = INT64_MIN};
    make_rule(&world, "many && one", false, 0);
    for (int64_t i = 0; i < 5000; i++) {
        happen(&world, 0, 20 * SECOND + i);
    }
    assert_true(correlations_bytes(world.correlations) < 200000);
    assert_int_equal(world.told.len, 0);
    happen(&world, 1, 21 * SECOND);
    assert_true(world.told.len > 0);
    correlations_free(&world.correlations);
    buf_deinit(&world.told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all__which_events_make_it_hold),
        cmocka_unit_test(test_all__what_cannot_be_watched),
        cmocka_unit_test(test_all__findings_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
