#include "aws/aws_form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_percent_encode__every_byte(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        bool keep_slash;
        const char *wanted;
    } rows[] = {
        {{"aZ09-._~", 8}, false, "aZ09-._~"},
        {{"a b+c&d=e", 9}, false, "a%20b%2Bc%26d%3De"},
        {{"/a/b", 4}, false, "%2Fa%2Fb"},
        {{"/a/b", 4}, true, "/a/b"},
        {{"\0\n\x7f\xff", 4}, false, "%00%0A%7F%FF"},
        {{"\xe1\x88\xb4%", 4}, false, "%E1%88%B4%25"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {0};
        aws_percent_encode(rows[i].text, rows[i].keep_slash, &out);
        assert_string_equal(out.ptr, rows[i].wanted);
        buf_deinit(&out);
    }
}

static void test_form_add__joins(void **state)
{
    (void)state;
    struct buf form = {0};
    aws_form_add(&form, "TopicArn", SPAN("arn:aws:sns"));
    aws_form_add(&form, "Subject", SPAN(""));
    aws_form_add_at(&form, SPAN(" x+y "), "MessageAttributes.entry.%d.Name", 10);
    assert_string_equal(form.ptr,
                        "TopicArn=arn%3Aaws%3Asns&Subject=&"
                        "MessageAttributes.entry.10.Name=+x%2By+");
    buf_deinit(&form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percent_encode__every_byte),
        cmocka_unit_test(test_form_add__joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
