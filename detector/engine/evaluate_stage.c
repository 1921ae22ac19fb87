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
    struct held_list held[SLICE_COUNT_MAX];
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

static struct evaluate_input input_of(struct change *change, const struct evaluate_record *record,
                                      int64_t detected_us)
{
    struct evaluate_input input = {.change = change,
                                   .source = record->source,
                                   .offset = record->offset,
                                   .detected_us = detected_us};
    set_times(change, record, &input);
    if (change->account.len == 0) {
        change->account = record->account;
    }
    return input;
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
    struct held_list *held;
    struct span text;          /* of the event: the record's, or one of an envelope's */
    enum record_format format; /* to read it by */
    struct record_outcome outcome;
};

static struct held_match *append_held(struct held_list *list, struct arena *arena)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        struct held_match *items = arena_array(arena, capacity, sizeof *items);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    return &list->items[list->count++];
}

static int64_t due_at(int64_t event_time_us, int64_t grace_us)
{
    int64_t due_us;
    return __builtin_add_overflow(event_time_us, grace_us, &due_us) ? INT64_MAX : due_us;
}

/* What is needed to ask the policies again that hold their match of this event. */
static void note_held(struct reading *reading, const struct change *change)
{
    const struct evaluate_record *record = reading->record;
    const struct lane *lane = reading->lane;
    size_t count = 0;
    const uint32_t *held = evaluator_held(lane->evaluator, &count);
    struct span bytes = reading->text;
    if (count > 0 && bytes.ptr != record->bytes.ptr) {
        bytes = arena_copy(lane->texts, bytes); /* it lies in the arena of one record */
    }
    for (size_t i = 0; i < count; i++) {
        const struct plan_policy *policy = evaluator_policy(lane->evaluator, held[i]);
        *append_held(reading->held, lane->texts) = (struct held_match){
            .offset = record->offset,
            .policy_id = policy->id,
            .event_time_us = change->event_time_us,
            .due_us = due_at(change->event_time_us, policy->grace_us),
            .arrival_us = record->arrival_us,
            .detected_us = reading->detected_us,
            .account = record->account,
            .format = reading->format,
            .bytes = bytes,
        };
    }
    reading->outcome.held_count += (uint32_t)count;
}

static void run_event(struct reading *reading, struct change *change)
{
    const struct evaluate_record *record = reading->record;
    struct record_outcome *outcome = &reading->outcome;
    struct evaluate_input input = input_of(change, record, reading->detected_us);
    size_t before = reading->signals->count;
    evaluator_run(reading->lane->evaluator, &input, reading->lane->texts, reading->signals);
    outcome->signal_count += (uint32_t)(reading->signals->count - before);
    note_held(reading, change);
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
        reading->text = texts->items[index];
        reading->format = RECORD_FORMAT_CLOUDTRAIL;
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
                                        const struct task *task, size_t slice)
{
    struct reading reading = {
        .lane = lane,
        .record = record,
        .detected_us = task->records->detected_us,
        .signals = &task->stage->slices[slice],
        .held = &task->stage->held[slice],
        .text = record->bytes,
        .format = record->format,
    };
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
        stage->outcomes[i] = run_record(&stage->lanes[worker], &record, task, slice);
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
    memset(stage->held, 0, sizeof stage->held);
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

const struct held_list *evaluate_stage_held(const struct evaluate_stage *stage, size_t slice)
{
    return &stage->held[slice];
}

void evaluate_stage_ask(struct evaluate_stage *stage, const struct held_match *match,
                        const struct evaluate_asking *asking, struct signal_list *out)
{
    struct lane *lane = &stage->lanes[0];
    const struct evaluate_record record = {.bytes = match->bytes,
                                           .source = asking->source,
                                           .account = match->account,
                                           .offset = match->offset,
                                           .arrival_us = match->arrival_us};
    const struct evaluate_again again = {match->policy_id, asking->hurried};
    struct json_error error = {0};
    struct record read;
    arena_reset(lane->record);
    /* it could be read before: only a row of the store that somebody edited cannot be */
    if (record_read(match->bytes, match->format, lane->record, &error, &read) == STATUS_OK &&
        read.kind == RECORD_EVENT) {
        struct evaluate_input input = input_of(&read.change, &record, asking->detected_us);
        evaluator_ask(lane->evaluator, &input, &again, lane->texts, out);
    }
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
