#include "cel/check/checker.h"

#include "front.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void test_check__types(void **state)
{
    static const char *const rows[][2] = {
        {"1", "int"},
        {"1u", "uint"},
        {"1.0", "double"},
        {"'a'", "string"},
        {"b'a'", "bytes"},
        {"null", "null_type"},
        {"[1, 2]", "list(int)"},
        {"[1, 'a']", "list(dyn)"},
        {"{'a': 1}", "map(string, int)"},
        {"{}", "map(dyn, dyn)"},
        {"[]", "list(dyn)"},
        {"['a'][0]", "string"},
        {"{'a': 1}['a']", "int"},
        {"counts.a", "int"},
        {"counts.?a", "optional_type(int)"},
        {"counts[?'a']", "optional_type(int)"},
        {"has(counts.a)", "bool"},
        {"any.a.b[1]", "dyn"},
        {"maybe.orValue(1) + 1", "int"},
        {"[?maybe]", "list(int)"},
        {"{?'a': maybe}", "map(string, int)"},
        {"1 + 2", "int"},
        {"'a' + 'b'", "string"},
        {"[1] + [2]", "list(int)"},
        {"words.map(w, size(w))", "list(int)"},
        {"words.filter(w, w != '')", "list(string)"},
        {"counts.map(k, k)", "list(string)"},
        {"counts.transformMap(k, v, string(v))", "map(string, string)"},
        {"words.transformList(i, w, i)", "list(int)"},
        {"words.exists(w, w == 'a')", "bool"},
        {"cel.bind(x, words, x[0])", "string"},
        {"maybe.optMap(x, string(x))", "optional_type(string)"},
        {"maybe.optFlatMap(x, optional.of([x]))", "optional_type(list(int))"},
        {"flag ? 1 : 2", "int"},
        {"nullable == null", "bool"},
        {"nullable + 1", "int"},
        {"type(1) == int", "bool"},
        {"type(op)", "type(string)"},
        {"new.price * 0.9", "decimal"},
        {"new.price * 2 - 1u", "decimal"},
        {"new.price * (1.5 - 0.6)", "decimal"},
        {"new.price < real", "bool"},
        {"new.price == 1", "bool"},
        {"new.price in [1, 2.5]", "bool"},
        {"words[new.price]", "string"},
        {"new.?price.orValue(0)", "decimal"},
        {"new.?price.orValue(whole)", "dyn"},
        {"(flag ? new.price : 0.5) * 2", "decimal"},
        {"any + 1", "dyn"}, /* int or decimal */
        {"any < 1", "bool"},
        {"old.price", "dyn"},
        {"old == null", "bool"},
        {"event.age > duration('1h')", "bool"},
        {"limits[0]", "int"},
        {"coalesce(old.a, '')", "dyn"},
        {"[[], [[]], [[[]]]]", "list(list(list(list(dyn))))"},
        {"[[[[]]], [], [[]]]", "list(list(list(list(dyn))))"},
        {"[optional.none(), optional.of(1)]", "list(optional_type(int))"},
        {"[optional.of(1), optional.of(dyn(1))]", "list(optional_type(dyn))"},
        {"[optional.of(1), null]", "list(optional_type(int))"},
        {"flag ? optional.of(dyn(1)) : optional.of(1)", "optional_type(dyn)"},
        {"[].map(x, x)[0].foo", "dyn"},
        {"row.min_price * 0.9", "decimal"},
        {"row['sku'] + 'a'", "string"},
        {"row[op]", "dyn"},
        {"row.?sku", "optional_type(string)"},
        {"has(row.sku) && 'sku' in row && size(row) == 3", "bool"},
        {"row == {'sku': 'a'} || row == null", "bool"},
        {"row.all(k, k != '')", "bool"},
        {"row.transformList(k, v, v)", "list(dyn)"},
        {"found.orValue({}).min_price", "decimal"},
        {"found.orValue({'min_price': 1}).min_price", "dyn"},
        {"found.min_price", "optional_type(decimal)"},
        {"found.?min_price.orValue(0) * 2", "decimal"},
        {"flag ? row : {}", "a row of 'prices'"},
        {"flag ? {} : row", "a row of 'prices'"},
        {"[row, {'a': 1}][0]", "map(string, dyn)"},
        {"rows.exists(r, new.price >= r.min_price && r.sku == op)", "bool"},
        {"rows.map(r, r.max_price)[0] + 1", "decimal"},
        {"has(old.amount) && old.amount * 0.9 < new.price", "bool"},
        {"has(old.amount) && old.amount == null || old.amount != 1.5", "bool"},
        {"has(old.name) && (old.name == null || old.name.startsWith('a'))", "bool"},
        {"has(old.labels) ? old.labels[0] + 'a' : ''", "string"},
        {"has(old.labels) && old.labels.exists(l, l == op)", "bool"},
        {"has(old.amount) ? words[old.amount] : ''", "string"},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct cel_node *tree = front_check(front, rows[i][0]);
        if (!tree) {
            fail_msg("%s: %.*s", rows[i][0], SPAN_ARG(front->issues.items[0].message));
        }
        struct span type = cel_type_format(front->arena, tree->type);
        if (!span_equals(type, span_view(rows[i][1]))) {
            fail_msg("%s: %s, wanted %s", rows[i][0], type.ptr, rows[i][1]);
        }
    }
}

