#include "aws/aws_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const int64_t expiry_us = INT64_C(1772359200000000); /* 2026-03-01T10:00:00Z */

static void assert_keys(const struct aws_keys *keys, const char *token, int64_t wanted_expiry_us)
{
    assert_string_equal(keys->access_key_id.ptr, "ID");
    assert_string_equal(keys->secret.ptr, "a secret");
    assert_true(span_equals(buf_view(&keys->token), span_view(token)));
    assert_int_equal(keys->expiry_us, wanted_expiry_us);
}

static void test_keys_from_json__of_each_origin(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *token;
        int64_t expiry_us;
    } rows[] = {
        {"{\"Version\":1,\"AccessKeyId\":\"ID\",\"SecretAccessKey\":\"a secret\"}", "", 0},
        {"{\"AccessKeyId\":\"ID\",\"SecretAccessKey\":\"a secret\",\"SessionToken\":\"t\","
         "\"Expiration\":\"2026-03-01T10:00:00Z\"}", "t", expiry_us},
        {"{\"Code\":\"Success\",\"AccessKeyId\":\"ID\",\"SecretAccessKey\":\"a secret\","
         "\"Token\":\"t\",\"Expiration\":\"2026-03-01T11:00:00+01:00\"}", "t", expiry_us},
    };
    struct aws_keys keys = {.generation = 0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *reason = NULL;
        assert_int_equal(aws_keys_from_json(span_view(rows[i].json), &keys, &reason), STATUS_OK);
        assert_keys(&keys, rows[i].token, rows[i].expiry_us);
    }
    aws_keys_deinit(&keys);
}

static void test_keys_from_json__refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "[]", "null", "{}", "{\"AccessKeyId\":\"ID\"}",
        "{\"AccessKeyId\":\"\",\"SecretAccessKey\":\"s\"}",
        "{\"AccessKeyId\":\"ID\",\"SecretAccessKey\":7}",
        "{\"AccessKeyId\":\"I\\r\\nD\",\"SecretAccessKey\":\"s\"}",
        "{\"AccessKeyId\":\"ID\",\"SecretAccessKey\":\"s\",\"Token\":\"a b\"}",
        "{\"AccessKeyId\":\"ID\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}",
        "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"no\"}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct aws_keys keys = {.generation = 0};
        const char *reason = NULL;
        assert_int_equal(aws_keys_from_json(span_view(rows[i]), &keys, &reason), STATUS_INVALID);
        assert_non_null(reason);
        aws_keys_deinit(&keys);
    }
}

static const char sts[] =
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
    "<AssumedRoleUser><Arn>arn</Arn></AssumedRoleUser><Credentials><AccessKeyId>ID</AccessKeyId>"
    "<SecretAccessKey>a secret</SecretAccessKey><SessionToken>t/+=</SessionToken>"
    "<Expiration>2026-03-01T10:00:00.000Z</Expiration></Credentials></AssumeRoleResult>"
    "</AssumeRoleResponse>";

static void test_keys_from_sts__of_one_operation(void **state)
{
    (void)state;
    struct aws_keys keys = {.generation = 0};
    struct aws_keys copy = {.generation = 0};
    assert_int_equal(aws_keys_from_sts(span_view(sts), "AssumeRole", &keys), STATUS_OK);
    aws_keys_copy(&keys, &copy);
    assert_keys(&copy, "t/+=", expiry_us);
    aws_keys_deinit(&keys);
    aws_keys_deinit(&copy);
    assert_int_equal(aws_keys_from_sts(span_view(sts), "AssumeRoleWithWebIdentity", &keys),
                     STATUS_INVALID);
    assert_int_equal(aws_keys_from_sts(span_of(sts, sizeof sts - 20), "AssumeRole", &keys),
                     STATUS_INVALID);
    assert_int_equal(aws_keys_from_sts(SPAN("<AssumeRoleResponse/>"), "AssumeRole", &keys),
                     STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_from_json__of_each_origin),
        cmocka_unit_test(test_keys_from_json__refused),
        cmocka_unit_test(test_keys_from_sts__of_one_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
