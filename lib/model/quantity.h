/* quantity.h: amounts as Kubernetes writes them: "500m", "1.5Gi", "12e6". Exact, of at most 38
 * significant digits. Any thread. */
#ifndef MODEL_QUANTITY_H
#define MODEL_QUANTITY_H

#include "model/value.h"

enum { QUANTITY_TEXT_SIZE = 80 };

/* Reads a number with a suffix: n u m k M G T P E (powers of 1000), Ki Mi Gi Ti Pi Ei (of 1024), or
 * e and an exponent of ten. As Kubernetes does, rounds what is finer than a thousand-millionth away
 * from zero, and lets binary amounts end at 2^63 - 1. STATUS_INVALID for any other text,
 * STATUS_LIMIT for a number of too many digits. */
MUST_USE enum status quantity_parse(struct span text, struct value *out);
/* The canonical text: the largest suffix that needs no fraction. The view of `out`. */
struct span quantity_format(const struct value *quantity, char out[QUANTITY_TEXT_SIZE]);

#endif
