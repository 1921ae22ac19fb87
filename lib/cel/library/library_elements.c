/* library_elements.c: more of lists: first and last, by depth and by key, lists of optionals. */
#include "cel/library/item_list.h"
#include "cel/library/library_functions.h"

#include <stdlib.h>

/* Lists in lists deeper than this come from no document that is read. */
enum { FLATTEN_DEPTH_MAX = 128 };

static struct value refused(const char *function, const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    return failure_no_overload(function, arguments, count, scratch->arena);
}

struct value library_first(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (!value_is_list(arguments)) {
        return refused("first", arguments, count, scratch);
    }
    const struct value_list *list = &arguments->list;
    return list->count ? value_some(scratch->arena, list->items) : value_none();
}

struct value library_last(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (!value_is_list(arguments)) {
        return refused("last", arguments, count, scratch);
    }
    const struct value_list *list = &arguments->list;
    return list->count ? value_some(scratch->arena, &list->items[list->count - 1]) : value_none();
}

struct value library_includes(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    (void)count;
    bool found = value_is_list(arguments)
                     ? value_contains(&arguments[0], &arguments[1], scratch)
                     : values_equal(&arguments[0], &arguments[1], scratch);
    return *scratch->steps_left ? value_bool(found) : failure_limit();
}

/* --- flatten(depth) --- */

/* False when steps or depth are used up. */
static bool flatten(const struct value *list, uint64_t depth, struct item_list *out,
                    struct cel_scratch *scratch, unsigned room)
{
    for (size_t i = 0; i < list->list.count; i++) {
        const struct value *item = &list->list.items[i];
        if (room == 0 || !steps_take(scratch->steps_left, 1)) {
            return false;
        }
        if (depth == 0 || !value_is_list(item)) {
            item_list_add(out, item);
        } else if (!flatten(item, depth - 1, out, scratch, room - 1)) {
            return false;
        }
    }
    return true;
}

struct value library_flatten_depth(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    struct item_list flat = {.arena = scratch->arena};
    int64_t depth;
    if (!value_is_list(arguments) || !value_to_index(&arguments[1], &depth)) {
        return refused("flatten", arguments, count, scratch);
    }
    if (depth < 0) {
        return failure_text("flatten: the depth is below 0");
    }
    return flatten(arguments, (uint64_t)depth, &flat, scratch, FLATTEN_DEPTH_MAX)
               ? item_list_value(&flat)
               : failure_limit();
}

/* --- sortBy: its macro has made a list of keys --- */

struct keyed {
    const struct value *key;
    const struct value *item;
};

/* Of equal keys the one that stood first comes first. */
static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *left = a;
    const struct keyed *right = b;
    enum value_order order = values_order(left->key, right->key);
    if (order == ORDER_LESS || order == ORDER_GREATER) {
        return order == ORDER_LESS ? -1 : 1;
    }
    return (left->item > right->item) - (left->item < right->item);
}

static bool all_ordered(const struct value_list *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (values_order(&keys->items[0], &keys->items[i]) == ORDER_NO_OVERLOAD) {
            return false;
        }
    }
    return true;
}

struct value library_sort_by_keys(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    if (!value_is_list(&arguments[0]) || !value_is_list(&arguments[1]) ||
        arguments[0].list.count != arguments[1].list.count || !all_ordered(&arguments[1].list)) {
        return refused("sortBy", arguments, count, scratch);
    }
    size_t length = arguments[0].list.count;
    if (!steps_take(scratch->steps_left, library_sort_steps(length))) {
        return failure_limit();
    }
    struct keyed *order = arena_array(scratch->arena, length + 1, sizeof *order);
    struct value *items = arena_array(scratch->arena, length + 1, sizeof *items);
    for (size_t i = 0; i < length; i++) {
        order[i] = (struct keyed){&arguments[1].list.items[i], &arguments[0].list.items[i]};
    }
    qsort(order, length, sizeof *order, compare_keyed);
    for (size_t i = 0; i < length; i++) {
        items[i] = *order[i].item;
    }
    return value_list_of(items, length);
}

/* --- lists of optionals --- */

struct value library_unwrap(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    struct item_list found = {.arena = scratch->arena};
    if (!value_is_list(arguments)) {
        return refused("unwrap", arguments, count, scratch);
    }
    for (size_t i = 0; i < arguments->list.count; i++) {
        const struct value *item = &arguments->list.items[i];
        if (item->kind != VALUE_OPTIONAL) {
            return refused("unwrap", item, 1, scratch);
        }
        if (!steps_take(scratch->steps_left, 1)) {
            return failure_limit();
        }
        if (item->optional) {
            item_list_add(&found, item->optional);
        }
    }
    return item_list_value(&found);
}
