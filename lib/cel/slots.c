/* slots.c: a list of paths with a hash table over it; both grow in the arena. */
#include "cel/env_internal.h"

#include "base/check.h"

enum { SLOTS_CAPACITY_MIN = 64 };

/* Slots in order of their numbers, and an open-addressing index over them: 0 is free, else number
 * plus 1. Its capacity is a power of two, at least twice the count. */
struct cel_slots {
    struct arena *arena;
    struct cel_slot *items;
    size_t count;
    size_t capacity;
    uint32_t *index;
    size_t index_capacity;
    size_t memo_count;
};

struct cel_slots *cel_slots_new(struct arena *arena)
{
    struct cel_slots *slots = arena_alloc(arena, sizeof *slots);
    slots->arena = arena;
    slots->capacity = SLOTS_CAPACITY_MIN;
    slots->items = arena_array(arena, slots->capacity, sizeof *slots->items);
    slots->index_capacity = slots->capacity * 2;
    slots->index = arena_array(arena, slots->index_capacity, sizeof *slots->index);
    return slots;
}

/* Where in the index this path stands, or would stand. */
static size_t index_place(const struct cel_slots *slots, uint32_t root, struct span member)
{
    size_t mask = slots->index_capacity - 1;
    size_t place = (span_hash(member) ^ root * 0x9E3779B97F4A7C15u) & mask;
    while (slots->index[place]) {
        const struct cel_slot *slot = &slots->items[slots->index[place] - 1];
        if (slot->root == root && span_equals(slot->member, member)) {
            break;
        }
        place = (place + 1) & mask;
    }
    return place;
}

static void grow(struct cel_slots *slots)
{
    struct cel_slot *items = arena_array(slots->arena, slots->capacity * 2, sizeof *items);
    memcpy(items, slots->items, slots->count * sizeof *items);
    slots->items = items;
    slots->capacity *= 2;
    slots->index_capacity *= 2;
    slots->index = arena_array(slots->arena, slots->index_capacity, sizeof *slots->index);
    for (size_t i = 0; i < slots->count; i++) {
        slots->index[index_place(slots, items[i].root, items[i].member)] = (uint32_t)i + 1;
    }
}

uint32_t cel_slots_intern(struct cel_slots *slots, uint32_t root, struct span member)
{
    size_t place = index_place(slots, root, member);
    if (slots->index[place]) {
        return slots->index[place] - 1;
    }
    if (slots->count == slots->capacity) {
        grow(slots);
        place = index_place(slots, root, member);
    }
    slots->items[slots->count] = (struct cel_slot){
        .root = root,
        .member = member.len ? arena_copy(slots->arena, member) : span_of(NULL, 0),
    };
    slots->index[place] = (uint32_t)++slots->count;
    return (uint32_t)slots->count - 1;
}

size_t cel_slots_count(const struct cel_slots *slots)
{
    return slots->count;
}

struct cel_slot cel_slots_get(const struct cel_slots *slots, uint32_t slot)
{
    check(slot < slots->count);
    return slots->items[slot];
}

struct cel_slots_size cel_slots_size(const struct cel_slots *slots)
{
    return (struct cel_slots_size){slots->count, slots->memo_count};
}

void cel_slots_add_memos(struct cel_slots *slots, uint32_t count)
{
    slots->memo_count += count;
}
