/* diff.c: sorts both images by name and walks them side by side. */
#include "engine/evaluate/diff.h"

/* Merges the sorted runs [from, middle) and [middle, to) of `source` into `target`. */
static void merge_runs(const struct attribute **source, const struct attribute **target,
                       const size_t bounds[3])
{
    size_t left = bounds[0];
    size_t right = bounds[1];
    for (size_t i = bounds[0]; i < bounds[2]; i++) {
        bool take_left = left < bounds[1] &&
                         (right >= bounds[2] ||
                          span_compare(source[left]->name, source[right]->name) <= 0);
        target[i] = take_left ? source[left++] : source[right++];
    }
}

/* An image's attributes by name: a merge sort, because qsort may allocate. */
static const struct attribute **sorted_attributes(const struct image *image, struct arena *arena)
{
    size_t count = image->count;
    const struct attribute **sorted = arena_array(arena, count, sizeof *sorted);
    const struct attribute **other = arena_array(arena, count, sizeof *other);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &image->attributes[i];
    }
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t from = 0; from < count; from += 2 * width) {
            size_t middle = from + width < count ? from + width : count;
            size_t to = middle + width < count ? middle + width : count;
            merge_runs(sorted, other, (size_t[3]){from, middle, to});
        }
        const struct attribute **swapped = sorted;
        sorted = other;
        other = swapped;
    }
    return sorted;
}

/* The next name of two sorted images, and what each holds under it. */
static struct diff_item next_item(const struct attribute **before, const struct attribute **after)
{
    int order = !before ? 1 : !after ? -1 : span_compare((*before)->name, (*after)->name);
    return (struct diff_item){
        .name = order <= 0 ? (*before)->name : (*after)->name,
        .before = order <= 0 ? *before : NULL,
        .after = order >= 0 ? *after : NULL,
    };
}

struct diff diff_of(const struct change *change, struct arena *arena)
{
    size_t old_count = change->old_image.count;
    size_t new_count = change->new_image.count;
    const struct attribute **before = sorted_attributes(&change->old_image, arena);
    const struct attribute **after = sorted_attributes(&change->new_image, arena);
    struct diff_item *items = arena_array(arena, old_count + new_count, sizeof *items);
    size_t count = 0;
    size_t i = 0;
    size_t k = 0;
    while (i < old_count || k < new_count) {
        struct diff_item item =
            next_item(i < old_count ? before + i : NULL, k < new_count ? after + k : NULL);
        i += item.before != NULL;
        k += item.after != NULL;
        if (!attribute_equals(item.before, item.after, arena)) {
            items[count++] = item;
        }
    }
    return (struct diff){items, count};
}

bool diff_attribute_differs(const struct change *change, struct span name, struct arena *arena)
{
    const struct attribute *before = image_find(&change->old_image, name);
    const struct attribute *after = image_find(&change->new_image, name);
    return (before || after) && !attribute_equals(before, after, arena);
}

/* Cuts the first name off a path. */
static struct span next_name(struct span *path)
{
    bool quoted = path->len && path->ptr[0] == '`';
    const char *from = path->ptr + quoted;
    size_t length = 0;
    size_t length_max = path->len - quoted;
    while (length < length_max && from[length] != (quoted ? '`' : '.')) {
        length++;
    }
    size_t used = quoted + length + (quoted && length < length_max);
    used += used < path->len && path->ptr[used] == '.';
    *path = span_of(path->ptr + used, path->len - used);
    return span_of(from, length);
}

/* What lies at the rest of a path below an attribute; NULL when nothing does. */
static const struct value *value_below(const struct value *value, struct span path)
{
    while (value && path.len) {
        struct span name = next_name(&path);
        value = value->kind == VALUE_MAP ? value_map_get(value, name) : NULL;
    }
    return value;
}

static bool differ_below(const struct attribute *before, const struct attribute *after,
                         struct span path, struct arena *arena)
{
    struct value old_value = before ? attribute_value(before, arena) : value_null();
    struct value new_value = after ? attribute_value(after, arena) : value_null();
    const struct value *a = value_below(before ? &old_value : NULL, path);
    const struct value *b = value_below(after ? &new_value : NULL, path);
    return a && b ? !value_equals(a, b) : a != b;
}

bool diff_path_differs(const struct change *change, struct span path, struct arena *arena)
{
    if (diff_attribute_differs(change, path, arena)) {
        return true;
    }
    struct span rest = path;
    struct span name = next_name(&rest);
    if (rest.len == 0) {
        return name.len != path.len && diff_attribute_differs(change, name, arena);
    }
    return differ_below(image_find(&change->old_image, name), image_find(&change->new_image, name),
                        rest, arena);
}
