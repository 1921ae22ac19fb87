#include "kinesis/kinesis_pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_kinesis_pace_after_page__table(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        bool behind;
        int64_t wait_ms;
    } rows[] = {
        {0, false, 1000},
        {0, true, 250},               /* fewer than 5 calls a second */
        {1024, true, 250},
        {1024 * 1024, true, 524},     /* below 2 MiB a second */
        {10 * 1024 * 1024, true, 5242},
        {10 * 1024 * 1024, false, 5242}, /* calls fail so long, whatever is left */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(
            kinesis_pace_after_page(&kinesis_pace_default, rows[i].bytes, rows[i].behind),
            rows[i].wait_ms);
    }
}

static void test_kinesis_pace_after_failure__grows_to_a_bound(void **state)
{
    (void)state;
    static const struct {
        enum kinesis_delay delay;
        unsigned failures;
        int64_t wait_ms; /* the longest */
    } rows[] = {
        {KINESIS_DELAY_THROTTLED, 1, 1000},    {KINESIS_DELAY_THROTTLED, 2, 2000},
        {KINESIS_DELAY_THROTTLED, 6, 30000},   {KINESIS_DELAY_THROTTLED, 4000000000U, 30000},
        {KINESIS_DELAY_FAILED, 1, 250},        {KINESIS_DELAY_FAILED, 3, 1000},
        {KINESIS_DELAY_FAILED, 100, 20000},    {KINESIS_DELAY_REFUSED, 1, 30000},
        {KINESIS_DELAY_REFUSED, 9, 30000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t most = rows[i].wait_ms;
        for (uint32_t random = 0; random < 100000; random += 777) {
            int64_t wait_ms = kinesis_pace_after_failure(&kinesis_pace_default, rows[i].delay,
                                                         rows[i].failures, random);
            assert_true(wait_ms >= most / 2 && wait_ms <= most);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinesis_pace_after_page__table),
        cmocka_unit_test(test_kinesis_pace_after_failure__grows_to_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
