/* evaluate_stage.h: the first half of a micro-batch: its records, in slices, on all workers. */
#ifndef ENGINE_EVALUATE_STAGE_H
#define ENGINE_EVALUATE_STAGE_H

#include "engine/batch.h"

enum {
    SLICE_RECORDS = 64,
    SLICE_COUNT_MAX = (SOURCE_BATCH_RECORDS_MAX + SLICE_RECORDS - 1) / SLICE_RECORDS,
};

/* What became of one record. */
struct record_outcome {
    int64_t event_time_us;   /* of a record that could be read */
    const char *refused;     /* why it could not be read; NULL when it could */
    size_t refused_offset;   /* byte of the record; SIZE_MAX where that is not told */
    uint32_t signal_count;
};

struct evaluate_stage;

/* One evaluator and two arenas a worker. Holds a reference to plan and lookups. */
struct evaluate_stage *evaluate_stage_new(size_t workers, struct plan *plan,
                                          struct lookup_set *lookups);
/* Sets *stage to NULL. */
void evaluate_stage_free(struct evaluate_stage **stage);

/* Reads and evaluates all records. What it finds is valid until the next run. */
void evaluate_stage_run(struct evaluate_stage *stage, struct worker_pool *pool,
                        const struct engine_source *source, const struct source_batch *records,
                        int64_t detected_us);
/* One for each record of the last run. */
const struct record_outcome *evaluate_stage_outcomes(const struct evaluate_stage *stage);
/* The signals of one slice, in the order of its records. */
const struct signal_list *evaluate_stage_signals(const struct evaluate_stage *stage, size_t slice);
/* Adds what all evaluators counted since the last call to counts[policy * EVALUATE_COUNTER_COUNT +
 * counter]. */
void evaluate_stage_take_counts(struct evaluate_stage *stage, uint64_t *counts);

#endif