static void test_check__mistakes(void **state)
{
    static const struct {
        const char *text;
        uint32_t offset;
        const char *message; /* a part of it */
        const char *hint;
    } rows[] = {
        {"flagg && true", 0, "no variable 'flagg'", "'flag'"},
        {"quantity > 1", 0, "no variable 'quantity'", "written new.quantity or old.quantity"},
        {"event.idd == ''", 6, "'event' has no member 'idd'", "'event.id'"},
        {"has(event.idd)", 10, "'event' has no member 'idd'", "'event.id'"},
        {"op.siez()", 3, "no function siez()", "size()"},
        {"optional.off(1)", 9, "no function optional.off()", "optional.of()"},
        {"op.starts('a')", 3, "no function starts()", ""},
        {"words.exists(w)", 6, "no function exists()", "list.exists(x, condition)"},
        {"op.startsWith(1)", 3, "startsWith() does not take (string, int)",
         "string.startsWith(string)"},
        {"1 + 2.0", 2, "'+' does not take (int, double)", "make both the same"},
        {"1 == 1.0", 2, "'==' does not take (int, double)", "make both the same"},
        {"op == 1", 3, "'==' does not take (string, int)", "never equal"},
        {"op < 1", 3, "'<' does not take (string, int)", ""},
        {"[1] == ['a']", 4, "(list(int), list(string))", "never equal"},
        {"1 in words", 2, "'in' does not take (int, list(string))", ""},
        {"cel.bind(a, [], a + [a])", 18, "'+' does not take", ""}, /* a list of itself */
        {"1 + cel.index(0)", 8, "no cel.block()", ""},
        {"op in limits", 3, "'in' does not take (string, list(int))", ""},
        {"!op", 0, "'!' does not take (string)", ""},
        {"-op", 0, "'-' does not take (string)", ""},
        {"op && flag", 3, "'&&' does not take (string, bool)", ""},
        {"op ? 1 : 2", 0, "before '?' is of type string, not bool", ""},
        {"flag ? 1 : 'a'", 5, "of types int and string", "dyn(x)"},
        {"new.price * real", 10, "'*' does not take (decimal, double)", "decimal(x)"},
        {"new.price + op", 10, "'+' does not take (decimal, string)", "string(x)"},
        {"op.a", 3, "of type string, which has no member 'a'", ""},
        {"words['a']", 5, "list(string) takes no index of type string", ""},
        {"counts[1]", 6, "map(string, int) takes no index of type int", ""},
        {"words[real]", 5, "takes no index of type double", ""},
        {"op.exists(x, true)", 3, "only a list or a map has elements", ""},
        {"words.all(w, size(w))", 6, "'&&' does not take (bool, int)", ""},
        {"{1.5: 2}", 1, "a key is an int, uint, bool or string, not double", "string(x)"},
        {"[?1]", 2, "'?' takes an optional", "optional.of(x)"},
        {"a.B{c: 1}", 2, "no message type 'a.B'", "'name': value"},
        {"words.map(w, w.price)", 15, "which has no member 'price'", ""},
        {"words.price", 6, "which has no member 'price'", "x[0].price; of any: exists(e, e.price"},
        {"row.min_prise > 1", 4, "a row of 'prices' has no member 'min_prise'", "'min_price'"},
        {"row.zzzzzzzzz > 1", 4, "no member 'zzzzzzzzz'", "it has sku, min_price, max_price"},
        {"row['min_prise'] > 1", 4, "no member 'min_prise'", "'min_price'"},
        {"has(row.skew)", 8, "no member 'skew'", "'sku'"},
        {"found.?min_prise.orValue(1) > 1", 7, "no member 'min_prise'", "'min_price'"},
        {"rows.exists(r, r.min_prise > 1)", 17, "no member 'min_prise'", "'min_price'"},
        {"row[1] == 1", 3, "a row of 'prices' takes no index of type int", "of type string"},
        {"row.sku > 1", 8, "'>' does not take (string, int)", "string(x) or decimal(x)"},
        {"found.min_price > 1", 16, "(optional_type(decimal), int)", ".orValue(...)"},
        {"rows.min_price > 1", 5, "which has no member 'min_price'", "x[0].min_price"},
        {"old.amount == 'a'", 11, "'==' does not take (decimal, string)", "never equal"},
        {"old.amount * real > 1", 11, "(decimal, double)", "decimal(x)"},
        {"old.name > 1", 9, "(string, int)", "string(x)"},
        {"'a' in old.amount", 4, "(string, decimal)", ""},
        {"old.name.abs()", 9, "no function abs()", ""},
        {"op - op", 3, "'-' does not take (string, string)", "'-' takes (int, int), (uint, uint)"},
        {"op + words", 3, "(string, list(string))", "'+' takes (string, string), (list(A), "},
        {"flag < 1", 5, "(bool, int)", "'<' takes (bool, bool), (int, int)"},
        {"!whole", 0, "'!' does not take (int)", "'!' takes (bool)"},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (front_check(front, rows[i].text)) {
            fail_msg("%s: is accepted", rows[i].text);
        }
        const struct cel_issue *issue = &front->issues.items[0];
        if (front->issues.count != 1 || issue->offset != rows[i].offset ||
            !strstr(issue->message.ptr, rows[i].message) ||
            !strstr(issue->hint.ptr, rows[i].hint)) {
            fail_msg("%s: %u %s (%s)", rows[i].text, issue->offset, issue->message.ptr,
                     issue->hint.ptr);
        }
    }
}

