/* terms.h: new_terms: the values that a group was seen with, each with the last time. */
#ifndef ENGINE_CORRELATE_TERMS_H
#define ENGINE_CORRELATE_TERMS_H

#include "engine/correlate/operator.h"

/* Values of a group; beyond them those not seen for longest are forgotten. */
enum { TERMS_MAX = 1024 };

extern const struct operator_type terms_operator;

#endif
