/* share_key.h: what tells sub-expressions apart, as bytes. Private to lib/cel. */
#ifndef CEL_SHARE_KEY_H
#define CEL_SHARE_KEY_H

#include "base/buf.h"
#include "cel/env_internal.h"
#include "cel/node.h"

/* Appends its eight bytes. */
void share_key_number(struct buf *key, uint64_t number);
/* All that equal values have in common, and no two unlike ones. */
void share_key_value(struct buf *key, const struct value *value);
/* All of a node but its children: its kind, and what its names mean in this environment. */
void share_key_node(struct buf *key, const struct cel_env *env, const struct cel_node *node);

#endif
