/* event.h: what the program tells its operator while it runs: one table of log events. */
#ifndef APP_EVENT_H
#define APP_EVENT_H

#include "base/diag.h"
#include "base/log.h"

enum event {
    EVENT_ALERT_REFUSED,
    EVENT_ALERT_UNROUTED,
    EVENT_COMMIT_FAILED,
    EVENT_DELIVERY_FAILED,
    EVENT_ENVIRONMENT_UNKNOWN,
    EVENT_HTTP_LISTENING,
    EVENT_HTTP_UNAVAILABLE,
    EVENT_KAFKA_AWAY,
    EVENT_KAFKA_BACK,
    EVENT_KAFKA_FAILED,
    EVENT_KAFKA_LINE,
    EVENT_KAFKA_LOST,
    EVENT_KAFKA_REFUSED,
    EVENT_KAFKA_WAITING,
    EVENT_KAFKA_WARNING,
    EVENT_LOOKUPS_RELOADED,
    EVENT_PARTITION_AGAIN,
    EVENT_PARTITION_FIRST,
    EVENT_PARTITION_LEFT,
    EVENT_PARTITION_LOST,
    EVENT_PARTITION_RESUMED,
    EVENT_PARTITION_REWOUND,
    EVENT_POLICIES_RELOADED,
    EVENT_POLICIES_UNCHANGED,
    EVENT_POLICY_PROBLEM,
    EVENT_RECORDS_LOST,
    EVENT_RECORD_QUARANTINED,
    EVENT_RECORD_SET_ASIDE,
    EVENT_RELOAD_FAILED,
    EVENT_RUN_STARTED,
    EVENT_SINK_BEHIND,
    EVENT_SINK_BLOCKED,
    EVENT_SINK_CLOSED,
    EVENT_SINK_FAILED,
    EVENT_SINK_RECOVERED,
    EVENT_SINK_REPLAYED,
    EVENT_SINK_ROTATED,
    EVENT_SINK_WAITING,
    EVENT_SOURCE_ENDED,
    EVENT_SOURCE_FAILED,
    EVENT_SOURCE_REPLACED,
    EVENT_SOURCE_ROTATED,
    EVENT_STAGE_STARTED,
    EVENT_STOPPING,
    EVENT_STORE_FAILED,
    EVENT_TOPIC_ANEW,
    EVENT_TOPIC_UNREADABLE,
    EVENT_WATCH_POLLING,
    EVENT_COUNT,
};

/* Writes one line; fields as log_write takes them. */
void event_tell(struct log *log, enum event event, const struct log_field *fields, size_t count);
/* docs/EVENTS.md */
void event_write_markdown(struct buf *out);
/* One line a diagnostic. */
void event_tell_diags(struct log *log, const struct diag_list *diags);

#endif
