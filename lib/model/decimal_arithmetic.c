/* decimal_arithmetic.c: exact results in up to 256 bits, rounded once at the end; short numbers
 * take a quick way. */
#include "model/decimal_pack.h"

#include "base/check.h"

/* The sum's terms are aligned exactly when the smaller one begins within this many digits below
 * the larger one; else the smaller one cannot change more than which way the larger one rounds. */
enum { ALIGN_DIGITS_MAX = 39 };

/* An exact intermediate result: number * 10^exponent, and a little more when `more` is set. */
struct exact {
    struct wide number;
    int64_t exponent;
    bool negative;
    bool more;
};

struct decimal decimal_negate(struct decimal a)
{
    a.negative = !a.negative && !decimal_is_zero(a);
    return a;
}

struct decimal decimal_abs(struct decimal a)
{
    a.negative = false;
    return a;
}

/* Cuts the number to 38 digits, half to even; true when that changed its value. */
static bool round_to_digits(struct exact *exact)
{
    unsigned digits = wide_digits(&exact->number);
    unsigned drop = digits > DECIMAL_DIGITS_MAX ? digits - DECIMAL_DIGITS_MAX : 0;
    uint64_t rest = 0;
    uint64_t unit = 1;
    bool more = exact->more;
    /* `more` lies below the last digit: only a number that is cut can take it into account */
    check(drop > 0 || !more);
    exact->exponent += drop;
    /* In steps that a 64-bit divisor can take. `rest` is what the last step cut off, the highest
     * digits of all that is cut; whatever the steps before it cut off is in `more`. */
    while (drop > 0) {
        unsigned step = drop < POWER10_SMALL_MAX ? drop : POWER10_SMALL_MAX;
        more = more || rest != 0;
        unit = power10_small(step);
        rest = wide_divide_small(&exact->number, unit);
        drop -= step;
    }
    bool odd = exact->number.limb[0] & 1;
    if (rest > unit / 2 || (unit > 1 && rest == unit / 2 && (more || odd))) {
        struct wide one = wide_from(1);
        exact->number = wide_add(&exact->number, &one);
    }
    return more || rest != 0;
}

static enum status pack_rounded(uint128 coefficient, int64_t exponent, bool negative, bool rounded,
                              struct decimal *out)
{
    enum status status = decimal_pack(coefficient, exponent, negative, out);
    if (status == STATUS_OK) {
        out->rounded = rounded;
    }
    return status;
}

static enum status finish(struct exact *exact, bool inherited, struct decimal *out)
{
    bool rounded = round_to_digits(exact);
    return pack_rounded(wide_low(&exact->number), exact->exponent, exact->negative,
                      rounded || inherited, out);
}

/* a plus or minus b in 256 bits; a.exponent >= b.exponent and a, scaled, keeps below 10^77. */
static struct exact add_aligned(struct decimal a, struct decimal b)
{
    struct wide a_wide = wide_from(decimal_coefficient(a));
    struct wide b_wide = wide_from(decimal_coefficient(b));
    wide_scale(&a_wide, (unsigned)(a.exponent - b.exponent));
    struct exact sum = {.exponent = b.exponent, .negative = a.negative};
    if (a.negative == b.negative) {
        sum.number = wide_add(&a_wide, &b_wide);
    } else if (wide_compare(&a_wide, &b_wide) >= 0) {
        sum.number = wide_subtract(&a_wide, &b_wide);
    } else {
        sum.number = wide_subtract(&b_wide, &a_wide);
        sum.negative = b.negative;
    }
    return sum;
}

/* a plus or minus b, where b is less than one unit of a's 40th digit. */
static struct exact add_negligible(struct decimal a, struct decimal b)
{
    unsigned shift = ALIGN_DIGITS_MAX + 1 - uint128_digits(decimal_coefficient(a));
    struct exact sum = {
        .number = wide_from(decimal_coefficient(a)),
        .exponent = a.exponent - (int64_t)shift,
        .negative = a.negative,
        .more = true,
    };
    wide_scale(&sum.number, shift);
    if (a.negative != b.negative) {
        struct wide one = wide_from(1);
        sum.number = wide_subtract(&sum.number, &one);
    }
    return sum;
}

static int adjusted_exponent(struct decimal number)
{
    return number.exponent + (int)uint128_digits(decimal_coefficient(number)) - 1;
}

static struct exact add_exact(struct decimal a, struct decimal b)
{
    int lead = adjusted_exponent(a) - adjusted_exponent(b);
    if (lead > ALIGN_DIGITS_MAX) {
        return add_negligible(a, b);
    }
    if (lead < -ALIGN_DIGITS_MAX) {
        return add_negligible(b, a);
    }
    return a.exponent >= b.exponent ? add_aligned(a, b) : add_aligned(b, a);
}

