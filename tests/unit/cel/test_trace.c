/* Traces against tests/unit/cel/traces.txt: an expression, then its rows as they are expected. */
#include "cel_host.h"

#include "cel/explain/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define CASES "tests/unit/cel/traces.txt"

static int start(void **state)
{
    static struct test_host host;
    test_host_init(&host, 0);
    test_host_set_images(&host,
                         "{\"price\": 10, \"name\": \"A1\", \"flag\": true, "
                         "\"card\": {\"number\": \"4111\"}}",
                         "{\"price\": 9, \"name\": \"A1\", \"flag\": false, \"zero\": 0, "
                         "\"tags\": [\"new\", \"sale\", \"red\", \"blue\"], "
                         "\"lines\": [{\"q\": 1}, {\"q\": -2}, {\"q\": -3}, {\"r\": 1}], "
                         "\"card\": {\"number\": \"4111\", \"owner\": {\"name\": \"Ada\"}}}");
    cel_env_add_constant(host.env, SPAN("limit"), &(struct value){.kind = VALUE_INT, .integer = 5});
    *state = &host;
    return 0;
}

static int stop(void **state)
{
    test_host_deinit(*state);
    return 0;
}

static void append_value(struct buf *out, const struct value *value)
{
    struct json_writer writer = json_writer_to(out);
    if (value->kind == VALUE_ERROR) {
        buf_printf(out, "error: %.*s", SPAN_ARG(value->text));
    } else {
        value_write_json(value, &writer);
    }
}

static void append_row(struct buf *out, const struct cel_trace_row *row, struct span text)
{
    buf_printf(out, "%s%*s", row->decides ? "> " : "  ", (int)row->depth * 2, "");
    if (row->kind == CEL_TRACE_ELEMENT) {
        buf_printf(out, "[%zu of %zu] %.*s = ", row->index, row->count, SPAN_ARG(row->names[0]));
        append_value(out, &row->value);
        if (row->names[1].len) {
            buf_printf(out, ", %.*s = ", SPAN_ARG(row->names[1]));
            append_value(out, &row->second);
        }
    } else {
        buf_printf(out, "%.*s = ", (int)row->length, text.ptr + row->offset);
        if (row->state == CEL_TRACE_NOT_REACHED) {
            buf_append(out, SPAN("not reached"));
        } else {
            append_value(out, &row->value);
        }
    }
    if (row->concealed) {
        buf_append(out, SPAN(" (secret"));
        for (size_t i = 0; i < row->path_length; i++) {
            buf_printf(out, " .%.*s", SPAN_ARG(row->path[i]));
        }
        buf_append(out, row->slot == CEL_TRACE_NO_SLOT ? SPAN(")") : SPAN(" of a slot)"));
    }
    buf_append_char(out, '\n');
}

static struct cel_trace trace(struct test_host *host, const struct cel_program *program,
                              const struct cel_trace_secrets *secrets)
{
    struct cel_tracer *tracer = cel_tracer_new(program, secrets, host->plan_arena);
    arena_reset(host->event_arena);
    cel_frame_begin(host->frame, &host->host, host->event_arena);
    return cel_tracer_run(tracer, host->frame, host->event_arena);
}

/* What a program gives and what its trace gives. */
static void check_same(struct test_host *host, const struct cel_program *program,
                       const char *expression, const struct cel_trace *traced)
{
    struct buf got = {0};
    struct buf wanted = {0};
    append_value(&got, &traced->value);
    struct value value = test_host_run(host, program);
    append_value(&wanted, &value);
    if (!span_equals(buf_view(&got), buf_view(&wanted))) {
        fail_msg("%s: traced %.*s, run %.*s", expression, SPAN_ARG(buf_view(&got)),
                 SPAN_ARG(buf_view(&wanted)));
    }
    buf_deinit(&got);
    buf_deinit(&wanted);
}

/* secrets: old.card holds what may not be shown. */
static bool conceals(const void *context, uint32_t slot)
{
    const struct test_host *host = context;
    struct cel_slot path = cel_slots_get(host->slots, slot);
    bool card = path.member.len == 0 || span_equals(path.member, SPAN("card"));
    return path.root == HOST_OLD && card;
}

static bool check_case(struct test_host *host, const char *expression, struct span expected)
{
    struct cel_trace_secrets secrets = {.conceals = conceals, .context = host};
    struct cel_program *program = test_host_compile(host, expression);
    struct cel_trace traced = trace(host, program, &secrets);
    struct buf text = {0};
    for (size_t i = 0; i < traced.count; i++) {
        append_row(&text, &traced.rows[i], cel_program_text(program));
    }
    bool same = span_equals(buf_view(&text), expected);
    if (!same) {
        fprintf(stderr, "? %s\ngot:\n%.*sexpected:\n%.*s", expression, SPAN_ARG(buf_view(&text)),
                    SPAN_ARG(expected));
    }
    buf_deinit(&text);
    check_same(host, program, expression, &traced);
    return same;
}

