/* tree_walk.h: every node of an expression's tree, parents first. */
#ifndef POLICY_TREE_WALK_H
#define POLICY_TREE_WALK_H

#include "cel/ast.h"

/* node may be NULL. Recursion is bounded by the height that the parser accepts. */
void tree_walk(const struct cel_node *node,
               void (*visit)(void *context, const struct cel_node *node), void *context);

#endif