/* The sum of two numbers of 64 bits within 18 places of each other, which needs no rounding. */
static enum status add_short(struct decimal a, struct decimal b, struct decimal *out)
{
    int exponent = a.exponent < b.exponent ? a.exponent : b.exponent;
    uint128 a_scaled = (uint128)a.low * power10_small((unsigned)(a.exponent - exponent));
    uint128 b_scaled = (uint128)b.low * power10_small((unsigned)(b.exponent - exponent));
    bool negative = a.negative;
    uint128 sum = a_scaled + b_scaled;
    if (a.negative != b.negative) {
        negative = a_scaled >= b_scaled ? a.negative : b.negative;
        sum = a_scaled >= b_scaled ? a_scaled - b_scaled : b_scaled - a_scaled;
    }
    return pack_rounded(sum, exponent, negative, a.rounded || b.rounded, out);
}

enum status decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
    int apart = a.exponent - b.exponent;
    if ((a.high | b.high) == 0 && apart < POWER10_SMALL_MAX && apart > -POWER10_SMALL_MAX) {
        return add_short(a, b, out);
    }
    bool rounded = a.rounded || b.rounded;
    if (decimal_is_zero(a) || decimal_is_zero(b)) {
        *out = decimal_is_zero(a) ? b : a;
        out->rounded = rounded;
        return STATUS_OK;
    }
    struct exact sum = add_exact(a, b);
    return finish(&sum, rounded, out);
}

enum status decimal_subtract(struct decimal a, struct decimal b, struct decimal *out)
{
    return decimal_add(a, decimal_negate(b), out);
}

enum status decimal_multiply(struct decimal a, struct decimal b, struct decimal *out)
{
    bool negative = a.negative != b.negative;
    bool rounded = a.rounded || b.rounded;
    int exponent = a.exponent + b.exponent;
    uint128 low_product = (uint128)a.low * b.low;
    if ((a.high | b.high) == 0 && low_product < power10(POWER10_MAX)) {
        return pack_rounded(low_product, exponent, negative, rounded, out);
    }
    struct exact product = {
        .number = wide_multiply(decimal_coefficient(a), decimal_coefficient(b)),
        .exponent = exponent,
        .negative = negative,
    };
    return finish(&product, rounded, out);
}

enum status decimal_divide(struct decimal a, struct decimal b, struct decimal *out)
{
    if (decimal_is_zero(b)) {
        return STATUS_INVALID;
    }
    /* enough digits in the numerator for a quotient of 39 or 40 */
    unsigned shift = uint128_digits(decimal_coefficient(b)) + DECIMAL_DIGITS_MAX + 1 -
                     uint128_digits(decimal_coefficient(a));
    struct exact quotient = {
        .number = wide_from(decimal_coefficient(a)),
        .exponent = (int64_t)a.exponent - b.exponent - shift,
        .negative = a.negative != b.negative,
    };
    wide_scale(&quotient.number, shift);
    quotient.more = wide_divide(&quotient.number, decimal_coefficient(b)) != 0;
    return finish(&quotient, a.rounded || b.rounded, out);
}

/* number * 10^exponent modulo `modulus`, by squaring. */
static uint128 scale_modulo(uint128 number, unsigned exponent, uint128 modulus)
{
    uint128 power = 10 % modulus;
    number %= modulus;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) {
            struct wide product = wide_multiply(number, power);
            number = wide_divide(&product, modulus);
        }
        struct wide square = wide_multiply(power, power);
        power = wide_divide(&square, modulus);
    }
    return number;
}

enum status decimal_remainder(struct decimal a, struct decimal b, struct decimal *out)
{
    if (decimal_is_zero(b)) {
        return STATUS_INVALID;
    }
    bool rounded = a.rounded || b.rounded;
    uint128 dividend = decimal_coefficient(a);
    uint128 divisor = decimal_coefficient(b);
    int exponent = b.exponent < a.exponent ? b.exponent : a.exponent;
    /* its own remainder, however far the exponents are apart */
    if (decimal_compare(decimal_abs(a), decimal_abs(b)) < 0) {
        *out = a;
        out->rounded = rounded;
        return STATUS_OK;
    }
    if (a.exponent >= b.exponent) {
        dividend = scale_modulo(dividend, (unsigned)(a.exponent - b.exponent), divisor);
    } else { /* |a| >= |b|, so that b scaled to a's exponent has no more digits than a */
        dividend %= divisor * power10((unsigned)(b.exponent - a.exponent));
    }
    return pack_rounded(dividend, exponent, a.negative, rounded, out);
}

struct decimal decimal_round(struct decimal a)
{
    struct decimal result = {0};
    unsigned drop = a.exponent < 0 ? (unsigned)-a.exponent : 0;
    if (drop == 0) {
        return a;
    }
    if (drop <= DECIMAL_DIGITS_MAX) {
        uint128 unit = power10(drop);
        uint128 coefficient = decimal_coefficient(a);
        uint128 whole = coefficient / unit + (coefficient % unit >= unit / 2);
        enum status status = decimal_pack(whole, 0, a.negative, &result);
        check(status == STATUS_OK);
    }
    result.rounded = a.rounded;
    return result;
}
