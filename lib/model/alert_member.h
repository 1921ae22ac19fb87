/* alert_member.h: what the JSON of an alert holds, as text for a person. */
#ifndef MODEL_ALERT_MEMBER_H
#define MODEL_ALERT_MEMBER_H

#include "base/arena.h"
#include "base/buf.h"
#include "model/value.h"

/* Reads an object, in `arena`; one without members where the text is none. */
struct value alert_object(struct span text, struct arena *arena);
/* The member of an object; null where there is none, or no object. */
struct value alert_member(const struct value *map, const char *name);
/* Appends a value without control characters. */
void alert_append_value(const struct value *value, struct buf *out);
/* Appends at most `bytes_max` of it, cut at a code point with a mark; `arena` is used meanwhile. */
void alert_append_short(const struct value *value, size_t bytes_max, struct arena *arena,
                        struct buf *out);

#endif
