/* version.h: what makes two policies the same: hashes of their canonical text. Order of keys,
 * quotes, comments and layout do not count. */
#ifndef POLICY_VERSION_H
#define POLICY_VERSION_H

#include "base/buf.h"
#include "policy/yaml/yaml_tree.h"

/* Writes a node as one line of JSON, keys sorted, but for the top-level keys in `without`, a list
 * that ends in NULL (NULL: none). */
void version_write_node(const struct yaml_node *node, const char *const *without,
                        struct arena *scratch, struct buf *out);
/* Writes a value in the same way. */
void version_write_value(const struct value *value, struct buf *out);

/* Keys that change neither what matches nor how findings are gathered. An edited title keeps its
 * windows; so does a new number of the author's own version. */
extern const char *const version_stateless_keys[];
/* The same, and those that say only how findings are told, which a correlation over them does not
 * see. */
extern const char *const version_unfound_keys[];

/* Whether some scalar of the node holds the name, as a whole word or within other text. It errs on
 * the side of yes: a version that changes too often is safe, one that does not change is not. */
bool version_mentions(const struct yaml_node *node, struct span name);

#endif
