#include "cel/library/time.h"
#include "cel/library/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

/* The C library reads the same files: every answer must be the same. */
static void test_zone_offset__as_the_c_library(void **state)
{
    (void)state;
    static const char *const zones[] = {
        "Europe/Berlin",   "America/New_York",  "Australia/Sydney",   "Australia/Lord_Howe",
        "Asia/Kolkata",    "Asia/Kathmandu",    "Europe/Dublin",      "Africa/Casablanca",
        "America/Nuuk",    "Pacific/Apia",      "America/St_Johns",   "US/Central",
        "Asia/Jerusalem",  "Pacific/Chatham",   "America/Sao_Paulo",  "Etc/GMT+5",
        "Asia/Tehran",     "Antarctica/Troll",  "Europe/London",      "Asia/Tokyo",
    };
    const int64_t step = 13 * 86400 + 3571; /* from 1890 to 2110, at changing times of the day */
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        const struct zone *zone = zone_load(span_view(zones[i]), arena);
        assert_non_null(zone);
        setenv("TZ", zones[i], 1);
        tzset();
        for (int64_t at = -2500000000; at < 4420000000; at += step) {
            struct tm local;
            time_t instant = (time_t)at;
            localtime_r(&instant, &local);
            if (zone_offset(zone, at) != local.tm_gmtoff) {
                fail_msg("%s at %lld: %d, expected %ld", zones[i], (long long)at,
                         zone_offset(zone, at), local.tm_gmtoff);
            }
        }
    }
    arena_free(&arena);
}

static void test_zone_load__refused(void **state)
{
    (void)state;
    static const char *const names[] = {"Europe/Nowhere", "/etc/passwd", "../../etc/passwd",
                                        "Europe",         "+25:00",      "+1:00",
                                        "1:00",           "+01:60",      "zone.tab",
                                        "tzdata.zi",      "UTC "};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (zone_load(span_view(names[i]), arena)) {
            fail_msg("accepted: %s", names[i]);
        }
    }
    arena_free(&arena);
}

/* Every day from year 1 to 9999 is the one after the day before. */
static void test_time_fields_of__every_day(void **state)
{
    (void)state;
    int64_t day = time_days_of(1, 0, 1);
    struct time_fields last = time_fields_of(day * TIME_SECONDS_PER_DAY);
    assert_int_equal(last.year, 1);
    assert_int_equal(last.day_of_week, 1);
    for (day++; day <= time_days_of(9999, 11, 31); day++) {
        struct time_fields next = time_fields_of(day * TIME_SECONDS_PER_DAY);
        assert_int_equal(time_days_of(next.year, next.month, next.day), day);
        assert_int_equal(next.day_of_week, (last.day_of_week + 1) % 7);
        assert_true(next.day_of_year == last.day_of_year + 1 ||
                    (next.day_of_year == 0 && last.day_of_year >= 364));
        last = next;
    }
    assert_int_equal(last.year, 9999);
}

static void test_time_parse__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *canonical; /* NULL: refused */
    } rows[] = {
        {"2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"},
        {"2026-03-01t10:00:00z", "2026-03-01T10:00:00Z"},
        {"2026-03-01T10:00:00.5+02:00", "2026-03-01T08:00:00.500Z"},
        {"2026-03-01T10:00:00.000001Z", "2026-03-01T10:00:00.000001Z"},
        {"2026-03-01T10:00:00.000000001Z", "2026-03-01T10:00:00.000000001Z"},
        {"2024-02-29T00:00:00-00:30", "2024-02-29T00:30:00Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
        {"0001-01-01T00:00:00+00:01", NULL},
        {"9999-12-31T23:59:59-00:01", NULL},
        {"2026-02-29T00:00:00Z", NULL},
        {"2026-03-01", NULL},
        {"2026-03-01T24:00:00Z", NULL},
        {"2026-03-01T10:00:60Z", NULL},
        {"2026-03-01T10:00:00", NULL},
        {"2026-03-01T10:00:00.Z", NULL},
        {"2026-03-01T10:00:00.1234567890Z", NULL},
        {"2026-03-01T10:00:00Z ", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value_time time;
        char text[TIME_TEXT_SIZE];
        bool read = time_parse(span_view(rows[i].text), &time);
        if (read != (rows[i].canonical != NULL) ||
            (read && !span_equals(time_format(time, text), span_view(rows[i].canonical)))) {
            fail_msg("%s", rows[i].text);
        }
    }
}

static void test_duration_parse__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *canonical; /* NULL: refused */
    } rows[] = {
        {"90s", "90s"},           {"1h30m", "5400s"},
        {"0", "0s"},              {"-1.5h", "-5400s"},
        {"1ms", "0.001s"},        {"1us", "0.000001s"},
        {"1ns", "0.000000001s"},  {"0.1234567891s", "0.123456789s"},
        {"1.5m2.25s", "92.25s"},  {"2562047h", "9223369200s"},
        {"2562048h", NULL},       {"1d", NULL},
        {"", NULL},               {"-", NULL},
        {"s", NULL},              {"1", NULL},
        {"1 s", NULL},            {"1h-5m", NULL},
        {".s", NULL},             {"9223372036854775808ns", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t nanoseconds;
        char text[TIME_TEXT_SIZE];
        bool read = duration_parse(span_view(rows[i].text), &nanoseconds);
        if (read != (rows[i].canonical != NULL) ||
            (read && !span_equals(duration_format(nanoseconds, text),
                                  span_view(rows[i].canonical)))) {
            fail_msg("%s", rows[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone_offset__as_the_c_library),
        cmocka_unit_test(test_zone_load__refused),
        cmocka_unit_test(test_time_fields_of__every_day),
        cmocka_unit_test(test_time_parse__table),
        cmocka_unit_test(test_duration_parse__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
