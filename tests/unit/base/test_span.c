#include "base/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_span_matches_glob__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *pattern;
        bool matches;
    } rows[] = {
        {"products", "products", true},   {"products", "prod*", true},
        {"products", "*s", true},         {"products", "p?oducts", true},
        {"products", "order*", false},    {"", "*", true},
        {"", "?", false},                 {"\xC3\xA9t\xC3\xA9", "?t?", true},
        {"aaaaaaaaaaaaaaaa", "*a*a*a*b", false}, {"a-b", "*-?", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(span_matches_glob(span_view(rows[i].text), span_view(rows[i].pattern)),
                         rows[i].matches);
    }
}

static void test_span_distance__near_names(void **state)
{
    (void)state;
    assert_int_equal(span_distance(SPAN("severty"), SPAN("severity")), 1);
    assert_int_equal(span_distance(SPAN("abc"), SPAN("abc")), 0);
    assert_int_equal(span_distance(SPAN(""), SPAN("abc")), 3);
}

static void test_span_compare__bytes_then_length(void **state)
{
    (void)state;
    const struct {
        struct span a;
        struct span b;
        int order;
    } rows[] = {
        {SPAN(""), SPAN(""), 0},
        {SPAN("a"), SPAN("b"), -1},
        {SPAN("b"), SPAN("a"), 1},
        {SPAN("a"), SPAN("ab"), -1},
        {SPAN("ab"), SPAN("a"), 1},
        {SPAN("z"), SPAN("\xC3\xA9"), -1}, /* bytes are unsigned */
        {SPAN("a\0b"), SPAN("a\0c"), -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(span_compare(rows[i].a, rows[i].b), rows[i].order);
        assert_int_equal(span_equals(rows[i].a, rows[i].b), rows[i].order == 0);
    }
}

static void test_span_starts_ends_trim__table(void **state)
{
    (void)state;
    assert_true(span_starts_with(SPAN("abc"), SPAN("ab")));
    assert_true(span_starts_with(SPAN("abc"), SPAN("")));
    assert_false(span_starts_with(SPAN("ab"), SPAN("abc")));
    assert_true(span_ends_with(SPAN("abc"), SPAN("bc")));
    assert_true(span_ends_with(SPAN("abc"), SPAN("")));
    assert_false(span_ends_with(SPAN("bc"), SPAN("abc")));
    assert_true(span_equals(span_trim(SPAN(" \t\r\na b\n ")), SPAN("a b")));
    assert_int_equal(span_trim(SPAN(" \n")).len, 0);
    assert_true(span_equals_nocase(SPAN("MoDify"), SPAN("mODIFY")));
    assert_false(span_equals_nocase(SPAN("a["), SPAN("a{")));
    assert_false(span_equals_nocase(SPAN("a"), SPAN("ab")));
}

static void test_span_distance__long_texts_are_far(void **state)
{
    (void)state;
    char text[65];
    memset(text, 'x', sizeof text);
    assert_int_equal(span_distance(span_of(text, 64), span_of(text, 64)), 0);
    assert_int_equal(span_distance(span_of(text, 65), span_of(text, 65)), 64);
}

static void test_span_utf8_prefix__table(void **state)
{
    (void)state;
    const struct {
        struct span text;
        size_t length;
    } rows[] = {
        {SPAN(""), 0},
        {SPAN("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF"), 14},
        {SPAN("ab\x80"), 2},
        {SPAN("ab\xC0\xAF"), 2},
        {SPAN("ab\xC1\xBF"), 2},
        {SPAN("\xE0\x9F\xBF"), 0},
        {SPAN("\xED\xA0\x80"), 0},
        {SPAN("\xF0\x8F\xBF\xBF"), 0},
        {SPAN("\xF4\x90\x80\x80"), 0},
        {SPAN("\xF5\x80\x80\x80"), 0},
        {SPAN("ab\xE2\x82"), 2},
        {SPAN("ab\xE2z\x82"), 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(span_utf8_prefix(rows[i].text), rows[i].length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span_matches_glob__table),
        cmocka_unit_test(test_span_distance__near_names),
        cmocka_unit_test(test_span_distance__long_texts_are_far),
        cmocka_unit_test(test_span_compare__bytes_then_length),
        cmocka_unit_test(test_span_utf8_prefix__table),
        cmocka_unit_test(test_span_starts_ends_trim__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
