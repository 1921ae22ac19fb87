/* What is forgotten when memory is bounded: fair, counted, and a function of the log alone. */
#include "engine/correlate/correlate.h"
#include "engine/correlate/events.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { SECOND = 1000000, KIB = 1024 };

static const char *const rules[] = {
    "{\"type\":\"event_count\",\"timespan_us\":64000000,\"lateness_us\":0,\"condition\":"
    "{\"gte\":2}}",
    "{\"type\":\"value_count\",\"timespan_us\":30000000,\"lateness_us\":9000000,\"condition\":"
    "{\"gte\":9}}",
    "{\"type\":\"value_sum\",\"timespan_us\":640,\"lateness_us\":40000000,\"condition\":"
    "{\"gte\":25}}",
    "{\"type\":\"new_terms\",\"timespan_us\":20000000,\"lateness_us\":0,\"learning_us\":5,"
    "\"condition\":{}}",
    /* of findings of others: inner groups fill it too, and signals are kept */
    "{\"type\":\"event_count\",\"window\":\"tumbling\",\"timespan_us\":30000000,"
    "\"lateness_us\":0,\"condition\":{\"gt\":9000,\"neq\":0},\"inner\":[{\"input\":0,\"rule\":"
    "{\"type\":\"value_count\",\"timespan_us\":30000000,\"lateness_us\":0,\"condition\":"
    "{\"gte\":2}}}]}",
};
enum { CHAIN = 4 }; /* the rule with an inner one */
enum { RULES = sizeof rules / sizeof *rules };

struct world {
    struct correlations *correlations;
    uint64_t sequence;
    uint64_t evicted;
    int64_t watermark_us;
};

static enum correlate_answer apply(struct world *world, unsigned rule, const char *group,
                                   int64_t time_us, const char *value)
{
    struct operator_firing firing;
    struct signal signal = {
        .sequence = ++world->sequence,
        .offset = world->sequence % 1000 == 0 ? UINT64_MAX : world->sequence,
        .state_id = {{(unsigned char)rule}},
        .group_key = span_view(group),
        .correlation = span_view(rules[rule]),
        .value = span_view(rule == CHAIN ? "" : value),
        .event_time_us = time_us,
        .body = SPAN("{}"),
    };
    char inner[SIGNAL_INNER_BYTES_MAX];
    if (rule == CHAIN) {
        unsigned number = (unsigned)(world->sequence % 3);
        snprintf(inner, sizeof inner,
                 "{\"rule\":0,\"group\":\"%032x\",\"value\":%s,\"input\":0}", number, value);
        signal.inner = span_view(inner);
    }
    correlations_foresee(world->correlations, &signal);
    return correlations_apply(world->correlations, &signal, 0, world->watermark_us,
                              &world->evicted, &firing);
}

static enum correlate_answer count(struct world *world, const char *group, int64_t time_us)
{
    return apply(world, 0, group, time_us, "");
}

/* Others of the policy keep their events however many one group has. */
static void test_correlations_apply__a_hot_group_evicts_no_other(void **state)
{
    (void)state;
    enum { OTHERS = 500 };
    struct world world = {correlations_new(128 * KIB), .watermark_us = INT64_MIN};
    char group[16];
    for (int i = 0; i < OTHERS; i++) {
        snprintf(group, sizeof group, "g%d", i);
        assert_int_equal(count(&world, group, 0), CORRELATE_KEPT);
    }
    for (int i = 0; i < 200000; i++) {
        (void)count(&world, "hot", i);
    }
    assert_int_equal(world.evicted, 0);
    for (int i = 0; i < OTHERS; i++) {
        snprintf(group, sizeof group, "g%d", i);
        assert_int_equal(count(&world, group, 1), CORRELATE_FIRED);
    }
    correlations_free(&world.correlations);
}

/* A flood of groups that come once takes the place of those that were still for longer, never of
 * one that goes on; each that is forgotten is counted. */
