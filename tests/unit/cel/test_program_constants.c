#include "cel_host.h"

#include "cel/run/program_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* Constants that cannot be read, and what has no value whatever the event is: mistakes that the
 * author is told of. */
static void test_compile__wrong_constants(void **state)
{
    static const char *const rows[] = {
        "new.a || new.t > timestamp('2026-13-01T00:00:00Z')",
        "[1, 2].exists(x, duration('x') > new.d)",
        "true ? duration('x') > new.d : false",
        "1 / 0 == new.a",
        "[1 / 0].size() == new.a",
        "new.a[1 + dyn('a')]",
        "'abc'.charAt(4) == new.a ? 1 : 2",
        "new.l.exists(x, x == 1) == (9223372036854775807 + 1 == 0)",
        "new.t > timestamp('2026-13-01T00:00:00Z')",
        "new.t - new.t > duration('1 day')",
        "new.price > decimal('1,5')",
        "cidr('10.0.0.0/33').containsIP(new.ip)",
        "new.a.matches('(?=x)')",
        "new.t.getHours('Europe/Nowhere') > 3",
    };
    struct test_host *host = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cel_issues issues = cel_issues_in(host->plan_arena);
        struct cel_program *program;
        enum status status = cel_compile(host->env, span_view(rows[i]), host->plan_arena, &issues,
                                         &program);
        if (status != STATUS_INVALID || issues.errors != 1) {
            fail_msg("%s: status %d, %zu errors", rows[i], status, issues.errors);
        }
    }
}

/* Where a constant decides, the mistake does not count; where it may never be reached, it is a
 * failure of those runs alone; and what is absent may have a stand-in outside. */
static void test_compile__forgiven_constants(void **state)
{
    static const struct test_row rows[] = {
        {"false && duration('x') > new.d", "false"},
        {"duration('x') > new.d && false", "false"},
        {"true || duration('x') > new.d", "true"},
        {"duration('x') > new.d || true", "true"},
        {"false ? duration('x') : duration('1s')", "\"1s\""},
        {"true ? duration('1s') : duration('x')", "\"1s\""},
        {"1 / 0 == 1 || true", "true"},
        {"new.one == 1 || 1 / 0 == 1", "true"},
        {"new.one == 2 || 1 / 0 == 1", "error"},
        {"new.one == 1 ? 1 : 1 / 0", "1"},
        {"[].all(x, 1 / 0 == x)", "true"},
        {"new.list.all(x, 1 / 0 == x)", "true"},
        {"cel.bind(x, 1 / 0, true)", "true"},
        {"{'a': 1}.b", "absent"},
        {"[1][5]", "absent"},
        {"has({'a': 1}.b)", "false"},
    };
    test_host_set_images(*state, "null", "{\"one\": 1, \"list\": []}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)test_host_compile(*state, rows[i].expression); /* is not refused */
    }
    test_host_check_rows(*state, rows, sizeof rows / sizeof *rows);
}

