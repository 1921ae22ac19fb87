/* correlation_baseline.h: the keys of a correlation of type baseline. */
#ifndef POLICY_CORRELATION_BASELINE_H
#define POLICY_CORRELATION_BASELINE_H

#include "model/correlation.h"
#include "policy/document/policy.h"

/* Reports what is wrong with the keys that a baseline has of its own. */
void policy_check_baseline(const struct policy_set *set, const struct correlation_doc *doc);
/* What one without errors says. */
struct correlation correlation_baseline_of(const struct correlation_doc *doc);

#endif
