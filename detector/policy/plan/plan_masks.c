/* plan_masks.c: a record as received may hold all that is masked; a key is in the images too. */
#include "policy/plan/plan_masks.h"

static bool masks_path(const struct plan_policy *policy, struct cel_slot path)
{
    if (path.root == PLAN_ROOT_RAW) {
        return policy->mask_count > 0;
    }
    bool image = path.root == PLAN_ROOT_OLD || path.root == PLAN_ROOT_NEW ||
                 path.root == PLAN_ROOT_KEYS;
    for (size_t i = 0; i < policy->mask_count && image; i++) {
        const struct plan_mask *mask = &policy->masks[i];
        bool rooted = mask->root == path.root || mask->root == PLAN_ROOT_KEYS ||
                      path.root == PLAN_ROOT_KEYS;
        if (rooted && (path.member.len == 0 || span_equals(mask->path[0], path.member))) {
            return true;
        }
    }
    return false;
}

bool plan_masks_read(const struct plan *plan, const struct plan_policy *policy,
                     const struct cel_program *program)
{
    size_t count = 0;
    const uint32_t *slots = cel_program_slots(program, &count);
    bool masked = false;
    for (size_t i = 0; i < count && !masked; i++) {
        masked = plan_masks_slot(plan, policy, slots[i]);
    }
    return masked;
}

/* Computed slots read each other in no circle. */
bool plan_masks_slot(const struct plan *plan, const struct plan_policy *policy, uint32_t slot)
{
    const struct cel_program *program = plan->slot_programs[slot];
    return program ? plan_masks_read(plan, policy, program)
                   : masks_path(policy, cel_slots_get(plan->slots, slot));
}
