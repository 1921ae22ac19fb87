/* type_match.h: which type fits where, with type variables. After the rules of the reference
 * checker: dyn fits everything, null fits what may be null, a variable takes what it first meets
 * and grows more general when it meets dyn. */
#ifndef CEL_TYPE_MATCH_H
#define CEL_TYPE_MATCH_H

#include "cel/type.h"

/* The variables of one check, and what they stand for so far. In place. */
struct cel_matcher {
    struct arena *arena;
    struct cel_type_binding *trail; /* bindings in order, so that a failed match can be undone */
    size_t count;
    size_t capacity;
};

/* No variables yet; those to come, and their bindings, live in `arena`. */
struct cel_matcher cel_matcher_in(struct arena *arena);
/* A new variable, which stands for nothing yet. */
const struct cel_type *cel_type_variable(struct cel_matcher *matcher);
/* Whether a value of `from` may stand where `to` is wanted. Binds variables; none when false. */
bool cel_type_assignable(struct cel_matcher *matcher, const struct cel_type *from,
                         const struct cel_type *to);
/* All of them, pair by pair. */
bool cel_type_assignable_all(struct cel_matcher *matcher, const struct cel_type *const *from,
                             const struct cel_type *const *to, size_t count);
/* A state of the bindings, to come back to. */
struct cel_type_mark {
    size_t count;
};
/* The state of now. */
struct cel_type_mark cel_type_mark(const struct cel_matcher *matcher);
/* Takes back all that was bound since. */
void cel_type_undo(struct cel_matcher *matcher, struct cel_type_mark mark);
/* What a list of both holds: the more general of two that fit, else dyn. */
const struct cel_type *cel_type_join(struct cel_matcher *matcher, const struct cel_type *a,
                                     const struct cel_type *b);
/* The type with every bound variable replaced; unbound ones stay, or become dyn when `final`. */
const struct cel_type *cel_type_resolved(struct cel_matcher *matcher, const struct cel_type *type,
                                         bool final);
/* Follows variables at the top only. */
const struct cel_type *cel_type_top(const struct cel_type *type);
/* The same, and of what may be null what it is when it is not. */
const struct cel_type *cel_type_unwrapped(const struct cel_type *type);
bool cel_type_is_variable(const struct cel_type *type);
bool cel_type_same(const struct cel_type *a, const struct cel_type *b);
bool cel_type_is_dyn(const struct cel_type *type);

/* The parameters of overloads by name ("A"), each with the variable it became. */
enum { CEL_TYPE_NAMES_MAX = 8 };
struct cel_type_names {
    struct span names[CEL_TYPE_NAMES_MAX];
    const struct cel_type *variables[CEL_TYPE_NAMES_MAX];
    size_t count;
};
/* A copy of a declared type with variables in place of its named parameters. */
const struct cel_type *cel_type_instantiate(struct cel_matcher *matcher,
                                            const struct cel_type *type,
                                            struct cel_type_names *names);

#endif
