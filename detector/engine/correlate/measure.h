/* measure.h: what a condition is held against, of a stretch of a group's events that moves forward
 * only: each event is taken in once and leaves once. Inside this folder only. */
#ifndef ENGINE_CORRELATE_MEASURE_H
#define ENGINE_CORRELATE_MEASURE_H

#include "engine/correlate/events.h"

enum { MEASURE_PLACES = 2 * EVENTS_MAX };

/* How often each value lies in the stretch: by its own bits, with linear probing. A value that has
 * left keeps its place. */
struct measure_values {
    bool met[MEASURE_PLACES];
    uint32_t counts[MEASURE_PLACES];
    struct digest values[MEASURE_PLACES];
    uint64_t distinct;
};

/* Nothing is ever taken off a sum, which would not be exact: from each entry below `middle` the sum
 * up to there, and of the rest the sum. */
struct measure_sums {
    struct decimal before[EVENTS_MAX];
    size_t middle;
    struct decimal after;
};

/* Large: lives on a stack for as long as a group is looked at. The members are its own, but what
 * the stretch is. */
struct measure {
    const struct correlation *rule;
    const struct events *events;
    const struct events_shape *shape;
    size_t first; /* entries of the stretch: from here */
    size_t end;   /* up to here, which is not in it */
    uint64_t event_count;
    union {
        struct measure_values values; /* of value_count */
        struct measure_sums sums;     /* of value_sum, value_avg */
    };
};

/* The event as it is kept: where events of one value may be counted together, those of different
 * windows, or parts of a session, have different ones. */
struct operator_event measure_apart(const struct correlation *rule,
                                    const struct events_shape *shape,
                                    const struct operator_event *event);
/* An empty stretch before an entry. */
void measure_begin(struct measure *measure, const struct correlation *rule,
                   const struct events *events, const struct events_shape *shape, size_t first);
/* The entries below `end` come in; those below `first`, which is not above the end, go. */
void measure_take(struct measure *measure, size_t end);
void measure_leave(struct measure *measure, size_t first);
/* Whether the condition holds of a stretch that is not empty; *out says what it was held against,
 * and of how many events. */
bool measure_holds(const struct measure *measure, struct operator_firing *out);

#endif
