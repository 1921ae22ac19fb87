/* baseline.h: a measure of each bucket of time against the group's own past. */
#ifndef ENGINE_CORRELATE_BASELINE_H
#define ENGINE_CORRELATE_BASELINE_H

#include "engine/baseline/series.h"
#include "engine/correlate/operator.h"

extern const struct operator_type baseline_operator;

/* How far a memory of this operator has come, that is not empty. */
struct baseline_state {
    enum series_learning learning;
    uint32_t buckets;    /* learned */
    int64_t since_us;    /* time of the first one; 0 without any */
    int64_t exceeded_us; /* the last one with an alert's score; 0: none */
};
struct baseline_state baseline_state(const void *memory, const struct correlation *rule);

#endif
