/* arithmetic.h: + - * / % over values. Private to lib/cel. Any thread. */
#ifndef CEL_ARITHMETIC_H
#define CEL_ARITHMETIC_H

#include "cel/library/library.h"

enum arithmetic {
    ARITHMETIC_ADD,
    ARITHMETIC_SUBTRACT,
    ARITHMETIC_MULTIPLY,
    ARITHMETIC_DIVIDE,
    ARITHMETIC_REMAINDER,
};

/* Neither operand is an error. Overflow, division by zero and unlike kinds are; decimals meet int
 * and uint exactly, and never a double. + joins texts, bytes and lists, and moves timestamps. */
struct value arithmetic_apply(enum arithmetic operation, const struct value *left,
                              const struct value *right, struct cel_scratch *scratch);
/* The same of two decimals, made in place: *out is a decimal or why there is none. */
void arithmetic_decimals(enum arithmetic operation, struct decimal a, struct decimal b,
                         struct value *out);
struct value arithmetic_negate(const struct value *operand, struct cel_scratch *scratch);

#endif
