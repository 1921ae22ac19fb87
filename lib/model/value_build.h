/* value_build.h: lists and maps of a length not known beforehand, built in an arena. Inside this
 * layer only. */
#ifndef MODEL_VALUE_BUILD_H
#define MODEL_VALUE_BUILD_H

#include "model/value.h"

/* Zero-initialised is empty. */
struct value_builder {
    void *items;
    size_t count;
    size_t capacity;
};

/* Room for one more item of item_bytes, the same size at each call. The memory doubles: less than
 * four times what is needed at the end is taken from the arena. */
void *value_builder_next(struct value_builder *builder, struct arena *arena, size_t item_bytes);

static inline struct value *value_builder_item(struct value_builder *builder, struct arena *arena)
{
    return value_builder_next(builder, arena, sizeof(struct value));
}

/* The entry for `name`; its value is to be filled in. */
static inline struct value *value_builder_entry(struct value_builder *builder, struct arena *arena,
                                                struct span name)
{
    struct value_entry *entry = value_builder_next(builder, arena, sizeof *entry);
    entry->key = value_string(name);
    return &entry->value;
}

static inline struct value value_builder_list(const struct value_builder *builder,
                                              enum value_kind kind)
{
    return (struct value){.kind = kind, .list = {builder->items, builder->count}};
}

static inline struct value value_builder_map(const struct value_builder *builder)
{
    return (struct value){.kind = VALUE_MAP, .map = {builder->items, builder->count}};
}

#endif
