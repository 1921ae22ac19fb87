/* decide_stage.h: the second half of a micro-batch: its signals, over all virtual partitions. */
#ifndef ENGINE_DECIDE_STAGE_H
#define ENGINE_DECIDE_STAGE_H

#include "engine/batch.h"

struct decide_stage;

/* 16 deciders that remember nothing yet. */
struct decide_stage *decide_stage_new(void);
/* Sets *stage to NULL. */
void decide_stage_free(struct decide_stage **stage);

/* Starts a batch: forgets the alerts of the one before. */
void decide_stage_begin(struct decide_stage *stage);
/* Folds signals, ascending and not ticks; outcomes[i] becomes what became of signals[i]. The texts
 * of the signals must outlive the batch's alerts. */
void decide_stage_fold(struct decide_stage *stage, struct worker_pool *pool,
                       const struct signal *signals, size_t count, enum decide_outcome *outcomes);
/* A tick would close an episode in some partition. */
bool decide_stage_is_due(const struct decide_stage *stage, struct span source,
                         int64_t watermark_us);
/* How far all sources must have come before correlations of some partition have something to do. */
int64_t decide_stage_due_us(const struct decide_stage *stage);
/* Folds one signal of any kind; what belongs to no group in every partition. */
void decide_stage_fold_one(struct decide_stage *stage, const struct signal *signal);
/* All alerts since the beginning of the batch, by the signal that caused them, then by partition;
 * numbered from first_sequence. The array lives in `arena`. */
struct alert_list decide_stage_alerts(const struct decide_stage *stage, uint64_t first_sequence,
                                      struct arena *arena);
/* What is remembered of each policy with a correlation, once for each partition that has any. */
void decide_stage_look(const struct decide_stage *stage, correlate_state_fn each, void *context);
/* Gives the states that ended since the last call, partition by partition. */
void decide_stage_take_dropped(struct decide_stage *stage, decide_dropped_fn each, void *context);
/* Adds what was counted since the last call to *counts. */
void decide_stage_take_counts(struct decide_stage *stage, struct decide_counts *counts);

#endif
