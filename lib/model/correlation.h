/* correlation.h: what a policy watches over time: which findings of a group make one of its own.
 * Every signal carries it as text, so that deciding is a function of the log alone. */
#ifndef MODEL_CORRELATION_H
#define MODEL_CORRELATION_H

#include "base/json_writer.h"
#include "model/decimal.h"

enum correlation_type {
    CORRELATION_EVENT_COUNT, /* events of a group within the timespan */
    CORRELATION_VALUE_COUNT, /* distinct values among them */
    CORRELATION_VALUE_SUM,   /* their values together */
    CORRELATION_NEW_TERMS,   /* a value that the group was not seen with in the timespan before */
};
enum { CORRELATION_TYPE_COUNT = 4 };
/* "event_count", "value_count", "value_sum", "new_terms". */
struct span correlation_type_name(enum correlation_type type);

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
    CORRELATION_TEXT_BYTES_MAX = 1024,
    CORRELATION_VALUES_MAX = 1000, /* distinct values that a value_count can ask for */
};

struct correlation {
    enum correlation_type type;
    int64_t timespan_us; /* above 0 */
    int64_t lateness_us; /* how far behind the watermark an event may come and still count exactly;
                            not negative */
    int64_t learning_us; /* new_terms: how long a group must be known; not negative */
    struct correlation_condition condition; /* of new_terms empty */
};

/* Every bound that is given holds of the value. */
bool correlation_condition_holds(const struct correlation_condition *condition,
                                 struct decimal value);
/* A value that is enough stays enough when it grows: all bounds are gt and gte. */
bool correlation_condition_is_monotone(const struct correlation_condition *condition);
/* How long an event of this time counts: the watermark at which it is forgotten; below
 * INT64_MAX. */
int64_t correlation_end_us(const struct correlation *correlation, int64_t event_time_us);

/* Writes it as an object, always in the same way; at most CORRELATION_TEXT_BYTES_MAX bytes. */
void correlation_write_json(const struct correlation *correlation, struct json_writer *writer);
/* Writes the bounds of a condition as an object: {"gte":100}. */
void correlation_write_condition(const struct correlation_condition *condition,
                                 struct json_writer *writer);
/* Reads what correlation_write_json wrote, and nothing else: a type or a member that this version
 * does not know is STATUS_INVALID, because it could not be watched. */
MUST_USE enum status correlation_read_json(struct span text, struct correlation *out);

#endif
