/* item_list.h: a list that grows while a function makes it. Private to lib/cel. */
#ifndef CEL_ITEM_LIST_H
#define CEL_ITEM_LIST_H

#include "cel/run/values.h"

/* Zero-initialised but for the arena is empty. */
struct item_list {
    struct value *items;
    size_t count;
    size_t capacity;
    struct arena *arena;
};

/* The memory doubles, and what is left behind goes with the arena. */
void item_list_add(struct item_list *list, const struct value *item);

static inline struct value item_list_value(const struct item_list *list)
{
    return value_list_of(list->items, list->count);
}

#endif
