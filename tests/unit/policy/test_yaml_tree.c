#include "policy/yaml/yaml_tree.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

struct fixture {
    struct arena *arena;
    struct diag_list diags;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->arena = arena_new(0);
    fixture->diags = diag_list_in(fixture->arena);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    arena_free(&fixture->arena);
    free(fixture);
    return 0;
}

static enum status read_text(struct fixture *fixture, struct span text, struct yaml_documents *out)
{
    fixture->diags = diag_list_in(fixture->arena);
    return yaml_read(SPAN("t.yaml"), text, fixture->arena, &fixture->diags, out);
}

static const struct yaml_node *only_value(struct fixture *fixture, const char *text)
{
    struct yaml_documents documents = {0};
    assert_int_equal(read_text(fixture, span_view(text), &documents), STATUS_OK);
    assert_int_equal(documents.count, 1);
    return documents.items[0]->entries[0].value;
}

static void test_yaml_read__documents_and_places(void **state)
{
    struct yaml_documents documents = {0};
    assert_int_equal(read_text(*state, SPAN("\xEF\xBB\xBF" "a: 1\r\nb: [x, \xC3\xA9\xC3\xA9, z]\r\n"
                                            "---\n# nothing\n---\n- c:\n    d: 'e'\n"),
                               &documents), STATUS_OK);
    assert_int_equal(documents.count, 2);
    const struct yaml_node *list = yaml_get(documents.items[0], "b");
    assert_int_equal(list->count, 3);
    struct place place = yaml_place(list->items[1]);
    assert_int_equal(place.line, 2);
    assert_int_equal(place.column, 8);
    assert_int_equal(place.width, 2);
    assert_int_equal(yaml_place(list->items[2]).column, 12);
    const struct yaml_node *inner = yaml_get(documents.items[1]->items[0], "c");
    place = yaml_place(yaml_get(inner, "d"));
    assert_int_equal(place.line, 7);
    assert_int_equal(place.column, 8);
}

