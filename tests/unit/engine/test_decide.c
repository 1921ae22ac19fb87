#include "decide_text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void test_decider_fold__logs(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *log;
        const char *alerts;
    } rows[] = {
        {"one finding opens", "0 g 1", "opened g 1 0..0 v1.0\n"},
        {"a second joins", "0 g 1\n5 g 2", "opened g 1 0..0 v1.0\n"},
        {"an older one joins as well", "9 g 1\n5 g 2\ntick 909",
         "opened g 1 9..9 v1.0\nresolved g 2 5..9 v2.2\n"},
        {"groups are apart", "0 g 1\n0 h 2", "opened g 1 0..0 v1.0\nopened h 1 0..0 v2.0\n"},
        {"states are apart", "0 g 1 state=1\n0 g 2 state=2",
         "opened g 1 0..0 v1.0\nopened g 1 0..0 v2.0\n"},
        {"the end is exclusive: at it the episode is over", "0 g 1\ntick 899\ntick 900",
         "opened g 1 0..0 v1.0\nresolved g 1 0..0 v1.2\n"},
        {"a finding at the end closes and opens", "0 g 1\n900 g 2",
         "opened g 1 0..0 v1.0\nresolved g 1 0..0 v1.2\nopened g 1 900..900 v2.0\n"},
        {"also when its own watermark lags", "0 g 1\n900 g 2 w=0",
         "opened g 1 0..0 v1.0\nresolved g 1 0..0 v1.2\nopened g 1 900..900 v2.0\n"},
        {"another group's signal moves the watermark", "0 g 1\n900 h 2",
         "opened g 1 0..0 v1.0\nresolved g 1 0..0 v1.2\nopened h 1 900..900 v2.0\n"},
        {"closings stand in the order of their ends, then of their keys",
         "5 g 1\n0 z 2\n0 y 3\ntick 2000",
         "opened g 1 5..5 v1.0\nopened z 1 0..0 v2.0\nopened y 1 0..0 v3.0\n"
         "resolved y 1 0..0 v3.2\nresolved z 1 0..0 v2.2\nresolved g 1 5..5 v1.2\n"},
        {"the watermark of another source closes nothing", "0 g 1\ntick 5000 s=b",
         "opened g 1 0..0 v1.0\n"},
        {"of a name all is the name", "0 g 1 s=a#1\ntick 5000 s=a#2", "opened g 1 0..0 v1.0\n"},
        {"a finding of another source joins, or closes by its time",
         "0 g 1\n10 g 2 s=b\n900 g 3 s=b",
         "opened g 1 0..0 v1.0\nresolved g 2 0..10 v2.2\nopened g 1 900..900 v3.0\n"},
        {"a repeat counts once", "0 g 1\n0 g 1\ntick 900",
         "opened g 1 0..0 v1.0\nresolved g 1 0..0 v1.2\n"},
        {"another group of the same finding is no repeat", "0 g 1 fan=0\n0 h 1 fan=1",
         "opened g 1 0..0 v1.0\nopened h 1 0..0 v2.0\n"},
        {"a repeat within the horizon is dropped", "0 g 1 each\n0 g 1 each w=599",
         "opened g 1 0..0 v1.0\n"},
        {"a repeat at the horizon is a finding again", "0 g 1 each\n0 g 1 each w=600",
         "opened g 1 0..0 v1.0\nopened g 1 0..0 v2.0\n"},
        {"the horizon of a late finding counts from its watermark",
         "0 g 1 each w=5000\n0 g 1 each w=5599\n0 g 1 each w=5600",
         "opened g 1 0..0 v1.0\nopened g 1 0..0 v3.0\n"},
        {"each finding alone: no episode, nothing to close", "0 g 1 each\n1 g 2 each\ntick 9000",
         "opened g 1 0..0 v1.0\nopened g 1 1..1 v2.0\n"},
        {"ten are told when a summary is wanted",
         "0 g 1 summary\n1 g 2\n1 g 3\n1 g 4\n1 g 5\n1 g 6\n1 g 7\n1 g 8\n1 g 9\n7 g 10\n8 g 11\n"
         "tick 900",
         "opened g 1 0..0 v1.0\nupdated g 10 0..7 v10.1\nresolved g 11 0..8 v11.2\n"},
        {"ten are not told when none is wanted",
         "0 g 1\n1 g 2\n1 g 3\n1 g 4\n1 g 5\n1 g 6\n1 g 7\n1 g 8\n1 g 9\n7 g 10\n8 g 11",
         "opened g 1 0..0 v1.0\n"},
        {"a tick alone says nothing", "tick 0", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        decide_text_check(rows[i].name, DECIDE_ONCE, rows[i].log, rows[i].alerts);
    }
}

