/* decimal_pack.h: what the files of decimal share: the way into and out of the canonical form. */
#ifndef MODEL_DECIMAL_PACK_H
#define MODEL_DECIMAL_PACK_H

#include "model/decimal.h"
#include "model/wide.h"

static inline uint128 decimal_coefficient(struct decimal number)
{
    return (uint128)number.high << 64 | number.low;
}

static inline bool decimal_is_zero(struct decimal number)
{
    return (number.low | number.high) == 0;
}

/* (-1)^negative * coefficient * 10^exponent in canonical form; coefficient <= 10^38.
 * STATUS_LIMIT when it is out of range. */
MUST_USE enum status decimal_pack(uint128 coefficient, int64_t exponent, bool negative,
                                  struct decimal *out);

#endif
