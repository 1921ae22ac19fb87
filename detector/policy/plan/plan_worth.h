/* plan_worth.h: what a match of a policy is worth, made ready to run. */
#ifndef POLICY_PLAN_WORTH_H
#define POLICY_PLAN_WORTH_H

#include "policy/plan/plan_builder.h"

/* A policy on its way. */
struct plan_making {
    struct plan_builder *builder;
    const struct policy_doc *doc;
    struct expression_context context;
    struct plan_policy *out;
    const struct policy_doc *inner; /* of out->inner, which is set with it; or NULL */
};

/* Fills in what the document says by itself: id, mode, suppression, the rule of a correlation. */
void plan_worth_set(const struct plan_making *making);
/* Compiles severity, groups, fields, exceptions and alert in the context's environment. */
void plan_worth_compile(const struct plan_making *making);

#endif
