#include "cel/check/guard.h"

#include "cel/check/cost.h"
#include "front.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static void test_warn_unguarded__silent(void **state)
{
    static const char *const rows[] = {
        "has(new.x) && new.x > 1",
        "new.x > 1 && has(new.x)",
        "!has(new.x) || new.x > 1",
        "!(has(new.x) && has(old.x)) || new.x > old.x",
        "has(new.x) ? new.x > 1 : false",
        "!has(new.x) ? false : new.x > 1",
        "flag && (has(new.x) && (flag && new.x > 1))",
        "'x' in new && new.x > 1",
        "new.?x.hasValue() && new.x > 1",
        "new.?x.orValue(1) > 1",
        "new[?'x'].orValue(1) > 1",
        "coalesce(new.x, old.x, 1) > 1",
        "has(new.x) && has(new.x.y) && new.x.y == 1",
        "has(new.x) && new.x.exists(e, e == new.x[0])",
        "has(new.x) && words.exists(w, w == new.x)",
        "new.price > 1",                      /* declared */
        "event.id == ''",                     /* of a closed record */
        "keys.sku == ''",                     /* of a trusted record */
        "[{'x': 1}].exists(new, new.x == 1)", /* not the record */
        "counts.a == 1",                      /* a map is no record */
        "has(new.`a-b`) && new.`a-b` == 1",
        "has(new.x) && new['x'] == 1",
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!front_check(front, rows[i]) || front->issues.count > 0) {
            fail_msg("%s: %.*s", rows[i], SPAN_ARG(front->issues.items[0].message));
        }
    }
}

static void test_warn_unguarded__corrects(void **state)
{
    static const struct {
        const char *text;
        uint32_t offset;
        const char *names;
        const char *corrected;
    } rows[] = {
        {"new.x > 1", 4, "new.x may", "has(new.x) && new.x > 1"},
        {"new.x < old.x", 4, "new.x, old.x may", "has(new.x) && has(old.x) && new.x < old.x"},
        {"op == '' && new.x > 1", 16, "new.x may", "op == '' && has(new.x) && new.x > 1"},
        {"op == '' || new.x > 1", 16, "new.x may", "op == '' || has(new.x) && new.x > 1"},
        {"op == '(' && (new.x + 1) * 2 > 1", 18, "new.x may",
         "op == '(' && has(new.x) && (new.x + 1) * 2 > 1"},
        {"((new.x + 1) * 2) > 1", 6, "new.x may", "has(new.x) && ((new.x + 1) * 2) > 1"},
        {"!new.x && flag", 5, "new.x may", "has(new.x) && !new.x && flag"},
        {"!(new.x > 1)", 6, "new.x may", "has(new.x) && !(new.x > 1)"},
        {"has(old.x) && new.x > old.x", 18, "new.x may",
         "has(old.x) && has(new.x) && new.x > old.x"},
        {"has(new.x) || new.x > 1", 18, "new.x may", "has(new.x) || has(new.x) && new.x > 1"},
        {"has(new.x) ? flag : new.x == 1", 24, "new.x may",
         "has(new.x) ? flag : has(new.x) && new.x == 1"},
        {"words.exists(w, w == new.x)", 25, "new.x may",
         "words.exists(w, has(new.x) && w == new.x)"},
        {"has(new.x.y) && flag", 8, "new.x may", "has(new.x) && has(new.x.y) && flag"},
        {"new['x'] == 1", 3, "new.x may", "has(new.x) && new['x'] == 1"},
        {"new.`false` == 1", 4, "new.`false` may", "has(new.`false`) && new.`false` == 1"},
        {"new.`a-b` == 1", 4, "new.`a-b` may", "has(new.`a-b`) && new.`a-b` == 1"},
        {"'\u00e9' == new.x", 12, "new.x may", "has(new.x) && '\u00e9' == new.x"},
        {"new.x * 2", 4, "new.x may", "write new.?x.orValue(...) or coalesce(...)"},
        {"new.`a-b`", 4, "new.`a-b` may", "write new.?`a-b`.orValue(...) or coalesce(...)"},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct cel_node *tree = front_check(front, rows[i].text);
        const struct cel_issue *issue = &front->issues.items[0];
        if (!tree || front->issues.count != 1) {
            fail_msg("%s: %zu issues", rows[i].text, front->issues.count);
        }
        if (!issue->warning || issue->offset != rows[i].offset ||
            !strstr(issue->message.ptr, rows[i].names) ||
            !span_equals(issue->hint, span_view(rows[i].corrected))) {
            fail_msg("%s: %u %s (%s)", rows[i].text, issue->offset, issue->message.ptr,
                     issue->hint.ptr);
        }
    }
}

