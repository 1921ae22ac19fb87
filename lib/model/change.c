/* change.c: names of operations, looking attributes up, and comparing them. */
#include "model/change.h"

static const struct span op_names[CHANGE_OP_COUNT] = {
    [CHANGE_INSERT] = {"INSERT", 6},
    [CHANGE_MODIFY] = {"MODIFY", 6},
    [CHANGE_REMOVE] = {"REMOVE", 6},
};

struct span change_op_name(enum change_op op)
{
    return op_names[op];
}

bool change_op_parse(struct span name, enum change_op *out)
{
    for (int op = 0; op < CHANGE_OP_COUNT; op++) {
        if (span_equals_nocase(op_names[op], name)) {
            *out = (enum change_op)op;
            return true;
        }
    }
    return false;
}

const struct attribute *image_find(const struct image *image, struct span name)
{
    for (uint32_t i = 0; i < image->count; i++) {
        if (span_equals(image->attributes[i].name, name)) {
            return &image->attributes[i];
        }
    }
    return NULL;
}

struct value image_value(const struct image *image, struct arena *arena)
{
    if (!image->present) {
        return value_null();
    }
    struct value_entry *entries = arena_array(arena, image->count, sizeof *entries);
    for (uint32_t i = 0; i < image->count; i++) {
        entries[i].key = value_string(image->attributes[i].name);
        entries[i].value = attribute_value(&image->attributes[i], arena);
    }
    return (struct value){.kind = VALUE_MAP, .map = {entries, image->count}};
}

bool attribute_equals(const struct attribute *a, const struct attribute *b, struct arena *arena)
{
    if (!a || !b) {
        return a == b;
    }
    if (a->type != b->type) {
        return false;
    }
    if (span_equals(a->raw, b->raw)) {
        return true;
    }
    struct value left = attribute_value(a, arena);
    struct value right = attribute_value(b, arena);
    return value_equals(&left, &right);
}
