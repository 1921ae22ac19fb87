/* chain_groups.c: a sorted list of places; the groups themselves hang in a list by their last
 * events. */
#include "engine/correlate/chain_groups.h"

#include "base/check.h"
#include "engine/correlate/nested.h"

#include <stdlib.h>

/* -- in order */

static int compare(const struct chain_group *group, const struct chain_inner *inner,
                   const struct digest *key)
{
    if (group->inner->number != inner->number) {
        return group->inner->number < inner->number ? -1 : 1;
    }
    return memcmp(group->key.bytes, key->bytes, DIGEST_BYTES);
}

/* The place of a group, or where it belongs. */
static uint32_t place_of(const struct chain_groups *groups, const struct chain_inner *inner,
                         const struct digest *key)
{
    uint32_t low = 0;
    uint32_t high = groups->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare(groups->places[middle].group, inner, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct chain_group *chain_groups_find(const struct chain_groups *groups,
                                      const struct chain_inner *inner, const struct digest *key)
{
    uint32_t place = place_of(groups, inner, key);
    bool found = place < groups->count && compare(groups->places[place].group, inner, key) == 0;
    return found ? groups->places[place].group : NULL;
}

static void make_place(struct chain_groups *groups, uint32_t place)
{
    if (groups->count == groups->capacity) {
        uint32_t capacity = groups->capacity ? 2 * groups->capacity : 1;
        struct chain_place *places = realloc(groups->places, capacity * sizeof *places);
        if (!places) {
            check_memory_exhausted(capacity * sizeof *places);
        }
        groups->places = places;
        groups->capacity = capacity;
    }
    memmove(&groups->places[place + 1], &groups->places[place],
            (groups->count - place) * sizeof *groups->places);
    groups->count++;
}

/* -- by their last events */

static void link_newest(struct chain_groups *groups, struct chain_group *group)
{
    group->older = groups->newest;
    group->newer = NULL;
    *(group->older ? &group->older->newer : &groups->oldest) = group;
    groups->newest = group;
}

static void unlink_group(struct chain_groups *groups, struct chain_group *group)
{
    *(group->older ? &group->older->newer : &groups->oldest) = group->newer;
    *(group->newer ? &group->newer->older : &groups->newest) = group->older;
}

void chain_groups_touch(struct chain_groups *groups, struct chain_group *group)
{
    unlink_group(groups, group);
    link_newest(groups, group);
}

/* -- the groups */

static void group_free(struct chain_group *group)
{
    group->inner->type->release(chain_group_memory(group));
    free(group);
}

static void forget(struct chain_groups *groups, struct chain_group *group)
{
    uint32_t place = place_of(groups, group->inner, &group->key);
    groups->count--;
    memmove(&groups->places[place], &groups->places[place + 1],
            (groups->count - place) * sizeof *groups->places);
    groups->bytes -= group->bytes;
    groups->showing -= group->inner->shows;
    unlink_group(groups, group);
    group_free(group);
}

struct chain_group *chain_groups_add(struct chain_groups *groups, const struct chain_inner *inner,
                                     const struct digest *key, uint64_t *forgotten)
{
    *forgotten = groups->count == CHAIN_GROUPS_MAX;
    if (*forgotten) {
        forget(groups, groups->oldest);
    }
    uint32_t place = place_of(groups, inner, key);
    struct chain_group *group = nested_allocate(1, sizeof *group + inner->type->memory_size);
    group->inner = inner;
    group->key = *key;
    group->shows_from_us = INT64_MAX;
    make_place(groups, place);
    groups->places[place] = (struct chain_place){INT64_MAX, group};
    groups->showing += inner->shows;
    link_newest(groups, group);
    return group;
}

/* What the place takes too; not the room: a state taken up has less. */
static size_t measure(const struct chain_group *group)
{
    const struct operator_type *type = group->inner->type;
    return sizeof(struct chain_place) + sizeof *group + type->memory_size +
           type->bytes(chain_group_memory(group));
}

void chain_groups_changed(struct chain_groups *groups, struct chain_group *group)
{
    const struct chain_inner *inner = group->inner;
    const void *memory = chain_group_memory(group);
    int64_t due_us = inner->type->due_us(memory, &inner->rule);
    if (due_us == INT64_MAX) {
        forget(groups, group);
        return;
    }
    groups->places[place_of(groups, inner, &group->key)].due_us = due_us;
    groups->bytes -= group->bytes;
    group->bytes = measure(group);
    groups->bytes += group->bytes;
    if (inner->shows) {
        group->shows_from_us = inner->type->shows_from_us(memory, &inner->rule);
    }
}

struct chain_group *chain_groups_next(const struct chain_groups *groups, int64_t *due_us)
{
    struct chain_group *next = NULL;
    *due_us = INT64_MAX;
    for (uint32_t i = 0; i < groups->count; i++) {
        if (groups->places[i].due_us < *due_us) {
            *due_us = groups->places[i].due_us;
            next = groups->places[i].group;
        }
    }
    return next;
}

int64_t chain_groups_show_from_us(const struct chain_groups *groups)
{
    int64_t from_us = INT64_MAX;
    for (uint32_t i = 0; i < groups->count && groups->showing; i++) {
        const struct chain_group *group = groups->places[i].group;
        from_us = group->shows_from_us < from_us ? group->shows_from_us : from_us;
    }
    return from_us;
}

void chain_groups_release(struct chain_groups *groups)
{
    for (uint32_t i = 0; i < groups->count; i++) {
        group_free(groups->places[i].group);
    }
    free(groups->places);
    *groups = (struct chain_groups){0};
}
