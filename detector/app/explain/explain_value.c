/* explain_value.c: JSON's escapes are what makes values harmless. */
#include "app/explain/explain_value.h"

size_t explain_cut(struct span text, size_t max)
{
    if (text.len <= max) {
        return text.len;
    }
    while (max > 0 && ((unsigned char)text.ptr[max] & 0xC0) == 0x80) {
        max--;
    }
    return max;
}

void explain_value_text(const struct value *value, struct buf *out)
{
    struct buf json = {0};
    struct json_writer writer = json_writer_to(&json);
    if (value->kind == VALUE_TYPE) {
        buf_append(&json, value->text);
    } else if (value->kind == VALUE_OPTIONAL && !value->optional) {
        buf_append(&json, SPAN("none"));
    } else {
        value_write_json(value, &writer);
    }
    size_t shown = explain_cut(buf_view(&json), EXPLAIN_VALUE_BYTES_MAX);
    buf_append(out, span_of(json.ptr, shown));
    if (shown < json.len) {
        buf_printf(out, "... (%zu bytes)", json.len);
    }
    buf_deinit(&json);
}

static bool is_white(uint32_t code)
{
    return code == ' ' || code == '\t' || code == '\n' || code == '\r';
}

/* Controls of C0 and C1, and what changes the direction of text. */
static bool is_harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x61C ||
           (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

size_t explain_source_text(struct span text, size_t columns, struct buf *out)
{
    size_t count = 0;
    size_t end = out->len; /* where it is cut when more follows */
    bool blank = false;
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t length = span_decode_utf8(text, at, &code);
        struct span bytes = span_of(text.ptr + at, length ? length : 1);
        bool white = length && is_white(code);
        at += bytes.len;
        if (white && blank) {
            continue;
        }
        blank = white;
        if (count == columns) {
            out->len = end;
            buf_append(out, SPAN("..."));
            return count;
        }
        buf_append(out, white ? SPAN(" ") : !length || is_harmful(code) ? SPAN("?") : bytes);
        count++;
        end = count + 3 <= columns ? out->len : end;
    }
    return count;
}
