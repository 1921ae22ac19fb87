#include "model/decimal.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* 38 digits */
#define NINES "99999999999999999999999999999999999999"

static struct decimal number(const char *text)
{
    struct decimal result = {0};
    if (decimal_parse(span_view(text), &result) != STATUS_OK) {
        fail_msg("'%s' is no decimal", text);
    }
    return result;
}

static void assert_decimal(struct decimal actual, const char *expected)
{
    char text[DECIMAL_TEXT_SIZE];
    struct span view = decimal_format(actual, text);
    assert_string_equal(text, expected);
    assert_int_equal(view.len, strlen(expected));
}

static void test_decimal_parse__canonical_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *canonical;
    } rows[] = {
        {"0", "0"},
        {"-0.00", "0"},
        {"0E99999", "0"},
        {"-12.50", "-12.5"},
        {"1E+3", "1000"},
        {"1e3", "1000"},
        {".5", "0.5"},
        {"5.", "5"},
        {"+7", "7"},
        {"007.10", "7.1"},
        {"0.00001", "0.00001"},
        {"9999999999999999999", "9999999999999999999"},
        {"99999999999999999999", "99999999999999999999"},
        {"18446744073709551616", "18446744073709551616"},
        {NINES, NINES},
        {"-." NINES, "-0." NINES},
        {NINES "00", "9.9999999999999999999999999999999999999E+39"},
        {"1E+37", "10000000000000000000000000000000000000"},
        {"1E+38", "1E+38"},
        {"1E-38", "0.00000000000000000000000000000000000001"},
        {"1E-39", "1E-39"},
        {"-1.25E-130", "-1.25E-130"},
        {NINES "E+6107", "9.9999999999999999999999999999999999999E+6144"},
        {"1E-6144", "1E-6144"},
        {NINES "E-6181", "9.9999999999999999999999999999999999999E-6144"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_decimal(number(rows[i].text), rows[i].canonical);
        assert_true(decimal_equals(number(rows[i].text), number(rows[i].canonical)));
    }
}

static void test_decimal_parse__refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status status;
    } rows[] = {
        {"", STATUS_INVALID},        {".", STATUS_INVALID},         {"-", STATUS_INVALID},
        {"1.2.3", STATUS_INVALID},   {"1E", STATUS_INVALID},        {"1E+", STATUS_INVALID},
        {"E5", STATUS_INVALID},      {"1x", STATUS_INVALID},        {" 1", STATUS_INVALID},
        {"1 ", STATUS_INVALID},      {"--1", STATUS_INVALID},       {"1,5", STATUS_INVALID},
        {"NaN", STATUS_INVALID},     {"Infinity", STATUS_INVALID},  {"0x1", STATUS_INVALID},
        {NINES "1", STATUS_LIMIT},   {"1." NINES, STATUS_LIMIT},    {"1E+6145", STATUS_LIMIT},
        {"1E-6145", STATUS_LIMIT},   {NINES "E-6182", STATUS_LIMIT},
        {NINES "E+6108", STATUS_LIMIT},
        {NINES "1x", STATUS_INVALID}, {"1E+99999999999999999999999", STATUS_LIMIT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct decimal untouched = decimal_from_int(42);
        assert_int_equal(decimal_parse(span_view(rows[i].text), &untouched), rows[i].status);
        assert_decimal(untouched, "42");
    }
}

typedef enum status (*operation)(struct decimal a, struct decimal b, struct decimal *out);

struct arithmetic {
    operation apply;
    const char *a;
    const char *b;
    const char *result; /* NULL: the status says why there is none */
    bool rounded;
    enum status status;
};

