/* batch.c: the steps of one micro-batch: evaluate in slices, merge in the order of the source,
 * decide, and give the batch that the store takes. */
#include "engine/batch_run.h"

#include "base/check.h"
#include "engine/plan_states.h"

#include <stdlib.h>

static void hold_plan(struct engine *engine, struct plan *plan, struct lookup_set *lookups)
{
    engine->plan = plan_ref(plan);
    engine->lookups = lookup_set_ref(lookups);
    engine->evaluate = evaluate_stage_new(worker_pool_count(engine->pool), plan, lookups);
    buf_clear(&engine->states);
    (void)plan_states_write(plan, &engine->states);
}

static void release_plan(struct engine *engine)
{
    evaluate_stage_free(&engine->evaluate);
    lookup_set_unref(&engine->lookups);
    plan_unref(&engine->plan);
}

struct engine *engine_new(const struct engine_options *options, struct plan *plan,
                          struct lookup_set *lookups)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (!engine) {
        check_memory_exhausted(sizeof *engine);
    }
    check(options->threads >= 1 && options->threads <= 64);
    engine->clock = options->clock;
    engine->signal_last = options->signal_last;
    engine->alert_last = options->alert_last;
    engine->pool = worker_pool_new(options->threads);
    engine->decide = decide_stage_new();
    engine->held = held_sources_new();
    engine->times = source_times_new();
    engine->states_told = batch_digest(SPAN("{\"states\":[]}")); /* a log that says nothing */
    engine->arena = arena_new(0);
    hold_plan(engine, plan, lookups);
    return engine;
}

void engine_free(struct engine **engine)
{
    struct engine *ended = *engine;
    if (!ended) {
        return;
    }
    release_plan(ended);
    worker_pool_free(&ended->pool);
    decide_stage_free(&ended->decide);
    held_sources_free(&ended->held);
    source_times_free(&ended->times);
    buf_deinit(&ended->states);
    arena_free(&ended->arena);
    free(ended);
    *engine = NULL;
}

void engine_set_plan(struct engine *engine, struct plan *plan, struct lookup_set *lookups)
{
    release_plan(engine);
    hold_plan(engine, plan, lookups);
}

void engine_replay(struct engine *engine, const struct signal *signal)
{
    struct decide_counts old = {0};
    check(signal->sequence <= engine->signal_last);
    decide_stage_begin(engine->decide);
    decide_stage_fold_one(engine->decide, signal);
    if (signal->kind == SIGNAL_STATES) {
        engine->states_told = batch_digest(signal->body);
    } else {
        source_times_replay(engine->times, signal);
    }
    /* thrown away: these signals were counted when they were new */
    decide_stage_take_counts(engine->decide, &old);
    decide_stage_take_dropped(engine->decide, NULL, NULL);
}

void engine_begin(struct engine *engine, const struct engine_source *const *sources, size_t count)
{
    source_times_rest_all(engine->times);
    for (size_t i = 0; i < count; i++) {
        struct held_queue *held = held_sources_get(engine->held, sources[i]->name);
        source_times_see(engine->times, sources[i]->name,
                         batch_told_of(held, sources[i]->watermark_us), false);
    }
}

static size_t slice_count(const struct source_batch *records)
{
    return (records->count + SLICE_RECORDS - 1) / SLICE_RECORDS;
}

static void get_record(void *context, size_t index, struct evaluate_record *out)
{
    const struct run *run = context;
    const struct source_record *record = &run->records->records[index];
    *out = (struct evaluate_record){
        .bytes = record->bytes,
        .source = run->source->name,
        .account = run->source->account,
        .format = run->source->format,
        .offset = record->offset,
        .arrival_us = record->arrival_us,
        .refused = record->refused,
    };
}

static void evaluate(struct run *run)
{
    struct engine *engine = run->engine;
    const struct evaluate_records records = {
        .count = run->records->count,
        .get = get_record,
        .context = run,
        .detected_us = run->detected_us,
    };
    evaluate_stage_run(engine->evaluate, engine->pool, &records);
}

/* Room for what the records gave, for a list of states, and for ticks: of other sources before, of
 * any behind. What was held back takes more. */
static void allocate_results(struct run *run)
{
    size_t others = 2 * source_times_ticks_max(run->engine->times) + 2;
    struct arena *arena = run->engine->arena;
    const struct record_outcome *outcomes = evaluate_stage_outcomes(run->engine->evaluate);
    size_t signals = 0;
    size_t quarantined = 0;
    for (size_t i = 0; i < run->records->count; i++) {
        signals += outcomes[i].signal_count;
        quarantined += outcomes[i].refused != NULL;
    }
    signal_list_reserve(&run->signals, signals + others, arena);
    run->quarantined = arena_array(arena, quarantined, sizeof *run->quarantined);
}

