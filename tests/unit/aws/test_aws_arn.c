#include "aws/aws_arn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_arn_parse__parts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *parts[5];
    } rows[] = {
        {"arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
         {"aws", "kinesis", "eu-west-1", "123456789012", "stream/orders"}},
        {"arn:aws-cn:sns:cn-north-1:123456789012:alerts.fifo",
         {"aws-cn", "sns", "cn-north-1", "123456789012", "alerts.fifo"}},
        {"arn:aws:iam::123456789012:role/a:b", {"aws", "iam", "", "123456789012", "role/a:b"}},
        {"arn:aws:s3:::bucket", {"aws", "s3", "", "", "bucket"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct aws_arn arn;
        assert_true(aws_arn_parse(span_view(rows[i].text), &arn));
        const struct span got[] = {arn.partition, arn.service, arn.region, arn.account,
                                   arn.resource};
        for (size_t k = 0; k < 5; k++) {
            assert_true(span_equals(got[k], span_view(rows[i].parts[k])));
        }
    }
}

static void test_arn_parse__refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "arn", "arn:aws:sns:eu-west-1:123456789012", "ARN:aws:sns:eu-west-1:123456789012:x",
        "arn::sns:eu-west-1:123456789012:x", "arn:aws::eu-west-1:123456789012:x",
        "arn:aws:sns:eu-west-1:123456789012:", "arn:aws:sns:eu-west-1:12345678901:x",
        "arn:aws:sns:eu-west-1:12345678901a:x", "arn:aws:sns:EU-WEST-1:123456789012:x",
        "arn:aws:sns:eu-west-1:123456789012:x y", "arn:aws:sns:eu-west-1:123456789012:x\n",
        "arn:aws:sns:eu/west:123456789012:x",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct aws_arn arn = {.service = SPAN("untouched")};
        assert_false(aws_arn_parse(span_view(rows[i]), &arn));
        assert_true(span_equals(arn.service, SPAN("untouched")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arn_parse__parts),
        cmocka_unit_test(test_arn_parse__refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
