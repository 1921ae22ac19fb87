/* severity.c: the words for severities, highest first. */
#include "policy/plan.h"

static const struct span names[PLAN_SEVERITY_COUNT] = {
    [PLAN_SEVERITY_CRITICAL] = {"critical", 8},
    [PLAN_SEVERITY_HIGH] = {"high", 4},
    [PLAN_SEVERITY_MEDIUM] = {"medium", 6},
    [PLAN_SEVERITY_LOW] = {"low", 3},
    [PLAN_SEVERITY_INFORMATIONAL] = {"informational", 13},
};

struct span plan_severity_name(enum plan_severity severity)
{
    return names[severity];
}

bool plan_severity_parse(struct span word, enum plan_severity *out)
{
    for (size_t i = 0; i < PLAN_SEVERITY_COUNT; i++) {
        if (span_equals(word, names[i])) {
            *out = (enum plan_severity)i;
            return true;
        }
    }
    return false;
}
