/* build.h: from tree to closures; the parts that the builder's files share. Private to lib/cel. */
#ifndef CEL_BUILD_H
#define CEL_BUILD_H

#include "cel/run/closure.h"
#include "cel/env_internal.h"
#include "cel/node.h"

enum { BUILD_SCOPES_MAX = FRAME_LOCALS_MAX };

/* A loop variable: its name, and what closures that read it are to know. */
struct scope {
    struct span name;
    bool attribute;
    const struct closure *exact; /* what reads its value as decimal; NULL: no literal */
};

/* One expression being built. */
struct builder {
    const struct cel_env *env;
    struct arena *arena;
    struct cel_issues *issues;
    bool checked; /* mistakes in constants are issues, not failures of the program */
    bool generic; /* what is constant is known, and computed in each run all the same */
    struct scope scopes[BUILD_SCOPES_MAX]; /* by local, innermost last */
    size_t scope_count;
    uint32_t local_count; /* the most there were at once */
    uint32_t *slots;
    size_t slot_count;
    size_t slot_capacity;
    struct cel_frame *folding; /* where constants are folded; NULL before the first */
};

/* program_build.c */
struct closure *build_node(struct builder *builder, const struct cel_node *node);
const struct closure **build_all(struct builder *builder, struct cel_node *const *nodes,
                                 size_t count);
bool build_all_constant(const struct closure *const *closures, size_t count);
/* A frame without slots, its steps full again. */
struct cel_frame *build_folding_frame(struct builder *builder);
struct closure *build_folded(struct builder *builder, struct closure *closure);
/* The parts with literals as decimals; NULL when there are no literals among them. */
const struct closure **build_exact_parts(struct builder *builder,
                                         const struct closure *const *closures, size_t count);
/* What always fails. format: with one "%.*s" for the name. */
struct closure *build_failure(struct builder *builder, enum value_error error, const char *format,
                              struct span name) __attribute__((format(printf, 3, 0)));

/* build_call.c: operators and functions. */
struct closure *build_call(struct builder *builder, const struct cel_node *node);
/* build_loop.c: comprehensions. */
struct closure *build_loop(struct builder *builder, const struct cel_node *node);

#endif
