#include "cel/parse/parser.h"

#include "front.h"
#include "tree_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void assert_tree(struct front *front, const char *text, const char *wanted)
{
    struct buf found = {0};
    struct cel_node *tree = front_parse(front, text);
    if (!tree) {
        fail_msg("%s: %.*s", text, SPAN_ARG(front->issues.items[0].message));
    }
    tree_text_append(tree, &found);
    if (!span_equals(buf_view(&found), span_view(wanted))) {
        fail_msg("%s: %.*s, wanted %s", text, SPAN_ARG(buf_view(&found)), wanted);
    }
    buf_deinit(&found);
}

static void test_parse__operators_and_members(void **state)
{
    static const char *const rows[][2] = {
        {"1 + 2 * 3 - 4", "(_-_ (_+_ 1 (_*_ 2 3)) 4)"},
        {"a < b == c", "(_==_ (_<_ a b) c)"},
        {"a in b && c", "(_&&_ (@in a b) c)"},
        {"a || b && c", "(_||_ a (_&&_ b c))"},
        {"a || b || c || d", "(_||_ (_||_ a b) (_||_ c d))"},
        {"a ? b : c ? d : e", "(_?_:_ a b (_?_:_ c d e))"},
        {"!!a", "(!_ (!_ a))"},
        {"-a.b", "(-_ (select a b))"},
        {"- 1", "-1"},
        {"a - 1", "(_-_ a 1)"},
        {"a -1", "(_-_ a 1)"},
        {"(a + b) * c", "(_*_ (_+_ a b) c)"},
        {"a.b[c].d(e, f)", "(d @(index (select a b) c) e f)"},
        {"a.?b[?c]", "(index? (select? a b) c)"},
        {".a.b", "(select .a b)"},
        {".f(1)", "(.f 1)"},
        {"a.`b-c`.d", "(select (select a b-c) d)"},
        {"a.in_stock", "(select a in_stock)"},
        {"{'if': 1}.if", "(select (map \"if\" 1) if)"},
        {"[1, ?a, 3,]", "(list 1 ?a 3)"},
        {"[]", "(list)"},
        {"{?'a': b, c: d,}", "(map ?\"a\" b c d)"},
        {"a.B{c: 1, ?d: 2}", "(message a.B \"c\" 1 ?\"d\" 2)"},
        {"a // to the end\n + b // again", "(_+_ a b)"},
        {"a\t\n\f\r+b", "(_+_ a b)"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_tree(*state, rows[i][0], rows[i][1]);
    }
}

static void test_parse__literals(void **state)
{
    static const char *const rows[][2] = {
        {"0", "0"},
        {"0x1F", "31"},
        {"-0x1F", "-31"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"18446744073709551615u", "18446744073709551615u"},
        {"0xFFU", "255u"},
        {"1.5", "1.5"},
        {".5e1", "5"},
        {"-2.3e+1", "-23"},
        {"1e3", "1000"},
        {"true", "true"},
        {"null", "null"},
        {"'a\"b'", "\"a\\x22b\""},
        {"\"\"\"a\n\"b\"\"\"", "\"a\\x0A\\x22b\""},
        {"'''a''b'''", "\"a''b\""},
        {"''", "\"\""},
        {"''''''", "\"\""},
        {"r'\\n'", "\"\\x5Cn\""},
        {"R\"\\\"", "\"\\x5C\""},
        {"b'\\xff\\101'", "b\"\\xFFA\""},
        {"B'\u00ff'", "b\"\\xC3\\xBF\""},
        {"br'\\x'", "b\"\\x5Cx\""},
        {"'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\\"\\'\\`'",
         "\"\\x07\\x08\\x0C\\x0A\\x0D\\x09\\x0B\\x5C?\\x22'`\""},
        {"'\\x41\\X42\\103\\u00e9\\U0001F431'", "\"ABC\\xC3\\xA9\\xF0\\x9F\\x90\\xB1\""},
        {"'\\xff'", "\"\\xC3\\xBF\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_tree(*state, rows[i][0], rows[i][1]);
    }
}

static void test_parse__literal_text_for_decimals(void **state)
{
    static const char *const rows[][2] = {
        {"0.9", "0.9"}, {"- 0.10", "-0.10"}, {"1e3", "1e3"}, {"7", ""}, {"'a'", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cel_node *tree = front_parse(*state, rows[i][0]);
        assert_non_null(tree);
        assert_true(span_equals(tree->literal, span_view(rows[i][1])));
    }
}

static void test_parse__macros(void **state)
{
    static const char *const rows[][2] = {
        {"has(a.b)", "(has a b)"},
        {"a.all(x, p)", "(fold x a @result=true @result (_&&_ @result p) @result)"},
        {"a.exists(x, p)", "(fold x a @result=false (!_ @result) (_||_ @result p) @result)"},
        {"a.exists(i, x, p)", "(fold i,x a @result=false (!_ @result) (_||_ @result p) @result)"},
        {"a.exists_one(x, p)",
         "(fold x a @result=0 true (_?_:_ p (_+_ @result 1) @result) (_==_ @result 1))"},
        {"a.existsOne(i, x, p)",
         "(fold i,x a @result=0 true (_?_:_ p (_+_ @result 1) @result) (_==_ @result 1))"},
        {"a.map(x, v)", "(fold x a @result=(list) true (_+_ @result (list v)) @result)"},
        {"a.map(x, p, v)",
         "(fold x a @result=(list) true (_?_:_ p (_+_ @result (list v)) @result) @result)"},
        {"a.filter(x, p)",
         "(fold x a @result=(list) true (_?_:_ p (_+_ @result (list x)) @result) @result)"},
        {"a.transformList(i, x, v)",
         "(fold i,x a @result=(list) true (_+_ @result (list v)) @result)"},
        {"a.transformMap(k, x, p, v)", "(fold k,x a @result=(map) true (_?_:_ p "
                                       "(cel.@mapInsert @result k v) @result) @result)"},
        {"a.transformMapEntry(k, x, e)",
         "(fold k,x a @result=(map) true (cel.@mapInsert @result e) @result)"},
        {"cel.bind(x, a, b)", "(fold @unused (list) x=a false x b)"},
        {"a.bind(x, b, c)", "(bind @a x b c)"},
        {"a.optFlatMap(x, b)",
         "(fold @unused (list) @target=a false @target (_?_:_ (hasValue @@target) "
         "(fold @unused (list) x=(value @@target) false x b) (none @optional)))"},
        {"coalesce(a.b.c, d['e'], f)", "(coalesce (select? (select? a b) c) (index? d \"e\") f)"},
        {"coalesce(limits, op)", "(coalesce limits op)"},
        {"a.map(x)", "(map @a x)"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_tree(*state, rows[i][0], rows[i][1]);
    }
}

static void test_parse__macros_off(void **state)
{
    struct front *front = *state;
    cel_env_set_macros(front->env, false);
    assert_tree(front, "a.all(x, has(b.c))", "(all @a x (has (select b c)))");
    cel_env_set_macros(front->env, true);
}

static struct cel_node *expand_twice(const void *context, struct arena *arena,
                                     struct cel_node *call, struct cel_issues *issues)
{
    if (call->argument_count != 1) {
        cel_issue_add(issues, false, call->offset, call->length, SPAN("twice(x)"), "%s",
                      (const char *)context);
        return NULL;
    }
    return cel_node_binary(arena, call, SPAN("_+_"), call->arguments[0], call->arguments[0]);
}

static void test_parse__macro_of_the_host(void **state)
{
    struct front *front = *state;
    struct cel_macro macro = {SPAN("twice"), expand_twice, "one argument, please"};
    cel_env_add_macro(front->env, &macro);
    assert_tree(front, "twice(has(a.b))", "(_+_ (has a b) (has a b))");
    assert_tree(front, "a.twice(1)", "(twice @a 1)");
    assert_non_null(front_parse(front, "1 + twice()"));
    assert_int_equal(front->issues.errors, 1);
    assert_int_equal(front->issues.items[0].offset, 4);
    assert_string_equal(front->issues.items[0].message.ptr, "one argument, please");
}

static void test_parse__mistakes(void **state)
{
    static const struct {
        const char *text;
        uint32_t offset;
        uint32_t length;
        const char *message; /* a part of it */
        const char *hint;
    } rows[] = {
        {"", 0, 0, "empty", ""},
        {" // nothing", 0, 0, "empty", ""},
        {"a ==", 2, 2, "ends here; expected a value", ""},
        {"a = 1", 2, 1, "not '='", "'=='"},
        {"a === b", 4, 1, "not '='", "'=='"},
        {"a <> b", 3, 1, "not '>'", "'!='"},
        {"a & b", 2, 1, "not '&'", "'&&'"},
        {"a | b", 2, 1, "not '|'", "'||'"},
        {"a and b", 2, 3, "not 'and'", "'&&'"},
        {"a or b", 2, 2, "not 'or'", "'||'"},
        {"not a", 4, 1, "not 'a'", "'!'"},
        {"a is b", 2, 2, "not 'is'", "'=='"},
        {"(a + (b - 1)", 0, 1, "'(' is never closed", ""},
        {"f([1, 2)", 7, 1, "expected ']', not ')'", ""},
        {"[1, 2", 0, 1, "'[' is never closed", ""},
        {"a)", 1, 1, "not ')'", "no '(' before it"},
        {"f(a, )", 5, 1, "one more argument", ""},
        {"{1: 2, 3}", 8, 1, "':' and the value", ""},
        {"a ? b", 4, 1, "':' and the other case", ""},
        {"a ? b ? c : d : e", 6, 1, "parentheses around the inner", ""},
        {"a.", 1, 1, "a name after '.'", ""},
        {"a.in", 2, 2, "a name after '.'", ""},
        {"for", 0, 3, "reserved word", ""},
        {"if (a) b", 0, 2, "reserved word", "condition ? value"},
        {"`a`", 0, 3, "expected a value", "after a dot"},
        {"a.``", 2, 1, "empty", "`name`"},
        {"a.`b", 2, 1, "not closed", ""},
        {"'abc", 0, 1, "string is not closed", "triple quotes"},
        {"'a\nb'", 0, 1, "string is not closed", "triple quotes"},
        {"'''a", 0, 3, "string is not closed", ""},
        {"\u201Ca\u201D", 0, 3, "typographic quote", "' or \""},
        {"'a\\q'", 2, 2, "'\\q' is no escape", "r'"},
        {"'\\u12'", 1, 2, "'\\u' is no escape", "four hex"},
        {"'\\ud800'", 1, 2, "'\\u' is no escape", "four hex"},
        {"'\\U00110000'", 1, 2, "'\\U' is no escape", "eight hex"},
        {"'\\38'", 1, 2, "'\\3' is no escape", "octal"},
        {"b'\\u0041'", 2, 2, "'\\u' is no escape", "only in strings"},
        {"1abc", 0, 4, "neither a number nor a name", "quotes"},
        {"9223372036854775808", 0, 19, "does not fit an int", "decimal('9223372036854775808')"},
        {"18446744073709551616u", 0, 21, "does not fit a uint", ""},
        {"1e999", 0, 5, "does not fit a double", "decimal('1e999')"},
        {"a ? @b : c", 4, 1, "'@' has no meaning", ""},
        {"a \x01 b", 2, 1, "control character (0x01)", ""},
        {"a + \xff", 4, 1, "not UTF-8", ""},
        {"has(a)", 4, 1, "one selection", "has(new.`unit-price`)"},
        {"has(a.?b)", 7, 1, "one selection", "has(new.`unit-price`)"},
        {"a.exists(1, true)", 9, 1, "plain name", "list.exists(x, condition)"},
        {"a.exists(.x, true)", 10, 1, "plain name", "list.exists(x, condition)"},
        {"a.all(x, x, true)", 9, 1, "different names", ""},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (front_parse(front, rows[i].text)) {
            fail_msg("%s: parses", rows[i].text);
        }
        const struct cel_issue *issue = &front->issues.items[0];
        if (front->issues.count != 1 || issue->warning || issue->offset != rows[i].offset ||
            issue->length != rows[i].length || !strstr(issue->message.ptr, rows[i].message) ||
            !strstr(issue->hint.ptr, rows[i].hint)) {
            fail_msg("%s: %u+%u %s (%s)", rows[i].text, issue->offset, issue->length,
                     issue->message.ptr, issue->hint.ptr);
        }
    }
}

/* `count` times `open`, then `middle`, then `count` times `close`. */
static char *nested(const char *open, const char *middle, const char *close, size_t count)
{
    struct buf text = {0};
    for (size_t i = 0; i < count; i++) {
        buf_append(&text, span_view(open));
    }
    buf_append(&text, span_view(middle));
    for (size_t i = 0; i < count; i++) {
        buf_append(&text, span_view(close));
    }
    return text.ptr;
}

static void test_parse__depth(void **state)
{
    static const struct {
        const char *open;
        const char *middle;
        const char *close;
        size_t count;
        bool fits;
    } rows[] = {
        {"(", "7", ")", 200, true},        {"(", "7", ")", 251, false},
        {"[", "7", "]", 200, true},        {"[", "7", "]", 100000 / 2 - 1, false},
        {"!", "a", "", 200, true},         {"!", "a", "", 90000, false},
        {"a ? b : ", "c", "", 200, true},  {"a ? b : ", "c", "", 300, false},
        {"a + ", "b", "", 240, true},      {"a + ", "b", "", 300, false},
        {"", "a", ".b", 240, true},        {"", "a", ".b", 49000, false},
        {"a || ", "b", "", 15000, true},   {"a && b || ", "c", "", 9000, true},
        {"", "a", ".f()", 240, true},      {"", "a", ".f()", 300, false},
        {"", "a", "[0]", 240, true},       {"", "a", "[0]", 300, false},
        {"{0: ", "1", "}", 200, true},     {"{0: ", "1", "}", 300, false},
        {"", "a", ".map(x, x)", 60, true}, {"", "a", ".map(x, x)", 300, false},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = nested(rows[i].open, rows[i].middle, rows[i].close, rows[i].count);
        struct cel_node *tree = front_parse(front, text);
        if ((tree != NULL) != rows[i].fits) {
            fail_msg("%zu times %s%s%s", rows[i].count, rows[i].open, rows[i].middle,
                     rows[i].close);
        }
        if (tree) {
            assert_in_range(tree->height, 1, CEL_HEIGHT_MAX);
        } else {
            assert_non_null(strstr(front->issues.items[0].message.ptr, "nested more than 250"));
        }
        free(text);
    }
}

static void test_parse__length(void **state)
{
    struct front *front = *state;
    char *fits = nested("", "a //", "\u00e9", CEL_TEXT_MAX - 4); /* two bytes count as one */
    char *too_long = nested("", "a", " ", CEL_TEXT_MAX);
    assert_non_null(front_parse(front, fits));
    assert_null(front_parse(front, too_long));
    assert_int_equal(front->issues.items[0].offset, CEL_TEXT_MAX);
    assert_non_null(strstr(front->issues.items[0].message.ptr, "longer than 100000"));
    free(fits);
    free(too_long);
}

static int set_up(void **state)
{
    static struct front front;
    front_init(&front);
    *state = &front;
    return 0;
}

static int tear_down(void **state)
{
    front_deinit(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parse__operators_and_members, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse__literals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse__literal_text_for_decimals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse__macros, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse__macros_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse__macro_of_the_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse__mistakes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse__depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parse__length, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
