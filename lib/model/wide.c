/* wide.c: limbs of 64 bits, lowest first. */
#include "model/wide.h"

enum { LIMBS = 4, LIMB_BITS = 64 };

/* floor(bits * log10(2)) for bits <= 256: 1233 / 4096 is just below log10(2). */
static unsigned digits_estimate(unsigned bits)
{
    return bits * 1233 >> 12;
}

static unsigned bit_length(uint64_t limb)
{
    return limb ? LIMB_BITS - (unsigned)__builtin_clzll(limb) : 0;
}

/* From the bits: the estimate is right or one too small, which one comparison tells. */
unsigned uint128_digits(uint128 number)
{
    uint64_t high = (uint64_t)(number >> 64);
    unsigned bits = high ? LIMB_BITS + bit_length(high) : bit_length((uint64_t)number | 1);
    unsigned estimate = digits_estimate(bits);
    return estimate + (estimate <= POWER10_MAX && number >= power10(estimate)) +
           (number == 0);
}

/* By halves of 64 bits; no partial sum exceeds 128. */
struct wide wide_multiply(uint128 a, uint128 b)
{
    uint64_t a_low = (uint64_t)a;
    uint64_t a_high = (uint64_t)(a >> 64);
    uint64_t b_low = (uint64_t)b;
    uint64_t b_high = (uint64_t)(b >> 64);
    uint128 low = (uint128)a_low * b_low;
    uint128 cross = (uint128)a_low * b_high + (low >> 64);
    uint128 cross_low = (uint128)a_high * b_low + (uint64_t)cross;
    uint128 high = (uint128)a_high * b_high + (cross >> 64) + (cross_low >> 64);
    return (struct wide){
        {(uint64_t)low, (uint64_t)cross_low, (uint64_t)high, (uint64_t)(high >> 64)}};
}

static void multiply_small(struct wide *number, uint64_t factor)
{
    uint128 carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint128)number->limb[i] * factor;
        number->limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
}

void wide_scale(struct wide *number, unsigned exponent)
{
    for (; exponent > POWER10_SMALL_MAX; exponent -= POWER10_SMALL_MAX) {
        multiply_small(number, power10_small(POWER10_SMALL_MAX));
    }
    multiply_small(number, power10_small(exponent));
}

struct wide wide_add(const struct wide *a, const struct wide *b)
{
    struct wide sum;
    uint128 carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        carry += (uint128)a->limb[i] + b->limb[i];
        sum.limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return sum;
}

struct wide wide_subtract(const struct wide *a, const struct wide *b)
{
    struct wide difference;
    uint64_t borrow = 0;
    for (int i = 0; i < LIMBS; i++) {
        uint128 step = (uint128)a->limb[i] - b->limb[i] - borrow;
        difference.limb[i] = (uint64_t)step;
        borrow = (uint64_t)(step >> 64) & 1;
    }
    return difference;
}

int wide_compare(const struct wide *a, const struct wide *b)
{
    for (int i = LIMBS - 1; i >= 0; i--) {
        if (a->limb[i] != b->limb[i]) {
            return a->limb[i] < b->limb[i] ? -1 : 1;
        }
    }
    return 0;
}

unsigned wide_digits(const struct wide *number)
{
    if (number->limb[3] == 0 && number->limb[2] == 0 &&
        wide_low(number) <= power10(POWER10_MAX)) {
        return uint128_digits(wide_low(number));
    }
    int top = LIMBS - 1;
    while (number->limb[top] == 0) {
        top--;
    }
    unsigned estimate = digits_estimate((unsigned)top * LIMB_BITS + bit_length(number->limb[top]));
    if (estimate >= 2 * POWER10_MAX + 1) {
        return estimate;
    }
    struct wide power = wide_from(1);
    wide_scale(&power, estimate);
    return estimate + (wide_compare(number, &power) >= 0);
}

uint64_t wide_divide_small(struct wide *number, uint64_t divisor)
{
    uint128 rest = 0;
    for (int i = LIMBS - 1; i >= 0; i--) {
        rest = rest << 64 | number->limb[i];
        if (rest >= divisor) {
            number->limb[i] = (uint64_t)(rest / divisor);
            rest %= divisor;
        } else {
            number->limb[i] = 0;
        }
    }
    return (uint64_t)rest;
}

/* One digit of schoolbook division in base 2^64 (Knuth, TAOCP 4.3.1, algorithm D):
 * (*rest * 2^64 + next) / divisor, where *rest < divisor and the divisor's top bit is set. */
static uint64_t divide_step(uint128 *rest, uint64_t next, uint128 divisor)
{
    uint64_t divisor_high = (uint64_t)(divisor >> 64);
    uint64_t divisor_low = (uint64_t)divisor;
    uint64_t rest_high = (uint64_t)(*rest >> 64);
    uint128 guess = rest_high >= divisor_high ? UINT64_MAX : *rest / divisor_high;
    /* what the guess leaves of the upper 128 bits; it is at most 2 too large */
    uint128 left = *rest - guess * divisor_high;
    while (left >> 64 == 0 && guess * divisor_low > (left << 64 | next)) {
        guess--;
        left += divisor_high;
    }
    *rest = (left << 64 | next) - guess * divisor_low;
    return (uint64_t)guess;
}

uint128 wide_divide(struct wide *number, uint128 divisor)
{
    if (divisor >> 64 == 0) {
        return wide_divide_small(number, (uint64_t)divisor);
    }
    /* normalised, as algorithm D wants it: both sides shifted, and the rest shifted back */
    unsigned shift = (unsigned)__builtin_clzll((uint64_t)(divisor >> 64));
    divisor <<= shift;
    uint64_t spill = shift ? number->limb[3] >> (LIMB_BITS - shift) : 0;
    uint128 rest = spill;
    for (int i = LIMBS - 1; i >= 0; i--) {
        uint64_t below = i > 0 && shift ? number->limb[i - 1] >> (LIMB_BITS - shift) : 0;
        uint64_t next = number->limb[i] << shift | below;
        number->limb[i] = divide_step(&rest, next, divisor);
    }
    return rest >> shift;
}
