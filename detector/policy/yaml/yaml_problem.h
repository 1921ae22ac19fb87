/* yaml_problem.h: libyaml's complaints in words that help. */
#ifndef POLICY_YAML_PROBLEM_H
#define POLICY_YAML_PROBLEM_H

#include "base/span.h"

struct yaml_problem {
    const char *problem; /* as libyaml says it */
    const char *message;
    struct span hint;
};

/* at: the byte about which libyaml complains, 0 at the end of the text. */
struct yaml_problem yaml_problem_explain(const char *problem, char at);

#endif
