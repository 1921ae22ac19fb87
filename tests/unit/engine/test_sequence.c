/* Sequences and absences at their bounds, and their memory as bytes. What they find: the oracle in
 * tests/e2e/test_correlation_sequence.py. */
#include "engine/correlate/absence.h"
#include "engine/correlate/correlate.h"
#include "engine/correlate/events.h"
#include "engine/correlate/keepsakes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { SECOND = 1000000 };

#define TEMPORAL(timespan, mins) \
    "{\"type\":\"temporal\",\"timespan_us\":" timespan ",\"lateness_us\":0,\"inputs\":3," \
    "\"mins\":" mins "}"
#define ORDERED(timespan, mins) \
    "{\"type\":\"temporal_ordered\",\"timespan_us\":" timespan ",\"lateness_us\":0," \
    "\"inputs\":3,\"mins\":" mins "}"

static const char together[] = TEMPORAL("1000000000", "[1,2,1]");
static const char in_order[] = ORDERED("1000000000", "[1,5,1]");
/* input 1 answers input 0 within 10 s before and 20 s after */
static const char absence[] = "{\"type\":\"absence\",\"timespan_us\":30000000,\"lateness_us\":0,"
                              "\"before_us\":10000000,\"after_us\":20000000,\"inputs\":2,"
                              "\"without\":1}";
static const char patient[] = "{\"type\":\"absence\",\"timespan_us\":2,"
                              "\"lateness_us\":9000000000,\"before_us\":1,\"after_us\":1,"
                              "\"inputs\":2,\"without\":1}";

struct world {
    struct correlations *correlations;
    struct arena *arena;
    struct operator_firing firing;
    struct correlate_finding due;
    uint64_t sequence;
    uint64_t evicted;
    int64_t watermark_us;
};

static struct world world_new(void)
{
    return (struct world){
        .correlations = correlations_new(CORRELATE_BYTES_MAX),
        .arena = arena_new(0),
        .watermark_us = INT64_MIN,
    };
}

static void world_free(struct world *world)
{
    correlations_free(&world->correlations);
    arena_free(&world->arena);
}

static enum correlate_answer event(struct world *world, const char *rule, uint32_t input,
                                   int64_t time_us)
{
    uint64_t number = ++world->sequence;
    struct signal signal = {
        .sequence = number,
        .policy_id = SPAN("p"),
        .group_key = SPAN("g"),
        .severity = SPAN("high"),
        .source = SPAN("s"),
        .offset = number,
        .body = SPAN("{}"),
        .correlation = span_view(rule),
        .input = input,
        .event_time_us = time_us,
    };
    memcpy(signal.finding.bytes, &number, sizeof number);
    return correlations_apply(world->correlations, &signal, 0, world->watermark_us,
                              &world->evicted, &world->firing);
}

/* The next finding at the watermark. */
static bool next_due(struct world *world, int64_t watermark_us)
{
    world->watermark_us = watermark_us;
    return correlations_next(world->correlations, watermark_us, world->arena, &world->due);
}

static uint64_t finding_of(const struct digest *finding)
{
    uint64_t number;
    memcpy(&number, finding->bytes, sizeof number);
    return number;
}

static void test_sequence__a_noisy_input_takes_no_room_from_the_others(void **state)
{
    (void)state;
    static const char *const rules[] = {together, in_order};
    for (size_t i = 0; i < 2; i++) {
        struct world world = world_new();
        assert_int_equal(event(&world, rules[i], 0, 0), CORRELATE_KEPT);
        for (int k = 1; k <= 5000; k++) {
            assert_int_equal(event(&world, rules[i], 1, k), CORRELATE_KEPT);
            assert_true(correlations_bytes(world.correlations) <
                        1024 + EVENTS_MAX * sizeof(struct operator_event));
        }
        assert_int_equal(event(&world, rules[i], 2, 6000), CORRELATE_FIRED);
        assert_true(world.firing.from_us == 0 && world.firing.to_us == 6000);
        assert_int_equal(finding_of(&world.firing.events[0].finding), 1);
        assert_false(world.firing.approximate);
        assert_true(world.evicted > 3900 && world.evicted < 5000);
        world_free(&world);
    }
}

