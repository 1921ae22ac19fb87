/* What an alert's body holds, and that nothing makes it larger than its bound. */
#include "engine/evaluate/body.h"
#include "fixture.h"
#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define HEAD "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: high\nmatch: {tables: [t]}\n"

static struct span body_after(struct fixture *fixture, const char *before, const char *after)
{
    fixture_add(fixture, "1", before, after, 0);
    fixture_run(fixture);
    assert_int_equal(fixture->batch.alert_count, 1);
    return fixture->batch.alerts[0].signal.body;
}

static void assert_member(struct span body, const char *name, const char *expected)
{
    struct span member = alert_body_member(body, span_view(name));
    if (!span_equals(member, span_view(expected))) {
        fail_msg("%s is %.*s, not %s", name, SPAN_ARG(member), expected);
    }
}

static void test_body_write__members(void **state)
{
    (void)state;
    static const char policy[] = HEAD
        "owner: o\nname: N\ncondition: 'true'\nmask: {old.account: last4, new.account: redact}\n"
        "alert:\n  title: T\n  description: 'D {new.price}'\n"
        "  context: {a: new.price, b: 'new.?missing', c: 'null', d: new.account, e: new.text}\n"
        "  steps: ['restore {old.price}', stop]\n  runbook: x.md\n"
        "tags: [a, b]\n";
    static const struct {
        const char *name;
        const char *value;
    } rows[] = {
        {"title", "\"T\""},
        {"description", "\"D 12\""},
        {"table", "\"t\""},
        {"region", "\"eu-west-1\""},
        {"op", "\"MODIFY\""},
        {"keys", "{\"id\":\"1\"}"},
        {"context", "{\"a\":12,\"c\":null,\"d\":\"***\",\"e\":\"xy\"}"},
        {"steps", "[\"restore 10\",\"stop\"]"},
        {"runbook", "\"https://r/x.md\""},
        {"tags", "[\"a\",\"b\"]"},
        {"changes", "[{\"attribute\":\"account\",\"before\":\"****1234\",\"after\":\"***\"},"
                    "{\"attribute\":\"gone\",\"before\":true},"
                    "{\"attribute\":\"m\",\"before\":{\"x\":1},\"after\":{\"x\":2}},"
                    "{\"attribute\":\"none\",\"before\":null,\"after\":\"\"},"
                    "{\"attribute\":\"price\",\"before\":10,\"after\":12},"
                    "{\"attribute\":\"text\",\"after\":\"x\\u202ey\"}]"},
        {"changes_omitted", ""},
        {"problem", ""},
    };
    struct fixture fixture;
    fixture_init(&fixture, policy, NULL, 1);
    struct span body = body_after(
        &fixture,
        "{\"id\":{\"S\":\"1\"},\"price\":{\"N\":\"10\"},\"account\":{\"S\":\"DE001234\"},"
        "\"gone\":{\"BOOL\":true},\"none\":{\"NULL\":true},\"m\":{\"M\":{\"x\":{\"N\":\"1\"}}}}",
        "{\"id\":{\"S\":\"1\"},\"price\":{\"N\":\"12\"},\"account\":{\"S\":\"DE005678\"},"
        "\"none\":{\"S\":\"\"},\"m\":{\"M\":{\"x\":{\"N\":\"2\"}}},"
        "\"text\":{\"S\":\"x\xE2\x80\xAEy\"}}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_member(body, rows[i].name, rows[i].value);
    }
    fixture_deinit(&fixture);
}

static void test_body_write__a_policy_that_could_not_be_evaluated(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, HEAD
                 "condition: new.missing > 1\ntags: [a]\n"
                 "alert: {title: T, description: D, steps: [s], context: {a: new.a}}\n", NULL, 1);
    struct span body = body_after(&fixture, NULL, "{\"a\":{\"N\":\"1\"}}");
    assert_member(body, "problem", "\"no such attribute: new.missing\"");
    assert_member(body, "keys", "{\"id\":\"1\"}");
    assert_member(body, "tags", "[\"a\"]");
    assert_member(body, "description", "");
    assert_member(body, "steps", "[]");
    assert_member(body, "context", "{}");
    assert_member(body, "changes", "[]");
    assert_int_equal(fixture.batch.signals[0].kind, SIGNAL_NOT_EVALUABLE);
    assert_true(fixture.batch.signals[0].episode_us == INT64_C(3600) * 1000000);
    fixture_deinit(&fixture);
}

/* Images whose attributes hold long texts of one repeated piece. */
static struct span wide_image(struct fixture *fixture, int count, const char *piece, size_t repeat)
{
    struct buf image = {0};
    for (int i = 0; i < count; i++) {
        buf_printf(&image, "%s\"a%04d\":{\"S\":\"", i ? "," : "{", i);
        for (size_t k = 0; k < repeat; k++) {
            buf_append(&image, span_view(piece));
        }
        buf_append(&image, SPAN("\"}"));
    }
    buf_append_char(&image, '}');
    struct span copy = arena_copy(fixture->arena, buf_view(&image));
    buf_deinit(&image);
    return copy;
}

static void test_body_write__bounds(void **state)
{
    (void)state;
    static const struct {
        int attributes;
        const char *piece;
        size_t repeat;
        const char *omitted;
    } rows[] = {
        {64, "x", 10, ""},
        {65, "x", 10, "1"},
        {100, "x", 5000, "36"},
        {64, "\\\"", 5000, ""},        /* a quote takes two bytes */
        {64, "\\u0001", 5000, "22"},   /* a control takes six: the body's own bound is met first */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        struct json_error error;
        struct value value;
        fixture_init(&fixture, HEAD "condition: 'true'\n", NULL, 1);
        struct span image =
            wide_image(&fixture, rows[i].attributes, rows[i].piece, rows[i].repeat);
        struct span body = body_after(&fixture, NULL, image.ptr);
        assert_true(body.len <= SIGNAL_BODY_BYTES_MAX);
        assert_member(body, "changes_omitted", rows[i].omitted);
        assert_int_equal(json_read(body, JSON_NUMBERS_CEL, fixture.arena, &error, &value),
                         STATUS_OK);
        fixture_deinit(&fixture);
    }
}

static void test_body_write__long_values_end_in_a_mark(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, HEAD "condition: 'true'\nalert: {title: '{new.a0000}'}\n", NULL, 1);
    struct span image = wide_image(&fixture, 1, "\xE2\x82\xAC", 2000);
    struct span body = body_after(&fixture, NULL, image.ptr);
    struct span title = alert_body_member(body, SPAN("title"));
    struct span changes = alert_body_member(body, SPAN("changes"));
    assert_true(title.len <= BODY_TITLE_BYTES_MAX + 2);
    assert_true(span_ends_with(title, SPAN("\xE2\x82\xAC\xE2\x80\xA6\"")));
    assert_true(changes.len < BODY_VALUE_BYTES_MAX + 64);
    assert_true(span_ends_with(changes, SPAN("\xE2\x82\xAC\xE2\x80\xA6\"}]")));
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_write__members),
        cmocka_unit_test(test_body_write__a_policy_that_could_not_be_evaluated),
        cmocka_unit_test(test_body_write__bounds),
        cmocka_unit_test(test_body_write__long_values_end_in_a_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
