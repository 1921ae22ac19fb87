#include "base/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char SOURCE[] = "id: a\n\tseverty: \xC3\xA9high\x1B[2J\x7F\n\nlast";

struct row {
    const char *what;
    enum diag_level level;
    uint32_t line;
    uint32_t column;
    uint32_t width;
    const char *hint;
    const char *rendered;
};

static const struct row rows[] = {
    {"no place", DIAG_ERROR, 0, 0, 0, "", "p.yaml: error: wrong\n"},
    {"a line alone", DIAG_WARNING, 1, 0, 0, "", "p.yaml:1:1: warning: wrong\n"},
    {"caret", DIAG_ERROR, 1, 5, 0, "", "p.yaml:1:5: error: wrong\n  id: a\n      ^\n"},
    {"width and hint", DIAG_ERROR, 1, 1, 2, "do this",
     "p.yaml:1:1: error: wrong\n  id: a\n  ^~\n  hint: do this\n"},
    {"tab kept, code points counted, controls hidden", DIAG_ERROR, 2, 13, 1, "",
     "p.yaml:2:13: error: wrong\n  \tseverty: \xC3\xA9high?[2J?\n  \t           ^\n"},
    {"empty line", DIAG_ERROR, 3, 1, 1, "", "p.yaml:3:1: error: wrong\n"},
    {"last line without end", DIAG_ERROR, 4, 2, 1, "",
     "p.yaml:4:2: error: wrong\n  last\n   ^\n"},
    {"line beyond the end", DIAG_ERROR, 9, 2, 1, "", "p.yaml:9:2: error: wrong\n"},
};

static void test_diag_render__table(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct diag_list list = diag_list_in(arena);
        struct buf out = {0};
        diag_add(&list, rows[i].level,
                 (struct place){SPAN("p.yaml"), span_view(SOURCE), rows[i].line, rows[i].column,
                                rows[i].width},
                 span_view(rows[i].hint), "%s", "wrong");
        diag_render(&list.items[0], false, &out);
        assert_string_equal(out.ptr, rows[i].rendered);
        buf_deinit(&out);
    }
    arena_free(&arena);
}

static void test_diag_set_kind__names_the_newest(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct diag_list list = diag_list_in(arena);
    struct buf out = {0};
    diag_set_kind(&list, SPAN("nothing-to-name"));
    diag_add(&list, DIAG_WARNING, (struct place){.file = SPAN("a")}, SPAN(""), "x");
    diag_add(&list, DIAG_WARNING, (struct place){.file = SPAN("b")}, SPAN("h"), "y");
    diag_set_kind(&list, SPAN("odd-thing"));
    diag_render(&list.items[0], false, &out);
    diag_render(&list.items[1], false, &out);
    assert_string_equal(out.ptr, "a: warning: x\nb: warning: y [odd-thing]\n  hint: h\n");
    buf_deinit(&out);
    arena_free(&arena);
}

static void test_diag_render__colour_and_no_source(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct diag_list list = diag_list_in(arena);
    struct buf out = {0};
    diag_add(&list, DIAG_ERROR, (struct place){.file = SPAN("a"), .line = 1, .column = 2},
             SPAN(""), "x");
    diag_render(&list.items[0], true, &out);
    assert_string_equal(out.ptr, "a:1:2: \033[1;31merror:\033[0m x\n");
    buf_deinit(&out);
    arena_free(&arena);
}

static void test_diag_add__keeps_all_and_counts_errors(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct diag_list list = diag_list_in(arena);
    char hint[] = "temporary";
    for (int i = 0; i < 100; i++) {
        diag_add(&list, i % 4 == 0 ? DIAG_WARNING : DIAG_ERROR, (struct place){0},
                 span_view(hint), "number %d %2000s", i, "");
    }
    hint[0] = 'X';
    assert_int_equal(list.count, 100);
    assert_int_equal(list.errors, 75);
    assert_true(span_starts_with(list.items[99].message, SPAN("number 99 ")));
    assert_int_equal(list.items[99].message.len, 2010);
    assert_true(span_equals(list.items[0].hint, SPAN("temporary")));
    arena_free(&arena);
}

static void test_diag_nearest__table(void **state)
{
    (void)state;
    const struct span names[] = {SPAN("severity"), SPAN("owner"), SPAN("id")};
    static const struct {
        const char *word;
        const char *nearest;
    } table[] = {
        {"severty", "severity"}, {"Severity", "severity"}, {"onwer", "owner"},
        {"ie", "id"},            {"completely", ""},       {"", ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct span nearest = diag_nearest(span_view(table[i].word), names, 3);
        assert_true(span_equals(nearest, span_view(table[i].nearest)));
    }
    assert_int_equal(diag_nearest(SPAN("x"), NULL, 0).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diag_render__table),
        cmocka_unit_test(test_diag_render__colour_and_no_source),
        cmocka_unit_test(test_diag_set_kind__names_the_newest),
        cmocka_unit_test(test_diag_add__keeps_all_and_counts_errors),
        cmocka_unit_test(test_diag_nearest__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
