/* When a baseline speaks, and its bounds. Whole streams: the oracle in
 * tests/e2e/test_correlation.py. */
#include "engine/correlate/baseline.h"

#include "base/check.h"
#include "engine/correlate/buckets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SLOT_BYTES = 5, SEASON_BYTES = SEASON_SLOTS * SLOT_BYTES };
static const int64_t MINUTE = INT64_C(60000000);
static const int64_t DAY = INT64_C(86400000000);
static const int64_t MONDAY = INT64_C(1704067200000000); /* 2024-01-01 00:00 */

struct world {
    void *memory;
    struct correlation rule;
    struct operator_firing firing;
    struct operator_event listed[OPERATOR_EVENTS_ROOM];
    uint64_t sequence;
    int fired;
};

static struct world world_new(enum correlation_metric metric)
{
    struct world world = {
        .memory = calloc(1, baseline_operator.memory_size),
        .rule = {.type = CORRELATION_BASELINE,
                 .timespan_us = MINUTE,
                 .lateness_us = 2 * MINUTE,
                 .metric = metric},
    };
    check(world.memory);
    return world;
}

static void world_free(struct world *world)
{
    baseline_operator.release(world->memory);
    free(world->memory);
}

static bool event(struct world *world, int64_t time_us, int64_t number)
{
    const struct operator_event event = {
        .time_us = time_us,
        .sequence = ++world->sequence,
        .count = 1,
        .number = decimal_from_int(number),
    };
    world->firing = (struct operator_firing){.events = world->listed};
    bool fires =
        baseline_operator.apply(world->memory, &world->rule, &event, &world->firing);
    world->fired += fires;
    return fires;
}

static bool advance(struct world *world, int64_t watermark_us)
{
    world->firing = (struct operator_firing){.events = world->listed};
    bool fires = baseline_operator.advance(world->memory, &world->rule, watermark_us,
                                           &world->firing);
    world->fired += fires;
    return fires;
}

static int64_t due_us(const struct world *world)
{
    return baseline_operator.due_us(world->memory, &world->rule);
}

/* 3 to 9 events a minute; the end of them. */
static int64_t usual(struct world *world, int64_t time_us, int minutes)
{
    for (int minute = 0; minute < minutes; minute++, time_us += MINUTE) {
        (void)advance(world, time_us);
        for (int i = 0; i < 3 + minute * 5 % 7; i++) {
            (void)event(world, time_us + i, i);
        }
    }
    return time_us;
}

static void test_baseline_apply__alerts_while_the_bucket_runs(void **state)
{
    (void)state;
    struct world world = world_new(METRIC_EVENT_COUNT);
    int64_t now = usual(&world, MONDAY, 2000);
    world.fired = 0;
    int events = 0;
    while (!event(&world, now, 0)) {
        events++;
        assert_true(events < 240);
    }
    assert_true(events >= 9 && events < 15);
    assert_int_equal(decimal_compare(world.firing.expected.low, decimal_from_int(0)), 1);
    assert_true(decimal_compare(world.firing.expected.high, world.firing.value) < 0);
    assert_true(world.firing.expected.season_learned);
    assert_int_equal(world.firing.since_us, MONDAY);
    assert_int_equal(world.firing.event_count, events + 1);
    for (; events < 5000; events++) { /* again only when it is twice as far out */
        (void)event(&world, now, 0);
    }
    assert_in_range(world.fired, 5, 12);
    world_free(&world);
}

static void test_baseline_advance__silence_is_told_when_it_is_there(void **state)
{
    (void)state;
    struct world world = world_new(METRIC_EVENT_COUNT);
    int64_t now = usual(&world, MONDAY, 300);
    while (!advance(&world, due_us(&world))) {
        assert_true(due_us(&world) <= now + 4 * MINUTE);
    }
    assert_int_equal(world.firing.event_count, 0);
    assert_int_equal(world.firing.closed_us, now + MINUTE);
    assert_int_equal(world.firing.from_us, now);
    assert_int_equal(world.firing.listed, 1);
    assert_true(world.firing.listed > 0 && world.firing.events[0].time_us < now);
    assert_int_equal(decimal_compare(world.firing.value, decimal_from_int(0)), 0);
    assert_true(decimal_compare(world.firing.expected.low, decimal_from_int(0)) > 0);
    world_free(&world);
}

