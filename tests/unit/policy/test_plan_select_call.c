/* Which policies an API call is for: by service, operation and tables, of `match` and of the
 * condition. */
#include "loading.h"
#include "model/api_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const char *const rows[] = {
    /* 0 */ "match: {source: api_call, services: [dynamodb], operations: [scan, QUERY]}",
    /* 1 */ "match: {source: api_call, operations: ['Delete*']}",
    /* 2 */ "match: {source: api_call, services: ['dynamo*'], tables: [patients, 'pay*']}",
    /* 3 */ "match: {source: api_call}\n"
            "condition: request.operation == 'Scan' && request.service == 'dynamodb'",
    /* 4 */ "match: {source: api_call, operations: ['*Table']}\n"
            "condition: request.operation.lowerAscii() in ['deletetable', 'scan']",
    /* 5 */ "match: {source: api_call, tables: ['p*']}\ncondition: table == 'patients'",
    /* 6 */ "mode: disabled\nmatch: {source: api_call}",
    /* 7 */ "match: {tables: [patients]}",
    /* 8 */ "match: {source: api_call, operations: [PutItem]}\n"
            "condition: request.operation == 'Scan'",
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

/* The table by its name, or two of them parted by a comma. */
static struct api_call call_of(const char *service, const char *operation, const char *tables,
                               struct span names[2])
{
    const char *comma = strchr(tables, ',');
    names[0] = comma ? span_of(tables, (size_t)(comma - tables)) : span_view(tables);
    names[1] = span_view(comma ? comma + 1 : "");
    return (struct api_call){
        .service = span_view(service),
        .operation = span_view(operation),
        .tables = {names, comma ? 2U : *tables != '\0'},
    };
}

static void test_plan_select_call__table(void **state)
{
    struct loading *loading = *state;
    static const struct {
        const char *service;
        const char *operation;
        const char *tables;
        const char *wanted;
    } cases[] = {
        {"dynamodb", "Scan", "", "0 3 "},
        {"DynamoDB", "scan", "", "0 3 "},
        {"dynamodb", "Scan", "patients", "0 2 3 5 "},
        {"dynamodb", "Query", "payments", "0 2 "},
        {"dynamodb", "BatchGetItem", "orders,patients", "2 5 "},
        {"dynamodb", "DeleteTable", "orders", "1 4 "},
        {"dynamodb", "DeleteBackup", "", "1 "},
        {"dynamodb", "PutItem", "", ""},
        {"s3", "DeleteBucket", "", "1 "},
        {"s3", "Scan", "", ""},
        {"dynamodb", "UpdateTable", "orders", ""},
        {"", "", "", ""},
    };
    const struct plan *plan = load_rows(loading);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span names[2];
        struct buf got = {0};
        struct api_call call =
            call_of(cases[i].service, cases[i].operation, cases[i].tables, names);
        struct plan_candidates candidates = plan_select_call(plan, &call, loading->arena);
        for (size_t k = 0; k < candidates.count; k++) {
            buf_printf(&got, "%u ", candidates.policies[k]);
        }
        print_message("%s %s %s\n", cases[i].service, cases[i].operation, cases[i].tables);
        assert_string_equal(got.len ? got.ptr : "", cases[i].wanted);
        buf_deinit(&got);
    }
}

/* A policy for API calls is never one for changes, nor the other way round. */
static void test_plan_select_call__changes_are_others(void **state)
{
    struct loading *loading = *state;
    const struct plan *plan = load_rows(loading);
    struct plan_candidates changes =
        plan_select(plan, SPAN("patients"), CHANGE_MODIFY, loading->arena);
    assert_int_equal(changes.count, 1);
    assert_int_equal(changes.policies[0], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plan_select_call__table, loading_setup,
                                        loading_teardown),
        cmocka_unit_test_setup_teardown(test_plan_select_call__changes_are_others, loading_setup,
                                        loading_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