/* Of ends that must stay: the last before another input, and the first behind it. */
static void test_sequence__the_ends_of_a_noisy_stretch_still_count(void **state)
{
    (void)state;
    static const char first[] = ORDERED("4000", "[2,1,1]");
    static const char last[] = ORDERED("4000", "[1,1,2]");
    struct world world = world_new();
    for (int k = 0; k <= 5000; k++) {
        (void)event(&world, first, 0, k);
    }
    assert_int_equal(event(&world, first, 1, 5001), CORRELATE_KEPT);
    assert_int_equal(event(&world, first, 2, 8998), CORRELATE_FIRED); /* 4999 is 3999 before */
    assert_true(world.firing.from_us == 4999);
    world_free(&world);
    world = world_new();
    for (int k = 5000; k <= 10000; k++) {
        (void)event(&world, last, 2, k);
    }
    assert_int_equal(event(&world, last, 1, 4999), CORRELATE_KEPT);
    assert_int_equal(event(&world, last, 0, 1002), CORRELATE_FIRED); /* out of order, to 5001 */
    assert_true(world.firing.to_us == 5001);
    assert_int_equal(event(&world, last, 0, 1001), CORRELATE_KEPT);
    world_free(&world);
}

/* Of every place at which room is made. */
static void test_sequence__room_is_made_without_the_last_of_a_row(void **state)
{
    (void)state;
    static const char two[] = ORDERED("4", "[2,1,1]");
    for (int count = EVENTS_MAX - 2; count <= EVENTS_MAX + 2; count++) {
        struct world world = world_new();
        for (int k = 0; k < count; k++) {
            (void)event(&world, two, 0, k);
        }
        assert_int_equal(event(&world, two, 1, count), CORRELATE_KEPT);
        assert_int_equal(event(&world, two, 2, count), CORRELATE_FIRED);
        assert_true(world.firing.from_us == count - 2);
        world_free(&world);
    }
}

/* Nothing can be left out between inputs that alternate: then the oldest go. */
static void test_sequence__alternating_inputs_stay_bounded(void **state)
{
    (void)state;
    static const char late[] = TEMPORAL("1000000000", "[1,1,1]");
    struct world world = world_new();
    for (int k = 0; k < 10000; k++) {
        assert_int_equal(event(&world, late, (uint32_t)k % 2, k), CORRELATE_KEPT);
        assert_true(correlations_bytes(world.correlations) <
                    1024 + EVENTS_MAX * sizeof(struct operator_event));
    }
    assert_true(world.evicted > 10000 - EVENTS_MAX && world.evicted < 10000);
    assert_int_equal(event(&world, late, 2, 10000), CORRELATE_FIRED);
    world_free(&world);
}

static void test_sequence__events_told_are_the_first_of_the_match(void **state)
{
    (void)state;
    static const char thirty[] = ORDERED("1000000000", "[30,1,1]");
    struct world world = world_new();
    for (int k = 1; k <= 40; k++) {
        (void)event(&world, thirty, 0, k);
    }
    (void)event(&world, thirty, 1, 50);
    assert_int_equal(event(&world, thirty, 2, 60), CORRELATE_FIRED);
    assert_int_equal(world.firing.event_count, 32);
    assert_int_equal(world.firing.listed, OPERATOR_EVENTS_LISTED);
    assert_true(world.firing.from_us == 11 && world.firing.to_us == 60);
    assert_true(world.firing.events[19].time_us == 30);
    assert_int_equal(event(&world, thirty, 3, 60), CORRELATE_UNKNOWN);
    world_free(&world);
}

