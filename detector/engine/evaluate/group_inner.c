/* group_inner.c: an outer group is made of some of the values of the inner one, so that each inner
 * group lies in one. */
#include "engine/evaluate/group_inner.h"

#include "engine/evaluate/field.h"
#include "engine/evaluate/group_keys.h"

#include <stdlib.h>

/* One expression of the inner group_by: an element is in each group. */
struct column {
    struct value whole;
    const struct value *items;
    size_t count;
};

struct inner_grouping {
    struct grouping outer;
    const struct plan_policy *inner;
    struct column *columns; /* of the inner one */
    struct digest item;     /* where groups are items: of the only group */
};

static bool is_by_item(const struct plan_policy *policy)
{
    return policy->group_by_count == 0 && !policy->group_by_given;
}

static struct digest identity_of(const struct inner_grouping *grouping, const struct value *value)
{
    return field_identity(grouping->outer.policy, grouping->outer.truth->plan->mask_key, value,
                          grouping->outer.arena);
}

static struct column column_of(struct value value)
{
    bool fans = value.kind == VALUE_LIST || value.kind == VALUE_SET;
    return (struct column){value, fans ? value.list.items : NULL,
                           fans ? value.list.count : value.kind != VALUE_NULL};
}

/* VALUE_ERROR: one has no value. */
static struct value read_columns(struct inner_grouping *grouping,
                                 const struct cel_program **failed)
{
    const struct plan_policy *inner = grouping->inner;
    grouping->columns =
        arena_array(grouping->outer.arena, inner->group_by_count, sizeof *grouping->columns);
    for (size_t i = 0; i < inner->group_by_count; i++) {
        struct value value = group_keys_value(inner->group_by[i], grouping->outer.truth);
        if (value.kind == VALUE_ERROR) {
            *failed = inner->group_by[i];
            return value;
        }
        grouping->columns[i] = column_of(value);
    }
    if (is_by_item(inner)) {
        struct host *truth = grouping->outer.truth;
        struct group_list list = group_list_of(inner, truth, truth, grouping->outer.arena);
        struct value text = value_string(list.keys[0]);
        grouping->item = identity_of(grouping, &text);
    }
    return value_null();
}

static size_t product(const struct inner_grouping *grouping)
{
    size_t groups = 1;
    for (size_t i = 0; i < grouping->inner->group_by_count; i++) {
        if (__builtin_mul_overflow(groups, grouping->columns[i].count, &groups)) {
            groups = SIZE_MAX; /* too many either way */
        }
    }
    return groups;
}

/* The elements of combination `number`; false when one is null. */
static bool read_values(const struct inner_grouping *grouping, size_t number, size_t *places,
                        struct value *values)
{
    bool has_all = true;
    for (size_t i = 0; i < grouping->inner->group_by_count; i++) {
        const struct column *column = &grouping->columns[i];
        places[i] = number % column->count;
        number /= column->count;
        values[i] = column->items ? column->items[places[i]] : column->whole;
        has_all = has_all && values[i].kind != VALUE_NULL;
    }
    return has_all;
}

/* The outer group of such a combination. */
static bool read_key(const struct inner_grouping *grouping, const size_t *places, struct span *out)
{
    const struct plan_policy *policy = grouping->outer.policy;
    size_t number = 0;
    size_t step = 1;
    if (is_by_item(policy)) {
        *out = group_list_of(policy, grouping->outer.truth, grouping->outer.shown,
                             grouping->outer.arena).keys[0];
        return true;
    }
    for (size_t i = 0; i < policy->group_by_count; i++) {
        uint32_t place = policy->inner_groups[i];
        number += step * places[place];
        step *= grouping->columns[place].count;
    }
    return group_keys_text(&grouping->outer, number, out);
}

static void add_group(const struct inner_grouping *grouping, size_t number,
                      struct group_inner_list *list)
{
    struct arena *arena = grouping->outer.arena;
    size_t count = grouping->inner->group_by_count;
    size_t *places = arena_array(arena, count, sizeof *places);
    struct value *values = arena_array(arena, count, sizeof *values);
    struct group_inner *group = &list->items[list->count];
    if (!read_values(grouping, number, places, values) ||
        !read_key(grouping, places, &group->key)) {
        list->absent++;
        return;
    }
    struct value all = {.kind = VALUE_LIST, .list = {values, count}};
    group->values = values;
    group->id = is_by_item(grouping->inner) ? grouping->item : identity_of(grouping, &all);
    list->count++;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(((const struct group_inner *)a)->id.bytes,
                  ((const struct group_inner *)b)->id.bytes, DIGEST_BYTES);
}

static void sort_unique(struct group_inner_list *list)
{
    if (list->count < 2) {
        return;
    }
    qsort(list->items, list->count, sizeof *list->items, compare_ids);
    size_t kept = 1;
    for (size_t i = 1; i < list->count; i++) {
        if (!digest_equals(&list->items[i].id, &list->items[kept - 1].id)) {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept;
}

struct group_inner_list group_inner_list_of(const struct plan_policy *policy, struct host *truth,
                                            struct host *shown, struct arena *arena)
{
    struct inner_grouping grouping = {
        .outer = {.policy = policy, .truth = truth, .shown = shown, .arena = arena},
        .inner = policy->inner};
    struct group_inner_list list = {.error = read_columns(&grouping, &list.failed)};
    if (list.error.kind != VALUE_ERROR) {
        list.error = group_keys_read(&grouping.outer, &list.failed);
    }
    if (list.error.kind == VALUE_ERROR) {
        return list;
    }
    size_t groups = product(&grouping);
    size_t taken = groups < GROUP_COUNT_MAX ? groups : GROUP_COUNT_MAX;
    list.items = arena_array(arena, taken, sizeof *list.items);
    list.absent = groups == 0;
    list.cut = groups - taken;
    for (size_t i = 0; i < taken; i++) {
        add_group(&grouping, i, &list);
    }
    sort_unique(&list);
    return list;
}
