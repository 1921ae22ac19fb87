/* eventbridge_entry.h: an alert as an entry of PutEvents, and the answers to it. Pure. */
#ifndef EVENTBRIDGE_EVENTBRIDGE_ENTRY_H
#define EVENTBRIDGE_EVENTBRIDGE_ENTRY_H

#include "aws/aws_sink.h"

enum { EVENTBRIDGE_BYTES_MAX = 256 * 1024 - 1024 }; /* of a request: below 256 KB with its frame */

struct eventbridge_target {
    struct span bus;    /* name or ARN */
    struct span source; /* "deltaward": what rules match; must not begin with "aws." */
};

/* The entry as JSON text, in `arena`; one that does not fit is cut (alert_write_json_cut). */
struct span eventbridge_entry_render(const struct eventbridge_target *target,
                                     const struct alert *alert, struct arena *arena);
/* Appends the body of PutEvents. */
void eventbridge_entry_write(const struct span *entries, size_t count, struct buf *body);
/* Reads a 2xx answer to so many entries; texts in `arena`. False: malformed. */
bool eventbridge_entry_read(struct span json, size_t count, struct arena *arena,
                            struct aws_entry_result *results);
/* Appends JSON text in which whole numbers beyond int64 stand as texts: EventBridge refuses a
 * detail with larger ones (MalformedDetail). */
void eventbridge_entry_append_detail(struct buf *out, struct span json);

#endif
