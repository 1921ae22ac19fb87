/* Duplicate member names: small objects by comparing, larger ones by sorting when they close, so
 * that no choice of names makes it slower than n log n. */
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

/* By length, then bytes, then place. */
static int names_compare(const struct json_member_name *a, const struct json_member_name *b)
{
    if (a->name.len != b->name.len) {
        return a->name.len < b->name.len ? -1 : 1;
    }
    int order = a->name.len ? memcmp(a->name.ptr, b->name.ptr, a->name.len) : 0;
    return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

static void names_swap(struct json_member_name *a, struct json_member_name *b)
{
    struct json_member_name kept = *a;
    *a = *b;
    *b = kept;
}

/* Lets names[root] sink to its place in the heap names[0..count). */
static void heap_sink(struct json_member_name *names, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count && names_compare(&names[child], &names[child + 1]) < 0) {
            child++;
        }
        if (names_compare(&names[root], &names[child]) >= 0) {
            return;
        }
        names_swap(&names[root], &names[child]);
        root = child;
    }
}

/* Heap sort: n log n at worst, in place. */
static void names_sort(struct json_member_name *names, size_t count)
{
    for (size_t i = count / 2; i > 0; i--) {
        heap_sink(names, i - 1, count);
    }
    for (size_t left = count; left > 1; left--) {
        names_swap(&names[0], &names[left - 1]);
        heap_sink(names, 0, left - 1);
    }
}

void json_names_pop(struct json_scan *scan, const struct json_object *object)
{
    struct json_member_name *names = scan->names + object->first_name;
    uint32_t count = scan->name_count - object->first_name;
    scan->name_count = object->first_name;
    if (count <= JSON_KEYS_COMPARED_MAX) {
        return;
    }
    names_sort(names, count);
    for (uint32_t i = 1; i < count; i++) {
        if (span_equals(names[i - 1].name, names[i].name)) {
            fail_duplicate(scan, names[i].place);
        }
    }
}
