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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span_matches_glob__table),
        cmocka_unit_test(test_span_distance__near_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
