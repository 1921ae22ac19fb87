/* build_loop.c: comprehensions become closures; the shapes that the macros make get faster ones of
 * their own. */
#include "cel/check/cost.h"
#include "cel/run/build.h"

/* --- names of loop variables --- */

/* False when there are too many at once. */
static bool push(struct builder *builder, struct span name, uint32_t *local)
{
    if (builder->scope_count == BUILD_SCOPES_MAX) {
        return false;
    }
    *local = (uint32_t)builder->scope_count;
    builder->scopes[builder->scope_count++] = (struct scope){.name = name};
    if (builder->scope_count > builder->local_count) {
        builder->local_count = (uint32_t)builder->scope_count;
    }
    return true;
}

/* Keeps the local and hides its name. */
static void hide(struct builder *builder, uint32_t local)
{
    builder->scopes[local].name = span_of(NULL, 0);
}

/* --- accumulator + [element] --- */

static bool is_result(const struct cel_node *node)
{
    return node->kind == CEL_NODE_IDENT && span_equals(node->name, SPAN(CEL_NAME_RESULT));
}

/* @result + [element] */
static bool is_append(const struct cel_node *node)
{
    return cel_node_is_call(node, SPAN("_+_")) && is_result(node->arguments[0]) &&
           node->arguments[1]->kind == CEL_NODE_LIST && node->arguments[1]->argument_count == 1 &&
           !node->arguments[1]->optional_flags;
}

/* cond ? accumulator + [element] : accumulator */
static bool is_filtered_append(const struct cel_node *node)
{
    return cel_node_is_call(node, SPAN(CEL_OPERATOR_CONDITIONAL)) &&
           is_append(node->arguments[1]) && is_result(node->arguments[2]);
}

/* Macros name their accumulator so that nobody else can, and start with an empty list. */
static bool grows_own_list(const struct cel_comprehension *fold)
{
    return span_equals(fold->accumulator, SPAN(CEL_NAME_RESULT)) &&
           fold->initial->kind == CEL_NODE_LIST && fold->initial->argument_count == 0;
}

static struct closure *build_append(struct builder *builder, const struct cel_node *node,
                                    uint32_t accumulator)
{
    return closure_append(builder->arena, accumulator,
                          build_node(builder, node->arguments[1]->arguments[0]));
}

/* Growing lists by copies takes steps, which a run that is watched must not run out of sooner. */
static bool loops_generically(const struct builder *builder)
{
    return builder->generic && !builder->watch;
}

static struct closure *build_step(struct builder *builder, const struct cel_comprehension *fold,
                                  uint32_t accumulator)
{
    const struct cel_node *step = fold->step;
    if (loops_generically(builder)) {
        return build_node(builder, step);
    }
    if (grows_own_list(fold) && is_append(step)) {
        return build_append(builder, step, accumulator);
    }
    if (grows_own_list(fold) && is_filtered_append(step)) {
        return closure_choice(builder->arena, build_node(builder, step->arguments[0]),
                              build_append(builder, step->arguments[1], accumulator),
                              closure_local(builder->arena, accumulator));
    }
    return build_node(builder, step);
}

/* --- exists and all --- */

static bool is_bool(const struct cel_node *node, bool wanted)
{
    return node->kind == CEL_NODE_CONSTANT && node->constant.kind == VALUE_BOOL &&
           node->constant.boolean == wanted;
}

/* By the macro's own names: @result || predicate from false on, @result && predicate from true on,
 * while nothing is decided. TRUTH_ERROR: another loop. */
enum truth build_loop_decider(const struct cel_comprehension *fold)
{
    bool exists = cel_node_is_call(fold->step, SPAN(CEL_OPERATOR_OR)) &&
                  is_bool(fold->initial, false) &&
                  cel_node_is_call(fold->condition, SPAN(CEL_OPERATOR_NOT)) &&
                  is_result(fold->condition->arguments[0]);
    bool all = cel_node_is_call(fold->step, SPAN(CEL_OPERATOR_AND)) &&
               is_bool(fold->initial, true) && is_result(fold->condition);
    bool plain = span_equals(fold->accumulator, SPAN(CEL_NAME_RESULT)) && is_result(fold->result);
    if (!plain || !(exists || all) || !is_result(fold->step->arguments[0])) {
        return TRUTH_ERROR;
    }
    return exists ? TRUTH_TRUE : TRUTH_FALSE;
}

/* --- comprehensions --- */

