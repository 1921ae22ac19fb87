/* event.h: what the program tells its operator while it runs: one table of log events. */
#ifndef APP_EVENT_H
#define APP_EVENT_H

#include "base/diag.h"
#include "base/log.h"

enum event {
    EVENT_ALERT_UNROUTED,
    EVENT_ENVIRONMENT_UNKNOWN,
    EVENT_HTTP_LISTENING,
    EVENT_HTTP_UNAVAILABLE,
    EVENT_LOOKUPS_RELOADED,
    EVENT_POLICIES_RELOADED,
    EVENT_POLICIES_UNCHANGED,
    EVENT_POLICY_PROBLEM,
    EVENT_RECORD_QUARANTINED,
    EVENT_RELOAD_FAILED,
    EVENT_RUN_STARTED,
    EVENT_SINK_CLOSED,
    EVENT_SINK_FAILED,
    EVENT_SINK_REPLAYED,
    EVENT_SINK_ROTATED,
    EVENT_SOURCE_ENDED,
    EVENT_SOURCE_FAILED,
    EVENT_SOURCE_REPLACED,
    EVENT_SOURCE_ROTATED,
    EVENT_STOPPING,
    EVENT_STORE_FAILED,
    EVENT_WATCH_POLLING,
    EVENT_COUNT,
};

/* Writes one line; fields as log_write takes them. */
void event_tell(struct log *log, enum event event, const struct log_field *fields, size_t count);
/* The table of all events as Markdown: in docs/OPERATING.md. */
void event_write_markdown(struct buf *out);
/* One line a diagnostic. */
void event_tell_diags(struct log *log, const struct diag_list *diags);

#endif
