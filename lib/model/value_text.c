/* value_text.c: values as JSON and as bare text. */
#include "model/value.h"

#include "base/clock.h"
#include "model/address.h"
#include "model/base64.h"
#include "model/quantity.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { FRACTION_DIGITS = 9 };

static const int64_t SECOND_NS = 1000000000;
static const int64_t SECOND_US = 1000000;

/* ".125": nanoseconds without trailing zeros; nothing when there are none. */
static void append_fraction(struct buf *out, int32_t nanos)
{
    int digits = FRACTION_DIGITS;
    if (nanos == 0) {
        return;
    }
    while (nanos % 10 == 0) {
        nanos /= 10;
        digits--;
    }
    buf_printf(out, ".%0*" PRId32, digits, nanos);
}

static void append_time(struct buf *out, struct value_time time)
{
    char text[CLOCK_TEXT_SIZE];
    struct span seconds = clock_format(time.seconds * SECOND_US, text);
    buf_append(out, span_of(seconds.ptr, seconds.len - 1)); /* without 'Z' */
    append_fraction(out, time.nanos);
    buf_append_char(out, 'Z');
}

static void append_duration(struct buf *out, int64_t duration_ns)
{
    int64_t seconds = duration_ns / SECOND_NS;
    int32_t nanos = (int32_t)(duration_ns % SECOND_NS);
    buf_printf(out, "%s%" PRId64, duration_ns < 0 ? "-" : "", seconds < 0 ? -seconds : seconds);
    append_fraction(out, nanos < 0 ? -nanos : nanos);
    buf_append_char(out, 's');
}

static void append_address(struct buf *out, const struct value_address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    buf_append(out, address_format(address, text));
}

static void append_quantity(struct buf *out, const struct value *quantity)
{
    char text[QUANTITY_TEXT_SIZE];
    buf_append(out, quantity_format(quantity, text));
}

static void append_decimal(struct buf *out, struct decimal number)
{
    char text[DECIMAL_TEXT_SIZE];
    buf_append(out, decimal_format(number, text));
}

static struct span name_of_infinite(double number)
{
    return isnan(number) ? SPAN("NaN") : number < 0 ? SPAN("-Infinity") : SPAN("Infinity");
}

static void append_double(struct buf *out, double number)
{
    struct decimal shortest;
    if (decimal_from_double(number, &shortest) == STATUS_OK) {
        append_decimal(out, shortest);
    } else {
        buf_append(out, name_of_infinite(number));
    }
}

/* A scalar as bare text; false for lists, sets, maps and optionals. */
static bool append_scalar(struct buf *out, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL: buf_append(out, SPAN("null")); return true;
    case VALUE_BOOL: buf_append(out, value->boolean ? SPAN("true") : SPAN("false")); return true;
    case VALUE_INT: buf_printf(out, "%" PRId64, value->integer); return true;
    case VALUE_UINT: buf_printf(out, "%" PRIu64, value->unsigned_integer); return true;
    case VALUE_DOUBLE: append_double(out, value->real); return true;
    case VALUE_DECIMAL: append_decimal(out, value->decimal); return true;
    case VALUE_BYTES: base64_append(value->text, out); return true;
    case VALUE_STRING:
    case VALUE_TYPE:
    case VALUE_SEMVER:
    case VALUE_URL:
    case VALUE_FORMAT:
    case VALUE_ERROR: buf_append(out, value->text); return true;
    case VALUE_TIMESTAMP: append_time(out, value->time); return true;
    case VALUE_DURATION: append_duration(out, value->duration_ns); return true;
    case VALUE_ADDRESS: append_address(out, &value->address); return true;
    case VALUE_QUANTITY: append_quantity(out, value); return true;
    case VALUE_LIST:
    case VALUE_SET:
    case VALUE_MAP:
    case VALUE_OPTIONAL: break;
    }
    return false;
}

static void write_decimal(struct decimal number, struct json_writer *writer)
{
    char text[DECIMAL_TEXT_SIZE];
    json_write_raw(writer, decimal_format(number, text));
}

