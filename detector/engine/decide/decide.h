/* decide.h: everything that remembers. A deterministic fold over the signal log: it reads neither a
 * clock nor anything that is not in the log. One partition of the log has one decider. */
#ifndef ENGINE_DECIDE_DECIDE_H
#define ENGINE_DECIDE_DECIDE_H

#include "base/arena.h"
#include "model/alert.h"

enum { DECIDE_PARTITIONS = 16 };

/* The virtual partition of a signal: hash(policy id, group key). */
uint32_t decide_partition(const struct signal *signal);

struct alert_list {
    struct alert *items;
    size_t count;
    size_t capacity;
};

/* What is counted, over all policies. */
struct decide_counts {
    uint64_t folded;
    uint64_t duplicates;  /* dropped: the finding is remembered */
    uint64_t suppressed;  /* joined an open episode */
    uint64_t opened;
    uint64_t resolved;
    uint64_t forgotten;   /* finding ids dropped by the bound on memory */
};

struct decider;
struct decider *decider_new(void);
void decider_free(struct decider **decider);

/* Folds one signal of this partition, in log order. Alerts are appended to `out` (in `arena`; they
 * point into it, except the signal's texts, which must outlive `out`). First the watermark of the
 * signal closes what ended by it; then the signal is dropped as a repeat, joins its group's episode,
 * or opens one. */
void decider_fold(struct decider *decider, const struct signal *signal, struct arena *arena,
                  struct alert_list *out);
/* The watermark moved although no signal came: closes episodes that ended by it. log_sequence: of the
 * last signal before the tick, for the alerts' version. */
void decider_tick(struct decider *decider, int64_t watermark_us, uint64_t log_sequence,
                  struct arena *arena, struct alert_list *out);
struct decide_counts decider_take_counts(struct decider *decider);
/* Open episodes now. */
size_t decider_open_count(const struct decider *decider);

#endif
