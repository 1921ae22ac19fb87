#include "aws/aws_retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_retry_ceiling__doubles_up_to_its_end(void **state)
{
    (void)state;
    static const struct {
        enum aws_failure failure;
        unsigned repeat;
        int64_t wanted_ms;
    } rows[] = {
        {AWS_TRANSIENT, 1, 50},    {AWS_TRANSIENT, 2, 100},    {AWS_TRANSIENT, 5, 800},
        {AWS_TRANSIENT, 9, 12800}, {AWS_TRANSIENT, 10, 20000}, {AWS_TRANSIENT, 4000000000u, 20000},
        {AWS_THROTTLED, 1, 1000},  {AWS_THROTTLED, 5, 16000},  {AWS_THROTTLED, 6, 20000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(aws_retry_ceiling_ms(rows[i].failure, rows[i].repeat),
                         rows[i].wanted_ms);
    }
}

static void test_retry_wait__between_nothing_and_the_ceiling(void **state)
{
    (void)state;
    assert_int_equal(aws_retry_wait_ms(AWS_THROTTLED, 1, 0, 0), 0);
    assert_int_equal(aws_retry_wait_ms(AWS_THROTTLED, 1, 0, UINT32_MAX / 2), 500);
    assert_int_equal(aws_retry_wait_ms(AWS_THROTTLED, 1, 0, UINT32_MAX), 1000);
    assert_int_equal(aws_retry_wait_ms(AWS_THROTTLED, 1, 3000, UINT32_MAX), 3000);
}

static void test_retry_budget__runs_out_and_comes_back(void **state)
{
    (void)state;
    struct aws_retry_budget budget;
    aws_retry_init(&budget);
    for (int i = 0; i < AWS_RETRY_TOKENS / AWS_RETRY_COST; i++) {
        assert_true(aws_retry_take(&budget, AWS_RETRY_COST));
    }
    assert_false(aws_retry_take(&budget, AWS_RETRY_COST));
    for (int i = 0; i < AWS_RETRY_COST - 1; i++) {
        aws_retry_give(&budget, 0);
        assert_false(aws_retry_take(&budget, AWS_RETRY_COST));
    }
    aws_retry_give(&budget, 0);
    assert_true(aws_retry_take(&budget, AWS_RETRY_COST));
    aws_retry_give(&budget, AWS_RETRY_COST);
    assert_true(aws_retry_take(&budget, AWS_RETRY_COST));
}

static void test_retry_budget__never_more_than_full(void **state)
{
    (void)state;
    struct aws_retry_budget budget;
    aws_retry_init(&budget);
    aws_retry_give(&budget, AWS_RETRY_COST_NO_ANSWER);
    assert_true(aws_retry_take(&budget, AWS_RETRY_TOKENS));
    assert_false(aws_retry_take(&budget, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_ceiling__doubles_up_to_its_end),
        cmocka_unit_test(test_retry_wait__between_nothing_and_the_ceiling),
        cmocka_unit_test(test_retry_budget__runs_out_and_comes_back),
        cmocka_unit_test(test_retry_budget__never_more_than_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
