#include "model/alert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct alert sample(void)
{
    return (struct alert){
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
}

static void test_alert_write_json__members_in_their_order(void **state)
{
    (void)state;
    struct alert alert = sample();
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

static struct span written(const struct alert *shown, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    alert_write_json(shown, &writer);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

/* Texts that the row of a store holds are gone with the next row. */
static void test_alert_copy__outlives_its_texts(void **state)
{
    (void)state;
    struct arena *rows = arena_new(0);
    struct arena *kept = arena_new(0);
    struct alert alert = sample();
    alert.correlation = SPAN("{\"type\":\"event_count\"}");
    struct span expected = written(&alert, kept);
    struct span *texts[] = {&alert.correlation,       &alert.signal.policy_id,
                            &alert.signal.group_key,  &alert.signal.severity,
                            &alert.signal.source,     &alert.signal.body,
                            &alert.signal.correlation, &alert.signal.value,
                            &alert.signal.inner};
    alert.signal.policy_id = SPAN("p");
    alert.signal.correlation = alert.signal.value = alert.signal.inner = SPAN("{}");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = arena_copy(rows, *texts[i]);
    }
    struct alert copy = alert_copy(&alert, kept);
    arena_free(&rows);
    struct span text = written(&copy, kept);
    assert_int_equal(text.len, expected.len);
    assert_memory_equal(text.ptr, expected.ptr, text.len);
    assert_memory_equal(copy.signal.policy_id.ptr, "p", 1);
    assert_int_equal(copy.signal.correlation.len + copy.signal.value.len + copy.signal.inner.len,
                     0);
    arena_free(&kept);
}

static void test_alert_read_json__gives_the_same_text_again(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct json_error error = {0};
    struct alert alert = sample();
    struct alert read;
    struct span text = written(&alert, arena);
    assert_int_equal(alert_read_json(text, arena, &error, &read), STATUS_OK);
    assert_string_equal(written(&read, arena).ptr, text.ptr);
    assert_true(span_equals(read.signal.policy_id, SPAN("p")));
    assert_true(span_equals(read.signal.group_key, alert.signal.group_key));
    assert_true(span_equals(alert_body_member(read.signal.body, SPAN("op")), SPAN("\"MODIFY\"")));
    assert_true(read.opened_us == alert.signal.event_time_us);
    assert_true(read.log_sequence == 7 && read.count == 3 && read.status == ALERT_RESOLVED);
    arena_free(&arena);
}

static void test_alert_read_json__what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        const char *by;
        const char *reason;
    } rows[] = {
        {"\"id\":\"ab", "\"id\":\"xy", "32 hex digits are expected"},
        {"{\"id\":\"ab", "{\"ids\":\"ab", "a member of the alert is missing"},
        {"\"count\":3", "\"counts\":3", "a member of the alert is missing"},
        {"\"resolved\"", "\"solved\"", "no such status"},
        {"\"resolved\"", "\"opened\"", "the ordinal is not that of the status"},
        {"\"sequence\":7", "\"sequences\":7", "a member is missing here"},
        {"\"sequence\":7", "\"sequence\":7.5", "a whole number within its range is expected"},
        {"\"version\":{\"sequence\":7,\"ordinal\":2}", "\"version\":7", "an object is expected"},
        {"2026-01-01T00:00:01.500Z", "yesterday", "a time is expected"},
        {"\"id\":\"p\"", "\"name\":\"p\"", "the policy has no id"},
        {"\"offset\":42", "\"offset\":-42", "a whole number within its range is expected"},
        {"\"offset\":42}}", "\"offset\":42}", "the text ends too early"},
    };
    struct arena *arena = arena_new(0);
    struct alert alert = sample();
    struct span good = written(&alert, arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_error error = {"none", 0};
        struct alert read = {.count = 42};
        const char *at = strstr(good.ptr, rows[i].part);
        assert_non_null(at);
        struct span text = arena_printf(arena, "%.*s%s%s", (int)(at - good.ptr), good.ptr,
                                        rows[i].by, at + strlen(rows[i].part));
        assert_int_equal(alert_read_json(text, arena, &error, &read), STATUS_INVALID);
        assert_int_equal(read.count, 42);
        assert_string_equal(error.reason, rows[i].reason);
    }
    arena_free(&arena);
}

static struct alert cut_sample(char body[], size_t size)
{
    static const char *const before = "{\"policy\":{\"id\":\"p\"},\"title\":\"T\","
                                      "\"table\":\"Orders\",\"keys\":{\"k\":1},"
                                      "\"changes\":[1],\"changes_omitted\":2,"
                                      "\"context\":{\"c\":1},\"steps\":[\"";
    size_t length = strlen(before);
    memcpy(body, before, length);
    memset(body + length, 's', size - length - 4);
    memcpy(body + size - 4, "\"]}", 4);
    return (struct alert){.count = 1,
                          .signal = {.policy_id = SPAN("p"),
                                     .severity = SPAN("high"),
                                     .body = span_of(body, size - 1)}};
}

static void test_alert_write_json_cut__table(void **state)
{
    (void)state;
    static const struct {
        enum alert_cut cut;
        const char *parts[5]; /* all stand in the text */
        const char *absent;
    } rows[] = {
        {ALERT_WHOLE, {"\"changes\":[1]", "\"context\":{\"c\":1}", "sss"}, "\"cut\""},
        {ALERT_CUT_CONTEXT, {"\"changes\":[1]", "\"context\":{}", "\"cut\":[\"context\"]}"},
         "\"c\":1"},
        {ALERT_CUT_CHANGES,
         {"\"changes\":[]", "\"changes_omitted\":2", "\"context\":{}", "sss",
          "\"cut\":[\"changes\",\"context\"]}"},
         "[1]"},
        {ALERT_CUT_MOST,
         {"\"changes\":[]", "\"steps\":[]", "\"title\":\"T\"", "\"keys\":{\"k\":1}",
          "\"cut\":[\"changes\",\"context\",\"steps\"]}"},
         "sss"},
    };
    char body[1024];
    struct alert alert = cut_sample(body, sizeof body);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text = {0};
        struct json_writer writer = json_writer_to(&text);
        alert_write_json_cut(&alert, rows[i].cut, &writer);
        for (size_t part = 0; part < 5 && rows[i].parts[part]; part++) {
            if (!strstr(text.ptr, rows[i].parts[part])) {
                fail_msg("%s is not in %s", rows[i].parts[part], text.ptr);
            }
        }
        assert_null(strstr(text.ptr, rows[i].absent));
        buf_deinit(&text);
    }
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
        cmocka_unit_test(test_alert_copy__outlives_its_texts),
        cmocka_unit_test(test_alert_write_json__members_in_their_order),
        cmocka_unit_test(test_alert_read_json__gives_the_same_text_again),
        cmocka_unit_test(test_alert_read_json__what_is_wrong),
        cmocka_unit_test(test_alert_write_json_cut__table),
        cmocka_unit_test(test_alert_body_member__table),
        cmocka_unit_test(test_alert_id__depends_on_all_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
