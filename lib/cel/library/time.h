/* time.h: timestamps and durations. Private to lib/cel. Any thread. */
#ifndef CEL_TIME_H
#define CEL_TIME_H

#include "cel/run/values.h"

enum {
    TIME_NANOS_PER_SECOND = 1000000000,
    TIME_SECONDS_PER_DAY = 86400,
    TIME_TEXT_SIZE = 48,
};

/* A point of time in a place. Fields count as the language's getters do. */
struct time_fields {
    int64_t year;
    int month;       /* 0 to 11 */
    int day;         /* 1 to 31 */
    int day_of_year; /* 0 to 365 */
    int day_of_week; /* 0 = Sunday */
    int hour;
    int minute;
    int second;
};

/* 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z. */
bool time_in_range(int64_t seconds);
struct time_fields time_fields_of(int64_t seconds);
/* Days since 1970-01-01; month 0 to 11, day 1 to 31. */
int64_t time_days_of(int64_t year, int month, int day);
/* RFC 3339; false for anything else or out of range. */
bool time_parse(struct span text, struct value_time *out);
/* RFC 3339 in UTC with 0, 3, 6 or 9 digits of a second. A view of `out`. */
struct span time_format(struct value_time time, char out[TIME_TEXT_SIZE]);
/* "1h15m30.5s", "-3ms", "0"; units h, m, s, ms, us, ns. False when malformed or out of range. */
bool duration_parse(struct span text, int64_t *nanoseconds);
/* Seconds with as many digits as needed: "90s", "1.5s". A view of `out`. */
struct span duration_format(int64_t nanoseconds, char out[TIME_TEXT_SIZE]);

/* + and - with a timestamp or duration on both sides. False: no such overload. *out may be an
 * error. */
bool time_add(const struct value *left, const struct value *right, struct value *out);
bool time_subtract(const struct value *left, const struct value *right, struct value *out);

#endif
