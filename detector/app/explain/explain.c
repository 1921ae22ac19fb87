/* explain.c: asks what the engine asks, in its order, with a trace of each expression. */
#include "app/explain/explain.h"

#include "app/explain/explain_match.h"
#include "app/explain/explain_run.h"
#include "engine/evaluate/group.h"
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

static void decide(struct explanation *out, enum explain_verdict verdict,
                   enum explain_cause cause, struct span because)
{
    out->verdict = verdict;
    out->cause = cause;
    out->because = because;
}

/* --- exceptions --- */

static struct explain_exception explain_exception(struct explain_run *run, size_t index)
{
    const struct plan_exception *exception = &run->policy->exceptions[index];
    struct explain_exception out = {
        .owner = exception->owner,
        .reason = exception->reason,
        .expired = run->input.change->event_time_us >= exception->expires_us,
        .expression.name = exception->name,
    };
    const struct exception_doc *doc = plan_exception_document(run->plan, run->number, index);
    if (!out.expired) {
        out.expression =
            explain_run_expression(run, exception->name, doc->condition.node, exception->condition);
        out.exempts = out.expression.value.kind == VALUE_BOOL && out.expression.value.boolean;
    }
    return out;
}

/* As the engine does: up to the first that exempts. */
static bool find_exempt(struct explain_run *run, struct explanation *out)
{
    struct explain_exception *items =
        arena_array(run->arena, run->policy->exception_count, sizeof *items);
    out->exceptions = items;
    bool exempt = false;
    while (out->exception_count < run->policy->exception_count && !exempt) {
        items[out->exception_count] = explain_exception(run, out->exception_count);
        exempt = items[out->exception_count++].exempts;
    }
    if (exempt) {
        const struct explain_exception *last = &items[out->exception_count - 1];
        decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_EXCEPTION,
               arena_printf(run->arena, "the exception %.*s exempts it",
                            SPAN_ARG(last->expression.name)));
    }
    return exempt;
}

/* --- what a match is worth --- */

static void find_severity(struct explain_run *run, struct explanation *out)
{
    const struct cel_program *program = run->policy->severity_program;
    out->level = run->policy->severity;
    if (program) {
        const struct policy_doc *doc = plan_policy_document(run->plan, run->number);
        struct explain_expression *severity = arena_alloc(run->arena, sizeof *severity);
        *severity =
            explain_run_expression(run, SPAN("severity"), doc->severity.expression.node, program);
        if (severity->value.kind == VALUE_STRING) {
            (void)plan_severity_parse(severity->value.text, &out->level);
        }
        out->severity = severity;
    }
}

static bool find_groups(struct explain_run *run, struct explanation *out)
{
    if (run->policy->each_finding && run->policy->correlation.len == 0) {
        return true;
    }
    struct group_list groups = group_list_of(run->policy, run->truth, run->shown, run->arena);
    out->groups = groups.keys;
    out->group_count = groups.error.kind == VALUE_ERROR ? 0 : groups.count;
    if (groups.error.kind == VALUE_ERROR) {
        decide(out, EXPLAIN_NOT_EVALUABLE, EXPLAIN_BY_GROUP,
               explain_run_reason(run, SPAN("suppression.group_by has no value"), groups.failed,
                                  &groups.error));
    } else if (groups.count == 0) {
        decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_GROUP,
               SPAN("the key of suppression.group_by is missing or null"));
    }
    return out->group_count > 0;
}

static void find_worth(struct explain_run *run, struct explanation *out)
{
    bool enforced = run->policy->mode == PLAN_MODE_ENFORCE;
    bool condition = run->policy->condition != NULL;
    bool correlated = run->policy->correlation.len > 0;
    decide(out, correlated ? EXPLAIN_MATCH : EXPLAIN_FINDING,
           condition ? EXPLAIN_BY_CONDITION : EXPLAIN_BY_MATCH,
           condition ? SPAN("the condition is true") : SPAN("it matches, and has no condition"));
    if (enforced && correlated) {
        out->because = arena_printf(run->arena, "%.*s; the correlation decides what it comes to",
                                    SPAN_ARG(out->because));
    }
    if (!enforced) {
        out->because = arena_printf(run->arena, "%.*s; in this mode there is no alert",
                                    SPAN_ARG(out->because));
    }
    if (enforced && find_groups(run, out)) {
        find_severity(run, out);
    }
}

/* --- condition --- */

static void fail(struct explain_run *run, struct explanation *out, const struct value *value)
{
    if (host_skipping_lookup(run->truth, value)) {
        decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_LOOKUP,
               SPAN("a lookup is older than its max_age, and on_stale says skip"));
        return;
    }
    if (value->kind == VALUE_ERROR && find_exempt(run, out)) {
        return;
    }
    struct value kind = value_failure(VALUE_ERROR_NO_OVERLOAD,
                                      arena_printf(run->arena, "it gave %s, not true or false",
                                                   value_kind_name(value->kind)));
    decide(out, EXPLAIN_NOT_EVALUABLE, EXPLAIN_BY_CONDITION,
           explain_run_reason(run, SPAN("the condition has no value"), run->policy->condition,
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
        decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_CONDITION, SPAN("the condition is false"));
    } else if (!find_exempt(run, out)) {
        find_worth(run, out);
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

struct explanation explain_policy(struct explainer *explainer, uint32_t policy,
                                  const struct change *change, struct arena *arena)
{
    struct explain_run run;
    struct explanation out = {.policy = policy};
    explain_run_begin(&run, explainer, policy, change, arena);
    out.matches = explain_match_of(&run, &out.match_count);
    const struct explain_match *no = first_that_fails(&out);
    if (run.policy->mode == PLAN_MODE_DISABLED) {
        decide(&out, EXPLAIN_NO_FINDING, EXPLAIN_BY_MODE, SPAN("the policy is disabled"));
    } else if (no) {
        decide(&out, EXPLAIN_NO_FINDING, EXPLAIN_BY_MATCH,
               arena_printf(arena, "match.%.*s says no", SPAN_ARG(no->key)));
    } else {
        judge(&run, &out);
        out.named = explain_run_named(&run, &out.named_count);
    }
    return out;
}
