/* An expression and, after a NUL, the bytes that its variables are made of. Whatever they hold: the
 * same answer twice, the same one without the checker, by special closures and by the generic way,
 * and with a smaller budget the same one or none. */
#include "bindings.h"
#include "fuzz.h"

#include "base/buf.h"
#include "base/check.h"
#include "cel/program.h"

enum { TEXT_MAX = 1024, BUDGET = 20000, BUDGET_SMALL = 100, COST_MAX = 100000 };

enum { ROOT_NEW = 1, ROOT_OLD, ROOT_A, ROOT_B, ROOT_COUNT };

/* The values of the variables, and of those members of the records that expressions name. */
struct bindings {
    const struct cel_slots *slots;
    struct value values[ROOT_COUNT];
};

static struct value load(void *context, uint32_t slot, struct arena *arena)
{
    const struct bindings *bindings = context;
    struct cel_slot path = cel_slots_get(bindings->slots, slot);
    const struct value *whole = &bindings->values[path.root];
    (void)arena;
    if (path.member.len == 0) {
        return *whole;
    }
    const struct value *member =
        whole->kind == VALUE_MAP ? value_map_get(whole, path.member) : NULL;
    return member ? *member : value_failure(VALUE_ERROR_ABSENT, SPAN("no such attribute"));
}

static struct value run(const struct cel_program *program, struct bindings *bindings,
                        uint32_t budget, struct arena *arena)
{
    struct cel_host host = {.context = bindings, .load = load};
    struct cel_frame *frame = cel_frame_new(bindings->slots, budget);
    cel_frame_begin(frame, &host, arena);
    struct value value = cel_run(program, frame);
    cel_frame_free(&frame);
    return value;
}

static struct span text_of(const struct value *value, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    buf_printf(&text, "%s ", value_kind_name(value->kind));
    if (value->kind == VALUE_ERROR) {
        buf_append(&text, value->text);
    } else {
        value_write_json(value, &writer);
    }
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static bool is_limit(const struct value *value)
{
    return value->kind == VALUE_ERROR && value->error == VALUE_ERROR_LIMIT;
}

/* Equal, or one of them met a bound that the other did not. */
static void check_alike(const struct value *a, const struct value *b, struct arena *arena)
{
    check(is_limit(a) || is_limit(b) || span_equals(text_of(a, arena), text_of(b, arena)));
}

static void check_program(const struct cel_program *program, struct bindings *bindings,
                          struct arena *arena, struct value *out)
{
    *out = run(program, bindings, BUDGET, arena);
    struct value again = run(program, bindings, BUDGET, arena);
    struct value hurried = run(program, bindings, BUDGET_SMALL, arena);
    check(span_equals(text_of(out, arena), text_of(&again, arena)));
    check_alike(out, &hurried, arena);
}

static struct cel_env *environment(struct arena *arena, struct cel_slots *slots)
{
    struct cel_env *env = cel_env_new(arena, slots);
    cel_env_add_record(env, SPAN("new"), ROOT_NEW);
    cel_env_add_record(env, SPAN("old"), ROOT_OLD);
    cel_env_add_variable(env, SPAN("a"), cel_type_simple(CEL_TYPE_DYN), ROOT_A);
    cel_env_add_variable(env, SPAN("b"), cel_type_simple(CEL_TYPE_DYN), ROOT_B);
    cel_env_set_limits(env, COST_MAX, 0);
    return env;
}

static struct bindings make_bindings(struct byte_source *source, const struct cel_slots *slots,
                                     struct arena *arena)
{
    struct bindings bindings = {.slots = slots};
    for (size_t i = ROOT_NEW; i < ROOT_COUNT; i++) {
        bindings.values[i] = binding_value(source, arena);
    }
    return bindings;
}

static void evaluate(struct span text, struct byte_source *source, struct arena *arena)
{
    struct cel_slots *slots = cel_slots_new(arena);
    struct cel_env *env = environment(arena, slots);
    struct cel_issues issues = cel_issues_in(arena);
    struct bindings bindings = make_bindings(source, slots, arena);
    struct cel_program *program;
    struct value checked;
    if (cel_compile(env, text, arena, &issues, &program) != STATUS_OK) {
        return;
    }
    check_program(program, &bindings, arena, &checked);
    for (int way = 0; way < 3; way++) {
        struct value other;
        cel_env_set_generic(env, way > 0);
        enum status status = way == 1 ? cel_compile(env, text, arena, &issues, &program)
                                      : cel_compile_unchecked(env, text, arena, &issues, &program);
        check(status == STATUS_OK);
        check_program(program, &bindings, arena, &other);
        check_alike(&checked, &other, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t length = end ? (size_t)(end - data) : size;
    struct byte_source source = {end ? end + 1 : NULL, end ? size - length - 1 : 0};
    struct arena *arena = arena_new(0);
    if (length <= TEXT_MAX) {
        evaluate(span_of((const char *)data, length), &source, arena);
    }
    arena_free(&arena);
    return 0;
}
