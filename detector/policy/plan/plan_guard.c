/* plan_guard.c: looks for has(...) in the condition and declares what it asks for. */
#include "policy/plan/plan_guard.h"

#include "policy/plan/plan_env.h"
#include "policy/plan/tree_walk.h"

static void trust(void *context, const struct cel_node *node)
{
    struct cel_env *env = context;
    enum plan_root root;
    bool asked = node->kind == CEL_NODE_SELECT && node->test_only;
    if (asked && node->target->kind == CEL_NODE_IDENT && plan_env_root(node->target->name, &root)) {
        cel_env_trust_member(env, root, node->name);
    }
}

struct cel_env *plan_guard_env(const struct cel_env *env, const struct cel_program *condition,
                               struct arena *arena)
{
    struct cel_env *trusting = cel_env_extend(env, arena);
    if (condition) {
        tree_walk(cel_program_tree(condition), trust, trusting);
    }
    return trusting;
}
