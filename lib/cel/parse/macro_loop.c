/* macro_loop.c: macros that become comprehensions: all, exists, filter, map, transform*. */
#include "cel/parse/macro_expansion.h"
#include "cel/node.h"

static struct cel_node *truth(const struct cel_expansion *expansion, bool value)
{
    return cel_node_constant(expansion->arena, expansion->call, value_bool(value));
}

static struct cel_node *number(const struct cel_expansion *expansion, int64_t value)
{
    return cel_node_constant(expansion->arena, expansion->call, value_int(value));
}

static struct cel_node *result_so_far(const struct cel_expansion *expansion)
{
    return cel_node_ident(expansion->arena, expansion->call, SPAN(CEL_NAME_RESULT));
}

static struct cel_node *combine(const struct cel_expansion *expansion, struct span operation,
                                struct cel_node *left, struct cel_node *right)
{
    return cel_node_binary(expansion->arena, expansion->call, operation, left, right);
}

/* A loop over the receiver with `variables` (1 or 2) in front of the arguments; without its
 * condition and step. False after an issue. */
static bool start_fold(const struct cel_expansion *expansion, size_t variables,
                       struct cel_comprehension *fold)
{
    for (size_t i = 0; i < variables; i++) {
        if (!cel_expansion_variable(expansion, i)) {
            return false;
        }
    }
    *fold = (struct cel_comprehension){
        .variable = cel_expansion_argument(expansion, 0)->name,
        .range = expansion->call->target,
        .accumulator = SPAN(CEL_NAME_RESULT),
        .condition = truth(expansion, true),
        .result = result_so_far(expansion),
    };
    if (variables == 1) {
        return true;
    }
    fold->second_variable = cel_expansion_argument(expansion, 1)->name;
    if (span_equals(fold->variable, fold->second_variable)) {
        cel_expansion_reject(expansion, cel_expansion_argument(expansion, 1),
                             "the two variables need different names");
        return false;
    }
    return true;
}

static struct cel_node *finish_fold(const struct cel_expansion *expansion,
                                    struct cel_comprehension fold)
{
    return cel_node_fold(expansion->arena, expansion->call, fold);
}

static struct cel_node *expand_all_with(struct cel_expansion *expansion, size_t variables)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, variables, &fold)) {
        return NULL;
    }
    fold.initial = truth(expansion, true);
    /* ends at the first element that is not true */
    fold.condition = result_so_far(expansion);
    fold.step = combine(expansion, SPAN(CEL_OPERATOR_AND), result_so_far(expansion),
                        cel_expansion_last(expansion));
    return finish_fold(expansion, fold);
}

static struct cel_node *expand_exists_with(struct cel_expansion *expansion, size_t variables)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, variables, &fold)) {
        return NULL;
    }
    fold.initial = truth(expansion, false);
    /* ends at the first element that is true */
    fold.condition = cel_node_unary(expansion->arena, expansion->call, SPAN(CEL_OPERATOR_NOT),
                                    result_so_far(expansion));
    fold.step = combine(expansion, SPAN(CEL_OPERATOR_OR), result_so_far(expansion),
                        cel_expansion_last(expansion));
    return finish_fold(expansion, fold);
}

/* condition ? step : @result */
static struct cel_node *step_if(const struct cel_expansion *expansion, struct cel_node *condition,
                                struct cel_node *step)
{
    struct cel_node *parts[] = {condition, step, result_so_far(expansion)};
    return cel_node_conditional(expansion->arena, expansion->call, parts);
}

/* Counts, and goes on to the end: an error of a later element is one of the whole. */
static struct cel_node *expand_exists_one_with(struct cel_expansion *expansion, size_t variables)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, variables, &fold)) {
        return NULL;
    }
    struct cel_node *one_more =
        combine(expansion, SPAN("_+_"), result_so_far(expansion), number(expansion, 1));
    fold.initial = number(expansion, 0);
    fold.step = step_if(expansion, cel_expansion_last(expansion), one_more);
    fold.result = combine(expansion, SPAN("_==_"), fold.result, number(expansion, 1));
    return finish_fold(expansion, fold);
}

/* @result + [element] */
static struct cel_node *append(const struct cel_expansion *expansion, struct cel_node *element)
{
    return combine(expansion, SPAN("_+_"), result_so_far(expansion),
                   cel_node_list(expansion->arena, expansion->call, element));
}