static void test_correlations_apply__a_flood_of_groups_is_counted(void **state)
{
    (void)state;
    enum { FLOOD = 20000, EACH = 112 };
    struct world world = {correlations_new(64 * KIB), .watermark_us = INT64_MIN};
    char group[16];
    assert_int_equal(count(&world, "still", 0), CORRELATE_KEPT);
    assert_int_equal(count(&world, "goes-on", 0), CORRELATE_KEPT);
    for (int i = 0; i < FLOOD; i++) {
        snprintf(group, sizeof group, "g%d", i);
        assert_int_equal(count(&world, group, i), CORRELATE_KEPT);
        if (i % 100 == 0) {
            assert_int_equal(count(&world, "goes-on", i), CORRELATE_FIRED);
        }
        assert_true(correlations_bytes(world.correlations) <= 64 * KIB);
    }
    size_t kept = correlations_count(world.correlations);
    assert_int_equal(world.evicted, FLOOD + 2 - kept);
    assert_in_range(kept, 64 * KIB / EACH - 100, 64 * KIB / EACH);
    assert_int_equal(count(&world, "still", 1), CORRELATE_KEPT);
    correlations_free(&world.correlations);
}

static uint64_t below(uint64_t *random, uint64_t bound)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % bound;
}

static void save(const struct world *world, struct buf *out)
{
    buf_clear(out);
    correlations_save(world->correlations, out);
}

/* As when the process starts anew. */
static void restart(struct world *world, size_t bytes_max)
{
    struct buf saved = {0};
    save(world, &saved);
    struct correlations *again = correlations_new(bytes_max);
    struct unpacker from = {.rest = buf_view(&saved), .version = 3};
    correlations_load(again, 1, &from);
    assert_true(!from.failed && from.rest.len == 0);
    assert_int_equal(correlations_bytes(again), correlations_bytes(world->correlations));
    assert_int_equal(correlations_due_us(again), correlations_due_us(world->correlations));
    correlations_free(&world->correlations);
    world->correlations = again;
    buf_deinit(&saved);
}

static void advance(struct world *world, int64_t watermark_us, struct arena *arena)
{
    struct correlate_finding due;
    world->watermark_us = watermark_us;
    assert_false(correlations_next(world->correlations, watermark_us, arena, &due));
    assert_true(correlations_due_us(world->correlations) > watermark_us);
}

/* One event for both worlds, of any policy, group and time. */
static void step(struct world *straight, struct world *stopped, uint64_t *random, int64_t now_us)
{
    char group[1100];
    char value[64];
    unsigned rule = (unsigned)below(random, RULES);
    uint64_t number = below(random, 3) ? below(random, 5) : below(random, 400);
    int width = number % 7 == 0 ? 1000 : 1;
    snprintf(group, sizeof group, "%0*u", width, (unsigned)number);
    if (rule == 2) {
        snprintf(value, sizeof value, "%u%s", (unsigned)below(random, 9),
                 below(random, 200) ? "" : "E-200");
    } else {
        snprintf(value, sizeof value, "\"%032x\"", (unsigned)below(random, 40));
    }
    int64_t time_us = now_us - (int64_t)below(random, 40) * SECOND / 4;
    const char *given = rule == 0 ? "" : value;
    assert_int_equal(apply(straight, rule, group, time_us, given),
                     apply(stopped, rule, group, time_us, given));
    assert_int_equal(straight->evicted, stopped->evicted);
}

/* Which groups are forgotten is the same for one that runs on and one that is stopped and loaded
 * again and again. */
static void test_correlations_apply__eviction_is_a_function_of_the_log(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        size_t bytes_max = (seed % 3 ? 8 : 40) * (size_t)KIB;
        struct world straight = {correlations_new(bytes_max), .watermark_us = INT64_MIN};
        struct world stopped = {correlations_new(bytes_max), .watermark_us = INT64_MIN};
        struct arena *arena = arena_new(0);
        struct buf left = {0};
        struct buf right = {0};
        uint64_t random = seed;
        for (int i = 0; i < 20000; i++) {
            step(&straight, &stopped, &random, (int64_t)i * SECOND / 50);
            if (i % 211 == 0) {
                int64_t watermark_us = (int64_t)(i - 400) * SECOND / 50;
                advance(&straight, watermark_us, arena);
                advance(&stopped, watermark_us, arena);
            }
            if (below(&random, 300) == 0) {
                restart(&stopped, bytes_max);
            }
        }
        assert_true(straight.evicted > 1000);
        save(&straight, &left);
        save(&stopped, &right);
        assert_true(span_equals(buf_view(&left), buf_view(&right)));
        advance(&straight, INT64_MAX - 1, arena);
        assert_int_equal(correlations_count(straight.correlations), 0);
        assert_int_equal(correlations_bytes(straight.correlations), 0);
        correlations_free(&straight.correlations);
        correlations_free(&stopped.correlations);
        arena_free(&arena);
        buf_deinit(&left);
        buf_deinit(&right);
    }
}

