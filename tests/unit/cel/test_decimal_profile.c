/* The decimal profile, rule by rule: what numbers of a record do in expressions. */
#include "cel_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define RECORD                                                                              \
    "{\"price\": 129.95, \"round\": 130, \"padded\": 130.00, \"tenth\": 0.1, \"whole\": 3," \
    " \"zero\": 0, \"minus\": -2.5, \"half\": 2.5,"                                         \
    " \"id\": 12345678901234567890123456789012345678,"                                      \
    " \"nines\": 99999999999999999999999999999999999999, \"big\": 9.9e125, \"small\": 1e-130,"\
    " \"vast\": 9e6144, \"tiny\": 1e-6144, \"long\": 9007199254740993, \"set\": [1, 2.50, 3e2],"\
    " \"map\": {\"a\": 1.50}, \"text\": \"1.5\", \"nothing\": null}"

struct rule {
    const struct test_row *rows;
    size_t count;
};

static const struct test_row every_number_is_one[] = {
    {"type(new.price) == decimal && type(new.round) == decimal", "true"},
    {"type(new.zero) == decimal && type(new.minus) == decimal", "true"},
    {"new.set.all(n, type(n) == decimal)", "true"},
    {"type(new.map.a) == decimal", "true"},
    {"type(new.text) == decimal", "false"},
    {"type(new.round * 2) == decimal && type(-new.round) == decimal", "true"},
    {"new.round * 0.9 == 117 && new.price * 0.9 == 116.955", "true"}, /* no type flaps */
};

static const struct test_row operators[] = {
    {"new.price + new.tenth == 130.05", "true"},
    {"new.price - new.round == -0.05", "true"},
    {"new.tenth * new.tenth == 0.01", "true"},
    {"new.round / new.half == 52", "true"},
    {"new.minus % 2 == -0.5", "true"}, /* the sign of the left side */
    {"new.half % -2 == 0.5", "true"},
    {"-new.minus == new.half", "true"},
    {"new.minus < new.zero && new.zero <= 0 && new.half > 2.4 && new.half >= 2.5", "true"},
    {"new.half != 2.5", "false"},
    {"new.price == new.text", "false"}, /* unlike kinds are unequal, not an error */
    {"new.price < new.text", "no overload"},
    {"new.price + new.text == ''", "no overload"},
    {"new.price == new.nothing", "false"},
};

static const struct test_row by_value[] = {
    {"new.round == new.padded", "true"},
    {"new.padded == 130.000 && 130 == new.padded", "true"},
    {"new.map.a == 1.5 && new.map == {'a': 1.5}", "true"},
    {"new.zero == -0.0", "true"},
    {"new.set == [1, 2.5, 300]", "true"},
    {"string(new.padded)", "\"130\""},
};

static const struct test_row literals[] = {
    {"new.round * 0.9 == 117", "true"},
    {"0.9 * new.round == 117", "true"},
    {"new.round * 9e-1 == 117", "true"},
    {"new.round * (1.0 - 0.1) == 117", "true"},
    {"new.round * -0.9 == -117", "true"},
    {"new.tenth + 0.2 == 0.3", "true"},
    {"new.tenth < 0.1000000000000000000000000000000000001", "true"},
    {"new.tenth == 0.1000000000000000000000000000000000001", "false"},
    {"new.id == 12345678901234567890123456789012345678.0", "true"},
    {"new.id == 12345678901234567890123456789012345679.0", "false"},
    {"new.?none.orValue(0.1) * 3 == 0.3", "true"},
    {"coalesce(new.?none, 0.1) + 0.2 == 0.3", "true"},
    {"[0.9, 0.8].exists(r, new.round * r == 117)", "true"},
    {"cel.bind(r, 0.9, new.round * r == 117)", "true"},
    {"(has(new.none) ? new.none : 0.1) + 0.2 == 0.3", "true"},
};

static const struct test_row widening[] = {
    {"new.long == 9007199254740993 && new.long != 9007199254740992", "true"},
    {"new.long + 1 == 9007199254740994u", "true"},
    {"new.zero + 9223372036854775807 == 9223372036854775807", "true"},
    {"new.zero + -9223372036854775808 == -9223372036854775808", "true"},
    {"new.zero + 18446744073709551615u == 18446744073709551615u", "true"},
    {"size(new.text) * new.tenth == 0.3", "true"},
    {"2u * new.half == 5", "true"},
    {"new.round / size(new.set) > 43.33", "true"},
};

