/* host.h: what running expressions are told about one change: its attributes, event, definitions
 * and variables, and the answers of changed(), changes(), lookup() and lookup_all(). */
#ifndef ENGINE_EVALUATE_HOST_H
#define ENGINE_EVALUATE_HOST_H

#include "engine/evaluate/diff.h"
#include "engine/evaluate/evaluate.h"

/* Texts that do not depend on a change, made once. */
struct host_texts {
    const struct span *absent; /* per slot: "no such attribute: old.price" */
    const struct span *stale;  /* per lookup: "the lookup promotions is older than its max_age" */
};
/* The texts for a plan; they live in `arena`. */
struct host_texts host_texts_of(const struct plan *plan, struct arena *arena);

/* One view of one change. With `masked_for` set it is what may be shown: attributes that this
 * policy masks are masked in it, and so is all that is computed from them. */
struct host {
    const struct plan *plan;
    const struct lookup_set *lookups;
    struct host_texts texts;
    struct cel_frame *frame;
    struct cel_host answers;
    struct arena *arena;                 /* one change long */
    const struct evaluate_input *input;
    const struct plan_policy *masked_for;
    struct diff diff;                    /* once diff_known */
    bool diff_known;
};

/* In place, and not to be moved until host_deinit; the frame is the host's own. */
void host_init(struct host *host, const struct plan *plan, const struct lookup_set *lookups,
               struct host_texts texts);
/* Gives the frame back. */
void host_deinit(struct host *host);
/* Starts with a change; masked_for: NULL for the truth. */
void host_begin(struct host *host, const struct evaluate_input *input,
                const struct plan_policy *masked_for, struct arena *arena);
/* What differs; computed at most once a change. */
const struct diff *host_diff(struct host *host);
/* The last stale lookup whose answer went into what ran since this was asked for; NULL: none. */
const struct plan_lookup *host_take_stale(struct host *host);
/* The lookup whose `on_stale: skip` made this error; NULL for any other. */
const struct plan_lookup *host_skipping_lookup(const struct host *host, const struct value *error);

#endif
