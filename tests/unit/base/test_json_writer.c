#include "base/json_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_json_writer__commas_and_nesting(void **state)
{
    (void)state;
    struct buf out = {0};
    struct json_writer writer = json_writer_to(&out);
    json_open_object(&writer);
    json_key(&writer, "a");
    json_write_int(&writer, INT64_MIN);
    json_key(&writer, "b");
    json_open_array(&writer);
    json_write_uint(&writer, UINT64_MAX);
    json_write_bool(&writer, true);
    json_write_bool(&writer, false);
    json_write_null(&writer);
    json_open_object(&writer);
    json_close_object(&writer);
    json_open_array(&writer);
    json_close_array(&writer);
    json_close_array(&writer);
    json_key_span(&writer, SPAN("c\"d"));
    json_write_raw(&writer, SPAN("1.50"));
    json_key(&writer, "e");
    json_write_string(&writer, SPAN("f"));
    json_close_object(&writer);
    assert_string_equal(out.ptr, "{\"a\":-9223372036854775808,\"b\":[18446744073709551615,true,"
                                 "false,null,{},[]],\"c\\\"d\":1.50,\"e\":\"f\"}");
    assert_int_equal(writer.depth, 0);
    buf_deinit(&out);
}

static void test_json_writer__deepest_nesting(void **state)
{
    (void)state;
    struct buf out = {0};
    struct json_writer writer = json_writer_to(&out);
    for (int i = 1; i < JSON_WRITER_DEPTH_MAX; i++) {
        json_open_array(&writer);
    }
    for (int i = 1; i < JSON_WRITER_DEPTH_MAX; i++) {
        json_close_array(&writer);
    }
    assert_int_equal(out.len, 2 * (JSON_WRITER_DEPTH_MAX - 1));
    buf_deinit(&out);
}

struct row {
    struct span text;
    const char *json;
};

static void test_json_string__table(void **state)
{
    (void)state;
    const struct row rows[] = {
        {SPAN(""), ""},
        {SPAN("plain"), "plain"},
        {SPAN("a\"b\\c/d"), "a\\\"b\\\\c/d"},
        {SPAN("\n\r\t\b\f\0\x1F"), "\\n\\r\\t\\u0008\\u000c\\u0000\\u001f"},
        {SPAN("\x7F"), "\\u007f"},
        /* well-formed: 2, 3, 4 bytes, and the last code point */
        {SPAN("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF"),
         "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF"},
        /* C1 control, Arabic letter mark, right-to-left override and isolate, line separator */
        {SPAN("\xC2\x85\xD8\x9C\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\xA8"),
         "\\u0085\\u061c\\u202e\\u2066\\u2028"},
        /* malformed: stray continuation, overlong, surrogate, too large, cut short, no lead */
        {SPAN("\x80"), "\xEF\xBF\xBD"},
        {SPAN("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {SPAN("\xE0\x80\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {SPAN("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {SPAN("\xF4\x90\x80\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {SPAN("x\xE2\x82"), "x\xEF\xBF\xBD\xEF\xBF\xBD"},
        {SPAN("\xE2\x82z"), "\xEF\xBF\xBD\xEF\xBF\xBDz"},
        {SPAN("\xFF!"), "\xEF\xBF\xBD!"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {0};
        struct buf expected = {0};
        struct json_writer writer = json_writer_to(&out);
        json_write_string(&writer, rows[i].text);
        buf_printf(&expected, "\"%s\"", rows[i].json);
        assert_string_equal(out.ptr, expected.ptr);
        buf_deinit(&expected);
        buf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_writer__commas_and_nesting),
        cmocka_unit_test(test_json_writer__deepest_nesting),
        cmocka_unit_test(test_json_string__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
