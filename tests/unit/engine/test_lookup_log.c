/* The newest record of each key of a compacted topic. */
#include "engine/evaluate/lookup_log.h"
#include "policy/lookup/lookup_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void put(struct lookup_log *log, const char *key, const char *value)
{
    assert_int_equal(lookup_log_put(log, span_view(key), span_view(value), value == NULL),
                     STATUS_OK);
}

static void assert_text(const struct lookup_log *log, const char *expected)
{
    struct arena *arena = arena_new(0);
    struct span text = lookup_log_text(log, arena);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.ptr, expected, text.len);
    arena_free(&arena);
}

static void test_lookup_log__keeps_the_newest_of_each_key(void **state)
{
    (void)state;
    struct lookup_log *log = lookup_log_new();
    assert_text(log, "");
    put(log, "b", "{\"n\":\n1}");
    put(log, "a", "{}");
    put(log, "b", "{\"n\":2}");
    put(log, "", "{\"no\":\"key\"}");
    assert_int_equal(lookup_log_count(log), 3);
    assert_text(log, "{\"no\":\"key\"}\n{}\n{\"n\":2}\n");
    put(log, "a", NULL);
    put(log, "never there", NULL);
    assert_text(log, "{\"no\":\"key\"}\n{\"n\":2}\n");
    put(log, "a", "{\n}");
    assert_text(log, "{\"no\":\"key\"}\n{ }\n{\"n\":2}\n");
    lookup_log_free(&log);
}

static void test_lookup_log__many_keys_that_come_and_go(void **state)
{
    (void)state;
    enum { KEYS = 5000, ROUNDS = 4 };
    struct lookup_log *log = lookup_log_new();
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < KEYS; i++) {
            char key[32];
            char value[32];
            snprintf(key, sizeof key, "key %u of round %u", i, round);
            snprintf(value, sizeof value, "{\"n\":%u}", i);
            put(log, key, value);
            snprintf(key, sizeof key, "key %u of round %u", i, round - 1);
            put(log, key, NULL);
        }
        assert_int_equal(lookup_log_count(log), KEYS);
    }
    lookup_log_free(&log);
}

static void test_lookup_log_put__more_than_a_lookup_takes_is_passed_over(void **state)
{
    (void)state;
    struct lookup_log *log = lookup_log_new();
    size_t size = LOOKUP_FILE_BYTES_MAX / 2;
    char *bytes = calloc(1, size + 1);
    assert_int_equal(lookup_log_put(log, SPAN("a"), span_of(bytes, size), false), STATUS_OK);
    assert_int_equal(lookup_log_put(log, SPAN("b"), span_of(bytes, size), false), STATUS_OK);
    assert_int_equal(lookup_log_put(log, SPAN("c"), SPAN("x"), false), STATUS_LIMIT);
    assert_int_equal(lookup_log_put(log, SPAN("b"), SPAN("x"), false), STATUS_OK);
    assert_int_equal(lookup_log_put(log, SPAN("c"), SPAN("x"), false), STATUS_OK);
    assert_int_equal(lookup_log_count(log), 3);
    free(bytes);
    lookup_log_free(&log);
}

static void test_lookup_text_read__a_bad_row_is_left_out_and_counted(void **state)
{
    (void)state;
    static const struct plan_column columns[] = {
        {{"sku", 3}, PLAN_COLUMN_STRING}, {{"price", 5}, PLAN_COLUMN_DECIMAL}};
    const struct plan_lookup lookup = {
        .id = SPAN("prices"), .topic = SPAN("t"), .path = SPAN("topic t"), .columns = columns,
        .column_count = 2, .key = SPAN("sku"), .format = PLAN_LOOKUP_JSON_LINES,
        .valid_from = SPAN("from"), .valid_to = SPAN("to"),
    };
    struct arena *arena = arena_new(0);
    struct diag_list diags = diag_list_in(arena);
    struct lookup_rows rows;
    size_t refused = 0;
    struct span text = SPAN("{\"sku\":\"A\",\"price\":1}\n"
                            "{\"sku\":\"B\",\"price\":\"much\"}\n"
                            "{oops\n"
                            "[]\n"
                            "{\"price\":1}\n"
                            "{\"sku\":\"C\",\"from\":\"2026-01-02\",\"to\":\"2026-01-01\"}\n"
                            "{\"sku\":\"D\"}\n");
    assert_int_equal(lookup_text_read(&lookup, text, arena, &diags, &rows, &refused), STATUS_OK);
    assert_int_equal(refused, 5);
    assert_int_equal(diags.errors, 0);
    assert_true(diags.count >= 3 && diags.count < 6);
    assert_int_equal(rows.count, 2);
    assert_true(span_equals(value_map_get(&rows.rows[0], SPAN("sku"))->text, SPAN("A")));
    assert_true(span_equals(value_map_get(&rows.rows[1], SPAN("sku"))->text, SPAN("D")));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup_log__keeps_the_newest_of_each_key),
        cmocka_unit_test(test_lookup_log__many_keys_that_come_and_go),
        cmocka_unit_test(test_lookup_log_put__more_than_a_lookup_takes_is_passed_over),
        cmocka_unit_test(test_lookup_text_read__a_bad_row_is_left_out_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
