/* explain_run.h: expressions of one policy run on one change, and what of them may be shown. */
#ifndef APP_EXPLAIN_RUN_H
#define APP_EXPLAIN_RUN_H

#include "app/explain/explain.h"
#include "policy/yaml/yaml_tree.h"

struct explain_run {
    const struct plan *plan;
    uint32_t number; /* of the policy */
    const struct plan_policy *policy;
    struct evaluate_input input;
    struct host *truth;
    struct host *shown; /* the truth too, where the policy masks nothing */
    struct arena *arena;
    bool *may_read;     /* per computed slot: an expression that was run may read it */
    bool *read;         /* per slot: one of them did */
};

/* Begins with a change. In place, and not to be moved. */
void explain_run_begin(struct explain_run *run, struct explainer *explainer, uint32_t policy,
                       const struct change *change, struct arena *arena);
/* The same for a policy over others' findings, as it looks at those of one. */
void explain_run_begin_view(struct explain_run *run, struct explainer *explainer,
                            const struct plan_feed *feed, const struct change *change,
                            struct arena *arena);
/* Runs one expression, which stands in `node`, and keeps its trace as it may be shown. */
struct explain_expression explain_run_expression(struct explain_run *run, struct span name,
                                                 const struct yaml_node *node,
                                                 const struct cel_program *program);
/* Variables and definitions that the expressions run so far may read, with what they came to. */
const struct explain_expression *explain_run_named(struct explain_run *run, size_t *count);
/* "what: the error", without the error where it may hold what is masked. */
struct span explain_run_reason(const struct explain_run *run, struct span what,
                               const struct cel_program *program, const struct value *error);

#endif
