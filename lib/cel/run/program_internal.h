/* program_internal.h: what a program is. Private to lib/cel. */
#ifndef CEL_PROGRAM_INTERNAL_H
#define CEL_PROGRAM_INTERNAL_H

#include "cel/env_internal.h"
#include "cel/run/closure.h"
#include "cel/run/share.h"

struct build_watch;

struct cel_program {
    const struct closure *root;
    uint32_t local_count; /* loop variables that are alive at once */
    struct cel_node *tree;
    const struct cel_env *env; /* for building and twins alone: not read when it runs */
    struct arena *arena;
    struct span text;
    const struct cel_type *type;
    struct cel_truth truth;
    uint32_t cost;
    uint32_t *slots; /* each once, in the order of first use */
    size_t slot_count;
};

/* tree -> closures, in the program's arena, by its tree and environment. Sets root, local_count and
 * slots of *program. Where a call or name means nothing the program fails when it gets there; what
 * can be told beforehand goes to issues. share: numbers what gets a memo, NULL: nothing does.
 * watch: sees each closure, may be NULL. */
MUST_USE enum status program_build(struct cel_program *program, const struct share *share,
                                   struct build_watch *watch, struct cel_issues *issues);

#endif
