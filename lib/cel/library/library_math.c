/* library_math.c: abs, round, least and greatest over numbers of all kinds. */
#include "cel/library/library_functions.h"
#include "cel/run/values.h"

#include <math.h>
#include <stdlib.h>

struct value library_math_abs(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    if (arguments->kind == VALUE_INT) {
        return arguments->integer == INT64_MIN ? failure_text("the result is out of range")
                                               : value_int(llabs(arguments->integer));
    }
    if (arguments->kind == VALUE_UINT) {
        return *arguments;
    }
    if (arguments->kind == VALUE_DOUBLE) {
        return value_double(fabs(arguments->real));
    }
    if (arguments->kind == VALUE_DECIMAL) {
        return value_decimal(decimal_abs(arguments->decimal));
    }
    return failure_no_overload("math.abs", arguments, count, scratch->arena);
}

struct value library_math_round(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    if (arguments->kind == VALUE_DOUBLE) {
        return value_double(round(arguments->real));
    }
    if (arguments->kind == VALUE_DECIMAL) {
        return value_decimal(decimal_round(arguments->decimal));
    }
    return failure_no_overload("math.round", arguments, count, scratch->arena);
}

/* The values to choose from: the arguments, or the one list among them. */
static bool choices(const struct value *arguments, size_t count, struct value_list *out)
{
    if (count == 1 && value_is_list(arguments)) {
        *out = arguments->list;
    } else {
        *out = (struct value_list){arguments, count};
    }
    for (size_t i = 0; i < out->count; i++) {
        if (!value_is_number(&out->items[i])) {
            return false;
        }
    }
    return out->count > 0;
}

static struct value extreme(const struct value_list *list, enum value_order wanted)
{
    const struct value *best = &list->items[0];
    for (size_t i = 1; i < list->count; i++) {
        if (values_order(&list->items[i], best) == wanted) {
            best = &list->items[i];
        }
    }
    return *best;
}

struct value library_math_least(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    struct value_list list;
    if (!choices(arguments, count, &list)) {
        return failure_no_overload("math.least", arguments, count, scratch->arena);
    }
    return steps_take(scratch->steps_left, list.count) ? extreme(&list, ORDER_LESS)
                                                       : failure_limit();
}

struct value library_math_greatest(const struct value *arguments, size_t count,
                                   struct cel_scratch *scratch)
{
    struct value_list list;
    if (!choices(arguments, count, &list)) {
        return failure_no_overload("math.greatest", arguments, count, scratch->arena);
    }
    return steps_take(scratch->steps_left, list.count) ? extreme(&list, ORDER_GREATER)
                                                       : failure_limit();
}
