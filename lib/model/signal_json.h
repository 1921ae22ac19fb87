/* signal_json.h: a signal as a JSON object: one record of a log that any client can read. */
#ifndef MODEL_SIGNAL_JSON_H
#define MODEL_SIGNAL_JSON_H

#include "base/json_writer.h"
#include "model/json.h"
#include "model/signal.h"

/* Writes all but the sequence, which is the place in the log. A tick has only what a tick says:
 * kind, source, offset (the floor), watermark, wall clock, whether it is idle, revision. The body
 * is written as it stands. Texts must be UTF-8; what is not comes back as U+FFFD. */
void signal_write_json(const struct signal *signal, struct json_writer *writer);

/* Reads what signal_write_json wrote, exactly. Members that are not known are passed over, missing
 * ones refused. Texts are views of `text` or live in `arena`; sequence is 0, and the event time of
 * a tick is its watermark. STATUS_INVALID, STATUS_LIMIT (texts beyond the bounds of signal.h) fill
 * *error, which is else untouched. */
MUST_USE enum status signal_read_json(struct span text, struct arena *arena,
                                      struct json_error *error, struct signal *out);

#endif
