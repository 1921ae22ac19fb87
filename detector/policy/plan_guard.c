#include "policy/plan_guard.h"

#include "policy/plan_env.h"

static void trust(struct cel_env *env, const struct cel_node *node)
{
    enum plan_root root;
    if (node->target->kind == CEL_NODE_IDENT && plan_env_root(node->target->name, &root)) {
        cel_env_add_member(env, root, node->name, cel_type_simple(CEL_TYPE_DYN));
    }
}

/* Recursion is bounded by the height of trees. */
static void walk(struct cel_env *env, const struct cel_node *node)
{
    if (!node) {
        return;
    }
    if (node->kind == CEL_NODE_SELECT && node->test_only) {
        trust(env, node);
    }
    walk(env, node->target);
    for (size_t i = 0; i < node->argument_count; i++) {
        walk(env, node->arguments[i]);
    }
}

struct cel_env *plan_guard_env(const struct cel_env *env, const struct cel_program *condition,
                               struct arena *arena)
{
    struct cel_env *trusting = cel_env_extend(env, arena);
    if (condition) {
        walk(trusting, cel_program_tree(condition));
    }
    return trusting;
}
