/* signal_inner.h: what a match is to an inner correlation, of whose findings another one makes its
 * own: the signal carries it as a JSON object beside what it is to the other one. */
#ifndef MODEL_SIGNAL_INNER_H
#define MODEL_SIGNAL_INNER_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/json_writer.h"
#include "base/status.h"

struct signal_inner {
    uint32_t rule;       /* which of the correlation's inner ones, from 0 */
    struct digest group; /* tells the inner groups of one group apart */
    struct span value;   /* as signal.value, of the inner correlation; empty: none */
    uint32_t input;      /* which of its inputs the match is of, from 0 */
};

/* At most SIGNAL_INNER_BYTES_MAX bytes. */
void signal_inner_write_json(const struct signal_inner *inner, struct json_writer *writer);
/* Reads what signal_inner_write_json wrote, and nothing else, or STATUS_INVALID. The value is a
 * view of the text. */
MUST_USE enum status signal_inner_read_json(struct span text, struct arena *arena,
                                            struct signal_inner *out);

#endif
