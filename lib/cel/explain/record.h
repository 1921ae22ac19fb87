/* record.h: what the parts of an expression came to in one run: written by closures that stand
 * around the program's own. Private to lib/cel. */
#ifndef CEL_RECORD_H
#define CEL_RECORD_H

#include "cel/explain/parts.h"
#include "cel/explain/trace.h"
#include "cel/run/build.h"

/* Iterations that a loop keeps. */
struct kept {
    struct scope_record *items[CEL_TRACE_ELEMENTS_MAX];
    size_t count;
};

/* What one part came to. */
struct part_record {
    bool reached;
    bool concealed;
    bool decides;
    struct value value;
    /* of a loop */
    size_t iterations;
    bool range_concealed;
    struct kept first;
    struct kept chosen; /* those that its filter let pass */
    struct kept settled; /* one at most: the element that decided, else the first that failed */
    bool decided;        /* then `settled` decided */
};

/* The parts numbered [first, first + count) in one run of them: the whole, or one iteration. */
struct scope_record {
    struct scope_record *outer;
    struct scope_record *spare; /* the next one to be used again */
    uint32_t first;
    uint32_t count;
    size_t index;
    struct span names[2];
    struct value variables[2];
    bool concealed;
    bool decides;
    struct part_record records[];
};

struct recorder {
    struct build_watch watch; /* given to the builder */
    const struct parts *parts;
    struct cel_trace_secrets secrets;
    struct arena *arena;      /* of the closures */
    /* of the run at hand */
    struct scope_record *scope; /* NULL: nothing is recorded (constants are folded) */
    struct arena *run_arena;
    struct scope_record **spare; /* per part: iterations of a loop that were not kept */
    bool concealed;           /* what is being evaluated was made from what is concealed */
    bool locals[BUILD_SCOPES_MAX]; /* per loop variable or bound name: it holds such a value */
};

/* In place, and not to be moved: closures point to it. */
void recorder_init(struct recorder *recorder, const struct parts *parts,
                   const struct cel_trace_secrets *secrets, struct arena *arena);
/* Starts a run; the records live in `arena`. */
struct scope_record *recorder_begin(struct recorder *recorder, struct arena *arena);
void recorder_end(struct recorder *recorder);

/* The record of a part; the scope, or one around it, holds it. */
struct part_record *record_of(struct scope_record *scope, const struct part *part);

#endif