static struct signal many(uint64_t number)
{
    struct signal signal = {
        .sequence = number + 1,
        .policy_id = SPAN("p"),
        .source = SPAN("a"),
        .episode_us = (int64_t)EPISODE_S * SECOND,
        .horizon_us = INT64_C(600) * SECOND,
        .event_time_us = (int64_t)number,
        .watermark_us = (int64_t)number,
    };
    memcpy(signal.finding.bytes, &number, sizeof number);
    return signal;
}

static void test_decider_fold__ids_beyond_the_bound_are_forgotten_oldest_first(void **state)
{
    (void)state;
    struct decider *decider = decider_new(DECIDE_ONCE);
    struct arena *arena = arena_new(0);
    struct alert_list alerts = {0};
    for (uint64_t i = 0; i <= DECIDE_FINDINGS_MAX; i++) {
        struct signal signal = many(i);
        signal.group_key = SPAN("g");
        assert_int_equal(decider_fold(decider, &signal, arena, &alerts),
                         i == 0 ? DECIDE_OPENED : DECIDE_JOINED);
    }
    struct signal oldest = many(0);
    struct signal second = many(2);
    oldest.group_key = second.group_key = SPAN("g");
    oldest.watermark_us = second.watermark_us = DECIDE_FINDINGS_MAX;
    assert_int_equal(decider_take_counts(decider).forgotten, 1);
    assert_int_equal(decider_fold(decider, &second, arena, &alerts), DECIDE_DUPLICATE);
    assert_int_equal(decider_fold(decider, &oldest, arena, &alerts), DECIDE_JOINED);
    decider_free(&decider);
    arena_free(&arena);
}

static void test_decider_fold__episodes_beyond_the_bound_are_resolved_early(void **state)
{
    (void)state;
    struct decider *decider = decider_new(DECIDE_ONCE);
    struct arena *arena = arena_new(0);
    struct alert_list alerts = {0};
    for (uint64_t i = 0; i <= DECIDE_EPISODES_MAX; i++) {
        char key[32];
        struct signal signal = many(i);
        snprintf(key, sizeof key, "g%" PRIu64, i);
        signal.group_key = arena_copy(arena, span_view(key));
        assert_int_equal(decider_fold(decider, &signal, arena, &alerts), DECIDE_OPENED);
    }
    assert_int_equal(decider_open_count(decider), DECIDE_EPISODES_MAX);
    assert_int_equal(decider_take_counts(decider).closed_early, 1);
    const struct alert *last = &alerts.items[alerts.count - 1];
    assert_int_equal(last->status, ALERT_RESOLVED);
    assert_int_equal(last->signal.group_key.len, 2);
    assert_memory_equal(last->signal.group_key.ptr, "g0", 2);
    decider_free(&decider);
    arena_free(&arena);
}

static void test_decider_fold__bodies_are_bounded_too(void **state)
{
    (void)state;
    enum { BODY_BYTES = 256 * 1024, SIGNALS = DECIDE_EPISODE_BYTES_MAX / BODY_BYTES + 1 };
    static char body[BODY_BYTES];
    struct decider *decider = decider_new(DECIDE_ONCE);
    struct arena *arena = arena_new(0);
    struct alert_list alerts = {0};
    for (uint64_t i = 0; i < SIGNALS; i++) {
        struct signal signal = many(i);
        signal.body = span_of(body, sizeof body);
        signal.group_key = arena_printf(arena, "g%" PRIu64, i);
        (void)decider_fold(decider, &signal, arena, &alerts);
    }
    assert_true(decider_open_count(decider) < SIGNALS);
    assert_int_equal(decider_take_counts(decider).closed_early,
                     SIGNALS - decider_open_count(decider));
    decider_free(&decider);
    arena_free(&arena);
}

static void test_decider_is_due__only_for_the_source_that_opened(void **state)
{
    (void)state;
    struct decider *decider = decider_new(DECIDE_ONCE);
    struct arena *arena = arena_new(0);
    struct alert_list alerts = {0};
    struct signal signal = many(0);
    int64_t end_us = signal.episode_us;
    assert_false(decider_is_due(decider, SPAN("a"), INT64_MAX));
    (void)decider_fold(decider, &signal, arena, &alerts);
    assert_false(decider_is_due(decider, SPAN("a"), end_us - 1));
    assert_true(decider_is_due(decider, SPAN("a"), end_us));
    assert_false(decider_is_due(decider, SPAN("b"), end_us));
    decider_free(&decider);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decider_fold__logs),
        cmocka_unit_test(test_decider_fold__ids_beyond_the_bound_are_forgotten_oldest_first),
        cmocka_unit_test(test_decider_fold__episodes_beyond_the_bound_are_resolved_early),
        cmocka_unit_test(test_decider_fold__bodies_are_bounded_too),
        cmocka_unit_test(test_decider_is_due__only_for_the_source_that_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
