/* extent.h: which bytes of an expression a part of its tree stands on. */
#ifndef CEL_EXTENT_H
#define CEL_EXTENT_H

#include "cel/ast.h"

struct cel_extent {
    size_t start;
    size_t end;
};

/* The bytes that the nodes of a subtree stand on; the brackets around and behind them are no
 * nodes. */
struct cel_extent cel_extent_of(struct span text, const struct cel_node *node);
/* Where the subtree starts, with the brackets that belong to it and a leading dot. */
size_t cel_extent_start(struct span text, const struct cel_node *node, struct arena *arena);

/* The text with other bytes in the place of these; it may hold any byte, NUL too. */
struct span cel_extent_replace(struct span text, struct cel_extent extent, struct span by,
                               struct arena *arena);

#endif
