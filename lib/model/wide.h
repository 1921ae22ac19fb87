/* wide.h: unsigned integers of 128 and 256 bits, as far as decimal arithmetic needs them. */
#ifndef MODEL_WIDE_H
#define MODEL_WIDE_H

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 uint128;

/* 256 bits, least significant limb first. All numbers here stay below 10^77 < 2^256. */
struct wide {
    uint64_t limb[4];
};

enum { POWER10_SMALL_MAX = 19, POWER10_MAX = 38 };

/* 10^exponent, exponent <= 19. */
static inline uint64_t power10_small(unsigned exponent)
{
    static const uint64_t powers[] = {
        1U,
        10U,
        100U,
        1000U,
        10000U,
        100000U,
        1000000U,
        10000000U,
        100000000U,
        1000000000U,
        10000000000U,
        100000000000U,
        1000000000000U,
        10000000000000U,
        100000000000000U,
        1000000000000000U,
        10000000000000000U,
        100000000000000000U,
        1000000000000000000U,
        10000000000000000000U,
    };
    return powers[exponent];
}

/* 10^exponent, exponent <= 38. */
static inline uint128 power10(unsigned exponent)
{
    if (exponent <= POWER10_SMALL_MAX) {
        return power10_small(exponent);
    }
    return (uint128)power10_small(POWER10_SMALL_MAX) *
           power10_small(exponent - POWER10_SMALL_MAX);
}

/* Decimal digits of `number` <= 10^38; 1 for zero. */
unsigned uint128_digits(uint128 number);

static inline struct wide wide_from(uint128 number)
{
    return (struct wide){{(uint64_t)number, (uint64_t)(number >> 64), 0, 0}};
}

/* The low 128 bits. */
static inline uint128 wide_low(const struct wide *number)
{
    return (uint128)number->limb[1] << 64 | number->limb[0];
}

/* The exact product. */
struct wide wide_multiply(uint128 a, uint128 b);
/* Multiplies by 10^exponent. */
void wide_scale(struct wide *number, unsigned exponent);
/* a + b. */
struct wide wide_add(const struct wide *a, const struct wide *b);
/* a - b, where a >= b. */
struct wide wide_subtract(const struct wide *a, const struct wide *b);
/* -1, 0, 1. */
int wide_compare(const struct wide *a, const struct wide *b);
/* Decimal digits of `number` < 10^77; 1 for zero. */
unsigned wide_digits(const struct wide *number);
/* Divides in place by a divisor that is not zero; returns the remainder. */
uint64_t wide_divide_small(struct wide *number, uint64_t divisor);
uint128 wide_divide(struct wide *number, uint128 divisor);

#endif
