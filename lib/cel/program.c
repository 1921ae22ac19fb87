/* program.c: the steps of compiling (parse, resolve, check, build), and the way into a run. */
#include "cel/program.h"

#include "cel/check/checker.h"
#include "cel/check/cost.h"
#include "cel/check/guard.h"
#include "cel/parse/parser.h"
#include "cel/run/program_internal.h"
#include "cel/check/resolve.h"
#include "cel/run/values.h"

/* Types, bounds, and warnings of what may be absent. */
static enum status check_tree(const struct cel_env *env, struct span text, struct cel_node *tree,
                              struct arena *arena, struct cel_issues *issues)
{
    if (cel_check(env, tree, arena, issues) != STATUS_OK) {
        return STATUS_INVALID;
    }
    cel_warn_unguarded(env, text, tree, arena, issues);
    return cel_check_bounds(env, tree, issues) == STATUS_OK ? STATUS_OK : STATUS_INVALID;
}

static enum status compile(const struct cel_env *env, struct span text, bool checked,
                           struct arena *arena, struct cel_issues *issues,
                           struct cel_program **out)
{
    struct cel_program *program = arena_alloc(arena, sizeof *program);
    struct cel_node *tree;
    struct span kept = arena_copy(arena, text);
    size_t errors = issues->errors;
    enum status status = cel_parse(env, kept, arena, issues, &tree);
    if (status == STATUS_OK) {
        cel_resolve(env, tree, arena);
        status = checked ? check_tree(env, kept, tree, arena, issues) : STATUS_OK;
    }
    if (status != STATUS_OK || issues->errors > errors) {
        return STATUS_INVALID;
    }
    program->tree = tree;
    program->env = env;
    program->text = kept;
    program->type = checked ? tree->type : cel_type_simple(CEL_TYPE_DYN);
    program->cost = cel_cost(env, tree);
    status = program_build(env, tree, arena, issues, NULL, program);
    if (status == STATUS_OK) {
        *out = program;
    }
    return status;
}

enum status cel_compile(const struct cel_env *env, struct span text, struct arena *arena,
                        struct cel_issues *issues, struct cel_program **out)
{
    return compile(env, text, true, arena, issues, out);
}

enum status cel_compile_unchecked(const struct cel_env *env, struct span text, struct arena *arena,
                                  struct cel_issues *issues, struct cel_program **out)
{
    return compile(env, text, false, arena, issues, out);
}

const struct cel_type *cel_program_type(const struct cel_program *program)
{
    return program->type;
}

uint32_t cel_program_cost(const struct cel_program *program)
{
    return program->cost;
}

const uint32_t *cel_program_slots(const struct cel_program *program, size_t *count)
{
    *count = program->slot_count;
    return program->slots;
}

const struct cel_node *cel_program_tree(const struct cel_program *program)
{
    return program->tree;
}

struct span cel_program_text(const struct cel_program *program)
{
    return program->text;
}

static bool enter(const struct cel_program *program, struct cel_frame *frame)
{
    if (frame->depth >= FRAME_DEPTH_MAX ||
        frame->locals_used + program->local_count > FRAME_LOCALS_MAX) {
        return false;
    }
    if (frame->depth == 0) {
        frame->steps_left = frame->steps_max;
    }
    frame->depth++;
    frame->locals = frame->local_values + frame->locals_used;
    frame->locals_used += program->local_count;
    return true;
}

static void leave(const struct cel_program *program, struct cel_frame *frame,
                  struct value *caller_locals)
{
    frame->locals_used -= program->local_count;
    frame->locals = caller_locals;
    frame->depth--;
}

struct value cel_run(const struct cel_program *program, struct cel_frame *frame)
{
    struct value *caller_locals = frame->locals;
    if (!enter(program, frame)) {
        return value_failure(VALUE_ERROR_LIMIT, SPAN("variables read each other too deeply"));
    }
    struct value result;
    closure_store(program->root, frame, &result);
    leave(program, frame, caller_locals);
    return result;
}
