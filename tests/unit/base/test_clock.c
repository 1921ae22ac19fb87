#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* What clock_format writes, and clock_parse reads back. */
static void test_clock_format__table(void **state)
{
    (void)state;
    static const struct {
        int64_t time_us;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1000, "1970-01-01T00:00:00.001Z"},
        {-1000000, "1969-12-31T23:59:59Z"},
        {1772359200125000, "2026-03-01T10:00:00.125Z"},
        {951782400000000, "2000-02-29T00:00:00Z"},
        {-62135596800000000, "0001-01-01T00:00:00Z"},
        {253402300799999999, "9999-12-31T23:59:59.999999Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t back = 7;
        struct span view = clock_format(rows[i].time_us, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(view.len, strlen(rows[i].text));
        assert_true(clock_parse(view, &back));
        assert_int_equal(back, rows[i].time_us);
    }
}

static void test_clock_parse__other_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *same_as;
    } rows[] = {
        {"2026-03-01", "2026-03-01T00:00:00Z"},
        {"2026-03-01 10:00:00Z", "2026-03-01T10:00:00Z"},
        {"2026-03-01t10:00:00z", "2026-03-01T10:00:00Z"},
        {"2026-03-01T10:00:00+01:30", "2026-03-01T08:30:00Z"},
        {"2026-03-01T10:00:00-01:00", "2026-03-01T11:00:00Z"},
        {"2026-03-01T10:00:00-00:00", "2026-03-01T10:00:00Z"},
        {"2026-03-01T10:00:00.1Z", "2026-03-01T10:00:00.100Z"},
        {"2026-03-01T10:00:00.1234567899Z", "2026-03-01T10:00:00.123456Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t time_us = 0;
        assert_true(clock_parse(span_view(rows[i].text), &time_us));
        clock_format(time_us, text);
        assert_string_equal(text, rows[i].same_as);
    }
}

static void test_clock_parse__refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "2026",
        "2026-3-1",
        "2026-13-01",
        "2026-00-01",
        "2026-02-30",
        "2025-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-03-00",
        "0000-01-01",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2026-03-01T",
        "2026-03-01T10:00",
        "2026-03-01T10:00:00",
        "2026-03-01T24:00:00Z",
        "2026-03-01T10:60:00Z",
        "2026-03-01T10:00:60Z",
        "2026-03-01T10:00:00.Z",
        "2026-03-01T10:00:00Zx",
        "2026-03-01T10:00:00+0100",
        "2026-03-01T10:00:00+24:00",
        "2026-03-01x10:00:00Z",
        " 2026-03-01",
        "-026-03-01",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t time_us = 42;
        if (clock_parse(span_view(rows[i]), &time_us)) {
            fail_msg("'%s' was read", rows[i]);
        }
        assert_int_equal(time_us, 42);
    }
}

static void test_clock_parse_duration__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t duration_us;
    } rows[] = {
        {"90s", 90000000},
        {"15m", 900000000},
        {"2h", 7200000000},
        {"14d", 1209600000000},
        {"1w", 604800000000},
        {"500ms", 500000},
        {"7us", 7},
        {"1h30m", 5400000000},
        {"-1m30s", -90000000},
        {"0s", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t duration_us = 42;
        assert_true(clock_parse_duration(span_view(rows[i].text), &duration_us));
        assert_int_equal(duration_us, rows[i].duration_us);
    }
}

static void test_clock_parse_duration__refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "-", "5", "s", "5 s", "5x", "5S", "1.5h", "1h-5m", "+5s", "999999999999w",
        "9999999999999s", "5s ",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t duration_us = 42;
        if (clock_parse_duration(span_view(rows[i]), &duration_us)) {
            fail_msg("'%s' was read", rows[i]);
        }
        assert_int_equal(duration_us, 42);
    }
}

static int64_t fixed_now(void *context)
{
    return *(const int64_t *)context;
}

static void test_clock_now_us__injected_and_system(void **state)
{
    (void)state;
    int64_t now = 1772359200000000;
    assert_int_equal(clock_now_us((struct clock){fixed_now, &now}), now);
    assert_true(clock_now_us(clock_system()) > now - 86400000000 * 365);
    uint64_t before = clock_monotonic_ns();
    assert_true(clock_monotonic_ns() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_format__table),
        cmocka_unit_test(test_clock_parse__other_forms),
        cmocka_unit_test(test_clock_parse__refused),
        cmocka_unit_test(test_clock_parse_duration__table),
        cmocka_unit_test(test_clock_parse_duration__refused),
        cmocka_unit_test(test_clock_now_us__injected_and_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
