/* macro_expansion.h: what the files of the macros share. */
#ifndef CEL_MACRO_EXPANSION_H
#define CEL_MACRO_EXPANSION_H

#include "cel/env.h"

/* One call while it is expanded. Expansions return what it stands for, the call itself when it is
 * not theirs, or NULL after an issue. */
struct cel_expansion {
    const struct cel_env *env;
    struct arena *arena;
    struct cel_issues *issues;
    struct cel_node *call;
};

/* An argument of the call; the index is below their number, which the table of macros settled. */
struct cel_node *cel_expansion_argument(const struct cel_expansion *expansion, size_t index);
struct cel_node *cel_expansion_last(const struct cel_expansion *expansion);
/* Reports an argument; NULL. */
struct cel_node *cel_expansion_reject(const struct cel_expansion *expansion,
                                      const struct cel_node *at, const char *message);
/* Whether an argument can name a variable of the macro; else an issue says so. */
bool cel_expansion_variable(const struct cel_expansion *expansion, size_t index);

/* macro_loop.c */
struct cel_node *cel_expand_all(struct cel_expansion *expansion);
struct cel_node *cel_expand_all2(struct cel_expansion *expansion);
struct cel_node *cel_expand_exists(struct cel_expansion *expansion);
struct cel_node *cel_expand_exists2(struct cel_expansion *expansion);
struct cel_node *cel_expand_exists_one(struct cel_expansion *expansion);
struct cel_node *cel_expand_exists_one2(struct cel_expansion *expansion);
struct cel_node *cel_expand_filter(struct cel_expansion *expansion);
struct cel_node *cel_expand_map(struct cel_expansion *expansion);
struct cel_node *cel_expand_transform_entry(struct cel_expansion *expansion);
struct cel_node *cel_expand_sort_by(struct cel_expansion *expansion);
struct cel_node *cel_expand_transform_list(struct cel_expansion *expansion);
struct cel_node *cel_expand_transform_map(struct cel_expansion *expansion);
/* macro_bind.c */
struct cel_node *cel_expand_bind(struct cel_expansion *expansion);
struct cel_node *cel_expand_block(struct cel_expansion *expansion);
struct cel_node *cel_expand_block_index(struct cel_expansion *expansion);
struct cel_node *cel_expand_coalesce(struct cel_expansion *expansion);
struct cel_node *cel_expand_has(struct cel_expansion *expansion);
struct cel_node *cel_expand_iteration_name(struct cel_expansion *expansion);
struct cel_node *cel_expand_opt_flat_map(struct cel_expansion *expansion);
struct cel_node *cel_expand_opt_map(struct cel_expansion *expansion);

#endif