/* The optional condition stands between the variables and the last argument. */
static struct cel_node *filtered(const struct cel_expansion *expansion, size_t variables,
                                 struct cel_node *step)
{
    bool filter = expansion->call->argument_count == variables + 2;
    return filter ? step_if(expansion, cel_expansion_argument(expansion, variables), step) : step;
}

/* map and transformList: a list that grows by one value for each element. */
static struct cel_node *expand_list_with(struct cel_expansion *expansion, size_t variables)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, variables, &fold)) {
        return NULL;
    }
    fold.initial = cel_node_list(expansion->arena, expansion->call, NULL);
    fold.step = filtered(expansion, variables, append(expansion, cel_expansion_last(expansion)));
    return finish_fold(expansion, fold);
}

struct cel_node *cel_expand_filter(struct cel_expansion *expansion)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, 1, &fold)) {
        return NULL;
    }
    struct cel_node *element =
        cel_node_ident(expansion->arena, cel_expansion_argument(expansion, 0), fold.variable);
    fold.initial = cel_node_list(expansion->arena, expansion->call, NULL);
    fold.step =
        step_if(expansion, cel_expansion_argument(expansion, 1), append(expansion, element));
    return finish_fold(expansion, fold);
}

/* A map that grows by `parts` of @mapInsert after the map itself. */
static struct cel_node *expand_map_with(struct cel_expansion *expansion, struct cel_node *key)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, 2, &fold)) {
        return NULL;
    }
    struct cel_node *parts[] = {result_so_far(expansion), key ? key : cel_expansion_last(expansion),
                                cel_expansion_last(expansion)};
    struct cel_node *insert = cel_node_call(expansion->arena, expansion->call,
                                            (struct cel_call_parts){
                                                .name = SPAN(CEL_FUNCTION_MAP_INSERT),
                                                .arguments = parts,
                                                .argument_count = key ? 3 : 2,
                                            });
    fold.initial = cel_node_new(expansion->arena, CEL_NODE_MAP, expansion->call);
    fold.step = filtered(expansion, 2, insert);
    return finish_fold(expansion, fold);
}

struct cel_node *cel_expand_all(struct cel_expansion *expansion)
{
    return expand_all_with(expansion, 1);
}

struct cel_node *cel_expand_all2(struct cel_expansion *expansion)
{
    return expand_all_with(expansion, 2);
}

struct cel_node *cel_expand_exists(struct cel_expansion *expansion)
{
    return expand_exists_with(expansion, 1);
}

struct cel_node *cel_expand_exists2(struct cel_expansion *expansion)
{
    return expand_exists_with(expansion, 2);
}

struct cel_node *cel_expand_exists_one(struct cel_expansion *expansion)
{
    return expand_exists_one_with(expansion, 1);
}

struct cel_node *cel_expand_exists_one2(struct cel_expansion *expansion)
{
    return expand_exists_one_with(expansion, 2);
}

struct cel_node *cel_expand_map(struct cel_expansion *expansion)
{
    return expand_list_with(expansion, 1);
}

/* @sorted = receiver in @sorted.@sortByAssociatedKeys(@sorted.map(x, key)) */
struct cel_node *cel_expand_sort_by(struct cel_expansion *expansion)
{
    struct arena *arena = expansion->arena;
    struct cel_node *list = cel_node_ident(arena, expansion->call, SPAN(CEL_NAME_SORTED));
    struct cel_node map = *expansion->call;
    struct cel_expansion keys_expansion = *expansion;
    map.target = cel_node_ident(arena, expansion->call, SPAN(CEL_NAME_SORTED));
    keys_expansion.call = &map;
    struct cel_node *keys = expand_list_with(&keys_expansion, 1);
    if (!keys) {
        return NULL;
    }
    struct cel_node *sorted = cel_node_call(arena, expansion->call,
                                            (struct cel_call_parts){
                                                .name = SPAN(CEL_FUNCTION_SORT_BY),
                                                .target = list,
                                                .arguments = &keys,
                                                .argument_count = 1,
                                            });
    return cel_node_bind(arena, expansion->call, SPAN(CEL_NAME_SORTED), expansion->call->target,
                         sorted);
}

struct cel_node *cel_expand_transform_list(struct cel_expansion *expansion)
{
    return expand_list_with(expansion, 2);
}

struct cel_node *cel_expand_transform_map(struct cel_expansion *expansion)
{
    const struct cel_node *key = cel_expansion_argument(expansion, 0);
    return expand_map_with(expansion, cel_node_ident(expansion->arena, key, key->name));
}

struct cel_node *cel_expand_transform_entry(struct cel_expansion *expansion)
{
    return expand_map_with(expansion, NULL);
}
