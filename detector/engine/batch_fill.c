/* batch_fill.c: what the store takes of a batch: alerts in order, the ledger, what was counted of
 * each policy. */
#include "engine/batch_run.h"

#include "base/check.h"

enum { CLOCK_TEXT_MAX = 4096 }; /* of a source's clock in the store: some 100 shards */

/* What is counted per policy: by evaluate, then by decide. */
enum {
    COUNTER_SUPPRESSED = EVALUATE_COUNTER_COUNT, COUNTER_DUPLICATE, COUNTER_LATE, COUNTER_COUNT,
};

/* The number of a signal's policy; the search begins at `hint`, because neighbours share theirs. */
static size_t policy_number(const struct plan *plan, const struct signal *signal, size_t hint)
{
    for (size_t i = 0; i < plan->policy_count; i++) {
        size_t number = (hint + i) % plan->policy_count;
        /* by address: signals of this batch point into the plan */
        if (plan->policies[number].id.ptr == signal->policy_id.ptr) {
            return number;
        }
    }
    check(false);
    return 0;
}

/* counts[policy * COUNTER_COUNT + counter] of the batch. */
static uint64_t *count_policies(const struct run *run)
{
    struct engine *engine = run->engine;
    size_t policies = engine->plan->policy_count;
    uint64_t *counts = arena_array(engine->arena, policies * COUNTER_COUNT, sizeof *counts);
    uint64_t *evaluated =
        arena_array(engine->arena, policies * EVALUATE_COUNTER_COUNT, sizeof *evaluated);
    evaluate_stage_take_counts(engine->evaluate, evaluated);
    for (size_t i = 0; i < policies; i++) {
        memcpy(&counts[i * COUNTER_COUNT], &evaluated[i * EVALUATE_COUNTER_COUNT],
               EVALUATE_COUNTER_COUNT * sizeof *counts);
    }
    size_t policy = 0;
    for (size_t i = 0; i < run->outcome_count; i++) {
        policy = policy_number(engine->plan, &run->signals.items[run->first + i], policy);
        uint64_t *row = &counts[policy * COUNTER_COUNT];
        row[COUNTER_SUPPRESSED] += run->outcomes[i] == DECIDE_JOINED;
        row[COUNTER_DUPLICATE] += run->outcomes[i] == DECIDE_DUPLICATE;
        row[COUNTER_LATE] += run->outcomes[i] == DECIDE_LATE;
    }
    return counts;
}

static struct span counter_name(size_t counter)
{
    if (counter < EVALUATE_COUNTER_COUNT) {
        return evaluate_counter_name((enum evaluate_counter)counter);
    }
    static const struct span decided[] = {{"suppressed", 10}, {"duplicate", 9}, {"late", 4}};
    return decided[counter - EVALUATE_COUNTER_COUNT];
}

/* The counts that are not zero. */
static void list_counts(const struct run *run, struct store_batch *out)
{
    struct engine *engine = run->engine;
    size_t total = engine->plan->policy_count * COUNTER_COUNT;
    const uint64_t *counts = count_policies(run);
    struct store_policy_count *list =
        arena_array(engine->arena, total + engine->dropped_count, sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < total; i++) {
        if (counts[i]) {
            list[count++] = (struct store_policy_count){
                engine->plan->policies[i / COUNTER_COUNT].id, counter_name(i % COUNTER_COUNT),
                counts[i]};
        }
    }
    for (size_t i = 0; i < engine->dropped_count; i++) {
        list[count++] = (struct store_policy_count){
            engine->dropped[i].policy_id, SPAN("state_dropped"), 1};
    }
    out->counts = list;
    out->count_count = count;
}

static struct store_ledger ledger_of(const struct run *run)
{
    const struct source_batch *records = run->records;
    return (struct store_ledger){
        .read = records->count + records->blank,
        .evaluated = records->count - run->quarantined_count - run->skipped_count,
        .quarantined = run->quarantined_count,
        .skipped = records->blank + run->skipped_count,
    };
}

static void add_totals(struct run *run, const struct store_ledger *ledger)
{
    struct engine_totals *totals = &run->engine->totals;
    totals->ledger.read += ledger->read;
    totals->ledger.evaluated += ledger->evaluated;
    totals->ledger.quarantined += ledger->quarantined;
    totals->ledger.skipped += ledger->skipped;
    totals->signals += run->outcome_count;
    decide_stage_take_counts(run->engine->decide, &totals->decided);
}

/* What the store keeps with the source itself. */
static struct span position_of(const struct run *run)
{
    struct buf text = {0};
    if (!run->source->clock) {
        return run->records->position;
    }
    shard_clock_encode(run->source->clock, CLOCK_TEXT_MAX, &text);
    struct span copy = arena_copy(run->engine->arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

void batch_fill(struct run *run, struct store_batch *out)
{
    struct engine *engine = run->engine;
    struct alert_list alerts =
        decide_stage_alerts(engine->decide, engine->alert_last + 1, engine->arena);
    engine->alert_last += alerts.count;
    *out = (struct store_batch){
        .source = run->source->name,
        .position = position_of(run),
        .part = run->records->part,
        .part_position = run->records->part.len ? run->records->position : SPAN(""),
        .ledger = ledger_of(run),
        .watermark_us = run->watermark_us,
        .signals = run->signals.items,
        .signal_count = run->signals.count,
        .alerts = alerts.items,
        .alert_count = alerts.count,
        .quarantined = run->quarantined,
        .quarantined_count = run->quarantined_count,
    };
    batch_list_dropped(engine);
    list_counts(run, out);
    batch_list_held(run, out);
    add_totals(run, &out->ledger);
}
