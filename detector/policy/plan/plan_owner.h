/* plan_owner.h: the memory of a plan, and what only commands for people ask of it. */
#ifndef POLICY_PLAN_OWNER_H
#define POLICY_PLAN_OWNER_H

#include <stdatomic.h>

#include "policy/document/policy_tests.h"

struct policy_set;

struct plan_policy_facts {
    struct span name;
    struct span owner;
    struct span file;
};

struct plan_owner {
    struct arena *arena; /* of the plan, this struct included */
    atomic_uint references;
    const struct policy_test *tests;
    size_t test_count;
    const struct plan_policy_facts *facts; /* per policy */
    const struct policy_set *documents;    /* what the plan was made from: plan_documents.h */
};

/* A plan with one reference that owns `arena`, in which it lives. */
struct plan *plan_new(struct arena *arena);

#endif
