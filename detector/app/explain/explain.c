/* explain.c: asks what the engine asks, in its order, with a trace of each expression. */
#include "app/explain/explain.h"

#include "app/explain/explain_feed.h"
#include "app/explain/explain_match.h"
#include "app/explain/explain_worth.h"
#include "policy/document/correlation_inputs.h"
#include "policy/plan/plan_documents.h"

struct span explain_verdict_name(enum explain_verdict verdict)
{
    static const struct span names[] = {
        [EXPLAIN_FINDING] = {"finding", 7},
        [EXPLAIN_MATCH] = {"match", 5},
        [EXPLAIN_NO_FINDING] = {"no_finding", 10},
        [EXPLAIN_NOT_EVALUABLE] = {"not_evaluable", 13},
    };
    return names[verdict];
}

struct span explain_cause_name(enum explain_cause cause)
{
    static const struct span names[] = {
        [EXPLAIN_BY_MODE] = {"mode", 4},           [EXPLAIN_BY_MATCH] = {"match", 5},
        [EXPLAIN_BY_CONDITION] = {"condition", 9}, [EXPLAIN_BY_EXCEPTION] = {"exception", 9},
        [EXPLAIN_BY_LOOKUP] = {"lookup", 6},       [EXPLAIN_BY_GROUP] = {"group_by", 8},
        [EXPLAIN_BY_POLICIES] = {"policies", 8},
    };
    return names[cause];
}

void explainer_init(struct explainer *explainer, const struct plan *plan,
                    const struct lookup_set *lookups, struct arena *arena)
{
    struct host_texts texts = host_texts_of(plan, arena);
    explainer->plan = plan;
    host_init(&explainer->truth, plan, lookups, texts);
    host_init(&explainer->shown, plan, lookups, texts);
}

void explainer_deinit(struct explainer *explainer)
{
    host_deinit(&explainer->truth);
    host_deinit(&explainer->shown);
}

/* --- condition --- */

static void fail(struct explain_run *run, struct explanation *out, const struct value *value)
{
    if (host_skipping_lookup(run->truth, value)) {
        explain_decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_LOOKUP,
                       SPAN("a lookup is older than its max_age, and on_stale says skip"));
        return;
    }
    if (value->kind == VALUE_ERROR && explain_worth_exempts(run, out)) {
        return;
    }
    struct value kind = value_failure(VALUE_ERROR_NO_OVERLOAD,
                                      arena_printf(run->arena, "it gave %s, not true or false",
                                                   value_kind_name(value->kind)));
    explain_decide(out, EXPLAIN_NOT_EVALUABLE, EXPLAIN_BY_CONDITION,
                   explain_run_reason(run, SPAN("the condition has no value"),
                                      run->policy->condition,
                                      value->kind == VALUE_ERROR ? value : &kind));
}

static void judge(struct explain_run *run, struct explanation *out)
{
    struct value value = value_bool(true);
    if (run->policy->condition) {
        const struct policy_doc *doc = plan_policy_document(run->plan, run->number);
        struct explain_expression *condition = arena_alloc(run->arena, sizeof *condition);
        *condition = explain_run_expression(run, SPAN("condition"), doc->condition.node,
                                            run->policy->condition);
        out->condition = condition;
        value = condition->value;
    }
    if (value.kind != VALUE_BOOL) {
        fail(run, out, &value);
    } else if (!value.boolean) {
        explain_decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_CONDITION,
                       SPAN("the condition is false"));
    } else if (!explain_worth_exempts(run, out)) {
        bool condition = run->policy->condition != NULL;
        explain_worth_find(run, out, condition ? EXPLAIN_BY_CONDITION : EXPLAIN_BY_MATCH,
                           condition ? SPAN("the condition is true")
                                     : SPAN("it matches, and has no condition"));
    }
}

/* What a lookup with a grace makes of a match, or of a condition without a value. */
static void say_grace(const struct explain_run *run, struct explanation *out)
{
    int64_t grace_us = run->policy->grace_us;
    if (grace_us > 0 && out->verdict != EXPLAIN_NO_FINDING) {
        out->because = arena_printf(run->arena, "%.*s; it is held back %g s (grace) and then asked "
                                    "again", SPAN_ARG(out->because), (double)grace_us / 1e6);
    }
}

static const struct explain_match *first_that_fails(const struct explanation *out)
{
    for (size_t i = 0; i < out->match_count; i++) {
        if (!out->matches[i].holds) {
            return &out->matches[i];
        }
    }
    return NULL;
}

static void explain_own(struct explain_run *run, struct explanation *out)
{
    out->matches = explain_match_of(run, &out->match_count);
    const struct explain_match *no = first_that_fails(out);
    if (run->policy->mode == PLAN_MODE_DISABLED) {
        explain_decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_MODE, SPAN("the policy is disabled"));
    } else if (no) {
        explain_decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_MATCH,
                       arena_printf(run->arena, "match.%.*s says no", SPAN_ARG(no->key)));
    } else {
        judge(run, out);
        out->named = explain_run_named(run, &out->named_count);
    }
}

struct explanation explain_policy(struct explainer *explainer, uint32_t policy,
                                  const struct change *change, struct arena *arena)
{
    struct explain_run run;
    struct explanation out = {.policy = policy};
    const struct policy_doc *doc = plan_policy_document(explainer->plan, policy);
    if (correlation_is_over_policies(&doc->correlation)) {
        explain_feed(explainer, change, arena, &out);
    } else {
        explain_run_begin(&run, explainer, policy, change, arena);
        explain_own(&run, &out);
        say_grace(&run, &out);
    }
    return out;
}
