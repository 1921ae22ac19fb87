#include "engine/evaluate/lookup_table.h"
#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { SECOND = 1000000 };

static struct value read_json(const char *text, struct arena *arena)
{
    struct json_error error;
    struct value value;
    assert_int_equal(json_read(span_view(text), JSON_NUMBERS_DECIMAL, arena, &error, &value),
                     STATUS_OK);
    return value;
}

/* Rows as JSON; numbers under "from" and "to" are seconds and become timestamps. */
static struct lookup_rows rows_of(const char *json, struct arena *arena)
{
    struct value list = read_json(json, arena);
    for (size_t i = 0; i < list.list.count; i++) {
        struct value_map map = list.list.items[i].map;
        for (size_t k = 0; k < map.count; k++) {
            struct value_entry *entry = (struct value_entry *)(uintptr_t)&map.entries[k];
            bool is_time = span_equals(entry->key.text, SPAN("from")) ||
                           span_equals(entry->key.text, SPAN("to"));
            int64_t seconds = 0;
            if (is_time) {
                assert_int_equal(decimal_to_int(entry->value.decimal, &seconds), STATUS_OK);
                entry->value = value_timestamp_us(seconds * SECOND);
            }
        }
    }
    return (struct lookup_rows){list.list.items, list.list.count, 0};
}

/* The "n" of each row found: "1 3". */
static void assert_found(const struct lookup_table *table, const char *key, int64_t time_s,
                         const char *expected, struct arena *arena)
{
    struct value value = read_json(key, arena);
    struct buf text = {0};
    buf_append(&text, SPAN(""));
    struct value_list found = lookup_table_find(table, &value, time_s * SECOND, arena);
    for (size_t i = 0; i < found.count; i++) {
        buf_append(&text, i ? SPAN(" ") : SPAN(""));
        value_write_text(value_map_get(&found.items[i], SPAN("n")), &text);
    }
    if (strcmp(text.ptr, expected) != 0) {
        print_error("key %s at %ld\n", key, (long)time_s);
    }
    assert_string_equal(text.ptr, expected);
    buf_deinit(&text);
}

static void test_lookup_table_find__by_key(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *found;
    } rows[] = {
        {"\"A1\"", "1 3"}, {"\"A2\"", "2"},  {"\"a1\"", ""},   {"\"\"", ""},
        {"7", "4 5"},      {"7.0", "4 5"},   {"\"7\"", "6"},   {"true", "7"},
        {"false", ""},     {"null", ""},     {"[\"A1\"]", ""}, {"{\"k\":\"A1\"}", ""},
    };
    struct arena *arena = arena_new(0);
    struct lookup_rows data = rows_of(
        "[{\"k\":\"A1\",\"n\":1},{\"k\":\"A2\",\"n\":2},{\"k\":\"A1\",\"n\":3},{\"k\":7,\"n\":4},"
        "{\"k\":7.0,\"n\":5},{\"k\":\"7\",\"n\":6},{\"k\":true,\"n\":7},{\"n\":8},"
        "{\"k\":null,\"n\":9}]", arena);
    const struct plan_lookup lookup = {.key = SPAN("k")};
    struct lookup_table *table = lookup_table_new(&lookup, &data, arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_found(table, rows[i].key, 0, rows[i].found, arena);
    }
    arena_free(&arena);
}

