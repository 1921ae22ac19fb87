/* evaluate.c: runs the candidates of one change: changed attributes, condition, exceptions, then
 * what a match is worth; counts every outcome. */
#include "engine/evaluate/evaluate.h"

#include "base/check.h"
#include "engine/evaluate/host.h"
#include "engine/evaluate/verdict.h"

#include <stdlib.h>

struct evaluator {
    struct plan *plan;
    struct lookup_set *lookups;
    struct arena *own;     /* as long as the evaluator */
    struct arena *scratch; /* one change */
    struct host truth;
    struct host masked;    /* begun anew for each match of a policy with masks */
    uint64_t *counts;
    uint32_t *held;        /* policies whose match of the last change is held back */
    size_t held_count;
};

struct span evaluate_counter_name(enum evaluate_counter counter)
{
    static const struct span names[EVALUATE_COUNTER_COUNT] = {
        [EVALUATE_CANDIDATE] = {"evaluated", 9},
        [EVALUATE_MATCHED] = {"matched", 7},
        [EVALUATE_NOT_EVALUABLE] = {"not_evaluable", 13},
        [EVALUATE_EXCEPTED] = {"excepted", 8},
        [EVALUATE_EXCEPTION_FAILED] = {"exception_failed", 16},
        [EVALUATE_SHADOWED] = {"shadowed", 8},
        [EVALUATE_SEVERITY_FAILED] = {"severity_failed", 15},
        [EVALUATE_GROUP_ABSENT] = {"group_absent", 12},
        [EVALUATE_GROUP_CUT] = {"group_cut", 9},
        [EVALUATE_VALUE_ABSENT] = {"value_absent", 12},
        [EVALUATE_LOOKUP_STALE] = {"lookup_stale", 12},
        [EVALUATE_ROUNDED] = {"rounded", 7},
        [EVALUATE_HELD] = {"held", 4},
        [EVALUATE_RELEASED] = {"released", 8},
        [EVALUATE_WITHDRAWN] = {"withdrawn", 9},
        [EVALUATE_HURRIED] = {"hurried", 7},
    };
    return names[counter];
}

void signal_list_reserve(struct signal_list *list, size_t wanted, struct arena *arena)
{
    if (wanted <= list->capacity) {
        return;
    }
    size_t capacity = 2 * list->capacity > 8 ? 2 * list->capacity : 8;
    capacity = capacity < wanted ? wanted : capacity;
    struct signal *items = arena_array(arena, capacity, sizeof *items);
    if (list->count) {
        memcpy(items, list->items, list->count * sizeof *items);
    }
    list->items = items;
    list->capacity = capacity;
}

struct evaluator *evaluator_new(struct plan *plan, struct lookup_set *lookups)
{
    struct evaluator *evaluator = calloc(1, sizeof *evaluator);
    if (!evaluator) {
        check_memory_exhausted(sizeof *evaluator);
    }
    evaluator->plan = plan_ref(plan);
    evaluator->lookups = lookup_set_ref(lookups);
    evaluator->own = arena_new(0);
    evaluator->scratch = arena_new(0);
    struct host_texts texts = host_texts_of(plan, evaluator->own);
    host_init(&evaluator->truth, plan, lookups, texts);
    host_init(&evaluator->masked, plan, lookups, texts);
    evaluator->counts = arena_array(evaluator->own, plan->policy_count * EVALUATE_COUNTER_COUNT,
                                    sizeof *evaluator->counts);
    evaluator->held = arena_array(evaluator->own, plan->policy_count, sizeof *evaluator->held);
    return evaluator;
}

void evaluator_free(struct evaluator **evaluator)
{
    struct evaluator *ended = *evaluator;
    if (!ended) {
        return;
    }
    host_deinit(&ended->truth);
    host_deinit(&ended->masked);
    arena_free(&ended->own);
    arena_free(&ended->scratch);
    lookup_set_unref(&ended->lookups);
    plan_unref(&ended->plan);
    free(ended);
    *evaluator = NULL;
}

void evaluator_take_counts(struct evaluator *evaluator, uint64_t *counts)
{
    size_t count = evaluator->plan->policy_count * EVALUATE_COUNTER_COUNT;
    if (count) {
        memcpy(counts, evaluator->counts, count * sizeof *counts);
        memset(evaluator->counts, 0, count * sizeof *counts);
    }
}

static bool attributes_changed(const struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    const struct change *change = verdict->input->change;
    bool changed = policy->attributes_changed_count == 0;
    for (size_t i = 0; i < policy->attributes_changed_count && !changed; i++) {
        changed = diff_path_differs(change, policy->attributes_changed[i], verdict->scratch);
    }
    return changed;
}

