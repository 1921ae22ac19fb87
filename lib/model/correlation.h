/* correlation.h: what a policy watches over time: which findings of a group make one of its own.
 * Every signal carries it as text, so that deciding is a function of the log alone. */
#ifndef MODEL_CORRELATION_H
#define MODEL_CORRELATION_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "model/decimal.h"

enum correlation_type {
    CORRELATION_EVENT_COUNT,      /* events of a group within the timespan */
    CORRELATION_VALUE_COUNT,      /* distinct values among them */
    CORRELATION_VALUE_SUM,        /* their values together */
    CORRELATION_VALUE_AVG,        /* their mean */
    CORRELATION_VALUE_PERCENTILE, /* a value that so many hundredths of them do not exceed */
    CORRELATION_TEMPORAL,         /* one of each input within the timespan, in any order */
    CORRELATION_TEMPORAL_ORDERED, /* so many of each input, one input after the other */
    CORRELATION_ABSENCE,          /* an event without another before it or after it */
    CORRELATION_NEW_TERMS, /* a value that the group was not seen with in the timespan before */
    CORRELATION_BASELINE,  /* a measure of a bucket of time, against the group's own past */
    CORRELATION_ALL,       /* an expression over the findings of named parts */
};
enum { CORRELATION_TYPE_COUNT = 11 };
/* "event_count", "value_count" and so on, as policies write it. */
struct span correlation_type_name(enum correlation_type type);

enum correlation_window {
    WINDOW_SLIDING,  /* ends with each event */
    WINDOW_TUMBLING, /* one after the other, counted from 1970 */
    WINDOW_SESSION,  /* ends with a pause of a timespan */
};
enum { CORRELATION_WINDOW_COUNT = 3 };

/* "sliding" and so on. */
struct span correlation_window_name(enum correlation_window window);

/* What a baseline measures in a bucket. */
enum correlation_metric {
    METRIC_EVENT_COUNT,
    METRIC_SUM,             /* of the values */
    METRIC_DISTINCT,        /* values */
    METRIC_ERROR_RATIO,     /* the mean of values that are 0 or 1 */
    METRIC_RELATIVE_CHANGE, /* the largest of the values, each |new - old| / |old| */
};
enum { CORRELATION_METRIC_COUNT = 5 };
/* "event_count", "sum" and so on, as policies write it. */
struct span correlation_metric_name(enum correlation_metric metric);

/* "gt", "gte", "lt", "lte", "eq", "neq". */
enum correlation_compare {
    COMPARE_GT, COMPARE_GTE, COMPARE_LT, COMPARE_LTE, COMPARE_EQ, COMPARE_NEQ,
};
enum { CORRELATION_COMPARE_COUNT = 6 };

/* Holds when every bound that is given does. */
struct correlation_condition {
    uint32_t given; /* a bit for each correlation_compare */
    struct decimal bounds[CORRELATION_COMPARE_COUNT];
};

enum {
    CORRELATION_TEXT_BYTES_MAX = 8192,
    CORRELATION_VALUES_MAX = 1000, /* distinct values that a value_count can ask for */
    CORRELATION_INPUTS_MAX = 16,
    CORRELATION_PARTS_MAX = 8,
    CORRELATION_INNERS_MAX = 16,
    CORRELATION_NAME_BYTES_MAX = 64,
    CORRELATION_REQUIRE_BYTES_MAX = 1024,
    CORRELATION_MATCH_MAX = 500, /* events that a temporal or temporal_ordered asks for */
};

struct correlation_part;
struct correlation_inner;