static void quarantine(struct run *run, const struct source_record *record,
                       const struct record_outcome *outcome)
{
    struct arena *arena = run->engine->arena;
    struct span reason = span_view(outcome->refused);
    /* SIZE_MAX: no single byte is to blame */
    if (outcome->refused_offset != SIZE_MAX) {
        reason = arena_printf(arena, "%s at byte %zu", outcome->refused, outcome->refused_offset);
    }
    run->quarantined[run->quarantined_count++] = (struct store_quarantined){
        .source = run->source->name,
        .offset = record->offset,
        .line = record->line,
        .reason = reason,
        .bytes = record->bytes,
        .detected_us = run->detected_us,
    };
}

static void raise_watermark(struct run *run, int64_t time_us)
{
    if (time_us > run->watermark_us) {
        run->watermark_us = time_us;
    }
}

/* An event of a record was passed. */
static void see_event(struct run *run, const struct source_record *record, int64_t event_time_us)
{
    struct shard_clock *clock = run->source->clock;
    if (clock) {
        shard_clock_see(clock, run->records->part, event_time_us,
                        record->arrival_us ? record->arrival_us : event_time_us);
    }
    raise_watermark(run, clock ? shard_clock_watermark(clock) : event_time_us);
}

/* Time goes on although no record comes. */
static void see_idle(struct run *run)
{
    if (run->source->clock && run->records->idle_us) {
        shard_clock_idle(run->source->clock, run->records->idle_us);
        raise_watermark(run, shard_clock_watermark(run->source->clock));
    }
}

/* The signals of a record, each with the watermark as of its event. Of events that gave none only
 * the newest one is told, with the whole record. */
static void take_record(struct run *run, const struct source_record *record,
                        const struct record_outcome *outcome, const struct signal *signals)
{
    for (uint32_t i = 0; i < outcome->signal_count; i++) {
        see_event(run, record, signals[i].event_time_us);
        batch_take_signal(run, &signals[i]);
    }
    if (outcome->event_count > 0) {
        see_event(run, record, outcome->event_time_us);
    }
    batch_ask_due(run);
}

/* Brings the slices' results into the order of the source; the watermark moves record by record. */
static void merge_slice(struct run *run, size_t slice)
{
    const struct evaluate_stage *stage = run->engine->evaluate;
    const struct record_outcome *outcomes = evaluate_stage_outcomes(stage);
    const struct signal_list *signals = evaluate_stage_signals(stage, slice);
    const struct held_list *held = evaluate_stage_held(stage, slice);
    size_t taken = 0;
    size_t holding = 0;
    size_t from = slice * SLICE_RECORDS;
    for (size_t i = from; i < from + SLICE_RECORDS && i < run->records->count; i++) {
        const struct source_record *record = &run->records->records[i];
        if (outcomes[i].refused) {
            quarantine(run, record, &outcomes[i]);
        }
        run->skipped_count += outcomes[i].skipped;
        batch_hold(run, held->items + holding, outcomes[i].held_count);
        holding += outcomes[i].held_count;
        take_record(run, record, &outcomes[i], signals->items + taken);
        taken += outcomes[i].signal_count;
    }
}

static void decide(struct run *run)
{
    struct engine *engine = run->engine;
    source_times_see(engine->times, run->source->name, batch_told(run), false);
    /* ticks belong to no policy and are not counted */
    run->outcome_count = run->signals.count - run->first;
    run->outcomes = arena_array(engine->arena, run->outcome_count, sizeof *run->outcomes);
    if (run->outcome_count > 0) {
        decide_stage_fold(engine->decide, engine->pool, run->signals.items + run->first,
                          run->outcome_count, run->outcomes);
    }
    batch_tick(run);
}

void engine_run(struct engine *engine, const struct engine_source *source,
                const struct source_batch *records, struct store_batch *out)
{
    struct run run = {
        .engine = engine,
        .source = source,
        .records = records,
        .detected_us = clock_now_us(engine->clock),
        .watermark_us = source->watermark_us,
    };
    batch_begin(&run);
    evaluate(&run);
    source_times_see(engine->times, source->name, batch_told(&run), false);
    allocate_results(&run);
    batch_tell_states(&run);
    batch_tell_others(&run);
    for (size_t i = 0; i < slice_count(records); i++) {
        merge_slice(&run, i);
    }
    see_idle(&run);
    batch_ask_due(&run);
    decide(&run);
    batch_fill(&run, out);
}

