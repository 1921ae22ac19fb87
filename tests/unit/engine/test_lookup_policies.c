/* Lookups as policies ask them: as of the time of the change, and when they are stale. */
#include "fixture.h"
#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#define POLICY \
    "---\napiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: high\nmatch: {tables: [t]}\n" \
    "suppression: none\n"
/* Another policy that asks the same. */
#define OTHER_POLICY \
    "---\napiVersion: deltaward/v1\nkind: Policy\nid: other\nseverity: high\n" \
    "match: {tables: [t]}\ncondition: lookup('roles', 'b').value().max == 8\n"
#define ROLES \
    "apiVersion: deltaward/v1\nkind: Lookup\nid: roles\nsource: {file: roles.csv}\nkey: role\n" \
    "columns: {role: string, max: decimal}\nvalid: {from: valid_from, to: valid_to}\n"

static const int64_t start_us = INT64_C(1767225600000000);
static const int64_t hour_us = INT64_C(3600) * 1000000;

static struct value read_json(const char *text, struct arena *arena)
{
    struct json_error error;
    struct value value;
    assert_int_equal(json_read(span_view(text), JSON_NUMBERS_DECIMAL, arena, &error, &value),
                     STATUS_OK);
    return value;
}

/* "a" may do 5 in the first hour and 10 from the second on; "b" always 7. */
static struct lookup_rows roles(struct arena *arena, int64_t modified_us)
{
    struct value list = read_json("[{\"role\":\"a\",\"max\":5,\"valid_to\":0},"
                                  "{\"role\":\"a\",\"max\":10,\"valid_from\":0},"
                                  "{\"role\":\"b\",\"max\":7}]", arena);
    for (size_t i = 0; i < list.list.count; i++) {
        for (size_t k = 0; k < list.list.items[i].map.count; k++) {
            const struct value_entry *entry = &list.list.items[i].map.entries[k];
            if (span_starts_with(entry->key.text, SPAN("valid"))) {
                *(struct value *)(uintptr_t)&entry->value = value_timestamp_us(start_us + hour_us);
            }
        }
    }
    return (struct lookup_rows){list.list.items, list.list.count, modified_us};
}

