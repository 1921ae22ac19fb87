/* decimal_double.c: conversions from and to doubles, and comparing with a double's exact binary
 * value. */
#include "model/decimal_pack.h"

#include "base/check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DOUBLE_DIGITS_MAX = 17,    /* always read back as the same double */
    DOUBLE_DIGITS_EXACT = 767, /* the longest exact decimal of a double */
    DOUBLE_TEXT_SIZE = 800,
    POWER10_EXACT_MAX = 22,    /* the greatest power of ten that is a double itself */
};

enum status decimal_from_double(double number, struct decimal *out)
{
    char text[DOUBLE_TEXT_SIZE];
    if (!isfinite(number)) {
        return STATUS_INVALID;
    }
    /* 15 digits of a normal double never read back as another one; a subnormal one has fewer */
    int digits = fabs(number) < DBL_MIN ? 1 : DBL_DIG;
    do {
        snprintf(text, sizeof text, "%.*e", digits - 1, number);
    } while (strtod(text, NULL) != number && digits++ < DOUBLE_DIGITS_MAX);
    return decimal_parse(span_view(text), out);
}

double decimal_to_double(struct decimal number)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int exponent = number.exponent;
    if (number.high == 0 && number.low >> DBL_MANT_DIG == 0 && abs(exponent) <= POWER10_EXACT_MAX) {
        /* both are exact, so that the one operation rounds correctly */
        double magnitude = exponent < 0 ? (double)number.low / powers[-exponent]
                                        : (double)number.low * powers[exponent];
        return number.negative ? -magnitude : magnitude;
    }
    /* strtod rounds correctly, also where the result is subnormal */
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(number, text);
    return strtod(text, NULL);
}

/* Digits d1 d2 ... of d1.d2... * 10^exponent from "d.ddde+x"; returns the exponent. */
static int split_scientific(const char *text, char digits[DOUBLE_TEXT_SIZE])
{
    size_t count = 0;
    for (; *text != 'e'; text++) {
        if (*text != '.') {
            digits[count++] = *text;
        }
    }
    digits[count] = '\0';
    return (int)strtol(text + 1, NULL, 10);
}

/* |a| against the exact |b|, where both have the same sign and are not zero. */
static int compare_exact(struct decimal a, double b)
{
    char text[DOUBLE_TEXT_SIZE];
    char b_digits[DOUBLE_TEXT_SIZE];
    char a_digits[DOUBLE_TEXT_SIZE];
    snprintf(text, sizeof text, "%.*e", DOUBLE_DIGITS_EXACT - 1, fabs(b));
    int b_exponent = split_scientific(text, b_digits);

    /* a's digits, padded with zeros to as many */
    struct decimal integer = {.low = a.low, .high = a.high};
    size_t a_count = decimal_format(integer, text).len;
    int a_exponent = a.exponent + (int)a_count - 1;
    memcpy(a_digits, text, a_count);
    memset(a_digits + a_count, '0', DOUBLE_DIGITS_EXACT - a_count);
    if (a_exponent != b_exponent) {
        return a_exponent < b_exponent ? -1 : 1;
    }
    int order = memcmp(a_digits, b_digits, DOUBLE_DIGITS_EXACT);
    return (order > 0) - (order < 0);
}

int decimal_compare_double(struct decimal a, double b)
{
    check(isfinite(b));
    /* rounding keeps the order, so that only equality is in doubt */
    double rounded = decimal_to_double(a);
    if (rounded != b) {
        return rounded < b ? -1 : 1;
    }
    if (b == 0) {
        return decimal_is_zero(a) ? 0 : a.negative ? -1 : 1;
    }
    int order = compare_exact(a, b);
    return a.negative ? -order : order;
}
