/* item_list.c: see item_list.h. */
#include "cel/library/item_list.h"

enum { CAPACITY_FIRST = 16 };

void item_list_add(struct item_list *list, const struct value *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : CAPACITY_FIRST;
        struct value *items = arena_array(list->arena, capacity, sizeof *items);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *item;
}
