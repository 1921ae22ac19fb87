/* compare.h: whether what we read is what jansson read. */
#ifndef DIFFERENTIAL_COMPARE_H
#define DIFFERENTIAL_COMPARE_H

#include "expected_change.h"

/* Plain JSON, read with either kind of numbers. */
bool compare_value(const struct value *value, const struct oracle_node *node);
/* One image against its object; NULL: absent. */
bool compare_image(const struct image *image, const struct oracle_node *node, struct arena *arena);
/* All that a record says. */
bool compare_change(const struct change *change, const struct expected_change *expected,
                    struct arena *arena);
/* Whether a number in the text may be beyond what decimals hold while a double still takes it:
 * more than 38 digits, or an exponent of three digits or more. Jansson does not keep the text of
 * numbers, so for such texts STATUS_LIMIT is right too. */
bool has_extreme_number(struct span text);

#endif
