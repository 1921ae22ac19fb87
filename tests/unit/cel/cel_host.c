#include "cel_host.h"

#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static struct value member_of(const struct value *image, struct span member)
{
    const struct value *found =
        image->kind == VALUE_MAP ? value_map_get(image, member) : NULL;
    return found ? *found : value_failure(VALUE_ERROR_ABSENT, SPAN("no such attribute"));
}

static struct value load(void *context, uint32_t slot, struct arena *arena)
{
    struct test_host *host = context;
    struct cel_slot path = cel_slots_get(host->slots, slot);
    (void)arena;
    if (!host->uncounted) {
        host->loads++;
    }
    if (path.root == HOST_DATA) {
        return host->data;
    }
    if (path.root == HOST_REAL) {
        return (struct value){.kind = VALUE_DOUBLE, .real = host->real};
    }
    const struct value *image = path.root == HOST_OLD ? &host->old_image : &host->new_image;
    return path.member.len ? member_of(image, path.member) : *image;
}

void test_host_init(struct test_host *host, uint32_t steps_max)
{
    *host = (struct test_host){.plan_arena = arena_new(0), .event_arena = arena_new(0)};
    host->slots = cel_slots_new(host->plan_arena);
    host->env = cel_env_new(host->plan_arena, host->slots);
    cel_env_add_record(host->env, SPAN("old"), HOST_OLD);
    cel_env_add_record(host->env, SPAN("new"), HOST_NEW);
    cel_env_add_variable(host->env, SPAN("data"), cel_type_simple(CEL_TYPE_DYN), HOST_DATA);
    cel_env_add_variable(host->env, SPAN("real"), cel_type_simple(CEL_TYPE_DYN), HOST_REAL);
    cel_env_set_limits(host->env, UINT32_MAX, UINT32_MAX);
    host->host = (struct cel_host){.context = host, .load = load};
    host->frame = cel_frame_new(host->slots, steps_max);
    host->compares = steps_max == 0;
}

void test_host_deinit(struct test_host *host)
{
    cel_frame_free(&host->frame);
    arena_free(&host->event_arena);
    arena_free(&host->plan_arena);
}

static struct value read_json(struct test_host *host, const char *json)
{
    struct json_error error;
    struct value value;
    assert_int_equal(
        json_read(span_view(json), JSON_NUMBERS_DECIMAL, host->plan_arena, &error, &value),
        STATUS_OK);
    return value;
}

void test_host_set_images(struct test_host *host, const char *old_json, const char *new_json)
{
    host->old_image = read_json(host, old_json);
    host->new_image = read_json(host, new_json);
}

void test_host_set_data(struct test_host *host, const char *json)
{
    host->data = read_json(host, json);
}

typedef enum status (*compile_fn)(const struct cel_env *env, struct span text,
                                  struct arena *arena, struct cel_issues *issues,
                                  struct cel_program **out);

static struct cel_program *compile(struct test_host *host, const char *text, compile_fn by,
                                   struct cel_issues *issues)
{
    struct cel_program *program = NULL;
    enum status status = by(host->env, span_view(text), host->plan_arena, issues, &program);
    return status == STATUS_OK ? program : NULL;
}

struct cel_program *test_host_compile(struct test_host *host, const char *text)
{
    struct cel_issues issues = cel_issues_in(host->plan_arena);
    struct cel_program *program = compile(host, text, cel_compile, &issues);
    if (!program) {
        fail_msg("%s: %.*s", text, SPAN_ARG(issues.items[0].message));
    }
    return program;
}

struct value test_host_run(struct test_host *host, const struct cel_program *program)
{
    arena_reset(host->event_arena);
    host->loads = 0;
    cel_frame_begin(host->frame, &host->host, host->event_arena);
    return cel_run(program, host->frame);
}

static const char *error_name(enum value_error error)
{
    static const char *const names[] = {
        [VALUE_ERROR_OTHER] = "error",
        [VALUE_ERROR_ABSENT] = "absent",
        [VALUE_ERROR_NO_OVERLOAD] = "no overload",
        [VALUE_ERROR_LIMIT] = "limit",
    };
    return names[error];
}

static const char *evaluate(struct test_host *host, const char *text, compile_fn by)
{
    struct cel_issues issues = cel_issues_in(host->plan_arena);
    struct cel_program *program = compile(host, text, by, &issues);
    if (!program) {
        return "refused";
    }
    struct value value = test_host_run(host, program);
    struct buf out = {0};
    if (value.kind == VALUE_ERROR) {
        return error_name(value.error);
    }
    struct json_writer writer = json_writer_to(&out);
    value_write_json(&value, &writer);
    struct span copy = arena_copy(host->plan_arena, buf_view(&out));
    buf_deinit(&out);
    return copy.ptr;
}

static const char *evaluate_both(struct test_host *host, const char *text, compile_fn by)
{
    const char *result = evaluate(host, text, by);
    if (host->compares) {
        cel_env_set_generic(host->env, true);
        const char *generic = evaluate(host, text, by);
        cel_env_set_generic(host->env, false);
        if (strcmp(result, generic) != 0) {
            fail_msg("%s: %s, but %s by the generic way", text, result, generic);
        }
    }
    return result;
}

const char *test_host_evaluate(struct test_host *host, const char *text)
{
    return evaluate_both(host, text, cel_compile);
}

/* What always fails is refused at load; a row may give the failure of the run without the checker.
 */
static bool is_result(struct test_host *host, const struct test_row *row, const char *result)
{
    return strcmp(result, row->result) == 0 ||
           (strcmp(result, "refused") == 0 &&
            strcmp(evaluate_both(host, row->expression, cel_compile_unchecked), row->result) == 0);
}

void test_host_check_rows(struct test_host *host, const struct test_row *rows, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const char *result = test_host_evaluate(host, rows[i].expression);
        if (!is_result(host, &rows[i], result)) {
            print_error("%s: %s, expected %s\n", rows[i].expression, result, rows[i].result);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

int test_host_start(void **state)
{
    static struct test_host host;
    test_host_init(&host, 0);
    *state = &host;
    return 0;
}

int test_host_stop(void **state)
{
    test_host_deinit(*state);
    return 0;
}