/* Where there is nothing to measure silence says nothing. */
static void test_baseline_advance__no_ratio_of_nothing(void **state)
{
    (void)state;
    struct world world = world_new(METRIC_ERROR_RATIO);
    for (int i = 0; i < 100; i++) {
        (void)event(&world, MONDAY + i * MINUTE, 1);
    }
    assert_false(advance(&world, MONDAY + 200 * MINUTE));
    assert_int_equal(baseline_state(world.memory, &world.rule).buckets, 100);
    assert_false(advance(&world, INT64_MAX)); /* forgotten, with all that it held */
    assert_int_equal(due_us(&world), INT64_MAX);
    world_free(&world);
}

/* A group that is silent for good is looked at 48 times, then once more, to forget it. */
static void test_baseline_due_us__silence_is_waited_for_a_while(void **state)
{
    (void)state;
    struct world world = world_new(METRIC_EVENT_COUNT);
    (void)event(&world, MONDAY, 0);
    int turns = 0;
    while (due_us(&world) < MONDAY + DAY) {
        assert_false(advance(&world, due_us(&world)));
        turns++;
    }
    assert_int_equal(turns, 1 + BASELINE_SILENT_RECORDS);
    assert_int_equal(baseline_operator.shows_from_us(world.memory, &world.rule), INT64_MAX);
    assert_int_equal(due_us(&world), MONDAY + 3 * MINUTE + 30 * DAY);
    assert_false(advance(&world, due_us(&world)));
    assert_int_equal(due_us(&world), INT64_MAX);
    world_free(&world);
}

static void test_baseline_apply__open_buckets_are_bounded(void **state)
{
    (void)state;
    struct world world = world_new(METRIC_SUM);
    for (int i = 0; i < 2 * BUCKETS_OPEN_MAX; i++) {
        (void)event(&world, MONDAY + (int64_t)i * MINUTE, 1);
        assert_int_equal(world.firing.forgotten, i >= BUCKETS_OPEN_MAX);
    }
    while (advance(&world, MONDAY + DAY * 10)) {
    }
    assert_true(baseline_operator.bytes(world.memory) <= SEASON_BYTES);
    world_free(&world);
}

/* What docs/LIMITS.md says: 0.4 KiB, half hours that it has met, and what is open. */
static void test_baseline__bytes(void **state)
{
    (void)state;
    assert_true(baseline_operator.memory_size <= 384);
    struct world world = world_new(METRIC_EVENT_COUNT);
    for (int i = 0; i < 100000; i++) {
        (void)event(&world, MONDAY, 0);
    }
    assert_true(baseline_operator.bytes(world.memory) < 1536);
    assert_false(advance(&world, MONDAY + DAY));
    assert_int_equal(baseline_operator.bytes(world.memory), 2 * SLOT_BYTES); /* 49 minutes */
    int64_t now = usual(&world, MONDAY + DAY, 1440);
    (void)advance(&world, now + DAY);
    assert_int_equal(baseline_operator.bytes(world.memory), SEASON_BYTES / 2);
    while (due_us(&world) < INT64_MAX) {
        (void)advance(&world, due_us(&world));
    }
    assert_int_equal(baseline_operator.bytes(world.memory), 0);
    world_free(&world);
}

/* Times at the ends of what a number can hold. */
static void test_baseline_apply__any_time(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_MIN, -1, 0, INT64_MAX - 1, INT64_MAX};
    struct world world = world_new(METRIC_EVENT_COUNT);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        (void)event(&world, times[i], 0);
    }
    while (due_us(&world) < INT64_MAX) {
        (void)advance(&world, INT64_MAX);
    }
    world_free(&world);
}

static void test_baseline_state__how_far_it_has_come(void **state)
{
    (void)state;
    struct world world = world_new(METRIC_EVENT_COUNT);
    (void)usual(&world, MONDAY, 10);
    assert_int_equal(baseline_state(world.memory, &world.rule).learning, SERIES_LEARNING);
    (void)usual(&world, MONDAY + 10 * MINUTE, 100);
    struct baseline_state now = baseline_state(world.memory, &world.rule);
    assert_int_equal(now.learning, SERIES_LEARNING_SEASON);
    assert_int_equal(now.since_us, MONDAY);
    assert_in_range(now.buckets, 100, 110);
    (void)usual(&world, MONDAY + 110 * MINUTE, 1400);
    assert_int_equal(baseline_state(world.memory, &world.rule).learning, SERIES_LEARNED);
    world_free(&world);
}

