/* API calls through the engine: what expressions read, groups, envelopes with many events in one
 * record, and what of them is evaluated, skipped and refused. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define HEAD "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: high\n" \
             "match: {source: api_call, operations: [DeleteTable]}\n"

/* A record as text inside of a JSON string needs \" for each of its quotes. */
static struct span call(const struct fixture *fixture, const char *id, int second, bool quoted,
                        const char *more)
{
    const char *q = quoted ? "\\\"" : "\"";
    return arena_printf(fixture->arena,
        "{%seventVersion%s:%s1.08%s,%seventTime%s:%s2026-01-01T00:00:%02dZ%s,"
        "%seventSource%s:%sdynamodb.amazonaws.com%s,%seventName%s:%sDeleteTable%s,"
        "%sawsRegion%s:%sr%s,%srecipientAccountId%s:%s1%s,%seventID%s:%s%s%s%s}",
        q, q, q, q, q, q, q, second, q, q, q, q, q, q, q, q, q, q, q, q, q, q, q, q, q, q, q, q,
        id, q, more);
}

static void add(struct fixture *fixture, const char *id, const char *more)
{
    fixture_add_bytes(fixture, call(fixture, id, 1, false, more));
}

static void test_calls__conditions(void **state)
{
    static const struct {
        const char *condition;
        const char *more;
        int findings;
    } rows[] = {
        {"old == null && new == null && keys == null", "", 1},
        {"changes().size() == 0 && !changed('a')", "", 1},
        {"has(actor.arn) || has(old.x) || has(raw.x)", "", 0},
        {"actor.?principal.orValue('nobody') == 'nobody'", "", 1},
        {"region == 'r' && account == '1' && table == ''", "", 1},
        {"table == 'b' && request.tables == ['b', 'c']",
         ",\"requestParameters\":{\"requestItems\":{\"b\":1,\"c\":2}}", 1},
        {"event.id == 'E' && event.time == timestamp('2026-01-01T00:00:01Z') && !event.ttl_expiry",
         "", 1},
        {"raw.eventName == request.operation && type(actor) == map", "", 1},
        {"raw.?requestParameters.?a.?b.orValue(1) == decimal('0.30000000000000000004')",
         ",\"requestParameters\":{\"a\":{\"b\":0.30000000000000000004}}", 1},
        {"raw.?requestParameters.?a.hasValue()", ",\"requestParameters\":null", 0},
        {"actor.session_created < event.time && actor.mfa",
         ",\"userIdentity\":{\"sessionContext\":{\"attributes\":{\"mfaAuthenticated\":\"true\","
         "\"creationDate\":\"2025-12-31T23:00:00Z\"}}}", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        char policy[1024];
        snprintf(policy, sizeof policy, HEAD "failure_policy: ignore\ncondition: >\n  %s\n",
                 rows[i].condition);
        fixture_init(&fixture, policy, NULL, 1);
        add(&fixture, "E", rows[i].more);
        fixture_run(&fixture);
        print_message("%s\n", rows[i].condition);
        assert_int_equal(fixture.batch.quarantined_count, 0);
        assert_int_equal(fixture.batch.signal_count, rows[i].findings);
        assert_int_equal(fixture_count(&fixture, "p", "not_evaluable"), 0);
        fixture_deinit(&fixture);
    }
}

/* op is no word of an API call: a definition that reads it has no value, which is told. */
static void test_calls__op_is_absent(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture, "apiVersion: deltaward/v1\nkind: Definitions\nid: d\n"
                 "definitions: {removed: \"op == 'REMOVE'\"}\n---\n" HEAD
                 "condition: defs.removed\n", NULL, 1);
    add(&fixture, "E", "");
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.signal_count, 1);
    assert_int_equal(fixture.batch.signals[0].kind, SIGNAL_NOT_EVALUABLE);
    fixture_deinit(&fixture);
}

static void test_calls__group(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture, HEAD, NULL, 1);
    add(&fixture, "E1", ",\"userIdentity\":{\"arn\":\"a\\\"b\"}");
    add(&fixture, "E2", "");
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.signal_count, 2);
    assert_true(span_equals(fixture.batch.signals[0].group_key,
                            SPAN("[\"dynamodb\",\"DeleteTable\",\"a\\\"b\"]")));
    assert_true(span_equals(fixture.batch.signals[1].group_key,
                            SPAN("[\"dynamodb\",\"DeleteTable\",\"\"]")));
    fixture_deinit(&fixture);
}

