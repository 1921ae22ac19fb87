/* What the policies of a plan compute alike gets one memo, wherever it is written. */
#include "loading.h"

#include "cel/env_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define POLICY(id) \
    "---\napiVersion: deltaward/v1\nkind: Policy\nid: " id "\nseverity: high\n" \
    "match: {tables: [t]}\n"
#define DEFINITIONS "---\napiVersion: deltaward/v1\nkind: Definitions\ndefinitions:\n"
#define DEAR "changed('a', 'b')"

static void test_plan_build__shares(void **state)
{
    static const struct {
        const char *text;
        size_t memos;
    } rows[] = {
        /* compiled on trial too, which does not count */
        {POLICY("p") "variables: [{name: v, expression: \"" DEAR "\"}]\n"
                     "condition: variables.v && op == 'MODIFY'\n", 0},
        {POLICY("p") "condition: " DEAR "\n", 0},
        {POLICY("p") "condition: " DEAR "\n" POLICY("q") "condition: op == 'X' || " DEAR "\n", 1},
        {POLICY("p") "condition: " DEAR "\n"
         POLICY("q") "variables: [{name: v, expression: \"!" DEAR "\"}]\ncondition: variables.v\n",
         1},
        {DEFINITIONS "  d: " DEAR "\n" POLICY("p") "condition: defs.d || " DEAR "\n", 1},
        {POLICY("p") "condition: has(new.a) && new.a * new.b > 5\n"
                     "suppression: {group_by: ['string(new.a * new.b)']}\n", 1},
        {"apiVersion: deltaward/v1\nkind: Policy\nid: p\nmatch: {tables: [t]}\n"
         "severity: {default: low, expression: \"" DEAR " ? 'high' : 'low'\"}\n"
         "exceptions:\n- {name: n, owner: o, reason: r, expires: 2099-01-01, "
                     "condition: \"" DEAR "\"}\n", 1},
        {POLICY("p") "params: {x: 2}\ncondition: new.a * params.x > 5\n"
         POLICY("q") "params: {x: 2}\ncondition: new.a * params.x > 6\n", 1},
        {POLICY("p") "params: {x: 2}\ncondition: new.a * params.x > 5\n"
         POLICY("q") "params: {x: 3}\ncondition: new.a * params.x > 6\n", 0},
        {POLICY("p") "params: {y: 2}\ncondition: new.a * params.y > 5\n"
         POLICY("q") "params: {x: 2}\ncondition: new.a * params.x > 6\n", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct plan *plan = loading_plan(*state, rows[i].text);
        size_t memos = cel_slots_size(plan->slots).memos;
        if (memos != rows[i].memos) {
            fail_msg("row %zu: %zu memos", i, memos);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plan_build__shares, loading_setup, loading_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
