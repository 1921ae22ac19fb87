/* ast.h: the tree of an expression, as the parser makes it (macros expanded) and the checker
 * annotates it. Lives in one arena. */
#ifndef CEL_AST_H
#define CEL_AST_H

#include "cel/type.h"
#include "model/value.h"

enum cel_node_kind {
    CEL_NODE_CONSTANT,      /* constant */
    CEL_NODE_IDENT,         /* name */
    CEL_NODE_SELECT,        /* target.name; test_only for has(); optional for .? */
    CEL_NODE_INDEX,         /* target[arguments[0]]; optional for [?] */
    CEL_NODE_CALL,          /* name(arguments), or target.name(arguments); operators too: "_+_" */
    CEL_NODE_LIST,          /* arguments; optional_flags per element */
    CEL_NODE_MAP,           /* arguments = key, value, key, value ...; optional_flags per entry */
    CEL_NODE_STRUCT,        /* name { field: value }: parsed, but we have no messages */
    CEL_NODE_COMPREHENSION, /* see struct cel_comprehension */
};

/* fold over a list's elements or a map's keys (and values, with two variables). */
struct cel_comprehension {
    struct span variable;        /* element, key or index */
    struct span second_variable; /* value; empty for one variable */
    struct cel_node *range;
    struct span accumulator;
    struct cel_node *initial;
    struct cel_node *condition;  /* go on while not false */
    struct cel_node *step;
    struct cel_node *result;
};

struct cel_node {
    enum cel_node_kind kind;
    uint32_t height;              /* 1 + the highest child; bounded, so that walks may recurse */
    uint32_t offset;              /* bytes from the start of the text, of its operator or name */
    uint32_t length;              /* bytes to underline */
    uint32_t begin;               /* the whole of it in the text, without parentheses around it; */
    uint32_t end;                 /* 0 and 0: a macro made the node */
    struct span name;             /* identifier, field, function or operator */
    bool root;                    /* written with a leading dot */
    bool test_only;
    bool optional;
    struct value constant;
    struct span literal;          /* source text of a number literal: exact beside a decimal */
    struct cel_node *target;      /* of SELECT, INDEX and receiver-style calls */
    struct cel_node **arguments;
    size_t argument_count;
    const bool *optional_flags;   /* NULL: none */
    struct cel_comprehension *comprehension;
    const struct cel_type *type;  /* set by the checker; NULL before */
    uint32_t shared;              /* which entry of run/share.h it is, plus 1; 0: none */
    struct span resolved;         /* IDENT, SELECT, CALL: full name after container resolution; the
                                     checker sets it when the node names a declaration */
};

#endif
