#include "aws/aws_profile.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char config[] =
    "# a comment\n"
    "[default]\n"
    "region = eu-west-1 # where\n"
    "Output=json\r\n"
    "\n"
    "[profile two words]\n"
    "region=us-east-1\n"
    "region = us-west-2\n"
    "credential_process = \"/opt/my tool\" --x=1\n"
    "s3 =\n"
    "  addressing_style = path\n"
    "  max = 3\n"
    "services = local\n"
    "\n"
    "[ profile \"quoted\" ]\n"
    "a=b;c\n"
    "[services local]\n"
    "kinesis =\n"
    "  endpoint_url = http://127.0.0.1:1/\n"
    "sns=\n"
    "\tendpoint_url=http://127.0.0.1:2/\n"
    "[sso-session x]\n"
    "region = ap-south-1\n"
    "[default]\n"
    "ca_bundle = /x\n";

static const char credentials[] =
    "\xEF\xBB\xBF[default]\n"
    "aws_access_key_id = AKID\n"
    "region = from-credentials\n"
    "[profile odd]\n"
    "aws_access_key_id = ODD";

static void load(struct aws_profiles *profiles, const char *text, enum aws_profile_file file)
{
    uint32_t line = 0;
    const char *reason = NULL;
    assert_int_equal(aws_profiles_read(profiles, span_view(text), file, &line, &reason),
                     STATUS_OK);
}

static void test_profiles_get__both_files(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        const char *key;
        const char *wanted;
    } rows[] = {
        {"default", "region", "from-credentials"},
        {"default", "output", "json"},
        {"default", "ca_bundle", "/x"},
        {"default", "aws_access_key_id", "AKID"},
        {"default", "absent", ""},
        {"two words", "region", "us-west-2"},
        {"two words", "credential_process", "\"/opt/my tool\" --x=1"},
        {"two words", "s3.addressing_style", "path"},
        {"two words", "s3.max", "3"},
        {"two words", "max", ""},
        {"two words", "services", "local"},
        {"quoted", "a", "b;c"},
        {"profile odd", "aws_access_key_id", "ODD"},
        {"x", "region", ""},
    };
    struct arena *arena = arena_new(0);
    struct aws_profiles profiles;
    aws_profiles_init(&profiles, arena);
    load(&profiles, config, AWS_FILE_CONFIG);
    load(&profiles, credentials, AWS_FILE_CREDENTIALS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span got = aws_profiles_get(&profiles, span_view(rows[i].profile), rows[i].key);
        if (!span_equals(got, span_view(rows[i].wanted))) {
            fail_msg("%s of %s: \"%.*s\"", rows[i].key, rows[i].profile, SPAN_ARG(got));
        }
    }
    assert_true(span_equals(aws_profiles_get_from(&profiles, AWS_FILE_CONFIG, SPAN("default"),
                                                  "region"), SPAN("eu-west-1")));
    assert_true(span_equals(aws_profiles_get_service(&profiles, SPAN("local"),
                                                     SPAN("sns.endpoint_url")),
                            SPAN("http://127.0.0.1:2/")));
    assert_true(aws_profiles_has(&profiles, SPAN("quoted")));
    assert_false(aws_profiles_has(&profiles, SPAN("local")));
    assert_false(aws_profiles_has(&profiles, SPAN("x")));
    arena_free(&arena);
}

static void test_profiles_read__refused(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        uint32_t line;
    } rows[] = {
        {{"region = x\n", 11}, 1},
        {{"[default\n", 9}, 1},
        {{"[default]\n\n[]\n", 14}, 3},
        {{"[default]\nregion\n", 17}, 2},
        {{"[default]\n= x\n", 14}, 2},
        {{"[default]\ns3 =\n  max\n", 21}, 3},
        {{"[default]\na\0b=c\n", 16}, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct aws_profiles profiles;
        uint32_t line = 0;
        const char *reason = NULL;
        aws_profiles_init(&profiles, arena);
        assert_int_equal(aws_profiles_read(&profiles, rows[i].text, AWS_FILE_CONFIG, &line,
                                           &reason), STATUS_INVALID);
        assert_int_equal(line, rows[i].line);
        assert_non_null(reason);
        arena_free(&arena);
    }
}

static void test_profiles_read__bounded(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct buf text = {0};
    struct aws_profiles profiles;
    uint32_t line = 0;
    const char *reason = NULL;
    buf_append(&text, SPAN("[default]\n"));
    for (int i = 0; i < AWS_PROFILE_SETTINGS_MAX; i++) {
        buf_append(&text, SPAN("a=b\n"));
    }
    aws_profiles_init(&profiles, arena);
    assert_int_equal(aws_profiles_read(&profiles, buf_view(&text), AWS_FILE_CONFIG, &line,
                                       &reason), STATUS_LIMIT);
    assert_int_equal(line, AWS_PROFILE_SETTINGS_MAX + 1);
    buf_deinit(&text);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profiles_get__both_files),
        cmocka_unit_test(test_profiles_read__refused),
        cmocka_unit_test(test_profiles_read__bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
