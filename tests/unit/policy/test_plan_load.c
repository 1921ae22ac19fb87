#include "loading.h"

#include "policy/document/policy_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const char good[] = "apiVersion: deltaward/v1\nkind: Policy\nid: %s\nseverity: low\n"
                           "match: {tables: [t]}\n";

static void write_policy(struct loading *loading, const char *name, const char *id)
{
    char text[256];
    snprintf(text, sizeof text, good, id);
    loading_write(loading, name, text);
}

static void make_folder(struct loading *loading, const char *name)
{
    struct span path = arena_printf(loading->arena, "%s/%s", loading->folder, name);
    assert_int_equal(mkdir(path.ptr, 0700), 0);
}

/* Target and name are relative to the folder. */
static void make_link(struct loading *loading, const char *target, const char *name)
{
    struct span path = arena_printf(loading->arena, "%s/%s", loading->folder, name);
    assert_int_equal(symlink(target, path.ptr), 0);
}

static const char *ids(struct loading *loading)
{
    struct buf text = {0};
    for (size_t i = 0; loading->plan && i < loading->plan->policy_count; i++) {
        buf_printf(&text, "%.*s ", SPAN_ARG(loading->plan->policies[i].id));
    }
    struct span copy = arena_copy(loading->arena, buf_view(&text));
    buf_deinit(&text);
    return copy.ptr;
}

static void test_plan_load__deep_folders(void **state)
{
    struct loading *loading = *state;
    make_folder(loading, "b");
    make_folder(loading, "b/c");
    make_folder(loading, "b/c/d");
    write_policy(loading, "b/c/d/a.yaml", "deep");
    assert_int_equal(loading_run(loading), STATUS_OK);
    make_folder(loading, "b/c/d/e");
    assert_int_equal(loading_run(loading), STATUS_INVALID);
    assert_non_null(strstr(loading_said(loading), "b/c/d/e: error: folders are read 4 deep"));
}

static void test_plan_load__order_and_names_of_files(void **state)
{
    struct loading *loading = *state;
    make_folder(loading, "b");
    write_policy(loading, "c.yml", "third");
    write_policy(loading, "b/z.yaml", "second");
    write_policy(loading, "a.yaml", "first");
    write_policy(loading, ".hidden.yaml", "hidden");
    loading_write(loading, "notes.txt", "no policy");
    loading_write(loading, "d.yaml.bak", "no policy");
    assert_int_equal(loading_run(loading), STATUS_OK);
    assert_string_equal(ids(loading), "first second third ");
}

/* A ConfigMap: names are links to ..data/NAME, and ..data to a folder that is swapped whole. */
static void test_plan_load__config_map(void **state)
{
    struct loading *loading = *state;
    make_folder(loading, "..2026_01_01");
    write_policy(loading, "..2026_01_01/a.yaml", "one");
    make_link(loading, "..2026_01_01", "..data");
    make_link(loading, "..data/a.yaml", "a.yaml");
    assert_int_equal(loading_run(loading), STATUS_OK);
    assert_string_equal(ids(loading), "one ");
}

static void test_plan_load__one_bad_file_refuses_the_set(void **state)
{
    struct loading *loading = *state;
    write_policy(loading, "a.yaml", "one");
    loading_write(loading, "b.yaml", "kind: [\n");
    loading_write(loading, "c.yaml", "kind: {\n");
    assert_int_equal(loading_run(loading), STATUS_INVALID);
    assert_null(loading->plan);
    assert_int_equal(loading->diags.errors, 2); /* of each file its own */
    make_link(loading, "nowhere", "d.yaml");
    assert_int_equal(loading_run(loading), STATUS_NOT_FOUND);
    assert_non_null(strstr(loading_said(loading), "d.yaml: error: cannot be read: No such file"));
}

static void test_plan_load__nothing_found(void **state)
{
    struct loading *loading = *state;
    assert_int_equal(loading_run(loading), STATUS_INVALID);
    assert_non_null(strstr(loading_said(loading), "no policy was found here"));
    assert_non_null(strstr(loading_said(loading), loading->folder));
    loading_write(loading, "a.yaml", "# nothing\n---\n");
    assert_int_equal(loading_run(loading), STATUS_INVALID);
}

