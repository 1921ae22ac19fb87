#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_text_append_visible__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *visible;
    } rows[] = {
        {"plain", "plain"},
        {"", ""},
        {"a\nb\tc\rd", "a b c d"},
        {"a\x01" "b\x1b[31mc\x7f", "ab[31mc"},
        {"a\xC2\x80z\xC2\x9F", "az"},          /* C1 */
        {"a\xC2\xA0z", "a\xC2\xA0z"},          /* no-break space is no control */
        {"A1\xE2\x80\xAE" "drawer", "A1drawer"}, /* U+202E */
        {"\xE2\x80\x8E\xE2\x80\x8F\xE2\x81\xA6\xE2\x81\xA9\xD8\x9C.", "."},
        {"\xE2\x80\xA8\xE2\x80\xA9.", "."},    /* line and paragraph separators */
        {"\xE2\x82\xAC 5", "\xE2\x82\xAC 5"},  /* the euro sign begins with the same byte */
        {"\xE2\x80\xA6", "\xE2\x80\xA6"},      /* the mark itself */
        {"\xD8\x9D\xC3\xA9", "\xD8\x9D\xC3\xA9"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {0};
        buf_append(&out, SPAN(""));
        text_append_visible(&out, span_view(rows[i].text));
        assert_string_equal(out.ptr, rows[i].visible);
        buf_deinit(&out);
    }
}

static void test_text_append_visible__a_text_that_ends_inside_a_character(void **state)
{
    (void)state;
    struct buf out = {0};
    text_append_visible(&out, SPAN("a\xE2\x80"));
    assert_int_equal(out.len, 3);
    buf_deinit(&out);
}

static void test_text_cut__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max;
        const char *cut;
    } rows[] = {
        {"abcdef", 6, "abcdef"},
        {"abcdefg", 6, "abc" TEXT_CUT_MARK},
        {"\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC", 8, "\xE2\x82\xAC" TEXT_CUT_MARK},
        {"abcd", 3, TEXT_CUT_MARK},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span cut = text_cut(span_view(rows[i].text), rows[i].max, arena);
        assert_true(cut.len <= rows[i].max);
        assert_true(span_equals(cut, span_view(rows[i].cut)));
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_append_visible__table),
        cmocka_unit_test(test_text_append_visible__a_text_that_ends_inside_a_character),
        cmocka_unit_test(test_text_cut__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
