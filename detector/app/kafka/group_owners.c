/* group_owners.c: a hand-over leaves a partition without an owner for a moment, in a group that is
 * stable; therefore only what two looks saw alike counts. */
#include "app/kafka/group_owners.h"

enum {
    LOOKS_CERTAIN = 2,
    LOOKS_PER_TURN = 2, /* then it is the next member's turn: this one cannot, or did not help */
};

static const struct kafka_group_member *owner_of(const struct kafka_group *group, size_t partition)
{
    for (size_t i = 0; i < group->count; i++) {
        for (size_t k = 0; k < group->members[i].count; k++) {
            if ((size_t)group->members[i].partitions[k] == partition) {
                return &group->members[i];
            }
        }
    }
    return NULL;
}

/* Fills `owners`; true when something is amiss. *seen tells one such state from another. */
static bool find_owners(const struct kafka_group *group, const bool *held, size_t partitions,
                        enum group_owner *owners, struct digest *seen)
{
    struct digest_state state;
    bool amiss = false;
    digest_init(&state);
    digest_field_number(&state, group->count);
    for (size_t i = 0; i < partitions; i++) {
        const struct kafka_group_member *owner = owner_of(group, i);
        owners[i] = !owner                      ? GROUP_OWNER_NONE
                    : owner->is_us && !held[i] ? GROUP_OWNER_UNAWARE
                                                : GROUP_OWNER_KNOWN;
        amiss |= owners[i] != GROUP_OWNER_KNOWN;
        digest_field(&state, owner ? owner->id : SPAN(""));
        digest_field_number(&state, owners[i]);
    }
    *seen = digest_finish(&state);
    return amiss;
}

/* Leaving costs least where least is held. */
static bool goes_before(const struct kafka_group_member *a, const struct kafka_group_member *b)
{
    return a->count != b->count ? a->count < b->count : span_compare(a->id, b->id) < 0;
}

/* Our place in the order in which members take turns. The group's size when we are not in it. */
static size_t our_place(const struct kafka_group *group)
{
    const struct kafka_group_member *us = NULL;
    size_t before = 0;
    for (size_t i = 0; i < group->count; i++) {
        us = group->members[i].is_us ? &group->members[i] : us;
    }
    for (size_t i = 0; us && i < group->count; i++) {
        before += goes_before(&group->members[i], us);
    }
    return us ? before : group->count;
}

/* Only we can see what we do not hold; of what has no owner at all, all see the same. */
static bool is_our_turn(const struct group_owners *memory, const struct kafka_group *group,
                        const enum group_owner *owners, size_t partitions)
{
    for (size_t i = 0; i < partitions; i++) {
        if (owners[i] == GROUP_OWNER_UNAWARE) {
            return true;
        }
    }
    size_t turn = (memory->looks - LOOKS_CERTAIN) / LOOKS_PER_TURN;
    return group->count && our_place(group) == turn % group->count;
}

struct group_owners_verdict group_owners_look(struct group_owners *memory,
                                              const struct kafka_group *group, const bool *held,
                                              size_t partitions, uint64_t now_ns,
                                              enum group_owner *owners)
{
    struct group_owners_verdict verdict = {.state = GROUP_OWNERS_UNSURE};
    struct digest seen;
    bool amiss = find_owners(group, held, partitions, owners, &seen);
    if (!group->stable || !amiss) {
        memory->looks = 0;
        verdict.state = group->stable ? GROUP_OWNERS_WHOLE : GROUP_OWNERS_UNSURE;
        return verdict;
    }
    memory->looks = digest_equals(&seen, &memory->seen) ? memory->looks + 1 : 1;
    memory->seen = seen;
    if (memory->looks < LOOKS_CERTAIN) {
        return verdict;
    }
    verdict.state = GROUP_OWNERS_MISSING;
    verdict.rejoin =
        now_ns >= memory->rejoin_ns && is_our_turn(memory, group, owners, partitions);
    if (verdict.rejoin) {
        memory->rejoin_ns = now_ns + (uint64_t)GROUP_OWNERS_PAUSE_S * 1000000000;
    }
    return verdict;
}
