/* constant_set.c: exact numbers (int, uint, decimal) are equal when their decimals are, so that one
 * hash serves all three. A double is equal to numbers of other kinds by rules of its own: it is
 * looked for one by one. */
#include "cel/run/constant_set.h"

#include "cel/run/values.h"

struct constant_set {
    const struct value *range;
    size_t count;
    uint32_t *table; /* open addressing: 0 is free, else a position plus 1 */
    size_t mask;
    uint32_t *others; /* positions of what is not in the table, in their order */
    size_t other_count;
};

static const struct value *element(const struct constant_set *set, size_t position)
{
    return set->range->kind == VALUE_MAP ? &set->range->map.entries[position].key
                                         : &set->range->list.items[position];
}

static uint64_t hash_number(struct decimal number)
{
    uint64_t hash = (number.low ^ number.high) + (uint64_t)(uint16_t)number.exponent;
    hash = (hash + number.negative) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

/* False: this kind is not in the table. */
static bool hash_of(const struct value *value, uint64_t *hash)
{
    struct decimal number;
    if (value->kind == VALUE_STRING || value->kind == VALUE_BYTES) {
        *hash = span_hash(value->text);
        return true;
    }
    if (value_to_decimal(value, &number)) {
        *hash = hash_number(number);
        return true;
    }
    return false;
}

static bool is_same(const struct value *a, const struct value *b)
{
    struct decimal left;
    struct decimal right;
    if (a->kind == VALUE_STRING || a->kind == VALUE_BYTES) {
        return a->kind == b->kind && span_equals(a->text, b->text);
    }
    return value_to_decimal(a, &left) && value_to_decimal(b, &right) &&
           decimal_equals(left, right);
}

/* Where the value stands in the table, or would stand. */
static uint32_t *place(const struct constant_set *set, const struct value *value, uint64_t hash)
{
    size_t at = hash & set->mask;
    while (set->table[at] && !is_same(element(set, set->table[at] - 1), value)) {
        at = (at + 1) & set->mask;
    }
    return &set->table[at];
}

static void add(struct constant_set *set, size_t position)
{
    uint64_t hash;
    if (!hash_of(element(set, position), &hash)) {
        set->others[set->other_count++] = (uint32_t)position;
        return;
    }
    uint32_t *free_place = place(set, element(set, position), hash);
    if (!*free_place) {
        *free_place = (uint32_t)position + 1;
    }
}

const struct constant_set *constant_set_new(struct arena *arena, const struct value *range)
{
    struct constant_set *set = arena_alloc(arena, sizeof *set);
    size_t capacity = CONSTANT_SET_MIN;
    set->range = range;
    set->count = value_count(range);
    while (capacity < set->count * 2) {
        capacity *= 2;
    }
    set->mask = capacity - 1;
    set->table = arena_array(arena, capacity, sizeof *set->table);
    set->others = arena_array(arena, set->count, sizeof *set->others);
    for (size_t i = 0; i < set->count; i++) {
        add(set, i);
    }
    return set;
}

static bool walk_all(const struct constant_set *set, const struct value *value,
                     struct cel_scratch *scratch, size_t *position)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!steps_take(scratch->steps_left, CEL_ELEMENT_STEPS)) {
            return false;
        }
        if (values_equal(element(set, i), value, scratch)) {
            *position = i;
            return true;
        }
    }
    return false;
}

static bool walk_others(const struct constant_set *set, const struct value *value,
                        struct cel_scratch *scratch, size_t *position)
{
    for (size_t i = 0; i < set->other_count; i++) {
        if (!steps_take(scratch->steps_left, CEL_ELEMENT_STEPS)) {
            return false;
        }
        if (values_equal(element(set, set->others[i]), value, scratch)) {
            *position = set->others[i];
            return true;
        }
    }
    return false;
}

/* Long texts are hashed and compared as a whole. */
static bool pay_for_text(const struct value *value, struct cel_scratch *scratch)
{
    bool is_text = value->kind == VALUE_STRING || value->kind == VALUE_BYTES;
    size_t steps = is_text ? value->text.len / CEL_BYTES_PER_STEP : 0;
    return steps == 0 || steps_take(scratch->steps_left, 2 * steps);
}

bool constant_set_find(const struct constant_set *set, const struct value *value,
                       struct cel_scratch *scratch, size_t *position)
{
    uint64_t hash;
    if (value->kind == VALUE_DOUBLE) {
        return walk_all(set, value, scratch, position);
    }
    if (!pay_for_text(value, scratch)) {
        return false;
    }
    uint32_t found = hash_of(value, &hash) ? *place(set, value, hash) : 0;
    if (found) {
        *position = found - 1;
        return true;
    }
    return walk_others(set, value, scratch, position);
}
