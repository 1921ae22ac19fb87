/* tree_walk.c: recursion, bounded by CEL_HEIGHT_MAX. */
#include "policy/plan/tree_walk.h"

void tree_walk(const struct cel_node *node,
               void (*visit)(void *context, const struct cel_node *node), void *context)
{
    if (!node) {
        return;
    }
    visit(context, node);
    tree_walk(node->target, visit, context);
    for (size_t i = 0; i < node->argument_count; i++) {
        tree_walk(node->arguments[i], visit, context);
    }
    if (node->comprehension) {
        tree_walk(node->comprehension->range, visit, context);
        tree_walk(node->comprehension->initial, visit, context);
        tree_walk(node->comprehension->condition, visit, context);
        tree_walk(node->comprehension->step, visit, context);
        tree_walk(node->comprehension->result, visit, context);
    }
}
