/* arithmetic.c: by kind of number; every overflow is an error, as the specification says. */
#include "cel/run/arithmetic.h"

#include "cel/library/time.h"
#include "cel/run/values.h"

static const char *const operation_texts[] = {
    [ARITHMETIC_ADD] = "+",    [ARITHMETIC_SUBTRACT] = "-",  [ARITHMETIC_MULTIPLY] = "*",
    [ARITHMETIC_DIVIDE] = "/", [ARITHMETIC_REMAINDER] = "%",
};

static struct value overflow(void)
{
    return failure_text("the result is out of range");
}

static struct value division_by_zero(void)
{
    return failure_text("division by zero");
}

static struct value refused(enum arithmetic operation, const struct value *left,
                            const struct value *right, struct cel_scratch *scratch)
{
    struct value arguments[2] = {*left, *right};
    return failure_no_overload(operation_texts[operation], arguments, 2, scratch->arena);
}

/* --- int, uint, double --- */

static struct value divide_ints(enum arithmetic operation, int64_t a, int64_t b)
{
    if (b == 0) {
        return division_by_zero();
    }
    if (a == INT64_MIN && b == -1) {
        return overflow();
    }
    return value_int(operation == ARITHMETIC_DIVIDE ? a / b : a % b);
}

static struct value apply_ints(enum arithmetic operation, int64_t a, int64_t b)
{
    int64_t result = 0;
    bool failed = false;
    switch (operation) {
    case ARITHMETIC_ADD:
        failed = __builtin_add_overflow(a, b, &result);
        break;
    case ARITHMETIC_SUBTRACT:
        failed = __builtin_sub_overflow(a, b, &result);
        break;
    case ARITHMETIC_MULTIPLY:
        failed = __builtin_mul_overflow(a, b, &result);
        break;
    case ARITHMETIC_DIVIDE:
    case ARITHMETIC_REMAINDER:
        return divide_ints(operation, a, b);
    }
    return failed ? overflow() : value_int(result);
}

static struct value apply_uints(enum arithmetic operation, uint64_t a, uint64_t b)
{
    uint64_t result = 0;
    bool failed = false;
    switch (operation) {
    case ARITHMETIC_ADD:
        failed = __builtin_add_overflow(a, b, &result);
        break;
    case ARITHMETIC_SUBTRACT:
        failed = __builtin_sub_overflow(a, b, &result);
        break;
    case ARITHMETIC_MULTIPLY:
        failed = __builtin_mul_overflow(a, b, &result);
        break;
    case ARITHMETIC_DIVIDE:
    case ARITHMETIC_REMAINDER:
        if (b == 0) {
            return division_by_zero();
        }
        result = operation == ARITHMETIC_DIVIDE ? a / b : a % b;
        break;
    }
    return failed ? overflow() : value_uint(result);
}

static bool apply_doubles(enum arithmetic operation, double a, double b, struct value *out)
{
    switch (operation) {
    case ARITHMETIC_ADD:
        *out = value_double(a + b);
        return true;
    case ARITHMETIC_SUBTRACT:
        *out = value_double(a - b);
        return true;
    case ARITHMETIC_MULTIPLY:
        *out = value_double(a * b);
        return true;
    case ARITHMETIC_DIVIDE:
        *out = value_double(a / b);
        return true;
    case ARITHMETIC_REMAINDER:
        break;
    }
    return false;
}

/* --- decimal --- */

static enum status compute(enum arithmetic operation, struct decimal a, struct decimal b,
                           struct decimal *out)
{
    switch (operation) {
    case ARITHMETIC_ADD:
        return decimal_add(a, b, out);
    case ARITHMETIC_SUBTRACT:
        return decimal_subtract(a, b, out);
    case ARITHMETIC_MULTIPLY:
        return decimal_multiply(a, b, out);
    case ARITHMETIC_DIVIDE:
        return decimal_divide(a, b, out);
    case ARITHMETIC_REMAINDER:
        break;
    }
    return decimal_remainder(a, b, out);
}

void arithmetic_decimals(enum arithmetic operation, struct decimal a, struct decimal b,
                         struct value *out)
{
    enum status status = compute(operation, a, b, &out->decimal);
    if (status == STATUS_OK) {
        out->kind = VALUE_DECIMAL;
        out->error = VALUE_ERROR_OTHER;
    } else {
        *out = status == STATUS_LIMIT ? overflow() : division_by_zero();
    }
}

