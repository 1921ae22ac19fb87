/* ready.c: a cell lies far from the next one, so that comparing cells would wait for memory time
 * and again: what they are compared by is gathered first. */
#include "engine/correlate/ready.h"

#include "base/check.h"

#include <stdlib.h>

static bool may_fire(const struct watched *policy)
{
    return policy->type->shows_from_us != NULL;
}

void ready_begin(struct ready_list *list, int64_t time_us)
{
    list->first = list->count = 0;
    list->some_fire = false;
    list->time_us = time_us;
}

void ready_add(struct ready_list *list, struct cell *cell)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct ready *items = realloc(list->items, capacity * sizeof *items);
        if (!items) {
            check_memory_exhausted(capacity * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] =
        (struct ready){.cell = cell, .policy = cell->policy, .number = cell->number};
    list->some_fire |= may_fire(cell->policy);
}

/* -- their order */

static int compare_policies(const struct watched *a, const struct watched *b)
{
    if (may_fire(a) != may_fire(b)) {
        return may_fire(a) ? -1 : 1;
    }
    int order = memcmp(a->state_id.bytes, b->state_id.bytes, DIGEST_BYTES);
    return order ? order : span_compare(a->text, b->text);
}

static int compare(const void *left, const void *right)
{
    const struct ready *a = left;
    const struct ready *b = right;
    int order = a->policy == b->policy ? 0 : compare_policies(a->policy, b->policy);
    if (order == 0 && a->key != b->key) {
        order = a->key < b->key ? -1 : 1;
    }
    return order ? order : span_compare(cell_group_key(a->cell), cell_group_key(b->cell));
}

/* How many bytes at their beginning two texts share. */
static size_t shared(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    size_t same = 0;
    while (same < len && a.ptr[same] == b.ptr[same]) {
        same++;
    }
    return same;
}

/* Eight bytes from a place on, the first the highest; zeros behind the end. */
static uint64_t bytes_from(struct span text, size_t place)
{
    uint64_t key = 0;
    for (size_t i = 0; i < sizeof key; i++) {
        key = key << 8 | (place + i < text.len ? (unsigned char)text.ptr[place + i] : 0);
    }
    return key;
}

void ready_sort(struct ready_list *list)
{
    if (!list->some_fire || list->count < 2) {
        return;
    }
    struct span first = cell_group_key(list->items[0].cell);
    for (size_t i = 1; i < list->count; i++) {
        first.len = shared(first, cell_group_key(list->items[i].cell));
    }
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].key = bytes_from(cell_group_key(list->items[i].cell), first.len);
    }
    qsort(list->items, list->count, sizeof *list->items, compare);
}

void ready_deinit(struct ready_list *list)
{
    free(list->items);
    *list = (struct ready_list){0};
}
