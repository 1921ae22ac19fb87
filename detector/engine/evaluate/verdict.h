/* verdict.h: what one policy says of one change, and the signals that tell it. */
#ifndef ENGINE_EVALUATE_VERDICT_H
#define ENGINE_EVALUATE_VERDICT_H

#include "engine/evaluate/host.h"

struct verdict {
    const struct plan_policy *policy;
    const struct evaluate_input *input;
    struct host *truth;     /* begun for the change */
    struct host *masked;    /* begun here, when something of a policy with masks is shown */
    uint64_t *counts;       /* the policy's, by enum evaluate_counter */
    struct arena *scratch;  /* one change long */
    struct arena *arena;    /* where signals live */
    struct signal_list *out;
    /* where the policy looks at a finding of another; else NULL and empty: */
    const struct plan_feed *feed;
    struct span found_by;   /* the other policy's id */
    struct digest found;    /* and its finding */
    bool again;             /* a match that was held back is asked again: nothing is held now */
    /* set on the way */
    struct host *shown;     /* truth or masked */
    struct span problem;    /* what could not be evaluated; empty */
    bool stands;            /* it matches, or has no value, and nothing exempts it */
    bool held;              /* so it is to be asked again, and nothing was told */
};

/* The finding that a match of the policy is. */
struct digest verdict_finding(const struct verdict *verdict);
/* An exception exempts the match: counted. One that has expired, or has no value, does not. */
bool verdict_is_exempt(const struct verdict *verdict);
/* The condition holds and nothing exempts the change: one signal for each group. A group key that
 * cannot be computed fails the verdict. */
void verdict_match(struct verdict *verdict);
/* An expression of the policy has no value: counted, and told as failure_policy wants it. `program`
 * is run again where masks may have to hide its error. */
void verdict_fail(struct verdict *verdict, const struct cel_program *program, struct value error);
/* The policy relied on a stale lookup: counted, and told where its on_stale says so. */
void verdict_stale(struct verdict *verdict, const struct plan_lookup *lookup);

#endif
