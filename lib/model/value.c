/* value.c: making, looking up and deep copies. */
#include "model/value.h"

#include <assert.h>

static const int64_t SECOND_US = 1000000;

struct value value_timestamp_us(int64_t time_us)
{
    int64_t seconds = time_us / SECOND_US;
    int64_t rest_us = time_us % SECOND_US;
    if (rest_us < 0) {
        seconds--;
        rest_us += SECOND_US;
    }
    return (struct value){.kind = VALUE_TIMESTAMP, .time = {seconds, (int32_t)rest_us * 1000}};
}

const struct value *value_map_get(const struct value *map, struct span key)
{
    for (size_t i = 0; i < map->map.count; i++) {
        const struct value_entry *entry = &map->map.entries[i];
        if (entry->key.kind == VALUE_STRING && span_equals(entry->key.text, key)) {
            return &entry->value;
        }
    }
    return NULL;
}

static struct value copy_list(struct arena *arena, const struct value *list)
{
    struct value *items = arena_array(arena, list->list.count, sizeof *items);
    for (size_t i = 0; i < list->list.count; i++) {
        items[i] = value_copy(arena, &list->list.items[i]);
    }
    return (struct value){.kind = list->kind, .list = {items, list->list.count}};
}

static struct value copy_map(struct arena *arena, const struct value *map)
{
    struct value_entry *entries = arena_array(arena, map->map.count, sizeof *entries);
    for (size_t i = 0; i < map->map.count; i++) {
        entries[i].key = value_copy(arena, &map->map.entries[i].key);
        entries[i].value = value_copy(arena, &map->map.entries[i].value);
    }
    return (struct value){.kind = VALUE_MAP, .map = {entries, map->map.count}};
}

static struct value copy_optional(struct arena *arena, const struct value *value)
{
    struct value copy = *value;
    if (value->optional) {
        struct value *inner = arena_alloc(arena, sizeof *inner);
        *inner = value_copy(arena, value->optional);
        copy.optional = inner;
    }
    return copy;
}

struct value value_copy(struct arena *arena, const struct value *value)
{
    struct value copy = *value;
    switch (value->kind) {
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TYPE:
    case VALUE_SEMVER:
    case VALUE_URL:
    case VALUE_FORMAT:
    case VALUE_ERROR:
        copy.text = arena_copy(arena, value->text);
        return copy;
    case VALUE_LIST:
    case VALUE_SET:
        return copy_list(arena, value);
    case VALUE_MAP:
        return copy_map(arena, value);
    case VALUE_OPTIONAL:
        return copy_optional(arena, value);
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
    case VALUE_TIMESTAMP:
    case VALUE_DURATION:
    case VALUE_ADDRESS:
    case VALUE_QUANTITY:
        break;
    }
    return copy;
}

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",           [VALUE_BOOL] = "bool",
        [VALUE_INT] = "int",             [VALUE_UINT] = "uint",
        [VALUE_DOUBLE] = "double",       [VALUE_DECIMAL] = "decimal",
        [VALUE_STRING] = "string",       [VALUE_BYTES] = "bytes",
        [VALUE_LIST] = "list",           [VALUE_SET] = "set",
        [VALUE_MAP] = "map",             [VALUE_TIMESTAMP] = "timestamp",
        [VALUE_DURATION] = "duration",   [VALUE_TYPE] = "type",
        [VALUE_OPTIONAL] = "optional",   [VALUE_ADDRESS] = "address",
        [VALUE_QUANTITY] = "quantity",   [VALUE_SEMVER] = "semver",
        [VALUE_URL] = "url",             [VALUE_FORMAT] = "format",
        [VALUE_ERROR] = "error",
    };
    static_assert(sizeof names / sizeof *names == VALUE_ERROR + 1, "each kind has its name");
    return names[kind];
}
