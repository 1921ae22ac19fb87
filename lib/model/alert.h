/* alert.h: what a person is told: an episode of one policy in one group. */
#ifndef MODEL_ALERT_H
#define MODEL_ALERT_H

#include "base/json_writer.h"
#include "model/json.h"
#include "model/signal.h"

enum alert_status { ALERT_OPENED, ALERT_UPDATED, ALERT_RESOLVED };

/* "opened", "updated", "resolved". */
struct span alert_status_name(enum alert_status status);

struct alert {
    uint64_t sequence;         /* row in the store, from 1: what sinks' cursors count */
    uint64_t log_sequence;     /* of the newest finding counted; with ordinal, the version of what
                                  is said under this id: readers drop what is older */
    uint32_t ordinal;          /* 0 opened, 1 updated, 2 resolved */
    enum alert_status status;
    struct digest id;          /* hash(policy id, group key, finding that opened the episode) */
    uint64_t count;            /* findings of the episode so far */
    int64_t opened_us;         /* event times */
    int64_t first_us;
    int64_t last_us;
    struct span correlation;   /* JSON object: what was watched over time, and which events made it
                                  a finding; empty: the finding is one event */
    struct signal signal;      /* the finding that opened the episode: its body is what is shown */
};

/* A copy whose texts live in `arena`; of its signal those that only the log needs are empty. */
struct alert alert_copy(const struct alert *alert, struct arena *arena);
/* Writes one alert as a JSON object (docs/alert.schema.json). */
void alert_write_json(const struct alert *alert, struct json_writer *writer);
/* Reads what alert_write_json wrote: written again it gives the same text. What the text does not
 * say is zero: `sequence`, and of the signal all but policy id, finding, group key, severity,
 * source, offset, times and body. Members that are not known are passed over, missing ones refused.
 * Texts are views of `text` or live in `arena`. STATUS_INVALID, STATUS_LIMIT (texts beyond the
 * bounds of signal.h) fill *error, which is else untouched. */
MUST_USE enum status alert_read_json(struct span text, struct arena *arena,
                                     struct json_error *error, struct alert *out);
/* How much of an alert is left out where there is little room for it. */
enum alert_cut {
    ALERT_WHOLE,
    ALERT_CUT_CONTEXT,
    ALERT_CUT_CHANGES, /* context and changes */
    ALERT_CUT_MOST,    /* what is longer than 512 bytes, but for the title */
};
/* The same object with parts left out, and "cut", which names them, at its end. */
void alert_write_json_cut(const struct alert *alert, enum alert_cut cut,
                          struct json_writer *writer);
/* The JSON text of one member of a signal's body ("title", "policy", "steps", ...), by its name
 * without escapes; empty when there is none or the body is no object. */
struct span alert_body_member(struct span body, struct span name);
/* The same of a text without its quotes; empty too where it holds escapes or is no text. */
struct span alert_body_text(struct span body, struct span name);
/* hash(policy id, group key, finding). */
struct digest alert_id(struct span policy_id, struct span group_key, const struct digest *finding);

#endif
