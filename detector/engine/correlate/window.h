/* window.h: whether the events of one group, close enough to each other, fulfil a condition. */
#ifndef ENGINE_CORRELATE_WINDOW_H
#define ENGINE_CORRELATE_WINDOW_H

#include "engine/correlate/operator.h"

/* Of event_count, value_count, value_sum, value_avg, value_percentile: the row for a rule whose
 * condition need not wait for the watermark, or does. */
const struct operator_type *window_operator_of(const struct correlation *rule);

#endif
