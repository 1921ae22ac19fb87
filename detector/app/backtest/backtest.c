/* backtest.c: days and groups stand in order, and are found by halving. */
#include "app/backtest/backtest.h"

#include "base/check.h"

#include <stdlib.h>

static const int64_t day_us = INT64_C(86400) * 1000000;

void backtest_init(struct backtest *backtest, const struct plan *plan, size_t examples_max)
{
    struct arena *arena = arena_new(0);
    *backtest = (struct backtest){
        .arena = arena,
        .policies = arena_array(arena, plan->policy_count, sizeof *backtest->policies),
        .policy_count = plan->policy_count,
        .examples_max = examples_max,
    };
    for (size_t i = 0; i < plan->policy_count; i++) {
        struct backtest_policy *policy = &backtest->policies[i];
        *policy = (struct backtest_policy){
            .id = plan->policies[i].id,
            .groups = arena_array(arena, BACKTEST_GROUPS_MAX, sizeof *policy->groups),
            .examples = arena_array(arena, examples_max, sizeof *policy->examples),
        };
    }
}

void backtest_deinit(struct backtest *backtest)
{
    for (size_t i = 0; i < backtest->policy_count; i++) {
        free(backtest->policies[i].days);
    }
    arena_free(&backtest->arena);
}

/* NULL: none of the plan. */
static struct backtest_policy *policy_of(const struct backtest *backtest, struct span id)
{
    for (size_t i = 0; i < backtest->policy_count; i++) {
        if (span_equals(backtest->policies[i].id, id)) {
            return &backtest->policies[i];
        }
    }
    return NULL;
}

static void add_day(struct backtest_policy *policy, int64_t time_us)
{
    int64_t day = time_us / day_us - (time_us % day_us < 0);
    size_t place = policy->day_count;
    while (place > 0 && policy->days[place - 1].day > day) { /* most come at the end */
        place--;
    }
    if (place > 0 && policy->days[place - 1].day == day) {
        policy->days[place - 1].alerts++;
        return;
    }
    struct backtest_day *days =
        realloc(policy->days, (policy->day_count + 1) * sizeof *policy->days);
    if (!days) {
        check_memory_exhausted((policy->day_count + 1) * sizeof *policy->days);
    }
    memmove(days + place + 1, days + place, (policy->day_count - place) * sizeof *days);
    days[place] = (struct backtest_day){day, 1};
    policy->days = days;
    policy->day_count++;
}

/* The place of a group, or where it belongs. */
static size_t group_place(const struct backtest_policy *policy, struct span key)
{
    size_t low = 0;
    size_t high = policy->group_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_compare(policy->groups[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_group(struct backtest *backtest, struct backtest_policy *policy, struct span key)
{
    size_t place = group_place(policy, key);
    struct backtest_group *group = &policy->groups[place];
    if (place < policy->group_count && span_equals(group->key, key)) {
        group->alerts++;
        return;
    }
    if (policy->group_count == BACKTEST_GROUPS_MAX) {
        policy->other_alerts++;
        return;
    }
    memmove(group + 1, group, (policy->group_count - place) * sizeof *group);
    *group = (struct backtest_group){arena_copy(backtest->arena, key), 1};
    policy->group_count++;
}

static void add_example(struct backtest *backtest, struct backtest_policy *policy,
                        const struct alert *alert)
{
    struct span title = alert_body_member(alert->signal.body, SPAN("title"));
    if (policy->example_count < backtest->examples_max) {
        policy->examples[policy->example_count++] = (struct backtest_example){
            .time_us = alert->opened_us,
            .severity = arena_copy(backtest->arena, alert->signal.severity),
            .title = arena_copy(backtest->arena, title),
        };
    }
}

/* Opened alerts; those that tell of a policy's own trouble are counted as such elsewhere. */
static void add_alert(struct backtest *backtest, const struct alert *alert)
{
    struct backtest_policy *policy = policy_of(backtest, alert->signal.policy_id);
    if (!policy || alert->status != ALERT_OPENED || alert->signal.kind != SIGNAL_MATCH) {
        return;
    }
    policy->alerts++;
    add_day(policy, alert->opened_us);
    add_group(backtest, policy, alert->signal.group_key);
    add_example(backtest, policy, alert);
}

static void add_count(const struct backtest *backtest, const struct store_policy_count *count)
{
    struct backtest_policy *policy = policy_of(backtest, count->policy_id);
    if (!policy) {
        return;
    }
    const struct {
        struct span name;
        uint64_t *sum;
    } sums[] = {
        {SPAN("evaluated"), &policy->evaluated},
        {SPAN("matched"), &policy->matched},
        {SPAN("not_evaluable"), &policy->not_evaluable},
        {SPAN("late"), &policy->late},
        {SPAN("suppressed"), &policy->suppressed},
    };
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        if (span_equals(sums[i].name, count->counter)) {
            *sums[i].sum += count->count;
        }
    }
}

void backtest_add(struct backtest *backtest, const struct store_batch *batch)
{
    backtest->ledger.read += batch->ledger.read;
    backtest->ledger.evaluated += batch->ledger.evaluated;
    backtest->ledger.quarantined += batch->ledger.quarantined;
    backtest->ledger.skipped += batch->ledger.skipped;
    for (size_t i = 0; i < batch->count_count; i++) {
        add_count(backtest, &batch->counts[i]);
    }
    for (size_t i = 0; i < batch->alert_count; i++) {
        add_alert(backtest, &batch->alerts[i]);
    }
}

static int compare_groups(const void *a, const void *b)
{
    const struct backtest_group *left = a;
    const struct backtest_group *right = b;
    if (left->alerts != right->alerts) {
        return left->alerts > right->alerts ? -1 : 1;
    }
    return span_compare(left->key, right->key);
}

void backtest_finish(struct backtest *backtest)
{
    for (size_t i = 0; i < backtest->policy_count; i++) {
        struct backtest_policy *policy = &backtest->policies[i];
        qsort(policy->groups, policy->group_count, sizeof *policy->groups, compare_groups);
    }
}
