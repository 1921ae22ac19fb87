/* evaluate_stage.h: the first half of a micro-batch: its records, in slices, on all workers. */
#ifndef ENGINE_EVALUATE_STAGE_H
#define ENGINE_EVALUATE_STAGE_H

#include "engine/evaluate/evaluate.h"
#include "engine/worker.h"
#include "model/held_match.h"
#include "model/record.h"
#include "port/source.h"

enum {
    SLICE_RECORDS = 64,
    SLICE_COUNT_MAX = (SOURCE_BATCH_RECORDS_MAX + SLICE_RECORDS - 1) / SLICE_RECORDS,
};

/* One record to evaluate. */
struct evaluate_record {
    struct span bytes;
    struct span source;   /* what its signals say that they come from */
    struct span account;  /* of the change where the record names none */
    enum record_format format;
    uint64_t offset;      /* in its source */
    int64_t arrival_us;   /* 0: not told */
    const char *refused;  /* why the source refuses it; NULL otherwise */
    bool skipped;         /* no change at all: not looked at */
};

/* The records of one run, of one source or of many. */
struct evaluate_records {
    size_t count; /* at most SOURCE_BATCH_RECORDS_MAX */
    /* Fills in record `index`. Called once for each by any worker, many at a time; what *out names
     * must live until the next run. */
    void (*get)(void *context, size_t index, struct evaluate_record *out);
    void *context;
    int64_t detected_us;
};

/* What became of one record. An envelope holds many events, of which some may be readable and
 * others not: then it is refused, and those that could be read are evaluated all the same. */
struct record_outcome {
    int64_t event_time_us;   /* the newest of its events; where event_count > 0 */
    uint32_t event_count;    /* changes and API calls that were evaluated */
    const char *refused;     /* why it could not be read; NULL when it could */
    size_t refused_offset;   /* byte of the record; SIZE_MAX where that is not told */
    uint32_t signal_count;
    uint32_t held_count;     /* matches to be asked again */
    bool skipped;            /* it holds nothing to look at */
};

/* Matches of a batch that are held back; grows in an arena. Their bytes are the record's. */
struct held_list {
    struct held_match *items;
    size_t count;
    size_t capacity;
};

/* What is the same for all matches of a source that are asked again. */
struct evaluate_asking {
    struct span source;
    int64_t detected_us;
    bool hurried; /* the grace is not over */
};

struct evaluate_stage;

/* One evaluator and two arenas a worker. Holds a reference to plan and lookups. */
struct evaluate_stage *evaluate_stage_new(size_t workers, struct plan *plan,
                                          struct lookup_set *lookups);
/* Sets *stage to NULL. */
void evaluate_stage_free(struct evaluate_stage **stage);

/* Reads and evaluates all records. What it finds is valid until the next run. */
void evaluate_stage_run(struct evaluate_stage *stage, struct worker_pool *pool,
                        const struct evaluate_records *records);
/* One for each record of the last run. */
const struct record_outcome *evaluate_stage_outcomes(const struct evaluate_stage *stage);
/* The signals of one slice, in the order of its records. */
const struct signal_list *evaluate_stage_signals(const struct evaluate_stage *stage, size_t slice);
/* The matches of one slice that are held back, in the order of its records. */
const struct held_list *evaluate_stage_held(const struct evaluate_stage *stage, size_t slice);
/* Asks a match that was held back again, after a run or alone; what it says is appended to *out,
 * whose memory lives until the next run. One thread. */
void evaluate_stage_ask(struct evaluate_stage *stage, const struct held_match *match,
                        const struct evaluate_asking *asking, struct signal_list *out);
/* Adds what all evaluators counted since the last call to counts[policy * EVALUATE_COUNTER_COUNT +
 * counter]. */
void evaluate_stage_take_counts(struct evaluate_stage *stage, uint64_t *counts);

#endif
