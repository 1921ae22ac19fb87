#include "aws/aws_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_error_classify__by_code_then_by_status(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int http_status;
        enum aws_failure wanted;
    } rows[] = {
        {"ProvisionedThroughputExceededException", 400, AWS_THROTTLED},
        {"LimitExceededException", 400, AWS_THROTTLED},
        {"KMSThrottlingException", 400, AWS_THROTTLED},
        {"KMSDisabledException", 400, AWS_KMS},
        {"ExpiredIteratorException", 400, AWS_EXPIRED},
        {"ResourceNotFoundException", 400, AWS_NOT_FOUND},
        {"InternalFailure", 400, AWS_TRANSIENT},
        {"AccessDeniedException", 400, AWS_DENIED},
        {"InvalidArgumentException", 400, AWS_INVALID},
        {"ThrottlingException", 500, AWS_THROTTLED},
        {"", 401, AWS_DENIED},
        {"", 403, AWS_DENIED},
        {"Unheard", 403, AWS_DENIED},
        {"", 404, AWS_NOT_FOUND},
        {"", 408, AWS_TRANSIENT},
        {"", 413, AWS_INVALID},
        {"", 429, AWS_THROTTLED},
        {"Unheard", 400, AWS_OTHER},
        {"", 302, AWS_OTHER},
        {"", 500, AWS_TRANSIENT},
        {"Unheard", 503, AWS_TRANSIENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(aws_error_classify(span_view(rows[i].code), rows[i].http_status),
                         rows[i].wanted);
    }
}

static void test_error_read__both_protocols(void **state)
{
    (void)state;
    static const struct {
        enum aws_protocol protocol;
        const char *body;
        const char *code;
        const char *message;
    } rows[] = {
        {AWS_JSON_1_1, "{\"__type\":\"A\",\"message\":\"m\"}", "A", "m"},
        {AWS_JSON_1_1, "{\"__type\":\"com.amazonaws.x#A\",\"Message\":\"m\"}", "A", "m"},
        {AWS_JSON_1_1, "{\"code\":\"A:http://x/\"}", "A", ""},
        {AWS_JSON_1_1, "{\"__type\":7}", "", ""},
        {AWS_JSON_1_1, "[]", "", ""},
        {AWS_JSON_1_1, "<html>", "", ""},
        {AWS_JSON_1_1, "", "", ""},
        {AWS_QUERY, "<ErrorResponse><Error><Code>A</Code><Message>m</Message></Error>"
                    "</ErrorResponse>", "A", "m"},
        {AWS_QUERY, "<ErrorResponse><Error><Code>A</Code></Error></ErrorResponse>", "A", ""},
        {AWS_QUERY, "<ErrorResponse><Errors><Error><Code>A</Code></Error></Errors>"
                    "</ErrorResponse>", "A", ""},
        {AWS_QUERY, "<ErrorResponse><Other><Code>A</Code></Other></ErrorResponse>", "", ""},
        {AWS_QUERY, "<ErrorResponse><Error><Code>A</Code>", "", ""},
        {AWS_QUERY, "{}", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct aws_error_text text = aws_error_read(span_view(rows[i].body), rows[i].protocol,
                                                    arena);
        assert_true(span_equals(text.code, span_view(rows[i].code)));
        assert_true(span_equals(text.message, span_view(rows[i].message)));
        arena_free(&arena);
    }
}

static void test_error_kinds__of_credentials_and_clocks(void **state)
{
    (void)state;
    assert_true(aws_error_is_expired_token(SPAN("ExpiredToken")));
    assert_true(aws_error_is_expired_token(SPAN("ExpiredTokenException")));
    assert_false(aws_error_is_expired_token(SPAN("ExpiredIteratorException")));
    assert_true(aws_error_is_skew(SPAN("RequestTimeTooSkewed")));
    assert_true(aws_error_is_skew(SPAN("SignatureDoesNotMatch")));
    assert_false(aws_error_is_skew(SPAN("AccessDenied")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_classify__by_code_then_by_status),
        cmocka_unit_test(test_error_read__both_protocols),
        cmocka_unit_test(test_error_kinds__of_credentials_and_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