/* The first 'X' of the value must be found at line:column of the file, the 'Y' likewise. */
static void test_yaml_place_in__styles(void **state)
{
    static const struct {
        const char *text;
        uint32_t x_line, x_column, y_line, y_column;
    } rows[] = {
        {"k: aXbY", 1, 5, 1, 7},
        {"k: a X\n  b\n\n  c Y", 1, 6, 4, 5},
        {"k: X\n\n\n  Y", 1, 4, 4, 3},
        {"k: 'it''s X ''Y'", 1, 11, 1, 15},
        {"k: 'a\n   X\n\n   Y'", 2, 4, 4, 4},
        {"k: \"\\t\\x41\\u00e9 X\\n\\U0001F600Y\"", 1, 18, 1, 31},
        {"k: \"a\\N\\_\\L X \\\"Y\"", 1, 13, 1, 17},
        {"k: \"a  \\\n    X\\n \\n  Y\"", 2, 5, 2, 13},
        {"k: \"a\n  X\n\n  \\tY\"", 2, 3, 4, 5},
        {"k: |\n  a\n    X\n\n  \xC3\xA9Y\n", 3, 5, 5, 4},
        {"k: >\n  a\n  X\n\n   b\n  Y\n", 3, 3, 6, 3},
        {"k: >-\r\n  a\r\n  X Y\r\n", 3, 3, 3, 5},
        {"k: |2\n    X\n  Y\n", 2, 5, 3, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct yaml_node *node = only_value(*state, rows[i].text);
        size_t x = (size_t)((const char *)memchr(node->text.ptr, 'X', node->text.len) -
                            node->text.ptr);
        size_t y = (size_t)((const char *)memchr(node->text.ptr, 'Y', node->text.len) -
                            node->text.ptr);
        struct place place = yaml_place_in(node, x, 1);
        assert_int_equal(place.line * 1000 + place.column,
                         rows[i].x_line * 1000 + rows[i].x_column);
        place = yaml_place_in(node, y, 1);
        assert_int_equal(place.line * 1000 + place.column,
                         rows[i].y_line * 1000 + rows[i].y_column);
        assert_int_equal(place.width, 1);
    }
}

static void test_yaml_place_in__width_and_end(void **state)
{
    const struct yaml_node *node = only_value(*state, "k: ab cd ef");
    assert_int_equal(yaml_place_in(node, 3, 2).width, 2);
    assert_int_equal(yaml_place_in(node, 8, 1).column, 12);
    node = only_value(*state, "k: >\n  ab\n  cd\n");
    struct place place = yaml_place_in(node, 5, 1);
    assert_int_equal(place.line, 3);
    assert_int_equal(place.column, 5);
    assert_int_equal(yaml_place_in(node, 0, 5).width, 2); /* to the end of the first line */
}

static void test_yaml_value__core_schema(void **state)
{
    static const struct {
        const char *text;
        enum value_kind kind;
        const char *shown;
    } rows[] = {
        {"v: 12.50", VALUE_DECIMAL, "12.5"}, {"v: -1e3", VALUE_DECIMAL, "-1000"},
        {"v: +7", VALUE_DECIMAL, "7"},       {"v: '7'", VALUE_STRING, "7"},
        {"v: yes", VALUE_STRING, "yes"},     {"v: true", VALUE_BOOL, "true"},
        {"v: ~", VALUE_NULL, "null"},        {"v:", VALUE_NULL, "null"},
        {"v: 1.2.3", VALUE_STRING, "1.2.3"}, {"v: 2027-12-31", VALUE_STRING, "2027-12-31"},
        {"v: .5", VALUE_DECIMAL, "0.5"},     {"v: 1e", VALUE_STRING, "1e"},
        {"v: [1, a]", VALUE_LIST, NULL},     {"v: {a: {b: 1}}", VALUE_MAP, NULL},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value;
        const struct yaml_node *node = only_value(fixture, rows[i].text);
        assert_int_equal(yaml_value(node, fixture->arena, &fixture->diags, &value), STATUS_OK);
        assert_int_equal(value.kind, rows[i].kind);
        struct buf text = {0};
        if (rows[i].shown && value.kind == VALUE_DECIMAL) {
            char digits[DECIMAL_TEXT_SIZE];
            buf_append(&text, decimal_format(value.decimal, digits));
            assert_string_equal(text.ptr, rows[i].shown);
        }
        buf_deinit(&text);
    }
}

static void test_yaml_value__refused_numbers(void **state)
{
    static const char *const rows[] = {"v: 012345678901", "v: .inf", "v: .NaN", "v: [1, [007]]",
                                       "v: 123456789012345678901234567890123456789", "v: 1e99999"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value;
        const struct yaml_node *node = only_value(fixture, rows[i]);
        assert_int_equal(yaml_value(node, fixture->arena, &fixture->diags, &value), STATUS_INVALID);
        assert_int_equal(fixture->diags.errors, 1);
    }
}

static void test_yaml_read__refused(void **state)
{
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *message;
    } rows[] = {
        {"a: &x 1\n", 1, 4, "anchors ('&') are not used here"},
        {"a: *x\n", 1, 4, "aliases ('*') are not used here"},
        {"a: !!str x\n", 1, 4, "tags ('!') are not used here"},
        {"%YAML 1.1\n---\na: 1\n", 1, 1, "YAML directives are not used here"},
        {"a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' stands here twice"},
        {"{a: 1, 'a': 2}\n", 1, 8, "the key 'a' stands here twice"},
        {"[a]: 1\n", 1, 1, "a key must be text, not a list"},
        {"a:\n\tb: 1\n", 2, 1, "a tab stands in the indentation"},
        {"a: b: c\n", 1, 5, "a ':' stands where no key can stand"},
        {"a: @b\n", 1, 4, "a value cannot begin with this character"},
        {"a: 'b\n", 1, 4, "the text ends inside quotes"},
        {"a: [b\n", 1, 4, "expected ',' or ']' in this list"},
        {"a: \"\\q\"\n", 1, 5, "unknown escape in double quotes"},
        {"a: \xFF\n", 1, 4, "this is not UTF-8"},
        {"a: \x01\n", 1, 4, "a control character"},
        {"a: b\rc\n", 1, 5, "a carriage return without a line feed"},
        {"a: \xE2\x80\xA8\n", 1, 4, "a Unicode line separator"},
        {"a: 1\n b: 2\n", 2, 3, "a ':' stands where no key can stand"},
        {"- a\nb\n", 2, 1, "this line is neither 'key: value' nor part of a value"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct yaml_documents documents = {0};
        assert_int_equal(read_text(fixture, span_view(rows[i].text), &documents), STATUS_INVALID);
        assert_true(fixture->diags.count >= 1);
        assert_string_equal(fixture->diags.items[0].message.ptr, rows[i].message);
        assert_int_equal(fixture->diags.items[0].place.line, rows[i].line);
        assert_int_equal(fixture->diags.items[0].place.column, rows[i].column);
    }
}

/* Texts of 1 MiB that would keep an unguarded libyaml busy for minutes. */
static void test_yaml_read__hostile_texts_are_read_in_time(void **state)
{
    static const char *const pieces[] = {"[",   "{",   "- ",    "? ",     "[\n", "%TAG !a! b\n",
                                         "{a: ", "a: [", "[[],", "&a *a ", "\"", "!<a> ", "- [\n",
                                         "a\n",  "[a,",  "#\n",  "? [",    "{? ", "''",    "| "};
    struct fixture *fixture = *state;
    struct buf text = {0};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        buf_clear(&text);
        while (text.len + strlen(pieces[i]) <= YAML_FILE_BYTES_MAX) {
            buf_append(&text, span_view(pieces[i]));
        }
        struct yaml_documents documents = {0};
        uint64_t start_ns = clock_monotonic_ns();
        enum status status = read_text(fixture, buf_view(&text), &documents);
        uint64_t took_ms = (clock_monotonic_ns() - start_ns) / 1000000;
        print_message("%-12.6s %d %llu ms\n", pieces[i], status, (unsigned long long)took_ms);
        assert_true(took_ms < 2000);
    }
    buf_append(&text, SPAN("more than a mebibyte"));
    struct yaml_documents documents = {0};
    assert_int_equal(read_text(fixture, buf_view(&text), &documents), STATUS_LIMIT);
    buf_deinit(&text);
}

static void test_yaml_read__depth(void **state)
{
    struct fixture *fixture = *state;
    struct yaml_documents documents = {0};
    char text[2 * YAML_DEPTH_MAX + 2] = {0};
    memset(text, '[', YAML_DEPTH_MAX);
    memset(text + YAML_DEPTH_MAX, ']', YAML_DEPTH_MAX);
    assert_int_equal(read_text(fixture, span_view(text), &documents), STATUS_OK);
    memset(text, '[', YAML_DEPTH_MAX + 1);
    assert_int_equal(read_text(fixture, span_view(text), &documents), STATUS_INVALID);
    assert_string_equal(fixture->diags.items[0].message.ptr,
                        "more than 32 lists and maps inside each other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_yaml_read__documents_and_places, setup, teardown),
        cmocka_unit_test_setup_teardown(test_yaml_place_in__styles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_yaml_place_in__width_and_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_yaml_value__core_schema, setup, teardown),
        cmocka_unit_test_setup_teardown(test_yaml_value__refused_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_yaml_read__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_yaml_read__hostile_texts_are_read_in_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_yaml_read__depth, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
