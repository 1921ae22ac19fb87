#include "engine/evaluate/evaluate.h"

#include "base/check.h"
#include "engine/evaluate/body.h"
#include "engine/evaluate/group.h"
#include "engine/evaluate/host.h"

#include <stdlib.h>

enum {
    HORIZON_US = 10 * 60 * 1000000,        /* no policy remembers for longer yet */
};
/* "not evaluable": one alert a policy and hour. */
static const int64_t notice_episode_us = INT64_C(3600) * 1000000;

struct evaluator {
    struct plan *plan;
    struct lookup_set *lookups;
    struct arena *own;     /* as long as the evaluator */
    struct arena *scratch; /* one change */
    struct host truth;
    struct host masked;    /* begun anew for each match of a policy with masks */
    uint64_t *counts;
};

/* One policy on one change. */
struct verdict {
    struct evaluator *evaluator;
    const struct evaluate_input *input;
    const struct plan_policy *policy;
    uint64_t *counts;
    struct host *shown;   /* once it is known that something will be shown */
    struct span problem;  /* what could not be evaluated; empty */
    struct arena *arena;
    struct signal_list *out;
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
        [EVALUATE_LOOKUP_STALE] = {"lookup_stale", 12},
    };
    return names[counter];
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

static struct signal *append_signal(struct signal_list *list, struct arena *arena)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct signal *items = arena_array(arena, capacity, sizeof *items);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    return &list->items[list->count++];
}

/* The view that alerts are written from. */
static void show(struct verdict *verdict)
{
    struct evaluator *evaluator = verdict->evaluator;
    verdict->shown = &evaluator->truth;
    if (verdict->policy->mask_count > 0) {
        host_begin(&evaluator->masked, verdict->input, verdict->policy, evaluator->scratch);
        verdict->shown = &evaluator->masked;
    }
}

/* What every finding of a policy on a change shares; `prefix` keeps kinds of findings apart. */
static struct digest finding_of(const struct verdict *verdict, struct span prefix)
{
    struct digest change = change_id(verdict->input->change, verdict->evaluator->scratch);
    struct digest_state state;
    digest_init(&state);
    if (prefix.len) {
        digest_field(&state, prefix);
    }
    digest_field(&state, verdict->policy->id);
    digest_field(&state, span_of((const char *)change.bytes, DIGEST_BYTES));
    return digest_finish(&state);
}

static struct signal signal_of(const struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    const struct evaluate_input *input = verdict->input;
    return (struct signal){
        .policy_id = policy->id,
        .policy_version = policy->version,
        .state_id = policy->state_id,
        .source = input->source,
        .offset = input->offset,
        .event_time_us = input->change->event_time_us,
        .detected_us = input->detected_us,
        .horizon_us = HORIZON_US,
        .episode_us = policy->each_finding ? 0 : policy->episode_us,
        .summary = policy->summary,
    };
}

/* Tells people about a policy that could not do its work; at most one alert an hour and group. */
static void emit_notice(struct verdict *verdict, struct span group, struct span title)
{
    struct body_request request = {
        .policy = verdict->policy, .shown = verdict->shown, .title = title,
        .problem = verdict->problem};
    struct signal signal = signal_of(verdict);
    signal.kind = SIGNAL_NOT_EVALUABLE;
    signal.finding = finding_of(verdict, group);
    signal.group_key = group;
    signal.severity = plan_severity_name(verdict->policy->severity);
    signal.episode_us = notice_episode_us;
    signal.summary = true;
    signal.body = body_write(&request, verdict->arena);
    *append_signal(verdict->out, verdict->arena) = signal;
}

/* The text of an error, when masks do not change it: only then it cannot hold a masked value. */
static struct span error_text(const struct verdict *verdict, const struct cel_program *program,
                              struct value error)
{
    if (verdict->shown != &verdict->evaluator->truth) {
        struct value shown = cel_run(program, verdict->shown->frame);
        if (shown.kind != VALUE_ERROR || !span_equals(shown.text, error.text)) {
            return SPAN("the reason is not shown, because it depends on masked attributes");
        }
    }
    return error.text;
}

