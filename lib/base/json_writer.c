/* json_writer.c: a flag for each depth tells whether a comma is due. */
#include "base/json_writer.h"

#include "base/check.h"

#include <inttypes.h>

struct json_writer json_writer_to(struct buf *out)
{
    return (struct json_writer){.out = out};
}

/* What must stand before a value or key: a comma, unless it is the first or follows its key. */
static void before_value(struct json_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->has_member[writer->depth]) {
        buf_append_char(writer->out, ',');
    }
    writer->has_member[writer->depth] = true;
}

static void open(struct json_writer *writer, char bracket)
{
    before_value(writer);
    buf_append_char(writer->out, bracket);
    check(writer->depth + 1 < JSON_WRITER_DEPTH_MAX);
    writer->has_member[++writer->depth] = false;
}

static void close(struct json_writer *writer, char bracket)
{
    check(writer->depth > 0);
    writer->depth--;
    buf_append_char(writer->out, bracket);
}

void json_open_object(struct json_writer *writer)
{
    open(writer, '{');
}

void json_close_object(struct json_writer *writer)
{
    close(writer, '}');
}

void json_open_array(struct json_writer *writer)
{
    open(writer, '[');
}

void json_close_array(struct json_writer *writer)
{
    close(writer, ']');
}

static bool is_hidden_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x061C ||
           (code >= 0x200E && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0x2028 || code == 0x2029;
}

static void append_escaped(struct buf *out, uint32_t code)
{
    switch (code) {
    case '\n': buf_append(out, SPAN("\\n")); break;
    case '\r': buf_append(out, SPAN("\\r")); break;
    case '\t': buf_append(out, SPAN("\\t")); break;
    default: buf_printf(out, "\\u%04" PRIx32, code); break;
    }
}

/* Stands for itself in a string; most bytes do. */
static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static void append_string(struct buf *out, struct span text)
{
    size_t plain = 0; /* start of the run that needs no escape */
    size_t i = 0;
    buf_append_char(out, '"');
    while (i < text.len) {
        if (is_plain(text.ptr[i])) {
            i++;
            continue;
        }
        uint32_t code = 0;
        size_t length = span_decode_utf8(text, i, &code);
        bool quote = length == 1 && (code == '"' || code == '\\');
        if (length > 0 && !quote && !is_hidden_control(code)) {
            i += length;
            continue;
        }
        buf_append(out, span_of(text.ptr + plain, i - plain));
        if (length == 0) {
            buf_append(out, SPAN("\xEF\xBF\xBD"));
        } else if (quote) {
            buf_printf(out, "\\%c", (char)code);
        } else {
            append_escaped(out, code);
        }
        i += length ? length : 1;
        plain = i;
    }
    if (i > plain) { /* the empty span may have no bytes to point to */
        buf_append(out, span_of(text.ptr + plain, i - plain));
    }
    buf_append_char(out, '"');
}

void json_key_span(struct json_writer *writer, struct span key)
{
    check(!writer->after_key);
    before_value(writer);
    append_string(writer->out, key);
    buf_append_char(writer->out, ':');
    writer->after_key = true;
}

void json_key(struct json_writer *writer, const char *key)
{
    json_key_span(writer, span_view(key));
}

void json_write_string(struct json_writer *writer, struct span text)
{
    before_value(writer);
    append_string(writer->out, text);
}

void json_write_int(struct json_writer *writer, int64_t number)
{
    before_value(writer);
    buf_printf(writer->out, "%" PRId64, number);
}

void json_write_uint(struct json_writer *writer, uint64_t number)
{
    before_value(writer);
    buf_printf(writer->out, "%" PRIu64, number);
}

void json_write_bool(struct json_writer *writer, bool truth)
{
    before_value(writer);
    buf_append(writer->out, truth ? SPAN("true") : SPAN("false"));
}

void json_write_null(struct json_writer *writer)
{
    before_value(writer);
    buf_append(writer->out, SPAN("null"));
}

void json_write_raw(struct json_writer *writer, struct span json)
{
    before_value(writer);
    buf_append(writer->out, json);
}