static struct cel_node *expand_never(const void *context, struct arena *arena,
                                     struct cel_node *call, struct cel_issues *issues)
{
    (void)context;
    (void)arena;
    cel_issue_add(issues, false, call->offset, call->length, SPAN(""), "never");
    return NULL;
}

static void test_check__reports_all(void **state)
{
    struct front *front = *state;
    assert_null(front_check(front, "opp == 1 && 1 + 'a' == 2 && event.x"));
    assert_int_equal(front->issues.errors, 3);
    struct cel_macro macro = {SPAN("never"), expand_never, NULL};
    cel_env_add_macro(front->env, &macro);
    assert_null(front_check(front, "never(1) == 2 && flagg"));
    assert_int_equal(front->issues.errors, 2);
}

static void test_check__stops_at_some_point(void **state)
{
    struct front *front = *state;
    struct buf text = {0};
    for (size_t i = 0; i < 15000; i++) {
        buf_append(&text, SPAN("x || "));
    }
    buf_append(&text, SPAN("x"));
    size_t before = arena_used(front->arena);
    buf_append_char(&text, '\0');
    assert_null(front_check(front, text.ptr));
    assert_in_range(front->issues.errors, 50, 55);
    assert_in_range(arena_used(front->arena) - before, 0, 64 * 1024 * 1024);
    buf_deinit(&text);
}

static const struct cel_type *type(struct front *front, const char *text)
{
    return cel_type_parse(front->arena, span_view(text));
}

static void test_check__names(void **state)
{
    static const struct {
        const char *container;
        const char *text;
        const char *type;
    } rows[] = {
        {"", "a.b", "int"},
        {"", "a.b.c", "string"},
        {"", "a.b.d", ""},
        {"com.shop", "x", "bool"},
        {"com.shop", ".x", "int"},
        {"com", "x", "bytes"},
        {"", "x", "int"},
        {"", "[true].exists(x, x)", "bool"},
        {"", "[{'b': true}].exists(a, a.b)", "bool"},
        {"", "[1].exists(a, .a.b == 1)", "bool"},
        {"com.shop", "f(1)", "string"},
        {"com.shop", ".f(1)", "int"},
        {"", "f(1)", "int"},
        {"", "com.f(1)", "string"},
    };
    static const char *const variables[][2] = {
        {"a.b", "int"},     {"a.b.c", "string"}, {"com.shop.x", "bool"},
        {"com.x", "bytes"}, {"x", "int"},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(variables); i++) {
        cel_env_add_variable(front->env, span_view(variables[i][0]), type(front, variables[i][1]),
                             90 + (uint32_t)i);
    }
    const struct cel_type *parameter = type(front, "int");
    struct cel_function functions[] = {
        {.name = SPAN("f"), .result = type(front, "int")},
        {.name = SPAN("com.f"), .result = type(front, "string")},
    };
    for (size_t i = 0; i < COUNT(functions); i++) {
        functions[i].parameters = &parameter;
        functions[i].parameter_count = 1;
        cel_env_add_function(front->env, &functions[i]);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        cel_env_set_container(front->env, span_view(rows[i].container));
        const struct cel_node *tree = front_check(front, rows[i].text);
        struct span found = tree ? cel_type_format(front->arena, tree->type) : SPAN("");
        if (!span_equals(found, span_view(rows[i].type))) {
            fail_msg("%s: %.*s, wanted %s", rows[i].text, SPAN_ARG(found), rows[i].type);
        }
    }
}