/* real holds the double next to one tenth, which is a little more. */
static const struct test_row doubles[] = {
    {"new.tenth < real && real > new.tenth && new.tenth <= real", "true"},
    {"new.tenth == real || real == new.tenth", "false"},
    {"new.tenth in [real]", "false"},
    {"decimal(real) == new.tenth", "true"}, /* by its shortest text */
    {"new.half == real * 25.0", "true"},    /* 2.5 is a double too */
    {"new.tenth + real == 0.2", "no overload"},
    {"new.tenth - real == 0.0", "no overload"},
    {"new.tenth * real == 0.01", "no overload"},
    {"real / new.tenth == 1.0", "no overload"},
    {"new.tenth % real == 0.0", "no overload"},
    {"new.tenth * decimal(real) == 0.01", "true"},
    {"new.big < double('Infinity') && new.big > double('-Infinity')", "true"},
    {"new.big < double('NaN') || new.big >= double('NaN') || new.big == double('NaN')", "false"},
};

static const struct test_row membership[] = {
    {"new.half in [1, 2.5]", "true"},
    {"new.whole in [1u, 3u]", "true"},
    {"new.whole in [1, 2]", "false"},
    {"2.5 in new.set && 300 in new.set && 1u in new.set", "true"},
    {"4 in new.set", "false"},
    {"new.half in new.set", "true"},
    {"new.whole in {3: 'x'} && new.whole in {3u: 'x'}", "true"},
    {"new.half in {2: 'x', 3: 'y'}", "false"},
};

static const struct test_row indexes[] = {
    {"['a', 'b', 'c', 'd'][new.whole]", "\"d\""},
    {"['a', 'b', 'c', 'd'][new.zero]", "\"a\""},
    {"['a', 'b', 'c', 'd'][new.half]", "no overload"},
    {"['a'][new.whole]", "absent"},
    {"['a'][new.minus]", "no overload"},
    {"{3: 'three'}[new.whole]", "\"three\""},
    {"{3u: 'three'}[new.whole]", "\"three\""},
    {"{2: 'two'}[new.half]", "absent"},
    {"['a', 'b', 'c', 'd'][?new.whole].orValue('')", "\"d\""},
};

static const struct test_row conversions[] = {
    {"int(new.whole) == 3 && type(int(new.whole)) == int", "true"},
    {"int(new.half)", "error"}, /* not integral: never cut off in silence */
    {"int(new.minus)", "error"},
    {"int(new.id)", "error"},
    {"uint(new.whole) == 3u", "true"},
    {"uint(new.minus)", "error"},
    {"int(math.round(new.price)) == 130", "true"},
    {"double(new.tenth) == 0.1 && type(double(new.tenth)) == double", "true"},
    {"double(new.vast) == double('Infinity')", "true"},
    {"string(new.price)", "\"129.95\""},
    {"string(new.id)", "\"12345678901234567890123456789012345678\""},
    {"string(new.big)", "\"9.9E+125\""},
    {"string(new.small)", "\"1E-130\""},
    {"string(new.zero - new.tenth)", "\"-0.1\""},
    {"decimal('1.50') == new.map.a && decimal(new.text) == new.map.a", "true"},
    {"decimal(1) == 1 && decimal(1u) == 1 && decimal(0.1) == new.tenth", "true"},
    {"decimal('abc')", "refused"}, /* a constant without a value */
    {"decimal(new.nothing)", "no overload"},
    {"decimal(double('NaN')) == 1", "refused"},
    {"bool(new.whole)", "no overload"},
};

static const struct test_row limits[] = {
    {"new.vast * 10 > 0", "error"},
    {"new.vast + new.vast > 0", "error"},
    {"new.tiny / 10 > 0", "error"},
    {"new.whole / 0 > 0", "error"},
    {"new.whole / new.zero > 0", "error"},
    {"new.whole % new.zero > 0", "error"},
    {"new.nines + 0 == 99999999999999999999999999999999999999.0", "true"},
    {"new.nines + 1 == 1e38", "true"},
    {"new.nines < new.nines + 1", "true"},
};

static const struct test_row rounding[] = {
    {"string(new.whole / 7)", "\"0.42857142857142857142857142857142857143\""},
    {"string(2 / new.whole)", "\"0.66666666666666666666666666666666666667\""},
    {"new.nines + 0.5 == 1e38", "true"},                                     /* odd: up */
    {"new.nines - 0.5 == 99999999999999999999999999999999999998.0", "true"}, /* to even */
    {"new.nines * new.nines == 9.9999999999999999999999999999999999998e75", "true"},
    {"1 / new.whole * new.whole == 1", "false"}, /* rounded is not exact */
    {"math.round(new.half) == 3 && math.round(new.minus) == -3", "true"},
    {"new.big > new.small && new.big + new.small == new.big", "true"},
    {"new.small > 0 && new.zero < new.small", "true"},
};

