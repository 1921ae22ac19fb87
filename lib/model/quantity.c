/* quantity.c: a decimal, a suffix, and the rules of Kubernetes for what lies out of its range. */
#include "model/quantity.h"

#include <inttypes.h>
#include <stdio.h>

enum { EXPONENT_FINEST = -9, EXPONENT_OF_E = 18, BINARY_STEPS_MAX = 6, BINARY_STEP = 1024 };

static const struct {
    struct span suffix;
    enum quantity_form form;
    int exponent; /* of 10, or of 2 */
} SUFFIXES[] = {
    {{"", 0}, QUANTITY_DECIMAL, 0},    {{"n", 1}, QUANTITY_DECIMAL, -9},
    {{"u", 1}, QUANTITY_DECIMAL, -6},  {{"m", 1}, QUANTITY_DECIMAL, -3},
    {{"k", 1}, QUANTITY_DECIMAL, 3},   {{"M", 1}, QUANTITY_DECIMAL, 6},
    {{"G", 1}, QUANTITY_DECIMAL, 9},   {{"T", 1}, QUANTITY_DECIMAL, 12},
    {{"P", 1}, QUANTITY_DECIMAL, 15},  {{"E", 1}, QUANTITY_DECIMAL, EXPONENT_OF_E},
    {{"Ki", 2}, QUANTITY_BINARY, 10},  {{"Mi", 2}, QUANTITY_BINARY, 20},
    {{"Gi", 2}, QUANTITY_BINARY, 30},  {{"Ti", 2}, QUANTITY_BINARY, 40},
    {{"Pi", 2}, QUANTITY_BINARY, 50},  {{"Ei", 2}, QUANTITY_BINARY, 60},
};

enum { SUFFIX_COUNT = sizeof SUFFIXES / sizeof *SUFFIXES };

/* --- reading --- */

/* Sign, digits and point. */
static size_t number_length(struct span text)
{
    size_t at = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+') ? 1 : 0;
    while (at < text.len && ((text.ptr[at] >= '0' && text.ptr[at] <= '9') || text.ptr[at] == '.')) {
        at++;
    }
    return at;
}

/* "e6", "E-3"; decimal_parse judges the exponent itself. */
static bool is_exponent(struct span suffix)
{
    return suffix.len > 1 && (suffix.ptr[0] == 'e' || suffix.ptr[0] == 'E') &&
           suffix.ptr[1] != 'i';
}

static struct decimal power_of_ten(int exponent)
{
    return (struct decimal){.low = 1, .exponent = (int16_t)exponent};
}

static enum status scale(struct decimal number, size_t suffix, struct decimal *out)
{
    int exponent = SUFFIXES[suffix].exponent;
    struct decimal unit = SUFFIXES[suffix].form == QUANTITY_BINARY
                              ? decimal_from_uint(UINT64_C(1) << exponent)
                              : power_of_ten(exponent);
    enum status status = decimal_multiply(number, unit, out);
    return status == STATUS_OK && out->rounded ? STATUS_LIMIT : status;
}

/* What is finer than the finest unit counts as one more of it. */
static enum status round_up(struct decimal *number)
{
    struct decimal unit = power_of_ten(EXPONENT_FINEST);
    struct decimal rest;
    unit.negative = number->negative;
    enum status status = decimal_remainder(*number, unit, &rest);
    if (status != STATUS_OK || (rest.low == 0 && rest.high == 0)) {
        return status;
    }
    status = decimal_subtract(*number, rest, number);
    return status == STATUS_OK ? decimal_add(*number, unit, number) : status;
}

static void cap_binary(struct decimal *number)
{
    struct decimal most = decimal_from_int(INT64_MAX);
    if (decimal_compare(decimal_abs(*number), most) > 0) {
        most.negative = number->negative;
        *number = most;
    }
}

static bool is_below_one(struct decimal number)
{
    return decimal_compare(decimal_abs(number), decimal_from_int(1)) < 0;
}

static enum status finish(struct decimal number, enum quantity_form form, struct value *out)
{
    enum status status = round_up(&number);
    if (status != STATUS_OK) {
        return status;
    }
    if (form == QUANTITY_BINARY) {
        cap_binary(&number);
        form = is_below_one(number) ? QUANTITY_DECIMAL : form;
    }
    *out = (struct value){.kind = VALUE_QUANTITY, .form = form, .decimal = number};
    return STATUS_OK;
}

enum status quantity_parse(struct span text, struct value *out)
{
    struct decimal number;
    size_t length = number_length(text);
    struct span suffix = span_of(text.ptr + length, text.len - length);
    if (is_exponent(suffix)) {
        enum status status = decimal_parse(text, &number);
        return status == STATUS_OK ? finish(number, QUANTITY_EXPONENT, out) : status;
    }
    enum status status = decimal_parse(span_of(text.ptr, length), &number);
    for (size_t i = 0; i < SUFFIX_COUNT && status == STATUS_OK; i++) {
        if (span_equals(suffix, SUFFIXES[i].suffix)) {
            status = scale(number, i, &number);
            return status == STATUS_OK ? finish(number, SUFFIXES[i].form, out) : status;
        }
    }
    return status == STATUS_OK ? STATUS_INVALID : status;
}

/* --- writing --- */

/* The integer as a count of the largest power of 1024 that divides it; false: it is none. */
static bool format_binary(struct decimal number, char out[QUANTITY_TEXT_SIZE], int *len)
{
    static const char *const suffixes[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    int64_t count;
    int steps = 0;
    if (decimal_to_int(number, &count) != STATUS_OK ||
        (count > -BINARY_STEP && count < BINARY_STEP)) {
        return false;
    }
    while (steps < BINARY_STEPS_MAX && count % BINARY_STEP == 0) {
        count /= BINARY_STEP;
        steps++;
    }
    *len = snprintf(out, QUANTITY_TEXT_SIZE, "%" PRId64 "%s", count, suffixes[steps]);
    return true;
}

/* Down to a multiple of three; suffixes end at E. */
static int decimal_step(int exponent, enum quantity_form form)
{
    int step = exponent - ((exponent % 3) + 3) % 3;
    return form != QUANTITY_EXPONENT && step > EXPONENT_OF_E ? EXPONENT_OF_E : step;
}

static const char *decimal_suffix(int exponent)
{
    for (size_t i = 0; i < SUFFIX_COUNT; i++) {
        if (SUFFIXES[i].form == QUANTITY_DECIMAL && SUFFIXES[i].exponent == exponent) {
            return SUFFIXES[i].suffix.ptr;
        }
    }
    return "";
}

struct span quantity_format(const struct value *quantity, char out[QUANTITY_TEXT_SIZE])
{
    char digits[DECIMAL_TEXT_SIZE];
    struct decimal number = quantity->decimal;
    int len;
    if (quantity->form == QUANTITY_BINARY && format_binary(number, out, &len)) {
        return span_of(out, (size_t)len);
    }
    int step = decimal_step(number.exponent, quantity->form);
    number.exponent = (int16_t)(number.exponent - step);
    struct span count = decimal_format(number, digits);
    if (quantity->form == QUANTITY_EXPONENT && step != 0) {
        len = snprintf(out, QUANTITY_TEXT_SIZE, "%.*se%d", SPAN_ARG(count), step);
    } else {
        len = snprintf(out, QUANTITY_TEXT_SIZE, "%.*s%s", SPAN_ARG(count), decimal_suffix(step));
    }
    return span_of(out, (size_t)len);
}
