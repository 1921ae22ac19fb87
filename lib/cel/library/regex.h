/* regex.h: patterns of RE2's syntax, matched by PCRE2's compiler, within bounds.
 * Private to lib/cel. */
#ifndef CEL_REGEX_H
#define CEL_REGEX_H

#include "base/buf.h"
#include "cel/run/values.h"

enum {
    REGEX_PATTERN_BYTES_MAX = 1024,
    REGEX_SUBJECT_BYTES_MAX = 4096,
    REGEX_REPEAT_MAX = 1000,  /* of {n,m}, nested ones multiplied, as in RE2 */
    REGEX_DEPTH_MAX = 200,    /* of groups */
};

/* The pattern as PCRE2 must read it to mean what RE2 means. Returns NULL, or what is wrong:
 * look-around, back-references, possessive repetition and the like do not exist in RE2. */
const char *regex_translate(struct span pattern, struct buf *out);

/* Immutable; any thread may search with it. */
struct regex;
/* Lives as long as the arena does. NULL: *problem says why, in the arena. */
const struct regex *regex_compile(struct span pattern, struct arena *arena, struct span *problem);
/* Whether the pattern matches anywhere in the text: a bool, or VALUE_ERROR_LIMIT. */
struct value regex_search(const struct regex *regex, struct span text,
                          struct cel_scratch *scratch);

/* What searching needs besides; one thread at a time. */
struct regex_room;
struct regex_room *regex_room_new(void);
void regex_room_free(struct regex_room **room);

#endif
