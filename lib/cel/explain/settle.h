/* settle.h: which parts made the result what it is. Private to lib/cel. */
#ifndef CEL_SETTLE_H
#define CEL_SETTLE_H

#include "cel/explain/record.h"

/* Sets `decides` in the records of a run; see trace.h for what decides. */
void settle(const struct parts *parts, struct scope_record *scope);
/* The iterations of a loop that tell its result: the one that settled it, else a few. */
const struct kept *settle_elements(const struct part_record *record);
/* Whether a part was evaluated, or has a constant value that its evaluated surroundings used. */
bool settle_reached(const struct part *part, struct scope_record *scope);

#endif