static const struct arithmetic arithmetic[] = {
    {decimal_add, "0.1", "0.2", "0.3", false, STATUS_OK},
    {decimal_add, "1", "-1", "0", false, STATUS_OK},
    {decimal_add, "-5", "3", "-2", false, STATUS_OK},
    {decimal_add, "0", "-3.5", "-3.5", false, STATUS_OK},
    {decimal_add, NINES, "1", "1E+38", false, STATUS_OK},
    /* ties go to the even neighbour, both ways */
    {decimal_add, NINES, "0.5", "1E+38", true, STATUS_OK},
    {decimal_add, "99999999999999999999999999999999999998", "0.5",
     "99999999999999999999999999999999999998", true, STATUS_OK},
    {decimal_add, "99999999999999999999999999999999999998", "0.50000000000000000000000001", NINES,
     true, STATUS_OK},
    {decimal_add, NINES, "0.49999999999999999999999999", NINES, true, STATUS_OK},
    /* what lies far below decides ties only */
    {decimal_add, "1E+6000", "1E-6000", "1E+6000", true, STATUS_OK},
    {decimal_subtract, "1E+38", "1E-6000", "1E+38", true, STATUS_OK},
    {decimal_subtract, "1E+38", "1", NINES, false, STATUS_OK},
    {decimal_subtract, "1E+38", "0.5", "1E+38", true, STATUS_OK},
    {decimal_subtract, "1E+38", "0.51", NINES, true, STATUS_OK},
    {decimal_subtract, "1E-6144", "1.1E-6144", NULL, false, STATUS_LIMIT},
    {decimal_add, NINES "E+6107", "1E+6107", NULL, false, STATUS_LIMIT},
    {decimal_multiply, "19.99", "0.9", "17.991", false, STATUS_OK},
    {decimal_multiply, "-0.5", "-2", "1", false, STATUS_OK},
    {decimal_multiply, "0", "-2", "0", false, STATUS_OK},
    {decimal_multiply, NINES, NINES, "9.9999999999999999999999999999999999998E+75", true,
     STATUS_OK},
    {decimal_multiply, "18446744073709551615", "18446744073709551615",
     "3.4028236692093846342648111928434910822E+38", true, STATUS_OK},
    {decimal_multiply, "1E+6000", "1E+200", NULL, false, STATUS_LIMIT},
    {decimal_multiply, "1E-6000", "1E-200", NULL, false, STATUS_LIMIT},
    {decimal_divide, "1", "8", "0.125", false, STATUS_OK},
    {decimal_divide, "-1", "3", "-0.33333333333333333333333333333333333333", true, STATUS_OK},
    {decimal_divide, "2", "3", "0.66666666666666666666666666666666666667", true, STATUS_OK},
    {decimal_divide, NINES, "3", "33333333333333333333333333333333333333", false, STATUS_OK},
    {decimal_divide, "0", "7", "0", false, STATUS_OK},
    {decimal_divide, "7", "0", NULL, false, STATUS_INVALID},
    {decimal_divide, "1E+6144", "0.1", NULL, false, STATUS_LIMIT},
    {decimal_remainder, "7", "3", "1", false, STATUS_OK},
    {decimal_remainder, "-7", "3", "-1", false, STATUS_OK},
    {decimal_remainder, "7", "-3", "1", false, STATUS_OK},
    {decimal_remainder, "7.5", "2", "1.5", false, STATUS_OK},
    {decimal_remainder, "1E+6144", "7", "1", false, STATUS_OK},
    {decimal_remainder, "5", "1E+6000", "5", false, STATUS_OK},
    {decimal_remainder, "5", "0", NULL, false, STATUS_INVALID},
};

static void test_decimal_arithmetic__table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof arithmetic / sizeof *arithmetic; i++) {
        const struct arithmetic *row = &arithmetic[i];
        struct decimal result = decimal_from_int(42);
        enum status status = row->apply(number(row->a), number(row->b), &result);
        assert_int_equal(status, row->status);
        assert_decimal(result, row->result ? row->result : "42");
        assert_int_equal(result.rounded, row->rounded);
    }
}

