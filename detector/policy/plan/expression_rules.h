/* expression_rules.h: what expressions of policies may not say although the language allows it. */
#ifndef POLICY_EXPRESSION_RULES_H
#define POLICY_EXPRESSION_RULES_H

#include "policy/plan/expression.h"

/* Adds to *issues: members of params and lists that do not exist (in a constant they never will),
 * defs and variables read as a whole, patterns of matches() that come from data. */
void expression_rules_check(const struct expression_context *context,
                            const struct cel_program *program, struct cel_issues *issues);

#endif
