#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_buf_append__grows_and_ends_in_nul(void **state)
{
    (void)state;
    struct buf buf = {0};
    assert_int_equal(buf_view(&buf).len, 0);
    for (int i = 0; i < 5000; i++) {
        buf_append(&buf, SPAN("abc"));
        buf_append_char(&buf, 'd');
        assert_int_equal(buf.ptr[buf.len], '\0');
    }
    assert_int_equal(buf.len, 20000);
    assert_memory_equal(buf.ptr + 19996, "abcd", 5);
    buf_deinit(&buf);
    assert_int_equal(buf.len, 0);
    assert_null(buf.ptr);
}

static void test_buf_append__empty_span(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_append(&buf, span_of(NULL, 0));
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.ptr, "");
    buf_deinit(&buf);
}

static void test_buf_clear__keeps_the_memory(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_clear(&buf);
    buf_append(&buf, SPAN("old"));
    char *memory = buf.ptr;
    buf_clear(&buf);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.ptr, "");
    buf_append(&buf, SPAN("new"));
    assert_ptr_equal(buf.ptr, memory);
    assert_string_equal(buf.ptr, "new");
    buf_deinit(&buf);
}

static void test_buf_reserve__no_move_within_what_was_reserved(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_reserve(&buf, 1000);
    assert_string_equal(buf.ptr, "");
    char *memory = buf.ptr;
    for (int i = 0; i < 1000; i++) {
        buf_append_char(&buf, 'x');
    }
    assert_ptr_equal(buf.ptr, memory);
    buf_deinit(&buf);
}

static void test_buf_printf__appends(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_append(&buf, SPAN("a="));
    buf_printf(&buf, "%d", 12);
    assert_string_equal(buf.ptr, "a=12");
    buf_printf(&buf, "%1000s", "");
    assert_int_equal(buf.len, 1004);
    buf_deinit(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_append__grows_and_ends_in_nul),
        cmocka_unit_test(test_buf_append__empty_span),
        cmocka_unit_test(test_buf_clear__keeps_the_memory),
        cmocka_unit_test(test_buf_reserve__no_move_within_what_was_reserved),
        cmocka_unit_test(test_buf_printf__appends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
