/* window.h: the events of one group that may still count, by time. */
#ifndef ENGINE_CORRELATE_WINDOW_H
#define ENGINE_CORRELATE_WINDOW_H

#include "engine/correlate/operator.h"

enum {
    WINDOW_EVENTS_MAX = 1024, /* kept one by one; beyond them those of a part of the timespan are
                                 counted together */
    WINDOW_PARTS = 64,        /* of a timespan */
};

/* event_count, value_count, value_sum in sliding windows. */
extern const struct operator_type window_operator;

#endif