/* Constant ranges above and below the size that is hashed; each row by the generic way too. */
static void test_run__constant_sets(void **state)
{
    static const struct test_row rows[] = {
        {"new.text in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'x']", "true"},
        {"new.text in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']", "false"},
        {"new.text in ['a', 'x']", "true"},
        {"new.text in ['a', 'b']", "false"},
        {"new.text in ['']", "false"},
        {"new.text in []", "false"},
        {"new.three in [1, 2, 3, 4, 5, 6, 7, 8]", "true"},
        {"new.three in [1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u]", "true"},
        {"new.three in [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]", "true"},
        {"new.three in [1.5, 2.0, 3.00, 4.0, 5.0, 6.0, 7.0, 8.0]", "true"},
        {"new.three in [1, 2, 30, 4, 5, 6, 7, 8]", "false"},
        {"new.tenth in [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 0.1]", "true"},
        {"new.tenth in [1, 2, 3, 4, 5, 6, 7, 8]", "false"},
        {"real in [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 0.1]", "true"},
        {"real in [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 0.2]", "false"},
        {"real in [decimal('0.1'), 1, 2, 3, 4, 5, 6, 7]", "false"},
        {"int(new.three) in [dyn(1), 'a', 2.0, true, null, 3.0, b'x', 8]", "true"},
        {"uint(new.three) in [1, 2, 3, 4, 5, 6, 7, 8]", "true"},
        {"double(new.three) in [1, 2, 3, 4, 5, 6, 7, 8]", "true"},
        {"double(new.three) in [1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u]", "true"},
        {"double(new.three) in [decimal('3'), 1, 2, 4, 5, 6, 7, 8]", "true"},
        {"double(new.big) in [9007199254740993, 1, 2, 3, 4, 5, 6, 7]", "true"},
        {"int(new.big) in [9007199254740993, 1, 2, 3, 4, 5, 6, 7]", "false"},
        {"int(new.big) in [9007199254740993.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]", "true"},
        {"new.text in [b'x', 'a', 'b', 'c', 'd', 'e', 'f', 'g']", "false"},
        {"bytes(new.text) in [b'x', b'1', b'2', b'3', b'4', b'5', b'6', b'7']", "true"},
        {"new.three in ['3', 'a', 'b', 'c', 'd', 'e', 'f', 'g']", "false"},
        {"new.nothing in [null, 'a', 'b', 'c', 'd', 'e', 'f', 'g']", "true"},
        {"new.list in [[1], [2], [3], [4], [5], [6], [7], [3, 'x']]", "true"},
        {"new.none in ['1', 'a', 'b', 'c', 'd', 'e', 'f', 'g']", "absent"},
        {"real / 0.0 - real / 0.0 in [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]", "false"},
        {"[0.1].exists(r, r in [decimal('0.1'), 1, 2, 3, 4, 5, 6, 7])", "true"},
        {"new.three in {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 'x': 8}", "true"},
        {"new.text in {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 'x': 8}", "true"},
        {"new.yes in {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, true: 7, 'x': 8}", "true"},
        {"{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 'x': 8}[new.text]", "8"},
        {"{1u: 1, 2: 2, 3u: 33, 4: 4, 5: 5, 6: 6, 7: 7, 'x': 8}[new.three]", "33"},
        {"{1u: 1, 2: 2, 3u: 33, 4: 4, 5: 5, 6: 6, 7: 7, 'x': 8}[double(new.three)]", "33"},
        {"{1u: 1, 2: 2, 3u: 33, 4: 4, 5: 5, 6: 6, 7: 7, 'x': 8}[new.tenth]", "absent"},
        {"{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 'x': 8}[?new.text].orValue(0)", "8"},
        {"{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8}[?new.text].orValue(0)", "0"},
    };
    struct test_host *host = *state;
    host->real = 0.1;
    test_host_set_images(host, "null",
                         "{\"text\": \"x\", \"three\": 3, \"tenth\": 0.1, \"nothing\": null,"
                         " \"big\": 9007199254740992, \"list\": [3, \"x\"], \"yes\": true}");
    test_host_check_rows(host, rows, sizeof rows / sizeof *rows);
}

/* Without a slot, and without a host: what is left of these is a constant. */
static void test_compile__folds(void **state)
{
    static const struct test_row rows[] = {
        {"!true || !(1 < 2)", "false"},
        {"true && true", "true"},
        {"[1, 2, 3].exists(x, x == 2) && {'a': [1, 2]}.a[1] == 2", "true"},
        {"[1, 2, 3].map(x, x * 2).filter(y, y > 2)", "[4,6]"},
        {"cel.bind(x, 2, x * x)", "4"},
        {"'abc'.matches('^a') && timestamp('2026-07-01T12:00:00Z').getHours('+01:00') == 13",
         "true"},
        {"false && new.none", "false"},
        {"new.none == 1 || true", "true"},
        {"true ? 5 : new.none", "5"},
        {"optional.of(1).orValue(2) + size('abc')", "4"},
        {"timestamp('2026-01-01T00:00:00Z') + duration('1h') > timestamp(0)", "true"},
        {"ip('10.0.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.1.1')", "true"},
        {"decimal('0.1') * 3 == decimal('0.3')", "true"},
    };
    struct test_host *host = *state;
    test_host_check_rows(host, rows, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cel_program *program = test_host_compile(host, rows[i].expression);
        if (!program->root->constant) {
            fail_msg("%s is not folded", rows[i].expression);
        }
    }
}

/* One side of a condition that its params turn off. */
static void test_compile__folds_away_sides(void **state)
{
    static const char *const rows[] = {"true && new.a == 'x'", "new.a == 'x' || false",
                                       "true ? new.a == 'x' : new.b == 'y'"};
    struct test_host *host = *state;
    struct cel_program *plain = test_host_compile(host, "new.a == 'x'");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cel_program *program = test_host_compile(host, rows[i]);
        assert_ptr_equal(program->root->truth, plain->root->truth);
    }
}

/* Folding has a bound; what is above it is left to the runs. */
static void test_compile__folds_within_a_bound(void **state)
{
    struct test_host *host = *state;
    struct cel_program *program =
        test_host_compile(host, "lists.range(80).all(x, lists.range(80).all(y, x + y >= 0))");
    assert_null(program->root->constant);
    struct value value = test_host_run(host, program);
    assert_int_equal(value.kind, VALUE_BOOL);
    assert_true(value.boolean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(test_compile__wrong_constants),
        HOST_TEST(test_compile__forgiven_constants),
        HOST_TEST(test_run__constant_sets),
        HOST_TEST(test_compile__folds),
        HOST_TEST(test_compile__folds_away_sides),
        HOST_TEST(test_compile__folds_within_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
