/* values.h: equality, order and arithmetic of values as the language defines them. model/value.h
 * compares as a person means it; here int and double meet as doubles, as the specification says.
 * Private to lib/cel. Any thread. */
#ifndef CEL_VALUES_H
#define CEL_VALUES_H

#include "cel/library/library.h"

/* A step is worth about 40 instructions; 100,000 of them must stay below 5,000,000
 * (tests/bounds). So many fit into one: */
enum {
    CEL_BYTES_PER_STEP = 32,  /* of a text copied or compared at once */
    CEL_LETTERS_PER_STEP = 2, /* of a text searched or looked at one by one */
    CEL_PARSED_BYTES_PER_STEP = 2, /* of a text read or put together letter by letter */
};
/* And so many are paid for: */
enum {
    CEL_ELEMENT_STEPS = 2, /* an element compared with another */
    CEL_ORDER_STEPS = 3,   /* two values put in order */
    CEL_PIECE_STEPS = 3,   /* a piece cut out of a text or put into one */
    CEL_FAILURE_STEPS = 20 /* the message of an error that another operand forgives */
};

/* Takes `amount` from the budget; false when it is used up, which then stays so. */
static inline bool steps_take(uint64_t *steps_left, uint64_t amount)
{
    if (*steps_left <= amount) {
        *steps_left = 0;
        return false;
    }
    *steps_left -= amount;
    return true;
}

enum value_order {
    ORDER_LESS,
    ORDER_EQUAL,
    ORDER_GREATER,
    ORDER_NONE,        /* a NaN */
    ORDER_NO_OVERLOAD, /* kinds that have no order, or none with each other */
};

/* Deep. Unlike kinds differ, numbers are equal by value across kinds, NaN equals nothing, sets and
 * maps have no order. Counts its steps: when none are left the answer means nothing. */
bool values_equal(const struct value *a, const struct value *b, struct cel_scratch *scratch);
enum value_order values_order(const struct value *a, const struct value *b);
/* What ordering these two takes; more for long texts. */
static inline uint64_t values_order_steps(const struct value *a, const struct value *b)
{
    bool are_texts = (a->kind == VALUE_STRING || a->kind == VALUE_BYTES) && a->kind == b->kind;
    size_t shorter = !are_texts ? 0 : a->text.len < b->text.len ? a->text.len : b->text.len;
    return CEL_ORDER_STEPS + shorter / CEL_BYTES_PER_STEP;
}
/* Of any kind: int, uint, double, decimal. */
bool value_is_number(const struct value *value);

/* The entry of a map under any key, numbers across kinds; NULL: none. */
const struct value *value_map_find(const struct value *map, const struct value *key,
                                   struct cel_scratch *scratch);
/* Whether the value occurs in a list or set, or is a key of a map. */
bool value_contains(const struct value *range, const struct value *element,
                    struct cel_scratch *scratch);
/* What it takes to sort a list. */
uint64_t sort_steps(const struct value_list *list);
/* The number as an index of a list: true when it is an integer of any kind. */
bool value_to_index(const struct value *value, int64_t *index);
/* The value as a decimal: decimal, int and uint; false for others. */
bool value_to_decimal(const struct value *value, struct decimal *out);

/* Whether the texts are equal; long ones count. */
static inline bool texts_equal(struct span a, struct span b, uint64_t *steps_left)
{
    return a.len == b.len && (a.len < CEL_BYTES_PER_STEP ||
                              steps_take(steps_left, a.len / CEL_BYTES_PER_STEP)) &&
           span_equals(a, b);
}
/* The entry of a map under a name; NULL: none. Large maps count. */
enum { SMALL_MAP = 2 };
static inline const struct value *value_map_select(const struct value *map, struct span name,
                                                   uint64_t *steps_left)
{
    size_t steps = map->map.count;
    return steps <= SMALL_MAP || steps_take(steps_left, steps) ? value_map_get(map, name) : NULL;
}

/* "f has no overload for (int, string)"; in the arena. */
struct value failure_no_overload(const char *function, const struct value *arguments, size_t count,
                                 struct arena *arena);
/* VALUE_ERROR_OTHER with a static text. */
static inline struct value failure_text(const char *text)
{
    return value_failure(VALUE_ERROR_OTHER, span_view(text));
}
/* "'x' is no duration"; the text is cut, for it may be of any length. In the arena. */
struct value failure_malformed(const char *what, struct span text, struct arena *arena);
/* VALUE_ERROR_LIMIT: the budget of steps is used up. */
struct value failure_limit(void);

/* The name of a value's type as the language writes it: "int", "optional_type", ... */
struct span value_type_name(const struct value *value);

static inline struct value value_uint(uint64_t number)
{
    return (struct value){.kind = VALUE_UINT, .unsigned_integer = number};
}
static inline struct value value_double(double number)
{
    return (struct value){.kind = VALUE_DOUBLE, .real = number};
}
static inline struct value value_duration(int64_t nanoseconds)
{
    return (struct value){.kind = VALUE_DURATION, .duration_ns = nanoseconds};
}
static inline struct value value_bytes(struct span bytes)
{
    return (struct value){.kind = VALUE_BYTES, .text = bytes};
}
static inline struct value value_list_of(const struct value *items, size_t count)
{
    return (struct value){.kind = VALUE_LIST, .list = {items, count}};
}
static inline struct value value_map_of(const struct value_entry *entries, size_t count)
{
    return (struct value){.kind = VALUE_MAP, .map = {entries, count}};
}
static inline bool value_is_list(const struct value *value)
{
    return value->kind == VALUE_LIST || value->kind == VALUE_SET;
}
/* Of a list, set or map. */
static inline size_t value_count(const struct value *range)
{
    return range->kind == VALUE_MAP ? range->map.count : range->list.count;
}
/* optional.of(*content): the content is copied to the arena. */
struct value value_some(struct arena *arena, const struct value *content);
static inline struct value value_none(void)
{
    return (struct value){.kind = VALUE_OPTIONAL};
}

#endif
