/* json_field.h: reads the members of objects whose shape is known: one value, of one type, or a
 * failure that points at it. Inside this layer only. */
#ifndef MODEL_JSON_FIELD_H
#define MODEL_JSON_FIELD_H

#include "base/digest.h"
#include "model/json_scan.h"

/* A string of at most bytes_max bytes, escapes resolved: a view of the text or of the arena. */
bool json_field_text(struct json_scan *scan, size_t bytes_max, struct span *out);
/* A string of 32 hex digits. */
bool json_field_digest(struct json_scan *scan, struct digest *out);
/* A whole number, exactly. */
bool json_field_uint(struct json_scan *scan, uint64_t *out);
bool json_field_uint32(struct json_scan *scan, uint32_t *out);
/* The same from `lowest` (0 or INT64_MIN) up to INT64_MAX. */
bool json_field_int(struct json_scan *scan, int64_t lowest, int64_t *out);
bool json_field_bool(struct json_scan *scan, bool *out);
/* A time as clock_parse reads it. */
bool json_field_time(struct json_scan *scan, int64_t *out_us);
/* Any value as it stands in the text, checked. */
bool json_field_raw(struct json_scan *scan, struct span *out);

#endif