static void test_absence__the_bounds_of_an_answer(void **state)
{
    (void)state;
    static const struct {
        int64_t answer_s;
        int64_t beside_us;
        bool answers;
    } rows[] = {
        {90, 0, true}, {90, -1, false}, {120, 0, true}, {120, 1, false}, {100, 0, true},
    };
    for (size_t i = 0; i < 2 * (sizeof rows / sizeof *rows); i++) {
        struct world world = world_new();
        bool first = i % 2;
        int64_t time_us = INT64_C(100) * SECOND;
        int64_t answer_us = rows[i / 2].answer_s * SECOND + rows[i / 2].beside_us;
        (void)event(&world, absence, first, first ? answer_us : time_us);
        (void)event(&world, absence, !first, first ? time_us : answer_us);
        assert_false(next_due(&world, INT64_C(120) * SECOND));
        assert_int_equal(next_due(&world, INT64_C(120) * SECOND + 1), !rows[i / 2].answers);
        assert_false(next_due(&world, INT64_MAX - 1));
        assert_int_equal(correlations_count(world.correlations), 0);
        world_free(&world);
    }
}

/* An answer counts as long as there may be something that it answers. */
static void test_absence__what_comes_too_late(void **state)
{
    (void)state;
    struct world world = world_new();
    world.watermark_us = INT64_C(100) * SECOND;
    assert_int_equal(event(&world, absence, 0, INT64_C(80) * SECOND - 1), CORRELATE_LATE);
    assert_int_equal(event(&world, absence, 1, INT64_C(70) * SECOND - 1), CORRELATE_LATE);
    assert_int_equal(correlations_count(world.correlations), 0);
    assert_int_equal(event(&world, absence, 1, INT64_C(70) * SECOND), CORRELATE_KEPT);
    assert_int_equal(event(&world, absence, 0, INT64_C(80) * SECOND), CORRELATE_KEPT);
    assert_false(next_due(&world, INT64_C(100) * SECOND + 1));
    assert_int_equal(correlations_count(world.correlations), 0);
    world_free(&world);
}

static void test_absence__without_a_time_after_it_is_decided_at_once(void **state)
{
    (void)state;
    static const char at_once[] = "{\"type\":\"absence\",\"timespan_us\":10,\"lateness_us\":0,"
                                  "\"before_us\":10,\"after_us\":0,\"inputs\":2,\"without\":1}";
    struct world world = world_new();
    world.watermark_us = 50;
    assert_int_equal(event(&world, at_once, 0, 50), CORRELATE_FIRED);
    assert_int_equal(correlations_count(world.correlations), 0); /* nothing is left of it */
    assert_int_equal(event(&world, at_once, 1, 50), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_once, 0, 50), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_once, 0, 60), CORRELATE_KEPT);
    assert_int_equal(event(&world, at_once, 0, 61), CORRELATE_FIRED);
    assert_int_equal(event(&world, at_once, 0, 49), CORRELATE_LATE);
    world_free(&world);
}

/* A finding too many is better than one that is missing. */
static void test_absence__too_many_that_wait_are_decided_at_once(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int k = 0; k < EVENTS_MAX; k++) {
        assert_int_equal(event(&world, absence, 0, k), CORRELATE_KEPT);
    }
    assert_int_equal(event(&world, absence, 0, EVENTS_MAX), CORRELATE_FIRED);
    assert_true(world.firing.approximate);
    assert_int_equal(finding_of(&world.firing.events[0].finding), EVENTS_MAX + 1);
    for (int k = 0; k < EVENTS_MAX; k++) { /* every other one, by its own id */
        assert_true(next_due(&world, INT64_MAX - 1));
        assert_int_equal(finding_of(&world.due.signal.finding), k + 1);
        assert_true(world.due.signal.event_time_us == k);
        assert_int_equal(world.due.firing.approximate, k < EVENTS_MAX - KEEPSAKES_MAX);
    }
    assert_false(next_due(&world, INT64_MAX - 1));
    assert_int_equal(world.evicted, 0);
    world_free(&world);
}

