/* The manual tells of every function and macro once, and of nothing else. Its examples are run by
 * tests/repo/test_language.py. */
#include "base/span.h"
#include "cel/library/library.h"
#include "cel/library/manual.h"
#include "cel/parse/macro.h"
#include "model/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static bool tells_of(const struct cel_manual_row *row, const struct cel_overload *overload)
{
    return strcmp(row->name, overload->name) == 0 &&
           span_starts_with(span_view(overload->signature), span_view(row->form));
}

/* What macros expand to and nobody writes. */
static bool is_internal(const char *name)
{
    return strchr(name, '@') && strcmp(name, "@in") != 0;
}

static size_t times_told(const struct cel_overload *overload)
{
    size_t count;
    const struct cel_manual_row *rows = cel_manual(&count);
    size_t times = 0;
    for (size_t i = 0; i < count; i++) {
        times += tells_of(&rows[i], overload);
    }
    return times;
}

static void test_cel_manual__every_overload_once(void **state)
{
    (void)state;
    size_t count;
    size_t wrong = 0;
    const struct cel_overload *overloads = cel_library(&count);
    for (size_t i = 0; i < count; i++) {
        size_t times = times_told(&overloads[i]);
        if (times != !is_internal(overloads[i].name)) {
            wrong++;
            print_error("%s%s stands %zu times in lib/cel/library/manual.c; wanted: one row, then "
                        "run tools/docs\n",
                        overloads[i].name, overloads[i].signature, times);
        }
    }
    assert_int_equal(wrong, 0);
}

static size_t macro_rows(const char *name)
{
    size_t count;
    const struct cel_manual_row *rows = cel_manual(&count);
    size_t times = 0;
    for (size_t i = 0; i < count; i++) {
        times += strcmp(rows[i].name, name) == 0;
    }
    return times;
}

static void test_cel_manual__every_macro_once(void **state)
{
    (void)state;
    for (size_t i = 0; cel_macro_name(i); i++) {
        if (macro_rows(cel_macro_name(i)) != 1) {
            fail_msg("macro %s: wanted one row in lib/cel/library/manual.c", cel_macro_name(i));
        }
    }
}

static bool is_known(const struct cel_manual_row *row)
{
    size_t count;
    const struct cel_overload *overloads = cel_library(&count);
    for (size_t i = 0; i < count; i++) {
        if (tells_of(row, &overloads[i])) {
            return true;
        }
    }
    for (size_t i = 0; cel_macro_name(i); i++) {
        if (strcmp(cel_macro_name(i), row->name) == 0) {
            return row->form[0] != '\0';
        }
    }
    return false;
}

static bool is_whole(const struct cel_manual_row *row)
{
    return row->text[0] && row->text[strlen(row->text) - 1] == '.' && row->topic[0] &&
           row->example[0] && row->value[0];
}

static void test_cel_manual__rows_are_whole(void **state)
{
    (void)state;
    size_t count;
    const struct cel_manual_row *rows = cel_manual(&count);
    for (size_t i = 0; i < count; i++) {
        const struct cel_manual_row *row = &rows[i];
        if (!is_known(row)) {
            fail_msg("the manual tells of %s%s, which there is not", row->name, row->form);
        }
        if (!is_whole(row)) {
            fail_msg("the manual's row of %s%s wants a topic, a sentence with its full stop, an "
                     "example and its value", row->name, row->form);
        }
    }
}

static const char *topic_of_kind(enum value_error kind)
{
    switch (kind) {
    case VALUE_ERROR_OTHER:
        return "errors other";
    case VALUE_ERROR_ABSENT:
        return "errors absent";
    case VALUE_ERROR_NO_OVERLOAD:
        return "errors overload";
    case VALUE_ERROR_LIMIT:
        return "errors limit";
    }
    return NULL;
}

static size_t errors_of(const char *topic)
{
    size_t count;
    const struct cel_manual_error *rows = cel_manual_errors(&count);
    size_t times = 0;
    for (size_t i = 0; i < count; i++) {
        times += strcmp(rows[i].topic, topic) == 0;
    }
    return times;
}

static void test_cel_manual_errors__every_kind(void **state)
{
    (void)state;
    for (int kind = VALUE_ERROR_OTHER; topic_of_kind((enum value_error)kind); kind++) {
        assert_true(errors_of(topic_of_kind((enum value_error)kind)) > 0);
    }
}

static void test_cel_manual_errors__rows_are_whole(void **state)
{
    (void)state;
    size_t count;
    const struct cel_manual_error *rows = cel_manual_errors(&count);
    for (size_t i = 0; i < count; i++) {
        const struct cel_manual_error *row = &rows[i];
        if (!row->text[0] || !row->example[0] || !row->remedy[0] ||
            row->remedy[strlen(row->remedy) - 1] != '.') {
            fail_msg("the manual's error '%s' wants a sentence with its full stop and an example",
                     row->text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cel_manual__every_overload_once),
        cmocka_unit_test(test_cel_manual__every_macro_once),
        cmocka_unit_test(test_cel_manual__rows_are_whole),
        cmocka_unit_test(test_cel_manual_errors__every_kind),
        cmocka_unit_test(test_cel_manual_errors__rows_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
