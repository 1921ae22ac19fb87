/* batch.h: one micro-batch: records in, signals, alerts and quarantine out. Evaluates slices in
 * parallel, merges the signals in source order, decides 16 virtual partitions in parallel. The
 * result is the same at any number of threads. */
#ifndef ENGINE_BATCH_H
#define ENGINE_BATCH_H

#include "base/clock.h"
#include "engine/decide/decide.h"
#include "engine/evaluate/evaluate.h"
#include "engine/shard_clock.h"
#include "engine/worker.h"
#include "model/record.h"
#include "port/source.h"
#include "port/store.h"

struct engine;

struct engine_options {
    size_t threads;         /* 1 to 64 */
    struct clock clock;
    uint64_t signal_last;   /* last sequences of the store */
    uint64_t alert_last;
};

/* Holds a reference to both; starts the threads. */
struct engine *engine_new(const struct engine_options *options, struct plan *plan,
                          struct lookup_set *lookups);
/* Ends the threads; sets *engine to NULL. */
void engine_free(struct engine **engine);

/* Rebuilds what decide remembers from the log; writes no alert (rule 23). In log order, before the
 * first batch. */
void engine_replay(struct engine *engine, const struct signal *signal);
/* Swaps plan and lookups between two batches. What correlations remember for policies that are
 * gone, or watch something else now, ends with the next batch; the log says so. */
void engine_set_plan(struct engine *engine, struct plan *plan, struct lookup_set *lookups);

/* Keeps a match that the store holds back (rule 21); before the first batch, in the order of their
 * numbers. */
void engine_restore_held(struct engine *engine, struct span source, const struct held_match *match);
struct engine_held {
    size_t count;
    int64_t since_us; /* wall clock when the oldest was found; INT64_MAX: none */
};
/* What is held back now, of all sources. */
struct engine_held engine_held(const struct engine *engine);
/* The same of each source that holds anything, also of those that the store knows and nobody
 * reads. */
typedef void (*engine_held_fn)(void *context, struct span source, size_t count);
void engine_held_each(const struct engine *engine, engine_held_fn each, void *context);

/* What the records of a batch have in common. */
struct engine_source {
    struct span name;
    struct span account;
    enum record_format format;
    int64_t watermark_us; /* before the batch; INT64_MIN at the start of a source */
    struct shard_clock *clock; /* of a source with parts, whose watermark it tells; else NULL */
};

/* The sources that are read from now on, as they were left; before the first batch, after the log.
 * Correlations wait for each of them, and for no other source that the log may know of. Without it
 * a source is known from its first batch on. */
void engine_begin(struct engine *engine, const struct engine_source *const *sources,
                  size_t count);

/* Runs a batch. *out is ready for store.commit; it is valid until the next call. Nothing is durable
 * before that commit; when it fails the engine must not be used again (rule 22). */
void engine_run(struct engine *engine, const struct engine_source *source,
                const struct source_batch *records, struct store_batch *out);

/* How much further the source's time must come until all that it holds back is due; 0: it holds
 * nothing. */
int64_t engine_held_us(struct engine *engine, const struct engine_source *source);

/* Folds one signal that no record made, as a batch without records: a notice about the source
 * itself, which names no policy of the plan. `signal` has no sequence yet; its texts must live as
 * long as *out is used. For sources with a clock. As engine_run otherwise. */
void engine_tell(struct engine *engine, const struct engine_source *source,
                 const struct signal *signal, struct store_batch *out);

/* A source is at its end, and its time with it: what it held back is asked again now, as a batch
 * without records. `position`: where it was left. As engine_run otherwise. */
void engine_end(struct engine *engine, const struct engine_source *source, struct span position,
                struct store_batch *out);

/* Asks what is held back again, then lets time go on without records until the windows that are
 * open have closed; what a policy would find in the silence behind them (a baseline) is left out.
 * For what has an end: tests, records of the past. As engine_run otherwise. */
void engine_run_on(struct engine *engine, const struct engine_source *source,
                   struct store_batch *out);

/* A source is at its end, or has long been quiet: nobody waits for it until its next batch. True:
 * correlations had waited for that, and *out is ready for store.commit, as of engine_run; its
 * source is empty, because none went on. False: nothing came of it. */
bool engine_rest(struct engine *engine, const struct engine_source *source,
                 struct store_batch *out);

/* States of correlations that ended by the last batch, because no policy has them any more, over
 * all partitions; valid until the next. */
const struct decide_dropped *engine_dropped(const struct engine *engine, size_t *count);

/* Sums since the start, for progress and summaries. */
struct engine_totals {
    struct store_ledger ledger;
    struct decide_counts decided;
    uint64_t signals;
};
/* What was counted so far; replayed signals are not. */
struct engine_totals engine_totals(const struct engine *engine);

#endif
