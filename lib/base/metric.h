/* metric.h: counters, gauges and histograms from one table of rows, written as Prometheus text.
 * A row with labels has a series for each set of their values, up to a bound; what comes beyond it
 * falls into one series whose labels are all "other", and is counted.
 * Every function takes NULL for metrics and series and then does nothing, so that parts run without
 * anybody who measures. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/buf.h"

enum metric_type {
    METRIC_COUNTER, /* whole, only grows; its name ends in _total */
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
};

enum {
    METRIC_LABELS_MAX = 3,
    METRIC_BOUNDS_MAX = 16,
    METRIC_SERIES_MAX = 1000,     /* of one row that names no bound of its own */
    METRIC_VALUE_BYTES_MAX = 128, /* of a label's value; longer ones are cut */
};

struct metric_row {
    const char *name; /* "deltaward_records_read_total": lower case, digits, '_'; the unit last */
    enum metric_type type;
    const char *text; /* one sentence without a full stop */
    const char *labels[METRIC_LABELS_MAX]; /* names; NULL: fewer */
    const double *bounds;                  /* of a histogram: upper ones, ascending */
    size_t bound_count;                    /* 1 to METRIC_BOUNDS_MAX */
    size_t series_max;                     /* 0: METRIC_SERIES_MAX */
};

struct metrics;
/* One series of a row. */
struct metric;

/* On the heap; the rows must outlive it. Rows without labels begin at 0; the others have no series
 * until one is asked for. */
struct metrics *metrics_new(const struct metric_row *rows, size_t count);
/* Its series are gone too. */
void metrics_free(struct metrics **metrics);

/* The series of a row with these values, one for each label of the row; made when it is new. The
 * values are copied. It lives as long as metrics: ask once and keep it where it is hot. Any
 * thread. */
struct metric *metric_series(struct metrics *metrics, size_t row, const struct span *values);
static inline struct metric *metric_of(struct metrics *metrics, size_t row)
{
    return metric_series(metrics, row, NULL);
}
static inline struct metric *metric_of1(struct metrics *metrics, size_t row, struct span value)
{
    return metric_series(metrics, row, &value);
}
static inline struct metric *metric_of2(struct metrics *metrics, size_t row, struct span first,
                                        struct span second)
{
    return metric_series(metrics, row, (const struct span[]){first, second});
}
static inline struct metric *metric_of3(struct metrics *metrics, size_t row, struct span first,
                                        struct span second, struct span third)
{
    return metric_series(metrics, row, (const struct span[]){first, second, third});
}

/* Adds to a counter. Any thread, without a lock. */
void metric_add(struct metric *series, uint64_t more);
/* Sets a gauge; or a counter to what another counter of the program says, which never falls. Any
 * thread, without a lock. */
void metric_set(struct metric *series, double value);
/* Counts one value of a histogram. Any thread, without a lock. */
void metric_observe(struct metric *series, double value);
/* Leaves the series out until it is written to again: of a partition that went to another owner,
 * say. Any thread. */
void metric_hide(struct metric *series);

/* How many times a series was asked for that fell into "other". Any thread. */
uint64_t metrics_overflowed(const struct metrics *metrics);

/* Appends all series in the text format 0.0.4. Any thread. */
void metrics_write(struct metrics *metrics, struct buf *out);

#endif