/* A verdict that a later row may change waits for it. What it says when asked again is final. */
static bool holds_back(struct verdict *verdict)
{
    verdict->stands = true;
    verdict->held = verdict->policy->grace_us > 0 && !verdict->again;
    verdict->counts[EVALUATE_HELD] += verdict->held;
    return verdict->held;
}

/* True when nothing exempts the match, and it is not held back. */
static bool match(struct verdict *verdict)
{
    bool exempt = verdict_is_exempt(verdict);
    if (!exempt && holds_back(verdict)) {
        return false;
    }
    verdict->counts[EVALUATE_MATCHED]++;
    if (exempt) {
        return false;
    }
    if (verdict->policy->mode == PLAN_MODE_ENFORCE) {
        verdict_match(verdict);
    } else {
        verdict->counts[EVALUATE_SHADOWED]++;
    }
    return true;
}

static struct value no_truth(const struct value *value, struct arena *arena)
{
    return value_failure(VALUE_ERROR_NO_OVERLOAD,
                         arena_printf(arena, "the condition gave %s instead of true or false",
                                      value_kind_name(value->kind)));
}

/* What the policies that look at findings of this one are told. */
struct judgement {
    bool found;
    struct value error; /* VALUE_ERROR: the condition has no value */
    const struct plan_lookup *stale; /* that it asked; NULL: none */
};

static struct judgement judge(struct verdict *verdict)
{
    struct judgement judgement = {.error = value_null()};
    const struct cel_program *condition = verdict->policy->condition;
    struct value value = condition ? cel_run(condition, verdict->truth->frame) : value_bool(true);
    if (value.kind == VALUE_BOOL) {
        judgement.found = value.boolean && match(verdict);
    } else if (value.kind != VALUE_ERROR) {
        judgement.error = no_truth(&value, verdict->scratch);
    } else if (!host_skipping_lookup(verdict->truth, &value) && !verdict_is_exempt(verdict)) {
        judgement.error = value;
    }
    if (judgement.error.kind == VALUE_ERROR && holds_back(verdict)) {
        judgement.error = value_null();
    }
    if (judgement.error.kind == VALUE_ERROR) {
        verdict_fail(verdict, condition, judgement.error);
    }
    return judgement;
}

/* What ran since the policy before was done is this one's; of one that is held back it is told when
 * it is asked again. The stale lookup that it asked; NULL: none, or not yet. */
static const struct plan_lookup *settle(struct verdict *verdict)
{
    bool rounded = cel_frame_take_rounded(verdict->truth->frame);
    const struct plan_lookup *stale = host_take_stale(verdict->truth);
    if (verdict->held) {
        return NULL;
    }
    verdict->counts[EVALUATE_ROUNDED] += rounded;
    if (stale) {
        verdict_stale(verdict, stale);
    }
    return stale;
}

/* The policy as it looks at what another makes of the change. */
static struct verdict fed_by(struct evaluator *evaluator, const struct verdict *source,
                             const struct plan_feed *feed)
{
    struct verdict fed = *source;
    fed.policy = feed->view;
    fed.counts = &evaluator->counts[feed->policy * EVALUATE_COUNTER_COUNT];
    fed.feed = feed;
    fed.again = true; /* the source has waited for its lookups, too */
    fed.found_by = source->policy->id;
    fed.found = verdict_finding(source);
    fed.problem = (struct span){0};
    return fed;
}

/* In mode signal a policy tells nobody that it cannot do its work: what it feeds does. */
static void tell_trouble(const struct verdict *verdict, const struct judgement *judgement,
                         struct verdict *fed)
{
    const struct plan_policy *policy = verdict->policy;
    if (policy->mode != PLAN_MODE_SIGNAL) {
        return;
    }
    if (judgement->error.kind == VALUE_ERROR && policy->failure != PLAN_FAILURE_IGNORE) {
        verdict_fail(fed, policy->condition, judgement->error);
    }
    if (judgement->stale) {
        verdict_stale(fed, judgement->stale);
    }
}

/* One correlation over the policy's findings; *out: what those over its own are told. */
static void run_feed(const struct verdict *verdict, const struct judgement *judgement, bool found,
                     struct verdict *fed, struct judgement *out)
{
    *out = (struct judgement){.error = value_null()};
    if (found) {
        fed->counts[EVALUATE_CANDIDATE]++;
        out->found = match(fed);
    }
    tell_trouble(verdict, judgement, fed);
    if (verdict->policy->mode == PLAN_MODE_SIGNAL) { /* else the policy itself told */
        out->error = judgement->error;
        out->stale = judgement->stale;
    }
    const struct plan_lookup *own = settle(fed);
    out->stale = out->stale ? out->stale : own;
}

