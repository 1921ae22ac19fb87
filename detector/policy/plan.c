/* plan.c: the life of a plan: its arena and the count of those who use it. */
#include "policy/plan/plan_owner.h"

#include "base/check.h"

struct plan *plan_new(struct arena *arena)
{
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    plan->owner = arena_alloc(arena, sizeof *plan->owner);
    plan->owner->arena = arena;
    atomic_init(&plan->owner->references, 1);
    return plan;
}

struct plan *plan_ref(struct plan *plan)
{
    atomic_fetch_add_explicit(&plan->owner->references, 1, memory_order_relaxed);
    return plan;
}

void plan_unref(struct plan **plan)
{
    if (!*plan) {
        return;
    }
    struct plan_owner *owner = (*plan)->owner;
    *plan = NULL;
    unsigned before = atomic_fetch_sub_explicit(&owner->references, 1, memory_order_acq_rel);
    check(before > 0);
    if (before == 1) {
        struct arena *arena = owner->arena; /* the owner lies in it */
        arena_free(&arena);
    }
}

const struct policy_test *plan_tests(const struct plan *plan, size_t *count)
{
    *count = plan->owner->test_count;
    return plan->owner->tests;
}

struct span plan_policy_file(const struct plan *plan, uint32_t policy)
{
    return plan->owner->facts[policy].file;
}

struct span plan_policy_name(const struct plan *plan, uint32_t policy)
{
    return plan->owner->facts[policy].name;
}

struct span plan_policy_owner(const struct plan *plan, uint32_t policy)
{
    return plan->owner->facts[policy].owner;
}
