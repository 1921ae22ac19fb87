/* name_format.h: the formats that Kubernetes gives names to, and what in a text breaks them.
 * Private to lib/cel. */
#ifndef CEL_NAME_FORMAT_H
#define CEL_NAME_FORMAT_H

#include "base/arena.h"

enum { NAME_FORMAT_PROBLEMS_MAX = 4 };

/* What is wrong with a text: static texts. */
struct name_problems {
    const char *texts[NAME_FORMAT_PROBLEMS_MAX];
    size_t count;
};

/* The name itself, static; the empty span when there is no such format. */
struct span name_format_find(struct span name);
/* Checks a text against the format of this name; linear in the text. */
void name_format_check(struct span format, struct span text, struct arena *arena,
                       struct name_problems *out);

#endif
