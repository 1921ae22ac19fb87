#include "app/health/health.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = health_new();
    return 0;
}

static int tear_down(void **state)
{
    struct health *health = *state;
    health_free(&health);
    return 0;
}

static void assert_body(void **state, bool (*ask)(struct health *health, struct buf *out),
                        bool good, const char *want)
{
    struct buf body = {0};
    assert_int_equal(ask(*state, &body), good);
    assert_non_null(strstr(body.ptr, want));
    buf_deinit(&body);
}

static void test_health_is_live__nothing_runs(void **state)
{
    assert_body(state, health_is_live, true, "ok\n");
}

static void test_health_is_live__a_loop_that_stands_is_named(void **state)
{
    struct health_loop *fetch = health_loop(*state, SPAN("fetch"), 20);
    struct health_loop *decide = health_loop(*state, SPAN("decide"), HEALTH_LIMIT_MS);
    assert_body(state, health_is_live, true, "ok\n");
    usleep(40000);
    struct buf body = {0};
    assert_false(health_is_live(*state, &body));
    assert_non_null(strstr(body.ptr, "stalled: fetch: no progress for "));
    assert_non_null(strstr(body.ptr, " ms, the limit is 20 ms\n"));
    assert_null(strstr(body.ptr, "decide"));
    buf_deinit(&body);
    health_beat(fetch);
    assert_body(state, health_is_live, true, "ok\n");
    health_loop_end(decide);
    health_loop_end(fetch);
}

static void test_health_loop_end__is_not_watched_any_more(void **state)
{
    struct health_loop *loop = health_loop(*state, SPAN("fetch"), 1);
    health_loop_end(loop);
    usleep(5000);
    assert_body(state, health_is_live, true, "ok\n");
    for (int i = 0; i < 3 * HEALTH_LOOPS_MAX; i++) { /* places are used again */
        health_loop_end(health_loop(*state, SPAN("again"), HEALTH_LIMIT_MS));
    }
}

static void test_health_is_ready__every_part(void **state)
{
    assert_body(state, health_is_ready, true, "ok\n");
    health_ready(*state, SPAN("kafka"), false, SPAN("no broker answers"));
    health_ready(*state, SPAN("policies"), true, (struct span){0});
    assert_body(state, health_is_ready, false,
                "kafka: not ready: no broker answers\npolicies: ready\n");
    health_ready(*state, SPAN("kafka"), true, SPAN(""));
    assert_body(state, health_is_ready, true, "kafka: ready\npolicies: ready\nok\n");
}

static void test_health_ready__long_texts_are_cut(void **state)
{
    char longest[1000];
    memset(longest, 'x', sizeof longest);
    struct span text = span_of(longest, sizeof longest);
    health_ready(*state, text, false, text);
    health_ready(*state, text, true, text); /* the same part again */
    assert_body(state, health_is_ready, true, "x: ready: x");
}

static void test_health__nobody_looks(void **state)
{
    (void)state;
    struct health_loop *loop = health_loop(NULL, SPAN("a"), 1);
    assert_null(loop);
    health_beat(loop);
    health_loop_end(loop);
    health_ready(NULL, SPAN("a"), false, SPAN("b"));
}

enum { THREADS = 4, ROUNDS = 500 };

static void *disturb(void *health)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct health_loop *loop = health_loop(health, SPAN("loop"), HEALTH_LIMIT_MS);
        struct buf body = {0};
        health_beat(loop);
        health_ready(health, SPAN("part"), i % 2 == 0, SPAN("because"));
        (void)health_is_live(health, &body);
        (void)health_is_ready(health, &body);
        health_loop_end(loop);
        buf_deinit(&body);
    }
    return NULL;
}

static void test_health__many_threads(void **state)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, disturb, *state), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_body(state, health_is_live, true, "ok\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_health_is_live__nothing_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_health_is_live__a_loop_that_stands_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_health_loop_end__is_not_watched_any_more, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_health_is_ready__every_part, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_health_ready__long_texts_are_cut, set_up, tear_down),
        cmocka_unit_test(test_health__nobody_looks),
        cmocka_unit_test_setup_teardown(test_health__many_threads, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
