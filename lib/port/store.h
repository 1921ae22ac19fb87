/* store.h: what is durable of an embedded detector: positions, the signal log, alerts, quarantine,
 * cursors, the ledger. One transaction a micro-batch (recovery-rules.md, part D). */
#ifndef PORT_STORE_H
#define PORT_STORE_H

#include "base/arena.h"
#include "model/alert.h"
#include "model/held_match.h"
#include "model/signal.h"
#include "port/sink.h"

/* Per source: read = evaluated + quarantined + skipped. */
struct store_ledger {
    uint64_t read;
    uint64_t evaluated;
    uint64_t quarantined;
    uint64_t skipped; /* blank lines */
};

/* A record that could not be read. */
struct store_quarantined {
    struct span source;
    uint64_t offset;
    uint64_t line;
    struct span reason;
    struct span bytes; /* as received */
    int64_t detected_us;
};

/* A policy's counts of one batch, added to what is stored. */
struct store_policy_count {
    struct span policy_id;
    struct span counter; /* "evaluated", "matched", "not_evaluable", "excepted", ... */
    uint64_t count;
};

/* All of one micro-batch: written whole or not at all. */
struct store_batch {
    struct span source;              /* the source read; empty: of none, only signals and alerts */
    struct span position;            /* of a source without parts; with them: how its time stands */
    struct span part;                /* which the batch is of; empty where the source has none */
    struct span part_position;
    struct store_ledger ledger;      /* of this batch; added to the stored sums */
    int64_t watermark_us;            /* of the source, after the batch */
    const struct signal *signals;    /* sequences set, ascending */
    size_t signal_count;
    const struct alert *alerts;      /* sequences set, ascending */
    size_t alert_count;
    const struct store_quarantined *quarantined;
    size_t quarantined_count;
    const struct store_policy_count *counts;
    size_t count_count;
    const struct held_match *held;   /* matches of the source that are held back from now on */
    size_t held_count;
    const uint64_t *let_go;          /* numbers of those that no longer are */
    size_t let_go_count;
};

/* An alert that a sink refused for good (recovery-rules.md, rule 18). */
struct store_refusal {
    struct span sink;
    uint64_t alert_sequence;
    struct span reason;
    int64_t refused_us; /* wall clock */
};

struct store {
    const struct store_ops *ops;
};

/* Answers of iterations: anything but STATUS_OK ends them and is returned. */
typedef enum status (*store_signal_fn)(void *context, const struct signal *signal);
typedef enum status (*store_alert_fn)(void *context, const struct alert *alert);

typedef enum status (*store_held_fn)(void *context, struct span source,
                                     const struct held_match *match);

/* One thread at a time. A failed commit leaves the store unusable: the process must end (rule
 * 22). */
struct store_ops {
    enum status (*commit)(struct store *store, const struct store_batch *batch);
    /* Records a sink's cursor; rides with the next commit or flush. */
    enum status (*set_cursor)(struct store *store, struct span sink,
                              const struct sink_cursor *cursor);
    /* Records a refusal; rides likewise, so that no cursor recorded after it passes it alone. */
    enum status (*put_refusal)(struct store *store, const struct store_refusal *refusal);
    enum status (*flush)(struct store *store);
    /* STATUS_NOT_FOUND for a source never read. The texts are copied into arena. */
    enum status (*position)(struct store *store, struct span source, struct arena *arena,
                            struct span *position, int64_t *watermark_us);
    /* The same of one part of a source. */
    enum status (*part_position)(struct store *store, struct span source, struct span part,
                                 struct arena *arena, struct span *position);
    enum status (*ledger)(struct store *store, struct span source, struct store_ledger *out);
    enum status (*cursor)(struct store *store, struct span sink, struct arena *arena,
                          struct sink_cursor *out);
    /* Every signal of the log in order, from sequence `from`. */
    enum status (*replay)(struct store *store, uint64_t from, store_signal_fn each, void *context);
    /* Every match that is held back, by source, in the order of their numbers. */
    enum status (*held)(struct store *store, store_held_fn each, void *context);
    /* Alerts after a sequence, in order, at most `limit`. */
    enum status (*alerts_after)(struct store *store, uint64_t sequence, size_t limit,
                                store_alert_fn each, void *context);
    /* The last sequences given; 0 when there are none. */
    enum status (*sequences)(struct store *store, uint64_t *signal_last, uint64_t *alert_last);
    struct span (*problem)(const struct store *store);
    void (*free)(struct store *store);
};

#endif
