#include "cel/macro.h"

struct cel_node *cel_macro_expand(const struct cel_env *env, struct arena *arena,
                                  struct cel_issues *issues, struct cel_node *call)
{
    (void)env;
    (void)arena;
    (void)issues;
    return call;
}
