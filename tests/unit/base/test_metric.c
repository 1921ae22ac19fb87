#include "base/metric.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { READ, LAG, DELAY, NARROW, ROWS };

static const double bounds[] = {0.1, 1, 60};
static const struct metric_row rows[ROWS] = {
    [READ] = {.name = "x_read_total", .type = METRIC_COUNTER, .text = "records read"},
    [LAG] = {.name = "x_lag_seconds", .type = METRIC_GAUGE, .text = "how far behind",
             .labels = {"topic", "partition"}},
    [DELAY] = {.name = "x_delay_seconds", .type = METRIC_HISTOGRAM, .text = "how long",
               .labels = {"sink"}, .bounds = bounds, .bound_count = 3},
    [NARROW] = {.name = "x_narrow_total", .type = METRIC_COUNTER, .text = "few series",
                .labels = {"policy"}, .series_max = 2},
};

static int set_up(void **state)
{
    *state = metrics_new(rows, ROWS);
    return 0;
}

static int tear_down(void **state)
{
    struct metrics *metrics = *state;
    metrics_free(&metrics);
    return 0;
}

/* The lines of one family without its two of HELP and TYPE. */
static char *lines_of(struct metrics *metrics, const char *name)
{
    static char kept[4096];
    struct buf text = {0};
    size_t used = 0;
    metrics_write(metrics, &text);
    kept[0] = '\0';
    char *rest = NULL;
    for (char *line = strtok_r(text.ptr, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, name, strlen(name)) == 0) {
            used += (size_t)snprintf(kept + used, sizeof kept - used, "%s\n", line);
        }
    }
    buf_deinit(&text);
    return kept;
}

static void test_metrics_write__families(void **state)
{
    struct buf text = {0};
    metric_add(metric_of(*state, READ), 3);
    metrics_write(*state, &text);
    assert_string_equal(text.ptr, "# HELP x_read_total records read\n"
                                  "# TYPE x_read_total counter\n"
                                  "x_read_total 3\n"
                                  "# HELP x_lag_seconds how far behind\n"
                                  "# TYPE x_lag_seconds gauge\n"
                                  "# HELP x_delay_seconds how long\n"
                                  "# TYPE x_delay_seconds histogram\n"
                                  "# HELP x_narrow_total few series\n"
                                  "# TYPE x_narrow_total counter\n");
    buf_deinit(&text);
}

static void test_metric_set__gauges(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"}, {-1.5, "-1.5"}, {1e21, "1e+21"}, {0.1, "0.1"}, {1.0 / 0.0, "+Inf"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char want[100];
        metric_set(metric_of2(*state, LAG, SPAN("events"), SPAN("0")), cases[i].value);
        snprintf(want, sizeof want, "x_lag_seconds{topic=\"events\",partition=\"0\"} %s\n",
                 cases[i].text);
        assert_string_equal(lines_of(*state, "x_lag"), want);
    }
}

static void test_metric_set__a_counter_follows_another(void **state)
{
    metric_set(metric_of(*state, READ), 7);
    assert_string_equal(lines_of(*state, "x_read"), "x_read_total 7\n");
}

static void test_metric_series__is_the_same_again(void **state)
{
    struct metric *first = metric_of2(*state, LAG, SPAN("a"), SPAN("b"));
    assert_ptr_equal(first, metric_of2(*state, LAG, SPAN("a"), SPAN("b")));
    assert_ptr_not_equal(first, metric_of2(*state, LAG, SPAN("b"), SPAN("a")));
    assert_ptr_not_equal(first, metric_of2(*state, LAG, SPAN("a\",partition=\"b"), SPAN("")));
}

static void test_metric_series__escapes_values(void **state)
{
    char longest[200];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + METRIC_VALUE_BYTES_MAX - 1, "\xc3\xa9", 2); /* torn by the cut: left out */
    metric_add(metric_of1(*state, NARROW, SPAN("a\"b\\c\nd\xff\xc3\xa9")), 1);
    metric_add(metric_of1(*state, NARROW, span_of(longest, sizeof longest)), 1);
    char want[400];
    snprintf(want, sizeof want,
             "x_narrow_total{policy=\"a\\\"b\\\\c\\nd?\xc3\xa9\"} 1\n"
             "x_narrow_total{policy=\"%.*s\"} 1\n",
             METRIC_VALUE_BYTES_MAX - 1, longest);
    assert_string_equal(lines_of(*state, "x_narrow"), want);
}