/* --- texts, bytes, lists --- */

static struct value join_texts(const struct value *left, const struct value *right,
                               struct cel_scratch *scratch)
{
    size_t len = left->text.len + right->text.len;
    if (!steps_take(scratch->steps_left, len / CEL_BYTES_PER_STEP)) {
        return failure_limit();
    }
    char *text = arena_alloc(scratch->arena, len + 1);
    if (left->text.len) {
        memcpy(text, left->text.ptr, left->text.len);
    }
    if (right->text.len) {
        memcpy(text + left->text.len, right->text.ptr, right->text.len);
    }
    return (struct value){.kind = left->kind, .text = span_of(text, len)};
}

static struct value join_lists(const struct value *left, const struct value *right,
                               struct cel_scratch *scratch)
{
    size_t count = left->list.count + right->list.count;
    if (!steps_take(scratch->steps_left, 2 * count)) {
        return failure_limit();
    }
    struct value *items = arena_array(scratch->arena, count, sizeof *items);
    if (left->list.count) {
        memcpy(items, left->list.items, left->list.count * sizeof *items);
    }
    if (right->list.count) {
        memcpy(items + left->list.count, right->list.items, right->list.count * sizeof *items);
    }
    return value_list_of(items, count);
}

/* --- all kinds --- */

static struct value apply_same_kind(enum arithmetic operation, const struct value *left,
                                    const struct value *right, struct cel_scratch *scratch)
{
    struct value result;
    if (left->kind == VALUE_INT) {
        return apply_ints(operation, left->integer, right->integer);
    }
    if (left->kind == VALUE_UINT) {
        return apply_uints(operation, left->unsigned_integer, right->unsigned_integer);
    }
    if (left->kind == VALUE_DOUBLE && apply_doubles(operation, left->real, right->real, &result)) {
        return result;
    }
    if (operation == ARITHMETIC_ADD && (left->kind == VALUE_STRING || left->kind == VALUE_BYTES)) {
        return join_texts(left, right, scratch);
    }
    return refused(operation, left, right, scratch);
}

static bool is_time(const struct value *value)
{
    return value->kind == VALUE_TIMESTAMP || value->kind == VALUE_DURATION;
}

static struct value apply_times(enum arithmetic operation, const struct value *left,
                                const struct value *right, struct cel_scratch *scratch)
{
    struct value result;
    bool known = (operation == ARITHMETIC_ADD && time_add(left, right, &result)) ||
                 (operation == ARITHMETIC_SUBTRACT && time_subtract(left, right, &result));
    return known ? result : refused(operation, left, right, scratch);
}

struct value arithmetic_apply(enum arithmetic operation, const struct value *left,
                              const struct value *right, struct cel_scratch *scratch)
{
    struct decimal a;
    struct decimal b;
    bool exact = left->kind == VALUE_DECIMAL || right->kind == VALUE_DECIMAL;
    if (exact && value_to_decimal(left, &a) && value_to_decimal(right, &b)) {
        struct value result;
        arithmetic_decimals(operation, a, b, &result);
        scratch->rounded |= result.kind == VALUE_DECIMAL && result.decimal.rounded;
        return result;
    }
    if (is_time(left) && is_time(right)) {
        return apply_times(operation, left, right, scratch);
    }
    if (operation == ARITHMETIC_ADD && value_is_list(left) && value_is_list(right)) {
        return join_lists(left, right, scratch);
    }
    if (left->kind == right->kind) {
        return apply_same_kind(operation, left, right, scratch);
    }
    return refused(operation, left, right, scratch);
}

struct value arithmetic_negate(const struct value *operand, struct cel_scratch *scratch)
{
    if (operand->kind == VALUE_INT) {
        return operand->integer == INT64_MIN ? overflow() : value_int(-operand->integer);
    }
    if (operand->kind == VALUE_DOUBLE) {
        return value_double(-operand->real);
    }
    if (operand->kind == VALUE_DECIMAL) {
        return value_decimal(decimal_negate(operand->decimal));
    }
    return failure_no_overload("-", operand, 1, scratch->arena);
}