static void test_plan_load__rows_of_lookups_are_data(void **state)
{
    struct loading *loading = *state;
    write_policy(loading, "a.yaml", "one");
    loading_write(loading, "rows.yaml", "- {sku: 007}\n");
    assert_int_equal(loading_run(loading), STATUS_INVALID);
    loading_write(loading, "lookup.yaml",
                  "apiVersion: deltaward/v1\nkind: Lookup\nid: l\nsource: {file: ./rows.yaml}\n"
                  "key: sku\ncolumns: {sku: string}\n");
    assert_int_equal(loading_run(loading), STATUS_OK);
    struct span path = arena_printf(loading->arena, "%s/./rows.yaml", loading->folder);
    assert_string_equal(loading->plan->lookups[0].path.ptr, path.ptr);
    assert_int_equal(loading->plan->lookups[0].format, PLAN_LOOKUP_YAML);
}

/* A policy with `count` lines of the format, which takes the number of the line and the next. */
static void write_lines(struct loading *loading, const char *key, const char *format, int count)
{
    struct buf text = {0};
    buf_printf(&text, good, "p");
    buf_printf(&text, "%s:\n", key);
    for (int i = 0; i < count; i++) {
        buf_printf(&text, format, i, i + 1);
    }
    loading_write(loading, "a.yaml", text.ptr);
    buf_deinit(&text);
}

/* 16 definitions below, `count` variables above them. */
static enum status load_chain(struct loading *loading, int count)
{
    struct buf text = {0};
    buf_append(&text, SPAN("apiVersion: deltaward/v1\nkind: Definitions\n"
                           "definitions:\n  d0: op\n"));
    for (int i = 1; i < 16; i++) {
        buf_printf(&text, "  d%d: defs.d%d\n", i, i - 1);
    }
    buf_append(&text, SPAN("---\n"));
    buf_printf(&text, good, "p");
    buf_append(&text, SPAN("variables:\n  - {name: v0, expression: defs.d15}\n"));
    for (int i = 1; i < count; i++) {
        buf_printf(&text, "  - {name: v%d, expression: variables.v%d}\n", i, i - 1);
    }
    loading_write(loading, "a.yaml", text.ptr);
    buf_deinit(&text);
    return loading_run(loading);
}

static void test_plan_load__depth_of_variables(void **state)
{
    struct loading *loading = *state;
    assert_int_equal(load_chain(loading, 15), STATUS_OK);
    assert_int_equal(load_chain(loading, 16), STATUS_INVALID);
    assert_int_equal(loading->diags.items[0].place.line, 42);
}

/* An alias runs around what it reads, and in what reads it. */
static void test_plan_load__depth_of_aliases(void **state)
{
    struct loading *loading = *state;
    for (int deepest = 13; deepest <= 14; deepest++) {
        assert_int_equal(load_chain(loading, 15), STATUS_OK);
        struct span text = arena_printf(
            loading->arena,
            "apiVersion: deltaward/v1\nkind: Policy\nid: over\nseverity: low\n"
            "correlation: {type: event_count, policies: [p], timespan: 5m, condition: {gte: 2},\n"
            "  group_by: [user], aliases: {user: {p: variables.v%d}}}\n", deepest);
        loading_write(loading, "b.yaml", text.ptr);
        assert_int_equal(loading_run(loading), deepest <= 13 ? STATUS_OK : STATUS_INVALID);
        loading_write(loading, "b.yaml", "");
    }
}