static struct closure *too_many(struct builder *builder, const struct cel_node *node)
{
    cel_issue_add(builder->issues, false, node->offset, node->length, span_of(NULL, 0),
                  "more than %d loop variables at once", BUILD_SCOPES_MAX);
    return build_failure(builder, VALUE_ERROR_LIMIT, "too many loop variables%.*s",
                         span_of("", 0));
}

static struct closure *build_bind(struct builder *builder, const struct cel_node *node)
{
    const struct cel_comprehension *fold = node->comprehension;
    uint32_t local;
    builder->forgiving++; /* the body need not read it */
    const struct closure *initial = build_node(builder, fold->initial);
    builder->forgiving--;
    if (!push(builder, fold->accumulator, &local)) {
        return too_many(builder, node);
    }
    builder->scopes[local].attribute = initial->attribute;
    builder->scopes[local].exact = initial->constant ? initial->exact : NULL;
    if (builder->watch) {
        initial = builder->watch->bound(builder->watch, local, initial);
    }
    const struct closure *body = build_node(builder, fold->result);
    builder->scope_count--;
    return closure_bind(builder->arena, local, initial, body);
}

/* [0.9, 0.8].exists(rate, ...): the variable's elements are literals, and exact where they meet a
 * decimal: a second variable beside it holds them so. */
static bool push_exact(struct builder *builder, struct loop *loop)
{
    const struct closure *exact = loop->range->constant ? loop->range->exact : NULL;
    loop->exact_items = NULL;
    if (!exact || !exact->constant || loop->has_second) {
        return true;
    }
    if (!push(builder, span_of(NULL, 0), &loop->exact_variable)) {
        return false;
    }
    loop->exact_items = exact->constant->list.items;
    builder->scopes[loop->variable].exact = closure_local(builder->arena, loop->exact_variable);
    return true;
}

static bool push_variables(struct builder *builder, const struct cel_comprehension *fold,
                           struct loop *loop)
{
    loop->has_second = fold->second_variable.len > 0;
    if (!push(builder, fold->accumulator, &loop->accumulator) ||
        !push(builder, fold->variable, &loop->variable) ||
        (loop->has_second && !push(builder, fold->second_variable, &loop->second_variable))) {
        return false;
    }
    builder->scopes[loop->variable].attribute = loop->range->attribute;
    if (loop->has_second) {
        builder->scopes[loop->second_variable].attribute = loop->range->attribute;
    }
    return push_exact(builder, loop);
}

static const struct closure *watched(const struct builder *builder, const struct cel_node *node,
                                     const struct loop *loop, const struct closure *body)
{
    return builder->watch ? builder->watch->body(builder->watch, node, loop, body) : body;
}

/* condition, step and result, and how they run. */
static struct closure *build_body(struct builder *builder, const struct cel_node *node,
                                  struct loop *loop)
{
    const struct cel_comprehension *fold = node->comprehension;
    enum truth decider = loops_generically(builder) ? TRUTH_ERROR : build_loop_decider(fold);
    if (decider != TRUTH_ERROR) {
        loop->step = watched(builder, node, loop, build_node(builder, fold->step->arguments[1]));
        return closure_quantifier(builder->arena, loop, decider);
    }
    loop->condition = build_node(builder, fold->condition);
    loop->step = watched(builder, node, loop, build_step(builder, fold, loop->accumulator));
    /* the result sees the accumulator alone */
    hide(builder, loop->variable);
    if (loop->has_second) {
        hide(builder, loop->second_variable);
    }
    loop->result = build_node(builder, fold->result);
    return closure_loop(builder->arena, loop);
}

/* 1 for the element, and the static cost of what is done with it. */
static uint32_t steps_of_round(const struct builder *builder, const struct cel_comprehension *fold)
{
    uint64_t steps = 1 + (uint64_t)cel_cost_once(builder->env, fold->condition) +
                     cel_cost_once(builder->env, fold->step);
    return steps > UINT32_MAX ? UINT32_MAX : (uint32_t)steps;
}

struct closure *build_loop(struct builder *builder, const struct cel_node *node)
{
    const struct cel_comprehension *fold = node->comprehension;
    size_t scope_count = builder->scope_count;
    struct loop loop;
    if (cel_comprehension_is_bind(fold)) {
        return build_bind(builder, node);
    }
    loop.range = build_node(builder, fold->range);
    loop.round_steps = steps_of_round(builder, fold);
    builder->forgiving++; /* there may be no element */
    loop.initial = build_node(builder, fold->initial);
    struct closure *closure = push_variables(builder, fold, &loop)
                                  ? build_body(builder, node, &loop)
                                  : too_many(builder, node);
    builder->forgiving--;
    builder->scope_count = scope_count;
    return closure;
}
