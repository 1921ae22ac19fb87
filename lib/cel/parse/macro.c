/* macro.c: one table of macros by name and number of arguments. A macro of the host hides ours of
 * the same name. */
#include "cel/parse/macro.h"

#include "cel/env_internal.h"
#include "cel/parse/macro_expansion.h"
#include "cel/node.h"

enum { ANY_COUNT = 0 };

struct macro {
    const char *name;
    bool receiver;
    size_t argument_count; /* ANY_COUNT: one or more */
    struct cel_node *(*expand)(struct cel_expansion *expansion);
    const char *usage;
};

struct cel_node *cel_expansion_argument(const struct cel_expansion *expansion, size_t index)
{
    return expansion->call->arguments[index];
}

struct cel_node *cel_expansion_last(const struct cel_expansion *expansion)
{
    return cel_expansion_argument(expansion, expansion->call->argument_count - 1);
}

struct cel_node *cel_expansion_reject(const struct cel_expansion *expansion,
                                      const struct cel_node *at, const char *message)
{
    cel_issue_add(expansion->issues, false, at->offset, at->length,
                  cel_macro_usage(expansion->call->name), "%s", message);
    return NULL;
}

bool cel_expansion_variable(const struct cel_expansion *expansion, size_t index)
{
    const struct cel_node *node = cel_expansion_argument(expansion, index);
    if (node->kind == CEL_NODE_IDENT && !node->root) {
        return true;
    }
    cel_expansion_reject(expansion, node, "this must be a plain name: the variable of the macro");
    return false;
}

/* The first row of a name says how all of that name are written. */
static const struct macro MACROS[] = {
    {"has", false, 1, cel_expand_has, "write has(new.price), or has(new.`unit-price`)"},
    {"all", true, 2, cel_expand_all, "write list.all(x, condition), or list.all(i, x, condition)"},
    {"all", true, 3, cel_expand_all2, NULL},
    {"exists", true, 2, cel_expand_exists,
     "write list.exists(x, condition), or list.exists(i, x, condition)"},
    {"exists", true, 3, cel_expand_exists2, NULL},
    {"exists_one", true, 2, cel_expand_exists_one,
     "write list.exists_one(x, condition), or list.exists_one(i, x, condition)"},
    {"exists_one", true, 3, cel_expand_exists_one2, NULL},
    {"existsOne", true, 2, cel_expand_exists_one,
     "write list.existsOne(x, condition), or list.existsOne(i, x, condition)"},
    {"existsOne", true, 3, cel_expand_exists_one2, NULL},
    {"map", true, 2, cel_expand_map, "write list.map(x, value), or list.map(x, condition, value)"},
    {"map", true, 3, cel_expand_map, NULL},
    {"filter", true, 2, cel_expand_filter, "write list.filter(x, condition)"},
    {"sortBy", true, 2, cel_expand_sort_by, "write list.sortBy(x, key)"},
    {"transformList", true, 3, cel_expand_transform_list,
     "write list.transformList(i, x, value), or (i, x, condition, value)"},
    {"transformList", true, 4, cel_expand_transform_list, NULL},
    {"transformMap", true, 3, cel_expand_transform_map,
     "write map.transformMap(k, v, value), or (k, v, condition, value)"},
    {"transformMap", true, 4, cel_expand_transform_map, NULL},
    {"transformMapEntry", true, 3, cel_expand_transform_entry,
     "write map.transformMapEntry(k, v, {key: value})"},
    {"transformMapEntry", true, 4, cel_expand_transform_entry, NULL},
    {"bind", true, 3, cel_expand_bind, "write cel.bind(name, value, expression)"},
    {"block", true, 2, cel_expand_block, "write cel.block([a, b], result)"},
    {"index", true, 1, cel_expand_block_index, NULL},
    {"iterVar", true, 2, cel_expand_iteration_name, NULL},
    {"optMap", true, 2, cel_expand_opt_map, "write optional.optMap(x, value)"},
    {"optFlatMap", true, 2, cel_expand_opt_flat_map,
     "write optional.optFlatMap(x, optional value)"},
    {"coalesce", false, ANY_COUNT, cel_expand_coalesce, "write coalesce(a, b, ...)"},
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

const char *cel_macro_name(size_t index)
{
    return index < MACRO_COUNT ? MACROS[index].name : NULL;
}

static bool is_call_of(const struct cel_node *call, const struct macro *macro)
{
    return (call->target != NULL) == macro->receiver &&
           span_equals(call->name, span_view(macro->name)) &&
           (macro->argument_count == ANY_COUNT ? call->argument_count > 0
                                               : call->argument_count == macro->argument_count);
}

static struct cel_node *expand_host_macro(const struct cel_expansion *expansion,
                                          const struct cel_macro *macro)
{
    size_t errors = expansion->issues->errors;
    struct cel_node *node =
        macro->expand(macro->context, expansion->arena, expansion->call, expansion->issues);
    if (expansion->issues->errors > errors) {
        /* of any type, so that what else is wrong can still be said */
        return cel_node_constant(expansion->arena, expansion->call,
                                 value_failure(VALUE_ERROR_OTHER, SPAN("a macro failed")));
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
    struct cel_expansion expansion = {env, arena, issues, call};
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
