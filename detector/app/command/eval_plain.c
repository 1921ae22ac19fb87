/* eval_plain.c: plain CEL on JSON data. */
#include "app/command/eval.h"

#include "cel/program.h"

/* Steps of loops and string scans before an expression is given up. */
enum { STEPS_MAX = 10000000 };

/* Roots of slots: first the bindings in their order, then the variables in theirs. */
struct plain_host {
    const struct eval_question *question;
    size_t binding_count;
    const struct cel_slots *slots;
    struct cel_frame *frame;
    struct cel_program **programs; /* of the variables; NULL: its text is wrong */
    struct span *problems;         /* then: why */
};

static struct value load(void *context, uint32_t slot, struct arena *arena)
{
    const struct plain_host *host = context;
    size_t root = cel_slots_get(host->slots, slot).root;
    (void)arena;
    if (root < host->binding_count) {
        return host->question->bindings.map.entries[root].value;
    }
    size_t variable = root - host->binding_count;
    return host->programs[variable] ? cel_run(host->programs[variable], host->frame)
                                    : value_failure(VALUE_ERROR_OTHER, host->problems[variable]);
}

static void add_bindings(struct cel_env *env, const struct plain_host *host)
{
    for (size_t i = 0; i < host->binding_count; i++) {
        cel_env_add_variable(env, host->question->bindings.map.entries[i].key.text,
                             cel_type_simple(CEL_TYPE_DYN), (uint32_t)i);
    }
}

/* Compiles one variable with the names before it, and gives its name to those behind it. A wrong
 * text is an error only for who uses it. */
static struct cel_env *add_variable(struct cel_env *env, struct plain_host *host, size_t index,
                                    struct arena *arena)
{
    const struct eval_variable *variable = &host->question->variables[index];
    const struct cel_type *type = cel_type_simple(CEL_TYPE_DYN);
    struct cel_issues issues = cel_issues_in(arena);
    if (cel_compile(env, variable->text, arena, &issues, &host->programs[index]) == STATUS_OK) {
        type = cel_program_type(host->programs[index]);
    } else {
        host->problems[index] =
            arena_printf(arena, "variable %.*s: %.*s", SPAN_ARG(variable->name),
                         SPAN_ARG(issues.count ? issues.items[0].message : SPAN("invalid")));
    }
    struct cel_env *extended = cel_env_extend(env, arena);
    uint32_t root = (uint32_t)(host->binding_count + index);
    struct span qualified = arena_printf(arena, "variables.%.*s", SPAN_ARG(variable->name));
    cel_env_add_variable(extended, variable->name, type, root);
    cel_env_add_variable(extended, qualified, type, root);
    return extended;
}

enum status eval_plain(const struct eval_question *question, struct arena *arena,
                       struct cel_issues *issues, struct value *out)
{
    struct cel_slots *slots = cel_slots_new(arena);
    struct cel_env *env = cel_env_new(arena, slots);
    struct plain_host host = {
        .question = question,
        .binding_count =
            question->bindings.kind == VALUE_MAP ? question->bindings.map.count : 0,
        .slots = slots,
        .programs = arena_array(arena, question->variable_count + 1, sizeof *host.programs),
        .problems = arena_array(arena, question->variable_count + 1, sizeof *host.problems),
    };
    struct cel_program *program = NULL;
    cel_env_set_limits(env, UINT32_MAX, UINT32_MAX);
    add_bindings(env, &host);
    for (size_t i = 0; i < question->variable_count; i++) {
        env = add_variable(env, &host, i, arena);
    }
    if (cel_compile(env, question->text, arena, issues, &program) != STATUS_OK) {
        return STATUS_INVALID;
    }
    struct cel_host answers = {.context = &host, .load = load};
    host.frame = cel_frame_new(slots, STEPS_MAX);
    cel_frame_begin(host.frame, &answers, arena);
    struct value result = cel_run(program, host.frame);
    *out = value_copy(arena, &result);
    cel_frame_free(&host.frame);
    return STATUS_OK;
}
