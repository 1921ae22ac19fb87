/* regex_shape.h: what a pattern looks like to a matcher that tries one way after another: how much
 * work it may make of a text. Private to lib/cel. Any thread. */
#ifndef CEL_REGEX_SHAPE_H
#define CEL_REGEX_SHAPE_H

#include "base/span.h"

struct regex_shape {
    bool linear;       /* one start after another takes time in the length of the text alone */
    size_t branches;   /* alternatives of all groups, and 1 */
    size_t written;    /* bytes of the pattern */
    size_t copies;     /* characters that counted repeats such as .{100} stand for */
};

/* Of a pattern that is known to be well-formed. In doubt it tells of more work. */
struct regex_shape regex_shape_of(struct span pattern);

#endif