/* Reads "? expression" and the lines up to an empty one; false at the end. */
static bool read_case(FILE *file, struct buf *expression, struct buf *rows)
{
    char line[1024];
    buf_clear(expression);
    buf_clear(rows);
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '?') {
            buf_append(expression, span_trim(span_view(line + 1)));
        } else if (line[0] == '\n' && expression->len) {
            return true;
        } else if (expression->len) {
            buf_append(rows, span_view(line));
        }
    }
    return expression->len > 0;
}

static void test_trace__cases(void **state)
{
    FILE *file = fopen(CASES, "r");
    assert_non_null(file);
    struct buf expression = {0};
    struct buf rows = {0};
    size_t wrong = 0;
    size_t count = 0;
    while (read_case(file, &expression, &rows)) {
        wrong += !check_case(*state, expression.ptr, buf_view(&rows));
        count++;
    }
    fclose(file);
    buf_deinit(&expression);
    buf_deinit(&rows);
    assert_int_equal(wrong, 0);
    assert_true(count > 20);
}

/* A tracer may run again and again: nothing of the run before is left. */
static void test_trace__again(void **state)
{
    struct test_host *host = *state;
    struct cel_program *program =
        test_host_compile(host, "new.tags.exists(t, t == 'sale' && old.name == 'A1')");
    struct cel_tracer *tracer = cel_tracer_new(program, NULL, host->plan_arena);
    size_t counts[3];
    for (size_t i = 0; i < 3; i++) {
        arena_reset(host->event_arena);
        cel_frame_begin(host->frame, &host->host, host->event_arena);
        struct cel_trace traced = cel_tracer_run(tracer, host->frame, host->event_arena);
        counts[i] = traced.count;
        assert_int_equal(traced.value.kind, VALUE_BOOL);
        assert_true(traced.value.boolean);
        assert_int_equal(traced.rows[2].index, 1);
    }
    assert_int_equal(counts[0], counts[1]);
    assert_int_equal(counts[0], counts[2]);
}

static struct span numbers(struct test_host *host, int count)
{
    struct buf text = {0};
    buf_append_char(&text, '[');
    for (int i = 0; i < count; i++) {
        buf_printf(&text, "%s%d", i ? "," : "", i);
    }
    buf_append_char(&text, ']');
    struct span copy = arena_copy(host->plan_arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

/* Loops in loops keep few elements, however many they look at. */
static void test_trace__bounded(void **state)
{
    struct test_host *host = *state;
    test_host_set_data(host, numbers(host, 15).ptr);
    struct cel_program *program = test_host_compile(
        host, "data.all(a, data.all(b, [1, 2].map(c, a + b + c).size() == 2))");
    struct cel_trace traced = trace(host, program, NULL);
    assert_int_equal(traced.value.kind, VALUE_BOOL);
    assert_true(traced.value.boolean);
    assert_false(traced.cut);
    assert_true(traced.count < 200);
    assert_true(arena_used(host->event_arena) < 16 * 1024 * 1024);
}

/* Constants that programs compute once, and traces in each run, take no steps from what it does:
 * both run out of them, or neither. */
static void test_trace__runs_out_when_the_program_does(void **state)
{
    struct test_host *host = *state;
    test_host_set_data(host, numbers(host, 150).ptr);
    struct span constant = arena_printf(host->plan_arena, "%s.all(a, %s.all(b, a + b >= 0))",
                                        numbers(host, 30).ptr, numbers(host, 15).ptr);
    const struct {
        const char *inner;
        enum value_kind kind;
    } rows[] = {{constant.ptr, VALUE_BOOL},
                {"data.all(a, [1, 2, 3, 4, 5].all(b, a + b + d >= 0))", VALUE_ERROR}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span text =
            arena_printf(host->plan_arena, "data.all(d, d >= 0 && %s)", rows[i].inner);
        struct cel_program *program = test_host_compile(host, text.ptr);
        struct cel_trace traced = trace(host, program, NULL);
        assert_int_equal(traced.value.kind, rows[i].kind);
        check_same(host, program, text.ptr, &traced);
    }
}

static void test_trace__rows_have_an_end(void **state)
{
    struct test_host *host = *state;
    struct buf text = {0};
    for (int i = 0; i < 600; i++) {
        buf_printf(&text, "%snew.price == %d", i ? " || " : "", i + 100);
    }
    struct cel_program *program = test_host_compile(host, text.ptr);
    struct cel_trace traced = trace(host, program, NULL);
    assert_true(traced.cut);
    assert_int_equal(traced.count, CEL_TRACE_ROWS_MAX);
    assert_int_equal(traced.value.kind, VALUE_BOOL);
    assert_false(traced.value.boolean);
    buf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_trace__cases, start, stop),
        cmocka_unit_test_setup_teardown(test_trace__again, start, stop),
        cmocka_unit_test_setup_teardown(test_trace__bounded, start, stop),
        cmocka_unit_test_setup_teardown(test_trace__runs_out_when_the_program_does, start, stop),
        cmocka_unit_test_setup_teardown(test_trace__rows_have_an_end, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
