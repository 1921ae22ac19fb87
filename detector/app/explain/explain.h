/* explain.h: what one policy says of one change, and why: for `policy explain` and for tests of
 * policies that fail. What a policy masks is masked here already, so that whoever writes it out
 * cannot show it. */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include "cel/explain/trace.h"
#include "engine/evaluate/host.h"

enum explain_verdict {
    EXPLAIN_FINDING,
    EXPLAIN_MATCH, /* a finding only when the policy's correlation makes it one */
    EXPLAIN_NO_FINDING,
    EXPLAIN_NOT_EVALUABLE,
};
/* "finding", "match", "no_finding", "not_evaluable". */
struct span explain_verdict_name(enum explain_verdict verdict);

/* What the verdict is taken from. */
enum explain_cause {
    EXPLAIN_BY_MODE, EXPLAIN_BY_MATCH, EXPLAIN_BY_CONDITION, EXPLAIN_BY_EXCEPTION,
    EXPLAIN_BY_LOOKUP, EXPLAIN_BY_GROUP,
    EXPLAIN_BY_POLICIES, /* those over whose findings its correlation runs */
};
/* "mode", "match", "condition", "exception", "lookup", "group_by", "policies". */
struct span explain_cause_name(enum explain_cause cause);

/* One key of `match`. */
struct explain_match {
    struct span key;
    struct span wanted; /* as written: "[products, orders-*]" */
    struct span got;
    bool holds;
};

/* One row of a trace (cel/explain/trace.h), as it may be shown. */
struct explain_row {
    const struct cel_trace_row *row;
    struct place place;  /* in the policy's file */
    struct span text;    /* as written */
    struct value value;  /* of an error, VALUE_ERROR */
    struct value second;
    bool masked;         /* the value is not the true one */
    bool hidden;         /* there is no value that may be shown */
};

/* One expression of a policy. */
struct explain_expression {
    struct span name; /* "condition", "variables.factor"; of an exception, its name */
    struct place place;
    bool reached;     /* of variables and definitions: somebody asked for the value */
    const struct explain_row *rows; /* the first is the whole */
    size_t count;
    bool cut;         /* there were more rows than are kept */
    struct value value; /* the true one: not to be shown */
};

struct explain_exception {
    struct explain_expression expression;
    struct span owner;
    struct span reason;
    bool expired;
    bool exempts;
};

struct explanation {
    uint32_t policy;
    enum explain_verdict verdict;
    enum explain_cause cause;
    struct span because; /* one sentence without its point */
    const struct explain_match *matches;
    size_t match_count;
    const struct explain_expression *condition; /* NULL: none, or not reached */
    const struct explain_expression *named;     /* variables, then definitions that they read */
    size_t named_count;
    const struct explain_exception *exceptions; /* those that were looked at */
    size_t exception_count;
    const struct explain_expression *severity;  /* NULL: no expression, or no finding */
    enum plan_severity level;                   /* of a finding or match */
    const struct span *groups;                  /* the same */
    size_t group_count;
};

/* Explains policies of one plan. One thread at a time. */
struct explainer {
    const struct plan *plan;
    struct host truth;
    struct host shown;
};
/* In place, and not to be moved; `arena`, plan, lookups, and the diagnostics of the plan's reading
 * must outlive it. */
void explainer_init(struct explainer *explainer, const struct plan *plan,
                    const struct lookup_set *lookups, struct arena *arena);
void explainer_deinit(struct explainer *explainer);

/* What the policy says of one change; lives in `arena`. The same verdict as the engine's. */
struct explanation explain_policy(struct explainer *explainer, uint32_t policy,
                                  const struct change *change, struct arena *arena);

#endif
