/* field.c: equal values must give equal texts: entries of maps and members of sets are sorted. */
#include "engine/evaluate/field.h"

#include "base/digest.h"
#include "base/hmac.h"

#include <stdlib.h>

static struct value canonical(const struct value *value, struct arena *arena);

static int compare_entries(const void *a, const void *b)
{
    const struct value_entry *left = a;
    const struct value_entry *right = b;
    int order = 0;
    if (!value_compare(&left->key, &right->key, &order)) {
        order = left->key.kind < right->key.kind ? -1 : left->key.kind > right->key.kind;
    }
    return order;
}

static int compare_members(const void *a, const void *b)
{
    int order = 0;
    (void)value_compare(a, b, &order); /* members of a set are of one kind */
    return order;
}

static struct value canonical_map(const struct value *map, struct arena *arena)
{
    size_t count = map->map.count;
    struct value_entry *entries = arena_array(arena, count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        entries[i].key = map->map.entries[i].key;
        entries[i].value = canonical(&map->map.entries[i].value, arena);
    }
    if (count > 1) {
        qsort(entries, count, sizeof *entries, compare_entries);
    }
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}

static struct value canonical_list(const struct value *list, struct arena *arena)
{
    size_t count = list->list.count;
    struct value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = canonical(&list->list.items[i], arena);
    }
    if (list->kind == VALUE_SET && count > 1) {
        qsort(items, count, sizeof *items, compare_members);
    }
    return (struct value){.kind = list->kind, .list = {items, count}};
}

static struct value canonical(const struct value *value, struct arena *arena)
{
    if (value->kind == VALUE_MAP) {
        return canonical_map(value, arena);
    }
    bool is_list = value->kind == VALUE_LIST || value->kind == VALUE_SET;
    return is_list ? canonical_list(value, arena) : *value;
}

struct digest field_identity(const struct plan_policy *policy, struct span mask_key,
                             const struct value *value, struct arena *arena)
{
    unsigned char hash[HMAC_BYTES];
    struct digest digest;
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    struct value sorted = canonical(value, arena);
    bool masked = policy->mask_count > 0 && mask_key.len > 0;
    struct span key =
        masked ? mask_key : span_of((const char *)policy->state_id.bytes, DIGEST_BYTES);
    value_write_json(&sorted, &writer);
    hmac_sha256(key, buf_view(&text), hash);
    memcpy(digest.bytes, hash, sizeof digest.bytes);
    buf_deinit(&text);
    return digest;
}

struct span field_text(const struct digest *identity, struct arena *arena)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(identity, hex);
    return arena_printf(arena, "\"%s\"", hex);
}

static bool number_of(const struct value *value, bool truths, struct decimal *out)
{
    if (truths && value->kind == VALUE_BOOL) {
        *out = decimal_from_int(value->boolean);
        return true;
    }
    if (value->kind == VALUE_DECIMAL) {
        *out = value->decimal;
    } else if (value->kind == VALUE_INT) {
        *out = decimal_from_int(value->integer);
    } else if (value->kind == VALUE_UINT) {
        *out = decimal_from_uint(value->unsigned_integer);
    } else {
        return value->kind == VALUE_DOUBLE && decimal_from_double(value->real, out) == STATUS_OK;
    }
    return true;
}

/* Why a number is none that the correlation wants; empty when it is one. */
static struct span refusal_of(enum plan_number wanted, struct decimal number)
{
    bool truth = decimal_equals(number, decimal_from_int(0)) ||
                 decimal_equals(number, decimal_from_int(1));
    if (wanted == PLAN_NUMBER_ADDED && number.negative) {
        return SPAN("the field of the correlation is below 0: a sum with gt and gte alone only "
                    "adds; give it an upper bound too, or watch value_avg");
    }
    if (wanted == PLAN_NUMBER_CHANGE && number.negative) {
        return SPAN("the field of the correlation is below 0, no size of a change: write "
                    "math.abs(new.x - old.x) / math.abs(old.x)");
    }
    if (wanted == PLAN_NUMBER_TRUTH && !truth) {
        return SPAN("the field of the correlation is neither true nor false, nor 0 or 1");
    }
    return SPAN("");
}

