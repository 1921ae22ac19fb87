#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_free(&arena);
    return 0;
}

static struct value read_good(struct arena *arena, struct span text, enum json_numbers numbers)
{
    struct value value;
    struct json_error error = {"none", 0};
    enum status status = json_read(text, numbers, arena, &error, &value);
    if (status != STATUS_OK) {
        fail_msg("%.*s: %s at %zu", SPAN_ARG(text), error.reason, error.offset);
    }
    return value;
}

/* What is read and written again is the same compact text. */
static void test_json_read__good(void **state)
{
    static const struct {
        const char *text;
        const char *compact;
    } rows[] = {
        {"null", "null"},
        {" \t\r\n true\n", "true"},
        {"[]", "[]"},
        {"{ }", "{}"},
        {"[ 1 , -0 , 12.50 , 1E3 , 1.5e-2 ]", "[1,0,12.5,1000,0.015]"},
        {"{\"a\":{\"b\":[{\"c\":null}]},\"\":false}", "{\"a\":{\"b\":[{\"c\":null}]},\"\":false}"},
        {"\"\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"A/\\u0008\\u000c\\n\\r\\t\\\"\\\\\""},
        {"\"\\ud83d\\uDE00 \\u00e9 \\u20ac\"", "\"\xF0\x9F\x98\x80 \xC3\xA9 \xE2\x82\xAC\""},
        {"\"12345678901234567890123456789012345678\"",
         "\"12345678901234567890123456789012345678\""},
        {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
        {"\"\xF4\x8F\xBF\xBF \xED\x9F\xBF \xEE\x80\x80\"",
         "\"\xF4\x8F\xBF\xBF \xED\x9F\xBF \xEE\x80\x80\""},
        {"{\"a\":1,\"A\":2,\"aa\":3}", "{\"a\":1,\"A\":2,\"aa\":3}"},
        {"[{\"a\":1},{\"a\":1}]", "[{\"a\":1},{\"a\":1}]"},
        {"{\"a\":{\"a\":1}}", "{\"a\":{\"a\":1}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value = read_good(*state, span_view(rows[i].text), JSON_NUMBERS_DECIMAL);
        struct buf out = {0};
        struct json_writer writer = json_writer_to(&out);
        value_write_json(&value, &writer);
        assert_string_equal(out.ptr, rows[i].compact);
        buf_deinit(&out);
    }
}

static void test_json_read__bad(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *reason;
    } rows[] = {
        {"", 0, "the text ends too early"},
        {"  ", 2, "the text ends too early"},
        {"{", 1, "the text ends too early"},
        {"[1,", 3, "the text ends too early"},
        {"\"abc", 4, "the text ends too early"},
        {"\"abc\\", 5, "the text ends too early"},
        {"1 2", 2, "there is more text behind the value"},
        {"{}}", 2, "there is more text behind the value"},
        {"tru", 0, "a value is expected"},
        {"nulL", 0, "a value is expected"},
        {"[1,]", 3, "a value is expected"},
        {"[,1]", 1, "a value is expected"},
        {"'a'", 0, "a value is expected"},
        {"\xEF\xBB\xBF{}", 0, "a value is expected"},
        {"[1 2]", 3, "',' or ']' is expected"},
        {"[1}", 2, "',' or ']' is expected"},
        {"{\"a\":1 \"b\":2}", 7, "',' or '}' is expected"},
        {"{\"a\":1]", 6, "',' or '}' is expected"},
        {"{\"a\" 1}", 5, "':' is expected"},
        {"{a:1}", 1, "a member name in quotes is expected"},
        {"{\"a\":1,}", 7, "a member name in quotes is expected"},
        {"{,}", 1, "a member name in quotes is expected"},
        {"-", 1, "the text ends too early"},
        {"[-]", 2, "this is no JSON number"},
        {"[1.]", 3, "this is no JSON number"},
        {"[1e+]", 4, "this is no JSON number"},
        {"[.5]", 1, "a value is expected"},
        {"[+1]", 1, "a value is expected"},
        {"01", 1, "there is more text behind the value"},
        {"\"a\tb\"", 2, "a control character inside a string"},
        {"\"\\x\"", 1, "there is no such escape"},
        {"\"\\u12G4\"", 1, "\\u needs four hex digits"},
        {"\"\\u12\"", 1, "\\u needs four hex digits"},
        {"\"\\ud800\"", 1, "a high surrogate without a low one behind it"},
        {"\"\\ud800\\u0041\"", 1, "a high surrogate without a low one behind it"},
        {"\"\\udc00\"", 1, "a low surrogate without a high one before it"},
        {"\"a\x80\"", 2, "malformed UTF-8"},
        {"\"\xC0\x80\"", 1, "malformed UTF-8"},
        {"\"\xE0\x9F\xBF\"", 1, "malformed UTF-8"},
        {"\"\xED\xA0\x80\"", 1, "malformed UTF-8"},
        {"\"\xF0\x8F\xBF\xBF\"", 1, "malformed UTF-8"},
        {"\"\xF4\x90\x80\x80\"", 1, "malformed UTF-8"},
        {"\"\xF5\x80\x80\x80\"", 1, "malformed UTF-8"},
        {"\"\xE2\x82\"", 1, "malformed UTF-8"},
        {"{\"a\":1,\"b\":2,\"a\":3}", 13, "the object has two members of this name"},
        {"{\"a\":1,\"\\u0061\":3}", 7, "the object has two members of this name"},
        {"[{\"x\":{\"\":1,\"\":2}}]", 12, "the object has two members of this name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value = value_null();
        struct json_error error = {0};
        enum status status = json_read(span_view(rows[i].text), JSON_NUMBERS_DECIMAL, *state,
                                       &error, &value);
        if (status != STATUS_INVALID || error.offset != rows[i].offset ||
            strcmp(error.reason, rows[i].reason) != 0) {
            fail_msg("%s: %s, %s at %zu", rows[i].text, status_text(status),
                     error.reason ? error.reason : "-", error.offset);
        }
    }
}

static void test_json_read__cel_numbers(void **state)
{
    static const struct {
        const char *text;
        enum value_kind kind;
        int64_t integer;
        double real;
    } rows[] = {
        {"0", VALUE_INT, 0, 0},
        {"-0", VALUE_INT, 0, 0},
        {"9223372036854775807", VALUE_INT, INT64_MAX, 0},
        {"-9223372036854775808", VALUE_INT, INT64_MIN, 0},
        {"9223372036854775808", VALUE_DOUBLE, 0, 9223372036854775808.0},
        {"1.0", VALUE_DOUBLE, 0, 1},
        {"1e2", VALUE_DOUBLE, 0, 100},
        {"0.1", VALUE_DOUBLE, 0, 0.1},
        {"1e-400", VALUE_DOUBLE, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value = read_good(*state, span_view(rows[i].text), JSON_NUMBERS_CEL);
        assert_int_equal(value.kind, rows[i].kind);
        if (value.kind == VALUE_INT) {
            assert_true(value.integer == rows[i].integer);
        } else {
            assert_true(value.real == rows[i].real);
        }
    }
}

static void test_json_read__limits_of_numbers(void **state)
{
    static const struct {
        const char *text;
        enum json_numbers numbers;
    } rows[] = {
        {"[123456789012345678901234567890123456789]", JSON_NUMBERS_DECIMAL},
        {"[1e99999]", JSON_NUMBERS_DECIMAL},
        {"[1e999]", JSON_NUMBERS_CEL},
        {"[-1e999]", JSON_NUMBERS_CEL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value;
        struct json_error error = {0};
        assert_int_equal(
            json_read(span_view(rows[i].text), rows[i].numbers, *state, &error, &value),
            STATUS_LIMIT);
        assert_int_equal(error.offset, 1);
    }
}

/* "\u0000" is a character like any other: lengths count. */
static void test_json_read__nul_in_text(void **state)
{
    struct value value =
        read_good(*state, SPAN("{\"a\\u0000b\":\"\\u0000\",\"a\":1}"), JSON_NUMBERS_CEL);
    assert_int_equal(value.map.count, 2);
    const struct value *member = value_map_get(&value, SPAN("a\0b"));
    assert_non_null(member);
    assert_int_equal(member->text.len, 1);
    assert_int_equal(member->text.ptr[0], '\0');
}

/* Each byte at each place of a string: what is no plain byte is found wherever it stands. */
static void test_json_read__every_byte_at_every_place(void **state)
{
    enum { LENGTH = 27 };
    for (int place = 1; place < LENGTH - 2; place++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[LENGTH];
            struct value value;
            struct json_error error = {0};
            bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            memset(text, 'a', LENGTH);
            text[0] = text[LENGTH - 1] = '"';
            text[place] = (char)byte;
            enum status status =
                json_read(span_of(text, LENGTH), JSON_NUMBERS_CEL, *state, &error, &value);
            assert_int_equal(status == STATUS_OK, plain);
            assert_true(plain || error.offset == (size_t)place + (byte == '"'));
        }
    }
}

static void test_json_read__raw_nul_is_refused(void **state)
{
    struct value value;
    struct json_error error = {0};
    assert_int_equal(json_read(SPAN("[1]\0"), JSON_NUMBERS_CEL, *state, &error, &value),
                     STATUS_INVALID);
    assert_int_equal(error.offset, 3);
}

static void test_json_read__strings_without_escapes_are_views(void **state)
{
    static const char text[] = "[\"plain\"]";
    struct value value = read_good(*state, span_view(text), JSON_NUMBERS_CEL);
    assert_ptr_equal(value.list.items[0].text.ptr, text + 2);
}

static struct span nested(struct arena *arena, size_t depth)
{
    char *text = arena_alloc(arena, 2 * depth);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return span_of(text, 2 * depth);
}

static void test_json_read__depth(void **state)
{
    struct value value;
    struct json_error error = {0};
    read_good(*state, nested(*state, JSON_DEPTH_MAX), JSON_NUMBERS_CEL);
    assert_int_equal(json_read(nested(*state, JSON_DEPTH_MAX + 1), JSON_NUMBERS_CEL, *state, &error,
                               &value),
                     STATUS_LIMIT);
    assert_int_equal(error.offset, JSON_DEPTH_MAX);
    assert_int_equal(
        json_read(nested(*state, 1000000), JSON_NUMBERS_CEL, *state, &error, &value), STATUS_LIMIT);
}

static void test_json_read__size(void **state)
{
    size_t size = JSON_BYTES_MAX + 1;
    char *text = arena_alloc(*state, size);
    struct value value;
    struct json_error error = {0};
    memset(text, ' ', size);
    text[0] = '7';
    assert_int_equal(
        json_read(span_of(text, size - 1), JSON_NUMBERS_CEL, *state, &error, &value), STATUS_OK);
    assert_int_equal(json_read(span_of(text, size), JSON_NUMBERS_CEL, *state, &error, &value),
                     STATUS_LIMIT);
    assert_int_equal(error.offset, JSON_BYTES_MAX);
}

/* An object of `count` members k0, k1, ...; the last one repeats the name of member `repeat`. */
static struct span wide_object(struct buf *out, unsigned count, unsigned repeat)
{
    buf_clear(out);
    buf_append_char(out, '{');
    for (unsigned i = 0; i + 1 < count; i++) {
        buf_printf(out, "\"k%u\":%u,", i, i);
    }
    buf_printf(out, "\"\\u006b%u\":0}", repeat);
    return buf_view(out);
}

static void test_json_read__duplicates_in_objects_of_any_width(void **state)
{
    struct buf text = {0};
    for (unsigned count = 2; count < 200; count++) {
        for (unsigned repeat = 0; repeat + 1 < count; repeat += 1 + count / 7) {
            struct value value;
            struct json_error error = {0};
            struct span object = wide_object(&text, count, repeat);
            assert_int_equal(json_read(object, JSON_NUMBERS_CEL, *state, &error, &value),
                             STATUS_INVALID);
            assert_memory_equal(object.ptr + error.offset, "\"\\u006b", 7);
        }
        read_good(*state, wide_object(&text, count, count), JSON_NUMBERS_CEL);
        arena_reset(*state);
    }
    buf_deinit(&text);
}

/* The names of the outer object are kept while inner ones come and go. */
static void test_json_read__duplicates_around_nested_objects(void **state)
{
    struct buf text = {0};
    struct buf inner = {0};
    struct value value;
    struct json_error error = {0};
    wide_object(&inner, 100, 100);
    buf_printf(&text, "{\"a\":%s,\"b\":%s,\"a\":1}", inner.ptr, inner.ptr);
    assert_int_equal(json_read(buf_view(&text), JSON_NUMBERS_CEL, *state, &error, &value),
                     STATUS_INVALID);
    assert_int_equal(error.offset, text.len - 6);
    buf_deinit(&text);
    buf_deinit(&inner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_read__good),
        cmocka_unit_test(test_json_read__bad),
        cmocka_unit_test(test_json_read__cel_numbers),
        cmocka_unit_test(test_json_read__limits_of_numbers),
        cmocka_unit_test(test_json_read__nul_in_text),
        cmocka_unit_test(test_json_read__every_byte_at_every_place),
        cmocka_unit_test(test_json_read__raw_nul_is_refused),
        cmocka_unit_test(test_json_read__strings_without_escapes_are_views),
        cmocka_unit_test(test_json_read__depth),
        cmocka_unit_test(test_json_read__size),
        cmocka_unit_test(test_json_read__duplicates_in_objects_of_any_width),
        cmocka_unit_test(test_json_read__duplicates_around_nested_objects),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
