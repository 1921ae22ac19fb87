/* case_record.c: writes the record as text, so that a test goes through the same decoder as a
 * record from a source. */
#include "app/case/case_record.h"

#include "base/clock.h"
#include "base/json_writer.h"

#include <stdio.h>

static void write_attribute(const struct value *value, struct json_writer *writer);

static void write_list(const struct value *value, struct json_writer *writer)
{
    json_open_array(writer);
    for (size_t i = 0; i < value->list.count; i++) {
        write_attribute(&value->list.items[i], writer);
    }
    json_close_array(writer);
}

static void write_map(const struct value *map, struct json_writer *writer)
{
    json_open_object(writer);
    for (size_t i = 0; i < map->map.count; i++) {
        json_key_span(writer, map->map.entries[i].key.text);
        write_attribute(&map->map.entries[i].value, writer);
    }
    json_close_object(writer);
}

/* The digits of a number, between quotes as DynamoDB sends them. */
static void write_number(const struct value *value, struct json_writer *writer)
{
    struct buf digits = {0};
    value_write_text(value, &digits);
    json_write_string(writer, buf_view(&digits));
    buf_deinit(&digits);
}

/* A value with its type: {"N": "9"}. YAML has no sets and no bytes. */
static void write_attribute(const struct value *value, struct json_writer *writer)
{
    json_open_object(writer);
    if (value->kind == VALUE_NULL) {
        json_key(writer, "NULL");
        json_write_bool(writer, true);
    } else if (value->kind == VALUE_BOOL) {
        json_key(writer, "BOOL");
        json_write_bool(writer, value->boolean);
    } else if (value->kind == VALUE_STRING) {
        json_key(writer, "S");
        json_write_string(writer, value->text);
    } else if (value->kind == VALUE_LIST) {
        json_key(writer, "L");
        write_list(value, writer);
    } else if (value->kind == VALUE_MAP) {
        json_key(writer, "M");
        write_map(value, writer);
    } else {
        json_key(writer, "N");
        write_number(value, writer);
    }
    json_close_object(writer);
}

static void write_image(const char *key, const struct value *image, const struct value *keys,
                        struct json_writer *writer)
{
    if (!image) {
        return;
    }
    json_key(writer, key);
    json_open_object(writer);
    for (size_t i = 0; i < image->map.count; i++) {
        json_key_span(writer, image->map.entries[i].key.text);
        write_attribute(&image->map.entries[i].value, writer);
    }
    for (size_t i = 0; keys && i < keys->map.count; i++) {
        if (!value_map_get(image, keys->map.entries[i].key.text)) {
            json_key_span(writer, keys->map.entries[i].key.text);
            write_attribute(&keys->map.entries[i].value, writer);
        }
    }
    json_close_object(writer);
}

static void write_identity(const struct policy_test_event *event, struct json_writer *writer)
{
    json_key(writer, "userIdentity");
    if (!event->ttl_expiry) {
        json_write_null(writer);
        return;
    }
    json_open_object(writer);
    json_key(writer, "type");
    json_write_string(writer, SPAN("Service"));
    json_key(writer, "principalId");
    json_write_string(writer, SPAN("dynamodb.amazonaws.com"));
    json_close_object(writer);
}

static void write_missing(const struct value *record, const char *key, struct span text,
                          struct json_writer *writer)
{
    if (text.len && !value_map_get(record, span_view(key))) {
        json_key(writer, key);
        json_write_string(writer, text);
    }
}

/* The record of the test, and what every record of CloudTrail has. */
static void write_api_call(const struct policy_test *test, const struct policy_test_event *event,
                           int64_t time_us, size_t number, struct json_writer *writer)
{
    const struct value *record = event->api_call;
    char time[CLOCK_TEXT_SIZE];
    char id[40];
    char source[160];
    int id_length = snprintf(id, sizeof id, "00000000-0000-4000-9000-%012zu", number);
    int source_length = snprintf(source, sizeof source, "%.*s.amazonaws.com",
                                 (int)(test->service.len < 128 ? test->service.len : 128),
                                 test->service.ptr);
    json_open_object(writer);
    write_missing(record, "eventTime", clock_format(time_us, time), writer);
    write_missing(record, "eventID", span_of(id, (size_t)id_length), writer);
    write_missing(record, "awsRegion", SPAN("test"), writer);
    if (test->service.len) {
        write_missing(record, "eventSource", span_of(source, (size_t)source_length), writer);
    }
    for (size_t i = 0; i < record->map.count; i++) {
        json_key_span(writer, record->map.entries[i].key.text);
        value_write_json(&record->map.entries[i].value, writer);
    }
    json_close_object(writer);
}

void case_record_write(const struct policy_test *test, const struct policy_test_event *event,
                       int64_t start_us, size_t number, struct buf *out)
{
    static const struct value no_keys = {.kind = VALUE_MAP};
    struct json_writer writer = json_writer_to(out);
    if (event->api_call) {
        write_api_call(test, event, start_us + event->at_us, number, &writer);
        return;
    }
    char id[40];
    int length = snprintf(id, sizeof id, "00000000-0000-4000-8000-%012zu", number);
    json_open_object(&writer);
    json_key(&writer, "awsRegion");
    json_write_string(&writer, SPAN("test"));
    json_key(&writer, "eventID");
    json_write_string(&writer, span_of(id, (size_t)length));
    json_key(&writer, "eventName");
    json_write_string(&writer, change_op_name(event->op));
    write_identity(event, &writer);
    json_key(&writer, "recordFormat");
    json_write_string(&writer, SPAN("application/json"));
    json_key(&writer, "tableName");
    json_write_string(&writer, event->table.len ? event->table : test->table);
    json_key(&writer, "dynamodb");
    json_open_object(&writer);
    json_key(&writer, "ApproximateCreationDateTime");
    json_write_int(&writer, start_us + event->at_us);
    json_key(&writer, "ApproximateCreationDateTimePrecision");
    json_write_string(&writer, SPAN("MICROSECOND"));
    write_image("Keys", event->keys ? event->keys : &no_keys, NULL, &writer);
    write_image("OldImage", event->old_image, event->keys, &writer);
    write_image("NewImage", event->new_image, event->keys, &writer);
    json_key(&writer, "SizeBytes");
    json_write_int(&writer, 0);
    json_close_object(&writer);
    json_key(&writer, "eventSource");
    json_write_string(&writer, SPAN("aws:dynamodb"));
    json_close_object(&writer);
}
