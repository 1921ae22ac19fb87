/* policy_check.h: what typed documents must keep to beyond their types. */
#ifndef POLICY_POLICY_CHECK_H
#define POLICY_POLICY_CHECK_H

#include "model/correlation.h"
#include "policy/document/policy.h"

/* Reports everything wrong with the set. Expressions are plan_build's part. */
void policy_check(const struct policy_set *set, const struct plan_options *options);
/* Warns of what is likely to be regretted in a set without errors: no owner, no runbook, no tests,
 * exceptions that have expired. */
void policy_lint(const struct policy_set *set, const struct plan_options *options);

/* What a correlation without errors says; its parts live in `arena`. */
struct correlation policy_correlation_of(const struct correlation_doc *doc, struct arena *arena);

/* Parts of it: `match`; the tests inside a policy; its correlation; a scalar that names a document
 * of a kind. */
void policy_check_match(const struct policy_set *set, const struct policy_doc *policy);
void policy_check_tests(const struct policy_set *set, const struct policy_doc *policy);
void policy_check_correlation(const struct policy_set *set, const struct policy_doc *policy);
void policy_check_reference(const struct policy_set *set, const struct yaml_node *node,
                            enum document_kind kind);

#endif
