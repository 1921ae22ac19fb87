/* signal_inner.c: one way to write it; what is read must be written the same way. */
#include "model/signal_inner.h"

#include "model/json_field.h"
#include "model/signal.h"

void signal_inner_write_json(const struct signal_inner *inner, struct json_writer *writer)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(&inner->group, hex);
    json_open_object(writer);
    json_key(writer, "rule");
    json_write_uint(writer, inner->rule);
    json_key(writer, "group");
    json_write_string(writer, span_of(hex, DIGEST_HEX_LENGTH));
    if (inner->value.len) {
        json_key(writer, "value");
        json_write_raw(writer, inner->value);
    }
    json_key(writer, "input");
    json_write_uint(writer, inner->input);
    json_close_object(writer);
}

static bool read_member(struct json_scan *scan, struct span name, struct signal_inner *out)
{
    if (span_equals(name, SPAN("rule"))) {
        return json_field_uint32(scan, &out->rule);
    }
    if (span_equals(name, SPAN("group"))) {
        return json_field_digest(scan, &out->group);
    }
    if (span_equals(name, SPAN("value"))) {
        return json_field_raw(scan, &out->value);
    }
    return span_equals(name, SPAN("input"))
               ? json_field_uint32(scan, &out->input)
               : json_scan_fail(scan, "no such member", name.ptr);
}

static bool is_written_so(const struct signal_inner *inner, struct span text)
{
    struct buf again = {0};
    struct json_writer writer = json_writer_to(&again);
    signal_inner_write_json(inner, &writer);
    bool same = span_equals(buf_view(&again), text);
    buf_deinit(&again);
    return same;
}

enum status signal_inner_read_json(struct span text, struct arena *arena, struct signal_inner *out)
{
    struct json_scan scan;
    struct json_object object;
    struct span name;
    struct signal_inner read = {0};
    if (text.len > SIGNAL_INNER_BYTES_MAX) {
        return STATUS_INVALID;
    }
    json_scan_init(&scan, text, arena);
    if (json_object_open(&scan, &object, "an object")) {
        while (json_object_next(&scan, &object, &name)) {
            (void)read_member(&scan, name, &read);
        }
    }
    if (!json_scan_finish(&scan) || read.value.len > SIGNAL_VALUE_BYTES_MAX ||
        !is_written_so(&read, text)) {
        return STATUS_INVALID;
    }
    *out = read;
    return STATUS_OK;
}
