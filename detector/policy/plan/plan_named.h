/* plan_named.h: definitions and variables: expressions with names, which may read each other. */
#ifndef POLICY_PLAN_NAMED_H
#define POLICY_PLAN_NAMED_H

#include "policy/plan/plan_builder.h"

/* In one scope: definitions of a set, variables of a policy. And how deep they may read each other,
 * definitions that variables read included: they run inside each other, and all of them inside a
 * condition; a frame runs 32 programs inside each other. */
enum { NAMED_COUNT_MAX = 1024, NAMED_DEPTH_MAX = 31 };

struct named_expression {
    struct span name;
    const struct yaml_node *name_node;
    struct expression expression;
};

struct named_scope {
    const char *record;  /* "defs", "variables" */
    uint32_t root;
    struct cel_env *env; /* all names are declared; gets their types */
    struct named_expression *items;
    size_t count;
};

/* Compiles all expressions of a scope, those first that others read, and remembers them as programs
 * of slots. Circles are reported with their chain. `context` has the scope's environment. */
void plan_named_compile(struct plan_builder *builder, const struct expression_context *context,
                        struct named_scope *scope);

/* How deep a program reads definitions and variables: 0 where it reads none. */
uint32_t plan_named_depth(const struct plan_builder *builder, const struct cel_program *program);

#endif
