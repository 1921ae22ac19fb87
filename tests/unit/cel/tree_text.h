/* tree_text.h: a tree as one line of text, so that tests can state the tree they expect. */
#ifndef TREE_TEXT_H
#define TREE_TEXT_H

#include "base/buf.h"
#include "cel/ast.h"

/* name, .name (root), "text", (call _+_ 1 2), (select a b), (has a b), (select? a b), (index a 0),
 * (list 1 ?x), (map k v ?k v), (message T f v), (fold ...). */
void tree_text_append(const struct cel_node *node, struct buf *out);

#endif
