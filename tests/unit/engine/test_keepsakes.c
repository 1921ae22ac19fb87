/* The signals that alerts at the watermark show. */
#include "engine/correlate/keepsakes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct signal signal_at(int64_t time_us, uint64_t sequence)
{
    return (struct signal){
        .sequence = sequence,
        .policy_id = SPAN("p"),
        .state_id = {{7}},
        .finding = {{(unsigned char)sequence}},
        .group_key = SPAN("[1]"),
        .severity = SPAN("high"),
        .source = SPAN("s"),
        .event_time_us = time_us,
        .body = SPAN("{\"title\":\"t\"}"),
    };
}

static void add(struct keepsakes **kept, int64_t time_us, uint64_t sequence)
{
    const struct signal signal = signal_at(time_us, sequence);
    keepsakes_add(kept, &signal);
}

/* The sequence of what is shown for a time and place. */
static uint64_t shown(const struct keepsakes *kept, int64_t time_us, uint64_t sequence)
{
    struct arena *arena = arena_new(0);
    struct signal signal = keepsakes_find(kept, time_us, sequence, arena);
    uint64_t found = signal.sequence;
    assert_int_equal(signal.finding.bytes[0], (unsigned char)found);
    assert_true(span_equals(signal.body, SPAN("{\"title\":\"t\"}")));
    arena_free(&arena);
    return found;
}

static void test_keepsakes_find__itself_the_next_or_the_newest(void **state)
{
    (void)state;
    struct keepsakes *kept = NULL;
    add(&kept, 30, 1); /* out of order */
    add(&kept, 10, 2);
    add(&kept, 10, 3);
    assert_int_equal(shown(kept, 10, 2), 2);
    assert_int_equal(shown(kept, 10, 3), 3);
    assert_int_equal(shown(kept, 30, 1), 1);
    assert_int_equal(shown(kept, 20, 9), 1);
    assert_int_equal(shown(kept, 40, 9), 1);
    keepsakes_forget(kept, 11);
    assert_int_equal(shown(kept, 10, 2), 1);
    keepsakes_forget(kept, 100); /* the newest stays */
    assert_int_equal(shown(kept, 10, 2), 1);
    keepsakes_free(&kept);
    assert_int_equal(keepsakes_bytes(kept), 0);
}

static void test_keepsakes_add__bounded(void **state)
{
    (void)state;
    struct keepsakes *kept = NULL;
    for (uint64_t i = 1; i <= 2 * KEEPSAKES_MAX; i++) {
        add(&kept, (int64_t)i, i);
    }
    assert_int_equal(shown(kept, 1, 1), KEEPSAKES_MAX + 1);
    assert_true(keepsakes_bytes(kept) < KEEPSAKES_MAX * 1024);
    keepsakes_free(&kept);
}

static void test_keepsakes_load__what_was_saved_and_nothing_else(void **state)
{
    (void)state;
    const struct signal sample = signal_at(5, 1);
    struct keepsakes *kept = NULL;
    struct keepsakes *loaded = NULL;
    struct buf bytes = {0};
    struct buf again = {0};
    add(&kept, 5, 1);
    add(&kept, 6, 2);
    keepsakes_save(kept, &bytes);
    struct unpacker from = {.rest = buf_view(&bytes)};
    keepsakes_load(&loaded, &sample.state_id, sample.group_key, &from);
    assert_false(from.failed);
    assert_int_equal(from.rest.len, 0);
    assert_int_equal(keepsakes_bytes(loaded), keepsakes_bytes(kept));
    keepsakes_save(loaded, &again);
    assert_true(span_equals(buf_view(&again), buf_view(&bytes)));
    keepsakes_free(&loaded);
    from = (struct unpacker){.rest = buf_view(&bytes)};
    keepsakes_load(&loaded, &sample.state_id, SPAN("[2]"), &from); /* of another group */
    assert_true(from.failed);
    keepsakes_free(&loaded);
    for (size_t length = 0; length < bytes.len; length++) {
        from = (struct unpacker){.rest = span_of(bytes.ptr, length)};
        keepsakes_load(&loaded, &sample.state_id, sample.group_key, &from);
        assert_true(from.failed);
        keepsakes_free(&loaded);
    }
    keepsakes_free(&kept);
    buf_deinit(&bytes);
    buf_deinit(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keepsakes_find__itself_the_next_or_the_newest),
        cmocka_unit_test(test_keepsakes_add__bounded),
        cmocka_unit_test(test_keepsakes_load__what_was_saved_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
