/* json.c: the recursive reader; its depth is bounded by the scanner. */
#include "model/json.h"

#include "model/json_string.h"
#include "model/value_build.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static bool is_integer(struct span number)
{
    for (size_t i = 0; i < number.len; i++) {
        if (number.ptr[i] == '.' || number.ptr[i] == 'e' || number.ptr[i] == 'E') {
            return false;
        }
    }
    return true;
}

static bool read_decimal(struct json_scan *scan, struct span number, struct value *out)
{
    struct decimal decimal;
    if (decimal_parse(number, &decimal) != STATUS_OK) {
        return json_scan_fail_limit(
            scan, "a number beyond 38 significant digits or an exponent of 6144", number.ptr);
    }
    *out = value_decimal(decimal);
    return true;
}

/* `text` is the number with a NUL behind it. */
static bool read_cel_number(struct json_scan *scan, struct span number, struct value *out)
{
    const char *text = arena_copy(scan->arena, number).ptr;
    if (is_integer(number)) {
        errno = 0;
        long long integer = strtoll(text, NULL, 10);
        if (errno == 0) {
            *out = value_int(integer);
            return true;
        }
    }
    double real = strtod(text, NULL);
    if (!isfinite(real)) {
        return json_scan_fail_limit(scan, "a number beyond the range of a double", number.ptr);
    }
    *out = (struct value){.kind = VALUE_DOUBLE, .real = real};
    return true;
}

static bool read_number(struct json_scan *scan, enum json_numbers numbers, struct value *out)
{
    struct span number;
    if (!json_scan_number(scan, &number) || !out) {
        return json_scan_ok(scan);
    }
    return numbers == JSON_NUMBERS_CEL ? read_cel_number(scan, number, out)
                                       : read_decimal(scan, number, out);
}

static bool read_string(struct json_scan *scan, struct value *out)
{
    struct json_text text;
    if (!json_scan_string(scan, &text)) {
        return false;
    }
    if (out) {
        *out = value_string(json_text_resolve(text, scan->arena));
    }
    return true;
}

static bool read_word(struct json_scan *scan, struct span word, struct value meaning,
                      struct value *out)
{
    if (!json_scan_word(scan, word)) {
        return false;
    }
    if (out) {
        *out = meaning;
    }
    return true;
}

static bool read_array(struct json_scan *scan, enum json_numbers numbers, struct value *out)
{
    struct json_array array;
    struct value_builder builder = {0};
    if (!json_array_open(scan, &array, "an array is expected")) {
        return false;
    }
    while (json_array_next(scan, &array)) {
        struct value *item = out ? value_builder_item(&builder, scan->arena) : NULL;
        json_scan_value(scan, numbers, item);
    }
    if (out) {
        *out = value_builder_list(&builder, VALUE_LIST);
    }
    return json_scan_ok(scan);
}

static bool read_object(struct json_scan *scan, enum json_numbers numbers, struct value *out)
{
    struct json_object object;
    struct value_builder builder = {0};
    struct span name;
    if (!json_object_open(scan, &object, "an object is expected")) {
        return false;
    }
    while (json_object_next(scan, &object, &name)) {
        struct value *item = out ? value_builder_entry(&builder, scan->arena, name) : NULL;
        json_scan_value(scan, numbers, item);
    }
    if (out) {
        *out = value_builder_map(&builder);
    }
    return json_scan_ok(scan);
}

bool json_scan_value(struct json_scan *scan, enum json_numbers numbers, struct value *out)
{
    switch (json_scan_peek(scan)) {
    case '{': return read_object(scan, numbers, out);
    case '[': return read_array(scan, numbers, out);
    case '"': return read_string(scan, out);
    case 't': return read_word(scan, SPAN("true"), value_bool(true), out);
    case 'f': return read_word(scan, SPAN("false"), value_bool(false), out);
    case 'n': return read_word(scan, SPAN("null"), value_null(), out);
    case '-': case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9': return read_number(scan, numbers, out);
    default: return json_scan_fail(scan, "a value is expected", scan->at);
    }
}

enum status json_read(struct span text, enum json_numbers numbers, struct arena *arena,
                      struct json_error *error, struct value *out)
{
    struct json_scan scan;
    struct value value;
    json_scan_init(&scan, text, arena);
    if (!json_scan_value(&scan, numbers, &value) || !json_scan_finish(&scan)) {
        *error = scan.error;
        return scan.status;
    }
    *out = value;
    return STATUS_OK;
}
