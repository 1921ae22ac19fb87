#include "cel/macro.h"

#include "cel/env_internal.h"
#include "cel/node.h"

enum { ANY_COUNT = 0 };

/* One call while it is expanded. */
struct expansion {
    const struct cel_env *env;
    struct arena *arena;
    struct cel_issues *issues;
    struct cel_node *call;
};

struct macro {
    const char *name;
    bool receiver;
    size_t argument_count; /* ANY_COUNT: one or more */
    struct cel_node *(*expand)(struct expansion *expansion);
    const char *usage;
};

static struct cel_node *argument(const struct expansion *expansion, size_t index)
{
    return expansion->call->arguments[index];
}

static struct cel_node *last_argument(const struct expansion *expansion)
{
    return argument(expansion, expansion->call->argument_count - 1);
}

static struct cel_node *truth(const struct expansion *expansion, bool value)
{
    return cel_node_constant(expansion->arena, expansion->call, value_bool(value));
}

static struct cel_node *number(const struct expansion *expansion, int64_t value)
{
    return cel_node_constant(expansion->arena, expansion->call, value_int(value));
}

static struct cel_node *result_so_far(const struct expansion *expansion)
{
    return cel_node_ident(expansion->arena, expansion->call, SPAN(CEL_NAME_RESULT));
}

static struct cel_node *combine(const struct expansion *expansion, struct span operation,
                                struct cel_node *left, struct cel_node *right)
{
    return cel_node_binary(expansion->arena, expansion->call, operation, left, right);
}

static struct cel_node *reject(const struct expansion *expansion, const struct cel_node *at,
                               const char *message)
{
    cel_issue_add(expansion->issues, false, at->offset, at->length,
                  cel_macro_usage(expansion->call->name), "%s", message);
    return NULL;
}

/* Whether an argument can name a variable of the macro. */
static bool is_variable(const struct expansion *expansion, size_t index)
{
    const struct cel_node *node = argument(expansion, index);
    if (node->kind == CEL_NODE_IDENT && !node->root) {
        return true;
    }
    reject(expansion, node, "this must be a plain name: the variable of the macro");
    return false;
}

/* A loop over the receiver with `variables` (1 or 2) in front of the arguments; without its
 * condition and step. False after an issue. */
static bool start_fold(const struct expansion *expansion, size_t variables,
                       struct cel_comprehension *fold)
{
    for (size_t i = 0; i < variables; i++) {
        if (!is_variable(expansion, i)) {
            return false;
        }
    }
    *fold = (struct cel_comprehension){
        .variable = argument(expansion, 0)->name,
        .range = expansion->call->target,
        .accumulator = SPAN(CEL_NAME_RESULT),
        .condition = truth(expansion, true),
        .result = result_so_far(expansion),
    };
    if (variables == 1) {
        return true;
    }
    fold->second_variable = argument(expansion, 1)->name;
    if (span_equals(fold->variable, fold->second_variable)) {
        reject(expansion, argument(expansion, 1), "the two variables need different names");
        return false;
    }
    return true;
}

static struct cel_node *finish_fold(const struct expansion *expansion,
                                    struct cel_comprehension fold)
{
    return cel_node_fold(expansion->arena, expansion->call, fold);
}

static struct cel_node *expand_all_with(struct expansion *expansion, size_t variables)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, variables, &fold)) {
        return NULL;
    }
    fold.initial = truth(expansion, true);
    fold.condition = result_so_far(expansion);
    fold.step = combine(expansion, SPAN(CEL_OPERATOR_AND), result_so_far(expansion),
                        last_argument(expansion));
    return finish_fold(expansion, fold);
}

static struct cel_node *expand_exists_with(struct expansion *expansion, size_t variables)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, variables, &fold)) {
        return NULL;
    }
    fold.initial = truth(expansion, false);
    fold.condition = cel_node_unary(expansion->arena, expansion->call, SPAN(CEL_OPERATOR_NOT),
                                    result_so_far(expansion));
    fold.step = combine(expansion, SPAN(CEL_OPERATOR_OR), result_so_far(expansion),
                        last_argument(expansion));
    return finish_fold(expansion, fold);
}

/* condition ? step : @result */
static struct cel_node *step_if(const struct expansion *expansion, struct cel_node *condition,
                                struct cel_node *step)
{
    struct cel_node *parts[] = {condition, step, result_so_far(expansion)};
    return cel_node_conditional(expansion->arena, expansion->call, parts);
}

static struct cel_node *expand_exists_one_with(struct expansion *expansion, size_t variables)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, variables, &fold)) {
        return NULL;
    }
    struct cel_node *one_more =
        combine(expansion, SPAN("_+_"), result_so_far(expansion), number(expansion, 1));
    fold.initial = number(expansion, 0);
    fold.step = step_if(expansion, last_argument(expansion), one_more);
    fold.result = combine(expansion, SPAN("_==_"), fold.result, number(expansion, 1));
    return finish_fold(expansion, fold);
}