static void test_warn_unguarded__accepts_what_it_proposes(void **state)
{
    static const char *const rows[] = {
        "new.x < old.x && (new.a.b + 1) > 2 || !new.flag",
        "words.exists(w, new.list.exists(e, e.name == w && e.price > old.price))",
        "has(new.a.b.c) ? new.a.b.c == 1 : old.x > 1",
    };
    struct front *front = *state;
    cel_env_set_limits(front->env, 1000000, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text = rows[i];
        for (size_t round = 0; round < 8; round++) {
            assert_non_null(front_check(front, text));
            if (front->issues.count == 0) {
                break;
            }
            text = front->issues.items[0].hint.ptr;
        }
        assert_int_equal(front->issues.count, 0);
        assert_true(strlen(text) > strlen(rows[i]));
    }
}

static void test_cost__table(void **state)
{
    static const struct {
        const char *text;
        uint32_t cost;
    } rows[] = {
        {"1", 0},
        {"op", 1},
        {"keys.a.b", 3},
        {"[1, 2]", 10},
        {"{'a': [1]}", 40},
        {"whole + 1", 2},
        {"whole + 1 + 1", 3},
        {"words[0]", 2},
        {"size(row)", 2},
        {"cel.bind(x, whole, x + x)", 4},
        {"[1, 2].map(x, whole + x)", 10 + 10 + 2 * (3 + 11 + 10)}, /* appending included */
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct cel_node *tree = front_check(front, rows[i].text);
        assert_non_null(tree);
        if (cel_cost(front->env, tree) != rows[i].cost) {
            fail_msg("%s: %u units", rows[i].text, cel_cost(front->env, tree));
        }
    }
}

static uint32_t cost_of(struct front *front, const char *text)
{
    const struct cel_node *tree = front_check(front, text);
    assert_non_null(tree);
    return cel_cost(front->env, tree);
}

static void test_cost__loops_by_their_size(void **state)
{
    struct front *front = *state;
    uint32_t two = cost_of(front, "['a', 'b'].all(x, x != op)");
    uint32_t three = cost_of(front, "limits.all(x, x != whole)");
    uint32_t unknown = cost_of(front, "words.all(x, x != op)");
    uint32_t body = (unknown - three) / 61; /* 64 against 3 elements */
    assert_int_equal(unknown, 1 + 64 * body);
    assert_int_equal(three, 1 + 3 * body);
    assert_int_equal(two, 10 + 2 * body);
    assert_int_equal(cost_of(front, "words.filter(x, true).all(x, x != op)") -
                         cost_of(front, "words.filter(x, true)"),
                     64 * body);
}

static void test_check_bounds__cost(void **state)
{
    struct front *front = *state;
    const char *text = "flag && words.all(a, words.all(b, words.all(c, a != b)))";
    assert_null(front_check(front, text));
    assert_int_equal(front->issues.count, 1);
    assert_int_equal(front->issues.items[0].offset, 14);
    assert_non_null(strstr(front->issues.items[0].message.ptr, "the limit is 10000"));
    cel_env_set_limits(front->env, 1000000000, 0);
    assert_non_null(front_check(front, text));
    cel_env_set_limits(front->env, 1, 0);
    assert_non_null(front_check(front, "op"));
    assert_null(front_check(front, "op + op"));
}

