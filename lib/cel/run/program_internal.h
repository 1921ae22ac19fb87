/* program_internal.h: what a program is. Private to lib/cel. */
#ifndef CEL_PROGRAM_INTERNAL_H
#define CEL_PROGRAM_INTERNAL_H

#include "cel/run/closure.h"

struct build_watch;

struct cel_program {
    const struct closure *root;
    uint32_t local_count; /* loop variables that are alive at once */
    const struct cel_node *tree;
    const struct cel_env *env; /* for twins of the program; not read when it runs */
    struct span text;
    const struct cel_type *type;
    struct cel_truth truth;
    uint32_t cost;
    uint32_t *slots; /* each once, in the order of first use */
    size_t slot_count;
};

/* tree -> closures. Sets root, local_count and slots of *program. Where a call or name means
 * nothing the program fails when it gets there; what can be told beforehand goes to issues.
 * watch: sees each closure, may be NULL. */
MUST_USE enum status program_build(const struct cel_env *env, const struct cel_node *tree,
                                   struct arena *arena, struct cel_issues *issues,
                                   struct build_watch *watch, struct cel_program *program);

#endif
