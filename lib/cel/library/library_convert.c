/* library_convert.c: conversions between the scalar types. Out of range is an error, never a silent
 * wrap. */
#include "cel/library/double_text.h"
#include "cel/library/library_functions.h"
#include "cel/library/time.h"
#include "cel/run/values.h"
#include "model/quantity.h"

#include <inttypes.h>
#include <math.h>

static struct value out_of_range(const char *type, struct cel_scratch *scratch)
{
    return value_failure(VALUE_ERROR_OTHER,
                         arena_printf(scratch->arena, "the value is out of the range of %s", type));
}

/* --- bool --- */

struct value library_bool(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    static const char *const truths[] = {"1", "t", "true", "TRUE", "True"};
    static const char *const untruths[] = {"0", "f", "false", "FALSE", "False"};
    if (arguments->kind == VALUE_BOOL) {
        return *arguments;
    }
    if (arguments->kind != VALUE_STRING) {
        return failure_no_overload("bool", arguments, count, scratch->arena);
    }
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        if (span_equals(arguments->text, span_view(truths[i]))) {
            return value_bool(true);
        }
        if (span_equals(arguments->text, span_view(untruths[i]))) {
            return value_bool(false);
        }
    }
    return failure_malformed("bool", arguments->text, scratch->arena);
}

/* --- int and uint --- */

/* Digits with an optional sign; *magnitude without it. */
static bool read_integer(struct span text, bool *negative, uint64_t *magnitude)
{
    *negative = text.len > 0 && text.ptr[0] == '-';
    *magnitude = 0;
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        text = span_of(text.ptr + 1, text.len - 1);
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.ptr[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(*magnitude, 10u, magnitude) ||
            __builtin_add_overflow(*magnitude, digit, magnitude)) {
            return false;
        }
    }
    return text.len > 0;
}

static struct value int_of_text(struct span text, struct cel_scratch *scratch)
{
    const uint64_t magnitude_min = (uint64_t)INT64_MAX + 1;
    bool negative;
    uint64_t magnitude;
    if (!read_integer(text, &negative, &magnitude)) {
        return failure_malformed("int", text, scratch->arena);
    }
    if (magnitude > (negative ? magnitude_min : (uint64_t)INT64_MAX)) {
        return out_of_range("int", scratch);
    }
    return value_int((int64_t)(negative ? 0 - magnitude : magnitude));
}

/* Both ends of int64 are out: the doubles there stand for many ints. */
static struct value int_of_double(double number, struct cel_scratch *scratch)
{
    bool inside = number > -0x1p63 && number < 0x1p63;
    return inside ? value_int((int64_t)number) : out_of_range("int", scratch);
}

static struct value int_of_decimal(const struct value *number, struct cel_scratch *scratch)
{
    int64_t integer;
    enum status status = decimal_to_int(number->decimal, &integer);
    if (status == STATUS_OK) {
        return value_int(integer);
    }
    return status == STATUS_LIMIT ? out_of_range("int", scratch)
                                  : failure_text("the decimal is no integer");
}

struct value library_int(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    const struct value *from = arguments;
    switch ((int)from->kind) {
    case VALUE_INT:
        return *from;
    case VALUE_UINT:
        return from->unsigned_integer <= INT64_MAX ? value_int((int64_t)from->unsigned_integer)
                                                   : out_of_range("int", scratch);
    case VALUE_DOUBLE:
        return int_of_double(from->real, scratch);
    case VALUE_DECIMAL:
        return int_of_decimal(from, scratch);
    case VALUE_STRING:
        return int_of_text(from->text, scratch);
    case VALUE_TIMESTAMP:
        return value_int(from->time.seconds);
    case VALUE_DURATION:
        return value_int(from->duration_ns / TIME_NANOS_PER_SECOND);
    default:
        return failure_no_overload("int", arguments, count, scratch->arena);
    }
}