static void test_decimal_rounded__is_inherited(void **state)
{
    (void)state;
    struct decimal third;
    struct decimal result;
    assert_int_equal(decimal_divide(number("1"), number("3"), &third), STATUS_OK);
    assert_true(third.rounded);
    for (size_t i = 0; i < sizeof arithmetic / sizeof *arithmetic; i++) {
        if (arithmetic[i].apply(third, number("7"), &result) == STATUS_OK) {
            assert_true(result.rounded);
        }
    }
    assert_int_equal(decimal_add(number("0"), third, &result), STATUS_OK);
    assert_true(result.rounded);
    assert_int_equal(decimal_subtract(third, third, &result), STATUS_OK);
    assert_decimal(result, "0");
    assert_true(result.rounded);
    assert_true(decimal_round(third).rounded);
    assert_true(decimal_negate(third).rounded);
}

static void test_decimal_compare__table(void **state)
{
    (void)state;
    /* strictly rising */
    static const char *const rising[] = {
        "-1E+6144", ("-" NINES), "-18446744073709551616", "-1.1", "-1", "-1E-6144", "0", "1E-6144",
        "1E-130", "0.09", "0.0900000000000000000000000000000000001", "0.1", "1", "1.1", "9", "10",
        "100", "18446744073709551615", "18446744073709551616",
        "99999999999999999999999999999999999998", NINES, "1E+38", "1.1E+38", "1E+6144",
    };
    enum { COUNT = sizeof rising / sizeof *rising };
    for (int i = 0; i < COUNT; i++) {
        for (int k = 0; k < COUNT; k++) {
            int order = decimal_compare(number(rising[i]), number(rising[k]));
            assert_int_equal(order, (i > k) - (i < k));
            assert_int_equal(decimal_equals(number(rising[i]), number(rising[k])), i == k);
        }
    }
}

