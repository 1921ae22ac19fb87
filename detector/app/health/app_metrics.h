/* app_metrics.h: every metric of the program, once: docs/METRICS.md comes from this table. */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include "base/metric.h"

/* Labels in brackets, in the order in which metric_of1 to metric_of3 take them. */
enum app_metric {
    /* records, by source: what came in, and what became of each */
    METRIC_RECORDS_READ,        /* [source] */
    METRIC_RECORDS_EVALUATED,   /* [source] */
    METRIC_RECORDS_QUARANTINED, /* [source] */
    METRIC_RECORDS_SKIPPED,     /* [source] */
    METRIC_RECORDS_PRODUCED,    /* [topic] */
    METRIC_RECORDS_LOST,        /* [source]: trimmed before they were read */
    /* how far behind */
    METRIC_LAG_RECORDS,         /* [topic, partition] */
    METRIC_ITERATOR_AGE,        /* [source, shard] */
    METRIC_RECORD_AGE,          /* [source, shard] */
    METRIC_SHARDS_OPEN,         /* [source] */
    METRIC_SHARDS_ENDED,        /* [source] */
    METRIC_CHECKPOINTS,         /* [source] */
    METRIC_DETECTION_DELAY,     /* of alerts that open */
    METRIC_BATCH_SECONDS,
    /* policies */
    METRIC_POLICIES,
    METRIC_RELOADS,             /* [result: ok, refused] */
    METRIC_MATCHES,             /* [policy] */
    METRIC_EVALUATION_ERRORS,   /* [policy] */
    METRIC_SUPPRESSED,          /* [policy] */
    METRIC_DUPLICATES,          /* [policy] */
    METRIC_POLICY_OUTCOMES,     /* [policy, outcome] */
    METRIC_HELD,
    METRIC_HELD_AGE,
    METRIC_ALERTS,              /* [policy, severity, status] */
    METRIC_UNROUTED,
    /* delivery */
    METRIC_DELIVERIES,          /* [sink] */
    METRIC_DELIVERY_RETRIES,    /* [sink, reason] */
    METRIC_DELIVERY_REFUSALS,   /* [sink] */
    METRIC_DELIVERY_SECONDS,    /* [sink] */
    METRIC_OUTBOX_AGE,          /* [sink] */
    METRIC_OUTBOX_ALERTS,       /* [sink] */
    /* Kafka */
    METRIC_ASSIGNED,            /* [group] */
    METRIC_REBALANCES,          /* [group] */
    METRIC_UNOWNED,             /* [group] */
    METRIC_REJOINS,             /* [group] */
    METRIC_COMMITS,             /* [group, result: ok, failed] */
    METRIC_PRODUCE_FAILURES,    /* [topic] */
    METRIC_TICKS,
    METRIC_SNAPSHOTS,
    METRIC_SNAPSHOT_SECONDS,
    METRIC_SNAPSHOT_AGE,        /* [partition] */
    METRIC_SNAPSHOT_BYTES,      /* [partition] */
    METRIC_REPLAYED,
    METRIC_OPEN_EPISODES,       /* [partition] */
    METRIC_DECIDED,             /* [outcome] */
    METRIC_FORGOTTEN,           /* [what] */
    METRIC_GROUPS,              /* [policy] */
    METRIC_GROUPS_LEARNING,     /* [policy] */
    METRIC_GROUPS_BYTES,        /* [policy] */
    /* AWS */
    METRIC_AWS_CALLS,           /* [part] */
    METRIC_AWS_REQUESTS,        /* [part] */
    METRIC_AWS_FAILURES,        /* [part, reason: throttled, transient] */
    METRIC_AWS_GIVEN_UP,        /* [part] */
    METRIC_AWS_CREDENTIALS,     /* [part, result: ok, failed] */
    METRIC_AWS_CLOCK_OFFSET,    /* [part] */
    /* the process */
    METRIC_FATAL,               /* [part] */
    METRIC_FATAL_TIME,          /* [part] */
    METRIC_LABELS_REFUSED,
    METRIC_BUILD,               /* [version] */
    METRIC_PROCESS_START,
    METRIC_PROCESS_CPU,
    METRIC_PROCESS_MEMORY,
    APP_METRIC_COUNT,
};

extern const struct metric_row app_metric_rows[APP_METRIC_COUNT];

/* On the heap, with what does not change filled in. */
struct metrics *app_metrics_new(const char *version);
/* Fills in what the process itself shows, then appends everything. Any thread. */
void app_metrics_write(struct metrics *metrics, struct buf *out);
/* docs/METRICS.md */
void app_metrics_write_markdown(struct buf *out);

#endif
