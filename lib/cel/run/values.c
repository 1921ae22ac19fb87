/* values.c: order and equality across kinds of numbers, deep and within the budget. */
#include "cel/run/values.h"

#include "model/semver.h"

#include <math.h>
#include <stdlib.h>

/* --- numbers --- */

bool value_is_number(const struct value *value)
{
    return value->kind == VALUE_INT || value->kind == VALUE_UINT || value->kind == VALUE_DOUBLE ||
           value->kind == VALUE_DECIMAL;
}

static enum value_order order_of(int comparison)
{
    return comparison < 0 ? ORDER_LESS : comparison > 0 ? ORDER_GREATER : ORDER_EQUAL;
}

static enum value_order order_doubles(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return ORDER_NONE;
    }
    return order_of((a > b) - (a < b));
}

static enum value_order order_int_uint(int64_t a, uint64_t b)
{
    if (a < 0) {
        return ORDER_LESS;
    }
    return order_of(((uint64_t)a > b) - ((uint64_t)a < b));
}

static enum value_order order_reversed(enum value_order order)
{
    return order == ORDER_LESS ? ORDER_GREATER : order == ORDER_GREATER ? ORDER_LESS : order;
}

bool value_to_decimal(const struct value *value, struct decimal *out)
{
    if (value->kind == VALUE_DECIMAL) {
        *out = value->decimal;
    } else if (value->kind == VALUE_INT) {
        *out = decimal_from_int(value->integer);
    } else if (value->kind == VALUE_UINT) {
        *out = decimal_from_uint(value->unsigned_integer);
    } else {
        return false;
    }
    return true;
}

/* By the double's exact binary value: a decimal 0.1 is less than the double 0.1. */
static enum value_order order_decimal_double(struct decimal a, double b)
{
    if (isnan(b)) {
        return ORDER_NONE;
    }
    if (isinf(b)) {
        return b > 0 ? ORDER_LESS : ORDER_GREATER;
    }
    return order_of(decimal_compare_double(a, b));
}

static enum value_order order_decimal(const struct value *a, const struct value *b)
{
    struct decimal left;
    struct decimal right;
    if (a->kind == VALUE_DOUBLE) {
        return order_reversed(order_decimal_double(b->decimal, a->real));
    }
    if (b->kind == VALUE_DOUBLE) {
        return order_decimal_double(a->decimal, b->real);
    }
    if (!value_to_decimal(a, &left) || !value_to_decimal(b, &right)) {
        return ORDER_NO_OVERLOAD;
    }
    return order_of(decimal_compare(left, right));
}

static double as_double(const struct value *value)
{
    if (value->kind == VALUE_INT) {
        return (double)value->integer;
    }
    return value->kind == VALUE_UINT ? (double)value->unsigned_integer : value->real;
}

/* int and double meet as doubles, which loses digits beyond 2^53: the specification wants it so. */
static enum value_order order_numbers(const struct value *a, const struct value *b)
{
    if (a->kind == VALUE_DECIMAL || b->kind == VALUE_DECIMAL) {
        return order_decimal(a, b);
    }
    if (a->kind == VALUE_DOUBLE || b->kind == VALUE_DOUBLE) {
        return order_doubles(as_double(a), as_double(b));
    }
    if (a->kind == VALUE_INT && b->kind == VALUE_INT) {
        return order_of((a->integer > b->integer) - (a->integer < b->integer));
    }
    if (a->kind == VALUE_INT) {
        return order_int_uint(a->integer, b->unsigned_integer);
    }
    if (b->kind == VALUE_INT) {
        return order_reversed(order_int_uint(b->integer, a->unsigned_integer));
    }
    return order_of((a->unsigned_integer > b->unsigned_integer) -
                    (a->unsigned_integer < b->unsigned_integer));
}

static enum value_order order_times(const struct value_time *a, const struct value_time *b)
{
    if (a->seconds != b->seconds) {
        return a->seconds < b->seconds ? ORDER_LESS : ORDER_GREATER;
    }
    return order_of((a->nanos > b->nanos) - (a->nanos < b->nanos));
}

