/* library_quantity.c: Kubernetes' quantities: "500m", "1.5Gi"; and the comparisons that they share
 * with versions. */
#include "cel/library/library_functions.h"
#include "cel/run/values.h"
#include "model/quantity.h"

static bool take_length(struct span text, struct cel_scratch *scratch)
{
    return steps_take(scratch->steps_left, text.len / CEL_PARSED_BYTES_PER_STEP);
}

static struct value refused(const char *function, const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    return failure_no_overload(function, arguments, count, scratch->arena);
}

/* --- making --- */

struct value library_quantity(const struct value *arguments, size_t count,
                              struct cel_scratch *scratch)
{
    struct value quantity;
    if (arguments->kind != VALUE_STRING) {
        return refused("quantity", arguments, count, scratch);
    }
    if (!take_length(arguments->text, scratch)) {
        return failure_limit();
    }
    enum status status = quantity_parse(arguments->text, &quantity);
    if (status == STATUS_OK) {
        return quantity;
    }
    return status == STATUS_LIMIT
               ? failure_text("a quantity has at most 38 significant digits, from 1E-9 to 1E+6144")
               : failure_malformed("quantity such as '500m', '1.5Gi' or '2e3'", arguments->text,
                                   scratch->arena);
}

struct value library_is_quantity(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    struct value quantity;
    if (arguments->kind != VALUE_STRING) {
        return refused("isQuantity", arguments, count, scratch);
    }
    return take_length(arguments->text, scratch)
               ? value_bool(quantity_parse(arguments->text, &quantity) == STATUS_OK)
               : failure_limit();
}

/* --- as numbers --- */

struct value library_is_integer(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    int64_t number;
    return arguments->kind == VALUE_QUANTITY
               ? value_bool(decimal_to_int(arguments->decimal, &number) == STATUS_OK)
               : refused("isInteger", arguments, count, scratch);
}

struct value library_as_integer(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    int64_t number;
    if (arguments->kind != VALUE_QUANTITY) {
        return refused("asInteger", arguments, count, scratch);
    }
    return decimal_to_int(arguments->decimal, &number) == STATUS_OK
               ? value_int(number)
               : failure_text("the quantity is no integer of 64 bits");
}

struct value library_as_approximate_float(const struct value *arguments, size_t count,
                                          struct cel_scratch *scratch)
{
    return arguments->kind == VALUE_QUANTITY
               ? value_double(decimal_to_double(arguments->decimal))
               : refused("asApproximateFloat", arguments, count, scratch);
}

struct value library_sign(const struct value *arguments, size_t count, struct cel_scratch *scratch)
{
    return arguments->kind == VALUE_QUANTITY
               ? value_int(decimal_compare(arguments->decimal, decimal_from_int(0)))
               : refused("sign", arguments, count, scratch);
}

/* --- sums --- */

/* The sum is written as the first is; as the second where the first is zero. */
static struct value combined(const char *name, const struct value *arguments, size_t count,
                             bool subtract, struct cel_scratch *scratch)
{
    struct value sum = arguments[0];
    struct decimal other;
    bool is_quantity = arguments[1].kind == VALUE_QUANTITY;
    if (is_quantity) {
        other = arguments[1].decimal;
    }
    if (sum.kind != VALUE_QUANTITY || (!is_quantity && !value_to_decimal(&arguments[1], &other))) {
        return refused(name, arguments, count, scratch);
    }
    enum quantity_form form = is_quantity ? arguments[1].form : QUANTITY_EXPONENT;
    sum.form = decimal_equals(sum.decimal, decimal_from_int(0)) ? form : sum.form;
    other = subtract ? decimal_negate(other) : other;
    return decimal_add(sum.decimal, other, &sum.decimal) == STATUS_OK && !sum.decimal.rounded
               ? sum
               : failure_text("the sum has more than 38 significant digits");
}

struct value library_quantity_add(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    return combined("add", arguments, count, false, scratch);
}

struct value library_quantity_sub(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    return combined("sub", arguments, count, true, scratch);
}

/* --- order: of quantities, and of versions --- */

/* -1, 0, 1; false where *failure says why not. */
static bool compare(const char *name, const struct value *arguments, struct cel_scratch *scratch,
                    int *order, struct value *failure)
{
    enum value_kind kind = arguments[0].kind;
    if ((kind != VALUE_QUANTITY && kind != VALUE_SEMVER) || arguments[1].kind != kind) {
        *failure = refused(name, arguments, 2, scratch);
        return false;
    }
    if (kind == VALUE_SEMVER && !take_length(arguments[0].text, scratch)) {
        *failure = failure_limit();
        return false;
    }
    return value_compare(&arguments[0], &arguments[1], order);
}

struct value library_compare_to(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    int order;
    struct value failure;
    (void)count;
    return compare("compareTo", arguments, scratch, &order, &failure) ? value_int(order) : failure;
}

struct value library_is_less_than(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    int order;
    struct value failure;
    (void)count;
    return compare("isLessThan", arguments, scratch, &order, &failure) ? value_bool(order < 0)
                                                                       : failure;
}

struct value library_is_greater_than(const struct value *arguments, size_t count,
                                     struct cel_scratch *scratch)
{
    int order;
    struct value failure;
    (void)count;
    return compare("isGreaterThan", arguments, scratch, &order, &failure) ? value_bool(order > 0)
                                                                          : failure;
}
