/* sequence.h: whether events of several inputs came together, or one input after the other. */
#ifndef ENGINE_CORRELATE_SEQUENCE_H
#define ENGINE_CORRELATE_SEQUENCE_H

#include "engine/correlate/operator.h"

/* temporal, temporal_ordered. */
extern const struct operator_type sequence_operator;

#endif
