/* record.h: what one record from a source holds: a change of an item, an API call, or an envelope
 * with many API calls. The formats are told from the record itself, unless the source's
 * configuration names one. */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "model/api_call.h"
#include "model/dynamodb.h"

enum { RECORD_INFLATED_BYTES_MAX = JSON_BYTES_MAX };

enum record_kind {
    RECORD_EVENT, /* one change or API call */
    RECORD_MANY,  /* `texts`, each to be read by record_read_part */
    RECORD_OTHER, /* nothing to look at: Insights, a digest, a control message */
};

struct record {
    enum record_kind kind;
    struct change change;
    struct api_names texts;
};

/* Reads a record, gzip (told by its first bytes) too. Views as dynamodb_decode and
 * api_call_decode say. STATUS_INVALID, STATUS_LIMIT: *error says why and where; the offset counts
 * in the decompressed text. One thread per arena. */
MUST_USE enum status record_read(struct span bytes, enum record_format format,
                                 struct arena *arena, struct json_error *error,
                                 struct record *out);
/* Reads one of record.texts. *is_event false: nothing to look at, *out is untouched. */
MUST_USE enum status record_read_part(struct span text, struct arena *arena,
                                      struct json_error *error, bool *is_event,
                                      struct change *out);

#endif
