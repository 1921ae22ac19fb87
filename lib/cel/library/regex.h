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
    REGEX_GROUPS_SEEN = 10,   /* the whole match, and the groups that "\\1" to "\\9" name */
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

/* How many groups of the pattern capture. */
size_t regex_group_count(const struct regex *regex);

/* What a match holds: the whole first, then each group; ptr is NULL where a group took no part. */
struct regex_match {
    struct span groups[REGEX_GROUPS_SEEN];
};
/* Called with one match after the other, until it answers false. */
typedef bool (*regex_match_fn)(void *context, const struct regex_match *match);
/* Finds all matches that do not overlap, from the left; an empty one right behind another does not
 * count. True, or VALUE_ERROR_LIMIT. A start in the text is tried at most twice. */
struct value regex_each_match(const struct regex *regex, struct span text, regex_match_fn each,
                              void *context, struct cel_scratch *scratch);

/* What searching needs besides; one thread at a time. */
struct regex_room;
struct regex_room *regex_room_new(void);
void regex_room_free(struct regex_room **room);

#endif