static void test_plan_load__bounds(void **state)
{
    static const char variable[] = "  - {name: v%d, expression: \"%d\"}\n";
    static const char chain[] = "  - {name: v%d, expression: variables.v%d}\n";
    struct loading *loading = *state;
    write_lines(loading, "variables", variable, 1024);
    assert_int_equal(loading_run(loading), STATUS_OK);
    write_lines(loading, "variables", variable, 1025);
    assert_int_equal(loading_run(loading), STATUS_INVALID);
    assert_non_null(strstr(loading_said(loading), "more than 1024 names in variables"));
    write_lines(loading, "variables", chain, 1000); /* the last reads one that is not there */
    assert_int_equal(loading_run(loading), STATUS_INVALID);
    assert_int_equal(loading->diags.errors, 2);
    assert_non_null(strstr(loading_said(loading), "read each other more than 31 deep"));
    write_lines(loading, "mask", "  path%d: last%d\n", 500);
    assert_int_equal(loading_run(loading), STATUS_INVALID);
    assert_int_equal(loading->diags.errors, 101);
    assert_non_null(strstr(loading_said(loading), "more errors follow"));
}

static void test_plan_ref__outlives_the_first_holder(void **state)
{
    struct loading *loading = *state;
    write_policy(loading, "a.yaml", "one");
    assert_int_equal(loading_run(loading), STATUS_OK);
    struct plan *second = plan_ref(loading->plan);
    plan_unref(&loading->plan);
    assert_null(loading->plan);
    assert_int_equal(second->policy_count, 1);
    plan_unref(&second);
}

static void test_plan_tests__as_written(void **state)
{
    struct loading *loading = *state;
    const struct plan *plan = loading_plan(
        loading,
        "apiVersion: deltaward/v1\nkind: Lookup\nid: l\nsource: {file: rows.csv}\nkey: sku\n"
        "columns: {sku: string}\nmax_age: 1h\n---\n"
        "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: low\nowner: shop\n"
        "match: {tables: ['x*', orders]}\ncondition: lookup('l', keys.id).hasValue()\n"
        "lookups: {l: {max_age: 2h, on_stale: skip}}\n"
        "tests:\n"
        "  - name: a\n    lookups: {l: [{sku: A1}]}\n"
        "    events: [{at: 2m, op: REMOVE, keys: {id: 1.50}, old: {n: 3}, ttl: true}]\n"
        "    expect: {count: 0, expect_only: [p]}\n"
        "  - name: b\n    events: [{op: INSERT, table: x1, keys: {id: a}, new: {}}]\n"
        "    expect: {fired: true, severity: low, title: T, group: 7, masked: {new.a: '****'}}\n");
    size_t count = 0;
    const struct policy_test *tests = plan_tests(plan, &count);
    assert_int_equal(count, 2);
    assert_int_equal(tests[0].lookup_count, 2); /* the Lookup's own, and the policy's variant */
    assert_int_equal(tests[0].events[0].at_us, 120000000);
    assert_true(tests[0].events[0].ttl_expiry);
    assert_int_equal(tests[0].events[0].keys->map.entries[0].value.kind, VALUE_DECIMAL);
    assert_null(tests[0].events[0].new_image);
    assert_string_equal(tests[0].table.ptr, "orders");
    assert_int_equal(tests[0].expect.count, 0);
    assert_false(tests[0].expect.fired_given);
    assert_int_equal(tests[0].expect.only_count, 1);
    assert_int_equal(tests[1].place.line, 22);
    assert_int_equal(tests[1].expect.count, -1);
    assert_string_equal(tests[1].expect.group.ptr, "7");
    assert_non_null(tests[1].expect.masked);
    assert_string_equal(tests[1].events[0].table.ptr, "x1");
    assert_string_equal(plan_policy_owner(plan, 0).ptr, "shop");
    assert_int_equal(plan->lookup_count, 2);
    assert_int_equal(plan->lookups[0].max_age_us, 3600000000);
    assert_int_equal(plan->lookups[1].max_age_us, 7200000000);
    assert_int_equal(plan->lookups[1].on_stale, PLAN_STALE_SKIP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plan_load__order_and_names_of_files, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_load__deep_folders, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_load__config_map, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_load__one_bad_file_refuses_the_set,
                                        loading_setup, loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_load__nothing_found, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_load__rows_of_lookups_are_data, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_load__depth_of_variables, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_load__depth_of_aliases, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_load__bounds, loading_setup, loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_ref__outlives_the_first_holder, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_tests__as_written, loading_setup,
                                        loading_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