static struct span severity_of(const struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    enum plan_severity severity = policy->severity;
    if (policy->severity_program) {
        struct value word = cel_run(policy->severity_program, verdict->evaluator->truth.frame);
        if (word.kind != VALUE_STRING || !plan_severity_parse(word.text, &severity)) {
            verdict->counts[EVALUATE_SEVERITY_FAILED]++;
        }
    }
    return plan_severity_name(severity);
}

static struct group_list group_of_finding(const struct verdict *verdict,
                                          const struct digest *finding)
{
    struct arena *arena = verdict->evaluator->scratch;
    struct group_list list = {.keys = arena_array(arena, 1, sizeof *list.keys), .count = 1};
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(finding, hex);
    list.keys[0] = arena_copy(arena, span_of(hex, DIGEST_HEX_LENGTH));
    return list;
}

static struct group_list groups_of(const struct verdict *verdict, const struct digest *finding)
{
    struct evaluator *evaluator = verdict->evaluator;
    if (verdict->policy->each_finding) {
        return group_of_finding(verdict, finding);
    }
    return group_list_of(verdict->policy, &evaluator->truth, verdict->shown, evaluator->scratch);
}

/* One signal for each group of a match. */
static void emit_groups(struct verdict *verdict, struct signal signal,
                        const struct group_list *groups)
{
    struct body_request request = {
        .policy = verdict->policy, .shown = verdict->shown, .problem = verdict->problem};
    signal.severity = severity_of(verdict);
    signal.body = body_write(&request, verdict->arena);
    for (size_t i = 0; i < groups->count; i++) {
        signal.fan_index = (uint32_t)i;
        signal.group_key = arena_copy(verdict->arena, groups->keys[i]);
        *append_signal(verdict->out, verdict->arena) = signal;
    }
}

static void report(struct verdict *verdict)
{
    struct span title =
        arena_printf(verdict->evaluator->scratch, "Policy %.*s could not be evaluated: %.*s",
                     SPAN_ARG(verdict->policy->id), SPAN_ARG(verdict->problem));
    emit_notice(verdict, SPAN("not evaluable"), title);
}

/* What the policy wants done when one of its expressions has no value. */
static void fail(struct verdict *verdict, const struct cel_program *program, struct value error)
{
    const struct plan_policy *policy = verdict->policy;
    verdict->counts[EVALUATE_NOT_EVALUABLE]++;
    if (policy->mode != PLAN_MODE_ENFORCE || policy->failure == PLAN_FAILURE_IGNORE) {
        return;
    }
    show(verdict);
    verdict->problem = error_text(verdict, program, error);
    if (policy->failure == PLAN_FAILURE_REPORT) {
        report(verdict);
        return;
    }
    struct signal signal = signal_of(verdict);
    signal.finding = finding_of(verdict, SPAN(""));
    struct group_list groups = groups_of(verdict, &signal.finding);
    if (groups.count == 0) { /* an alert is wanted even where the group has no key */
        groups = group_of_finding(verdict, &signal.finding);
    }
    emit_groups(verdict, signal, &groups);
}

static void emit_match(struct verdict *verdict)
{
    struct signal signal = signal_of(verdict);
    show(verdict);
    signal.finding = finding_of(verdict, SPAN(""));
    struct group_list groups = groups_of(verdict, &signal.finding);
    if (groups.error.kind == VALUE_ERROR) {
        fail(verdict, groups.failed, groups.error);
        return;
    }
    verdict->counts[EVALUATE_GROUP_ABSENT] += groups.absent;
    verdict->counts[EVALUATE_GROUP_CUT] += groups.cut;
    if (groups.count > 0) {
        emit_groups(verdict, signal, &groups);
    }
}

static bool attributes_changed(const struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    const struct change *change = verdict->input->change;
    bool changed = policy->attributes_changed_count == 0;
    for (size_t i = 0; i < policy->attributes_changed_count && !changed; i++) {
        changed = diff_path_differs(change, policy->attributes_changed[i],
                                    verdict->evaluator->scratch);
    }
    return changed;
}