/* What was answered keeps no room from what waits. */
static void test_absence__the_alert_shows_the_one_that_waits(void **state)
{
    (void)state;
    struct world world = world_new();
    assert_int_equal(event(&world, absence, 0, 0), CORRELATE_KEPT);
    for (int64_t k = 1; k < 3 * KEEPSAKES_MAX; k++) { /* each answered, none close to another */
        assert_int_equal(event(&world, absence, 0, 40 * k * SECOND), CORRELATE_KEPT);
        assert_int_equal(event(&world, absence, 1, 40 * k * SECOND), CORRELATE_KEPT);
    }
    assert_true(next_due(&world, INT64_MAX - 1));
    assert_int_equal(world.due.signal.sequence, 1);
    assert_false(world.due.firing.approximate);
    assert_false(next_due(&world, INT64_MAX - 1));
    world_free(&world);
}

/* The one that waits is shown in the place of another when its own signal had to go. */
static void test_absence__the_last_signal_stays(void **state)
{
    (void)state;
    struct world world = world_new();
    assert_int_equal(event(&world, absence, 0, 0), CORRELATE_KEPT);
    for (int64_t k = 0; k < 2 * KEEPSAKES_MAX; k++) {
        assert_int_equal(event(&world, absence, 0, 25 * SECOND), CORRELATE_KEPT);
    }
    assert_int_equal(event(&world, absence, 1, 25 * SECOND), CORRELATE_KEPT);
    assert_true(next_due(&world, INT64_MAX - 1));
    assert_int_equal(finding_of(&world.due.signal.finding), 1);
    assert_true(world.due.signal.event_time_us == 0 && world.due.firing.approximate);
    assert_false(next_due(&world, INT64_MAX - 1));
    world_free(&world);
}

static void test_absence__answers_are_bounded(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int64_t k = 0; k < 5 * ABSENCE_STRETCHES_MAX; k++) { /* each a stretch of its own */
        assert_int_equal(event(&world, patient, 1, 10 * k), CORRELATE_KEPT);
    }
    assert_int_equal(world.evicted, 4 * ABSENCE_STRETCHES_MAX);
    assert_true(correlations_bytes(world.correlations) < 512 + 16 * ABSENCE_STRETCHES_MAX);
    for (int64_t k = 0; k < 10 * ABSENCE_STRETCHES_MAX; k += 2) { /* one stretch from here on */
        assert_int_equal(event(&world, patient, 1, 40 * ABSENCE_STRETCHES_MAX + k),
                         CORRELATE_KEPT);
    }
    assert_int_equal(world.evicted, 4 * ABSENCE_STRETCHES_MAX);
    assert_true(correlations_bytes(world.correlations) < 512);
    world_free(&world);
}

/* -- memory as bytes */

static struct buf sample(void)
{
    struct world world = world_new();
    struct buf bytes = {0};
    for (int k = 0; k < 6; k++) {
        (void)event(&world, in_order, (uint32_t)k % 2, k);
        (void)event(&world, together, (uint32_t)k % 2, k);
    }
    (void)event(&world, absence, 0, 0);
    (void)event(&world, absence, 0, 40 * SECOND);
    (void)event(&world, absence, 1, 80 * SECOND);
    (void)event(&world, absence, 1, INT64_C(120) * SECOND);
    correlations_save(world.correlations, &bytes);
    world_free(&world);
    return bytes;
}

/* True when it was taken; then it gives the same bytes again, and what it holds can be used. */
static bool load(struct span bytes)
{
    struct world world = world_new();
    struct unpacker from = {.rest = bytes, .version = 3};
    correlations_load(world.correlations, 1, &from);
    bool taken = !from.failed && from.rest.len == 0;
    if (taken) {
        struct buf again = {0};
        correlations_save(world.correlations, &again);
        assert_true(span_equals(buf_view(&again), bytes));
        buf_deinit(&again);
        (void)event(&world, in_order, 1, 9);
        (void)event(&world, absence, 1, 9);
        while (next_due(&world, INT64_MAX - 1)) {
        }
    }
    world_free(&world);
    return taken;
}

