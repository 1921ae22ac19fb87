/* macro.h: calls that stand for other expressions: has, all, exists, map, filter, cel.bind, ... */
#ifndef CEL_MACRO_H
#define CEL_MACRO_H

#include "cel/env.h"

/* What a call stands for; the call itself when it is no macro. NULL: an issue says what is wrong
 * with its arguments. The arguments are expanded already. */
struct cel_node *cel_macro_expand(const struct cel_env *env, struct arena *arena,
                                  struct cel_issues *issues, struct cel_node *call);
/* How a macro of this name is written, for calls that are like one; empty for other names. */
struct span cel_macro_usage(struct span name);
/* The name of each row of the table of macros; NULL after the last. */
const char *cel_macro_name(size_t index);

#endif
