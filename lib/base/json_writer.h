/* json_writer.h: writes one JSON text into a buffer: alerts, logs, `--json` answers. Values are
 * json_write_*: json_string and json_null are libjansson's, and only one of a name would link. */
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

/* Starts one text at the end of `out`, which must outlive the writer. */
struct json_writer json_writer_to(struct buf *out);
/* Brackets, where a value may stand. At most JSON_WRITER_DEPTH_MAX - 1 are open at a time; one
 * more, or a closing one too many, ends the program. */
void json_open_object(struct json_writer *writer);
void json_close_object(struct json_writer *writer);
void json_open_array(struct json_writer *writer);
void json_close_array(struct json_writer *writer);
/* The key of the next value; inside an object only. */
void json_key(struct json_writer *writer, const char *key);
void json_key_span(struct json_writer *writer, struct span key);
/* Text is escaped; malformed UTF-8 becomes U+FFFD; C1 and bidi controls become \u escapes. */
void json_write_string(struct json_writer *writer, struct span text);
void json_write_int(struct json_writer *writer, int64_t number);
void json_write_uint(struct json_writer *writer, uint64_t number);
void json_write_bool(struct json_writer *writer, bool truth);
void json_write_null(struct json_writer *writer);
/* A value that is JSON text already (a number, a stored object); written as it is. */
void json_write_raw(struct json_writer *writer, struct span json);

#endif