/* Members that a type does not use are zero. */
struct correlation {
    enum correlation_type type;
    enum correlation_window window; /* of the types from event_count to value_percentile */
    int64_t timespan_us; /* above 0: how long an event counts. Of a session the pause that ends it,
                            of a baseline the bucket, of an absence before and after together,
                            1 or more */
    int64_t lateness_us; /* how far behind the watermark an event may come and still count exactly;
                            not negative */
    int64_t learning_us; /* new_terms: how long a group must be known; not negative */
    int64_t before_us;   /* absence: how long before, and after; not negative */
    int64_t after_us;
    uint32_t percentile; /* 1 .. 99 */
    enum correlation_metric metric;
    uint32_t input_count;   /* of the types with inputs (temporal, temporal_ordered, absence):
                               events say of which they are, from 0; at most
                               CORRELATION_INPUTS_MAX */
    uint32_t without_count; /* absence: the last inputs, those that should have come; 1 or more,
                               and fewer than input_count */
    uint32_t mins[CORRELATION_INPUTS_MAX]; /* temporal, temporal_ordered: how many of each, 1 or
                                              more, CORRELATION_MATCH_MAX together */
    struct correlation_condition condition; /* of the types from event_count to value_percentile */
    const struct correlation_part *parts; /* all: at most CORRELATION_PARTS_MAX */
    uint32_t part_count;
    struct span require; /* all: CEL over the names of the parts, and `parts` */
    bool waits;          /* all: it is decided at the watermark */
    const struct correlation_inner *inners; /* of events that are findings of other correlations;
                                               at most CORRELATION_INNERS_MAX */
    uint32_t inner_count;
    void *prepared; /* what its watcher made of it; no text says it */
};

/* One of the correlations that `all` puts together. */
struct correlation_part {
    struct span name;
    int64_t within_us; /* how long its name is true from a finding on; above 0 */
    struct correlation rule; /* its lateness is that of the whole, its inputs are behind those of
                                the parts before it */
};

/* A correlation whose findings are events of another, of one of its inputs. */
struct correlation_inner {
    uint32_t input;
    struct correlation rule; /* its lateness is at most that of the other; without inners */
};

/* Its events are of several inputs. */
bool correlation_has_inputs(const struct correlation *correlation);
/* How many inputs there are; 1 of the types without. */
uint32_t correlation_inputs(const struct correlation *correlation);
/* The correlation that an input is of (a part, or itself), and which of its own it is there, in
 * *local; its number as a part in *part, 0 without parts. NULL: there is no such input. */
const struct correlation *correlation_of_input(const struct correlation *correlation,
                                               uint32_t input, uint32_t *local, uint32_t *part);
/* Its events have a number each: value_sum, value_avg, value_percentile. */
bool correlation_has_numbers(const struct correlation *correlation);
/* Its events have a number that is reckoned with; those of an inner correlation have none. */
bool correlation_reckons(const struct correlation *correlation);
/* Every bound that is given holds of the value. */
bool correlation_condition_holds(const struct correlation_condition *condition,
                                 struct decimal value);
/* Some number fulfils it. */
bool correlation_condition_can_hold(const struct correlation_condition *condition);
/* Some whole number from `least` on does. */
bool correlation_condition_can_count(const struct correlation_condition *condition,
                                     uint32_t least);
/* A value that is enough stays enough when it grows: all bounds are gt and gte. */
bool correlation_condition_is_monotone(const struct correlation_condition *condition);
/* How long an event of this time counts: the watermark at which it is forgotten; below
 * INT64_MAX. */
int64_t correlation_end_us(const struct correlation *correlation, int64_t event_time_us);

/* Once the condition holds, further events of the window change nothing: it need not wait for the
 * watermark. Of the types from event_count to value_percentile. */
bool correlation_is_monotone(const struct correlation *correlation);

/* Writes it as an object, always in the same way; at most CORRELATION_TEXT_BYTES_MAX bytes. */
void correlation_write_json(const struct correlation *correlation, struct json_writer *writer);
/* Writes the bounds of a condition as an object: {"gte":100}. */
void correlation_write_condition(const struct correlation_condition *condition,
                                 struct json_writer *writer);
/* Reads what correlation_write_json wrote, and nothing else: a type or a member that this version
 * does not know is STATUS_INVALID, because it could not be watched. Parts and inner correlations
 * live in `arena`, texts there or in `text`. */
MUST_USE enum status correlation_read_json(struct span text, struct arena *arena,
                                           struct correlation *out);

#endif
