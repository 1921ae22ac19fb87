/* decimal.c: the canonical form, order, and conversions from and to integers. */
#include "model/decimal_pack.h"

static bool ends_in_zero(uint128 number)
{
    /* 2^64 leaves 1 when divided by 5, so the limbs' remainders just add */
    uint64_t low = (uint64_t)number;
    return (low & 1) == 0 && (low % 5 + (uint64_t)(number >> 64) % 5) % 5 == 0;
}

static uint64_t strip_zeros_small(uint64_t coefficient, int64_t *exponent)
{
    while (coefficient % 10 == 0) {
        coefficient /= 10;
        (*exponent)++;
    }
    return coefficient;
}

/* Moves the trailing zeros of a coefficient that is not zero into its exponent. */
static uint128 strip_zeros(uint128 coefficient, int64_t *exponent)
{
    static const uint8_t runs[] = {16, 16, 8, 4, 2, 1};
    if (coefficient >> 64 == 0) {
        return strip_zeros_small((uint64_t)coefficient, exponent);
    }
    for (size_t i = 0; ends_in_zero(coefficient) && i < sizeof runs; i++) {
        uint64_t power = power10_small(runs[i]);
        if (coefficient % power == 0) {
            coefficient /= power;
            *exponent += runs[i];
        }
    }
    return coefficient;
}

/* Bounds the adjusted exponent, that of the first digit. */
static bool in_range(uint128 coefficient, int64_t exponent)
{
    /* far from the ends the digits need not be counted */
    if (exponent >= DECIMAL_EXPONENT_MIN && exponent <= DECIMAL_EXPONENT_MAX - DECIMAL_DIGITS_MAX) {
        return true;
    }
    int64_t adjusted = exponent + uint128_digits(coefficient) - 1;
    return adjusted >= DECIMAL_EXPONENT_MIN && adjusted <= DECIMAL_EXPONENT_MAX;
}

enum status decimal_pack(uint128 coefficient, int64_t exponent, bool negative, struct decimal *out)
{
    if (coefficient == 0) {
        *out = (struct decimal){0};
        return STATUS_OK;
    }
    coefficient = strip_zeros(coefficient, &exponent);
    if (!in_range(coefficient, exponent)) {
        return STATUS_LIMIT;
    }
    *out = (struct decimal){
        .low = (uint64_t)coefficient,
        .high = (uint64_t)(coefficient >> 64),
        .exponent = (int16_t)exponent,
        .negative = negative,
    };
    return STATUS_OK;
}

struct decimal decimal_from_uint(uint64_t number)
{
    struct decimal decimal = {0};
    enum status status = decimal_pack(number, 0, false, &decimal);
    (void)status; /* 20 digits are always in range */
    return decimal;
}

struct decimal decimal_from_int(int64_t number)
{
    struct decimal magnitude =
        decimal_from_uint(number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
    return number < 0 ? decimal_negate(magnitude) : magnitude;
}

/* The magnitude as an integer of at most `max`. */
static enum status to_integer(struct decimal number, uint64_t max, uint64_t *out)
{
    if (number.exponent < 0) {
        return STATUS_INVALID;
    }
    if (number.high != 0 || number.exponent > POWER10_SMALL_MAX) {
        return STATUS_LIMIT;
    }
    uint128 value = (uint128)number.low * power10_small((unsigned)number.exponent);
    if (value > max) {
        return STATUS_LIMIT;
    }
    *out = (uint64_t)value;
    return STATUS_OK;
}

enum status decimal_to_uint(struct decimal number, uint64_t *out)
{
    uint64_t magnitude = 0;
    enum status status = to_integer(number, UINT64_MAX, &magnitude);
    if (status != STATUS_OK) {
        return status;
    }
    if (number.negative) {
        return STATUS_LIMIT;
    }
    *out = magnitude;
    return STATUS_OK;
}

enum status decimal_to_int(struct decimal number, int64_t *out)
{
    uint64_t magnitude = 0;
    enum status status =
        to_integer(number, (uint64_t)INT64_MAX + number.negative, &magnitude);
    if (status != STATUS_OK) {
        return status;
    }
    *out = number.negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return STATUS_OK;
}

static int compare_coefficients(uint128 a, uint128 b)
{
    return (a > b) - (a < b);
}

/* |a| against |b|, where a.exponent > b.exponent and neither is zero. */
static int compare_scaled(struct decimal a, struct decimal b)
{
    unsigned shift = (unsigned)(a.exponent - b.exponent);
    uint128 a_coefficient = decimal_coefficient(a);
    uint128 b_coefficient = decimal_coefficient(b);
    if (a.high == 0 && shift <= POWER10_SMALL_MAX) {
        return compare_coefficients((uint128)a.low * power10_small(shift), b_coefficient);
    }
    unsigned a_digits = uint128_digits(a_coefficient) + shift;
    unsigned b_digits = uint128_digits(b_coefficient);
    if (a_digits != b_digits) {
        return a_digits < b_digits ? -1 : 1;
    }
    /* as many digits as b, so that the product fits 128 bits */
    return compare_coefficients(a_coefficient * power10(shift), b_coefficient);
}

static int compare_magnitudes(struct decimal a, struct decimal b)
{
    if (a.exponent == b.exponent) {
        return compare_coefficients(decimal_coefficient(a), decimal_coefficient(b));
    }
    return a.exponent > b.exponent ? compare_scaled(a, b) : -compare_scaled(b, a);
}

static int sign(struct decimal number)
{
    return decimal_is_zero(number) ? 0 : number.negative ? -1 : 1;
}

int decimal_compare(struct decimal a, struct decimal b)
{
    int a_sign = sign(a);
    int b_sign = sign(b);
    if (a_sign != b_sign) {
        return a_sign < b_sign ? -1 : 1;
    }
    return a_sign == 0 ? 0 : a_sign * compare_magnitudes(a, b);
}