/* With a point even where the number is whole: a reader must not take it for an int. */
static void write_double(double number, struct json_writer *writer)
{
    struct decimal shortest;
    char digits[DECIMAL_TEXT_SIZE];
    char text[DECIMAL_TEXT_SIZE + 4];
    if (decimal_from_double(number, &shortest) != STATUS_OK) {
        json_write_string(writer, name_of_infinite(number));
        return;
    }
    struct span plain = decimal_format(shortest, digits);
    bool has_point = memchr(plain.ptr, '.', plain.len) || memchr(plain.ptr, 'E', plain.len);
    bool negative_zero = number == 0 && signbit(number);
    snprintf(text, sizeof text, "%s%.*s%s", negative_zero ? "-" : "", SPAN_ARG(plain),
             has_point ? "" : ".0");
    json_write_raw(writer, span_view(text));
}

/* What JSON has no form of its own for. */
static void write_as_text(const struct value *value, struct json_writer *writer)
{
    struct buf text = {0};
    value_write_text(value, &text);
    json_write_string(writer, buf_view(&text));
    buf_deinit(&text);
}

static void write_list(const struct value *list, struct json_writer *writer)
{
    json_open_array(writer);
    for (size_t i = 0; i < list->list.count; i++) {
        value_write_json(&list->list.items[i], writer);
    }
    json_close_array(writer);
}

static void write_key(const struct value *key, struct json_writer *writer)
{
    struct buf text = {0};
    if (key->kind == VALUE_STRING) {
        json_key_span(writer, key->text);
        return;
    }
    value_write_text(key, &text);
    json_key_span(writer, buf_view(&text));
    buf_deinit(&text);
}

static void write_map(const struct value *map, struct json_writer *writer)
{
    json_open_object(writer);
    for (size_t i = 0; i < map->map.count; i++) {
        const struct value_entry *entry = &map->map.entries[i];
        write_key(&entry->key, writer);
        value_write_json(&entry->value, writer);
    }
    json_close_object(writer);
}

static void write_container(const struct value *value, struct json_writer *writer)
{
    if (writer->depth + 2 >= JSON_WRITER_DEPTH_MAX) {
        json_write_string(writer, SPAN("(nested too deeply)"));
    } else if (value->kind == VALUE_MAP) {
        write_map(value, writer);
    } else {
        write_list(value, writer);
    }
}

static void write_optional(const struct value *value, struct json_writer *writer)
{
    if (value->optional) {
        value_write_json(value->optional, writer);
    } else {
        json_write_null(writer);
    }
}

void value_write_json(const struct value *value, struct json_writer *writer)
{
    switch (value->kind) {
    case VALUE_NULL:
    case VALUE_ERROR: json_write_null(writer); break;
    case VALUE_BOOL: json_write_bool(writer, value->boolean); break;
    case VALUE_INT: json_write_int(writer, value->integer); break;
    case VALUE_UINT: json_write_uint(writer, value->unsigned_integer); break;
    case VALUE_DOUBLE: write_double(value->real, writer); break;
    case VALUE_DECIMAL: write_decimal(value->decimal, writer); break;
    case VALUE_STRING:
    case VALUE_SEMVER:
    case VALUE_URL:
    case VALUE_FORMAT:
    case VALUE_TYPE: json_write_string(writer, value->text); break;
    case VALUE_BYTES:
    case VALUE_TIMESTAMP:
    case VALUE_DURATION:
    case VALUE_QUANTITY:
    case VALUE_ADDRESS: write_as_text(value, writer); break;
    case VALUE_LIST:
    case VALUE_SET:
    case VALUE_MAP: write_container(value, writer); break;
    case VALUE_OPTIONAL: write_optional(value, writer); break;
    }
}

static void append_members(const struct value *list, struct buf *out)
{
    for (size_t i = 0; i < list->list.count; i++) {
        if (i > 0) {
            buf_append(out, SPAN(", "));
        }
        value_write_text(&list->list.items[i], out);
    }
}

void value_write_text(const struct value *value, struct buf *out)
{
    if (append_scalar(out, value)) {
        return;
    }
    if (value->kind == VALUE_OPTIONAL) {
        struct value null = value_null();
        value_write_text(value->optional ? value->optional : &null, out);
    } else if (value->kind == VALUE_MAP) {
        struct json_writer writer = json_writer_to(out);
        value_write_json(value, &writer);
    } else {
        append_members(value, out);
    }
}
