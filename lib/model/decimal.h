/* decimal.h: exact decimal numbers of up to 38 significant digits: DynamoDB's N.
 * A value is (-1)^negative * coefficient * 10^exponent. Small, by value, any thread. */
#ifndef MODEL_DECIMAL_H
#define MODEL_DECIMAL_H

#include "base/span.h"
#include "base/status.h"

/* The exponents bound the adjusted exponent, that of the first digit: a magnitude is 0 or from
 * 1E-6144 to 9.99...E+6144 with 38 digits all the way (there are no subnormal numbers). DynamoDB
 * itself stops at 1E-130 and 9.99...E+125. */
enum {
    DECIMAL_DIGITS_MAX = 38,
    DECIMAL_EXPONENT_MAX = 6144,
    DECIMAL_EXPONENT_MIN = -6144,
    DECIMAL_TEXT_SIZE = 64,       /* canonical text with NUL */
};

/* Canonical: no trailing zero in the coefficient, zero is {0, 0, 0, false}; so equal numbers have
 * equal fields (but `rounded`). coefficient = high * 2^64 + low < 10^38. */
struct decimal {
    uint64_t low;
    uint64_t high;
    int16_t exponent;
    bool negative;
    bool rounded; /* this number, or one that it was computed from, was rounded to 38 digits */
};

/* Reads "-12.50", "+7", "1E+3", ".5", "5.": STATUS_INVALID for anything else, STATUS_LIMIT when
 * the number has more than 38 significant digits (zeros at both ends not counted) or is out of
 * range. */
MUST_USE enum status decimal_parse(struct span text, struct decimal *out);
/* Canonical text: no exponent when that needs at most 38 digits (a lone 0 before the point not
 * counted), else d.dddE+x. The view of `out`. */
struct span decimal_format(struct decimal number, char out[DECIMAL_TEXT_SIZE]);

/* Always exact. */
struct decimal decimal_from_int(int64_t number);
struct decimal decimal_from_uint(uint64_t number);
/* The shortest decimal that reads back as the same double; STATUS_INVALID when not finite. */
MUST_USE enum status decimal_from_double(double number, struct decimal *out);
/* STATUS_INVALID when not integral, STATUS_LIMIT when out of range. */
MUST_USE enum status decimal_to_int(struct decimal number, int64_t *out);
MUST_USE enum status decimal_to_uint(struct decimal number, uint64_t *out);
/* The nearest double, correctly rounded; an infinity or 0 beyond the range of doubles. */
double decimal_to_double(struct decimal number);

/* -1, 0, 1; exact at any scale. */
int decimal_compare(struct decimal a, struct decimal b);
/* By value. */
static inline bool decimal_equals(struct decimal a, struct decimal b)
{
    return a.low == b.low && a.high == b.high && a.exponent == b.exponent &&
           a.negative == b.negative;
}
/* -1, 0, 1: a against the exact binary value of b, which is finite. */
int decimal_compare_double(struct decimal a, double b);

/* Results are exact, or rounded half-even to 38 digits and say so. STATUS_LIMIT when the result is
 * out of range, too large or too near to 0; STATUS_INVALID on division by zero. The remainder has
 * the sign of a (truncated division) and is always exact. */
MUST_USE enum status decimal_add(struct decimal a, struct decimal b, struct decimal *out);
MUST_USE enum status decimal_subtract(struct decimal a, struct decimal b, struct decimal *out);
MUST_USE enum status decimal_multiply(struct decimal a, struct decimal b, struct decimal *out);
MUST_USE enum status decimal_divide(struct decimal a, struct decimal b, struct decimal *out);
MUST_USE enum status decimal_remainder(struct decimal a, struct decimal b, struct decimal *out);
struct decimal decimal_negate(struct decimal a);
struct decimal decimal_abs(struct decimal a);
/* To the nearest integer, halves away from zero (as CEL's math.round). */
struct decimal decimal_round(struct decimal a);

#endif