/* The correlations over the policy's findings, and those over theirs: not deeper than plans are. */
static void run_feeds(struct evaluator *evaluator, const struct verdict *verdict,
                      const struct judgement *judgement)
{
    const struct plan_policy *policy = verdict->policy;
    bool found = judgement->found &&
                 (policy->mode == PLAN_MODE_SIGNAL || policy->mode == PLAN_MODE_ENFORCE);
    bool trouble = judgement->error.kind == VALUE_ERROR || judgement->stale;
    for (size_t i = 0; i < policy->feed_count && (found || trouble); i++) {
        struct verdict fed = fed_by(evaluator, verdict, &policy->feeds[i]);
        struct judgement further;
        run_feed(verdict, judgement, found, &fed, &further);
        run_feeds(evaluator, &fed, &further);
    }
}

static void run_policy(struct evaluator *evaluator, struct verdict *verdict)
{
    (void)host_take_stale(verdict->truth); /* that of the policy before */
    if (!attributes_changed(verdict)) {
        return;
    }
    verdict->counts[EVALUATE_CANDIDATE] += !verdict->again;
    struct judgement judgement = judge(verdict);
    judgement.stale = settle(verdict);
    run_feeds(evaluator, verdict, &judgement);
}

static struct plan_candidates select_policies(const struct plan *plan, const struct change *change,
                                              struct arena *scratch)
{
    return change->call ? plan_select_call(plan, change->call, scratch)
                        : plan_select(plan, change->table, change->op, scratch);
}

static struct verdict verdict_of(struct evaluator *evaluator, const struct evaluate_input *input,
                                 uint32_t number, struct arena *arena, struct signal_list *out)
{
    return (struct verdict){
        .policy = &evaluator->plan->policies[number],
        .input = input,
        .truth = &evaluator->truth,
        .masked = &evaluator->masked,
        .counts = &evaluator->counts[number * EVALUATE_COUNTER_COUNT],
        .scratch = evaluator->scratch,
        .arena = arena,
        .out = out,
    };
}

void evaluator_run(struct evaluator *evaluator, const struct evaluate_input *input,
                   struct arena *arena, struct signal_list *out)
{
    arena_reset(evaluator->scratch);
    evaluator->held_count = 0;
    struct plan_candidates candidates =
        select_policies(evaluator->plan, input->change, evaluator->scratch);
    if (candidates.count == 0) {
        return;
    }
    host_begin(&evaluator->truth, input, NULL, evaluator->scratch);
    for (size_t i = 0; i < candidates.count; i++) {
        uint32_t number = candidates.policies[i];
        struct verdict verdict = verdict_of(evaluator, input, number, arena, out);
        run_policy(evaluator, &verdict);
        if (verdict.held) {
            evaluator->held[evaluator->held_count++] = number;
        }
    }
}

const uint32_t *evaluator_held(const struct evaluator *evaluator, size_t *count)
{
    *count = evaluator->held_count;
    return evaluator->held;
}

const struct plan_policy *evaluator_policy(const struct evaluator *evaluator, uint32_t number)
{
    return &evaluator->plan->policies[number];
}

/* A policy that was edited meanwhile need not look at such a change any more. */
static bool find_candidate(struct evaluator *evaluator, const struct change *change,
                           struct span policy_id, uint32_t *number)
{
    const struct plan *plan = evaluator->plan;
    struct plan_candidates candidates = select_policies(plan, change, evaluator->scratch);
    size_t i = 0;
    while (i < candidates.count &&
           !span_equals(plan->policies[candidates.policies[i]].id, policy_id)) {
        i++;
    }
    *number = i < candidates.count ? candidates.policies[i] : 0;
    return i < candidates.count;
}

void evaluator_ask(struct evaluator *evaluator, const struct evaluate_input *input,
                   const struct evaluate_again *again, struct arena *arena,
                   struct signal_list *out)
{
    uint32_t number;
    arena_reset(evaluator->scratch);
    if (!find_candidate(evaluator, input->change, again->policy_id, &number)) {
        return;
    }
    host_begin(&evaluator->truth, input, NULL, evaluator->scratch);
    struct verdict verdict = verdict_of(evaluator, input, number, arena, out);
    verdict.again = true;
    run_policy(evaluator, &verdict);
    verdict.counts[verdict.stands ? EVALUATE_RELEASED : EVALUATE_WITHDRAWN]++;
    verdict.counts[EVALUATE_HURRIED] += again->hurried;
}
