/* decide_stage.c: sorts signals into the partitions, folds these in parallel, and merges their
 * alerts in the order of the signals that caused them. */
#include "engine/decide_stage.h"

#include "base/check.h"

#include <stdlib.h>

/* Fewer signals than this are folded by the caller's thread alone: waking others costs more. */
enum { PARALLEL_SIGNALS_MIN = 64 };

struct partition {
    struct decider *decider;
    struct arena *arena; /* one batch long: its alerts */
    struct alert_list alerts;
};

struct decide_stage {
    struct partition partitions[DECIDE_PARTITIONS];
    uint32_t *order;     /* indexes of signals, by partition */
    uint32_t *home;      /* per signal: its partition */
    size_t capacity;
};

/* One fold of many signals. */
struct task {
    struct decide_stage *stage;
    const struct signal *signals;
    enum decide_outcome *outcomes;
    size_t starts[DECIDE_PARTITIONS + 1]; /* in stage->order */
};

struct decide_stage *decide_stage_new(void)
{
    struct decide_stage *stage = calloc(1, sizeof *stage);
    if (!stage) {
        check_memory_exhausted(sizeof *stage);
    }
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        stage->partitions[i].decider = decider_new(DECIDE_ONCE);
        stage->partitions[i].arena = arena_new(0);
    }
    return stage;
}

void decide_stage_free(struct decide_stage **stage)
{
    struct decide_stage *ended = *stage;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        decider_free(&ended->partitions[i].decider);
        arena_free(&ended->partitions[i].arena);
    }
    free(ended->order);
    free(ended->home);
    free(ended);
    *stage = NULL;
}

void decide_stage_begin(struct decide_stage *stage)
{
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        arena_reset(stage->partitions[i].arena);
        stage->partitions[i].alerts = (struct alert_list){0};
    }
}

static void reserve(struct decide_stage *stage, size_t count)
{
    if (count <= stage->capacity) {
        return;
    }
    check(count <= UINT32_MAX);
    free(stage->order);
    free(stage->home);
    stage->order = calloc(count, sizeof *stage->order);
    stage->home = calloc(count, sizeof *stage->home);
    if (!stage->order || !stage->home) {
        check_memory_exhausted(count * sizeof *stage->order);
    }
    stage->capacity = count;
}

/* Sorts the signals by partition, keeping their order within each. */
static void distribute(struct task *task, size_t count)
{
    struct decide_stage *stage = task->stage;
    size_t next[DECIDE_PARTITIONS];
    reserve(stage, count);
    memset(task->starts, 0, sizeof task->starts);
    for (size_t i = 0; i < count; i++) {
        stage->home[i] = signal_partition(&task->signals[i], DECIDE_PARTITIONS);
        task->starts[stage->home[i] + 1]++;
    }
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        task->starts[i + 1] += task->starts[i];
        next[i] = task->starts[i];
    }
    for (size_t i = 0; i < count; i++) {
        stage->order[next[stage->home[i]]++] = (uint32_t)i;
    }
}

static void fold_partition(void *context, size_t worker, size_t number)
{
    const struct task *task = context;
    struct partition *partition = &task->stage->partitions[number];
    const uint32_t *order = task->stage->order;
    size_t end = task->starts[number + 1];
    (void)worker;
    for (size_t i = task->starts[number]; i < end; i++) {
        uint32_t index = order[i];
        if (i + DECIDE_AHEAD < end) {
            decider_foresee(partition->decider, &task->signals[order[i + DECIDE_AHEAD]]);
        }
        task->outcomes[index] = decider_fold(partition->decider, &task->signals[index],
                                             partition->arena, &partition->alerts);
    }
}

void decide_stage_fold(struct decide_stage *stage, struct worker_pool *pool,
                       const struct signal *signals, size_t count, enum decide_outcome *outcomes)
{
    struct task task = {.stage = stage, .signals = signals, .outcomes = outcomes};
    distribute(&task, count);
    if (count >= PARALLEL_SIGNALS_MIN) {
        worker_pool_run(pool, DECIDE_PARTITIONS, fold_partition, &task);
        return;
    }
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        fold_partition(&task, 0, i);
    }
}

bool decide_stage_is_due(const struct decide_stage *stage, struct span source,
                         int64_t watermark_us)
{
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        if (decider_is_due(stage->partitions[i].decider, source, watermark_us)) {
            return true;
        }
    }
    return false;
}

int64_t decide_stage_due_us(const struct decide_stage *stage)
{
    int64_t due_us = INT64_MAX;
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        int64_t each_us = decider_due_us(stage->partitions[i].decider);
        due_us = each_us < due_us ? each_us : due_us;
    }
    return due_us;
}

static void fold_in(struct partition *partition, const struct signal *signal)
{
    (void)decider_fold(partition->decider, signal, partition->arena, &partition->alerts);
}

void decide_stage_fold_one(struct decide_stage *stage, const struct signal *signal)
{
    /* What belongs to no group is for every partition. */
    if (!signal_is_for_all(signal)) {
        fold_in(&stage->partitions[signal_partition(signal, DECIDE_PARTITIONS)], signal);
        return;
    }
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        fold_in(&stage->partitions[i], signal);
    }
}

/* The partition whose next alert was caused first; DECIDE_PARTITIONS when none is left. */
/* A tick causes alerts in many partitions with one sequence: these keep the partitions' order. */
static size_t next_partition(const struct decide_stage *stage, const size_t *taken)
{
    size_t best = DECIDE_PARTITIONS;
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        const struct alert_list *alerts = &stage->partitions[i].alerts;
        if (taken[i] < alerts->count && alerts->items[taken[i]].sequence < first) {
            first = alerts->items[taken[i]].sequence;
            best = i;
        }
    }
    return best;
}

struct alert_list decide_stage_alerts(const struct decide_stage *stage, uint64_t first_sequence,
                                      struct arena *arena)
{
    size_t taken[DECIDE_PARTITIONS] = {0};
    struct alert_list all = {0};
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        all.capacity += stage->partitions[i].alerts.count;
    }
    if (all.capacity == 0) {
        return all;
    }
    all.items = arena_array(arena, all.capacity, sizeof *all.items);
    for (size_t i = next_partition(stage, taken); i < DECIDE_PARTITIONS;
         i = next_partition(stage, taken)) {
        all.items[all.count] = stage->partitions[i].alerts.items[taken[i]++];
        all.items[all.count].sequence = first_sequence + all.count;
        all.count++;
    }
    return all;
}

void decide_stage_take_dropped(struct decide_stage *stage, decide_dropped_fn each, void *context)
{
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        decider_take_dropped(stage->partitions[i].decider, each, context);
    }
}

void decide_stage_take_counts(struct decide_stage *stage, struct decide_counts *counts)
{
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        struct decide_counts part = decider_take_counts(stage->partitions[i].decider);
        counts->folded += part.folded;
        counts->below_floor += part.below_floor;
        counts->duplicates += part.duplicates;
        counts->suppressed += part.suppressed;
        counts->opened += part.opened;
        counts->resolved += part.resolved;
        counts->forgotten += part.forgotten;
        counts->closed_early += part.closed_early;
        counts->refused += part.refused;
        counts->kept += part.kept;
        counts->late += part.late;
        counts->evicted += part.evicted;
    }
}

void decide_stage_look(const struct decide_stage *stage, correlate_state_fn each, void *context)
{
    for (size_t i = 0; i < DECIDE_PARTITIONS; i++) {
        decider_look(stage->partitions[i].decider, each, context);
    }
}