static struct value uint_of_text(struct span text, struct cel_scratch *scratch)
{
    bool negative;
    uint64_t magnitude;
    if (!read_integer(text, &negative, &magnitude) || negative) {
        return failure_malformed("uint", text, scratch->arena);
    }
    return value_uint(magnitude);
}

static struct value uint_of_decimal(const struct value *number, struct cel_scratch *scratch)
{
    uint64_t integer;
    enum status status = decimal_to_uint(number->decimal, &integer);
    if (status == STATUS_OK) {
        return value_uint(integer);
    }
    return status == STATUS_LIMIT ? out_of_range("uint", scratch)
                                  : failure_text("the decimal is no integer");
}

struct value library_uint(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    const struct value *from = arguments;
    switch ((int)from->kind) {
    case VALUE_UINT:
        return *from;
    case VALUE_INT:
        return from->integer >= 0 ? value_uint((uint64_t)from->integer)
                                  : out_of_range("uint", scratch);
    case VALUE_DOUBLE:
        return from->real >= 0 && from->real < 0x1p64 ? value_uint((uint64_t)from->real)
                                                      : out_of_range("uint", scratch);
    case VALUE_DECIMAL:
        return uint_of_decimal(from, scratch);
    case VALUE_STRING:
        return uint_of_text(from->text, scratch);
    default:
        return failure_no_overload("uint", arguments, count, scratch->arena);
    }
}

/* --- double and decimal --- */

static struct value double_of_text(struct span text, struct cel_scratch *scratch)
{
    double number;
    return double_parse(text, &number) ? value_double(number)
                                       : failure_malformed("double", text, scratch->arena);
}

struct value library_double(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    const struct value *from = arguments;
    switch ((int)from->kind) {
    case VALUE_DOUBLE:
        return *from;
    case VALUE_INT:
        return value_double((double)from->integer);
    case VALUE_UINT:
        return value_double((double)from->unsigned_integer);
    case VALUE_DECIMAL:
        return value_double(decimal_to_double(from->decimal));
    case VALUE_STRING:
        return double_of_text(from->text, scratch);
    default:
        return failure_no_overload("double", arguments, count, scratch->arena);
    }
}

static struct value decimal_of_text(struct span text, struct cel_scratch *scratch)
{
    struct decimal number;
    if (!steps_take(scratch->steps_left, text.len / CEL_LETTERS_PER_STEP)) {
        return failure_limit();
    }
    enum status status = decimal_parse(text, &number);
    if (status == STATUS_OK) {
        return value_decimal(number);
    }
    return status == STATUS_LIMIT ? out_of_range("decimal (38 digits)", scratch)
                                  : failure_malformed("decimal", text, scratch->arena);
}

/* A double enters by its shortest text: decimal(0.1) is one tenth. */
struct value library_decimal(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    struct decimal number;
    if (value_to_decimal(arguments, &number)) {
        return value_decimal(number);
    }
    if (arguments->kind == VALUE_DOUBLE) {
        return decimal_from_double(arguments->real, &number) == STATUS_OK
                   ? value_decimal(number)
                   : out_of_range("decimal", scratch);
    }
    if (arguments->kind == VALUE_STRING) {
        return decimal_of_text(arguments->text, scratch);
    }
    return failure_no_overload("decimal", arguments, count, scratch->arena);
}

/* --- string and bytes --- */

static struct value text_copy(struct span text, struct cel_scratch *scratch)
{
    return value_string(arena_copy(scratch->arena, text));
}

static struct value string_of_bytes(struct span bytes, struct cel_scratch *scratch)
{
    if (!steps_take(scratch->steps_left, bytes.len / CEL_LETTERS_PER_STEP)) {
        return failure_limit();
    }
    return span_utf8_prefix(bytes) == bytes.len
               ? value_string(bytes)
               : failure_text("the bytes are no well-formed UTF-8");
}

