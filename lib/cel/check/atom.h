/* atom.h: conditions read as a subject beside a literal, and which of them exclude each other. */
#ifndef CEL_ATOM_H
#define CEL_ATOM_H

#include "cel/env.h"

enum cel_relation {
    CEL_RELATION_TRUE, /* the subject itself is the condition */
    CEL_RELATION_FALSE,
    CEL_RELATION_EQUAL,
    CEL_RELATION_UNEQUAL,
    CEL_RELATION_LESS,
    CEL_RELATION_AT_MOST,
    CEL_RELATION_GREATER,
    CEL_RELATION_AT_LEAST,
    CEL_RELATION_IN, /* the literal is a list of constants */
};

/* `subject` relation `literal`. */
struct cel_atom {
    enum cel_relation relation;
    const struct cel_node *subject;
    const struct cel_node *literal; /* NULL with TRUE and FALSE */
    const struct cel_node *at;      /* the condition as written */
};

/* Reads a condition; what is no comparison with a literal is an atom of its own. */
struct cel_atom cel_atom_of(const struct cel_node *condition);
/* The opposite; false when it is no atom (of IN) or not sure (the order of what may be a NaN). */
bool cel_atom_negate(const struct cel_env *env, struct cel_atom *atom);
/* Whether no value of the subject makes both true. Only what is sure. */
bool cel_atom_excludes(const struct cel_atom *a, const struct cel_atom *b);

/* Whether both are written alike, and so have the same value; loops are not looked into. */
bool cel_node_same(const struct cel_node *a, const struct cel_node *b);
/* Whether the value may be a double's NaN, which differs from itself. */
bool cel_node_may_be_nan(const struct cel_env *env, const struct cel_node *node);

#endif
