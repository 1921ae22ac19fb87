/* Functions of lists and sets. All count a step for each element they walk. */
#include "cel/run/arithmetic.h"
#include "cel/library/library_functions.h"
#include "cel/run/values.h"

#include <stdlib.h>

static struct value refused(const char *function, const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    return failure_no_overload(function, arguments, count, scratch->arena);
}

/* What was found, unless the steps ran out on the way. */
static struct value unless_spent(struct value result, const struct cel_scratch *scratch)
{
    return *scratch->steps_left ? result : failure_limit();
}

/* --- sum, min, max, isSorted --- */

enum { SUM_STEPS = 24 }; /* of adding two decimals of 38 digits */

struct value library_sum(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (!value_is_list(arguments)) {
        return refused("sum", arguments, count, scratch);
    }
    const struct value_list *list = &arguments->list;
    struct value sum = list->count ? list->items[0] : value_int(0);
    if (!value_is_number(&sum) && sum.kind != VALUE_DURATION) {
        return refused("sum", arguments, count, scratch);
    }
    for (size_t i = 1; i < list->count && sum.kind != VALUE_ERROR; i++) {
        if (!steps_take(scratch->steps_left, SUM_STEPS)) {
            return failure_limit();
        }
        sum = arithmetic_apply(ARITHMETIC_ADD, &sum, &list->items[i], scratch);
    }
    return sum;
}

static struct value extreme(const struct value *arguments, size_t count,
                            struct cel_scratch *scratch, enum value_order wanted)
{
    const char *name = wanted == ORDER_LESS ? "min" : "max";
    if (!value_is_list(arguments)) {
        return refused(name, arguments, count, scratch);
    }
    const struct value_list *list = &arguments->list;
    if (list->count == 0) {
        return value_failure(VALUE_ERROR_ABSENT, SPAN("the list is empty"));
    }
    const struct value *best = &list->items[0];
    for (size_t i = 1; i < list->count; i++) {
        if (!steps_take(scratch->steps_left, values_order_steps(&list->items[i], best))) {
            break;
        }
        enum value_order order = values_order(&list->items[i], best);
        if (order == ORDER_NO_OVERLOAD) {
            return refused(name, arguments, count, scratch);
        }
        best = order == wanted ? &list->items[i] : best;
    }
    return unless_spent(*best, scratch);
}

struct value library_min(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    return extreme(arguments, count, scratch, ORDER_LESS);
}

struct value library_max(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    return extreme(arguments, count, scratch, ORDER_GREATER);
}

struct value library_is_sorted(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    if (!value_is_list(arguments)) {
        return refused("isSorted", arguments, count, scratch);
    }
    const struct value_list *list = &arguments->list;
    for (size_t i = 1; i < list->count; i++) {
        const struct value *before = &list->items[i - 1];
        if (!steps_take(scratch->steps_left, values_order_steps(before, &list->items[i]))) {
            break;
        }
        enum value_order order = values_order(before, &list->items[i]);
        if (order == ORDER_NO_OVERLOAD) {
            return refused("isSorted", arguments, count, scratch);
        }
        if (order == ORDER_GREATER) {
            return value_bool(false);
        }
    }
    return unless_spent(value_bool(true), scratch);
}

/* --- indexOf, lastIndexOf, reverse: of lists; those of texts come here through the same names ---
 */

static bool next_element(struct cel_scratch *scratch)
{
    return steps_take(scratch->steps_left, CEL_ELEMENT_STEPS);
}

struct value library_any_index_of(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    if (!value_is_list(arguments) || count != 2) {
        return library_index_of(arguments, count, scratch);
    }
    for (size_t i = 0; i < arguments->list.count && next_element(scratch); i++) {
        if (values_equal(&arguments->list.items[i], &arguments[1], scratch)) {
            return value_int((int64_t)i);
        }
    }
    return unless_spent(value_int(-1), scratch);
}

struct value library_any_last_index_of(const struct value *arguments, size_t count,
                                       struct cel_scratch *scratch)
{
    if (!value_is_list(arguments) || count != 2) {
        return library_last_index_of(arguments, count, scratch);
    }
    for (size_t i = arguments->list.count; i > 0 && next_element(scratch); i--) {
        if (values_equal(&arguments->list.items[i - 1], &arguments[1], scratch)) {
            return value_int((int64_t)i - 1);
        }
    }
    return unless_spent(value_int(-1), scratch);
}

struct value library_any_reverse(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    if (!value_is_list(arguments)) {
        return library_reverse(arguments, count, scratch);
    }
    size_t length = arguments->list.count;
    if (!steps_take(scratch->steps_left, length)) {
        return failure_limit();
    }
    struct value *items = arena_array(scratch->arena, length, sizeof *items);
    for (size_t i = 0; i < length; i++) {
        items[i] = arguments->list.items[length - 1 - i];
    }
    return value_list_of(items, length);
}

/* --- slice, distinct, sort, flatten, lists.range --- */

struct value library_slice(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (!value_is_list(arguments) || arguments[1].kind != VALUE_INT ||
        arguments[2].kind != VALUE_INT) {
        return refused("slice", arguments, count, scratch);
    }
    int64_t start = arguments[1].integer;
    int64_t end = arguments[2].integer;
    if (start < 0 || end < start || (uint64_t)end > arguments->list.count) {
        return failure_text("slice: the range is not within the list");
    }
    return value_list_of(arguments->list.items + start, (size_t)(end - start));
}