enum value_order values_order(const struct value *a, const struct value *b)
{
    if (value_is_number(a) && value_is_number(b)) {
        return order_numbers(a, b);
    }
    if (a->kind != b->kind) {
        return ORDER_NO_OVERLOAD;
    }
    if (a->kind == VALUE_STRING || a->kind == VALUE_BYTES) {
        return order_of(span_compare(a->text, b->text));
    }
    if (a->kind == VALUE_BOOL) {
        return order_of(a->boolean - b->boolean);
    }
    if (a->kind == VALUE_TIMESTAMP) {
        return order_times(&a->time, &b->time);
    }
    if (a->kind == VALUE_DURATION) {
        return order_of((a->duration_ns > b->duration_ns) - (a->duration_ns < b->duration_ns));
    }
    return ORDER_NO_OVERLOAD;
}

/* --- equality --- */

static bool lists_equal(const struct value_list *a, const struct value_list *b,
                        struct cel_scratch *scratch)
{
    if (a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (!steps_take(scratch->steps_left, CEL_ELEMENT_STEPS) ||
            !values_equal(&a->items[i], &b->items[i], scratch)) {
            return false;
        }
    }
    return true;
}

static bool list_has_all(const struct value *list, const struct value *elements,
                         struct cel_scratch *scratch)
{
    for (size_t i = 0; i < elements->list.count; i++) {
        if (!value_contains(list, &elements->list.items[i], scratch)) {
            return false;
        }
    }
    return true;
}

/* Of elements that are texts only the longest counts. */
static uint64_t comparison_steps(const struct value_list *list)
{
    size_t longest = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct value *item = &list->items[i];
        bool is_text = item->kind == VALUE_STRING || item->kind == VALUE_BYTES;
        longest = is_text && item->text.len > longest ? item->text.len : longest;
    }
    return CEL_ORDER_STEPS + longest / CEL_BYTES_PER_STEP;
}

/* Sorting n elements takes about n * log2(n) comparisons. */
uint64_t sort_steps(const struct value_list *list)
{
    uint64_t comparisons = list->count;
    for (size_t left = list->count; left > 1; left /= 2) {
        comparisons += list->count;
    }
    return comparisons * comparison_steps(list);
}

static int compare_elements(const void *a, const void *b)
{
    enum value_order order = values_order(a, b);
    return order == ORDER_LESS ? -1 : order == ORDER_GREATER;
}

static struct value_list sorted(const struct value_list *list, struct cel_scratch *scratch)
{
    struct value *items = arena_array(scratch->arena, list->count, sizeof *items);
    memcpy(items, list->items, list->count * sizeof *items);
    qsort(items, list->count, sizeof *items, compare_elements);
    return (struct value_list){items, list->count};
}

/* Sets of the database are of one kind that has an order; so they are sorted, not searched. A list
 * beside a set may hold anything, twice too: each side must have all of the other. */
static bool sets_equal(const struct value *a, const struct value *b, struct cel_scratch *scratch)
{
    if (a->list.count != b->list.count) {
        return false;
    }
    if (lists_equal(&a->list, &b->list, scratch)) {
        return true;
    }
    if (a->kind == VALUE_LIST || b->kind == VALUE_LIST) {
        return list_has_all(a, b, scratch) && list_has_all(b, a, scratch);
    }
    if (!steps_take(scratch->steps_left, sort_steps(&a->list) + sort_steps(&b->list))) {
        return false;
    }
    struct value_list left = sorted(&a->list, scratch);
    struct value_list right = sorted(&b->list, scratch);
    return lists_equal(&left, &right, scratch);
}

/* Two images of one item mostly have their entries in the same order: that is tried first. */
static const struct value *find_near(const struct value *map, size_t position,
                                     const struct value *key, struct cel_scratch *scratch)
{
    const struct value_entry *near = &map->map.entries[position];
    return values_equal(&near->key, key, scratch) ? &near->value
                                                  : value_map_find(map, key, scratch);
}

