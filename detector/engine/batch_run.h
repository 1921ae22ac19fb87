/* batch_run.h: what the parts of the micro-batch share; private to the files batch*.c. */
#ifndef ENGINE_BATCH_RUN_H
#define ENGINE_BATCH_RUN_H

#include "base/buf.h"
#include "engine/decide_stage.h"
#include "engine/evaluate_stage.h"
#include "engine/held_sources.h"
#include "engine/source_times.h"

struct engine {
    struct clock clock;
    struct plan *plan;
    struct lookup_set *lookups;
    struct worker_pool *pool;
    struct evaluate_stage *evaluate;
    struct decide_stage *decide;
    struct held_sources *held;
    struct source_times *times;
    struct buf states;          /* of the plan, as the log is told; empty: it is told nothing */
    struct digest states_told;  /* of that text, as it was last */
    struct decide_dropped *dropped; /* by the last batch, in its arena */
    size_t dropped_count;
    struct arena *arena; /* one batch long: what store_batch points to */
    uint64_t signal_last;
    uint64_t alert_last;
    struct engine_totals totals;
};

/* A batch on its way. */
struct run {
    struct engine *engine;
    const struct engine_source *source;
    const struct source_batch *records;
    int64_t detected_us;
    int64_t watermark_us;
    struct signal_list signals; /* ticks of other sources, what the records gave, ticks again */
    size_t first;               /* of the records */
    struct held_queue *held;    /* of the source */
    uint64_t held_before;       /* its last number before the batch */
    uint64_t *let_go;           /* of what the store holds back, what no longer is */
    size_t let_go_count;
    enum decide_outcome *outcomes;
    size_t outcome_count;
    struct store_quarantined *quarantined;
    size_t quarantined_count;
    size_t skipped_count;
};

/* Where so many signals may be written behind those that are there. */
struct signal *batch_room_for(struct run *run, size_t count);
/* Appends a signal with the watermark as of it. */
void batch_take_signal(struct run *run, const struct signal *made);

/* A batch begins, before anything is decided. */
void batch_begin(struct run *run);
/* The watermark that is told of a source: while it holds a match back, as it was before the oldest
 * of them, so that no window closes before that one is in it (rule 8). */
int64_t batch_told_of(struct held_queue *held, int64_t watermark_us);
int64_t batch_told(const struct run *run);
/* Holds matches of a record back, before the signals of that record: those are told with the
 * watermark before it, too. */
void batch_hold(struct run *run, const struct held_match *matches, size_t count);
/* Asks again what is due by the watermark, or all. */
void batch_ask_due(struct run *run);
void batch_ask_all(struct run *run);
/* What is new of what is held back, and what is no longer. */
void batch_list_held(const struct run *run, struct store_batch *out);

/* What lists of states are told apart by. */
struct digest batch_digest(struct span text);
/* Logs which states are in force, where that is not what the log said last (rule 9). One signal. */
void batch_tell_states(struct run *run);
/* Logs how far the sources are, as far as the log does not say so (source_times_tell). */
void batch_tell_times(struct run *run, struct span except);
/* The same before signals of correlations, where the records gave any: every partition decides by
 * the time of all sources. */
void batch_tell_others(struct run *run);
/* Logs that time has passed the end of episodes since the last signal, or come to what correlations
 * wait for. */
void batch_tick(struct run *run);
/* Lists what ended by the batch (engine_dropped). */
void batch_list_dropped(struct engine *engine);

/* The batch as the store takes it, once all is decided; adds to the engine's totals. */
void batch_fill(struct run *run, struct store_batch *out);

#endif
