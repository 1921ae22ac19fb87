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
    uint64_t closed_early; /* episodes resolved by the bound on memory */
};

/* Bounds of what one partition remembers. Beyond them the oldest finding ids are forgotten, and the
 * episodes that end first are resolved early; both are counted. */
enum {
    DECIDE_FINDINGS_MAX = 1000000,
    DECIDE_EPISODES_MAX = 65536,
    DECIDE_EPISODE_BYTES_MAX = 64 * 1024 * 1024,
};

/* What became of a signal. */
enum decide_outcome {
    DECIDE_OPENED,     /* an episode, and an alert */
    DECIDE_JOINED,     /* counted into an open episode */
    DECIDE_DUPLICATE,  /* dropped: its finding is remembered */
    DECIDE_TICKED,     /* it was a tick */
};

struct decider;
/* Remembers nothing yet. */
struct decider *decider_new(void);
/* Forgets all; sets *decider to NULL. */
void decider_free(struct decider **decider);

/* Folds one signal of this partition, in log order. Alerts are appended to `out` (in `arena`; they
 * point into it, except the signal's texts, which must outlive `out`); their `sequence` is that of
 * the signal folded, until the batch gives them their own. First the watermark of the signal closes
 * what was opened by its source and ended by it, by end time, then by key; then the signal is
 * dropped as a repeat, joins its group's episode, or opens one. A tick does only the first, in
 * every partition. */
enum decide_outcome decider_fold(struct decider *decider, const struct signal *signal,
                                 struct arena *arena, struct alert_list *out);
/* A tick of this source with this watermark would close something. */
bool decider_is_due(const struct decider *decider, struct span source, int64_t watermark_us);
/* What was counted since the last call; resets it. */
struct decide_counts decider_take_counts(struct decider *decider);
/* Open episodes now. */
size_t decider_open_count(const struct decider *decider);

#endif