/* What writing a value takes, in steps. */
static uint64_t writing_steps(const struct value *value)
{
    switch ((int)value->kind) {
    case VALUE_INT:
    case VALUE_UINT:
        return 20;
    case VALUE_DECIMAL:
        return 30;
    case VALUE_DOUBLE:
    case VALUE_TIMESTAMP:
    case VALUE_DURATION:
    case VALUE_ADDRESS:
    case VALUE_QUANTITY:
        return 80;
    default:
        return 0;
    }
}

struct value library_string(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    const struct value *from = arguments;
    char double_text[DOUBLE_TEXT_SIZE];
    char decimal_text[DECIMAL_TEXT_SIZE];
    char time_text[TIME_TEXT_SIZE];
    char quantity_text[QUANTITY_TEXT_SIZE];
    if (!steps_take(scratch->steps_left, writing_steps(from))) {
        return failure_limit();
    }
    switch ((int)from->kind) {
    case VALUE_STRING:
        return *from;
    case VALUE_BOOL:
        return value_string(from->boolean ? SPAN("true") : SPAN("false"));
    case VALUE_INT:
        return value_string(arena_printf(scratch->arena, "%" PRId64, from->integer));
    case VALUE_UINT:
        return value_string(arena_printf(scratch->arena, "%" PRIu64, from->unsigned_integer));
    case VALUE_DOUBLE:
        return text_copy(double_format(from->real, double_text), scratch);
    case VALUE_DECIMAL:
        return text_copy(decimal_format(from->decimal, decimal_text), scratch);
    case VALUE_BYTES:
        return string_of_bytes(from->text, scratch);
    case VALUE_TIMESTAMP:
        return text_copy(time_format(from->time, time_text), scratch);
    case VALUE_DURATION:
        return text_copy(duration_format(from->duration_ns, time_text), scratch);
    case VALUE_ADDRESS:
        return library_address_string(from, scratch);
    case VALUE_QUANTITY:
        return text_copy(quantity_format(from, quantity_text), scratch);
    case VALUE_SEMVER:
    case VALUE_URL:
        return value_string(from->text);
    default:
        return failure_no_overload("string", arguments, count, scratch->arena);
    }
}

struct value library_bytes(const struct value *arguments, size_t count,
                           struct cel_scratch *scratch)
{
    if (arguments->kind == VALUE_STRING || arguments->kind == VALUE_BYTES) {
        return value_bytes(arguments->text);
    }
    return failure_no_overload("bytes", arguments, count, scratch->arena);
}

/* --- timestamp and duration --- */

struct value library_timestamp(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    struct value result = {.kind = VALUE_TIMESTAMP};
    if (arguments->kind == VALUE_TIMESTAMP) {
        return *arguments;
    }
    if (arguments->kind == VALUE_INT) {
        result.time.seconds = arguments->integer;
        return time_in_range(arguments->integer) ? result : out_of_range("timestamp", scratch);
    }
    if (arguments->kind == VALUE_STRING) {
        bool read = time_parse(arguments->text, &result.time);
        return read ? result
                    : failure_malformed("timestamp (RFC 3339)", arguments->text, scratch->arena);
    }
    return failure_no_overload("timestamp", arguments, count, scratch->arena);
}

struct value library_duration(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    int64_t nanoseconds;
    if (arguments->kind == VALUE_DURATION) {
        return *arguments;
    }
    if (arguments->kind == VALUE_INT) {
        bool failed = __builtin_mul_overflow(arguments->integer, (int64_t)TIME_NANOS_PER_SECOND,
                                             &nanoseconds);
        return failed ? out_of_range("duration", scratch) : value_duration(nanoseconds);
    }
    if (arguments->kind == VALUE_STRING) {
        return duration_parse(arguments->text, &nanoseconds)
                   ? value_duration(nanoseconds)
                   : failure_malformed("duration ('90s', '1h30m')", arguments->text,
                                       scratch->arena);
    }
    return failure_no_overload("duration", arguments, count, scratch->arena);
}
