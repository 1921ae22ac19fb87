#include "cel/program.h"

#include "cel/parser.h"
#include "cel/program_internal.h"
#include "cel/resolve.h"
#include "cel/values.h"

static enum status compile(const struct cel_env *env, struct span text, struct arena *arena,
                           struct cel_issues *issues, struct cel_program **out)
{
    struct cel_program *program = arena_alloc(arena, sizeof *program);
    struct cel_node *tree;
    enum status status = cel_parse(env, arena_copy(arena, text), arena, issues, &tree);
    if (status != STATUS_OK) {
        return status;
    }
    cel_resolve(env, tree, arena);
    program->tree = tree;
    program->type = cel_type_simple(CEL_TYPE_DYN);
    status = program_build(env, tree, arena, issues, program);
    if (status == STATUS_OK) {
        *out = program;
    }
    return status;
}

enum status cel_compile(const struct cel_env *env, struct span text, struct arena *arena,
                        struct cel_issues *issues, struct cel_program **out)
{
    return compile(env, text, arena, issues, out);
}

enum status cel_compile_unchecked(const struct cel_env *env, struct span text, struct arena *arena,
                                  struct cel_issues *issues, struct cel_program **out)
{
    return compile(env, text, arena, issues, out);
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
