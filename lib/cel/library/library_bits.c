/* The math extension: kinds of doubles, rounding down and up, signs, bits. */
#include "cel/library/library_functions.h"
#include "cel/run/values.h"

#include <math.h>

static struct value refused(const char *function, const struct value *arguments, size_t count,
                            struct cel_scratch *scratch)
{
    return failure_no_overload(function, arguments, count, scratch->arena);
}

/* --- doubles --- */

struct value library_math_is_nan(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    return arguments->kind == VALUE_DOUBLE ? value_bool(isnan(arguments->real))
                                           : refused("math.isNaN", arguments, count, scratch);
}

struct value library_math_is_inf(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    return arguments->kind == VALUE_DOUBLE ? value_bool(isinf(arguments->real))
                                           : refused("math.isInf", arguments, count, scratch);
}

struct value library_math_is_finite(const struct value *arguments, size_t count,
                                    struct cel_scratch *scratch)
{
    return arguments->kind == VALUE_DOUBLE ? value_bool(isfinite(arguments->real))
                                           : refused("math.isFinite", arguments, count, scratch);
}

struct value library_math_sqrt(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    if (arguments->kind == VALUE_DOUBLE) {
        return value_double(sqrt(arguments->real));
    }
    if (arguments->kind == VALUE_INT) {
        return value_double(sqrt((double)arguments->integer));
    }
    return arguments->kind == VALUE_UINT ? value_double(sqrt((double)arguments->unsigned_integer))
                                         : refused("math.sqrt", arguments, count, scratch);
}

/* --- rounding --- */

/* The integer part, towards zero. */
static bool decimal_truncate(struct decimal number, struct decimal *out)
{
    struct decimal fraction;
    return decimal_remainder(number, decimal_from_int(1), &fraction) == STATUS_OK &&
           decimal_subtract(number, fraction, out) == STATUS_OK;
}

/* step: what to add to the integer part when a fraction in its direction was cut off. */
static struct value round_decimal(struct decimal number, int step)
{
    struct decimal whole;
    if (!decimal_truncate(number, &whole)) {
        return failure_text("the result is out of range");
    }
    bool towards = decimal_compare(number, whole) == step;
    if (step != 0 && towards &&
        decimal_add(whole, decimal_from_int(step), &whole) != STATUS_OK) {
        return failure_text("the result is out of range");
    }
    return value_decimal(whole);
}

struct value library_math_ceil(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    if (arguments->kind == VALUE_DECIMAL) {
        return round_decimal(arguments->decimal, 1);
    }
    return arguments->kind == VALUE_DOUBLE ? value_double(ceil(arguments->real))
                                           : refused("math.ceil", arguments, count, scratch);
}

struct value library_math_floor(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    if (arguments->kind == VALUE_DECIMAL) {
        return round_decimal(arguments->decimal, -1);
    }
    return arguments->kind == VALUE_DOUBLE ? value_double(floor(arguments->real))
                                           : refused("math.floor", arguments, count, scratch);
}

struct value library_math_trunc(const struct value *arguments, size_t count,
                                struct cel_scratch *scratch)
{
    if (arguments->kind == VALUE_DECIMAL) {
        return round_decimal(arguments->decimal, 0);
    }
    return arguments->kind == VALUE_DOUBLE ? value_double(trunc(arguments->real))
                                           : refused("math.trunc", arguments, count, scratch);
}

struct value library_math_sign(const struct value *arguments, size_t count,
                               struct cel_scratch *scratch)
{
    switch ((int)arguments->kind) {
    case VALUE_INT:
        return value_int((arguments->integer > 0) - (arguments->integer < 0));
    case VALUE_UINT:
        return value_uint(arguments->unsigned_integer > 0);
    case VALUE_DOUBLE:
        return isnan(arguments->real)
                   ? *arguments
                   : value_double((arguments->real > 0) - (arguments->real < 0));
    case VALUE_DECIMAL:
        return value_decimal(
            decimal_from_int(decimal_compare(arguments->decimal, decimal_from_int(0))));
    default:
        return refused("math.sign", arguments, count, scratch);
    }
}

/* --- bits --- */

static bool is_integer(const struct value *value)
{
    return value->kind == VALUE_INT || value->kind == VALUE_UINT;
}

static uint64_t bits_of(const struct value *value)
{
    return value->kind == VALUE_INT ? (uint64_t)value->integer : value->unsigned_integer;
}

static struct value of_bits(const struct value *like, uint64_t bits)
{
    return like->kind == VALUE_INT ? value_int((int64_t)bits) : value_uint(bits);
}

static bool two_alike(const struct value *arguments)
{
    return is_integer(arguments) && arguments[0].kind == arguments[1].kind;
}

struct value library_math_bit_and(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    return two_alike(arguments)
               ? of_bits(arguments, bits_of(&arguments[0]) & bits_of(&arguments[1]))
               : refused("math.bitAnd", arguments, count, scratch);
}

struct value library_math_bit_or(const struct value *arguments, size_t count,
                                 struct cel_scratch *scratch)
{
    return two_alike(arguments)
               ? of_bits(arguments, bits_of(&arguments[0]) | bits_of(&arguments[1]))
               : refused("math.bitOr", arguments, count, scratch);
}

struct value library_math_bit_xor(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    return two_alike(arguments)
               ? of_bits(arguments, bits_of(&arguments[0]) ^ bits_of(&arguments[1]))
               : refused("math.bitXor", arguments, count, scratch);
}

struct value library_math_bit_not(const struct value *arguments, size_t count,
                                  struct cel_scratch *scratch)
{
    return is_integer(arguments) ? of_bits(arguments, ~bits_of(arguments))
                                 : refused("math.bitNot", arguments, count, scratch);
}

enum { BITS = 64 };

static bool takes_shift(const struct value *arguments)
{
    return is_integer(&arguments[0]) && arguments[1].kind == VALUE_INT;
}

/* All bits leave at 64 and beyond. The right shift is logical, of ints too. */
struct value library_math_shift_left(const struct value *arguments, size_t count,
                                     struct cel_scratch *scratch)
{
    if (!takes_shift(arguments)) {
        return refused("math.bitShiftLeft", arguments, count, scratch);
    }
    int64_t by = arguments[1].integer;
    if (by < 0) {
        return failure_text("a shift by a negative number");
    }
    return of_bits(arguments, by >= BITS ? 0 : bits_of(arguments) << by);
}

struct value library_math_shift_right(const struct value *arguments, size_t count,
                                      struct cel_scratch *scratch)
{
    if (!takes_shift(arguments)) {
        return refused("math.bitShiftRight", arguments, count, scratch);
    }
    int64_t by = arguments[1].integer;
    if (by < 0) {
        return failure_text("a shift by a negative number");
    }
    return of_bits(arguments, by >= BITS ? 0 : bits_of(arguments) >> by);
}
