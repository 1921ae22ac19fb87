/* parts.h: the sub-expressions of a source that a trace shows, found in the tree after macros were
 * expanded: what a macro made has no place in the text, and is looked through.
 * Private to lib/cel. */
#ifndef CEL_PARTS_H
#define CEL_PARTS_H

#include "cel/env.h"
#include "cel/node.h"

enum part_kind {
    PART_OTHER,
    PART_PATH,   /* a.b, a[b]: its own prefixes show only when they fail */
    PART_AND,
    PART_OR,
    PART_NOT,
    PART_CHOICE, /* a ? b : c */
    PART_LOOP,   /* the parts of its body are run for each element */
};

/* One of them. Numbers follow the source: those of a part's inside lie in [number + 1, end). */
struct part {
    enum part_kind kind;
    const struct cel_node *node;
    uint32_t number;
    uint32_t end;
    const struct part *outer;
    struct part *inner; /* the first inside, NULL: none */
    struct part *next;  /* the next with the same outer */
    bool in_body;       /* of the loop around it */
    bool prefix;        /* a.b of a.b.c */
    bool constant;      /* set by the builder: it always has `value` */
    struct value value;
    uint32_t slot;      /* set by the builder: what it reads itself, or UINT32_MAX */
    bool evaluated;     /* in this run, for any element of the loops around it */
    /* of a loop: numbers of the parts in its body, [body, body_end) */
    uint32_t body;
    uint32_t body_end;
    const struct part *filter; /* what chooses among the elements: of filter(), exists_one() */
};

struct parts {
    struct part *root;
    uint32_t count;
    struct part **by_node; /* sorted by the address of the node */
};

/* The parts of a resolved tree, in `arena`. The whole is always one. */
struct parts parts_of(const struct cel_env *env, const struct cel_node *tree, struct arena *arena);
/* The part that a node is; NULL: none. */
struct part *parts_find(const struct parts *parts, const struct cel_node *node);

#endif
