/* clock.h: time as one number: microseconds since 1970-01-01T00:00:00Z. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/span.h"

enum { CLOCK_TEXT_SIZE = 40 };

/* A source of the wall clock's time; tests inject their own. */
struct clock {
    int64_t (*now_us)(void *context);
    void *context;
};

/* The machine's own clock. */
struct clock clock_system(void);
static inline int64_t clock_now_us(struct clock clock)
{
    return clock.now_us(clock.context);
}

/* Nanoseconds of a clock that never steps, for measuring durations. */
uint64_t clock_monotonic_ns(void);

/* RFC 3339 in UTC with 0, 3 or 6 digits of a second as needed: "2026-03-01T10:00:00.125Z".
 * Years 1 to 9999; returns the text's view of `out`. */
struct span clock_format(int64_t time_us, char out[CLOCK_TEXT_SIZE]);
/* Reads RFC 3339 ("2026-03-01T10:00:00Z", offsets, fractions, of which digits beyond microseconds
 * are cut) or a plain date; false otherwise, for leap seconds, and outside the years 1 to 9999. */
bool clock_parse(struct span text, int64_t *time_us);
/* Reads "90s", "15m", "2h", "14d", "500ms", sums of them, a leading '-': microseconds. */
bool clock_parse_duration(struct span text, int64_t *duration_us);

#endif
