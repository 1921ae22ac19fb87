/* Events that EventBridge is sent, and its answers. */
#include "eventbridge/eventbridge_entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct eventbridge_target target = {{"default", 7}, {"deltaward", 9}};

static struct alert sample(struct span body)
{
    return (struct alert){
        .log_sequence = 7,
        .id = {{0xAB}},
        .count = 1,
        .last_us = INT64_C(1767225601500000),
        .signal = {.policy_id = SPAN("p"), .severity = SPAN("high"), .body = body},
    };
}

static void test_eventbridge_entry_render__members(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum alert_status status;
        int64_t last_us;
        const char *before; /* what the entry begins with */
    } rows[] = {
        {"{\"table\":\"T\",\"region\":\"eu-west-1\",\"account\":\"123\"}", ALERT_OPENED, 5000000,
         "{\"Time\":5,\"Source\":\"deltaward\","
         "\"Resources\":[\"arn:aws:dynamodb:eu-west-1:123:table/T\"],"
         "\"DetailType\":\"Deltaward Alert Opened\",\"Detail\":\"{\\\"id\\\":\\\"ab"},
        {"{\"table\":\"T\",\"region\":\"cn-north-1\",\"account\":\"1\"}", ALERT_UPDATED, 0,
         "{\"Time\":0,\"Source\":\"deltaward\","
         "\"Resources\":[\"arn:aws-cn:dynamodb:cn-north-1:1:table/T\"],"
         "\"DetailType\":\"Deltaward Alert Updated\""},
        /* an account that is not known makes no ARN; times that the data made up are not told */
        {"{\"table\":\"T\",\"region\":\"eu-west-1\",\"account\":\"\"}", ALERT_RESOLVED, -1,
         "{\"Source\":\"deltaward\",\"DetailType\":\"Deltaward Alert Resolved\""},
        {"{}", ALERT_OPENED, INT64_C(4102444800000000), "{\"Source\":\"deltaward\",\"Detail"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct alert alert = sample(span_view(rows[i].body));
        alert.status = rows[i].status;
        alert.last_us = rows[i].last_us;
        struct span entry = eventbridge_entry_render(&target, &alert, arena);
        if (!span_starts_with(entry, span_view(rows[i].before))) {
            fail_msg("%.*s", SPAN_ARG(entry));
        }
        assert_true(span_ends_with(entry, SPAN("}\",\"EventBusName\":\"default\"}")));
        arena_free(&arena);
    }
}

static void test_eventbridge_entry_append_detail__table(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *detail;
    } rows[] = {
        {"{}", "{}"},
        {"[9223372036854775807,-9223372036854775808]",
         "[9223372036854775807,-9223372036854775808]"},
        {"[9223372036854775808,1]", "[\"9223372036854775808\",1]"},
        {"[-9223372036854775809]", "[\"-9223372036854775809\"]"},
        {"{\"a\":99999999999999999999999999999999999999}",
         "{\"a\":\"99999999999999999999999999999999999999\"}"},
        {"[99999999999999999999.5,1E+30]", "[99999999999999999999.5,1E+30]"},
        {"[\"99999999999999999999\",\"\\\"99999999999999999999\"]",
         "[\"99999999999999999999\",\"\\\"99999999999999999999\"]"},
        {"99999999999999999999", "\"99999999999999999999\""},
        {"\"cut", "\"cut"},
        {"\"cut\\", "\"cut\\"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out = {0};
        buf_append(&out, SPAN(""));
        eventbridge_entry_append_detail(&out, span_view(rows[i].json));
        assert_string_equal(out.ptr ? out.ptr : "", rows[i].detail);
        buf_deinit(&out);
    }
}

static void test_eventbridge_entry_render__cut_to_fit(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct buf body = {0};
    buf_append(&body, SPAN("{\"title\":\"T\",\"context\":{\"c\":\""));
    while (body.len < 250000) {
        buf_append(&body, SPAN("\\\"x"));
    }
    buf_append(&body, SPAN("\"}}"));
    struct alert alert = sample(buf_view(&body));
    struct span entry = eventbridge_entry_render(&target, &alert, arena);
    assert_true(entry.len < EVENTBRIDGE_BYTES_MAX);
    assert_non_null(strstr(entry.ptr, "\\\"cut\\\":[\\\"context\\\"]}"));
    buf_deinit(&body);
    arena_free(&arena);
}

static void test_eventbridge_entry_write__entries(void **state)
{
    (void)state;
    struct buf body = {0};
    const struct span entries[] = {SPAN("{\"a\":1}"), SPAN("{}")};
    eventbridge_entry_write(entries, 2, &body);
    assert_string_equal(body.ptr, "{\"Entries\":[{\"a\":1},{}]}");
    buf_deinit(&body);
}

#define ENTRY_FAILED(code) "{\"ErrorCode\":\"" code "\",\"ErrorMessage\":\"why\"}"
#define ANSWER(entries) "{\"FailedEntryCount\":1,\"Entries\":[" entries "]}"

static void test_eventbridge_entry_read__table(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        size_t count;
        const char *verdicts; /* S L B R of each; NULL: malformed */
    } rows[] = {
        {ANSWER("{\"EventId\":\"e\"}"), 1, "S"},
        {ANSWER("{\"EventId\":\"e\"},{\"EventId\":\"f\"}"), 2, "SS"},
        {ANSWER(ENTRY_FAILED("InternalFailure") ",{\"EventId\":\"e\"}"), 2, "LS"},
        {ANSWER(ENTRY_FAILED("InternalException")), 1, "L"},
        {ANSWER(ENTRY_FAILED("ThrottlingException")), 1, "L"},
        {ANSWER(ENTRY_FAILED("AccessDeniedException")), 1, "B"},
        {ANSWER(ENTRY_FAILED("NotAuthorizedForSource")), 1, "B"},
        {ANSWER(ENTRY_FAILED("MalformedDetail")), 1, "R"},
        {ANSWER(ENTRY_FAILED("InvalidArgument")), 1, "R"},
        {ANSWER(ENTRY_FAILED("RedactionFailure")), 1, "R"},
        {ANSWER(ENTRY_FAILED("Unheard")), 1, "L"},
        /* by index: another number of entries tells nothing of any */
        {ANSWER("{\"EventId\":\"e\"}"), 2, NULL},
        {ANSWER("{}"), 1, NULL},
        {ANSWER("1"), 1, NULL},
        {"{\"Entries\":1}", 1, NULL},
        {"{}", 1, NULL},
        {"[]", 1, NULL},
        {"", 1, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct aws_entry_result results[SINK_ANSWERS_MAX];
        char verdicts[SINK_ANSWERS_MAX + 1] = {0};
        bool good = eventbridge_entry_read(span_view(rows[i].json), rows[i].count, arena, results);
        assert_int_equal(good, rows[i].verdicts != NULL);
        for (size_t at = 0; good && at < rows[i].count; at++) {
            verdicts[at] = "SLBR"[aws_sink_verdict_of_entry(&results[at])];
        }
        if (good && strcmp(verdicts, rows[i].verdicts) != 0) {
            fail_msg("row %zu: %s, not %s", i, verdicts, rows[i].verdicts);
        }
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eventbridge_entry_render__members),
        cmocka_unit_test(test_eventbridge_entry_append_detail__table),
        cmocka_unit_test(test_eventbridge_entry_render__cut_to_fit),
        cmocka_unit_test(test_eventbridge_entry_write__entries),
        cmocka_unit_test(test_eventbridge_entry_read__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
