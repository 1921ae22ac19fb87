/* json.h: reads plain JSON text into values, with the scanner that also reads change records. */
#ifndef MODEL_JSON_H
#define MODEL_JSON_H

#include "model/value.h"

enum { JSON_DEPTH_MAX = 64, JSON_BYTES_MAX = 16 * 1024 * 1024 };

/* What a JSON number becomes. */
enum json_numbers {
    JSON_NUMBERS_DECIMAL, /* all decimal: raw records, lookups, parameters */
    JSON_NUMBERS_CEL,     /* integers within int64 are int, all others double */
};

/* Why a text is no JSON, and where (bytes from 0). */
struct json_error {
    const char *reason; /* static text */
    size_t offset;
};

/* Reads one JSON text that fills `text` but for white space. Strings without escapes are views of
 * `text`, all else lives in `arena`. Checked: UTF-8, control characters, depth, size, duplicate
 * keys, trailing bytes. STATUS_INVALID or STATUS_LIMIT fill *error, which is else untouched. */
MUST_USE enum status json_read(struct span text, enum json_numbers numbers, struct arena *arena,
                               struct json_error *error, struct value *out);

#endif
