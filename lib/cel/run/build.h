/* build.h: from tree to closures; the parts that the builder's files share. Private to lib/cel. */
#ifndef CEL_BUILD_H
#define CEL_BUILD_H

#include "cel/run/closure.h"
#include "cel/env_internal.h"
#include "cel/node.h"
#include "cel/run/share.h"

enum { BUILD_SCOPES_MAX = FRAME_LOCALS_MAX };

/* A loop variable: its name, and what closures that read it are to know. */
struct scope {
    struct span name;
    bool attribute;
    const struct closure *exact; /* what reads its value as decimal; NULL: no literal */
};

/* No loop variable: greater than each. */
#define BUILD_LOCAL_NONE UINT32_MAX

/* Who watches a program run gets each closure on its way and returns what takes its place. */
struct build_watch {
    /* What the node itself reads stands in `slot` and `local`. */
    struct closure *(*part)(struct build_watch *watch, const struct cel_node *node,
                            struct closure *closure);
    /* What a loop runs for each element; loop->range, variables are set. */
    const struct closure *(*body)(struct build_watch *watch, const struct cel_node *node,
                                  const struct loop *loop, const struct closure *body);
    /* What gives a local its value, where it is no loop variable. */
    const struct closure *(*bound)(struct build_watch *watch, uint32_t local,
                                   const struct closure *initial);
    uint32_t slot;  /* the builder's: read by the node that is being built, or BUILD_NONE */
    uint32_t local; /* the same */
};
#define BUILD_NONE UINT32_MAX

/* One expression being built. */
struct builder {
    const struct cel_env *env;
    struct arena *arena;
    struct cel_issues *issues;
    bool checked; /* mistakes in constants are issues, not failures of the program */
    const struct share *share; /* what is computed once for several programs; NULL: nothing is */
    bool generic; /* what is constant is known, and computed in each run all the same */
    struct scope scopes[BUILD_SCOPES_MAX]; /* by local, innermost last */
    size_t scope_count;
    uint32_t local_count; /* the most there were at once */
    uint32_t *slots;
    size_t slot_count;
    size_t slot_capacity;
    struct cel_frame folding; /* where constants are computed */
    uint64_t fold_steps_left; /* for all constants of the expression */
    /* Grows with each thing that no run at load can tell: a slot, a call of the host, a failure. */
    uint64_t unknowns;
    uint32_t outermost; /* the least of the loop variables read so far */
    uint32_t forgiving; /* how many of the nodes around may do without this one's value */
    struct build_watch *watch; /* NULL: nobody watches */
};

/* program_build.c */
struct closure *build_node(struct builder *builder, const struct cel_node *node);
const struct closure **build_all(struct builder *builder, struct cel_node *const *nodes,
                                 size_t count);
bool build_all_constant(const struct closure *const *closures, size_t count);
/* What a closure of constants alone gives, an error too. */
const struct value *build_constant_value(struct builder *builder, const struct closure *closure,
                                         struct value *room);
/* A closure of constants alone as a constant; as it is where it gives an error. */
struct closure *build_folded(struct builder *builder, struct closure *closure);
/* The parts with literals as decimals; NULL when there are no literals among them. */
const struct closure **build_exact_parts(struct builder *builder,
                                         const struct closure *const *closures, size_t count);
/* What always fails. format: with one "%.*s" for the name. */
struct closure *build_failure(struct builder *builder, enum value_error error, const char *format,
                              struct span name) __attribute__((format(printf, 3, 0)));

/* An error when the policy is loaded; in a text that is not checked, a failure of every run. */
struct closure *build_mistake(struct builder *builder, const struct cel_node *node,
                              struct span problem);

/* build_logic.c: &&, || and ?:. NULL for other nodes. */
struct closure *build_logic(struct builder *builder, const struct cel_node *node);
/* Whether one of them may be an attribute. */
bool build_any_attribute(const struct closure *const *alternatives, size_t count);
/* Where one of the alternatives may be an attribute, makes numbers among the others decimals. */
void build_unify(struct builder *builder, const struct closure **alternatives, size_t count);
/* The closure that is exact beside decimals. */
const struct closure *build_exact(const struct closure *closure);

/* build_call.c: other operators and functions. */
struct closure *build_call(struct builder *builder, const struct cel_node *node);
/* The function that a call runs, by its name and how many arguments it has; NULL: there is none. */
const struct cel_signature *build_signature(const struct cel_env *env, const struct cel_node *node);
/* build_loop.c: comprehensions. */
struct closure *build_loop(struct builder *builder, const struct cel_node *node);
/* TRUTH_TRUE for the loop that exists() becomes, TRUTH_FALSE for that of all(): the outcome of its
 * predicate that decides; TRUTH_ERROR: another loop. */
enum truth build_loop_decider(const struct cel_comprehension *fold);

#endif
