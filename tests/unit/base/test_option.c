#include "base/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char *const choices[] = {"text", "json", NULL};
static const struct option_example examples[] = {{"tool copy a b", "copies a to b"}, {NULL, NULL}};
static const struct option options[] = {
    {.name = "input", .letter = 'i', .type = OPTION_TEXT, .repeated = true, .placeholder = "FILE",
     .text = "what is read"},
    {.name = "threads", .type = OPTION_NUMBER, .min = 1, .max = 64, .fallback = "2",
     .placeholder = "N", .text = "how many"},
    {.name = "format", .type = OPTION_CHOICE, .choices = choices, .fallback = "text",
     .placeholder = "FORMAT", .text = "how it is written"},
    {.name = "json", .type = OPTION_FLAG, .text = "as JSON"},
    {.name = "secret", .type = OPTION_FLAG, .hidden = true, .text = "not shown"},
};
static const struct option_command command = {
    .name = "copy",
    .summary = "Copies.",
    .arguments = "FROM TO",
    .argument_min = 0,
    .argument_max = 2,
    .examples = examples,
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

enum { WORDS_MAX = 8 };

static enum status parse(const char *const *words, struct arena *arena, struct buf *problem,
                         struct option_values **out)
{
    char *argv[WORDS_MAX + 1] = {0};
    for (size_t i = 0; i < WORDS_MAX && words[i]; i++) {
        argv[i] = (char *)arena_copy(arena, span_view(words[i])).ptr;
    }
    return option_parse(&command, argv, arena, problem, out);
}

static void test_option_parse__wrong_words(void **state)
{
    (void)state;
    static const struct {
        const char *words[WORDS_MAX];
        const char *problem;
    } rows[] = {
        {{"--inptu", "a"}, "unknown flag --inptu; did you mean --input?"},
        {{"--zzzzzzzz"}, "unknown flag --zzzzzzzz"},
        {{"--in", "a"}, "unknown flag --in"},
        {{"-x"}, "unknown flag -x"},
        {{"-ij"}, "unknown flag -ij"},
        {{"--input"}, "--input wants a value (FILE)"},
        {{"--json=yes"}, "--json takes no value"},
        {{"--threads", "0"}, "--threads wants a whole number from 1 to 64, not '0'"},
        {{"--threads=65"}, "--threads wants a whole number from 1 to 64, not '65'"},
        {{"--threads", " 3"}, "--threads wants a whole number from 1 to 64, not ' 3'"},
        {{"--threads", "3x"}, "--threads wants a whole number from 1 to 64, not '3x'"},
        {{"--threads", ""}, "--threads wants a whole number from 1 to 64, not ''"},
        {{"--threads", "99999999999999999999"},
         "--threads wants a whole number from 1 to 64, not '99999999999999999999'"},
        {{"--format", "yaml"}, "--format wants one of text, json, not 'yaml'"},
        {{"--threads", "3", "--threads", "4"}, "--threads is given twice"},
        {{"a", "b", "c"}, "unexpected argument 'c'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct buf problem = {0};
        struct option_values *values = NULL;
        assert_int_equal(parse(rows[i].words, arena, &problem, &values), STATUS_INVALID);
        assert_string_equal(problem.ptr, rows[i].problem);
        assert_null(values);
        buf_deinit(&problem);
        arena_free(&arena);
    }
}

static void test_option_parse__values(void **state)
{
    (void)state;
    const char *words[] = {"--input=a=b", "-i", "--", "from", "--threads", "64", "--json", "to", 0};
    struct arena *arena = arena_new(0);
    struct buf problem = {0};
    struct option_values *values = NULL;
    size_t count = 0;
    assert_int_equal(parse(words, arena, &problem, &values), STATUS_OK);
    const struct span *inputs = option_list(values, "input", &count);
    assert_int_equal(count, 2);
    assert_true(span_equals(inputs[0], SPAN("a=b")));
    assert_true(span_equals(inputs[1], SPAN("--")));
    assert_int_equal(option_number(values, "threads"), 64);
    assert_true(option_flag(values, "json"));
    assert_false(option_given(values, "format"));
    assert_true(span_equals(option_text(values, "format"), SPAN("text")));
    const struct span *arguments = option_arguments(values, &count);
    assert_int_equal(count, 2);
    assert_true(span_equals(arguments[1], SPAN("to")));
    assert_true(option_exists(values, "json"));
    assert_false(option_exists(values, "jsn"));
    buf_deinit(&problem);
    arena_free(&arena);
}

static void test_option_parse__dashes_end_the_flags(void **state)
{
    (void)state;
    const char *words[] = {"-", "--", "--json", 0};
    struct arena *arena = arena_new(0);
    struct buf problem = {0};
    struct option_values *values = NULL;
    size_t count = 0;
    assert_int_equal(parse(words, arena, &problem, &values), STATUS_OK);
    const struct span *arguments = option_arguments(values, &count);
    assert_int_equal(count, 2);
    assert_true(span_equals(arguments[0], SPAN("-")));
    assert_true(span_equals(arguments[1], SPAN("--json")));
    assert_false(option_flag(values, "json"));
    assert_int_equal(option_number(values, "threads"), 2);
    buf_deinit(&problem);
    arena_free(&arena);
}

static void test_option_help__examples_first(void **state)
{
    (void)state;
    struct buf text = {0};
    option_help(&command, "tool", &text);
    assert_true(span_starts_with(buf_view(&text), SPAN("Examples:\n  tool copy a b\n")));
    assert_non_null(strstr(text.ptr, "Usage: tool copy [FLAGS] FROM TO\n"));
    assert_non_null(strstr(text.ptr, "-i, --input FILE"));
    assert_non_null(strstr(text.ptr, "how many (1 to 64; default: 2)"));
    assert_non_null(strstr(text.ptr, "how it is written (text, json; default: text)"));
    assert_null(strstr(text.ptr, "secret"));
    buf_deinit(&text);
}

static void test_option_wants_help__beats_other_mistakes_behind_it(void **state)
{
    (void)state;
    const char *words[] = {"--help", "--nonsense", 0};
    struct arena *arena = arena_new(0);
    struct buf problem = {0};
    struct option_values *values = NULL;
    assert_int_equal(parse(words, arena, &problem, &values), STATUS_OK);
    assert_true(option_wants_help(values));
    buf_deinit(&problem);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_option_parse__wrong_words),
        cmocka_unit_test(test_option_parse__values),
        cmocka_unit_test(test_option_parse__dashes_end_the_flags),
        cmocka_unit_test(test_option_help__examples_first),
        cmocka_unit_test(test_option_wants_help__beats_other_mistakes_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