static void test_decimal_compare_double__exact(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        double b;
        int order;
    } rows[] = {
        {"0.5", 0.5, 0},
        {"0.1", 0.1, -1}, /* the double is 0.1000000000000000055... */
        {"-0.1", -0.1, 1},
        {"0.1000000000000000055511151231257827021", 0.1, -1},
        {"0.10000000000000000555111512312578270212", 0.1, 1},
        {"0", 0.0, 0},
        {"0", -0.0, 0},
        {"1E-400", 0.0, 1},
        {"-1E-400", 0.0, -1},
        {"9007199254740993", 9007199254740992.0, 1},
        {"9223372036854775807", 9223372036854775808.0, -1},
        {"1E+23", 1e23, 1}, /* the double is 99999999999999991611392 */
        {"1E+6144", DBL_MAX, 1},
        {"-1E+6144", -DBL_MAX, -1},
        {"5E-324", 5e-324, 1}, /* the double is 4.94...E-324 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(decimal_compare_double(number(rows[i].a), rows[i].b), rows[i].order);
    }
}

static void test_decimal_from__integers(void **state)
{
    (void)state;
    assert_decimal(decimal_from_int(0), "0");
    assert_decimal(decimal_from_int(-120), "-120");
    assert_decimal(decimal_from_int(INT64_MIN), "-9223372036854775808");
    assert_decimal(decimal_from_uint(UINT64_MAX), "18446744073709551615");
    assert_decimal(decimal_from_uint(10000000000000000000U), "10000000000000000000");
}

static void test_decimal_from_double__shortest(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } rows[] = {
        {0.1, "0.1"}, {-2.5, "-2.5"}, {1e22, "10000000000000000000000"}, {-0.0, "0"},
        {0.1 + 0.2, "0.30000000000000004"}, {5e-324, "5E-324"},
        {DBL_MAX, "1.7976931348623157E+308"}, {DBL_MIN, "2.2250738585072014E-308"},
        {100, "100"}, {9007199254740992, "9007199254740992"},
    };
    struct decimal result = decimal_from_int(42);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(decimal_from_double(rows[i].number, &result), STATUS_OK);
        assert_decimal(result, rows[i].text);
    }
    result = decimal_from_int(42);
    assert_int_equal(decimal_from_double(NAN, &result), STATUS_INVALID);
    assert_int_equal(decimal_from_double(-INFINITY, &result), STATUS_INVALID);
    assert_decimal(result, "42");
}

static void test_decimal_to__integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status to_int;
        enum status to_uint;
        int64_t value;
    } rows[] = {
        {"0", STATUS_OK, STATUS_OK, 0},
        {"1E+3", STATUS_OK, STATUS_OK, 1000},
        {"-7", STATUS_OK, STATUS_LIMIT, -7},
        {"1.5", STATUS_INVALID, STATUS_INVALID, 0},
        {"-1.5", STATUS_INVALID, STATUS_INVALID, 0},
        {"9223372036854775807", STATUS_OK, STATUS_OK, INT64_MAX},
        {"9223372036854775808", STATUS_LIMIT, STATUS_OK, 0},
        {"-9223372036854775808", STATUS_OK, STATUS_LIMIT, INT64_MIN},
        {"-9223372036854775809", STATUS_LIMIT, STATUS_LIMIT, 0},
        {"18446744073709551615", STATUS_LIMIT, STATUS_OK, 0},
        {"18446744073709551616", STATUS_LIMIT, STATUS_LIMIT, 0},
        {"1E+20", STATUS_LIMIT, STATUS_LIMIT, 0},
        {NINES, STATUS_LIMIT, STATUS_LIMIT, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t integer = 42;
        uint64_t natural = 42;
        assert_int_equal(decimal_to_int(number(rows[i].text), &integer), rows[i].to_int);
        assert_int_equal(integer, rows[i].to_int == STATUS_OK ? rows[i].value : 42);
        assert_int_equal(decimal_to_uint(number(rows[i].text), &natural), rows[i].to_uint);
        assert_int_equal(natural == 42, rows[i].to_uint != STATUS_OK);
    }
}

static void test_decimal_to_double__nearest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double nearest;
    } rows[] = {
        {"0.1", 0.1},  {"-129.95", -129.95}, {"1E+22", 1e22},
        {"1E+23", 1e23}, {"9007199254740993", 9007199254740992.0},
        {"1E+400", INFINITY}, {"-1E+400", -INFINITY}, {"1E-400", 0}, {"5E-324", 5e-324},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(decimal_to_double(number(rows[i].text)) == rows[i].nearest);
    }
}

static void test_decimal_round__halves_away_from_zero(void **state)
{
    (void)state;
    static const struct {
        const char *number;
        const char *rounded;
    } rows[] = {
        {"0.5", "1"},   {"-0.5", "-1"}, {"1.5", "2"}, {"2.5", "3"}, {"-2.5", "-3"}, {"0.49", "0"},
        {"-0.49", "0"}, {"7", "7"},     {"1E+50", "1E+50"},         {"1E-6000", "0"},
        {"0." NINES, "1"}, {"9999999999999999999999999999999999999.5", "10000000000000000000000000"
                                                                       "000000000000"},
        {"0.05", "0"}, {"9.5", "10"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_decimal(decimal_round(number(rows[i].number)), rows[i].rounded);
    }
}

static void test_decimal_negate_abs__zero_has_no_sign(void **state)
{
    (void)state;
    assert_true(decimal_equals(decimal_negate(number("0")), number("0")));
    assert_decimal(decimal_negate(number("1.5")), "-1.5");
    assert_decimal(decimal_negate(number("-1.5")), "1.5");
    assert_decimal(decimal_abs(number("-1.5")), "1.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal_parse__canonical_text),
        cmocka_unit_test(test_decimal_parse__refused),
        cmocka_unit_test(test_decimal_arithmetic__table),
        cmocka_unit_test(test_decimal_rounded__is_inherited),
        cmocka_unit_test(test_decimal_compare__table),
        cmocka_unit_test(test_decimal_compare_double__exact),
        cmocka_unit_test(test_decimal_from__integers),
        cmocka_unit_test(test_decimal_from_double__shortest),
        cmocka_unit_test(test_decimal_to__integers),
        cmocka_unit_test(test_decimal_to_double__nearest),
        cmocka_unit_test(test_decimal_round__halves_away_from_zero),
        cmocka_unit_test(test_decimal_negate_abs__zero_has_no_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
