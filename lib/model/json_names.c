/* Duplicate member names: small objects by comparing, larger ones by sorting when they close. No
 * choice of names makes that slower than n log n, as it would a hash table. */
#include "model/json_scan.h"

static bool fail_duplicate(struct json_scan *scan, const char *place)
{
    return json_scan_fail(scan, "the object has two members of this name", place);
}

/* A bit of a 64-bit set that equal names share. */
static uint64_t name_bit(struct span name)
{
    if (name.len == 0) {
        return 1;
    }
    unsigned first = (unsigned char)name.ptr[0];
    unsigned middle = (unsigned char)name.ptr[name.len / 2];
    unsigned last = (unsigned char)name.ptr[name.len - 1];
    return (uint64_t)1 << ((name.len * 5 + first * 3 + middle * 7 + last * 11) & 63);
}

static bool name_known(const struct json_scan *scan, uint32_t first, struct span name)
{
    for (uint32_t i = first; i < scan->name_count; i++) {
        if (span_equals(scan->names[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void names_grow(struct json_scan *scan)
{
    uint32_t capacity = scan->name_capacity * 2;
    struct json_member_name *names = arena_array(scan->arena, capacity, sizeof *names);
    memcpy(names, scan->names, scan->name_count * sizeof *names);
    scan->names = names;
    scan->name_capacity = capacity;
}

bool json_names_push(struct json_scan *scan, struct json_object *object, struct span name,
                     const char *place)
{
    uint64_t bit = name_bit(name);
    uint32_t count = scan->name_count - object->first_name;
    if ((object->seen & bit) && count < JSON_KEYS_COMPARED_MAX &&
        name_known(scan, object->first_name, name)) {
        return fail_duplicate(scan, place);
    }
    object->seen |= bit;
    if (scan->name_count == scan->name_capacity) {
        names_grow(scan);
    }
    scan->names[scan->name_count++] = (struct json_member_name){name, place};
    return true;
}

/* A name with its hash, by which names are sorted: most comparisons need not look at the bytes. */
struct hashed_name {
    uint64_t hash;
    const struct json_member_name *member;
};

static int hashed_compare(const struct hashed_name *a, const struct hashed_name *b)
{
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return span_compare(a->member->name, b->member->name);
}

/* Merges from[begin, middle) and from[middle, end), each sorted, into `to` at the same place. */
static void merge(const struct hashed_name *from, struct hashed_name *to, size_t begin,
                  size_t middle, size_t end)
{
    size_t left = begin;
    size_t right = middle;
    for (size_t i = begin; i < end; i++) {
        bool take_left =
            left < middle && (right == end || hashed_compare(&from[left], &from[right]) <= 0);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* Merge sort: at most n log n comparisons; equal names keep their order. Returns which of the two
 * arrays holds the result. */
static const struct hashed_name *names_sort(struct hashed_name *names, struct hashed_name *spare,
                                            size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t begin = 0; begin < count; begin += 2 * width) {
            size_t middle = begin + width < count ? begin + width : count;
            size_t end = middle + width < count ? middle + width : count;
            merge(names, spare, begin, middle, end);
        }
        struct hashed_name *sorted = spare;
        spare = names;
        names = sorted;
    }
    return names;
}

static bool names_are_unique(struct json_scan *scan, const struct json_member_name *members,
                             size_t count)
{
    struct hashed_name *names = arena_array(scan->arena, 2 * count, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = (struct hashed_name){span_hash(members[i].name), &members[i]};
    }
    const struct hashed_name *sorted = names_sort(names, names + count, count);
    for (size_t i = 1; i < count; i++) {
        if (hashed_compare(&sorted[i - 1], &sorted[i]) == 0) {
            return fail_duplicate(scan, sorted[i].member->place);
        }
    }
    return true;
}

bool json_names_pop(struct json_scan *scan, const struct json_object *object)
{
    const struct json_member_name *members = scan->names + object->first_name;
    uint32_t count = scan->name_count - object->first_name;
    scan->name_count = object->first_name;
    return count <= JSON_KEYS_COMPARED_MAX || names_are_unique(scan, members, count);
}
