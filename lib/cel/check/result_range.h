/* result_range.h: between which numbers the result of a function always lies. */
#ifndef CEL_RESULT_RANGE_H
#define CEL_RESULT_RANGE_H

#include "cel/ast.h"

struct cel_range {
    const char *text; /* for people: what `min` and `max` mean */
    int64_t min;
    int64_t max;      /* INT64_MAX: no end */
};

/* The range of a checked node's value; NULL when there is none, or it is not sure. */
const struct cel_range *cel_result_range(const struct cel_node *node);

#endif
