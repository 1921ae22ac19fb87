/* library_basic.c: size, type, dyn, coalesce and what macros need. */
#include "cel/run/arithmetic.h"
#include "cel/library/library_functions.h"
#include "cel/library/utf8.h"
#include "cel/run/values.h"

struct value library_negate(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    (void)count;
    return arithmetic_negate(arguments, scratch);
}

struct value library_size(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (arguments->kind == VALUE_STRING) {
        if (!steps_take(scratch->steps_left, arguments->text.len / CEL_BYTES_PER_STEP)) {
            return failure_limit();
        }
        return value_int((int64_t)utf8_length(arguments->text));
    }
    if (arguments->kind == VALUE_BYTES) {
        return value_int((int64_t)arguments->text.len);
    }
    if (value_is_list(arguments)) {
        return value_int((int64_t)arguments->list.count);
    }
    if (arguments->kind == VALUE_MAP) {
        return value_int((int64_t)arguments->map.count);
    }
    return failure_no_overload("size", arguments, count, scratch->arena);
}

struct value library_type(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    (void)count;
    (void)scratch;
    return (struct value){.kind = VALUE_TYPE, .text = value_type_name(arguments)};
}

struct value library_dyn(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    (void)count;
    (void)scratch;
    return *arguments;
}

/* The first argument that is neither none nor null. An optional gives what it holds. */
struct value library_coalesce(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    (void)scratch;
    for (size_t i = 0; i < count; i++) {
        const struct value *value = &arguments[i];
        while (value && value->kind == VALUE_OPTIONAL) {
            value = value->optional;
        }
        if (value && value->kind != VALUE_NULL) {
            return *value;
        }
    }
    return value_null();
}

/* The entries of `first`, with room for `more`. */
static struct value_entry *copied_entries(const struct value *first, size_t more,
                                          struct cel_scratch *scratch)
{
    size_t count = first->map.count;
    struct value_entry *entries = arena_array(scratch->arena, count + more, sizeof *entries);
    if (count) {
        memcpy(entries, first->map.entries, count * sizeof *entries);
    }
    return entries;
}

static struct value insert_entries(const struct value *map, const struct value_entry *added,
                                   size_t added_count, struct cel_scratch *scratch)
{
    if (!steps_take(scratch->steps_left, 2 * map->map.count)) {
        return failure_limit();
    }
    for (size_t i = 0; i < added_count; i++) {
        if (value_map_find(map, &added[i].key, scratch)) {
            return failure_text("the same key stands twice in a map");
        }
    }
    struct value_entry *entries = copied_entries(map, added_count, scratch);
    if (added_count) {
        memcpy(entries + map->map.count, added, added_count * sizeof *entries);
    }
    return value_map_of(entries, map->map.count + added_count);
}

static bool is_key(const struct value *key)
{
    return key->kind == VALUE_INT || key->kind == VALUE_UINT || key->kind == VALUE_BOOL ||
           key->kind == VALUE_STRING;
}

/* (map, key, value) or (map, {key: value}): with one more entry. */
struct value library_map_insert(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    if (count == 3 && arguments[0].kind == VALUE_MAP && is_key(&arguments[1])) {
        struct value_entry entry = {arguments[1], arguments[2]};
        return insert_entries(&arguments[0], &entry, 1, scratch);
    }
    if (count == 2 && arguments[0].kind == VALUE_MAP && arguments[1].kind == VALUE_MAP) {
        return insert_entries(&arguments[0], arguments[1].map.entries, arguments[1].map.count,
                              scratch);
    }
    return failure_no_overload("the map's transformation", arguments, count, scratch->arena);
}