static void test_metric_series__is_bounded(void **state)
{
    for (int i = 0; i < 5; i++) {
        char name[8];
        snprintf(name, sizeof name, "p%d", i);
        metric_add(metric_of1(*state, NARROW, span_view(name)), 1);
    }
    metric_add(metric_of1(*state, NARROW, SPAN("p1")), 1);
    assert_string_equal(lines_of(*state, "x_narrow"), "x_narrow_total{policy=\"p0\"} 1\n"
                                                      "x_narrow_total{policy=\"p1\"} 2\n"
                                                      "x_narrow_total{policy=\"other\"} 3\n");
    assert_int_equal(metrics_overflowed(*state), 3);
}

static void test_metric_observe__buckets(void **state)
{
    static const double values[] = {0.05, 0.1, 0.5, 60, 61};
    struct metric *series = metric_of1(*state, DELAY, SPAN("bus"));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        metric_observe(series, values[i]);
    }
    assert_string_equal(lines_of(*state, "x_delay"),
                        "x_delay_seconds_bucket{sink=\"bus\",le=\"0.1\"} 2\n"
                        "x_delay_seconds_bucket{sink=\"bus\",le=\"1\"} 3\n"
                        "x_delay_seconds_bucket{sink=\"bus\",le=\"60\"} 4\n"
                        "x_delay_seconds_bucket{sink=\"bus\",le=\"+Inf\"} 5\n"
                        "x_delay_seconds_sum{sink=\"bus\"} 121.65\n"
                        "x_delay_seconds_count{sink=\"bus\"} 5\n");
}

static void test_metric_hide__until_it_is_set_again(void **state)
{
    struct metric *series = metric_of2(*state, LAG, SPAN("events"), SPAN("0"));
    metric_set(series, 4);
    metric_hide(series);
    assert_string_equal(lines_of(*state, "x_lag"), "");
    metric_set(series, 5);
    assert_string_equal(lines_of(*state, "x_lag"),
                        "x_lag_seconds{topic=\"events\",partition=\"0\"} 5\n");
}

static void test_metric__nobody_measures(void **state)
{
    (void)state;
    struct metric *series = metric_of1(NULL, DELAY, SPAN("a"));
    assert_null(series);
    metric_add(series, 1);
    metric_set(series, 1);
    metric_observe(series, 1);
    metric_hide(series);
    assert_int_equal(metrics_overflowed(NULL), 0);
}

enum { THREADS = 4, ROUNDS = 2000 };

static void *disturb(void *metrics)
{
    struct metric *read = metric_of(metrics, READ);
    for (int i = 0; i < ROUNDS; i++) {
        char name[8];
        struct buf text = {0};
        snprintf(name, sizeof name, "%d", i % 50);
        metric_add(read, 1);
        metric_set(metric_of2(metrics, LAG, SPAN("t"), span_view(name)), i);
        metric_observe(metric_of1(metrics, DELAY, SPAN("s")), 0.5);
        if (i % 100 == 0) {
            metrics_write(metrics, &text);
        }
        buf_deinit(&text);
    }
    return NULL;
}

static void test_metric__many_threads(void **state)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, disturb, *state), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_string_equal(lines_of(*state, "x_read"), "x_read_total 8000\n");
    assert_string_equal(lines_of(*state, "x_delay_seconds_sum"),
                        "x_delay_seconds_sum{sink=\"s\"} 4000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_metrics_write__families, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metric_set__gauges, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metric_set__a_counter_follows_another, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_metric_series__is_the_same_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metric_series__escapes_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metric_series__is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metric_observe__buckets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metric_hide__until_it_is_set_again, set_up,
                                        tear_down),
        cmocka_unit_test(test_metric__nobody_measures),
        cmocka_unit_test_setup_teardown(test_metric__many_threads, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
