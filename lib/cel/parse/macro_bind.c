/* macro_bind.c: macros that name a value, or ask for one that may be absent. */
#include "cel/env_internal.h"
#include "cel/parse/macro_expansion.h"
#include "cel/node.h"

struct cel_node *cel_expand_has(struct cel_expansion *expansion)
{
    struct cel_node *selection = cel_expansion_argument(expansion, 0);
    if (selection->kind != CEL_NODE_SELECT || selection->test_only || selection->optional) {
        return cel_expansion_reject(expansion, selection, "has() takes one selection");
    }
    struct cel_node *test = cel_node_new(expansion->arena, CEL_NODE_SELECT, selection);
    *test = *selection;
    test->test_only = true;
    return test;
}

/* a.b.c['d'] becomes a.?b.?c[?'d'], down to a name that is declared as a whole. */
static void make_optional(const struct cel_expansion *expansion, struct cel_node *node)
{
    while ((node->kind == CEL_NODE_SELECT && !node->test_only) || node->kind == CEL_NODE_INDEX) {
        struct span name = cel_node_qualified_name(expansion->arena, node);
        if (name.len && cel_env_find(expansion->env, name)) {
            return;
        }
        node->optional = true;
        node = node->target;
    }
}

struct cel_node *cel_expand_coalesce(struct cel_expansion *expansion)
{
    for (size_t i = 0; i < expansion->call->argument_count; i++) {
        make_optional(expansion, cel_expansion_argument(expansion, i));
    }
    return expansion->call;
}

static struct cel_node *qualified_call(const struct cel_expansion *expansion, struct span space,
                                       struct span name, struct cel_node *only)
{
    return cel_node_call(expansion->arena, expansion->call,
                         (struct cel_call_parts){
                             .name = name,
                             .target = cel_node_ident(expansion->arena, expansion->call, space),
                             .arguments = &only,
                             .argument_count = only ? 1 : 0,
                         });
}

/* Binds the receiver once, so that a chain of these stays as long as it is written:
 * @target = receiver in @target.hasValue() ? (variable = @target.value() in body) : none */
static struct cel_node *expand_optional_map(struct cel_expansion *expansion, bool wrap)
{
    if (!cel_expansion_variable(expansion, 0)) {
        return NULL;
    }
    struct span target = SPAN(CEL_NAME_TARGET);
    struct cel_node *value = qualified_call(expansion, target, SPAN("value"), NULL);
    struct cel_node *body = cel_node_bind(expansion->arena, expansion->call,
                                          cel_expansion_argument(expansion, 0)->name, value,
                                          cel_expansion_argument(expansion, 1));
    struct cel_node *parts[] = {
        qualified_call(expansion, target, SPAN("hasValue"), NULL),
        wrap ? qualified_call(expansion, SPAN("optional"), SPAN("of"), body) : body,
        qualified_call(expansion, SPAN("optional"), SPAN("none"), NULL),
    };
    return cel_node_bind(expansion->arena, expansion->call, target, expansion->call->target,
                         cel_node_conditional(expansion->arena, expansion->call, parts));
}

struct cel_node *cel_expand_opt_map(struct cel_expansion *expansion)
{
    return expand_optional_map(expansion, true);
}

struct cel_node *cel_expand_opt_flat_map(struct cel_expansion *expansion)
{
    return expand_optional_map(expansion, false);
}

/* Whether the call is written cel.name(...). */
static bool is_of_cel(const struct cel_expansion *expansion)
{
    const struct cel_node *space = expansion->call->target;
    return space->kind == CEL_NODE_IDENT && span_equals(space->name, SPAN("cel"));
}

struct cel_node *cel_expand_bind(struct cel_expansion *expansion)
{
    if (!is_of_cel(expansion)) {
        return expansion->call;
    }
    if (!cel_expansion_variable(expansion, 0)) {
        return NULL;
    }
    return cel_node_bind(
        expansion->arena, expansion->call, cel_expansion_argument(expansion, 0)->name,
        cel_expansion_argument(expansion, 1), cel_expansion_argument(expansion, 2));
}

static bool is_whole_number(const struct cel_node *node)
{
    return node->kind == CEL_NODE_CONSTANT && node->constant.kind == VALUE_INT &&
           node->constant.integer >= 0;
}

/* The hidden name of a value of cel.block. */
static struct span block_name(const struct cel_expansion *expansion, size_t index)
{
    return arena_printf(expansion->arena, "@index%zu", index);
}

/* cel.block([a, b, c], result): a is cel.index(0) in b, c and the result, and so on. */
struct cel_node *cel_expand_block(struct cel_expansion *expansion)
{
    const struct cel_node *values = cel_expansion_argument(expansion, 0);
    struct cel_node *body = cel_expansion_argument(expansion, 1);
    if (!is_of_cel(expansion)) {
        return expansion->call;
    }
    if (values->kind != CEL_NODE_LIST || values->optional_flags) {
        return cel_expansion_reject(expansion, values,
                                    "cel.block() takes a list that is written out");
    }
    for (size_t i = values->argument_count; i-- > 0;) {
        body = cel_node_bind(expansion->arena, expansion->call, block_name(expansion, i),
                             values->arguments[i], body);
    }
    return body;
}

struct cel_node *cel_expand_block_index(struct cel_expansion *expansion)
{
    if (!is_of_cel(expansion)) {
        return expansion->call;
    }
    if (!is_whole_number(cel_expansion_argument(expansion, 0))) {
        return cel_expansion_reject(expansion, cel_expansion_argument(expansion, 0),
                                    "cel.index() takes a number from 0 on");
    }
    size_t index = (size_t)cel_expansion_argument(expansion, 0)->constant.integer;
    return cel_node_ident(expansion->arena, expansion->call, block_name(expansion, index));
}

/* cel.iterVar(depth, index): a hidden name for the variable of a macro. */
struct cel_node *cel_expand_iteration_name(struct cel_expansion *expansion)
{
    if (!is_of_cel(expansion)) {
        return expansion->call;
    }
    for (size_t i = 0; i < 2; i++) {
        if (!is_whole_number(cel_expansion_argument(expansion, i))) {
            return cel_expansion_reject(expansion, cel_expansion_argument(expansion, i),
                                        "cel.iterVar() takes two numbers");
        }
    }
    struct span name =
        arena_printf(expansion->arena, "@variable%lld:%lld",
                     (long long)cel_expansion_argument(expansion, 0)->constant.integer,
                     (long long)cel_expansion_argument(expansion, 1)->constant.integer);
    return cel_node_ident(expansion->arena, expansion->call, name);
}
