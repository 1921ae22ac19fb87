#include "loading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* A set in which every policy is found in another way. */
static const char *const rows[] = {
    /* 0 */ "match: {tables: [a]}",
    /* 1 */ "match: {tables: [a, b], operations: [REMOVE]}",
    /* 2 */ "match: {tables: ['a*']}",
    /* 3 */ "condition: 'true'",
    /* 4 */ "condition: table == 'b' && op == 'INSERT'",
    /* 5 */ "condition: (has(new.x) && op in ['MODIFY', 'REMOVE']) && 'c' == table",
    /* 6 */ "condition: table == 'a' || op == 'INSERT'",
    /* 7 */ "match: {tables: ['a*'], operations: [modify]}\ncondition: table in ['a', 'ab', 'x']",
    /* 8 */ "condition: table == 'a' && table == 'b'",
    /* 9 */ "mode: disabled\nmatch: {tables: [a]}",
    /* 10 */ "condition: op == 'NOTHING'",
    /* 11 */ "condition: \"!(table == 'a')\"",
};

static const struct plan *load_rows(struct loading *loading)
{
    struct buf text = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_printf(&text, "---\napiVersion: deltaward/v1\nkind: Policy\n");
        buf_printf(&text, "id: p%zu\nseverity: low\n%s\n", i, rows[i]);
    }
    const struct plan *plan = loading_plan(loading, text.ptr);
    buf_deinit(&text);
    return plan;
}

static void test_plan_select__table(void **state)
{
    struct loading *loading = *state;
    static const struct {
        const char *table;
        enum change_op op;
        const char *wanted;
    } cases[] = {
        {"a", CHANGE_INSERT, "0 2 3 6 11 "},   {"a", CHANGE_MODIFY, "0 2 3 6 7 11 "},
        {"a", CHANGE_REMOVE, "0 1 2 3 6 11 "}, {"b", CHANGE_INSERT, "3 4 6 11 "},
        {"b", CHANGE_REMOVE, "1 3 6 11 "},     {"c", CHANGE_MODIFY, "3 5 6 11 "},
        {"c", CHANGE_INSERT, "3 6 11 "},       {"ab", CHANGE_MODIFY, "2 3 6 7 11 "},
        {"abc", CHANGE_MODIFY, "2 3 6 11 "},   {"x", CHANGE_MODIFY, "3 6 11 "},
        {"unheard", CHANGE_REMOVE, "3 6 11 "}, {"", CHANGE_REMOVE, "3 6 11 "},
    };
    const struct plan *plan = load_rows(loading);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf got = {0};
        struct plan_candidates candidates =
            plan_select(plan, span_view(cases[i].table), cases[i].op, loading->arena);
        for (size_t k = 0; k < candidates.count; k++) {
            buf_printf(&got, "%u ", candidates.policies[k]);
        }
        print_message("%s %d\n", cases[i].table, cases[i].op);
        assert_string_equal(got.ptr, cases[i].wanted);
        buf_deinit(&got);
    }
}

static void test_plan_select__allocates_nothing_for_known_tables(void **state)
{
    struct loading *loading = *state;
    const struct plan *plan = load_rows(loading);
    struct arena *scratch = arena_new(0);
    plan_select(plan, SPAN("a"), CHANGE_MODIFY, scratch);
    plan_select(plan, SPAN("zzz"), CHANGE_MODIFY, scratch);
    assert_int_equal(arena_used(scratch), 0);
    plan_select(plan, SPAN("abc"), CHANGE_MODIFY, scratch);
    assert_true(arena_used(scratch) > 0);
    arena_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plan_select__table, loading_setup, loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_select__allocates_nothing_for_known_tables,
                                        loading_setup, loading_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
