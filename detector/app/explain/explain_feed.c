/* explain_feed.c: asks each of the policies first; those that find nothing say why. */
#include "app/explain/explain_feed.h"

#include "app/explain/explain_worth.h"

struct asking {
    struct explainer *explainer;
    const struct change *change;
    struct arena *arena;
    struct explanation *out;
    struct buf reasons;  /* "a: the condition is false; b: ..." */
    bool not_evaluable;  /* one of them could not say */
    bool found;
};

/* What the policy feeds is the one asked about; NULL: it does not. */
static const struct plan_feed *feed_to(const struct plan_policy *policy, uint32_t to)
{
    for (size_t i = 0; i < policy->feed_count; i++) {
        if (policy->feeds[i].policy == to) {
            return &policy->feeds[i];
        }
    }
    return NULL;
}

/* A match feeds whether or not it has a group of its own. */
static bool is_match(const struct explanation *explanation)
{
    return explanation->verdict == EXPLAIN_FINDING || explanation->verdict == EXPLAIN_MATCH ||
           explanation->cause == EXPLAIN_BY_GROUP;
}

/* The first that comes to something decides; of the others only the groups are added. */
static void add_part(struct asking *asking, const struct explanation *part)
{
    struct explanation *out = asking->out;
    if (!asking->found || out->group_count == 0) {
        uint32_t policy = out->policy;
        *out = *part;
        out->policy = policy;
        asking->found = true;
        return;
    }
    size_t count = out->group_count + part->group_count;
    struct span *groups = arena_array(asking->arena, count, sizeof *groups);
    memcpy(groups, out->groups, out->group_count * sizeof *groups);
    for (size_t i = out->group_count; i < count; i++) {
        groups[i] = part->groups[i - out->group_count];
    }
    out->groups = groups;
    out->group_count = count;
    out->because = arena_printf(asking->arena, "%.*s; %.*s", SPAN_ARG(out->because),
                                SPAN_ARG(part->because));
}

static void look_at_finding(struct asking *asking, struct span found_by,
                            const struct plan_feed *feed)
{
    struct explain_run run;
    struct explanation part = {0};
    explain_run_begin_view(&run, asking->explainer, feed, asking->change, asking->arena);
    if (!explain_worth_exempts(&run, &part)) {
        const char *what = feed->view->inner ? "counts it, which has a correlation itself"
                                             : "finds it";
        explain_worth_find(&run, &part, EXPLAIN_BY_POLICIES,
                           arena_printf(asking->arena, "%.*s %s", SPAN_ARG(found_by), what));
    }
    add_part(asking, &part);
}

static void add_reason(struct asking *asking, struct span policy, struct span why)
{
    buf_printf(&asking->reasons, "%s%.*s: %.*s", asking->reasons.len ? "; " : "",
               SPAN_ARG(policy), SPAN_ARG(why));
}

/* What a policy that matches feeds itself feeds the one asked about. */
static void look_through(struct asking *asking, const struct plan_feed *between,
                         const struct plan_feed *feed)
{
    struct explain_run run;
    struct explanation part = {0};
    struct span id = between->view->id;
    explain_run_begin_view(&run, asking->explainer, between, asking->change, asking->arena);
    if (explain_worth_exempts(&run, &part)) {
        add_reason(asking, id, part.because);
    } else if (between->view->mode == PLAN_MODE_SHADOW) {
        add_reason(asking, id, SPAN("in mode shadow it feeds nothing"));
    } else {
        look_at_finding(asking, id, feed);
    }
}

/* `between`: what the policy feeds, where that feeds the one asked about; NULL: it does itself. */
static void ask(struct asking *asking, uint32_t source, const struct plan_feed *between,
                const struct plan_feed *feed)
{
    const struct plan_policy *policy = &asking->explainer->plan->policies[source];
    struct explanation said =
        explain_policy(asking->explainer, source, asking->change, asking->arena);
    if (is_match(&said) && policy->mode != PLAN_MODE_SHADOW) {
        if (between) {
            look_through(asking, between, feed);
        } else {
            look_at_finding(asking, policy->id, feed);
        }
        return;
    }
    asking->not_evaluable |= said.verdict == EXPLAIN_NOT_EVALUABLE &&
                             policy->mode == PLAN_MODE_SIGNAL &&
                             policy->failure != PLAN_FAILURE_IGNORE;
    struct span why = is_match(&said) ? SPAN("in mode shadow it feeds nothing") : said.because;
    add_reason(asking, policy->id, why);
}

/* All ways from a policy to the one asked about. */
static void ask_from(struct asking *asking, uint32_t source, uint32_t to)
{
    const struct plan_policy *policy = &asking->explainer->plan->policies[source];
    const struct plan_feed *feed = feed_to(policy, to);
    if (feed) {
        ask(asking, source, NULL, feed);
    }
    for (size_t i = 0; i < policy->feed_count; i++) {
        const struct plan_feed *between = &policy->feeds[i];
        feed = feed_to(between->view, to);
        if (feed) {
            ask(asking, source, between, feed);
        }
    }
}

void explain_feed(struct explainer *explainer, const struct change *change, struct arena *arena,
                  struct explanation *out)
{
    const struct plan *plan = explainer->plan;
    struct asking asking = {.explainer = explainer, .change = change, .arena = arena, .out = out};
    for (uint32_t i = 0; i < plan->policy_count; i++) {
        ask_from(&asking, i, out->policy);
    }
    if (plan->policies[out->policy].mode == PLAN_MODE_DISABLED) {
        explain_decide(out, EXPLAIN_NO_FINDING, EXPLAIN_BY_MODE, SPAN("the policy is disabled"));
    } else if (!asking.found) {
        explain_decide(out, asking.not_evaluable ? EXPLAIN_NOT_EVALUABLE : EXPLAIN_NO_FINDING,
                       EXPLAIN_BY_POLICIES, arena_copy(arena, buf_view(&asking.reasons)));
    }
    buf_deinit(&asking.reasons);
}