static void test_correlations_load__cut_and_damaged_bytes(void **state)
{
    (void)state;
    struct buf bytes = sample();
    size_t refused = 0;
    assert_true(load(buf_view(&bytes)));
    for (size_t i = 0; i < bytes.len; i++) {
        assert_false(load(span_of(bytes.ptr, i)));
        for (int bit = 0; bit < 8; bit++) {
            bytes.ptr[i] = (char)(bytes.ptr[i] ^ (1 << bit));
            refused += !load(buf_view(&bytes));
            bytes.ptr[i] = (char)(bytes.ptr[i] ^ (1 << bit));
        }
    }
    assert_true(refused > 4 * bytes.len);
    buf_deinit(&bytes);
}

/* What waits although it was answered, and answers that would be one stretch. */
static void test_correlations_load__memories_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        int64_t time_us;
        int64_t instead_us;
        bool taken;
    } rows[] = {
        {INT64_C(40) * SECOND, INT64_C(59) * SECOND, true},
        {INT64_C(40) * SECOND, INT64_C(60) * SECOND, false}, /* answered at 80 s */
        {INT64_C(120) * SECOND, INT64_C(111) * SECOND, true},
        {INT64_C(120) * SECOND, INT64_C(110) * SECOND, false}, /* one stretch with 80 s */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf bytes = sample();
        struct buf from = {0};
        struct buf to = {0};
        pack_i64(&from, rows[i].time_us);
        pack_i64(&to, rows[i].instead_us);
        for (size_t k = 0; k + from.len <= bytes.len; k++) {
            if (memcmp(bytes.ptr + k, from.ptr, from.len) == 0) {
                memcpy(bytes.ptr + k, to.ptr, to.len);
            }
        }
        assert_int_equal(load(buf_view(&bytes)), rows[i].taken);
        buf_deinit(&bytes);
        buf_deinit(&from);
        buf_deinit(&to);
    }
}

/* An event of an input that there is none of. */
static void test_correlations_load__inputs_that_are_none(void **state)
{
    (void)state;
    enum { TIME_US = 123456789, INPUT_AT = 8 + 16 + 4 + 8 };
    struct world world = world_new();
    struct buf bytes = {0};
    struct buf time = {0};
    size_t place = 0;
    (void)event(&world, together, 1, TIME_US);
    correlations_save(world.correlations, &bytes);
    world_free(&world);
    pack_i64(&time, TIME_US);
    while (memcmp(bytes.ptr + place, time.ptr, time.len) != 0) {
        place++;
    }
    assert_int_equal(bytes.ptr[place + INPUT_AT], 1);
    bytes.ptr[place + INPUT_AT] = 2;
    assert_true(load(buf_view(&bytes)));
    bytes.ptr[place + INPUT_AT] = 3;
    assert_false(load(buf_view(&bytes)));
    buf_deinit(&bytes);
    buf_deinit(&time);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequence__a_noisy_input_takes_no_room_from_the_others),
        cmocka_unit_test(test_sequence__the_ends_of_a_noisy_stretch_still_count),
        cmocka_unit_test(test_sequence__room_is_made_without_the_last_of_a_row),
        cmocka_unit_test(test_sequence__alternating_inputs_stay_bounded),
        cmocka_unit_test(test_sequence__events_told_are_the_first_of_the_match),
        cmocka_unit_test(test_absence__the_bounds_of_an_answer),
        cmocka_unit_test(test_absence__what_comes_too_late),
        cmocka_unit_test(test_absence__without_a_time_after_it_is_decided_at_once),
        cmocka_unit_test(test_absence__too_many_that_wait_are_decided_at_once),
        cmocka_unit_test(test_absence__the_alert_shows_the_one_that_waits),
        cmocka_unit_test(test_absence__the_last_signal_stays),
        cmocka_unit_test(test_absence__answers_are_bounded),
        cmocka_unit_test(test_correlations_load__cut_and_damaged_bytes),
        cmocka_unit_test(test_correlations_load__memories_that_cannot_be),
        cmocka_unit_test(test_correlations_load__inputs_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
