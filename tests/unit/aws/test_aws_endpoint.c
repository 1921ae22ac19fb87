#include "aws/aws_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* tests/aws holds every region and service against botocore's rules; here is one of each kind. */
static void test_endpoint_default__by_partition(void **state)
{
    (void)state;
    static const struct {
        enum aws_service service;
        const char *region;
        struct aws_endpoint_kind kind;
        const char *host;
    } rows[] = {
        {AWS_KINESIS, "eu-west-1", {0}, "kinesis.eu-west-1.amazonaws.com"},
        {AWS_EVENTBRIDGE, "us-east-1", {0}, "events.us-east-1.amazonaws.com"},
        {AWS_STS, "us-east-1", {.fips = true}, "sts-fips.us-east-1.amazonaws.com"},
        {AWS_SNS, "cn-north-1", {0}, "sns.cn-north-1.amazonaws.com.cn"},
        {AWS_SNS, "us-gov-west-1", {.fips = true}, "sns.us-gov-west-1.amazonaws.com"},
        {AWS_KINESIS, "eu-west-1", {.dual_stack = true}, "kinesis.eu-west-1.api.aws"},
        {AWS_KINESIS, "eu-west-1", {true, true}, "kinesis-fips.eu-west-1.api.aws"},
        {AWS_SNS, "us-isob-east-1", {0}, "sns.us-isob-east-1.sc2s.sgov.gov"},
        {AWS_SNS, "eusc-de-east-1", {0}, "sns.eusc-de-east-1.amazonaws.eu"},
        {AWS_SNS, "xx-new-9", {0}, "sns.xx-new-9.amazonaws.com"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        const struct aws_endpoint endpoint = aws_endpoint_default(
            rows[i].service, span_view(rows[i].region), rows[i].kind, arena);
        assert_string_equal(endpoint.host.ptr, rows[i].host);
        assert_true(span_ends_with(endpoint.url, SPAN("/")));
        arena_free(&arena);
    }
}

static void test_partition_of__region(void **state)
{
    (void)state;
    static const struct {
        const char *region;
        const char *partition;
    } rows[] = {
        {"eu-west-1", "aws"},
        {"cn-northwest-1", "aws-cn"},
        {"us-gov-east-1", "aws-us-gov"},
        {"eusc-de-east-1", "aws-eusc"},
        {"us-iso-west-1", "aws-iso"},
        {"us-isob-east-1", "aws-iso-b"},
        {"eu-isoe-west-1", "aws-iso-e"},
        {"us-isof-south-1", "aws-iso-f"},
        {"", "aws"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(aws_partition_of(span_view(rows[i].region)), rows[i].partition);
    }
}

static void test_endpoint_from_url__parts(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *host; /* NULL: refused */
        const char *path;
    } rows[] = {
        {"http://127.0.0.1:4566", "127.0.0.1:4566", "/"},
        {"https://vpce-1.sns.eu-west-1.vpce.amazonaws.com/", "vpce-1.sns.eu-west-1.vpce."
                                                             "amazonaws.com", "/"},
        {"http://[::1]:80/a/b_c", "[::1]:80", "/a/b_c"},
        {"", NULL, NULL},
        {"127.0.0.1:4566", NULL, NULL},
        {"ftp://x/", NULL, NULL},
        {"http:///x", NULL, NULL},
        {"http://user@x/", NULL, NULL},
        {"http://x/?a=b", NULL, NULL},
        {"http://x/#a", NULL, NULL},
        {"http://x/a%20b", NULL, NULL},
        {"http://x\r\nY: z/", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct aws_endpoint endpoint;
        enum status status = aws_endpoint_from_url(span_view(rows[i].url), SPAN("eu-west-1"),
                                                   arena, &endpoint);
        assert_int_equal(status, rows[i].host ? STATUS_OK : STATUS_INVALID);
        if (rows[i].host) {
            assert_string_equal(endpoint.host.ptr, rows[i].host);
            assert_string_equal(endpoint.path.ptr, rows[i].path);
        }
        arena_free(&arena);
    }
}

/* -- settings: what wins over what */

enum { VARIABLES_MAX = 8 };

struct variable {
    const char *name;
    const char *value;
};

static const char *get_variable(void *context, const char *name)
{
    const struct variable *variables = context;
    for (size_t i = 0; i < VARIABLES_MAX && variables[i].name; i++) {
        if (strcmp(variables[i].name, name) == 0) {
            return variables[i].value;
        }
    }
    return NULL;
}

static void test_config_read__what_wins(void **state)
{
    (void)state;
    static const struct {
        struct variable variables[VARIABLES_MAX];
        const char *region;
        const char *endpoint_url;
        const char *kinesis; /* NULL: refused */
        const char *sts;
    } rows[] = {
        {{{"AWS_REGION", "eu-west-1"}}, NULL, NULL, "kinesis.eu-west-1.amazonaws.com",
         "sts.eu-west-1.amazonaws.com"},
        {{{"AWS_DEFAULT_REGION", "eu-west-2"}}, NULL, NULL, "kinesis.eu-west-2.amazonaws.com",
         "sts.eu-west-2.amazonaws.com"},
        {{{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "eu-west-2"}}, NULL, NULL,
         "kinesis.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"},
        {{{"AWS_REGION", "eu-west-1"}}, "eu-north-1", NULL, "kinesis.eu-north-1.amazonaws.com",
         "sts.eu-north-1.amazonaws.com"},
        {{{NULL, NULL}}, "eu-west-1", "http://h:1", "h:1", "sts.eu-west-1.amazonaws.com"},
        {{{"AWS_ENDPOINT_URL", "http://h:2"}}, "eu-west-1", NULL, "h:2", "h:2"},
        {{{"AWS_ENDPOINT_URL", "http://h:2"}, {"AWS_ENDPOINT_URL_KINESIS", "http://h:3"}},
         "eu-west-1", NULL, "h:3", "h:2"},
        {{{"AWS_ENDPOINT_URL_KINESIS", "http://h:3"}}, "eu-west-1", "http://h:1", "h:1",
         "sts.eu-west-1.amazonaws.com"},
        {{{"AWS_ENDPOINT_URL", "http://h:2"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"}},
         "eu-west-1", "http://h:1", "h:1", "sts.eu-west-1.amazonaws.com"},
        {{{"AWS_USE_FIPS_ENDPOINT", "true"}, {"AWS_USE_DUALSTACK_ENDPOINT", "true"}}, "eu-west-1",
         NULL, "kinesis-fips.eu-west-1.api.aws", "sts-fips.eu-west-1.api.aws"},
        {{{NULL, NULL}}, NULL, NULL, NULL, NULL},
        {{{NULL, NULL}}, "eu/west", NULL, NULL, NULL},
        {{{NULL, NULL}}, "EU-WEST-1", NULL, NULL, NULL},
        {{{"AWS_ENDPOINT_URL", "h:2"}}, "eu-west-1", NULL, NULL, NULL},
        {{{"AWS_PROFILE", "absent"}}, "eu-west-1", NULL, NULL, NULL},
        {{{"AWS_CA_BUNDLE", "/absent"}}, "eu-west-1", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct aws_config config;
        struct span problem = SPAN("");
        const struct aws_options options = {
            .region = span_view(rows[i].region),
            .endpoint_url = span_view(rows[i].endpoint_url),
            .environment = {.get = get_variable, .context = (void *)rows[i].variables},
        };
        enum status status = aws_config_read(&options, arena, &problem, &config);
        if (rows[i].kinesis) {
            assert_int_equal(status, STATUS_OK);
            assert_string_equal(config.endpoints[AWS_KINESIS].host.ptr, rows[i].kinesis);
            assert_string_equal(config.endpoints[AWS_STS].host.ptr, rows[i].sts);
        } else {
            assert_int_equal(status, STATUS_INVALID);
            assert_true(problem.len > 0);
        }
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoint_default__by_partition),
        cmocka_unit_test(test_partition_of__region),
        cmocka_unit_test(test_endpoint_from_url__parts),
        cmocka_unit_test(test_config_read__what_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
