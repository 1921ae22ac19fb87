#include "model/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_alert_write_json__members_in_their_order(void **state)
{
    (void)state;
    const struct alert alert = {
        .sequence = 9,
        .log_sequence = 7,
        .ordinal = 2,
        .status = ALERT_RESOLVED,
        .id = {{0xAB}},
        .count = 3,
        .first_us = INT64_C(1767225600000000),
        .last_us = INT64_C(1767225601500000),
        .signal = {
            .finding = {{0xCD}},
            .group_key = SPAN("[\"A\\1\"]"),
            .severity = SPAN("high"),
            .source = SPAN("s"),
            .offset = 42,
            .event_time_us = INT64_C(1767225600000000),
            .detected_us = INT64_C(1767225600000001),
            /* in another order, spaced, with brackets and quotes inside texts */
            .body = SPAN("{ \"tags\" : [\"a]\",\"b\"] , \"title\":\"a \\\"}\\\\\","
                         "\"unknown\":{\"x\":1},"
                         "\"policy\":{\"id\":\"p\",\"x\":[{}]},\"op\":\"MODIFY\",\"keys\":{},"
                         "\"context\":{\"n\":-1.5e3},\"steps\":[] }"),
        },
    };
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    alert_write_json(&alert, &writer);
    assert_string_equal(
        text.ptr,
        "{\"id\":\"ab000000000000000000000000000000\",\"status\":\"resolved\","
        "\"version\":{\"sequence\":7,\"ordinal\":2},"
        "\"finding\":\"cd000000000000000000000000000000\",\"policy\":{\"id\":\"p\",\"x\":[{}]},"
        "\"severity\":\"high\",\"title\":\"a \\\"}\\\\\",\"event_time\":\"2026-01-01T00:00:00Z\","
        "\"detected_at\":\"2026-01-01T00:00:00.000001Z\",\"op\":\"MODIFY\",\"keys\":{},"
        "\"context\":{\"n\":-1.5e3},\"group\":\"[\\\"A\\\\1\\\"]\",\"count\":3,"
        "\"first_seen\":\"2026-01-01T00:00:00Z\",\"last_seen\":\"2026-01-01T00:00:01.500Z\","
        "\"steps\":[],\"tags\":[\"a]\",\"b\"],\"source\":{\"name\":\"s\",\"offset\":42}}");
    buf_deinit(&text);
}

static void test_alert_body_member__table(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *name;
        const char *member;
    } rows[] = {
        {"{\"a\":1,\"b\":[1,{\"a\":2}],\"c\":\"x\"}", "a", "1"},
        {"{\"a\":1,\"b\":[1,{\"a\":2}],\"c\":\"x\"}", "b", "[1,{\"a\":2}]"},
        {"{\"a\":1,\"b\":[1,{\"a\":2}],\"c\":\"x\"}", "c", "\"x\""},
        {"{\"a\":1}", "d", ""},
        {" {\n\"a\" : true }", "a", "true"},
        {"{}", "a", ""},
        {"", "a", ""},
        {"[1]", "a", ""},
        {"null", "a", ""},
        /* damaged bodies give nothing, and no read behind their end */
        {"{\"a\":[1", "a", ""},
        {"{\"a\":\"x", "a", ""},
        {"{\"a\":\"x\\", "a", ""},
        {"{\"a", "a", ""},
        {"{\"a\"", "a", ""},
        {"{\"a\":", "a", ""},
        {"{\"a\":]", "a", ""},
        {"{", "a", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span member = alert_body_member(span_view(rows[i].body), span_view(rows[i].name));
        if (!span_equals(member, span_view(rows[i].member))) {
            fail_msg("%s of %s is %.*s", rows[i].name, rows[i].body, SPAN_ARG(member));
        }
    }
}

static void test_alert_id__depends_on_all_three(void **state)
{
    (void)state;
    const struct digest finding = {{1}};
    const struct digest other = {{2}};
    struct digest id = alert_id(SPAN("p"), SPAN("g"), &finding);
    struct digest again = alert_id(SPAN("p"), SPAN("g"), &finding);
    struct digest by_policy = alert_id(SPAN("pg"), SPAN(""), &finding);
    struct digest by_group = alert_id(SPAN("p"), SPAN("h"), &finding);
    struct digest by_finding = alert_id(SPAN("p"), SPAN("g"), &other);
    assert_true(digest_equals(&id, &again));
    assert_false(digest_equals(&id, &by_policy));
    assert_false(digest_equals(&id, &by_group));
    assert_false(digest_equals(&id, &by_finding));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alert_write_json__members_in_their_order),
        cmocka_unit_test(test_alert_body_member__table),
        cmocka_unit_test(test_alert_id__depends_on_all_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