/* Where a policy masks anything, what a call was asked is not shown by way of `raw`. */
static void test_calls__masks(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture, HEAD "mask: {new.ssn: redact}\n"
                 "condition: raw.requestParameters.key.ssn == 'secret'\n"
                 "alert: {title: '{raw.requestParameters.key.ssn|hidden} {raw.eventName}'}\n",
                 NULL, 1);
    add(&fixture, "E1", ",\"requestParameters\":{\"key\":{\"ssn\":\"secret\"}},"
                        "\"responseElements\":{\"ssn\":\"secret\"}");
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.alert_count, 1);
    struct span json = fixture_alert_json(&fixture, 0);
    assert_null(memmem(json.ptr, json.len, "secret", 6));
    assert_non_null(memmem(json.ptr, json.len, "\"title\":\"hidden DeleteTable\"", 28));
    fixture_deinit(&fixture);
}

static struct span log_events(const struct fixture *fixture, struct span a, struct span b,
                              struct span c)
{
    return arena_printf(fixture->arena,
        "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logGroup\":\"g\",\"logEvents\":["
        "{\"id\":\"1\",\"timestamp\":1,\"message\":\"%.*s\"},"
        "{\"id\":\"2\",\"timestamp\":2,\"message\":\"%.*s\"},"
        "{\"id\":\"3\",\"timestamp\":3,\"message\":\"%.*s\"}]}",
        SPAN_ARG(a), SPAN_ARG(b), SPAN_ARG(c));
}

/* Each event of a record has a finding of its own, and the watermark as of it. */
static void test_calls__many_in_one_record(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture, HEAD "suppression: none\n", NULL, 2);
    fixture_add_bytes(&fixture, log_events(&fixture, call(&fixture, "E1", 5, true, ""),
                                           call(&fixture, "E2", 3, true, ""),
                                           call(&fixture, "E3", 9, true, "")));
    add(&fixture, "E2", "");
    fixture_run(&fixture);
    static const int watermarks_s[] = {5, 5, 9, 9};
    assert_int_equal(fixture.batch.signal_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct signal *signal = &fixture.batch.signals[i];
        assert_int_equal(signal->offset, i < 3 ? 1 : 2);
        assert_true(signal->watermark_us ==
                    INT64_C(1767225600000000) + watermarks_s[i] * INT64_C(1000000));
    }
    /* the fourth is the second once more */
    assert_true(digest_equals(&fixture.batch.signals[1].finding,
                              &fixture.batch.signals[3].finding));
    assert_int_equal(fixture.batch.alert_count, 3);
    assert_int_equal(fixture.batch.ledger.evaluated, 2);
    fixture_deinit(&fixture);
}

/* One event that cannot be read sets the record aside, and costs the others nothing. */
static void test_calls__one_of_many_unreadable(void **state)
{
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture, HEAD "suppression: none\n", NULL, 1);
    fixture_add_bytes(&fixture, log_events(&fixture, call(&fixture, "E1", 5, true, ""),
                                           SPAN("no record"),
                                           call(&fixture, "E3", 9, true, "")));
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.signal_count, 2);
    assert_int_equal(fixture.batch.quarantined_count, 1);
    assert_true(span_starts_with(fixture.batch.quarantined[0].reason,
                                 SPAN("event 2 of 3 cannot be read: ")));
    assert_int_equal(fixture.batch.ledger.read, 1);
    assert_int_equal(fixture.batch.ledger.quarantined, 1);
    assert_int_equal(fixture.batch.ledger.evaluated, 0);
    assert_true(fixture.batch.watermark_us == INT64_C(1767225609000000));
    fixture_deinit(&fixture);
}

/* What holds nothing to look at is counted as skipped. */
static void test_calls__skipped(void **state)
{
    static const char *const texts[] = {
        "{\"Records\":[]}",
        "{\"messageType\":\"CONTROL_MESSAGE\",\"logEvents\":[{\"message\":\"x\"}]}",
        "{\"eventVersion\":\"1.07\",\"eventCategory\":\"Insight\",\"insightDetails\":{}}",
        "{\"digestStartTime\":\"2026-01-01T00:00:00Z\",\"logFiles\":[]}",
        "{\"Records\":[{\"eventCategory\":\"Insight\"}]}",
    };
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture, HEAD, NULL, 1);
    for (size_t i = 0; i < 5; i++) {
        fixture_add_bytes(&fixture, span_view(texts[i]));
    }
    fixture_add_bytes(&fixture, SPAN("{\"Records\":[{\"Records\":[]}]}"));
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.ledger.read, 6);
    assert_int_equal(fixture.batch.ledger.skipped, 5);
    assert_int_equal(fixture.batch.ledger.quarantined, 1);
    assert_int_equal(fixture.batch.ledger.evaluated, 0);
    assert_true(fixture.batch.watermark_us == INT64_MIN);
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls__conditions),
        cmocka_unit_test(test_calls__op_is_absent),
        cmocka_unit_test(test_calls__group),
        cmocka_unit_test(test_calls__masks),
        cmocka_unit_test(test_calls__many_in_one_record),
        cmocka_unit_test(test_calls__one_of_many_unreadable),
        cmocka_unit_test(test_calls__skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