/* A batch without records, that asks all that is held back. */
static void run_held(struct run *run)
{
    batch_begin(run);
    evaluate(run); /* nothing: texts of the batch before end here */
    batch_tell_states(run);
    batch_tell_others(run);
    batch_ask_all(run);
    decide(run);
}

void engine_end(struct engine *engine, const struct engine_source *source, struct span position,
                struct store_batch *out)
{
    const struct source_batch nothing = {.position = position};
    struct run run = {
        .engine = engine,
        .source = source,
        .records = &nothing,
        .detected_us = clock_now_us(engine->clock),
        .watermark_us = source->watermark_us,
    };
    run_held(&run);
    batch_fill(&run, out);
}

void engine_tell(struct engine *engine, const struct engine_source *source,
                 const struct signal *signal, struct store_batch *out)
{
    const struct source_batch nothing = {0};
    struct run run = {
        .engine = engine,
        .source = source,
        .records = &nothing,
        .watermark_us = source->watermark_us,
    };
    check(source->clock != NULL); /* a batch without records would forget the position of others */
    batch_begin(&run);
    batch_tell_states(&run);
    batch_take_signal(&run, signal);
    decide_stage_fold_one(engine->decide, &run.signals.items[run.signals.count - 1]);
    batch_fill(&run, out);
}

/* The watermark at which the windows of all policies have closed. */
static int64_t closed_us(const struct plan *plan, int64_t watermark_us)
{
    int64_t horizon_us = 0;
    for (size_t i = 0; i < plan->policy_count; i++) {
        if (plan->policies[i].horizon_us > horizon_us) {
            horizon_us = plan->policies[i].horizon_us;
        }
    }
    int64_t closed;
    bool far = __builtin_mul_overflow(horizon_us, 2, &closed) ||
               __builtin_add_overflow(watermark_us, closed, &closed);
    return far ? INT64_MAX : closed;
}

/* How long the windows of a policy are open behind an event; of none of the plan for ever. */
static int64_t open_us(const struct plan *plan, struct span policy_id)
{
    for (size_t i = 0; i < plan->policy_count; i++) {
        if (span_equals(plan->policies[i].id, policy_id)) {
            return plan->policies[i].open_us;
        }
    }
    return INT64_MAX;
}

/* Leaves the alerts of windows that were open when the source had come to this time. */
static void leave_open(const struct engine *engine, int64_t time_us, struct store_batch *out)
{
    struct alert *kept = arena_array(engine->arena, out->alert_count, sizeof *kept);
    size_t count = 0;
    for (size_t i = 0; i < out->alert_count; i++) {
        const struct alert *alert = &out->alerts[i];
        int64_t until_us;
        if (__builtin_add_overflow(time_us, open_us(engine->plan, alert->signal.policy_id),
                                   &until_us) ||
            alert->opened_us <= until_us) {
            kept[count++] = *alert;
        }
    }
    out->alerts = kept;
    out->alert_count = count;
}

void engine_run_on(struct engine *engine, const struct engine_source *source,
                   struct store_batch *out)
{
    const struct source_batch nothing = {0};
    struct run run = {
        .engine = engine,
        .source = source,
        .records = &nothing,
        .detected_us = clock_now_us(engine->clock),
        .watermark_us = closed_us(engine->plan, source->watermark_us),
    };
    run_held(&run);
    batch_fill(&run, out);
    leave_open(engine, source->watermark_us, out);
}

bool engine_rest(struct engine *engine, const struct engine_source *source,
                 struct store_batch *out)
{
    const struct engine_source none = {.watermark_us = source->watermark_us};
    const struct source_batch nothing = {0};
    struct run run = {
        .engine = engine,
        .source = &none,
        .records = &nothing,
        .detected_us = clock_now_us(engine->clock),
        .watermark_us = source->watermark_us,
    };
    source_times_see(engine->times, source->name, source->watermark_us, true);
    if (decide_stage_due_us(engine->decide) > source_times_low(engine->times)) {
        return false;
    }
    batch_begin(&run);
    batch_tell_states(&run);
    batch_tell_times(&run, SPAN(""));
    batch_fill(&run, out);
    return run.signals.count > 0;
}

const struct decide_dropped *engine_dropped(const struct engine *engine, size_t *count)
{
    *count = engine->dropped_count;
    return engine->dropped;
}

struct engine_totals engine_totals(const struct engine *engine)
{
    return engine->totals;
}
