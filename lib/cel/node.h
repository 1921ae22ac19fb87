/* node.h: how nodes of the tree are made: by the parser, by macros, and by macros of the host. */
#ifndef CEL_NODE_H
#define CEL_NODE_H

#include "cel/ast.h"

/* The deepest tree that is accepted, so that whatever walks it may recurse. */
enum { CEL_HEIGHT_MAX = 250 };

/* Operators are calls by these names; comparisons and arithmetic are "_<_", "_+_" and so on. */
#define CEL_OPERATOR_AND "_&&_"
#define CEL_OPERATOR_OR "_||_"
#define CEL_OPERATOR_CONDITIONAL "_?_:_"
#define CEL_OPERATOR_NOT "!_"
#define CEL_OPERATOR_NEGATE "-_"
#define CEL_OPERATOR_IN "@in"
/* (map, key, value) or (map, {key: value}): the map and one more entry; a key twice is an error. */
#define CEL_FUNCTION_MAP_INSERT "cel.@mapInsert"
/* list.@sortByAssociatedKeys(keys): the list in the order of its keys. */
#define CEL_FUNCTION_SORT_BY "@sortByAssociatedKeys"
/* Names that no expression can write. */
#define CEL_NAME_RESULT "@result"
#define CEL_NAME_UNUSED "@unused"
#define CEL_NAME_TARGET "@target"
#define CEL_NAME_SORTED "@sorted"

/* Every maker places the new node where `at` stands, and all live in `arena`. */
struct cel_node *cel_node_new(struct arena *arena, enum cel_node_kind kind,
                              const struct cel_node *at);
struct cel_node *cel_node_constant(struct arena *arena, const struct cel_node *at,
                                   struct value constant);
struct cel_node *cel_node_ident(struct arena *arena, const struct cel_node *at, struct span name);
/* target.name */
struct cel_node *cel_node_select(struct arena *arena, const struct cel_node *at,
                                 struct cel_node *target, struct span name);
/* What a call is made of; target NULL for a global one. The arguments are copied. */
struct cel_call_parts {
    struct span name;
    struct cel_node *target;
    struct cel_node *const *arguments;
    size_t argument_count;
};
/* Calls, also those that stand for operators; see the names above. */
struct cel_node *cel_node_call(struct arena *arena, const struct cel_node *at,
                               struct cel_call_parts parts);
struct cel_node *cel_node_unary(struct arena *arena, const struct cel_node *at, struct span name,
                                struct cel_node *operand);
struct cel_node *cel_node_binary(struct arena *arena, const struct cel_node *at, struct span name,
                                 struct cel_node *left, struct cel_node *right);
/* condition ? then : otherwise; the parts in this order. */
struct cel_node *cel_node_conditional(struct arena *arena, const struct cel_node *at,
                                      struct cel_node *const parts[3]);
/* A list of one or no element. */
struct cel_node *cel_node_list(struct arena *arena, const struct cel_node *at,
                               struct cel_node *element);
struct cel_node *cel_node_fold(struct arena *arena, const struct cel_node *at,
                               struct cel_comprehension fold);
/* variable = initial in body: a fold over nothing. */
struct cel_node *cel_node_bind(struct arena *arena, const struct cel_node *at, struct span variable,
                               struct cel_node *initial, struct cel_node *body);
/* Whether a comprehension is such a binding and not a loop. */
bool cel_comprehension_is_bind(const struct cel_comprehension *comprehension);

/* Sets the height from the children; to be called when these were changed. */
void cel_node_seal(struct cel_node *node);
/* "a.b.c" when the node is a plain chain of names, else empty. A leading dot is not part of it. */
struct span cel_node_qualified_name(struct arena *arena, const struct cel_node *node);
/* The identifier at the bottom of selections and indexes; NULL when another thing stands there. */
const struct cel_node *cel_node_base_ident(const struct cel_node *node);
bool cel_node_is_call(const struct cel_node *node, struct span name);

#endif
