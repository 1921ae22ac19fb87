/* window.h: whether the events of one group, close enough to each other, fulfil a condition. */
#ifndef ENGINE_CORRELATE_WINDOW_H
#define ENGINE_CORRELATE_WINDOW_H

#include "engine/correlate/operator.h"

/* A sliding window whose condition need not wait for the watermark. */
bool window_can_watch(const struct correlation *rule);

/* event_count, value_count, value_sum in sliding windows. */
extern const struct operator_type window_operator;

#endif
