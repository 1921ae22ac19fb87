/* hyperbolic.c: reduced to a short range, where a polynomial does. Compiled without fused
 * multiply-add, which would round differently (detector/engine/CMakeLists.txt). */
#include "engine/baseline/hyperbolic.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MANTISSA_BITS = 52, EXPONENT_BIAS = 1023 };

/* ln 2 in two parts: a multiple of the first is exact. */
static const double LN2_HIGH = 6.93147180369123816490e-01;
static const double LN2_LOW = 1.90821492927058770002e-10;
static const double SQRT2 = 1.41421356237309514547;

/* value = 2^exponent * (1 + *fraction), for a normal value above 0. */
static int split(double value, double *fraction)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int exponent = (int)(bits >> MANTISSA_BITS) - EXPONENT_BIAS;
    bits = (bits & ((UINT64_C(1) << MANTISSA_BITS) - 1)) |
           (uint64_t)EXPONENT_BIAS << MANTISSA_BITS;
    double mantissa;
    memcpy(&mantissa, &bits, sizeof mantissa);
    if (mantissa > SQRT2) {
        mantissa *= 0.5;
        exponent++;
    }
    *fraction = mantissa - 1;
    return exponent;
}

/* log(value + correction), the correction being below the last place of the value. */
static double log_corrected(double value, double correction)
{
    double f;
    int exponent = split(value, &f);
    double s = f / (2 + f);
    double z = s * s;
    double series = 1.479819860511658591e-01;
    series = 1.531383769920937332e-01 + z * series;
    series = 1.818357216161805012e-01 + z * series;
    series = 2.222219843214978396e-01 + z * series;
    series = 2.857142874366239149e-01 + z * series;
    series = 3.999999999940941908e-01 + z * series;
    series = 6.666666666666735130e-01 + z * series;
    double half = 0.5 * f * f;
    double low = s * (half + z * series) + (exponent * LN2_LOW + correction / value);
    return exponent * LN2_HIGH - ((half - low) - f);
}

/* log(1 + y), y from 0 on. */
static double log_above_one(double y)
{
    double value = 1 + y;
    double correction = y < 1 ? y - (value - 1) : 1 - (value - y);
    return log_corrected(value, correction);
}

double hyperbolic_asinh(double x)
{
    const double tiny = 0x1p-28; /* there x is the answer */
    const double large = 0x1p28; /* there log(2x) is */
    double size = fabs(x);
    double answer = size;
    if (size > large) {
        answer = log_corrected(size, 0) + (LN2_HIGH + LN2_LOW);
    } else if (size > tiny) {
        double square = size * size;
        answer = log_above_one(size + square / (1 + sqrt(1 + square)));
    }
    return copysign(answer, x);
}

/* y + y^3/3! + y^5/5! ..., |y| below 1. */
static double sinh_near_zero(double y)
{
    double square = y * y;
    double series = 1;
    for (int n = 18; n > 0; n -= 2) {
        series = 1 + square * series / (n * (n + 1));
    }
    return y * series;
}

/* e^y, y from 0 on. */
static double exp_of(double y)
{
    double power = floor(y / (LN2_HIGH + LN2_LOW) + 0.5);
    double rest = (y - power * LN2_HIGH) - power * LN2_LOW;
    double series = 1;
    for (int n = 16; n > 0; n--) {
        series = 1 + rest * series / n;
    }
    return ldexp(series, (int)power);
}

double hyperbolic_sinh(double y)
{
    double size = fabs(y);
    if (size < 1) {
        return sinh_near_zero(y);
    }
    double exponential = exp_of(size);
    return copysign((exponential - 1 / exponential) / 2, y);
}