static void test_lookup__conditions(void **state)
{
    (void)state;
    static const struct {
        const char *condition;
        const char *role;
        int64_t time_ms;
        bool fires;
    } rows[] = {
        {"lookup('roles', new.r).value().max == 5", "a", 3599999, true},
        {"lookup('roles', new.r).value().max == 5", "a", 3600000, false},
        {"lookup('roles', new.r).value().max == 10", "a", 3600000, true},
        {"lookup('roles', new.r).hasValue()", "c", 0, false},
        {"lookup('roles', new.r).hasValue()", "b", 0, true},
        {"lookup('roles', new.r).?max.orValue(0) == 7", "b", 0, true},
        {"lookup_all('roles', new.r).map(x, x.max) == [7]", "b", 0, true},
        {"lookup_all('roles', new.r) == []", "c", 0, true},
        {"lookup('roles', 7) == optional.none()", "a", 0, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct fixture fixture;
        struct lookup_rows data = roles(arena, 0);
        struct span policy = arena_printf(arena, ROLES POLICY "condition: %s\n", rows[i].condition);
        struct span image = arena_printf(arena, "{\"r\":{\"S\":\"%s\"}}", rows[i].role);
        fixture_init(&fixture, policy.ptr, &data, 1);
        fixture_add(&fixture, "1", NULL, image.ptr, rows[i].time_ms);
        fixture_run(&fixture);
        if ((fixture.batch.alert_count == 1) != rows[i].fires) {
            print_error("%s for %s\n", rows[i].condition, rows[i].role);
        }
        assert_int_equal(fixture.batch.alert_count, rows[i].fires);
        assert_int_equal(fixture_count(&fixture, "p", "not_evaluable"), 0);
        fixture_deinit(&fixture);
        arena_free(&arena);
    }
}

static void test_lookup__stale(void **state)
{
    (void)state;
    static const struct {
        const char *on_stale;
        int64_t age_us; /* of the file, at the change */
        size_t alerts;
        const char *title; /* of the last */
        uint64_t stale;
        uint64_t failed;
    } rows[] = {
        {"alert", hour_us, 1, "\"T\"", 0, 0},
        {"alert", hour_us + 1, 2,
         "\"Policy p uses old rows: the lookup roles is older than its max_age\"", 1, 0},
        {"skip", hour_us, 1, "\"T\"", 0, 0},
        {"skip", hour_us + 1, 0, "", 1, 0},
        {"error", hour_us + 1, 1,
         "\"Policy p could not be evaluated: the lookup roles is older than its max_age\"", 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct fixture fixture;
        struct lookup_rows data = roles(arena, start_us - rows[i].age_us);
        struct span policy = arena_printf(
            arena, ROLES "max_age: 1h\non_stale: %s\n" POLICY
            "condition: lookup('roles', 'b').value().max == 7\nalert: {title: T}\n",
            rows[i].on_stale);
        fixture_init(&fixture, policy.ptr, &data, 1);
        fixture_add(&fixture, "1", NULL, "{}", 0);
        fixture_run(&fixture);
        assert_int_equal(fixture.batch.alert_count, rows[i].alerts);
        assert_int_equal(fixture_count(&fixture, "p", "lookup_stale"), rows[i].stale);
        assert_int_equal(fixture_count(&fixture, "p", "not_evaluable"), rows[i].failed);
        if (rows[i].alerts) {
            struct span body = fixture.batch.alerts[rows[i].alerts - 1].signal.body;
            struct span title = alert_body_member(body, SPAN("title"));
            assert_true(span_equals(title, span_view(rows[i].title)));
        }
        fixture_deinit(&fixture);
        arena_free(&arena);
    }
}

/* It tells nobody itself: the correlation over it does. */
static void test_lookup__stale_for_a_policy_that_only_feeds(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct fixture fixture;
    struct lookup_rows data = roles(arena, start_us - hour_us - 1);
    fixture_init(&fixture,
                 ROLES "max_age: 1h\non_stale: alert\n" POLICY
                       "condition: lookup('roles', 'b').value().max == 7\nmode: signal\n---\n"
                       "apiVersion: deltaward/v1\nkind: Policy\nid: over\nseverity: high\n"
                       "correlation: {type: event_count, policies: [p], timespan: 5m, "
                       "condition: {gte: 2}}\n",
                 &data, 1);
    fixture_add(&fixture, "1", NULL, "{}", 0);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.alert_count, 1);
    assert_int_equal(fixture_count(&fixture, "p", "lookup_stale"), 1);
    assert_int_equal(fixture_count(&fixture, "over", "lookup_stale"), 1);
    struct span title = alert_body_member(fixture.batch.alerts[0].signal.body, SPAN("title"));
    assert_true(span_equals(title, SPAN("\"Policy over uses old rows: the lookup roles is older "
                                        "than its max_age (findings of p)\"")));
    fixture_deinit(&fixture);
    arena_free(&arena);
}

/* The rows are looked up once, and both policies are told how old they are. */
static void test_lookup__stale_for_all_who_ask(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct fixture fixture;
    struct lookup_rows data = roles(arena, start_us - hour_us - 1);
    fixture_init(&fixture,
                 ROLES "max_age: 1h\non_stale: alert\n" POLICY
                       "condition: lookup('roles', 'b').value().max == 7\n" OTHER_POLICY,
                 &data, 1);
    fixture_add(&fixture, "1", NULL, "{}", 0);
    fixture_run(&fixture);
    assert_int_equal(fixture_count(&fixture, "p", "lookup_stale"), 1);
    assert_int_equal(fixture_count(&fixture, "other", "lookup_stale"), 1);
    fixture_deinit(&fixture);
    arena_free(&arena);
}

static void test_lookup_set_load__all_or_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    struct diag_list diags;
    struct lookup_rows none = {0};
    struct lookup_set *set = NULL;
    fixture_init(&fixture, ROLES POLICY, &none, 1);
    diags = diag_list_in(fixture.arena);
    assert_int_equal(lookup_set_load(fixture.plan, NULL, &diags, &set), STATUS_NOT_FOUND);
    assert_null(set);
    assert_int_equal(diags.errors, 1);

    struct span path = fixture.plan->lookups[0].path;
    FILE *file = fopen(path.ptr, "w");
    assert_non_null(file);
    fputs("role,max,valid_from,valid_to\na,5,,\n", file);
    fclose(file);
    diags = diag_list_in(fixture.arena);
    assert_int_equal(lookup_set_load(fixture.plan, NULL, &diags, &set), STATUS_OK);
    unlink(path.ptr);
    struct lookup_set *second = lookup_set_ref(set);
    lookup_set_unref(&set);
    assert_null(set);
    struct value key = value_string(SPAN("a"));
    assert_int_equal(lookup_table_find(lookup_set_get(second, 0), &key, 0, fixture.arena).count, 1);
    lookup_set_unref(&second);
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup__conditions),
        cmocka_unit_test(test_lookup__stale),
        cmocka_unit_test(test_lookup__stale_for_a_policy_that_only_feeds),
        cmocka_unit_test(test_lookup__stale_for_all_who_ask),
        cmocka_unit_test(test_lookup_set_load__all_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