static bool maps_equal(const struct value *a, const struct value *b, struct cel_scratch *scratch)
{
    if (a->map.count != b->map.count) {
        return false;
    }
    for (size_t i = 0; i < a->map.count; i++) {
        const struct value *other = find_near(b, i, &a->map.entries[i].key, scratch);
        if (!other || !steps_take(scratch->steps_left, CEL_ELEMENT_STEPS) ||
            !values_equal(&a->map.entries[i].value, other, scratch)) {
            return false;
        }
    }
    return true;
}

static bool optionals_equal(const struct value *a, const struct value *b,
                            struct cel_scratch *scratch)
{
    if (!a->optional || !b->optional) {
        return a->optional == b->optional;
    }
    return values_equal(a->optional, b->optional, scratch);
}

static bool addresses_equal(const struct value_address *a, const struct value_address *b)
{
    return a->family == b->family && a->is_network == b->is_network &&
           a->prefix_length == b->prefix_length &&
           memcmp(a->bytes, b->bytes, a->family == 4 ? 4 : sizeof a->bytes) == 0;
}

static bool same_kind_equal(const struct value *a, const struct value *b,
                            struct cel_scratch *scratch)
{
    switch (a->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a->boolean == b->boolean;
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_TYPE:
    case VALUE_URL:
    case VALUE_FORMAT:
        return texts_equal(a->text, b->text, scratch->steps_left);
    case VALUE_MAP:
        return maps_equal(a, b, scratch);
    case VALUE_TIMESTAMP:
        return order_times(&a->time, &b->time) == ORDER_EQUAL;
    case VALUE_DURATION:
        return a->duration_ns == b->duration_ns;
    case VALUE_OPTIONAL:
        return optionals_equal(a, b, scratch);
    case VALUE_ADDRESS:
        return addresses_equal(&a->address, &b->address);
    case VALUE_QUANTITY:
        return decimal_compare(a->decimal, b->decimal) == 0;
    case VALUE_SEMVER:
        return semver_compare(a->text, b->text) == 0;
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
    case VALUE_LIST:
    case VALUE_SET:
    case VALUE_ERROR:
        break;
    }
    return false;
}

bool values_equal(const struct value *a, const struct value *b, struct cel_scratch *scratch)
{
    if (value_is_number(a) && value_is_number(b)) {
        bool decimal = a->kind == VALUE_DECIMAL || b->kind == VALUE_DECIMAL;
        return (!decimal || steps_take(scratch->steps_left, CEL_ORDER_STEPS)) &&
               order_numbers(a, b) == ORDER_EQUAL;
    }
    if (value_is_list(a) && value_is_list(b)) {
        bool ordered = a->kind == VALUE_LIST && b->kind == VALUE_LIST;
        return ordered ? lists_equal(&a->list, &b->list, scratch) : sets_equal(a, b, scratch);
    }
    return a->kind == b->kind && same_kind_equal(a, b, scratch);
}

/* --- containers --- */

const struct value *value_map_find(const struct value *map, const struct value *key,
                                   struct cel_scratch *scratch)
{
    uint64_t steps = key->kind == VALUE_STRING ? 1 : CEL_ELEMENT_STEPS;
    if (!steps_take(scratch->steps_left, steps * map->map.count)) {
        return NULL;
    }
    if (key->kind == VALUE_STRING) {
        return value_map_get(map, key->text);
    }
    for (size_t i = 0; i < map->map.count; i++) {
        if (values_equal(&map->map.entries[i].key, key, scratch)) {
            return &map->map.entries[i].value;
        }
    }
    return NULL;
}

bool value_contains(const struct value *range, const struct value *element,
                    struct cel_scratch *scratch)
{
    if (range->kind == VALUE_MAP) {
        return value_map_find(range, element, scratch) != NULL;
    }
    for (size_t i = 0; i < range->list.count; i++) {
        if (!steps_take(scratch->steps_left, CEL_ELEMENT_STEPS)) {
            return false;
        }
        if (values_equal(&range->list.items[i], element, scratch)) {
            return true;
        }
    }
    return false;
}

