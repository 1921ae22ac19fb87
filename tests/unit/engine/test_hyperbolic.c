#include "engine/baseline/hyperbolic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* Units in the last place between two numbers of one sign. */
static uint64_t apart(double a, double b)
{
    uint64_t from = bits_of(a);
    uint64_t to = bits_of(b);
    return from > to ? from - to : to - from;
}

/* The bits themselves: they are promised to be the same on every machine. */
static void test_hyperbolic_asinh__bits(void **state)
{
    (void)state;
    static const struct {
        double x;
        double answer;
    } cases[] = {
        {0, 0},
        {0x1p-40, 0x1p-40},
        {0.1, 0x1.98eb9e7e5fc3fp-4},
        {1, 0x1.c34366179d427p-1},
        {-1, -0x1.c34366179d427p-1},
        {240, 0x1.8b1f61f47f388p+2},
        {1e6, 0x1.d046ec97fa3ccp+3},
        {1e30, 0x1.1715325f7f438p+6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bits_of(hyperbolic_asinh(cases[i].x)), bits_of(cases[i].answer));
    }
}

static void test_hyperbolic_asinh__is_that_of_the_library(void **state)
{
    (void)state;
    for (double x = 1e-12; x < 1e30; x *= 1.0137) {
        assert_true(apart(hyperbolic_asinh(x), asinh(x)) <= 2);
        assert_true(hyperbolic_asinh(-x) == -hyperbolic_asinh(x));
    }
}

static void test_hyperbolic_asinh__grows(void **state)
{
    (void)state;
    static const double around[] = {0x1p-28, 0.5, 1, 2, 1000, 0x1p28, 1e12};
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        double x = around[i] * (1 - 1e-14);
        for (int step = 0; step < 200; step++, x = nextafter(x, INFINITY)) {
            assert_true(hyperbolic_asinh(nextafter(x, INFINITY)) >=
                        hyperbolic_asinh(x) * (1 - 4e-16));
        }
    }
}

static void test_hyperbolic_sinh__is_that_of_the_library(void **state)
{
    (void)state;
    assert_true(hyperbolic_sinh(0) == 0);
    for (double y = 1e-9; y < 700; y *= 1.0173) {
        assert_true(apart(hyperbolic_sinh(y), sinh(y)) <= 8);
        assert_true(hyperbolic_sinh(-y) == -hyperbolic_sinh(y));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hyperbolic_asinh__bits),
        cmocka_unit_test(test_hyperbolic_asinh__is_that_of_the_library),
        cmocka_unit_test(test_hyperbolic_asinh__grows),
        cmocka_unit_test(test_hyperbolic_sinh__is_that_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