/* It is saved, and another one goes on with that. */
static void restart(struct world *world)
{
    struct buf bytes = {0};
    baseline_operator.save(world->memory, &world->rule, &bytes);
    baseline_operator.release(world->memory);
    memset(world->memory, 0, baseline_operator.memory_size);
    struct unpacker from = {.rest = buf_view(&bytes), .version = 3};
    baseline_operator.load(world->memory, &world->rule, 1, &from);
    assert_false(from.failed);
    assert_int_equal(from.rest.len, 0);
    buf_deinit(&bytes);
}

static uint32_t random_below(uint64_t *random, uint32_t bound)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random >> 33) % bound;
}

/* Minutes of few events, of many in every other hour, of none, and a day of none. */
static int64_t next_time(uint64_t *random, int64_t now_us)
{
    static const int64_t seconds[] = {0, 1, 2, 5, 10, 30};
    uint32_t odd = random_below(random, 1000);
    int64_t pause = odd == 0 ? DAY : odd < 5 ? 20 * MINUTE : 0;
    bool busy = now_us / MINUTE % 120 > 60 && now_us / MINUTE % 7 == 0;
    return now_us + pause + (busy ? 1 : seconds[random_below(random, 6)]) * (MINUTE / 60);
}

/* Most events of a bucket are not scored, because fewer were and more would not have alerted. One
 * that was just loaded knows of no such thing: both say the same of each event. */
static void test_baseline_apply__what_is_not_scored_would_not_alert(void **state)
{
    (void)state;
    static const enum correlation_metric metrics[] = {METRIC_EVENT_COUNT, METRIC_SUM,
                                                      METRIC_RELATIVE_CHANGE};
    for (size_t k = 0; k < sizeof metrics / sizeof *metrics; k++) {
        struct world world = world_new(metrics[k]);
        struct world anew = world_new(metrics[k]);
        uint64_t random = k + 1;
        int64_t now = MONDAY;
        for (int i = 0; i < 40000; i++) {
            now = next_time(&random, now);
            int64_t time_us = now - random_below(&random, 120) * (MINUTE / 60);
            int64_t number = random_below(&random, random_below(&random, 100) ? 10 : 1000);
            assert_int_equal(event(&world, time_us, number), event(&anew, time_us, number));
            assert_int_equal(decimal_compare(world.firing.value, anew.firing.value), 0);
            do {
                restart(&anew);
                assert_int_equal(advance(&world, now), advance(&anew, now));
            } while (due_us(&world) <= now);
            assert_int_equal(due_us(&world), due_us(&anew));
        }
        assert_true(world.fired >= 5);
        world_free(&world);
        world_free(&anew);
    }
}

/* Whatever stands in a damaged snapshot is refused, or can be gone on with. */
static void test_baseline_load__damage(void **state)
{
    (void)state;
    struct world world = world_new(METRIC_DISTINCT);
    struct buf bytes = {0};
    int64_t now = usual(&world, MONDAY, 100);
    baseline_operator.save(world.memory, &world.rule, &bytes);
    uint64_t random = 1;
    int refused = 0;
    for (int i = 0; i < 40000; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t place = (random >> 32) % bytes.len;
        char kept = bytes.ptr[place];
        bytes.ptr[place] = (char)(random >> 24);
        struct world loaded = world_new(METRIC_DISTINCT);
        struct unpacker from = {.rest = buf_view(&bytes)};
        baseline_operator.load(loaded.memory, &loaded.rule, 1, &from);
        bytes.ptr[place] = kept;
        refused += from.failed;
        if (!from.failed) {
            (void)event(&loaded, now, 1);
            (void)advance(&loaded, now + 10 * MINUTE);
        }
        world_free(&loaded);
    }
    assert_true(refused > 2000);
    buf_deinit(&bytes);
    world_free(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_baseline_apply__alerts_while_the_bucket_runs),
        cmocka_unit_test(test_baseline_advance__silence_is_told_when_it_is_there),
        cmocka_unit_test(test_baseline_advance__no_ratio_of_nothing),
        cmocka_unit_test(test_baseline_due_us__silence_is_waited_for_a_while),
        cmocka_unit_test(test_baseline_apply__open_buckets_are_bounded),
        cmocka_unit_test(test_baseline__bytes),
        cmocka_unit_test(test_baseline_apply__any_time),
        cmocka_unit_test(test_baseline_apply__what_is_not_scored_would_not_alert),
        cmocka_unit_test(test_baseline_load__damage),
        cmocka_unit_test(test_baseline_state__how_far_it_has_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
