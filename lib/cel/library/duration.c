/* duration.c: "1h30m", "1.5s", "-2ns": sums of quantities with units, within the range of int64
 * nanoseconds. */
#include "cel/library/time.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
    const char *name;
    int64_t nanoseconds;
};

/* Longer names first where one begins another. */
static const struct unit UNITS[] = {
    {"ms", 1000000}, {"us", 1000},           {"\xC2\xB5s", 1000},      {"ns", 1},
    {"h", 3600000000000}, {"m", 60000000000}, {"s", 1000000000},
};

static const struct unit *read_unit(struct span *text)
{
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
        struct span name = span_view(UNITS[i].name);
        if (span_starts_with(*text, name)) {
            *text = span_of(text->ptr + name.len, text->len - name.len);
            return &UNITS[i];
        }
    }
    return NULL;
}

static bool take_digit(struct span *text, int *digit)
{
    if (text->len == 0 || text->ptr[0] < '0' || text->ptr[0] > '9') {
        return false;
    }
    *digit = text->ptr[0] - '0';
    *text = span_of(text->ptr + 1, text->len - 1);
    return true;
}

struct quantity {
    int64_t whole;
    int64_t fraction; /* in units of 10^-12 */
    bool any_digit;
};

enum { MILLION = 1000000 };

static bool read_quantity(struct span *text, struct quantity *out)
{
    int64_t place = (int64_t)MILLION * MILLION / 10;
    int digit;
    *out = (struct quantity){0};
    while (take_digit(text, &digit)) {
        out->any_digit = true;
        if (__builtin_mul_overflow(out->whole, (int64_t)10, &out->whole) ||
            __builtin_add_overflow(out->whole, (int64_t)digit, &out->whole)) {
            return false;
        }
    }
    if (text->len && text->ptr[0] == '.') {
        *text = span_of(text->ptr + 1, text->len - 1);
        while (take_digit(text, &digit)) {
            out->any_digit = true;
            out->fraction += digit * place;
            place /= 10;
        }
    }
    return out->any_digit;
}

/* quantity * unit, added to *sum. Digits below a nanosecond are cut off. */
static bool add_quantity(const struct quantity *quantity, const struct unit *unit, int64_t *sum)
{
    int64_t part;
    int64_t high = quantity->fraction / MILLION * unit->nanoseconds;
    int64_t low = quantity->fraction % MILLION * unit->nanoseconds;
    int64_t fraction = (high + low / MILLION) / MILLION;
    return !__builtin_mul_overflow(quantity->whole, unit->nanoseconds, &part) &&
           !__builtin_add_overflow(*sum, part, sum) &&
           !__builtin_add_overflow(*sum, fraction, sum);
}

bool duration_parse(struct span text, int64_t *nanoseconds)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    int64_t sum = 0;
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        text = span_of(text.ptr + 1, text.len - 1);
    }
    if (span_equals(text, SPAN("0"))) {
        *nanoseconds = 0;
        return true;
    }
    if (text.len == 0) {
        return false;
    }
    while (text.len > 0) {
        struct quantity quantity;
        if (!read_quantity(&text, &quantity)) {
            return false;
        }
        const struct unit *unit = read_unit(&text);
        if (!unit || !add_quantity(&quantity, unit, &sum)) {
            return false;
        }
    }
    *nanoseconds = negative ? -sum : sum;
    return true;
}

struct span duration_format(int64_t nanoseconds, char out[TIME_TEXT_SIZE])
{
    uint64_t magnitude = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
    uint64_t fraction = magnitude % TIME_NANOS_PER_SECOND;
    int length = snprintf(out, TIME_TEXT_SIZE, "%s%" PRIu64, nanoseconds < 0 ? "-" : "",
                          magnitude / TIME_NANOS_PER_SECOND);
    if (fraction) {
        length += snprintf(out + length, TIME_TEXT_SIZE - (size_t)length, ".%09" PRIu64, fraction);
        while (out[length - 1] == '0') {
            length--;
        }
    }
    out[length++] = 's';
    return span_of(out, (size_t)length);
}
