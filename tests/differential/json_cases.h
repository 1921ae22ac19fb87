/* json_cases.h: seeded texts for the comparison with jansson: change records and arbitrary JSON,
 * well-formed or nearly so. */
#ifndef DIFFERENTIAL_JSON_CASES_H
#define DIFFERENTIAL_JSON_CASES_H

#include "base/buf.h"
#include "random.h"

/* Writes the next text; what `out` held is forgotten. */
void json_case_make(struct random *random, struct buf *out);

#endif