static void add_number(struct field_list *list, enum plan_number wanted,
                       const struct value *value, struct arena *arena)
{
    struct decimal number;
    char text[DECIMAL_TEXT_SIZE];
    if (!number_of(value, wanted == PLAN_NUMBER_TRUTH, &number)) {
        list->error = value_failure(VALUE_ERROR_NO_OVERLOAD,
                                    arena_printf(arena, "the field of the correlation is %s, no "
                                                 "number", value_kind_name(value->kind)));
    } else if (refusal_of(wanted, number).len) {
        list->error = value_failure(VALUE_ERROR_OTHER, refusal_of(wanted, number));
    } else {
        list->values[list->count++] = arena_copy(arena, decimal_format(number, text));
    }
}

/* What one thing that a match counts as is computed from. */
struct counting {
    const struct plan_policy *policy;
    const struct plan_counted *counted;
    const struct host *truth;
    struct arena *arena;
};

static void add_value(struct field_list *list, const struct counting *counting,
                      const struct value *value)
{
    struct arena *arena = counting->arena;
    if (value->kind == VALUE_NULL) {
        list->absent++;
    } else if (counting->counted->number != PLAN_NUMBER_NONE) {
        add_number(list, counting->counted->number, value, arena);
    } else {
        struct digest identity = field_identity(
            counting->policy, counting->truth->plan->mask_key, value, arena);
        list->values[list->count++] = field_text(&identity, arena);
    }
}

/* What one expression gives: the elements of a list or set, or one value. */
struct column {
    struct value whole;
    const struct value *items;
    size_t count;
};

/* The value of an expression; what is missing counts as null. */
static void fill_column(struct column *column, const struct cel_program *program,
                        struct host *truth)
{
    struct value value = cel_run(program, truth->frame);
    while (value.kind == VALUE_OPTIONAL) {
        value = value.optional ? *value.optional : value_null();
    }
    bool missing = value.kind == VALUE_ERROR && value.error == VALUE_ERROR_ABSENT;
    bool fans = value.kind == VALUE_LIST || value.kind == VALUE_SET;
    column->whole = missing ? value_null() : value;
    column->items = fans ? value.list.items : &column->whole;
    column->count = fans ? value.list.count : 1;
}

/* The combination `number` of the columns' values: of one column the value itself, of several a
 * list of them; null where one is. */
static struct value combination(const struct column *columns, size_t count, size_t number,
                                struct arena *arena)
{
    struct value *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = columns[i].items[number % columns[i].count];
        number /= columns[i].count;
        if (items[i].kind == VALUE_NULL) {
            return value_null();
        }
    }
    return count == 1 ? items[0] : (struct value){.kind = VALUE_LIST, .list = {items, count}};
}

static void add_combinations(struct field_list *list, const struct counting *counting,
                             const struct column *columns)
{
    size_t all = 1;
    size_t count = counting->counted->field_count;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_mul_overflow(all, columns[i].count, &all)) {
            all = SIZE_MAX; /* too many either way */
        }
    }
    size_t taken = all < FIELD_COUNT_MAX ? all : FIELD_COUNT_MAX;
    list->cut = all - taken;
    list->values = arena_array(counting->arena, taken, sizeof *list->values);
    for (size_t i = 0; i < taken && list->error.kind != VALUE_ERROR; i++) {
        struct value value = combination(columns, count, i, counting->arena);
        add_value(list, counting, &value);
    }
}

struct field_list field_list_of(const struct plan_policy *policy,
                                const struct plan_counted *counted, struct host *truth,
                                struct arena *arena)
{
    struct field_list list = {.error = value_null()};
    const struct counting counting = {policy, counted, truth, arena};
    if (counted->field_count == 0) {
        list.values = arena_array(arena, 1, sizeof *list.values);
        list.count = 1;
        return list;
    }
    struct column *columns = arena_array(arena, counted->field_count, sizeof *columns);
    for (size_t i = 0; i < counted->field_count; i++) {
        list.failed = counted->fields[i];
        fill_column(&columns[i], counted->fields[i], truth);
        if (columns[i].whole.kind == VALUE_ERROR) {
            list.error = columns[i].whole;
            return list;
        }
    }
    add_combinations(&list, &counting, columns);
    return list;
}
