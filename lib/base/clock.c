/* clock.c: RFC 3339 and short durations ("1h30m"), read and written without locale or time zone
 * files. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static const int64_t SECOND_US = 1000000;
static const int64_t YEAR_1_S = -62135596800;        /* 0001-01-01T00:00:00Z */
static const int64_t YEAR_9999_END_S = 253402300799; /* 9999-12-31T23:59:59Z */

static int64_t system_now_us(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

struct clock clock_system(void)
{
    return (struct clock){.now_us = system_now_us};
}

uint64_t clock_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

struct span clock_format(int64_t time_us, char out[CLOCK_TEXT_SIZE])
{
    int64_t fraction = time_us % SECOND_US;
    time_t seconds = (time_t)(time_us / SECOND_US);
    if (fraction < 0) {
        fraction += SECOND_US;
        seconds -= 1;
    }
    struct tm parts;
    gmtime_r(&seconds, &parts);
    int length = snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d",
                          parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                          parts.tm_min, parts.tm_sec);
    if (fraction % 1000 != 0) {
        length += snprintf(out + length, CLOCK_TEXT_SIZE - (size_t)length, ".%06d", (int)fraction);
    } else if (fraction != 0) {
        length += snprintf(out + length, CLOCK_TEXT_SIZE - (size_t)length, ".%03d",
                           (int)(fraction / 1000));
    }
    length += snprintf(out + length, CLOCK_TEXT_SIZE - (size_t)length, "Z");
    return span_of(out, (size_t)length);
}

/* Reads exactly `count` digits at *at. */
static bool read_digits(struct span text, size_t *at, size_t count, int *out)
{
    int value = 0;
    if (*at + count > text.len) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        char c = text.ptr[*at + i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *at += count;
    *out = value;
    return true;
}

static bool read_char(struct span text, size_t *at, char wanted)
{
    if (*at >= text.len || text.ptr[*at] != wanted) {
        return false;
    }
    (*at)++;
    return true;
}

/* ".123456": microseconds; further digits are cut. */
static bool read_fraction(struct span text, size_t *at, int64_t *fraction_us)
{
    int64_t unit = 100000;
    size_t start = *at;
    *fraction_us = 0;
    while (*at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9') {
        *fraction_us += (text.ptr[*at] - '0') * unit;
        unit /= 10;
        (*at)++;
    }
    return *at > start;
}

/* "Z" or "+01:00": seconds to subtract. */
static bool read_zone(struct span text, size_t *at, int64_t *offset_s)
{
    int hours = 0;
    int minutes = 0;
    *offset_s = 0;
    if (read_char(text, at, 'Z') || read_char(text, at, 'z')) {
        return true;
    }
    bool negative = *at < text.len && text.ptr[*at] == '-';
    if (!negative && !(*at < text.len && text.ptr[*at] == '+')) {
        return false;
    }
    (*at)++;
    if (!read_digits(text, at, 2, &hours) || !read_char(text, at, ':') ||
        !read_digits(text, at, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *offset_s = (negative ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

static bool read_date(struct span text, size_t *at, struct tm *parts)
{
    if (!read_digits(text, at, 4, &parts->tm_year) || !read_char(text, at, '-') ||
        !read_digits(text, at, 2, &parts->tm_mon) || !read_char(text, at, '-') ||
        !read_digits(text, at, 2, &parts->tm_mday)) {
        return false;
    }
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (parts->tm_mon < 1 || parts->tm_mon > 12 || parts->tm_mday < 1 ||
        parts->tm_mday > days[parts->tm_mon - 1]) {
        return false;
    }
    parts->tm_year -= 1900;
    parts->tm_mon -= 1;
    return true;
}

static bool read_time(struct span text, size_t *at, struct tm *parts)
{
    return read_digits(text, at, 2, &parts->tm_hour) && read_char(text, at, ':') &&
           read_digits(text, at, 2, &parts->tm_min) && read_char(text, at, ':') &&
           read_digits(text, at, 2, &parts->tm_sec) && parts->tm_hour < 24 &&
           parts->tm_min < 60 && parts->tm_sec < 60;
}

bool clock_parse(struct span text, int64_t *time_us)
{
    struct tm parts = {0};
    size_t at = 0;
    int64_t fraction = 0;
    int64_t offset_s = 0;
    if (!read_date(text, &at, &parts)) {
        return false;
    }
    int day = parts.tm_mday;
    if (at < text.len) {
        if (!read_char(text, &at, 'T') && !read_char(text, &at, 't') &&
            !read_char(text, &at, ' ')) {
            return false;
        }
        if (!read_time(text, &at, &parts) ||
            (read_char(text, &at, '.') && !read_fraction(text, &at, &fraction)) ||
            !read_zone(text, &at, &offset_s) || at != text.len) {
            return false;
        }
    }
    time_t seconds = timegm(&parts);
    if (parts.tm_mday != day) { /* 30 February and the like */
        return false;
    }
    int64_t utc_s = (int64_t)seconds - offset_s;
    if (utc_s < YEAR_1_S || utc_s > YEAR_9999_END_S) {
        return false;
    }
    *time_us = utc_s * SECOND_US + fraction;
    return true;
}

static int64_t unit_us(struct span unit)
{
    static const struct { const char *name; int64_t us; } units[] = {
        {"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000},
        {"h", 3600000000}, {"d", 86400000000}, {"w", 604800000000},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (span_equals(unit, span_view(units[i].name))) {
            return units[i].us;
        }
    }
    return 0;
}

static size_t run_length(struct span text, size_t at, char first, char last)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] >= first && text.ptr[end] <= last) {
        end++;
    }
    return end - at;
}

bool clock_parse_duration(struct span text, int64_t *duration_us)
{
    size_t at = 0;
    int64_t total = 0;
    bool negative = read_char(text, &at, '-');
    if (at == text.len) {
        return false;
    }
    while (at < text.len) {
        size_t digits = run_length(text, at, '0', '9');
        size_t letters = run_length(text, at + digits, 'a', 'z');
        int64_t unit = unit_us(span_of(text.ptr + at + digits, letters));
        int64_t number = 0;
        if (digits == 0 || digits > 12 || unit == 0) {
            return false;
        }
        for (size_t i = 0; i < digits; i++) {
            number = number * 10 + (text.ptr[at + i] - '0');
        }
        if (__builtin_mul_overflow(number, unit, &number) ||
            __builtin_add_overflow(total, number, &total)) {
            return false;
        }
        at += digits + letters;
    }
    *duration_us = negative ? -total : total;
    return true;
}
