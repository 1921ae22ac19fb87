/* json_writer.h: writes one JSON text into a buffer: alerts, logs, `--json` answers. */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include "base/buf.h"

enum { JSON_WRITER_DEPTH_MAX = 128 };

/* In place; the buffer belongs to the caller. Commas are put by the writer. */
struct json_writer {
    struct buf *out;
    uint32_t depth;
    bool has_member[JSON_WRITER_DEPTH_MAX]; /* at this depth something stands already */
    bool after_key;
};

struct json_writer json_writer_to(struct buf *out);
void json_open_object(struct json_writer *writer);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer);
void json_close_array(struct json_writer *writer);
/* The key of the next value; inside an object only. */
void json_key(struct json_writer *writer, const char *key);
void json_key_span(struct json_writer *writer, struct span key);
/* Text is escaped; malformed UTF-8 becomes U+FFFD; C1 and bidi controls become \u escapes. */
void json_string(struct json_writer *writer, struct span text);
void json_int(struct json_writer *writer, int64_t number);
void json_uint(struct json_writer *writer, uint64_t number);
void json_bool(struct json_writer *writer, bool truth);
void json_null(struct json_writer *writer);
/* A value that is JSON text already (a number, a stored object); written as it is. */
void json_raw(struct json_writer *writer, struct span json);

#endif
