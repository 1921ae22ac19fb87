/* closure_collect.c: list and map literals. */
#include "cel/run/closure.h"

#include "cel/run/values.h"

/* List and map literals. A map's parts are key, value, key, value ... */
struct collect_closure {
    struct closure base;
    const bool *optional_flags; /* per element or entry; NULL: none */
    size_t count;               /* elements or entries */
    const struct closure *parts[];
};

static bool is_optional(const struct collect_closure *self, size_t i)
{
    return self->optional_flags && self->optional_flags[i];
}

/* What an optional element adds: its content; nothing for none. Anything else is a failure. */
static bool unwrap_optional(struct value *value, bool *present)
{
    if (value->kind != VALUE_OPTIONAL) {
        *value = value_failure(VALUE_ERROR_NO_OVERLOAD,
                               SPAN("an element after '?' must be an optional"));
        return false;
    }
    *present = value->optional != NULL;
    if (*present) {
        *value = *value->optional;
    }
    return true;
}

/* Evaluates one part into *value; false when it is an error. *present: whether it adds something.
 */
static bool evaluate_part(const struct closure *part, bool optional, struct cel_frame *frame,
                          struct value *value, bool *present)
{
    *present = true;
    return closure_store(part, frame, value) && (!optional || unwrap_optional(value, present));
}

static const struct value *list_value(const struct closure *closure, struct cel_frame *frame,
                                      struct value *room)
{
    const struct collect_closure *self = (const struct collect_closure *)closure;
    struct value *items = arena_array(frame->scratch.arena, self->count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        bool present;
        if (!evaluate_part(self->parts[i], is_optional(self, i), frame, &items[count], &present)) {
            *room = items[count];
            return room;
        }
        count += present;
    }
    *room = value_list_of(items, count);
    return room;
}

static bool is_key(const struct value *key)
{
    return key->kind == VALUE_INT || key->kind == VALUE_UINT || key->kind == VALUE_BOOL ||
           key->kind == VALUE_STRING;
}

/* False: *entry's key is unfit, and holds the failure. */
static bool check_key(struct value_entry *entry, const struct value *so_far,
                      struct cel_frame *frame)
{
    if (!is_key(&entry->key)) {
        entry->key = value_failure(
            VALUE_ERROR_NO_OVERLOAD,
            arena_printf(frame->scratch.arena, "%s cannot be the key of a map",
                         value_kind_name(entry->key.kind)));
        return false;
    }
    if (value_map_find(so_far, &entry->key, &frame->scratch)) {
        entry->key = failure_text("the same key stands twice in a map");
        return false;
    }
    return true;
}

static const struct value *map_value(const struct closure *closure, struct cel_frame *frame,
                                     struct value *room)
{
    const struct collect_closure *self = (const struct collect_closure *)closure;
    struct value_entry *entries = arena_array(frame->scratch.arena, self->count, sizeof *entries);
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        bool present;
        struct value_entry *entry = &entries[count];
        struct value so_far = value_map_of(entries, count);
        if (!closure_store(self->parts[2 * i], frame, &entry->key) ||
            !check_key(entry, &so_far, frame)) {
            *room = entry->key;
            return room;
        }
        if (!evaluate_part(self->parts[2 * i + 1], is_optional(self, i), frame, &entry->value,
                           &present)) {
            *room = entry->value;
            return room;
        }
        count += present;
    }
    *room = value_map_of(entries, count);
    return room;
}

static struct closure *collect(struct arena *arena, const struct closure *const *parts,
                               size_t part_count, const bool *optional_flags)
{
    struct collect_closure *closure =
        arena_alloc(arena, sizeof *closure + part_count * sizeof *parts);
    closure->base.truth = closure_truth_from_value;
    closure->optional_flags = optional_flags;
    closure->count = part_count;
    if (part_count) {
        memcpy(closure->parts, parts, part_count * sizeof *parts);
    }
    return &closure->base;
}

struct closure *closure_list(struct arena *arena, const struct closure *const *items, size_t count,
                             const bool *optional_flags)
{
    struct closure *closure = collect(arena, items, count, optional_flags);
    closure->value = list_value;
    return closure;
}

struct closure *closure_map(struct arena *arena, const struct closure *const *keys_and_values,
                            size_t entry_count, const bool *optional_flags)
{
    struct closure *closure = collect(arena, keys_and_values, entry_count * 2, optional_flags);
    closure->value = map_value;
    ((struct collect_closure *)closure)->count = entry_count;
    return closure;
}
