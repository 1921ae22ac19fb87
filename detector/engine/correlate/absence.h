/* absence.h: events that are not answered in time. */
#ifndef ENGINE_CORRELATE_ABSENCE_H
#define ENGINE_CORRELATE_ABSENCE_H

#include "engine/correlate/operator.h"

/* Stretches of time that are answered, remembered of a group; beyond them the oldest are forgotten:
 * a finding too many is better than one that is missing. */
enum { ABSENCE_STRETCHES_MAX = 1024 };

extern const struct operator_type absence_operator;

#endif