static void test_check__functions_of_the_host(void **state)
{
    struct front *front = *state;
    const struct cel_type *parameters[] = {type(front, "A"), type(front, "list(A)")};
    struct cel_function pick = {.name = SPAN("pick"),
                                .result = type(front, "A"),
                                .parameters = parameters,
                                .parameter_count = 2,
                                .receiver = true};
    struct cel_function anything = {.name = SPAN("anything"), .result = type(front, "bool")};
    cel_env_add_function(front->env, &pick);
    struct cel_env *base = front->env;
    front->env = cel_env_extend(base, front->arena);
    cel_env_add_function(front->env, &anything);
    assert_int_equal(front_check(front, "op.pick(words)")->type->kind, CEL_TYPE_STRING);
    assert_null(front_check(front, "op.pick(limits[0], 1)"));
    assert_null(front_check(front, "op.pick([1])"));
    assert_null(front_check(front, "pick(op, words)"));
    assert_int_equal(front_check(front, "anything(1, 'a', null)")->type->kind, CEL_TYPE_BOOL);
    assert_non_null(front_check(front, "anything()"));
    front->env = base;
    assert_null(front_check(front, "anything()"));
}

static void test_type_parse__round_trip(void **state)
{
    static const char *const rows[][2] = {
        {"int", "int"},
        {" list( int ) ", "list(int)"},
        {"list", "list(dyn)"},
        {"map(string, list(A))", "map(string, list(A))"},
        {"param(T)", "T"},
        {"google.protobuf.Timestamp", "timestamp"},
        {"google.protobuf.Int64Value", "wrapper(int)"},
        {"google.protobuf.Struct", "map(string, dyn)"},
        {"net.IP", "ip"},
        {"optional_type(T)", "optional_type(T)"},
        {"type(int)", "type(int)"},
        {"tuple(A, int)", "tuple(A, int)"},
        {"shop.Price", "shop.Price"},
        {"", NULL},
        {"list(", NULL},
        {"list()", NULL},
        {"map(int)", NULL},
        {"list(int) x", NULL},
        {"list(int...)", NULL},
        {"param(list(A))", NULL},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct cel_type *found = type(front, rows[i][0]);
        if (!found || !rows[i][1]) {
            assert_ptr_equal(found, rows[i][1]);
            continue;
        }
        assert_string_equal(cel_type_format(front->arena, found).ptr, rows[i][1]);
    }
}

static void test_type_parse__depth(void **state)
{
    struct front *front = *state;
    struct buf text = {0};
    for (size_t i = 0; i < 100; i++) {
        buf_append(&text, SPAN("list("));
    }
    assert_null(cel_type_parse(front->arena, buf_view(&text)));
    buf_deinit(&text);
}

static void test_slots_intern__numbers_paths(void **state)
{
    struct front *front = *state;
    struct cel_slots *slots = cel_slots_new(front->arena);
    for (uint32_t i = 0; i < 1000; i++) {
        struct span member = arena_printf(front->arena, "m%u", i / 2);
        assert_int_equal(cel_slots_intern(slots, i % 2, member), i);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        struct span member = arena_printf(front->arena, "m%u", i / 2);
        assert_int_equal(cel_slots_intern(slots, i % 2, member), i);
        assert_int_equal(cel_slots_get(slots, i).root, i % 2);
        assert_true(span_equals(cel_slots_get(slots, i).member, member));
    }
    assert_int_equal(cel_slots_intern(slots, 1, SPAN("")), 1000);
    assert_int_equal(cel_slots_count(slots), 1001);
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
        cmocka_unit_test_setup_teardown(test_check__types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check__mistakes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check__reports_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check__stops_at_some_point, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check__names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check__functions_of_the_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_type_parse__round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_type_parse__depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slots_intern__numbers_paths, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
