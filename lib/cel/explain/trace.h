/* trace.h: what each part of an expression came to in one run, in the order of its source: for
 * people who ask why. Macros show as they are written. */
#ifndef CEL_TRACE_H
#define CEL_TRACE_H

#include "cel/program.h"

enum {
    CEL_TRACE_ROWS_MAX = 1000,  /* of one run; what is beyond is left out and told */
    CEL_TRACE_ELEMENTS_MAX = 3, /* that a loop shows when none of them decides */
};
#define CEL_TRACE_NO_SLOT UINT32_MAX

enum cel_trace_kind {
    CEL_TRACE_PART,    /* a sub-expression */
    CEL_TRACE_ELEMENT, /* an element that a loop looked at; the parts below are of its body */
};
enum cel_trace_state {
    CEL_TRACE_NOT_REACHED, /* what stands before it had decided already */
    CEL_TRACE_VALUE,
    CEL_TRACE_ERROR,
};

/* One line of a trace. Literals, the names of loop variables, and prefixes of paths that have a
 * value (`old.card` of `old.card.number`) have no row, nor has what stands in a part that was not
 * reached. A chain a && b && c is one row with three below it. */
struct cel_trace_row {
    enum cel_trace_kind kind;
    uint32_t depth;   /* 0: the whole expression */
    uint32_t offset;  /* bytes of the expression's text; of an element, where the body stands */
    uint32_t length;
    enum cel_trace_state state;
    struct value value; /* what it came to, or VALUE_ERROR; of an element: the first variable's */
    bool decides;     /* the result is what it is because of this */
    bool concealed;   /* it was made from a slot that the host conceals */
    uint32_t slot;    /* it is this slot's value, or what lies in it under `path`; or
                         CEL_TRACE_NO_SLOT */
    const struct span *path; /* "a.b.c" of a slot "a": b, c */
    size_t path_length;
    /* of an element */
    size_t index;     /* from 0 */
    size_t count;     /* elements that the loop looked at */
    struct span names[2]; /* of the variables; the second may be empty */
    struct value second;  /* the second variable's */
};

struct cel_trace {
    struct value value; /* exactly as cel_run gives it */
    const struct cel_trace_row *rows;
    size_t count;
    bool cut; /* there were more than CEL_TRACE_ROWS_MAX */
    const uint32_t *slots; /* that were read; one may stand here more than once */
    size_t slot_count;
};

/* Which slots hold what may not be shown; rows made from them are marked. */
struct cel_trace_secrets {
    bool (*conceals)(const void *context, uint32_t slot); /* NULL: none */
    const void *context;
};

/* A twin of a program that remembers what its parts come to. It is built the generic way, in which
 * constants are computed in each run too, and which gives what the program gives (tests compare).
 * It lives in `arena`; the program's environment, its slots and the context of `secrets` must
 * outlive it. One thread at a time, and no other compiling in the environment meanwhile. */
struct cel_tracer *cel_tracer_new(const struct cel_program *program,
                                  const struct cel_trace_secrets *secrets, struct arena *arena);
/* Runs the twin as cel_run runs the program. What decides, from the whole inwards: of && the first
 * part that is false, or every part when it is true; of || the first that is true, or every part;
 * of ? : the branch taken (its condition, when the branch is a literal); of exists() and all() the
 * element that settles it; of an error the part where it arose. Texts and values live in `arena`,
 * the frame's arena, or in what the host gave. */
struct cel_trace cel_tracer_run(struct cel_tracer *tracer, struct cel_frame *frame,
                                struct arena *arena);

#endif
