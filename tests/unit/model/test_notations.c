/* Quantities, versions and URLs as their texts are read. What functions make of them is held
 * against other engines in tests/unit/cel/library_cases.txt. */
#include "model/quantity.h"
#include "model/semver.h"
#include "model/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_quantity_parse__what_is_refused(void **state)
{
    static const struct {
        const char *text;
        enum status status;
    } rows[] = {
        {"1e400000000000", STATUS_LIMIT},
        {"123456789012345678901234567890123456789", STATUS_LIMIT},
        {"12345678901234567890123456789012345678", STATUS_OK},
        {"12345678901234567890123456789012345678Ki", STATUS_LIMIT},
        {"Ki", STATUS_INVALID},
        {"", STATUS_INVALID},
        {"1Kii", STATUS_INVALID},
        {"1e", STATUS_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value quantity;
        assert_int_equal(quantity_parse(span_view(rows[i].text), &quantity), rows[i].status);
    }
}

static void test_semver_compare__is_an_order(void **state)
{
    static const char *const rising[] = {
        "0.9.9",       "1.0.0-0",     "1.0.0-2", "1.0.0-11", "1.0.0--",
        "1.0.0-A",     "1.0.0-a",     "1.0.0-a.1", "1.0.0-a.b", "1.0.0",
        "1.0.1-a",     "1.0.1",       "1.2.0",   "1.10.0",   "18446744073709551615.0.0",
    };
    enum { COUNT = sizeof rising / sizeof *rising };
    (void)state;
    for (int a = 0; a < COUNT; a++) {
        assert_true(semver_is_valid(span_view(rising[a])));
        for (int b = 0; b < COUNT; b++) {
            assert_int_equal(semver_compare(span_view(rising[a]), span_view(rising[b])),
                             (a > b) - (a < b));
        }
    }
}

static void test_url_read__normal_texts_read_as_the_same(void **state)
{
    static const char *const texts[] = {
        "//", "//?", "//#x", "*", "/", "/?", "http://", "http:///x", "file:/x", "mailto:a@b?c#d",
        "https://us%20er:p%40ss@[fe80::1%25en0]:80/a b%2Fc?d=%zz#e f",
        "https://\xC3\xA4.de/\xC3\xA4",
    };
    struct arena *arena = arena_new(0);
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct url url;
        const char *problem;
        assert_true(url_parse(span_view(texts[i]), arena, &url, &problem));
        struct span normal = url_format(&url, arena);
        struct url again = url_read(normal, arena);
        assert_true(span_equals(url_format(&again, arena), normal));
        assert_true(span_equals(again.host, url.host));
        assert_true(span_equals(again.path, url.path));
        assert_true(span_equals(again.query, url.query));
    }
    arena_free(&arena);
}

/* What would be no UTF-8 once its escapes are read. */
static void test_url_parse__keeps_to_utf8(void **state)
{
    struct arena *arena = arena_new(0);
    struct url url;
    struct span plain;
    const char *problem;
    (void)state;
    assert_false(url_parse(SPAN("https://a%FF.de/"), arena, &url, &problem));
    assert_true(url_parse(SPAN("https://a.de/%FF"), arena, &url, &problem));
    assert_false(url_unescape_query(SPAN("%FF"), arena, &plain));
    assert_true(url_unescape_query(SPAN("%C3%A4+b"), arena, &plain));
    assert_true(span_equals(plain, SPAN("\xC3\xA4 b")));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantity_parse__what_is_refused),
        cmocka_unit_test(test_semver_compare__is_an_order),
        cmocka_unit_test(test_url_read__normal_texts_read_as_the_same),
        cmocka_unit_test(test_url_parse__keeps_to_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
