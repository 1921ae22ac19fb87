/* Gauges of what correlations remember, summed over partitions. */
#include "app/health/group_counts.h"

#include "app/health/app_metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

struct world {
    struct metrics *metrics;
    struct group_counts *counts;
};

static struct world world_new(size_t parts)
{
    return (struct world){metrics_new(app_metric_rows, APP_METRIC_COUNT),
                          group_counts_new(parts)};
}

static void world_free(struct world *world)
{
    group_counts_free(&world->counts);
    metrics_free(&world->metrics);
}

/* The gauges of correlations, as "METRIC{POLICY} VALUE;" in the order of the page. */
static void assert_told(struct world *world, const char *expected)
{
    struct buf page = {0};
    struct buf seen = {0};
    group_counts_tell(world->counts, world->metrics);
    metrics_write(world->metrics, &page);
    buf_append_char(&page, '\0');
    buf_append(&seen, SPAN(""));
    for (const char *line = page.ptr; line && *line; line = strchr(line, '\n')) {
        char name[64];
        char policy[64];
        unsigned value;
        line += *line == '\n';
        if (sscanf(line, "deltaward_correlation_%63[a-z_]{policy=\"%63[^\"]\"} %u", name, policy,
                   &value) == 3) {
            buf_printf(&seen, "%s{%s} %u;", name, policy, value);
        }
    }
    assert_string_equal(seen.ptr ? seen.ptr : "", expected);
    buf_deinit(&page);
    buf_deinit(&seen);
}

static void test_group_counts__sums_of_partitions(void **state)
{
    (void)state;
    struct world world = world_new(2);
    assert_told(&world, "");
    group_counts_add(world.counts, 0, SPAN("a"), (struct group_count){5, 2, 100});
    group_counts_add(world.counts, 0, SPAN("a"), (struct group_count){1, 0, 10}); /* a version */
    group_counts_add(world.counts, 1, SPAN("a"), (struct group_count){7, 7, 1000});
    group_counts_add(world.counts, 1, SPAN("b"), (struct group_count){1, 0, 50});
    assert_told(&world, "groups{a} 13;groups{b} 1;groups_learning{a} 9;groups_learning{b} 0;"
                        "bytes{a} 1110;bytes{b} 50;");
    group_counts_begin(world.counts, 1); /* it went to another owner */
    assert_told(&world, "groups{a} 6;groups_learning{a} 2;bytes{a} 110;");
    group_counts_begin(world.counts, 0);
    group_counts_add(world.counts, 0, SPAN("b"), (struct group_count){2, 1, 60});
    assert_told(&world, "groups{b} 2;groups_learning{b} 1;bytes{b} 60;");
    world_free(&world);
}

static void test_group_counts_add__bounded(void **state)
{
    (void)state;
    struct world world = world_new(1);
    for (int i = 0; i < 2 * METRIC_SERIES_MAX; i++) {
        char id[16];
        int length = snprintf(id, sizeof id, "p%d", i);
        group_counts_add(world.counts, 0, span_of(id, (size_t)length),
                         (struct group_count){1, 0, 1});
    }
    group_counts_tell(world.counts, world.metrics);
    assert_int_equal(metrics_overflowed(world.metrics), 0);
    world_free(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_group_counts__sums_of_partitions),
        cmocka_unit_test(test_group_counts_add__bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