bool value_to_index(const struct value *value, int64_t *index)
{
    if (value->kind == VALUE_INT) {
        *index = value->integer;
        return true;
    }
    if (value->kind == VALUE_UINT && value->unsigned_integer <= INT64_MAX) {
        *index = (int64_t)value->unsigned_integer;
        return true;
    }
    /* beyond 2^53 a double stands for several integers */
    if (value->kind == VALUE_DOUBLE && fabs(value->real) < 0x1p53 &&
        value->real == trunc(value->real)) {
        *index = (int64_t)value->real;
        return true;
    }
    return value->kind == VALUE_DECIMAL && decimal_to_int(value->decimal, index) == STATUS_OK;
}

struct value value_some(struct arena *arena, const struct value *content)
{
    struct value *copy = arena_alloc(arena, sizeof *copy);
    *copy = *content;
    return (struct value){.kind = VALUE_OPTIONAL, .optional = copy};
}

/* --- names and failures --- */

struct span value_type_name(const struct value *value)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null_type",
        [VALUE_BOOL] = "bool",
        [VALUE_INT] = "int",
        [VALUE_UINT] = "uint",
        [VALUE_DOUBLE] = "double",
        [VALUE_DECIMAL] = "decimal",
        [VALUE_STRING] = "string",
        [VALUE_BYTES] = "bytes",
        [VALUE_LIST] = "list",
        [VALUE_SET] = "list",
        [VALUE_MAP] = "map",
        [VALUE_TIMESTAMP] = "google.protobuf.Timestamp",
        [VALUE_DURATION] = "google.protobuf.Duration",
        [VALUE_TYPE] = "type",
        [VALUE_OPTIONAL] = "optional_type",
        [VALUE_ADDRESS] = "net.IP",
        [VALUE_QUANTITY] = "kubernetes.Quantity",
        [VALUE_SEMVER] = "kubernetes.Semver",
        [VALUE_URL] = "kubernetes.URL",
        [VALUE_FORMAT] = "kubernetes.NamedFormat",
        [VALUE_ERROR] = "error",
    };
    if (value->kind == VALUE_ADDRESS && value->address.is_network) {
        return SPAN("net.CIDR");
    }
    return span_view(names[value->kind]);
}

static struct span kind_text(const struct value *value)
{
    return span_view(value_kind_name(value->kind));
}

static bool mixes_decimal_and_double(const struct value *arguments, size_t count)
{
    return count == 2 &&
           ((arguments[0].kind == VALUE_DECIMAL && arguments[1].kind == VALUE_DOUBLE) ||
            (arguments[0].kind == VALUE_DOUBLE && arguments[1].kind == VALUE_DECIMAL));
}

struct value failure_no_overload(const char *function, const struct value *arguments, size_t count,
                                 struct arena *arena)
{
    struct span text;
    if (mixes_decimal_and_double(arguments, count)) {
        text = arena_printf(arena, "%s has no overload for decimal and double: write decimal(x)",
                            function);
    } else if (count == 1) {
        text = arena_printf(arena, "%s has no overload for %.*s", function,
                            SPAN_ARG(kind_text(arguments)));
    } else if (count == 2) {
        text = arena_printf(arena, "%s has no overload for %.*s and %.*s", function,
                            SPAN_ARG(kind_text(arguments)), SPAN_ARG(kind_text(arguments + 1)));
    } else {
        text = arena_printf(arena, "%s has no overload for these %zu arguments", function, count);
    }
    return value_failure(VALUE_ERROR_NO_OVERLOAD, text);
}

struct value failure_limit(void)
{
    return value_failure(VALUE_ERROR_LIMIT, SPAN("the evaluation took more steps than allowed"));
}

struct value failure_malformed(const char *what, struct span text, struct arena *arena)
{
    enum { SHOWN_BYTES_MAX = 64 };
    text.len = text.len > SHOWN_BYTES_MAX ? SHOWN_BYTES_MAX : text.len;
    text.len = span_utf8_prefix(text);
    return value_failure(VALUE_ERROR_OTHER,
                         arena_printf(arena, "'%.*s' is no %s", SPAN_ARG(text), what));
}