struct value library_distinct(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    if (!value_is_list(arguments)) {
        return refused("distinct", arguments, count, scratch);
    }
    const struct value_list *list = &arguments->list;
    if (!steps_take(scratch->steps_left, list->count)) {
        return failure_limit();
    }
    struct value *items = arena_array(scratch->arena, list->count, sizeof *items);
    struct value kept = value_list_of(items, 0);
    for (size_t i = 0; i < list->count && steps_take(scratch->steps_left, 1); i++) {
        if (!value_contains(&kept, &list->items[i], scratch)) {
            items[kept.list.count++] = list->items[i];
        }
    }
    return unless_spent(kept, scratch);
}

static int compare_items(const void *a, const void *b)
{
    enum value_order order = values_order(a, b);
    return order == ORDER_LESS ? -1 : order == ORDER_GREATER;
}

uint64_t library_sort_steps(size_t count)
{
    uint64_t steps = 3 * count;
    for (size_t left = count; left > 1; left /= 2) {
        steps += 3 * count;
    }
    return steps * CEL_ORDER_STEPS;
}

struct value library_sort(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (!value_is_list(arguments)) {
        return refused("sort", arguments, count, scratch);
    }
    size_t length = arguments->list.count;
    if (!steps_take(scratch->steps_left, length) ||
        !steps_take(scratch->steps_left, sort_steps(&arguments->list))) {
        return failure_limit();
    }
    for (size_t i = 0; i < length; i++) {
        if (values_order(&arguments->list.items[0], &arguments->list.items[i]) ==
            ORDER_NO_OVERLOAD) {
            return refused("sort", arguments, count, scratch);
        }
    }
    struct value *items = arena_array(scratch->arena, length, sizeof *items);
    if (length) {
        memcpy(items, arguments->list.items, length * sizeof *items);
        qsort(items, length, sizeof *items, compare_items);
    }
    return value_list_of(items, length);
}

/* One level: lists inside the list become part of it. */
struct value library_flatten(const struct value *arguments, size_t count,
                             struct cel_scratch *scratch)
{
    if (!value_is_list(arguments)) {
        return refused("flatten", arguments, count, scratch);
    }
    size_t length = 0;
    if (!steps_take(scratch->steps_left, arguments->list.count)) {
        return failure_limit();
    }
    for (size_t i = 0; i < arguments->list.count; i++) {
        const struct value *item = &arguments->list.items[i];
        length += value_is_list(item) ? item->list.count : 1;
    }
    if (!steps_take(scratch->steps_left, length)) {
        return failure_limit();
    }
    struct value *items = arena_array(scratch->arena, length, sizeof *items);
    size_t at = 0;
    for (size_t i = 0; i < arguments->list.count; i++) {
        const struct value *item = &arguments->list.items[i];
        for (size_t k = 0; value_is_list(item) && k < item->list.count; k++) {
            items[at++] = item->list.items[k];
        }
        if (!value_is_list(item)) {
            items[at++] = *item;
        }
    }
    return value_list_of(items, length);
}

struct value library_range(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    if (arguments->kind != VALUE_INT) {
        return refused("lists.range", arguments, count, scratch);
    }
    int64_t length = arguments->integer;
    if (length < 0) {
        return failure_text("lists.range: the length is below 0");
    }
    if (!steps_take(scratch->steps_left, (uint64_t)length)) {
        return failure_limit();
    }
    struct value *items = arena_array(scratch->arena, (size_t)length, sizeof *items);
    for (int64_t i = 0; i < length; i++) {
        items[i] = value_int(i);
    }
    return value_list_of(items, (size_t)length);
}

/* --- sets.contains, sets.equivalent, sets.intersects --- */

static bool has_all(const struct value *list, const struct value *elements,
                    struct cel_scratch *scratch)
{
    for (size_t i = 0; i < elements->list.count; i++) {
        if (!value_contains(list, &elements->list.items[i], scratch)) {
            return false;
        }
    }
    return true;
}

static bool two_lists(const struct value *arguments)
{
    return value_is_list(&arguments[0]) && value_is_list(&arguments[1]);
}

struct value library_sets_contains(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    if (!two_lists(arguments)) {
        return refused("sets.contains", arguments, count, scratch);
    }
    return unless_spent(value_bool(has_all(&arguments[0], &arguments[1], scratch)), scratch);
}

struct value library_sets_equivalent(const struct value *arguments, size_t count,
                                     struct cel_scratch *scratch)
{
    if (!two_lists(arguments)) {
        return refused("sets.equivalent", arguments, count, scratch);
    }
    bool same = has_all(&arguments[0], &arguments[1], scratch) &&
                has_all(&arguments[1], &arguments[0], scratch);
    return unless_spent(value_bool(same), scratch);
}

struct value library_sets_intersects(const struct value *arguments, size_t count,
                                     struct cel_scratch *scratch)
{
    if (!two_lists(arguments)) {
        return refused("sets.intersects", arguments, count, scratch);
    }
    for (size_t i = 0; i < arguments[1].list.count; i++) {
        if (value_contains(&arguments[0], &arguments[1].list.items[i], scratch)) {
            return value_bool(true);
        }
    }
    return unless_spent(value_bool(false), scratch);
}
