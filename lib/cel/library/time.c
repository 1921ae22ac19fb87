/* time.c: the calendar by arithmetic alone, RFC 3339, and + and - with overflow told. */
#include "cel/library/time.h"

#include <stdio.h>

static const int64_t SECONDS_MIN = -62135596800; /* 0001-01-01T00:00:00Z */
static const int64_t SECONDS_MAX = 253402300799; /* 9999-12-31T23:59:59Z */

bool time_in_range(int64_t seconds)
{
    return seconds >= SECONDS_MIN && seconds <= SECONDS_MAX;
}

/* --- the calendar: days since 1970-01-01 in eras of 400 years that begin in March --- */

enum { DAYS_PER_ERA = 146097, DAYS_TO_EPOCH = 719468 };

int64_t time_days_of(int64_t year, int month, int day)
{
    year -= month < 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t month_from_march = (month + 10) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - DAYS_TO_EPOCH;
}

static void set_date(struct time_fields *fields, int64_t days)
{
    int64_t shifted = days + DAYS_TO_EPOCH;
    int64_t era = (shifted >= 0 ? shifted : shifted - DAYS_PER_ERA + 1) / DAYS_PER_ERA;
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    fields->day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    fields->month = (int)((month_from_march + 2) % 12);
    fields->year = year_of_era + era * 400 + (fields->month < 2);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct time_fields time_fields_of(int64_t seconds)
{
    struct time_fields fields;
    int64_t days = floor_divide(seconds, TIME_SECONDS_PER_DAY);
    int second_of_day = (int)(seconds - days * TIME_SECONDS_PER_DAY);
    set_date(&fields, days);
    fields.day_of_year = (int)(days - time_days_of(fields.year, 0, 1));
    /* 1970-01-01 was a Thursday; 0 is Sunday */
    fields.day_of_week = (int)((((days + 4) % 7) + 7) % 7);
    fields.hour = second_of_day / 3600;
    fields.minute = second_of_day / 60 % 60;
    fields.second = second_of_day % 60;
    return fields;
}

/* --- RFC 3339 --- */

struct reader {
    struct span text;
    size_t at;
};

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->text.len && reader->text.ptr[reader->at] >= '0' &&
           reader->text.ptr[reader->at] <= '9';
}

static bool read_number(struct reader *reader, int digits, int min, int max, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        if (!is_digit(reader)) {
            return false;
        }
        *out = *out * 10 + (reader->text.ptr[reader->at++] - '0');
    }
    return *out >= min && *out <= max;
}

/* The NUL test: strchr finds the end of `wanted` too. */
static bool read_one_of(struct reader *reader, const char *wanted, char *found)
{
    if (reader->at >= reader->text.len || !reader->text.ptr[reader->at] ||
        !strchr(wanted, reader->text.ptr[reader->at])) {
        return false;
    }
    *found = reader->text.ptr[reader->at++];
    return true;
}

/* ".123456789": one to nine digits. */
static bool read_fraction(struct reader *reader, int32_t *nanos)
{
    int32_t unit = TIME_NANOS_PER_SECOND / 10;
    char dot;
    *nanos = 0;
    if (!read_one_of(reader, ".", &dot)) {
        return true;
    }
    if (!is_digit(reader)) {
        return false;
    }
    while (is_digit(reader) && unit > 0) {
        *nanos += (reader->text.ptr[reader->at++] - '0') * unit;
        unit /= 10;
    }
    return !is_digit(reader);
}

