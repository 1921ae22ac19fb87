/* Expressions of any text: read, checked, compiled both ways, run against a change of two
 * attributes. Besides crashes it looks for issues that point outside of the text, corrections that
 * are no expressions, and programs that do not give the same answer twice. */
#include "fuzz.h"

#include "base/check.h"
#include "cel/explain/trace.h"
#include "cel/parse/parser.h"
#include "cel/program.h"

enum { TEXT_MAX = 4096, STEPS_MAX = 20000, COST_MAX = 1000000, ROOT_NEW = 1, ROOT_OP = 2 };

static struct value load(void *context, uint32_t slot, struct arena *arena)
{
    const struct cel_slots *slots = context;
    struct cel_slot path = cel_slots_get(slots, slot);
    struct decimal price = {.low = 995, .exponent = -2};
    (void)arena;
    if (path.root == ROOT_OP) {
        return value_string(SPAN("MODIFY"));
    }
    if (span_equals(path.member, SPAN("price"))) {
        return value_decimal(price);
    }
    return span_equals(path.member, SPAN("name"))
               ? value_string(SPAN("A1"))
               : value_failure(VALUE_ERROR_ABSENT, SPAN("no such attribute"));
}

/* Corrections are whole expressions; other hints are sentences. */
static bool is_correction(const struct cel_issue *issue)
{
    return issue->warning && !span_starts_with(issue->hint, SPAN("write ")) &&
           !span_ends_with(issue->hint, SPAN("...")) && issue->hint.len > 0;
}

static void check_issues(const struct cel_env *env, struct span text, struct arena *arena,
                         const struct cel_issues *issues)
{
    for (size_t i = 0; i < issues->count; i++) {
        const struct cel_issue *issue = &issues->items[i];
        struct cel_issues none = cel_issues_in(arena);
        struct cel_node *tree;
        check((size_t)issue->offset + issue->length <= text.len);
        check(issue->message.len > 0);
        check(!is_correction(issue) ||
              cel_parse(env, issue->hint, arena, &none, &tree) == STATUS_OK);
    }
}

static struct span text_of(const struct value *value, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    if (value->kind == VALUE_ERROR) {
        buf_append(&text, value->text);
    } else {
        value_write_json(value, &writer);
    }
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static struct span answer(const struct cel_program *program, struct cel_frame *frame,
                          const struct cel_host *host, struct arena *arena)
{
    cel_frame_begin(frame, host, arena);
    struct value value = cel_run(program, frame);
    struct cel_truth truth = cel_program_truth(program);
    check(value.kind != VALUE_BOOL || (value.boolean ? truth.may_be_true : truth.may_be_false));
    return text_of(&value, arena);
}

/* The same, explained: every row lies inside of the text. */
static struct span traced(const struct cel_program *program, struct cel_frame *frame,
                          const struct cel_host *host, struct arena *arena)
{
    struct cel_tracer *tracer = cel_tracer_new(program, NULL, arena);
    cel_frame_begin(frame, host, arena);
    struct cel_trace trace = cel_tracer_run(tracer, frame, arena);
    for (size_t i = 0; i < trace.count; i++) {
        const struct cel_trace_row *row = &trace.rows[i];
        check(row->length > 0 &&
              (size_t)row->offset + row->length <= cel_program_text(program).len);
    }
    return text_of(&trace.value, arena);
}

static void run(const struct cel_program *program, struct cel_slots *slots, struct arena *arena)
{
    struct cel_host host = {.context = slots, .load = load};
    struct cel_frame *frame = cel_frame_new(slots, STEPS_MAX);
    struct span first = answer(program, frame, &host, arena);
    struct span second = answer(program, frame, &host, arena);
    check(span_equals(first, second));
    check(span_equals(first, traced(program, frame, &host, arena)));
    cel_frame_free(&frame);
}

static struct cel_env *environment(struct arena *arena, struct cel_slots *slots)
{
    static const struct span words[] = {{"INSERT", 6}, {"MODIFY", 6}};
    static const struct cel_values operations = {.items = words, .count = 2};
    struct cel_env *env = cel_env_new(arena, slots);
    cel_env_set_values(env, ROOT_OP, &operations);
    cel_env_add_record(env, SPAN("new"), ROOT_NEW);
    cel_env_add_member(env, ROOT_NEW, SPAN("price"), cel_type_simple(CEL_TYPE_DECIMAL));
    cel_env_add_variable(env, SPAN("op"), cel_type_simple(CEL_TYPE_STRING), ROOT_OP);
    cel_env_set_limits(env, COST_MAX, 0);
    return env;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of((const char *)data, size < TEXT_MAX ? size : TEXT_MAX);
    struct arena *arena = arena_new(0);
    struct cel_slots *slots = cel_slots_new(arena);
    struct cel_env *env = environment(arena, slots);
    struct cel_issues issues = cel_issues_in(arena);
    struct cel_program *program;
    if (cel_compile(env, text, arena, &issues, &program) == STATUS_OK) {
        run(program, slots, arena);
    } else {
        check(issues.errors > 0);
    }
    check_issues(env, text, arena, &issues);
    if (cel_compile_unchecked(env, text, arena, &issues, &program) == STATUS_OK) {
        run(program, slots, arena);
    }
    arena_free(&arena);
    return 0;
}
