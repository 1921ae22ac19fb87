/* template.h: "Price of {keys.sku}: {old.price|none}": literals and paths; substitution only. */
#ifndef POLICY_TEMPLATE_H
#define POLICY_TEMPLATE_H

#include "policy/plan/expression.h"
#include "policy/plan.h"

/* Reads the template in a scalar. What is wrong is reported; the parts that are right are kept. */
struct plan_template template_compile(const struct expression_context *context, struct span text,
                                      const struct yaml_node *node);

/* Whether an expression is a mere path: names, `quoted` names, .?, and constant indexes. */
bool template_is_path(const struct cel_node *node);

#endif
