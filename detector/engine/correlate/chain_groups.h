/* chain_groups.h: the groups of inner correlations within one group of the outer one: found by
 * correlation and group, by when they are due, and by how long they were still. Inside this folder
 * only. */
#ifndef ENGINE_CORRELATE_CHAIN_GROUPS_H
#define ENGINE_CORRELATE_CHAIN_GROUPS_H

#include "engine/correlate/operator.h"

/* Beyond it the one whose last event came first is forgotten. */
enum { CHAIN_GROUPS_MAX = 1024 };

/* An inner correlation as it is watched. */
struct chain_inner {
    uint32_t number; /* which one */
    uint32_t input;  /* of the outer one: what its findings are */
    bool shows;      /* it may fire at the watermark */
    struct correlation rule;
    const struct operator_type *type;
};

/* Behind it stands the operator's memory. */
struct chain_group {
    const struct chain_inner *inner;
    struct digest key;
    struct digest value; /* of its findings, for the outer correlation */
    struct chain_group *older;
    struct chain_group *newer;
    size_t bytes;
    int64_t shows_from_us; /* as the operator says it; INT64_MAX: it shows nothing */
};

/* In order of correlation and key; what is looked through stands together. */
struct chain_place {
    int64_t due_us;
    struct chain_group *group;
};

/* The members are the table's own; zeroed: none. */
struct chain_groups {
    struct chain_place *places;
    uint32_t count;
    uint32_t capacity;
    uint32_t showing; /* of correlations that show */
    size_t bytes;
    struct chain_group *oldest; /* by their last events */
    struct chain_group *newest;
};

static inline void *chain_group_memory(const struct chain_group *group)
{
    return (void *)(uintptr_t)(group + 1);
}

/* NULL: there is no such group. */
struct chain_group *chain_groups_find(const struct chain_groups *groups,
                                      const struct chain_inner *inner, const struct digest *key);
/* A new one, its memory zeroed, the newest; there was none. Says in *forgotten whether another had
 * to go for it. */
struct chain_group *chain_groups_add(struct chain_groups *groups, const struct chain_inner *inner,
                                     const struct digest *key, uint64_t *forgotten);
/* An event came: it is the newest now. */
void chain_groups_touch(struct chain_groups *groups, struct chain_group *group);
/* Its memory was changed: all that is known of it is asked for again. One in which nothing is left
 * is forgotten. */
void chain_groups_changed(struct chain_groups *groups, struct chain_group *group);
/* The one that is due first, by correlation and key of several; NULL and INT64_MAX without any. */
struct chain_group *chain_groups_next(const struct chain_groups *groups, int64_t *due_us);
/* The least that any of them may show; INT64_MAX: none shows anything. */
int64_t chain_groups_show_from_us(const struct chain_groups *groups);
/* Forgets all, and gives back what they took. */
void chain_groups_release(struct chain_groups *groups);

#endif
