/* explain_value.h: values and pieces of source for people: bounded, on one line, and nothing in
 * them that a terminal would obey. */
#ifndef APP_EXPLAIN_VALUE_H
#define APP_EXPLAIN_VALUE_H

#include "app/explain/explain.h"

enum {
    EXPLAIN_VALUE_BYTES_MAX = 120,       /* of a value in text */
    EXPLAIN_VALUE_JSON_BYTES_MAX = 1000, /* of a value in JSON */
    EXPLAIN_SOURCE_BYTES_MAX = 200,      /* of a sub-expression */
};

/* Bytes of `text` up to `max`, no character cut in two. */
size_t explain_cut(struct span text, size_t max);
/* A value as JSON text; what is longer than EXPLAIN_VALUE_BYTES_MAX is cut, and its length told. */
void explain_value_text(const struct value *value, struct buf *out);
/* A piece of source: runs of white space as one blank, control and direction characters as '?';
 * what is longer than `columns` characters is cut and ends in "...". Returns its characters. */
size_t explain_source_text(struct span text, size_t columns, struct buf *out);

#endif
