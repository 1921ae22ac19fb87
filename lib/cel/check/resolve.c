/* resolve.c: finds the longest declared name in a chain a.b.c, after the scopes of loop
 * variables. */
#include "cel/check/resolve.h"

#include "cel/env_internal.h"
#include "cel/node.h"

/* Variables of the comprehensions around a node, innermost first. */
struct scope {
    struct span name;
    const struct scope *outer;
};

struct resolver {
    const struct cel_env *env;
    struct arena *arena;
};

static void resolve(const struct resolver *resolver, struct cel_node *node,
                    const struct scope *scope);

static bool is_local(const struct cel_node *ident, const struct scope *scope)
{
    for (; scope && !ident->root; scope = scope->outer) {
        if (span_equals(scope->name, ident->name)) {
            return true;
        }
    }
    return false;
}

static bool declared(const struct cel_env *env, struct span name, bool function)
{
    return function ? cel_env_has_function(env, name) : cel_env_find(env, name) != NULL;
}

/* The full name that `name` means; empty when there is none. */
static struct span lookup(const struct resolver *resolver, struct span name, bool root,
                          bool function)
{
    struct span candidate = name;
    if (root) {
        return declared(resolver->env, name, function) ? name : span_of(NULL, 0);
    }
    for (size_t i = 0; cel_env_candidate(resolver->env, resolver->arena, name, &i, &candidate);) {
        if (declared(resolver->env, candidate, function)) {
            return candidate;
        }
    }
    return span_of(NULL, 0);
}

/* The full name of a chain a.b.c that is declared as a whole. */
static struct span lookup_chain(const struct resolver *resolver, const struct cel_node *node,
                                const struct scope *scope, bool function)
{
    struct span name = cel_node_qualified_name(resolver->arena, node);
    const struct cel_node *base = name.len ? cel_node_base_ident(node) : NULL;
    if (!base || is_local(base, scope)) {
        return span_of(NULL, 0);
    }
    return lookup(resolver, name, base->root, function);
}

static void resolve_select(const struct resolver *resolver, struct cel_node *node,
                           const struct scope *scope)
{
    node->resolved = lookup_chain(resolver, node, scope, false);
    if (node->resolved.len == 0) {
        resolve(resolver, node->target, scope);
    }
}

/* optional.of(x): the target is a namespace, not a value. */
static bool resolve_qualified_call(const struct resolver *resolver, struct cel_node *call,
                                   const struct scope *scope)
{
    struct cel_node member = {.kind = CEL_NODE_SELECT, .target = call->target, .name = call->name};
    struct span name = lookup_chain(resolver, &member, scope, true);
    if (name.len == 0) {
        return false;
    }
    call->resolved = name;
    call->target = NULL;
    return true;
}

static void resolve_call(const struct resolver *resolver, struct cel_node *call,
                         const struct scope *scope)
{
    if (!call->target) {
        call->resolved = lookup(resolver, call->name, call->root, true);
    } else if (!resolve_qualified_call(resolver, call, scope)) {
        resolve(resolver, call->target, scope);
        call->resolved = declared(resolver->env, call->name, true) ? call->name : span_of(NULL, 0);
    }
}

static void resolve_fold(const struct resolver *resolver, const struct cel_comprehension *fold,
                         const struct scope *scope)
{
    resolve(resolver, fold->range, scope);
    resolve(resolver, fold->initial, scope);
    struct scope result = {fold->accumulator, scope};
    struct scope first = {fold->variable, &result};
    struct scope second = {fold->second_variable, &first};
    resolve(resolver, fold->condition, &second);
    resolve(resolver, fold->step, &second);
    resolve(resolver, fold->result, &result);
}

static void resolve(const struct resolver *resolver, struct cel_node *node,
                    const struct scope *scope)
{
    if (node->kind == CEL_NODE_IDENT && !is_local(node, scope)) {
        node->resolved = lookup(resolver, node->name, node->root, false);
    } else if (node->kind == CEL_NODE_SELECT) {
        resolve_select(resolver, node, scope);
    } else if (node->kind == CEL_NODE_CALL) {
        resolve_call(resolver, node, scope);
    } else if (node->kind == CEL_NODE_INDEX) {
        resolve(resolver, node->target, scope);
    } else if (node->kind == CEL_NODE_COMPREHENSION) {
        resolve_fold(resolver, node->comprehension, scope);
    }
    for (size_t i = 0; i < node->argument_count; i++) {
        resolve(resolver, node->arguments[i], scope);
    }
}

void cel_resolve(const struct cel_env *env, struct cel_node *tree, struct arena *arena)
{
    struct resolver resolver = {env, arena};
    resolve(&resolver, tree, NULL);
}
