#include "aws/aws_xml.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void write_down(void *context, struct span path, struct span text)
{
    buf_printf(context, "%.*s=%.*s;", SPAN_ARG(path), SPAN_ARG(text));
}

static enum status read_into(struct span xml, struct buf *out)
{
    struct arena *arena = arena_new(0);
    enum status status = aws_xml_read(xml, arena, write_down, out);
    arena_free(&arena);
    return status;
}

static void test_xml_read__elements(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        const char *wanted;
    } rows[] = {
        {"<a/>", "a=;"},
        {"<a>x</a>", "a=x;"},
        {"<?xml version=\"1.0\"?>\n<a b=\"1\" c='<2'  />", NULL},
        {"<?xml version=\"1.0\"?>\n<a b=\"1\" c='>2'  />\n", "a=;"},
        {"<!-- x --><a><!-- <b> -->y</a><!-- z -->", "a=y;"},
        {"<a>\n <b>1</b>\n <b>2</b>\n <c><d> 3 </d></c>\n</a>", "a/b=1;a/b=2;a/c/d=3;a/c=;a=;"},
        {"<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;&#x1F600;</a>",
         "a=<>&\"'A\xe2\x82\xac\xf0\x9f\x98\x80;"},
        {"<a xmlns=\"https://x/\"><n:b-1.c/></a >", "a/n:b-1.c=;a=;"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {0};
        enum status status = read_into(span_view(rows[i].xml), &out);
        assert_int_equal(status, rows[i].wanted ? STATUS_OK : STATUS_INVALID);
        if (rows[i].wanted) {
            assert_string_equal(out.ptr, rows[i].wanted);
        }
        buf_deinit(&out);
    }
}

static void test_xml_read__refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", " ", "x", "<a>", "</a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a/>x", "x<a/>",
        "<a", "<a b>", "<a b=>", "<a b=1/>", "<a b=\"1/>", "< a/>", "<1/>", "<a>&x;</a>",
        "<a>&amp</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#x110000;</a>",
        "<a>&#99999999999999999999;</a>", "<a>&#x;</a>", "<a>&#12a;</a>", "<a>\x01</a>",
        "<a>\xff</a>", "<!DOCTYPE a><a/>", "<a><![CDATA[x]]></a>", "<a><?php x?></a>",
        "<a><!-- x </a>", "<?xml version='1.0'", "<aa></a>", "<a></aa>",
        ("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/>" /* 17 deep */
         "</a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {0};
        if (read_into(span_view(rows[i]), &out) != STATUS_INVALID) {
            fail_msg("taken: %s", rows[i]);
        }
        buf_deinit(&out);
    }
}

static void test_xml_read__long_path_is_refused(void **state)
{
    (void)state;
    struct buf xml = {0};
    struct buf out = {0};
    for (int i = 0; i < 2; i++) {
        buf_append_char(&xml, '<');
        for (int k = 0; k < AWS_XML_PATH_MAX / 2; k++) {
            buf_append_char(&xml, 'a');
        }
        buf_append(&xml, i ? SPAN("/>") : SPAN(">"));
    }
    assert_int_equal(read_into(buf_view(&xml), &out), STATUS_INVALID);
    buf_deinit(&xml);
    buf_deinit(&out);
}

static void test_xml_find__first_with_the_path(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct span text = SPAN("untouched");
    const struct span xml = SPAN("<ErrorResponse><Error><Code>A</Code><Code>B</Code></Error>"
                                 "<RequestId>r</RequestId></ErrorResponse>");
    assert_true(aws_xml_find(xml, "ErrorResponse/Error/Code", arena, &text));
    assert_true(span_equals(text, SPAN("A")));
    text = SPAN("untouched");
    assert_false(aws_xml_find(xml, "ErrorResponse/Code", arena, &text));
    assert_false(aws_xml_find(SPAN("<a><b>x</b>"), "a/b", arena, &text));
    assert_true(span_equals(text, SPAN("untouched")));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xml_read__elements),
        cmocka_unit_test(test_xml_read__refused),
        cmocka_unit_test(test_xml_read__long_path_is_refused),
        cmocka_unit_test(test_xml_find__first_with_the_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