/* An event of the chain: of one group, and of many inner ones. */
static enum correlate_answer inside(struct world *world, unsigned number, unsigned value)
{
    struct operator_firing firing;
    char inner[SIGNAL_INNER_BYTES_MAX];
    snprintf(inner, sizeof inner,
             "{\"rule\":0,\"group\":\"%032x\",\"value\":\"%032x\",\"input\":0}", number, value);
    struct signal signal = {
        .sequence = ++world->sequence,
        .offset = world->sequence,
        .state_id = {{CHAIN}},
        .group_key = SPAN("g"),
        .correlation = SPAN("{\"type\":\"event_count\",\"timespan_us\":64000000,\"lateness_us\":0,"
                            "\"condition\":{\"gte\":1},\"inner\":[{\"input\":0,\"rule\":"
                            "{\"type\":\"value_count\",\"timespan_us\":64000000,\"lateness_us\":0,"
                            "\"condition\":{\"gte\":2}}}]}"),
        .inner = span_view(inner),
        .body = SPAN("{}"),
    };
    return correlations_apply(world->correlations, &signal, 0, world->watermark_us,
                              &world->evicted, &firing);
}

/* Of too many inner groups the one whose last event came first is forgotten, and counted. */
static void test_correlations_apply__inner_groups_are_bounded(void **state)
{
    (void)state;
    enum { MOST = 1024 };
    struct world world = {correlations_new(CORRELATE_BYTES_MAX), .watermark_us = INT64_MIN};
    for (unsigned i = 0; i < MOST; i++) {
        assert_int_equal(inside(&world, i, 10), CORRELATE_KEPT);
    }
    assert_int_equal(inside(&world, 0, 10), CORRELATE_KEPT); /* 1 is the oldest now */
    assert_int_equal(world.evicted, 0);
    assert_int_equal(inside(&world, MOST, 10), CORRELATE_KEPT);
    assert_int_equal(world.evicted, 1);
    assert_int_equal(inside(&world, 0, 11), CORRELATE_FIRED);
    assert_int_equal(inside(&world, 2, 11), CORRELATE_FIRED);
    assert_int_equal(inside(&world, 1, 11), CORRELATE_KEPT);
    assert_int_equal(world.evicted, 2);
    correlations_free(&world.correlations);
}

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Groups that were forgotten, or are due at another time now, are due in the schedule still: not
 * for long. Sanitizers have a heap of their own, of which nothing is known here. */
static void test_correlations_apply__what_is_due_no_more_takes_no_memory(void **state)
{
    (void)state;
    enum { FLOOD = 300000, TURNS = 60000 };
    enum { ROOM = 1024 * KIB }; /* a chunk of each size of events may stay */
    struct world world = {correlations_new(64 * KIB), .watermark_us = INT64_MIN};
    struct arena *arena = arena_new(0);
    char group[16];
    for (int i = 0; i < 2000; i++) {
        snprintf(group, sizeof group, "first%d", i);
        (void)count(&world, group, i);
    }
    size_t before = heap_bytes();
    for (int i = 0; i < FLOOD; i++) {
        snprintf(group, sizeof group, "g%d", i);
        (void)count(&world, group, i);
    }
    assert_in_range(heap_bytes(), 0, before + ROOM);
    advance(&world, (int64_t)1000 * SECOND, arena);
    for (int64_t i = 1000; i < 1000 + TURNS; i++) { /* due at the last of these, and again */
        (void)apply(&world, 2, "g", INT64_C(1000000) * SECOND, "1");
        (void)apply(&world, 2, "g", i * SECOND, "1");
        advance(&world, (i + 41) * SECOND, arena);
        (void)apply(&world, 2, "g", INT64_C(1000001) * SECOND, "1");
    }
    assert_in_range(heap_bytes(), 0, before + ROOM);
    correlations_free(&world.correlations);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_correlations_apply__a_hot_group_evicts_no_other),
        cmocka_unit_test(test_correlations_apply__a_flood_of_groups_is_counted),
        cmocka_unit_test(test_correlations_apply__eviction_is_a_function_of_the_log),
        cmocka_unit_test(test_correlations_apply__inner_groups_are_bounded),
        cmocka_unit_test(test_correlations_apply__what_is_due_no_more_takes_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
