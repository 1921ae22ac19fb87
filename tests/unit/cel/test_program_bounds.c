#include "cel_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* What running may cost, what a host is asked, and what memory is taken. */

static int start_small(void **state)
{
    static struct test_host host;
    test_host_init(&host, 1000);
    *state = &host;
    return 0;
}

static void test_run__step_limit(void **state)
{
    static const struct test_row rows[] = {
        {"lists.range(900).exists(x, x == 899)", "true"},
        {"lists.range(int(new.size)).exists(x, x == 899)", "limit"}, /* making it counts, too */
        {"lists.range(40).all(x, lists.range(40).all(y, x + y < new.size))", "limit"},
        {"[1, 2].all(x, lists.range(int(new.size)).size() > x)", "limit"},
        {"data.all(x, x == data[0])", "limit"},
        {"data == data", "limit"},
        {"'none' in data", "limit"},
        {"false && data == data", "false"},
        {"data == data || true", "true"},
    };
    struct test_host *host = *state;
    struct buf json = {0};
    buf_append(&json, SPAN("[\"a\""));
    for (size_t i = 0; i < 1500; i++) {
        buf_append(&json, SPAN(", \"a\""));
    }
    buf_append(&json, SPAN("]"));
    test_host_set_images(host, "null", "{\"size\": 900}");
    test_host_set_data(host, json.ptr);
    test_host_check_rows(host, rows, sizeof rows / sizeof *rows);
    buf_deinit(&json);
}

static struct value load_by_running(void *context, uint32_t slot, struct arena *arena)
{
    struct cel_program **programs = ((void **)context)[0];
    struct cel_frame *frame = ((void **)context)[1];
    (void)arena;
    return cel_run(programs[slot], frame);
}

/* Variables that read variables: as many as there may be, and one more. */
static void test_run__variables_that_read_variables(void **state)
{
    enum { VARIABLES = 40 };
    struct test_host *host = *state;
    struct cel_program *programs[VARIABLES];
    struct cel_slots *slots = cel_slots_new(host->plan_arena);
    struct cel_env *env = cel_env_new(host->plan_arena, slots);
    struct cel_issues issues = cel_issues_in(host->plan_arena);
    for (uint32_t i = 0; i < VARIABLES; i++) {
        struct span name = arena_printf(host->plan_arena, "v%u", i);
        cel_env_add_variable(env, name, cel_type_simple(CEL_TYPE_DYN), i);
        assert_int_equal(cel_slots_intern(slots, i, span_of(NULL, 0)), i);
    }
    cel_env_add_variable(env, SPAN("self"), cel_type_simple(CEL_TYPE_DYN), 0);
    for (uint32_t i = 0; i < VARIABLES; i++) {
        struct span text = i == 0 ? SPAN("0") : arena_printf(host->plan_arena, "v%u + 1", i - 1);
        assert_int_equal(cel_compile(env, text, host->plan_arena, &issues, &programs[i]),
                         STATUS_OK);
    }
    struct cel_frame *frame = cel_frame_new(slots, 0);
    void *context[2] = {programs, frame};
    struct cel_host self = {.context = context, .load = load_by_running};
    cel_frame_begin(frame, &self, host->event_arena);
    struct value result = cel_run(programs[31], frame);
    assert_int_equal(result.integer, 31);
    cel_frame_begin(frame, &self, host->event_arena);
    result = cel_run(programs[VARIABLES - 1], frame);
    assert_int_equal(result.error, VALUE_ERROR_LIMIT);
    assert_int_equal(cel_compile(env, SPAN("self + 1"), host->plan_arena, &issues, &programs[0]),
                     STATUS_OK);
    cel_frame_begin(frame, &self, host->event_arena);
    result = cel_run(programs[0], frame);
    assert_int_equal(result.error, VALUE_ERROR_LIMIT);
    cel_frame_free(&frame);
}

/* --- what a host is asked, and what memory is taken --- */

static void test_run__slots_are_loaded_once_an_event(void **state)
{
    struct test_host *host = *state;
    struct cel_program *program = test_host_compile(
        host, "new.a > 1 && new.a > 2 && has(new.a) && new.?a.hasValue() && new['a'] > 3");
    test_host_set_images(host, "null", "{\"a\": 5}");
    assert_true(test_host_run(host, program).boolean);
    assert_int_equal(host->loads, 1);
    assert_true(test_host_run(host, program).boolean); /* the next event asks again */
    assert_int_equal(host->loads, 1);
}

static void test_run__loads_only_what_decides(void **state)
{
    struct test_host *host = *state;
    struct cel_program *program = test_host_compile(host, "new.a == 'x' && new.b == 'y'");
    size_t count;
    cel_program_slots(program, &count);
    assert_int_equal(count, 2);
    test_host_set_images(host, "null", "{\"a\": \"no\", \"b\": \"y\"}");
    assert_false(test_host_run(host, program).boolean);
    assert_int_equal(host->loads, 1);
}

static void test_run__scalars_take_no_memory(void **state)
{
    static const char *const expressions[] = {
        "new.status == 'POSTED'",
        "new.price < old.price * 0.9",
        "has(new.price) && has(old.price) && new.price < old.price * 0.9",
        "new.status in ['A', 'B', 'POSTED']",
        "new.price in [1, 2.5, 3]",
        "!new.status.startsWith('X') && new.status.size() == 6",
        "math.abs(new.price - old.price) > old.price * 0.02",
        "new.?price.orValue(1) == 1",
        "new.status.matches('^[A-Z]+$')",
        "new.status == 'X' ? 1 : new.price > 5 ? 2 : 3",
        "new.tags.exists(t, t == 'sale')",
        "new.tags.all(t, t.size() < 10)",
        "glob(new.status, 'P*')",
        "new.none == 1 || new.price > 0",
    };
    struct test_host *host = *state;
    test_host_set_images(host, "{\"price\": 10}",
                         "{\"price\": 8.99, \"status\": \"POSTED\", \"tags\": [\"a\", \"sale\"]}");
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        struct cel_program *program = test_host_compile(host, expressions[i]);
        struct value result = test_host_run(host, program);
        if (result.kind == VALUE_ERROR || arena_used(host->event_arena) != 0) {
            fail_msg("%s: %zu bytes", expressions[i], arena_used(host->event_arena));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run__step_limit, start_small, test_host_stop),
        HOST_TEST(test_run__variables_that_read_variables),
        HOST_TEST(test_run__slots_are_loaded_once_an_event),
        HOST_TEST(test_run__loads_only_what_decides),
        HOST_TEST(test_run__scalars_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
