/* awaited.c: a ring that grows up to its bound. */
#include "engine/decide/awaited.h"

#include "base/check.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 64 };

struct place {
    uint64_t offset;
    uint32_t pending;
};

/* Slots count up for ever: a place is slot modulo capacity, and what is told slot modulo
 * AWAITED_MAX. */
struct awaited {
    struct place *ring;
    size_t capacity; /* a power of two */
    size_t first;
    size_t count;
};

static struct place *ring_new(size_t capacity)
{
    struct place *ring = calloc(capacity, sizeof *ring);
    if (!ring) {
        check_memory_exhausted(capacity * sizeof *ring);
    }
    return ring;
}

struct awaited *awaited_new(void)
{
    struct awaited *awaited = calloc(1, sizeof *awaited);
    if (!awaited) {
        check_memory_exhausted(sizeof *awaited);
    }
    awaited->capacity = CAPACITY_MIN;
    awaited->ring = ring_new(CAPACITY_MIN);
    return awaited;
}

void awaited_free(struct awaited **awaited)
{
    if (*awaited) {
        free((*awaited)->ring);
        free(*awaited);
        *awaited = NULL;
    }
}

static struct place *at(const struct awaited *awaited, size_t slot)
{
    return &awaited->ring[slot & (awaited->capacity - 1)];
}

bool awaited_has_room(const struct awaited *awaited)
{
    return awaited->count < AWAITED_MAX;
}

size_t awaited_count(const struct awaited *awaited)
{
    return awaited->count;
}

static void grow(struct awaited *awaited)
{
    struct awaited old = *awaited;
    awaited->capacity = 2 * old.capacity;
    awaited->ring = ring_new(awaited->capacity);
    for (size_t i = 0; i < old.count; i++) {
        *at(awaited, old.first + i) = *at(&old, old.first + i);
    }
    free(old.ring);
}

size_t awaited_add(struct awaited *awaited, uint64_t offset, uint32_t messages)
{
    check(awaited_has_room(awaited) && messages > 0);
    if (awaited->count == awaited->capacity) {
        grow(awaited);
    }
    size_t slot = awaited->first + awaited->count++;
    *at(awaited, slot) = (struct place){offset, messages};
    return slot % AWAITED_MAX;
}

void awaited_confirm(struct awaited *awaited, size_t slot)
{
    /* the slot that is told ends in the same bits */
    size_t index = (slot - awaited->first) % AWAITED_MAX;
    check(index < awaited->count);
    struct place *place = at(awaited, awaited->first + index);
    check(place->pending > 0);
    place->pending--;
    while (awaited->count > 0 && at(awaited, awaited->first)->pending == 0) {
        awaited->first++;
        awaited->count--;
    }
}

uint64_t awaited_position(const struct awaited *awaited, uint64_t next)
{
    return awaited->count ? at(awaited, awaited->first)->offset : next;
}