static void test_lookup_table_find__as_of(void **state)
{
    (void)state;
    static const struct {
        int64_t time_s;
        const char *found;
        const char *newest;
    } rows[] = {
        {-1, "3", "3"},        {0, "1 3", "1"},      {99, "1 3", "1"},  {100, "3 4", "4"},
        {149, "3 4", "4"},     {150, "2 3 4", "2"},  {200, "2 3", "2"}, {250, "3", "3"},
    };
    struct arena *arena = arena_new(0);
    struct lookup_rows data = rows_of(
        "[{\"k\":\"A1\",\"n\":1,\"from\":0,\"to\":100},"
        "{\"k\":\"A1\",\"n\":2,\"from\":150,\"to\":250},"
        "{\"k\":\"A1\",\"n\":3},{\"k\":\"A1\",\"n\":4,\"from\":100,\"to\":200},"
        "{\"k\":\"A2\",\"n\":5,\"from\":0}]", arena);
    const struct plan_lookup lookup = {
        .key = SPAN("k"), .valid_from = SPAN("from"), .valid_to = SPAN("to")};
    struct lookup_table *table = lookup_table_new(&lookup, &data, arena);
    struct value key = value_string(SPAN("A1"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text = {0};
        assert_found(table, "\"A1\"", rows[i].time_s, rows[i].found, arena);
        const struct value *newest =
            lookup_table_newest(table, &key, rows[i].time_s * SECOND, arena);
        assert_non_null(newest);
        value_write_text(value_map_get(newest, SPAN("n")), &text);
        assert_string_equal(text.ptr, rows[i].newest);
        buf_deinit(&text);
    }
    assert_found(table, "\"A2\"", -1, "", arena);
    key = value_string(SPAN("A3"));
    assert_null(lookup_table_newest(table, &key, 0, arena));
    arena_free(&arena);
}

static void test_lookup_table_newest__of_equal_rows_the_later_one(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct lookup_rows data = rows_of("[{\"k\":\"A1\",\"n\":1},{\"k\":\"A1\",\"n\":2}]", arena);
    const struct plan_lookup lookup = {.key = SPAN("k")};
    struct lookup_table *table = lookup_table_new(&lookup, &data, arena);
    struct value key = value_string(SPAN("A1"));
    assert_ptr_equal(lookup_table_newest(table, &key, 0, arena), &data.rows[1]);
    arena_free(&arena);
}

static void test_lookup_table_find__longest_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        int64_t time_s;
        const char *found;
    } rows[] = {
        {"\"10.1.2.3\"", 0, "2"},      {"\"10.1.2.3\"", 100, "3"}, {"\"10.9.9.9\"", 0, "1"},
        {"\"11.0.0.1\"", 0, "4"},      {"\"10.1.2.0/24\"", 100, "3"},
        {"\"10.1.0.0/16\"", 100, "2"}, {"\"2001:db8::1\"", 0, "5 6"},
        {"\"2001:db9::1\"", 0, ""},    {"\"no address\"", 0, ""},  {"7", 0, ""},
        {"\"::ffff:a01:203\"", 100, "3"},
    };
    struct arena *arena = arena_new(0);
    struct lookup_rows data = rows_of(
        "[{\"k\":\"10.0.0.0/8\",\"n\":1},{\"k\":\"10.1.0.0/16\",\"n\":2},"
        "{\"k\":\"10.1.2.0/24\",\"n\":3,\"from\":100},{\"k\":\"0.0.0.0/0\",\"n\":4},"
        "{\"k\":\"2001:db8::/32\",\"n\":5},{\"k\":\"2001:db8::/32\",\"n\":6},"
        "{\"k\":\"not a network\",\"n\":7}]", arena);
    const struct plan_lookup lookup = {
        .key = SPAN("k"), .key_is_cidr = true, .valid_from = SPAN("from")};
    struct lookup_table *table = lookup_table_new(&lookup, &data, arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_found(table, rows[i].key, rows[i].time_s, rows[i].found, arena);
    }
    arena_free(&arena);
}

static void test_lookup_table_is_stale__table(void **state)
{
    (void)state;
    static const struct {
        int64_t max_age_s;
        int64_t modified_s;
        int64_t time_s;
        bool stale;
    } rows[] = {
        {0, 0, 1000000, false}, {60, 100, 160, false}, {60, 100, 161, true}, {60, 100, 0, false},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct plan_lookup lookup = {.max_age_us = rows[i].max_age_s * SECOND};
        const struct lookup_rows data = {.modified_us = rows[i].modified_s * SECOND};
        struct lookup_table *table = lookup_table_new(&lookup, &data, arena);
        assert_int_equal(lookup_table_is_stale(table, rows[i].time_s * SECOND), rows[i].stale);
    }
    arena_free(&arena);
}

static void test_lookup_table_find__many_keys(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    struct arena *arena = arena_new(0);
    struct buf json = {0};
    for (int i = 0; i < ROWS; i++) {
        buf_printf(&json, "%c{\"k\":\"sku-%d\",\"n\":%d}", i ? ',' : '[', i % (ROWS / 2), i);
    }
    buf_append_char(&json, ']');
    struct lookup_rows data = rows_of(json.ptr, arena);
    const struct plan_lookup lookup = {.key = SPAN("k")};
    struct lookup_table *table = lookup_table_new(&lookup, &data, arena);
    for (int i = 0; i < ROWS / 2; i++) {
        char key[32];
        char found[32];
        snprintf(key, sizeof key, "\"sku-%d\"", i);
        snprintf(found, sizeof found, "%d %d", i, i + ROWS / 2);
        assert_found(table, key, 0, found, arena);
    }
    assert_found(table, "\"sku-9999\"", 0, "", arena);
    buf_deinit(&json);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup_table_find__by_key),
        cmocka_unit_test(test_lookup_table_find__as_of),
        cmocka_unit_test(test_lookup_table_newest__of_equal_rows_the_later_one),
        cmocka_unit_test(test_lookup_table_find__longest_prefix),
        cmocka_unit_test(test_lookup_table_is_stale__table),
        cmocka_unit_test(test_lookup_table_find__many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
