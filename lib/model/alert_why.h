/* alert_why.h: why a correlation made an alert, for a person. */
#ifndef MODEL_ALERT_WHY_H
#define MODEL_ALERT_WHY_H

#include "base/arena.h"
#include "base/buf.h"
#include "model/value.h"

/* Appends what was seen and what was asked for or expected: lines that end in a line feed, each
 * but the first behind `indent`; less than 2 KiB. `correlation`: the alert's member of that name,
 * read; nothing where it is empty. `arena` is used meanwhile. */
void alert_write_why(const struct value *correlation, const char *indent, struct arena *arena,
                     struct buf *out);

#endif
