/* value_build.c: doubles in the arena; what is left behind goes with it. */
#include "model/value_build.h"

enum { CAPACITY_FIRST = 4 };

void *value_builder_next(struct value_builder *builder, struct arena *arena, size_t item_bytes)
{
    if (builder->count == builder->capacity) {
        size_t capacity = builder->capacity ? builder->capacity * 2 : CAPACITY_FIRST;
        void *items = arena_array(arena, capacity, item_bytes);
        if (builder->count) {
            memcpy(items, builder->items, builder->count * item_bytes);
        }
        builder->items = items;
        builder->capacity = capacity;
    }
    return (char *)builder->items + builder->count++ * item_bytes;
}
