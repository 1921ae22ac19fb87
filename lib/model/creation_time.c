/* creation_time.c: numbers of which only precision or magnitude tells the unit. */
#include "model/creation_time.h"

/* Numbers below are seconds, then milliseconds, then microseconds: 10^11 s is the year 5138,
 * 10^11 ms is 1973, 10^14 ms is 5138 again. */
static const int64_t MILLISECONDS_FROM = 100000000000;
static const int64_t MICROSECONDS_FROM = 100000000000000;
static const int64_t MICROSECONDS_UNTIL = 100000000000000000;

/* Reads digits alone: the ordinary case. */
static bool read_digits(struct span text, int64_t *out)
{
    int64_t number = 0;
    /* more digits might not fit 64 bits */
    if (text.len > 18) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (text.ptr[i] - '0');
    }
    *out = number;
    return true;
}

/* text * unit_us, cut to whole microseconds; false when negative or out of range. */
static bool read_fraction(struct span text, int64_t unit_us, int64_t *out)
{
    struct decimal time;
    struct decimal rest;
    struct decimal one = decimal_from_int(1);
    int64_t whole;
    if (decimal_parse(text, &time) != STATUS_OK || time.negative ||
        decimal_multiply(time, decimal_from_int(unit_us), &time) != STATUS_OK ||
        decimal_compare(time, decimal_from_int(MICROSECONDS_UNTIL)) >= 0 ||
        decimal_remainder(time, one, &rest) != STATUS_OK ||
        decimal_subtract(time, rest, &time) != STATUS_OK ||
        decimal_to_int(time, &whole) != STATUS_OK) {
        return false;
    }
    *out = whole;
    return true;
}

static const char *read_seconds(struct span text, int64_t *out)
{
    return read_fraction(text, 1000000, out)
               ? NULL
               : "ApproximateCreationDateTime must be seconds since 1970 here";
}

/* The unit that precision or magnitude tell, in microseconds; 0: seconds, or it cannot be told. */
static int64_t unit_of(int64_t number, struct span precision)
{
    if (number == 0) {
        return 0;
    }
    if (span_equals(precision, SPAN("MICROSECOND"))) {
        return 1;
    }
    if (span_equals(precision, SPAN("MILLISECOND"))) {
        return 1000;
    }
    return number >= MICROSECONDS_FROM ? 1 : number >= MILLISECONDS_FROM ? 1000 : 0;
}

const char *creation_time_read(const struct creation_time *time, enum record_format format,
                               int64_t *out)
{
    int64_t number = 0;
    bool whole = read_digits(time->text, &number);
    int64_t unit_us = whole ? unit_of(number, time->precision) : 0;
    if (format == RECORD_FORMAT_DYNAMODB_STREAMS ||
        (format == RECORD_FORMAT_AUTO && unit_us == 0)) {
        return read_seconds(time->text, out);
    }
    if (unit_us == 0) {
        return "ApproximateCreationDateTime must be milliseconds or microseconds since 1970 here";
    }
    if (number >= MICROSECONDS_UNTIL / unit_us) {
        return "ApproximateCreationDateTime lies too far in the future";
    }
    *out = number * unit_us;
    return NULL;
}
