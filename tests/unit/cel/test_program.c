#include "cel_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static int start(void **state)
{
    static struct test_host host;
    test_host_init(&host, 0);
    *state = &host;
    return 0;
}

static int stop(void **state)
{
    test_host_deinit(*state);
    return 0;
}

struct row {
    const char *expression;
    const char *result;
};

static void check_rows(struct test_host *host, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *result = test_host_evaluate(host, rows[i].expression);
        if (strcmp(result, rows[i].result) != 0) {
            fail_msg("%s: %s, expected %s", rows[i].expression, result, rows[i].result);
        }
    }
}

#define CHECK_ROWS(host, rows) check_rows(host, rows, sizeof(rows) / sizeof *(rows))

static void test_run__prices(void **state)
{
    static const struct {
        const char *old_json;
        const char *new_json;
        const char *result;
    } rows[] = {
        {"{\"price\": 0.10}", "{\"price\": 0.09}", "false"},
        {"{\"price\": 100}", "{\"price\": 89.99}", "true"},
        {"{\"price\": 100}", "{\"price\": 90}", "false"},
        {"{\"price\": 100.00}", "{\"price\": 90.0}", "false"},
        {"{}", "{\"price\": 1}", "absent"},
        {"{\"price\": 1}", "{}", "absent"},
        {"null", "{\"price\": 1}", "absent"},
    };
    struct test_host *host = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_host_set_images(host, rows[i].old_json, rows[i].new_json);
        assert_string_equal(test_host_evaluate(host, "new.price < old.price * 0.9"),
                            rows[i].result);
    }
}

/* Every price that is a multiple of 0.10 up to 1000, lowered by exactly a tenth. */
static void test_run__exact_at_the_boundary(void **state)
{
    struct test_host *host = *state;
    struct cel_program *program = test_host_compile(host, "new.price < old.price * 0.9");
    for (int i = 1; i <= 10000; i++) {
        char old_json[64];
        char new_json[64];
        snprintf(old_json, sizeof old_json, "{\"price\": %d.%d0}", i / 10, i % 10);
        snprintf(new_json, sizeof new_json, "{\"price\": %d.%02d}", i * 9 / 100, i * 9 % 100);
        test_host_set_images(host, old_json, new_json);
        struct value result = test_host_run(host, program);
        assert_int_equal(result.kind, VALUE_BOOL);
        assert_false(result.boolean);
    }
}

static void test_run__absorption(void **state)
{
    static const struct row rows[] = {
        {"new.none == 1 && false", "false"}, {"false && new.none == 1", "false"},
        {"new.none == 1 || true", "true"},   {"true || new.none == 1", "true"},
        {"new.none == 1 && true", "absent"}, {"true && new.none == 1", "absent"},
        {"new.none == 1 ? 1 : 2", "absent"}, {"!(new.none == 1)", "absent"},
    };
    test_host_set_images(*state, "null", "{}");
    CHECK_ROWS(*state, rows);
}

static void test_run__loops_beside_loops(void **state)
{
    static const struct row rows[] = {
        {"[1].map(x, x) == [2].map(y, y)", "false"},
        {"cel.bind(x, 1, x) + cel.bind(y, 20, y)", "21"},
        {"['a', 'b'].map(x, [x]).map(y, y[0] + y[0])", "[\"aa\",\"bb\"]"},
        {"{'a': 1}.transformMap(k, v, v) == {'a': 2}.transformMap(k, v, v)", "false"},
        {"[1, 2].exists(x, x == 1) == [1, 2].all(x, x == 1)", "false"},
    };
    CHECK_ROWS(*state, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run__prices, start, stop),
        cmocka_unit_test_setup_teardown(test_run__exact_at_the_boundary, start, stop),
        cmocka_unit_test_setup_teardown(test_run__absorption, start, stop),
        cmocka_unit_test_setup_teardown(test_run__loops_beside_loops, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
