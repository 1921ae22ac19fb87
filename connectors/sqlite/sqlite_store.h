/* sqlite_store.h: the store of an embedded detector: one SQLite file, WAL, synchronous FULL. */
#ifndef SQLITE_SQLITE_STORE_H
#define SQLITE_SQLITE_STORE_H

#include "port/store.h"

enum sqlite_store_mode {
    SQLITE_STORE_OWN,   /* read and write; the file is locked against a second detector */
    SQLITE_STORE_READ,  /* `alerts list`: beside a running detector */
    SQLITE_STORE_AMEND, /* `alerts redeliver`: likewise, and takes rows of undelivered away */
};

/* Opens or creates the file and brings its schema up to date. STATUS_CONFLICT: another process owns
 * it, or a newer version wrote it. STATUS_NO_SPACE, STATUS_IO, STATUS_NOT_FOUND (reading only).
 * *problem (in `arena`) says what went wrong. store_ops.free closes it. */
MUST_USE enum status sqlite_store_open(struct span path, enum sqlite_store_mode mode,
                                       struct arena *arena, struct span *problem,
                                       struct store **out);

/* For `alerts list | show`: all optional. */
struct sqlite_alert_filter {
    struct span policy_id;
    struct span severity;
    struct span id_prefix;
    bool open_only;
    size_t limit; /* newest first; 0: 50 */
};
/* The newest state of each alert that fits, those opened last (event time) first. */
MUST_USE enum status sqlite_store_alerts(struct store *store,
                                         const struct sqlite_alert_filter *filter,
                                         store_alert_fn each, void *context);

typedef enum status (*sqlite_count_fn)(void *context, const struct store_policy_count *count);
/* What was counted of each policy, by policy, and the alerts that it opened as "alerts". */
MUST_USE enum status sqlite_store_counts(struct store *store, sqlite_count_fn each,
                                         void *context);

/* An alert that a sink refused for good. */
struct sqlite_undelivered {
    struct span sink;
    struct span reason;
    int64_t refused_us;
    bool outdated; /* the sink has a newer state of this alert: sending it would go back */
    const struct alert *alert;
};
typedef enum status (*sqlite_undelivered_fn)(void *context,
                                             const struct sqlite_undelivered *undelivered);
/* Which of them: all optional. */
struct sqlite_undelivered_filter {
    struct span sink;
    struct span policy_id;
    struct span id_prefix;
};
/* The refused alerts that fit, by sink and in the order of alerts. `each` may take the row away
 * that it is given. */
MUST_USE enum status sqlite_store_undelivered(struct store *store,
                                              const struct sqlite_undelivered_filter *filter,
                                              sqlite_undelivered_fn each, void *context);
/* The sink has it now: takes the row away, durably. Not in SQLITE_STORE_READ. */
MUST_USE enum status sqlite_store_redelivered(struct store *store, struct span sink,
                                              uint64_t alert_sequence);

#endif
