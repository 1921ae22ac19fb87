/* share.h: equal sub-expressions of many programs, found by hash-consing: nodes of their trees that
 * mean the same, whatever their text, are one entry of a table. Private to lib/cel. */
#ifndef CEL_SHARE_H
#define CEL_SHARE_H

#include "cel/env_internal.h"
#include "cel/node.h"

struct share;

/* An empty table in `arena`. */
struct share *share_new(struct arena *arena);
/* Counts the sub-expressions of a checked or resolved tree; node->shared tells their entries. */
void share_count(struct share *share, const struct cel_env *env, struct cel_node *tree);
/* After all is counted: numbers from `first` on for what is computed twice or more and costs more
 * than a comparison. Returns how many numbers were given. */
uint32_t share_number(struct share *share, uint32_t first);
/* The number of a counted node; false when it has none. */
bool share_memo(const struct share *share, const struct cel_node *node, uint32_t *memo);
/* Whether any node of a counted tree has one. */
bool share_any(const struct share *share, const struct cel_node *tree);

#endif