static void test_check_bounds__nesting(void **state)
{
    struct front *front = *state;
    const char *three = "[1].all(a, [1].all(b, [1].all(c, true)))";
    const char *four = "[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))";
    const char *chain = "[1].map(a, a).map(b, b).map(c, c).map(d, d).all(e, true)";
    const char *bound = "[1].all(a, [1].all(b, cel.bind(c, 1, [c].all(d, true))))";
    assert_non_null(front_check(front, three));
    assert_non_null(front_check(front, chain));
    assert_non_null(front_check(front, bound));
    assert_null(front_check(front, four));
    assert_int_equal(front->issues.items[0].offset, 37);
    assert_non_null(strstr(front->issues.items[0].message.ptr, "deeper than 3"));
    cel_env_set_limits(front->env, UINT32_MAX, UINT32_MAX);
    assert_non_null(front_check(front, four));
}

static void test_warn_default__table(void **state)
{
    static const struct {
        const char *text;
        uint32_t offset; /* 0: no warning */
        const char *message;
    } rows[] = {
        {"new.?x.orValue('') > 5", 15, "'>' does not take this default of type string"},
        {"5 < new.?x.orValue('')", 19, "'<' does not take"},
        {"coalesce(new.x, 'none') * 2 > 1", 16, "'*' does not take"},
        {"new.?x.orValue(0).startsWith('a')", 15, "startsWith() does not take this default of "},
        {"new.?x.orValue(0) && flag", 15, "'&&' does not take"},
        {"new.?x.orValue('') ? flag : flag", 15, "'? :' does not take"},
        {"(has(old.x) ? old.x : 'none') + 1 == 2", 22, "'+' does not take"},
        {"size(new.?x.orValue(0)) > 1", 20, "size() does not take"},
        {"new.?x.orValue(0) > 5", 0, ""},
        {"new.?x.orValue(0) * 0.9 > old.?y.orValue(1.5)", 0, ""},
        {"new.?x.orValue(0) * new.price > 1u", 0, ""},
        {"new.?x.orValue('') == 5", 0, ""},
        {"new.?x.orValue(0) in words", 0, ""},
        {"new.?x.orValue('').startsWith('a')", 0, ""},
        {"size(new.?x.orValue('')) > 1", 0, ""},
        {"string(coalesce(new.x, 1)) == '1'", 0, ""},
        {"coalesce(new.x, null) > 5", 0, ""},
        {"new.?x.orValue(false) ? 1 > 2 : flag", 0, ""},
        {"(flag ? new.?x.orValue('') : new.?y.orValue(5)) == 1", 0, ""},
        {"(flag ? new.?x.orValue('') : 5) == 1", 0, ""},
        {"maybe.orValue(1) + 1 > 2", 0, ""},
    };
    struct front *front = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_non_null(front_check(front, rows[i].text));
        const struct cel_issue *found = NULL;
        for (size_t k = 0; k < front->issues.count; k++) {
            bool meant = front->issues.items[k].kind == CEL_WARNING_NO_OVERLOAD;
            found = meant ? &front->issues.items[k] : found;
        }
        bool right = found ? found->offset == rows[i].offset && rows[i].offset > 0 &&
                                 strstr(found->message.ptr, rows[i].message)
                           : rows[i].offset == 0;
        if (!right) {
            fail_msg("%s: %u %s", rows[i].text, found ? found->offset : 0,
                     found ? found->message.ptr : "not warned of");
        }
    }
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
        cmocka_unit_test_setup_teardown(test_warn_unguarded__silent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_warn_unguarded__corrects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_warn_unguarded__accepts_what_it_proposes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_warn_default__table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cost__table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cost__loops_by_their_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check_bounds__cost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_check_bounds__nesting, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