/* @result + [element] */
static struct cel_node *append(const struct expansion *expansion, struct cel_node *element)
{
    return combine(expansion, SPAN("_+_"), result_so_far(expansion),
                   cel_node_list(expansion->arena, expansion->call, element));
}

/* The optional condition stands between the variables and the last argument. */
static struct cel_node *filtered(const struct expansion *expansion, size_t variables,
                                 struct cel_node *step)
{
    bool filter = expansion->call->argument_count == variables + 2;
    return filter ? step_if(expansion, argument(expansion, variables), step) : step;
}

static struct cel_node *expand_list_with(struct expansion *expansion, size_t variables)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, variables, &fold)) {
        return NULL;
    }
    fold.initial = cel_node_list(expansion->arena, expansion->call, NULL);
    fold.step = filtered(expansion, variables, append(expansion, last_argument(expansion)));
    return finish_fold(expansion, fold);
}

static struct cel_node *expand_filter(struct expansion *expansion)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, 1, &fold)) {
        return NULL;
    }
    struct cel_node *element =
        cel_node_ident(expansion->arena, argument(expansion, 0), fold.variable);
    fold.initial = cel_node_list(expansion->arena, expansion->call, NULL);
    fold.step = step_if(expansion, argument(expansion, 1), append(expansion, element));
    return finish_fold(expansion, fold);
}

