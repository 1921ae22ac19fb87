/* constant_set.h: a hash table over the elements of a constant list or the keys of a constant map.
 * Private to lib/cel. Immutable once built; any thread. */
#ifndef CEL_CONSTANT_SET_H
#define CEL_CONSTANT_SET_H

#include "cel/library/library.h"

/* Below this many a walk is as fast. */
enum { CONSTANT_SET_MIN = 8 };

struct constant_set;

/* `range` is a list, set or map, and outlives the set, which lives in `arena`. */
const struct constant_set *constant_set_new(struct arena *arena, const struct value *range);
/* Whether an element (list) or key (map) equals the value, as values_equal says; *position then
 * tells which. Texts, bytes and exact numbers are found at once; doubles, and what else is in the
 * set, by walking, which counts steps: when none are left the answer means nothing. */
bool constant_set_find(const struct constant_set *set, const struct value *value,
                       struct cel_scratch *scratch, size_t *position);

#endif
