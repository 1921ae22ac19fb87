/* evaluate_stage.c: decodes and evaluates each record in the lane of a worker, which has an
 * evaluator and arenas of its own. */
#include "engine/evaluate_stage.h"

#include "base/check.h"

#include <stdlib.h>

/* A change cannot be from later than this after its arrival: its clock is wrong. */
static const int64_t clock_error_us = INT64_C(5) * 60 * 1000000;

/* What one worker uses. */
struct lane {
    struct evaluator *evaluator;
    struct arena *record; /* one record long */
    struct arena *texts;  /* one batch long: what signals point to */
};

struct evaluate_stage {
    struct lane *lanes;
    size_t lane_count;
    struct signal_list slices[SLICE_COUNT_MAX];
    struct record_outcome outcomes[SOURCE_BATCH_RECORDS_MAX];
    uint64_t *lane_counts; /* room for what one evaluator counted */
    size_t counter_count;
};

/* One run. */
struct task {
    struct evaluate_stage *stage;
    const struct evaluate_records *records;
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        check_memory_exhausted(count * size);
    }
    return memory;
}

struct evaluate_stage *evaluate_stage_new(size_t workers, struct plan *plan,
                                          struct lookup_set *lookups)
{
    struct evaluate_stage *stage = allocate(1, sizeof *stage);
    stage->lanes = allocate(workers, sizeof *stage->lanes);
    stage->lane_count = workers;
    stage->counter_count = plan->policy_count * EVALUATE_COUNTER_COUNT;
    stage->lane_counts = allocate(stage->counter_count + 1, sizeof *stage->lane_counts);
    for (size_t i = 0; i < workers; i++) {
        stage->lanes[i] = (struct lane){evaluator_new(plan, lookups), arena_new(0), arena_new(0)};
    }
    return stage;
}

void evaluate_stage_free(struct evaluate_stage **stage)
{
    struct evaluate_stage *ended = *stage;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->lane_count; i++) {
        evaluator_free(&ended->lanes[i].evaluator);
        arena_free(&ended->lanes[i].record);
        arena_free(&ended->lanes[i].texts);
    }
    free(ended->lanes);
    free(ended->lane_counts);
    free(ended);
    *stage = NULL;
}

/* Event time is not trusted beyond the arrival, where the source tells one. */
static void set_times(struct change *change, const struct evaluate_record *record,
                      struct evaluate_input *input)
{
    input->received_us = change->event_time_us;
    if (record->arrival_us) {
        input->received_us = record->arrival_us;
        if (change->event_time_us - clock_error_us > record->arrival_us) {
            change->event_time_us = record->arrival_us + clock_error_us;
        }
    }
}

/* To quarantine. offset: the byte that is to blame, SIZE_MAX when none is. */
static struct record_outcome refused(const char *reason, size_t offset)
{
    return (struct record_outcome){.refused = reason, .refused_offset = offset};
}

/* What the events of one record have in common. */
struct reading {
    struct lane *lane;
    const struct evaluate_record *record;
    int64_t detected_us;
    struct signal_list *signals;
    struct record_outcome outcome;
};

static void run_event(struct reading *reading, struct change *change)
{
    const struct evaluate_record *record = reading->record;
    struct record_outcome *outcome = &reading->outcome;
    struct evaluate_input input = {.change = change,
                                   .source = record->source,
                                   .offset = record->offset,
                                   .detected_us = reading->detected_us};
    set_times(change, record, &input);
    if (change->account.len == 0) {
        change->account = record->account;
    }
    size_t before = reading->signals->count;
    evaluator_run(reading->lane->evaluator, &input, reading->lane->texts, reading->signals);
    outcome->signal_count += (uint32_t)(reading->signals->count - before);
    if (outcome->event_count++ == 0 || change->event_time_us > outcome->event_time_us) {
        outcome->event_time_us = change->event_time_us;
    }
}

static void run_part(struct reading *reading, const struct api_names *texts, size_t index)
{
    struct json_error error = {0};
    struct change change;
    bool is_event = false;
    enum status status = record_read_part(texts->items[index], reading->lane->record, &error,
                                          &is_event, &change);
    if (status == STATUS_OK && is_event) {
        run_event(reading, &change);
    } else if (status != STATUS_OK && !reading->outcome.refused) {
        reading->outcome.refused =
            arena_printf(reading->lane->texts, "event %zu of %zu cannot be read: %s", index + 1,
                         texts->count, error.reason).ptr;
        reading->outcome.refused_offset = SIZE_MAX;
    }
}

static void run_bytes(struct reading *reading)
{
    const struct evaluate_record *source = reading->record;
    struct json_error error = {0};
    struct record record;
    arena_reset(reading->lane->record);
    if (record_read(source->bytes, source->format, reading->lane->record, &error, &record) !=
        STATUS_OK) {
        reading->outcome = refused(error.reason, error.offset);
        return;
    }
    if (record.kind == RECORD_EVENT) {
        run_event(reading, &record.change);
    } else if (record.kind == RECORD_MANY) {
        for (size_t i = 0; i < record.texts.count; i++) {
            run_part(reading, &record.texts, i);
        }
    }
    reading->outcome.skipped = reading->outcome.event_count == 0 && !reading->outcome.refused;
}

static struct record_outcome run_record(struct lane *lane, const struct evaluate_record *record,
                                        int64_t detected_us, struct signal_list *signals)
{
    struct reading reading = {lane, record, detected_us, signals, {0}};
    if (record->skipped) {
        return (struct record_outcome){.skipped = true};
    }
    if (record->refused) {
        return refused(record->refused, SIZE_MAX);
    }
    run_bytes(&reading);
    return reading.outcome;
}

static void run_slice(void *context, size_t worker, size_t slice)
{
    const struct task *task = context;
    struct evaluate_stage *stage = task->stage;
    const struct evaluate_records *records = task->records;
    size_t from = slice * SLICE_RECORDS;
    size_t left = records->count - from;
    size_t to = from + (left < SLICE_RECORDS ? left : SLICE_RECORDS);
    for (size_t i = from; i < to; i++) {
        struct evaluate_record record;
        records->get(records->context, i, &record);
        stage->outcomes[i] = run_record(&stage->lanes[worker], &record, records->detected_us,
                                        &stage->slices[slice]);
    }
}

void evaluate_stage_run(struct evaluate_stage *stage, struct worker_pool *pool,
                        const struct evaluate_records *records)
{
    check(records->count <= SOURCE_BATCH_RECORDS_MAX);
    check(worker_pool_count(pool) <= stage->lane_count);
    struct task task = {stage, records};
    for (size_t i = 0; i < stage->lane_count; i++) {
        arena_reset(stage->lanes[i].texts);
    }
    memset(stage->slices, 0, sizeof stage->slices);
    size_t slices = (records->count + SLICE_RECORDS - 1) / SLICE_RECORDS;
    worker_pool_run(pool, slices, run_slice, &task);
}

const struct record_outcome *evaluate_stage_outcomes(const struct evaluate_stage *stage)
{
    return stage->outcomes;
}

const struct signal_list *evaluate_stage_signals(const struct evaluate_stage *stage, size_t slice)
{
    return &stage->slices[slice];
}

void evaluate_stage_take_counts(struct evaluate_stage *stage, uint64_t *counts)
{
    for (size_t i = 0; i < stage->lane_count; i++) {
        evaluator_take_counts(stage->lanes[i].evaluator, stage->lane_counts);
        for (size_t k = 0; k < stage->counter_count; k++) {
            counts[k] += stage->lane_counts[k];
        }
    }
}