/* A map that grows by `parts` of @mapInsert after the map itself. */
static struct cel_node *expand_map_with(struct expansion *expansion, struct cel_node *key)
{
    struct cel_comprehension fold;
    if (!start_fold(expansion, 2, &fold)) {
        return NULL;
    }
    struct cel_node *parts[] = {result_so_far(expansion), key ? key : last_argument(expansion),
                                last_argument(expansion)};
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

static struct cel_node *expand_all(struct expansion *expansion)
{
    return expand_all_with(expansion, 1);
}

static struct cel_node *expand_all2(struct expansion *expansion)
{
    return expand_all_with(expansion, 2);
}

static struct cel_node *expand_exists(struct expansion *expansion)
{
    return expand_exists_with(expansion, 1);
}

static struct cel_node *expand_exists2(struct expansion *expansion)
{
    return expand_exists_with(expansion, 2);
}

static struct cel_node *expand_exists_one(struct expansion *expansion)
{
    return expand_exists_one_with(expansion, 1);
}

static struct cel_node *expand_exists_one2(struct expansion *expansion)
{
    return expand_exists_one_with(expansion, 2);
}

static struct cel_node *expand_map(struct expansion *expansion)
{
    return expand_list_with(expansion, 1);
}

static struct cel_node *expand_transform_list(struct expansion *expansion)
{
    return expand_list_with(expansion, 2);
}

static struct cel_node *expand_transform_map(struct expansion *expansion)
{
    const struct cel_node *key = argument(expansion, 0);
    return expand_map_with(expansion, cel_node_ident(expansion->arena, key, key->name));
}

static struct cel_node *expand_transform_entry(struct expansion *expansion)
{
    return expand_map_with(expansion, NULL);
}

static struct cel_node *expand_has(struct expansion *expansion)
{
    struct cel_node *selection = argument(expansion, 0);
    if (selection->kind != CEL_NODE_SELECT || selection->test_only || selection->optional) {
        return reject(expansion, selection, "has() takes one selection");
    }
    struct cel_node *test = cel_node_new(expansion->arena, CEL_NODE_SELECT, selection);
    *test = *selection;
    test->test_only = true;
    return test;
}

static struct cel_node *expand_bind(struct expansion *expansion)
{
    const struct cel_node *space = expansion->call->target;
    if (space->kind != CEL_NODE_IDENT || !span_equals(space->name, SPAN("cel"))) {
        return expansion->call;
    }
    if (!is_variable(expansion, 0)) {
        return NULL;
    }
    return cel_node_bind(expansion->arena, expansion->call, argument(expansion, 0)->name,
                         argument(expansion, 1), argument(expansion, 2));
}

static struct cel_node *qualified_call(const struct expansion *expansion, struct span space,
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
static struct cel_node *expand_optional_map(struct expansion *expansion, bool wrap)
{
    if (!is_variable(expansion, 0)) {
        return NULL;
    }
    struct span target = SPAN(CEL_NAME_TARGET);
    struct cel_node *value = qualified_call(expansion, target, SPAN("value"), NULL);
    struct cel_node *body = cel_node_bind(expansion->arena, expansion->call,
                                          argument(expansion, 0)->name, value,
                                          argument(expansion, 1));
    struct cel_node *parts[] = {
        qualified_call(expansion, target, SPAN("hasValue"), NULL),
        wrap ? qualified_call(expansion, SPAN("optional"), SPAN("of"), body) : body,
        qualified_call(expansion, SPAN("optional"), SPAN("none"), NULL),
    };
    return cel_node_bind(expansion->arena, expansion->call, target, expansion->call->target,
                         cel_node_conditional(expansion->arena, expansion->call, parts));
}

static struct cel_node *expand_opt_map(struct expansion *expansion)
{
    return expand_optional_map(expansion, true);
}

static struct cel_node *expand_opt_flat_map(struct expansion *expansion)
{
    return expand_optional_map(expansion, false);
}

/* a.b.c['d'] becomes a.?b.?c[?'d'], down to a name that is declared as a whole. */
static void make_optional(const struct expansion *expansion, struct cel_node *node)
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

static struct cel_node *expand_coalesce(struct expansion *expansion)
{
    for (size_t i = 0; i < expansion->call->argument_count; i++) {
        make_optional(expansion, argument(expansion, i));
    }
    return expansion->call;
}

/* The first row of a name says how all of that name are written. */
static const struct macro MACROS[] = {
    {"has", false, 1, expand_has, "write has(new.price); for a key that is no name: 'a-b' in new"},
    {"all", true, 2, expand_all, "write list.all(x, condition), or list.all(i, x, condition)"},
    {"all", true, 3, expand_all2, NULL},
    {"exists", true, 2, expand_exists,
     "write list.exists(x, condition), or list.exists(i, x, condition)"},
    {"exists", true, 3, expand_exists2, NULL},
    {"exists_one", true, 2, expand_exists_one, "write list.exists_one(x, condition)"},
    {"existsOne", true, 2, expand_exists_one,
     "write list.existsOne(x, condition), or list.existsOne(i, x, condition)"},
    {"existsOne", true, 3, expand_exists_one2, NULL},
    {"map", true, 2, expand_map, "write list.map(x, value), or list.map(x, condition, value)"},
    {"map", true, 3, expand_map, NULL},
    {"filter", true, 2, expand_filter, "write list.filter(x, condition)"},
    {"transformList", true, 3, expand_transform_list,
     "write list.transformList(i, x, value), or (i, x, condition, value)"},
    {"transformList", true, 4, expand_transform_list, NULL},
    {"transformMap", true, 3, expand_transform_map,
     "write map.transformMap(k, v, value), or (k, v, condition, value)"},
    {"transformMap", true, 4, expand_transform_map, NULL},
    {"transformMapEntry", true, 3, expand_transform_entry,
     "write map.transformMapEntry(k, v, {key: value})"},
    {"transformMapEntry", true, 4, expand_transform_entry, NULL},
    {"bind", true, 3, expand_bind, "write cel.bind(name, value, expression)"},
    {"optMap", true, 2, expand_opt_map, "write optional.optMap(x, value)"},
    {"optFlatMap", true, 2, expand_opt_flat_map, "write optional.optFlatMap(x, optional value)"},
    {"coalesce", false, ANY_COUNT, expand_coalesce, "write coalesce(a, b, ...)"},
};

enum { MACRO_COUNT = sizeof MACROS / sizeof *MACROS };

struct span cel_macro_usage(struct span name)
{
    for (size_t i = 0; i < MACRO_COUNT; i++) {
        if (span_equals(span_view(MACROS[i].name), name)) {
            return span_view(MACROS[i].usage);
        }
    }
    return span_of(NULL, 0);
}

static bool is_call_of(const struct cel_node *call, const struct macro *macro)
{
    return (call->target != NULL) == macro->receiver &&
           span_equals(call->name, span_view(macro->name)) &&
           (macro->argument_count == ANY_COUNT ? call->argument_count > 0
                                               : call->argument_count == macro->argument_count);
}

static struct cel_node *expand_host_macro(const struct expansion *expansion,
                                          const struct cel_macro *macro)
{
    size_t errors = expansion->issues->errors;
    struct cel_node *node =
        macro->expand(macro->context, expansion->arena, expansion->call, expansion->issues);
    if (expansion->issues->errors > errors) {
        return NULL;
    }
    if (node) {
        cel_node_seal(node);
    }
    return node ? node : expansion->call;
}

struct cel_node *cel_macro_expand(const struct cel_env *env, struct arena *arena,
                                  struct cel_issues *issues, struct cel_node *call)
{
    if (!cel_env_macros_enabled(env)) {
        return call;
    }
    struct expansion expansion = {env, arena, issues, call};
    const struct cel_macro *host = call->target ? NULL : cel_env_macro(env, call->name);
    if (host) {
        return expand_host_macro(&expansion, host);
    }
    for (size_t i = 0; i < MACRO_COUNT; i++) {
        if (is_call_of(call, &MACROS[i])) {
            return MACROS[i].expand(&expansion);
        }
    }
    return call;
}
