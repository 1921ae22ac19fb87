/* parser.h: text -> tree, macros expanded. */
#ifndef CEL_PARSER_H
#define CEL_PARSER_H

#include "cel/env.h"
#include "cel/node.h"

/* The longest expression, in code points. */
enum { CEL_TEXT_MAX = 100000 };

/* Reads one whole expression. The tree lives in `arena` and holds views of `text`.
 * STATUS_INVALID: *issues says what is wrong, and where. A macro of the host that fails is reported
 * too, but leaves a tree that can be checked: look at issues->errors. Any thread. */
MUST_USE enum status cel_parse(const struct cel_env *env, struct span text, struct arena *arena,
                               struct cel_issues *issues, struct cel_node **out);

#endif
