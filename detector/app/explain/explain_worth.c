/* explain_worth.c: exceptions, groups and severity, in the order of the engine. */
#include "app/explain/explain_worth.h"

#include "engine/evaluate/group_inner.h"
#include "policy/plan/plan_documents.h"

void explain_decide(struct explanation *out, enum explain_verdict verdict,
                    enum explain_cause cause, struct span because)
{
    out->verdict = verdict;
    out->cause = cause;
    out->because = because;
}

/* --- exceptions --- */

static struct explain_exception look_at_exception(struct explain_run *run, size_t index)
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
bool explain_worth_exempts(struct explain_run *run, struct explanation *out)
{
    struct explain_exception *items =
        arena_array(run->arena, run->policy->exception_count, sizeof *items);
    out->exceptions = items;
    bool exempt = false;
    while (out->exception_count < run->policy->exception_count && !exempt) {
        items[out->exception_count] = look_at_exception(run, out->exception_count);
        exempt = items[out->exception_count++].exempts;
    }
    if (exempt) {
        const struct explain_exception *last = &items[out->exception_count - 1];
        explain_decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_EXCEPTION,
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

/* Of findings of an inner correlation those that its groups lie in, each once. */
static struct group_list inner_groups_of(const struct explain_run *run)
{
    struct group_inner_list inner =
        group_inner_list_of(run->policy, run->truth, run->shown, run->arena);
    struct group_list list = {.error = inner.error, .failed = inner.failed};
    list.keys = arena_array(run->arena, inner.count, sizeof *list.keys);
    for (size_t i = 0; i < inner.count; i++) {
        size_t place = 0;
        while (place < list.count && !span_equals(list.keys[place], inner.items[i].key)) {
            place++;
        }
        list.keys[place] = inner.items[i].key;
        list.count += place == list.count;
    }
    return list;
}

static struct group_list groups_of(const struct explain_run *run)
{
    return run->policy->inner
               ? inner_groups_of(run)
               : group_list_of(run->policy, run->truth, run->shown, run->arena);
}

static bool find_groups(struct explain_run *run, struct explanation *out)
{
    const struct policy_doc *doc = plan_policy_document(run->plan, run->number);
    const char *key =
        doc->correlation.group_by.node ? "correlation.group_by" : "suppression.group_by";
    if (run->policy->each_finding && run->policy->correlation.len == 0) {
        return true;
    }
    struct group_list groups = groups_of(run);
    out->groups = groups.keys;
    out->group_count = groups.error.kind == VALUE_ERROR ? 0 : groups.count;
    if (groups.error.kind == VALUE_ERROR) {
        explain_decide(out, EXPLAIN_NOT_EVALUABLE, EXPLAIN_BY_GROUP,
                       explain_run_reason(run, arena_printf(run->arena, "%s has no value", key),
                                          groups.failed, &groups.error));
    } else if (groups.count == 0) {
        explain_decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_GROUP,
                       arena_printf(run->arena, "the key of %s is missing or null", key));
    }
    return out->group_count > 0;
}

/* "; it feeds a, b", or what else becomes of a match that alerts nobody. */
static struct span silent_end(const struct explain_run *run)
{
    const struct plan_policy *policy = run->policy;
    if (policy->mode != PLAN_MODE_SIGNAL || policy->feed_count == 0) {
        return SPAN("; in this mode there is no alert");
    }
    struct buf text = {0};
    for (size_t i = 0; i < policy->feed_count; i++) {
        buf_printf(&text, "%s%.*s", i ? ", " : "; it feeds ",
                   SPAN_ARG(policy->feeds[i].view->id));
    }
    struct span end = arena_copy(run->arena, buf_view(&text));
    buf_deinit(&text);
    return end;
}

void explain_worth_find(struct explain_run *run, struct explanation *out, enum explain_cause cause,
                        struct span because)
{
    bool enforced = run->policy->mode == PLAN_MODE_ENFORCE;
    bool correlated = run->policy->correlation.len > 0;
    struct span end = !enforced    ? silent_end(run)
                      : correlated ? SPAN("; the correlation decides what it comes to")
                                   : SPAN("");
    explain_decide(out, correlated ? EXPLAIN_MATCH : EXPLAIN_FINDING, cause,
                   arena_printf(run->arena, "%.*s%.*s", SPAN_ARG(because), SPAN_ARG(end)));
    if (enforced && find_groups(run, out)) {
        find_severity(run, out);
    }
}