static bool read_offset(struct reader *reader, int64_t *offset_seconds)
{
    char sign;
    char colon;
    int hours;
    int minutes;
    if (!read_one_of(reader, "Zz+-", &sign)) {
        return false;
    }
    *offset_seconds = 0;
    if (sign == 'Z' || sign == 'z') {
        return true;
    }
    if (!read_number(reader, 2, 0, 23, &hours) || !read_one_of(reader, ":", &colon) ||
        !read_number(reader, 2, 0, 59, &minutes)) {
        return false;
    }
    *offset_seconds = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool read_date(struct reader *reader, int64_t *days)
{
    int year;
    int month;
    int day;
    char dash;
    bool read = read_number(reader, 4, 1, 9999, &year) && read_one_of(reader, "-", &dash) &&
                read_number(reader, 2, 1, 12, &month) && read_one_of(reader, "-", &dash) &&
                read_number(reader, 2, 1, days_in_month(year, month), &day);
    if (read) {
        *days = time_days_of(year, month - 1, day);
    }
    return read;
}

static bool read_clock(struct reader *reader, int64_t *seconds)
{
    int hour;
    int minute;
    int second;
    char colon;
    bool read = read_number(reader, 2, 0, 23, &hour) && read_one_of(reader, ":", &colon) &&
                read_number(reader, 2, 0, 59, &minute) && read_one_of(reader, ":", &colon) &&
                read_number(reader, 2, 0, 59, &second);
    if (read) {
        *seconds = hour * 3600 + minute * 60 + second;
    }
    return read;
}

bool time_parse(struct span text, struct value_time *out)
{
    struct reader reader = {.text = text};
    int64_t days;
    int64_t seconds;
    int64_t offset_seconds;
    int32_t nanos;
    char separator;
    bool read = read_date(&reader, &days) && read_one_of(&reader, "Tt", &separator) &&
                read_clock(&reader, &seconds) && read_fraction(&reader, &nanos) &&
                read_offset(&reader, &offset_seconds) && reader.at == text.len;
    if (!read) {
        return false;
    }
    seconds += days * TIME_SECONDS_PER_DAY - offset_seconds;
    *out = (struct value_time){.seconds = seconds, .nanos = nanos};
    return time_in_range(seconds);
}

/* Digits of a second: none, or as many groups of three as are needed. */
static int format_fraction(int32_t nanos, char *out, size_t size)
{
    if (nanos == 0) {
        return 0;
    }
    if (nanos % 1000000 == 0) {
        return snprintf(out, size, ".%03d", nanos / 1000000);
    }
    if (nanos % 1000 == 0) {
        return snprintf(out, size, ".%06d", nanos / 1000);
    }
    return snprintf(out, size, ".%09d", nanos);
}

struct span time_format(struct value_time time, char out[TIME_TEXT_SIZE])
{
    struct time_fields fields = time_fields_of(time.seconds);
    int length = snprintf(out, TIME_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", (int)fields.year,
                          fields.month + 1, fields.day, fields.hour, fields.minute, fields.second);
    length += format_fraction(time.nanos, out + length, TIME_TEXT_SIZE - (size_t)length);
    out[length++] = 'Z';
    return span_of(out, (size_t)length);
}

/* --- + and - --- */

static struct value time_overflow(void)
{
    return failure_text("the point of time or duration is out of range");
}

/* Rounds towards the past, so that the nanoseconds of a second stay 0 to 999,999,999. */
static struct value shifted(struct value_time time, int64_t nanoseconds)
{
    int64_t seconds = time.seconds + floor_divide(nanoseconds, TIME_NANOS_PER_SECOND);
    int64_t nanos = time.nanos + (nanoseconds -
                                  floor_divide(nanoseconds, TIME_NANOS_PER_SECOND) *
                                      TIME_NANOS_PER_SECOND);
    if (nanos >= TIME_NANOS_PER_SECOND) {
        nanos -= TIME_NANOS_PER_SECOND;
        seconds++;
    }
    if (!time_in_range(seconds)) {
        return time_overflow();
    }
    return (struct value){.kind = VALUE_TIMESTAMP, .time = {seconds, (int32_t)nanos}};
}

bool time_add(const struct value *left, const struct value *right, struct value *out)
{
    int64_t sum;
    if (left->kind == VALUE_DURATION && right->kind == VALUE_DURATION) {
        bool failed = __builtin_add_overflow(left->duration_ns, right->duration_ns, &sum);
        *out = failed ? time_overflow() : value_duration(sum);
        return true;
    }
    if (left->kind == VALUE_TIMESTAMP && right->kind == VALUE_DURATION) {
        *out = shifted(left->time, right->duration_ns);
        return true;
    }
    if (left->kind == VALUE_DURATION && right->kind == VALUE_TIMESTAMP) {
        *out = shifted(right->time, left->duration_ns);
        return true;
    }
    return false;
}

static struct value time_between(struct value_time from, struct value_time to)
{
    int64_t difference;
    int64_t nanos = to.nanos - from.nanos;
    if (__builtin_mul_overflow(to.seconds - from.seconds, (int64_t)TIME_NANOS_PER_SECOND,
                               &difference) ||
        __builtin_add_overflow(difference, nanos, &difference)) {
        return time_overflow();
    }
    return value_duration(difference);
}

bool time_subtract(const struct value *left, const struct value *right, struct value *out)
{
    int64_t difference;
    if (left->kind == VALUE_DURATION && right->kind == VALUE_DURATION) {
        bool failed = __builtin_sub_overflow(left->duration_ns, right->duration_ns, &difference);
        *out = failed ? time_overflow() : value_duration(difference);
        return true;
    }
    if (left->kind == VALUE_TIMESTAMP && right->kind == VALUE_TIMESTAMP) {
        *out = time_between(right->time, left->time);
        return true;
    }
    if (left->kind == VALUE_TIMESTAMP && right->kind == VALUE_DURATION) {
        bool lowest = right->duration_ns == INT64_MIN;
        *out = lowest ? time_overflow() : shifted(left->time, -right->duration_ns);
        return true;
    }
    return false;
}
