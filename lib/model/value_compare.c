/* value_compare.c: equality and order as a person means them: numbers across kinds by value, sets
 * and maps without order. */
#include "model/value.h"

#include "base/check.h"
#include "model/semver.h"

#include <math.h>
#include <stdlib.h>

enum { SORTED_ON_STACK_MAX = 64 };

static bool is_number(enum value_kind kind)
{
    return kind == VALUE_INT || kind == VALUE_UINT || kind == VALUE_DOUBLE || kind == VALUE_DECIMAL;
}

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_uint(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static double as_double(const struct value *number)
{
    return number->kind == VALUE_INT    ? (double)number->integer
           : number->kind == VALUE_UINT ? (double)number->unsigned_integer
                                        : number->real;
}

/* A decimal against a double that may be infinite. */
static bool compare_decimal_double(struct decimal a, double b, int *order)
{
    if (isnan(b)) {
        return false;
    }
    *order = isinf(b) ? (b < 0 ? 1 : -1) : decimal_compare_double(a, b);
    return true;
}

/* Two numbers of which at least one is a double. */
static bool compare_doubles(const struct value *a, const struct value *b, int *order)
{
    if (a->kind == VALUE_DECIMAL) {
        return compare_decimal_double(a->decimal, b->real, order);
    }
    if (b->kind == VALUE_DECIMAL) {
        bool ordered = compare_decimal_double(b->decimal, a->real, order);
        *order = ordered ? -*order : *order;
        return ordered;
    }
    /* an int beyond 2^53 loses digits here, as it does in expressions */
    double left = as_double(a);
    double right = as_double(b);
    if (isnan(left) || isnan(right)) {
        return false;
    }
    *order = (left > right) - (left < right);
    return true;
}

static struct decimal as_decimal(const struct value *number)
{
    return number->kind == VALUE_INT    ? decimal_from_int(number->integer)
           : number->kind == VALUE_UINT ? decimal_from_uint(number->unsigned_integer)
                                        : number->decimal;
}

static bool compare_numbers(const struct value *a, const struct value *b, int *order)
{
    if (a->kind == VALUE_DOUBLE || b->kind == VALUE_DOUBLE) {
        return compare_doubles(a, b, order);
    }
    if (a->kind == VALUE_INT && b->kind == VALUE_INT) {
        *order = compare_int(a->integer, b->integer);
    } else if (a->kind == VALUE_UINT && b->kind == VALUE_UINT) {
        *order = compare_uint(a->unsigned_integer, b->unsigned_integer);
    } else {
        *order = decimal_compare(as_decimal(a), as_decimal(b));
    }
    return true;
}

static int compare_times(struct value_time a, struct value_time b)
{
    int order = compare_int(a.seconds, b.seconds);
    return order ? order : compare_int(a.nanos, b.nanos);
}

bool value_compare(const struct value *a, const struct value *b, int *order)
{
    if (is_number(a->kind) && is_number(b->kind)) {
        return compare_numbers(a, b, order);
    }
    if (a->kind != b->kind) {
        return false;
    }
    switch ((int)a->kind) {
    case VALUE_STRING:
    case VALUE_BYTES: *order = span_compare(a->text, b->text); return true;
    case VALUE_BOOL: *order = (int)a->boolean - (int)b->boolean; return true;
    case VALUE_TIMESTAMP: *order = compare_times(a->time, b->time); return true;
    case VALUE_DURATION: *order = compare_int(a->duration_ns, b->duration_ns); return true;
    case VALUE_QUANTITY: *order = decimal_compare(a->decimal, b->decimal); return true;
    case VALUE_SEMVER: *order = semver_compare(a->text, b->text); return true;
    default: return false;
    }
}

/* Members of a list (values) or of a map (entries, which begin with their key). */
struct members {
    const struct value *first;
    size_t count;
    size_t stride_bytes;
};

static const struct value *member(struct members members, size_t index)
{
    return (const void *)((const char *)members.first + index * members.stride_bytes);
}

static struct members list_members(const struct value *list)
{
    return (struct members){list->list.items, list->list.count, sizeof(struct value)};
}

static struct members map_members(const struct value *map)
{
    return (struct members){(const void *)map->map.entries, map->map.count,
                            sizeof(struct value_entry)};
}

static bool member_equals(const struct value *a, const struct value *b, size_t stride_bytes)
{
    if (!value_equals(a, b)) {
        return false;
    }
    return stride_bytes == sizeof *a ||
           value_equals(&((const struct value_entry *)(const void *)a)->value,
                        &((const struct value_entry *)(const void *)b)->value);
}

/* For sorting: an order of all values; kinds without an order keep their places. */
static int compare_members(const void *a, const void *b)
{
    const struct value *left = *(const struct value *const *)a;
    const struct value *right = *(const struct value *const *)b;
    int order = 0;
    if (value_compare(left, right, &order)) {
        return order;
    }
    /* the kinds of numbers follow each other, so that numbers stand together */
    return (left->kind > right->kind) - (left->kind < right->kind);
}

static void sort_members(struct members members, const struct value **sorted)
{
    for (size_t i = 0; i < members.count; i++) {
        sorted[i] = member(members, i);
    }
    qsort(sorted, members.count, sizeof *sorted, compare_members);
}

/* As many members on both sides: equal when sorted? `sorted` has room for both. */
static bool equal_sorted(struct members a, struct members b, const struct value **sorted)
{
    const struct value **a_sorted = sorted;
    const struct value **b_sorted = sorted + a.count;
    sort_members(a, a_sorted);
    sort_members(b, b_sorted);
    for (size_t i = 0; i < a.count; i++) {
        if (!member_equals(a_sorted[i], b_sorted[i], a.stride_bytes)) {
            return false;
        }
    }
    return true;
}

static bool equal_in_order(struct members a, struct members b)
{
    for (size_t i = 0; i < a.count; i++) {
        if (!member_equals(member(a, i), member(b, i), a.stride_bytes)) {
            return false;
        }
    }
    return true;
}

/* The same members with the same multiplicity, in whatever order. */
static bool equal_unordered(struct members a, struct members b)
{
    const struct value *on_stack[2 * SORTED_ON_STACK_MAX];
    if (a.count != b.count) {
        return false;
    }
    if (equal_in_order(a, b)) {
        return true;
    }
    if (a.count <= SORTED_ON_STACK_MAX) {
        return equal_sorted(a, b, on_stack);
    }
    const struct value **sorted = calloc(a.count, 2 * sizeof *sorted);
    if (!sorted) {
        check_memory_exhausted(a.count * 2 * sizeof *sorted);
    }
    bool equal = equal_sorted(a, b, sorted);
    free(sorted);
    return equal;
}

static bool equal_lists(const struct value *a, const struct value *b)
{
    return a->list.count == b->list.count && equal_in_order(list_members(a), list_members(b));
}

static bool equal_optionals(const struct value *a, const struct value *b)
{
    return a->optional && b->optional ? value_equals(a->optional, b->optional)
                                      : a->optional == b->optional;
}

static bool equal_addresses(const struct value_address *a, const struct value_address *b)
{
    return a->family == b->family && a->is_network == b->is_network &&
           a->prefix_length == b->prefix_length &&
           memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : sizeof a->bytes) == 0;
}

static bool is_list(enum value_kind kind)
{
    return kind == VALUE_LIST || kind == VALUE_SET;
}

bool value_equals(const struct value *a, const struct value *b)
{
    int order = 0;
    if (value_compare(a, b, &order)) {
        return order == 0;
    }
    if (a->kind != b->kind) {
        return is_list(a->kind) && is_list(b->kind) &&
               equal_unordered(list_members(a), list_members(b));
    }
    switch ((int)a->kind) {
    case VALUE_NULL: return true;
    case VALUE_LIST: return equal_lists(a, b);
    case VALUE_SET: return equal_unordered(list_members(a), list_members(b));
    case VALUE_MAP: return equal_unordered(map_members(a), map_members(b));
    case VALUE_URL:
    case VALUE_FORMAT:
    case VALUE_TYPE: return span_equals(a->text, b->text);
    case VALUE_OPTIONAL: return equal_optionals(a, b);
    case VALUE_ADDRESS: return equal_addresses(&a->address, &b->address);
    default: return false; /* NaN, errors */
    }
}
