/* program.c: the steps of compiling (parse, resolve, check, build), and the way into a run. */
#include "cel/program.h"

#include "base/check.h"
#include "cel/check/checker.h"
#include "cel/check/cost.h"
#include "cel/check/guard.h"
#include "cel/env_internal.h"
#include "cel/parse/parser.h"
#include "cel/run/program_internal.h"
#include "cel/check/resolve.h"
#include "cel/run/values.h"

/* Types, bounds, and warnings of what may be absent and of what is always so. */
static enum status check_tree(const struct cel_env *env, struct span text, struct cel_node *tree,
                              struct arena *arena, struct cel_issues *issues,
                              struct cel_truth *truth)
{
    if (cel_check(env, tree, arena, issues) != STATUS_OK) {
        return STATUS_INVALID;
    }
    cel_warn_unguarded(env, text, tree, arena, issues);
    *truth = cel_warn_constant(env, text, tree, arena, issues);
    return cel_check_bounds(env, tree, issues) == STATUS_OK ? STATUS_OK : STATUS_INVALID;
}

/* Whether the tree names a constant of the host, which another installation may set otherwise. */
static bool names_constant(const struct cel_env *env, const struct cel_node *node)
{
    const struct cel_declaration *declaration =
        node->resolved.len && node->kind != CEL_NODE_CALL ? cel_env_find(env, node->resolved)
                                                          : NULL;
    bool found = declaration && declaration->kind == CEL_DECLARATION_CONSTANT &&
                 declaration->constant.kind != VALUE_TYPE;
    const struct cel_comprehension *fold = node->comprehension;
    for (size_t i = 0; i < node->argument_count && !found; i++) {
        found = names_constant(env, node->arguments[i]);
    }
    return found || (node->target && names_constant(env, node->target)) ||
           (fold && (names_constant(env, fold->range) || names_constant(env, fold->initial) ||
                     names_constant(env, fold->condition) || names_constant(env, fold->step) ||
                     names_constant(env, fold->result)));
}

/* What was folded to a constant is that constant. */
static void narrow_truth(const struct cel_env *env, struct cel_program *program)
{
    const struct value *constant = program->root->constant;
    if (constant && constant->kind == VALUE_BOOL && !names_constant(env, program->tree)) {
        program->truth.may_be_true &= constant->boolean;
        program->truth.may_be_false &= !constant->boolean;
    }
}

static enum status compile(const struct cel_env *env, struct span text, bool checked,
                           struct arena *arena, struct cel_issues *issues,
                           struct cel_program **out)
{
    struct cel_program *program = arena_alloc(arena, sizeof *program);
    struct cel_node *tree;
    struct span kept = arena_copy(arena, text);
    size_t errors = issues->errors;
    program->truth = (struct cel_truth){true, true};
    enum status status = cel_parse(env, kept, arena, issues, &tree);
    if (status == STATUS_OK) {
        cel_resolve(env, tree, arena);
        status = checked ? check_tree(env, kept, tree, arena, issues, &program->truth)
                         : STATUS_OK;
    }
    if (status != STATUS_OK || issues->errors > errors) {
        return STATUS_INVALID;
    }
    program->tree = tree;
    program->env = env;
    program->arena = arena;
    program->text = kept;
    program->type = checked ? tree->type : cel_type_simple(CEL_TYPE_DYN);
    program->cost = cel_cost(env, tree);
    status = program_build(program, NULL, NULL, issues);
    if (status == STATUS_OK) {
        narrow_truth(env, program);
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

/* What it was built of was good once, and is again. */
static void build_again(struct cel_program *program, const struct share *share)
{
    struct arena *scratch = arena_new(0);
    struct cel_issues issues = cel_issues_in(scratch);
    check(program_build(program, share, NULL, &issues) == STATUS_OK);
    arena_free(&scratch);
}

void cel_programs_share(struct cel_slots *slots, struct cel_program *const *programs, size_t count)
{
    struct arena *scratch = arena_new(0);
    struct share *share = share_new(scratch);
    for (size_t i = 0; i < count; i++) {
        if (!cel_env_generic(programs[i]->env)) {
            share_count(share, programs[i]->env, programs[i]->tree);
        }
    }
    uint32_t first = (uint32_t)cel_slots_size(slots).memos;
    cel_slots_add_memos(slots, share_number(share, first));
    for (size_t i = 0; i < count; i++) {
        if (share_any(share, programs[i]->tree)) {
            build_again(programs[i], share);
        }
    }
    arena_free(&scratch);
}

const struct cel_type *cel_program_type(const struct cel_program *program)
{
    return program->type;
}

struct cel_truth cel_program_truth(const struct cel_program *program)
{
    return program->truth;
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
