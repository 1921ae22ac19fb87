#include "cel/library/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Compiles and searches; the kind of result says the rest. */
static struct value search(struct arena *arena, struct span pattern, struct span text)
{
    uint64_t steps_left = 1000000;
    struct cel_scratch scratch = {.arena = arena, .steps_left = &steps_left};
    struct span problem;
    const struct regex *regex = regex_compile(pattern, arena, &problem);
    if (!regex) {
        return value_failure(VALUE_ERROR_OTHER, problem);
    }
    return regex_search(regex, text, &scratch);
}

static void test_search__means_what_re2_means(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        struct span text;
        bool matches;
    } rows[] = {
        {"b+", {"abc", 3}, true},
        {"^b", {"abc", 3}, false},
        {"c$", {"abc\n", 4}, false},
        {"(?m)c$", {"abc\n", 4}, true},
        {"a.c", {"a\nc", 3}, false},
        {"(?s)a.c", {"a\nc", 3}, true},
        {"a\\sc", {"a\vc", 3}, false},
        {"a\\Sc", {"a\vc", 3}, true},
        {"a[\\s]c", {"a\fc", 3}, true},
        {"a[\\S]c", {"a c", 3}, false},
        {"a[^\\s]c", {"a\vc", 3}, true},
        {"a\\vc", {"a\vc", 3}, true},
        {"a\\vc", {"a\nc", 3}, false},
        {"^.$", {"\xC3\xA9", 2}, true},
        {"^\\w$", {"\xC3\xA9", 2}, false},
        {"\\pL", {"\xC3\xA9", 2}, true},
        {"^\\p{Greek}$", {"\xCE\xB1", 2}, true},
        {"(?i)\xC3\x89", {"\xC3\xA9", 2}, true},
        {"a{2}", {"caab", 4}, true},
        {"a{,2}", {"a{,2}", 5}, true},
        {"x{", {"x{", 2}, true},
        {"\\Qa.b\\E", {"a.b", 3}, true},
        {"\\Qa.b\\E", {"axb", 3}, false},
        {"[]a]", {"]", 1}, true},
        {"[[:alpha:]]", {"1a", 2}, true},
        {"[a[]", {"[", 1}, true},
        {"\\x41\\x{42}\\103", {"ABC", 3}, true},
        {"(?P<year>\\d{4})-(?<month>\\d\\d)", {"2026-01", 7}, true},
        {"a\\z", {"a\n", 2}, false},
        {"", {"", 0}, true},
        {"a\\x00b", {"a\0b", 3}, true},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value result = search(arena, span_view(rows[i].pattern), rows[i].text);
        if (result.kind != VALUE_BOOL || result.boolean != rows[i].matches) {
            fail_msg("%s on '%s': kind %d", rows[i].pattern, rows[i].text.ptr, result.kind);
        }
    }
    arena_free(&arena);
}

static void test_compile__refuses_what_re2_refuses(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "a(?=b)",     "a(?!b)",   "(?<=a)b",   "(?<!a)b",  "(a)\\1",      "(?P<n>a)(?P=n)",
        "\\g{1}",     "\\k<n>",   "a*+",       "a++",      "a?+",         "a{2}+",
        "(?>a)",      "(?R)",     "(?1)",      "(?(1)a)",  "(*ACCEPT)",   "(?#comment)",
        "(?|a|b)",    "a\\Kb",    "\\R",       "\\X",      "\\G",         "\\C",
        "\\h",        "\\N",      "\\Z",       "a**",      "a{2}{3}",     "a{1001}",
        "(a{100}){11}", "(a{2,1})", "*a",      "+",        "a|*",         "(",
        ")",          "[a",       "[[:nope:]]", "\\",      "\\8",         "\\x4",
        "\\p{Nope}",  "(?x)a",    "(?C1)",     "\\_",      "[\\b]",       "(?P<>a)",
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct span problem = {0};
        if (regex_compile(span_view(patterns[i]), arena, &problem)) {
            fail_msg("accepted: %s", patterns[i]);
        }
        assert_true(problem.len > 0);
    }
    arena_free(&arena);
}