static const struct test_row functions[] = {
    {"math.abs(new.minus) == 2.5", "true"},
    {"math.least(new.half, new.whole) == 2.5 && math.greatest(new.half, 3) == 3", "true"},
    {"math.ceil(new.half) == 3 && math.floor(new.minus) == -3 && math.trunc(new.minus) == -2",
     "true"},
    {"math.sign(new.minus) == -1", "true"},
    {"'%.1f'.format([new.price])", "\"130.0\""}, /* half away from zero, as it is for people */
};

/* Nothing here is of a record: as the specification says. */
static const struct test_row without_decimals[] = {
    {"0.1 + 0.2 == 0.3", "false"},
    {"1 / 2 == 0", "true"},
    {"1 + 1.0 == 2.0", "refused"},
    {"dyn(1) + 1.0 == 2.0", "refused"}, /* a constant that fails */
    {"0.1 * 3.0 == 0.3", "false"},
    {"type(0.1) == double && type(1) == int", "true"},
    {"9007199254740993 == int('9007199254740993')", "true"},
    {"dyn(9223372036854775807) < 9223372036854775808.0", "false"}, /* compared as doubles */
};

#define RULE(rows) {rows, sizeof(rows) / sizeof *(rows)}

static const struct rule rules[] = {
    RULE(every_number_is_one), RULE(operators),  RULE(by_value),    RULE(literals),
    RULE(widening),            RULE(doubles),    RULE(membership),  RULE(indexes),
    RULE(conversions),         RULE(limits),     RULE(rounding),    RULE(functions),
    RULE(without_decimals),
};

static void test_decimal_profile__rules(void **state)
{
    struct test_host *host = *state;
    test_host_set_images(host, "null", RECORD);
    test_host_set_data(host, "null");
    host->real = 0.1;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        test_host_check_rows(host, rules[i].rows, rules[i].count);
    }
}

/* What the author of `new.price < old.price * 0.9` expects. */
static void test_decimal_profile__acceptance(void **state)
{
    static const char *const rows[][3] = {
        {"{\"price\": 0.10}", "{\"price\": 0.09}", "false"}, /* exactly nine tenths */
        {"{\"price\": 100}", "{\"price\": 89.99}", "true"},
        {"{\"price\": 100}", "{\"price\": 90}", "false"},
        {"{\"price\": 100.00}", "{\"price\": 90}", "false"}, /* 100 and 100.00 are one */
        {"{\"price\": 100.00}", "{\"price\": 89.990}", "true"},
        {"{\"price\": 130}", "{\"price\": 116.99}", "true"}, /* round or not, the same */
        {"{\"price\": 129.95}", "{\"price\": 116}", "true"},
        {"{\"price\": 129.95}", "{\"price\": 116.955}", "false"},
        {"{}", "{\"price\": 1}", "absent"}, /* not false: not evaluable */
        {"{\"price\": 1}", "{}", "absent"},
        {"null", "{\"price\": 1}", "absent"},
    };
    struct test_host *host = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_host_set_images(host, rows[i][0], rows[i][1]);
        const struct test_row row = {"new.price < old.price * 0.9", rows[i][2]};
        test_host_check_rows(host, &row, 1);
    }
}

/* The frame says whether anything was rounded since it was last asked. */
static void test_frame_take_rounded__table(void **state)
{
    static const struct {
        const char *text;
        bool rounded;
    } rows[] = {
        {"new.whole / 7 > 0", true},
        {"new.half * 2 == 5", false},
        {"new.whole / 7 > 0 || new.half > 0", true},
        {"new.round / new.half > 0", false},
        {"new.half / new.whole > 9 || new.half * new.half > 9", true}, /* in either order */
        {"new.half * new.half > 9 || new.half / new.whole > 9", true},
        {"new.half / 7 > 9 || new.half * 7 > 99", true},
        {"new.nines + 0.5 > 0", true},
        {"new.nines * new.nines > 0", true},
        {"new.nines + 1 > 0", false},
        {"[1 / new.whole, new.half].size() == 2", true},
        {"[new.tenth, 1 / new.whole].sum() > 0", true},
        {"new.half * (decimal(1) / 3) > 0", true}, /* folded, and rounded then */
        {"1.0 / 3.0 > 0.0 && new.half > 0", false}, /* doubles */
        {"new.zero > 1 && new.whole / 7 > 0", false}, /* not reached */
    };
    struct test_host *host = *state;
    test_host_set_images(host, "null", RECORD);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cel_program *program = test_host_compile(host, rows[i].text);
        assert_int_equal(test_host_run(host, program).kind, VALUE_BOOL);
        bool rounded = cel_frame_take_rounded(host->frame);
        if (rounded != rows[i].rounded || cel_frame_take_rounded(host->frame)) {
            fail_msg("%s: %d", rows[i].text, rounded);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(test_decimal_profile__rules),
        HOST_TEST(test_decimal_profile__acceptance),
        HOST_TEST(test_frame_take_rounded__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