/* An exception exempts a match until it expires, counted; one without a value does not. */
static bool is_exempt(const struct verdict *verdict)
{
    const struct plan_policy *policy = verdict->policy;
    for (size_t i = 0; i < policy->exception_count; i++) {
        const struct plan_exception *exception = &policy->exceptions[i];
        if (verdict->input->change->event_time_us >= exception->expires_us) {
            continue;
        }
        struct value exempt = cel_run(exception->condition, verdict->evaluator->truth.frame);
        if (exempt.kind == VALUE_BOOL && exempt.boolean) {
            verdict->counts[EVALUATE_EXCEPTED]++;
            return true;
        }
        verdict->counts[EVALUATE_EXCEPTION_FAILED] += exempt.kind != VALUE_BOOL;
    }
    return false;
}

static void match(struct verdict *verdict)
{
    verdict->counts[EVALUATE_MATCHED]++;
    if (is_exempt(verdict)) {
        return;
    }
    if (verdict->policy->mode == PLAN_MODE_ENFORCE) {
        emit_match(verdict);
    } else {
        verdict->counts[EVALUATE_SHADOWED]++;
    }
}

static struct value no_truth(const struct value *value, struct arena *arena)
{
    return value_failure(VALUE_ERROR_NO_OVERLOAD,
                         arena_printf(arena, "the condition gave %s instead of true or false",
                                      value_kind_name(value->kind)));
}

static void judge(struct verdict *verdict)
{
    const struct cel_program *condition = verdict->policy->condition;
    struct evaluator *evaluator = verdict->evaluator;
    struct value value = condition ? cel_run(condition, evaluator->truth.frame) : value_bool(true);
    if (value.kind == VALUE_BOOL) {
        if (value.boolean) {
            match(verdict);
        }
    } else if (value.kind != VALUE_ERROR) {
        fail(verdict, condition, no_truth(&value, evaluator->scratch));
    } else if (!host_skipping_lookup(&evaluator->truth, &value) && !is_exempt(verdict)) {
        fail(verdict, condition, value);
    }
}

/* The answer came from a lookup that is too old: counted, and told where its `on_stale` says so. */
static void tell_stale(struct verdict *verdict)
{
    const struct host *truth = &verdict->evaluator->truth;
    const struct plan_lookup *lookup = &verdict->evaluator->plan->lookups[truth->stale_lookup];
    verdict->counts[EVALUATE_LOOKUP_STALE]++;
    if (lookup->on_stale != PLAN_STALE_ALERT || verdict->policy->mode != PLAN_MODE_ENFORCE) {
        return;
    }
    show(verdict);
    verdict->problem = truth->texts.stale[truth->stale_lookup];
    struct span title = arena_printf(verdict->evaluator->scratch,
                                     "Policy %.*s uses old rows: %.*s",
                                     SPAN_ARG(verdict->policy->id), SPAN_ARG(verdict->problem));
    emit_notice(verdict, SPAN("stale lookup"), title);
}

static void run_policy(struct verdict *verdict)
{
    uint64_t stale_before = verdict->evaluator->truth.stale_asked;
    if (!attributes_changed(verdict)) {
        return;
    }
    verdict->counts[EVALUATE_CANDIDATE]++;
    judge(verdict);
    if (verdict->evaluator->truth.stale_asked != stale_before) {
        tell_stale(verdict);
    }
}

void evaluator_run(struct evaluator *evaluator, const struct evaluate_input *input,
                   struct arena *arena, struct signal_list *out)
{
    const struct plan *plan = evaluator->plan;
    arena_reset(evaluator->scratch);
    struct plan_candidates candidates =
        plan_select(plan, input->change->table, input->change->op, evaluator->scratch);
    if (candidates.count == 0) {
        return;
    }
    host_begin(&evaluator->truth, input, NULL, evaluator->scratch);
    for (size_t i = 0; i < candidates.count; i++) {
        uint32_t number = candidates.policies[i];
        struct verdict verdict = {
            .evaluator = evaluator,
            .input = input,
            .policy = &plan->policies[number],
            .counts = &evaluator->counts[number * EVALUATE_COUNTER_COUNT],
            .arena = arena,
            .out = out,
        };
        run_policy(&verdict);
    }
}