static struct span filled(struct arena *arena, char c, size_t len)
{
    char *text = arena_alloc(arena, len + 1);
    memset(text, c, len);
    return span_of(text, len);
}

static void test_compile__length(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct span problem;
    assert_non_null(regex_compile(filled(arena, 'a', 1024), arena, &problem));
    assert_null(regex_compile(filled(arena, 'a', 1025), arena, &problem));
    arena_free(&arena);
}

static void test_search__limits(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct span text = filled(arena, 'a', 41);
    ((char *)(uintptr_t)text.ptr)[40] = 'b';
    struct value result = search(arena, SPAN("^(a+)+$"), text);
    assert_int_equal(result.kind, VALUE_ERROR);
    assert_int_equal(result.error, VALUE_ERROR_LIMIT);
    assert_int_equal(search(arena, SPAN("b"), filled(arena, 'a', 4096)).kind, VALUE_BOOL);
    result = search(arena, SPAN("b"), filled(arena, 'a', 4097));
    assert_int_equal(result.error, VALUE_ERROR_LIMIT);
    arena_free(&arena);
}

/* Patterns that a person writes, whose work grows with the length of the text alone. */
static void test_search__linear_patterns_never_reach_the_limit(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "b",
        "^[a-z]+$",
        "^arn:aws:iam::[0-9]{12}:(user|role)/[A-Za-z0-9_+=,.@-]+$",
        "[0-9]{3}-[0-9]{2}-[0-9]{4}",
        "(a|b|c)*d",
        "^(a|ab)*$",
        ".*b",
        "(?i)password\\s*=",
        "^[^@]+@[^@]+$",
        "\\ba+\\b",
        "^(?:a|[^b])*$",
        "^(a?b?)*!$",
        "^(foo|a)*?!",
        "^(?:[a-z]+\\.)*[a-z]+$",
        "^([a-z]|[0-9])+$",
        "a*?b",
    };
    static const size_t lengths[] = {1, 2, 16, 100, 255, 1000, 2048, 4095, 4096};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
            struct span text = filled(arena, 'a', lengths[k]);
            struct value whole = search(arena, span_view(patterns[i]), text);
            ((char *)(uintptr_t)text.ptr)[text.len - 1] = '!';
            struct value broken = search(arena, span_view(patterns[i]), text);
            if (whole.kind != VALUE_BOOL || broken.kind != VALUE_BOOL) {
                fail_msg("%s on %zu bytes", patterns[i], lengths[k]);
            }
        }
    }
    arena_free(&arena);
}

/* Where PCRE2 begins anew at each place of the text, and goes far from each. */
static void test_search__branching_patterns_are_stopped(void **state)
{
    (void)state;
    static const char *const patterns[] = {"(foo|a)*?[xy]", "(a|b)*[xy]", "a.*.*[xy]"};
    struct arena *arena = arena_new(0);
    struct span text = filled(arena, 'a', 4096);
    ((char *)(uintptr_t)text.ptr)[text.len - 1] = '!';
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct value on_short = search(arena, span_view(patterns[i]), span_of(text.ptr, 8));
        assert_int_equal(on_short.kind, VALUE_BOOL);
        struct value on_long = search(arena, span_view(patterns[i]), text);
        assert_int_equal(on_long.kind, VALUE_ERROR);
        assert_int_equal(on_long.error, VALUE_ERROR_LIMIT);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search__means_what_re2_means),
        cmocka_unit_test(test_compile__refuses_what_re2_refuses),
        cmocka_unit_test(test_compile__length),
        cmocka_unit_test(test_search__limits),
        cmocka_unit_test(test_search__linear_patterns_never_reach_the_limit),
        cmocka_unit_test(test_search__branching_patterns_are_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
