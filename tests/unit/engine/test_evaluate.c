/* What one policy says of a few changes: policies as text, alerts as lines. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define HEAD "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: high\nmatch: {tables: [t]}\n"
#define OTHER "apiVersion: deltaward/v1\nkind: Policy\nid: a\nseverity: low\nmatch: {tables: [t]}\n"

static const char item_a[] = "{\"id\":{\"S\":\"1\"},\"price\":{\"N\":\"10\"},"
                             "\"account\":{\"S\":\"DE001234\"},\"tags\":{\"SS\":[\"b\",\"a\"]}}";
static const char item_b[] = "{\"id\":{\"S\":\"1\"},\"price\":{\"N\":\"12\"},"
                             "\"account\":{\"S\":\"DE001234\"},\"note\":{\"S\":\"x\"},"
                             "\"lines\":{\"L\":[{\"S\":\"y\"},{\"NULL\":true},{\"S\":\"z\"}]}}";

/* "STATUS SEVERITY GROUP | TITLE" of each alert of the last batch. */
static void write_alerts(const struct fixture *fixture, struct buf *out)
{
    buf_append(out, SPAN(""));
    for (size_t i = 0; i < fixture->batch.alert_count; i++) {
        const struct alert *alert = &fixture->batch.alerts[i];
        struct span title = alert_body_member(alert->signal.body, SPAN("title"));
        buf_printf(out, "%.*s %.*s %.*s | %.*s\n", SPAN_ARG(alert_status_name(alert->status)),
                   SPAN_ARG(alert->signal.severity), SPAN_ARG(alert->signal.group_key),
                   SPAN_ARG(title));
    }
}

static void check_alerts(const char *policy, const char *before, const char *after,
                         const char *expected)
{
    struct fixture fixture;
    struct buf text = {0};
    fixture_init(&fixture, policy, NULL, 1);
    fixture_add(&fixture, "1", before, after, 0);
    fixture_run(&fixture);
    write_alerts(&fixture, &text);
    if (strcmp(text.ptr, expected) != 0) {
        print_error("policy:\n%s\n", policy);
    }
    assert_string_equal(text.ptr, expected);
    buf_deinit(&text);
    fixture_deinit(&fixture);
}

/* A policy, and what it says of the change from item_a to item_b. */
static const struct {
    const char *policy;
    const char *alerts;
} policy_rows[] = {
    /* conditions, titles */
    {HEAD "condition: new.price > old.price\nalert: {title: '{old.price} -> {new.price}'}\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"10 -> 12\"\n"},
    {HEAD "condition: new.price < old.price\n", ""},
    {HEAD "condition: 'true'\n"
          "alert: {title: '{old.note} {old.note|none} {new.note|none} {{}}'}\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"(absent) none x {}\"\n"},
    {HEAD "condition: 'true'\nalert: {title: '{old.tags} {op} {table} {region}'}\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"b, a MODIFY t eu-west-1\"\n"},
    {HEAD "variables: [{name: v, expression: new.price - old.price}]\n"
          "condition: variables.v > 1\n"
          "alert: {title: 'by {variables.v}'}\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"by 2\"\n"},
    {HEAD "condition: changed('price') && !changed(new.account) && changes().size() == 4\n"
          "alert: {title: '{variables.c}'}\n"
          "variables: [{name: c, expression: changes()}]\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"lines, note, price, tags\"\n"},
    {HEAD "condition: actor == null && request == null && raw.eventName == 'MODIFY'\n"
          "alert: {title: a}\n", "opened high [\"t\",{\"id\":\"1\"}] | \"a\"\n"},
    {HEAD "condition: >\n  event.time == timestamp('2026-01-01T00:00:00Z')\n"
          "  && event.age == duration('0s') && event.received == event.time\n"
          "  && !event.ttl_expiry && event.id == 'e-0'\nalert: {title: a}\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"a\"\n"},
    {HEAD "condition: has(new.note) && !has(old.note) && old != null && keys.id == '1'\n"
          "alert: {title: a}\n", "opened high [\"t\",{\"id\":\"1\"}] | \"a\"\n"},
    /* exceptions */
    {HEAD "condition: 'true'\nexceptions: [{name: e, condition: new.price == 12, owner: o, "
          "reason: r, expires: 2026-01-02}]\n", ""},
    {HEAD "condition: 'true'\nalert: {title: a}\nexceptions: [{name: e, "
          "condition: new.price == 12, owner: o, reason: r, expires: 2026-01-01}]\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"a\"\n"},
    {HEAD "condition: 'true'\nalert: {title: a}\nexceptions: [{name: e, "
          "condition: new.missing == 12, owner: o, reason: r, expires: 2026-01-02}]\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"a\"\n"},
    /* groups */
    {HEAD "condition: 'true'\nalert: {title: a}\nsuppression: {group_by: [new.price, table]}\n",
     "opened high [12,\"t\"] | \"a\"\n"},
    {HEAD "condition: 'true'\nalert: {title: a}\nsuppression: {group_by: []}\n",
     "opened high [] | \"a\"\n"},
    {HEAD "condition: 'true'\nalert: {title: a}\nsuppression: {group_by: [old.tags]}\n",
     "opened high [\"a\"] | \"a\"\nopened high [\"b\"] | \"a\"\n"},
    {HEAD "condition: 'true'\nalert: {title: a}\nsuppression: {group_by: [new.lines, op]}\n",
     "opened high [\"y\",\"MODIFY\"] | \"a\"\nopened high [\"z\",\"MODIFY\"] | \"a\"\n"},
    {HEAD "condition: 'true'\nsuppression: {group_by: [old.note]}\n", ""},
    {HEAD "condition: 'true'\nsuppression: {group_by: [new.?missing]}\n", ""},
    {HEAD "condition: 'true'\nalert: {title: a}\nsuppression: {group_by: ['[1, 1, 2]']}\n",
     "opened high [1] | \"a\"\nopened high [2] | \"a\"\n"},
    /* not evaluable */
    {HEAD "condition: new.missing > 1\n",
     "opened high not evaluable | \"Policy p could not be evaluated: no such attribute: "
     "new.missing\"\n"},
    {HEAD "condition: new.missing > 1\nfailure_policy: alert\nalert: {title: a}\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"a\"\n"},
    {HEAD "condition: new.missing > 1\nfailure_policy: ignore\n", ""},
    {HEAD "condition: 'true'\nsuppression: {group_by: [new.price + new.note]}\n",
     "opened high not evaluable | \"Policy p could not be evaluated: + has no "
     "overload for decimal and string\"\n"},
    {HEAD "condition: new.missing > 1\nexceptions: [{name: e, condition: 'true', owner: o, "
          "reason: r, expires: 2026-01-02}]\n", ""},
    /* modes */
    {HEAD "mode: shadow\ncondition: 'true'\n", ""},
    {HEAD "mode: signal\ncondition: 'true'\n", ""},
    {HEAD "mode: disabled\ncondition: 'true'\n", ""},
    {HEAD "mode: shadow\ncondition: new.missing > 1\n", ""},
    /* masks */
    {HEAD "condition: 'true'\nmask: {old.account: last4, new.account: redact}\n"
          "alert: {title: '{old.account} {new.account} {variables.a}'}\n"
          "variables: [{name: a, expression: old.account + '!'}]\n",
     "opened high [\"t\",{\"id\":\"1\"}] | \"****1234 *** ****1234!\"\n"},
    {HEAD "condition: int(old.account) > 1\nmask: {old.account: last4}\n",
     "opened high not evaluable | \"Policy p could not be evaluated: the reason is not shown, "
     "because it depends on masked attributes\"\n"},
    {HEAD "condition: new.missing > 1\nmask: {old.account: last4}\n",
     "opened high not evaluable | \"Policy p could not be evaluated: no such attribute: "
     "new.missing\"\n"},
};

static void test_evaluator_run__policies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof policy_rows / sizeof *policy_rows; i++) {
        check_alerts(policy_rows[i].policy, item_a, item_b, policy_rows[i].alerts);
    }
}

static void test_evaluator_run__attributes_changed(void **state)
{
    (void)state;
    static const char policy[] =
        "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: high\n"
        "match: {tables: [t], attributes_changed: [price, note]}\nalert: {title: a}\n";
    check_alerts(policy, item_a, item_a, "");
    check_alerts(policy, item_a, item_b, "opened high [\"t\",{\"id\":\"1\"}] | \"a\"\n");
    check_alerts(policy, NULL, item_b, "opened high [\"t\",{\"id\":\"1\"}] | \"a\"\n");
    check_alerts(policy, "{\"x\":{\"S\":\"\"}}", "{\"x\":{\"S\":\"y\"}}", "");
}

static void test_evaluator_run__severity(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        const char *severity;
        uint64_t failed;
    } rows[] = {
        {"\"'critical'\"", "critical", 0},
        {"\"new.price > 11 ? 'low' : 'high'\"", "low", 0},
        {"\"'urgent'\"", "medium", 1},
        {"new.missing", "medium", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        char policy[512];
        snprintf(policy, sizeof policy,
                 "apiVersion: deltaward/v1\nkind: Policy\nid: p\nmatch: {tables: [t]}\n"
                 "condition: 'true'\nseverity: {default: medium, expression: %s}\n",
                 rows[i].expression);
        fixture_init(&fixture, policy, NULL, 1);
        fixture_add(&fixture, "1", item_a, item_b, 0);
        fixture_run(&fixture);
        assert_int_equal(fixture.batch.alert_count, 1);
        assert_true(span_equals(fixture.batch.alerts[0].signal.severity,
                                span_view(rows[i].severity)));
        assert_int_equal(fixture_count(&fixture, "p", "severity_failed"), rows[i].failed);
        fixture_deinit(&fixture);
    }
}

static void test_evaluator_run__counters(void **state)
{
    (void)state;
    static const struct {
        const char *policy;
        const char *counter;
        uint64_t count;
    } rows[] = {
        {HEAD "condition: 'true'\n", "evaluated", 1},
        {HEAD "condition: 'true'\n", "matched", 1},
        {HEAD "condition: 'false'\n", "evaluated", 1},
        {HEAD "condition: 'false'\n", "matched", 0},
        {HEAD "condition: new.missing\n", "not_evaluable", 1},
        {HEAD "mode: shadow\ncondition: new.missing\n", "not_evaluable", 1},
        {HEAD "mode: shadow\ncondition: 'true'\n", "shadowed", 1},
        {HEAD "mode: signal\ncondition: 'true'\n", "shadowed", 1},
        {HEAD "mode: disabled\ncondition: 'true'\n", "evaluated", 0},
        {HEAD "condition: 'true'\nsuppression: {group_by: [old.note]}\n", "group_absent", 1},
        {HEAD "condition: 'true'\nsuppression: {group_by: [new.lines]}\n", "group_absent", 1},
        {HEAD "condition: 'true'\nexceptions: [{name: e, condition: 'true', owner: o, reason: r, "
              "expires: 2026-01-02}]\n", "excepted", 1},
        {HEAD "condition: 'true'\nexceptions: [{name: e, condition: new.missing, owner: o, "
              "reason: r, expires: 2026-01-02}]\n", "exception_failed", 1},
        {HEAD "condition: new.price / 7 > 0\n", "rounded", 1},
        {HEAD "condition: new.price / 4 > 0\n", "rounded", 0},
        {HEAD "condition: new.price / 7 < 0\n", "rounded", 1}, /* no match, and yet rounded */
        {HEAD "condition: 'true'\nsuppression: {group_by: [new.price / 7]}\n", "rounded", 1},
        {HEAD "variables: [{name: v, expression: new.price / 7}]\ncondition: variables.v > 0\n",
         "rounded", 1},
        {OTHER "condition: new.price / 7 > 0\n---\n" HEAD "condition: new.price > 0\n",
         "rounded", 0},
        {OTHER "condition: new.price / 7 > 0\n---\n" HEAD
               "condition: new.price / 7 > 0 && op != 'x'\n", "rounded", 1}, /* shared with it */
        {OTHER "condition: defs.d > 1\n---\napiVersion: deltaward/v1\nkind: Definitions\nid: e\n"
               "definitions: {d: 'new.price / 7'}\n---\n" HEAD "condition: defs.d > 0\n",
         "rounded", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        fixture_init(&fixture, rows[i].policy, NULL, 1);
        fixture_add(&fixture, "1", item_a, item_b, 0);
        fixture_run(&fixture);
        if (fixture_count(&fixture, "p", rows[i].counter) != rows[i].count) {
            print_error("%s%s\n", rows[i].policy, rows[i].counter);
        }
        assert_int_equal(fixture_count(&fixture, "p", rows[i].counter), rows[i].count);
        fixture_deinit(&fixture);
    }
}

static void test_evaluator_run__more_groups_than_the_bound_are_cut_and_counted(void **state)
{
    (void)state;
    struct fixture fixture;
    struct buf list = {0};
    for (int i = 0; i < 1100; i++) {
        buf_printf(&list, "%s{\"S\":\"g%d\"}", i ? "," : "{\"l\":{\"L\":[", i);
    }
    buf_append(&list, SPAN("]}}"));
    fixture_init(&fixture, HEAD "condition: 'true'\nsuppression: {group_by: [new.l]}\n", NULL, 1);
    fixture_add(&fixture, "1", NULL, list.ptr, 0);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.alert_count, 1024);
    assert_int_equal(fixture_count(&fixture, "p", "group_cut"), 76);
    buf_deinit(&list);
    fixture_deinit(&fixture);
}

static void test_evaluator_run__long_group_keys_end_in_a_hash(void **state)
{
    (void)state;
    struct fixture fixture;
    char text[3000];
    memset(text, 'x', sizeof text);
    fixture_init(&fixture, HEAD "condition: 'true'\nsuppression: {group_by: [new.k]}\n", NULL, 1);
    for (int i = 0; i < 2; i++) {
        struct span image = arena_printf(fixture.arena, "{\"k\":{\"S\":\"%.*s%d\"}}",
                                         (int)sizeof text, text, i);
        fixture_add(&fixture, "1", NULL, image.ptr, i);
    }
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.alert_count, 2);
    struct span a = fixture.batch.alerts[0].signal.group_key;
    struct span b = fixture.batch.alerts[1].signal.group_key;
    assert_int_equal(a.len, SIGNAL_GROUP_KEY_BYTES_MAX);
    assert_int_equal(a.ptr[a.len - 33], '#');
    assert_false(span_equals(a, b));
    fixture_deinit(&fixture);
}

/* Each value is bounded before it is repeated: 1,024 groups with a text of 4 MiB are no 8 GiB. */
static void test_evaluator_run__groups_of_a_list_beside_a_long_text(void **state)
{
    (void)state;
    enum { TEXT_BYTES = 4 * 1024 * 1024 };
    struct fixture fixture;
    struct buf image = {0};
    for (int i = 0; i < 1024; i++) {
        buf_printf(&image, "%s{\"N\":\"%d\"}", i ? "," : "{\"l\":{\"L\":[", i);
    }
    buf_append(&image, SPAN("]},\"t\":{\"S\":\""));
    buf_reserve(&image, TEXT_BYTES);
    memset(image.ptr + image.len, 'x', TEXT_BYTES);
    image.len += TEXT_BYTES;
    buf_append(&image, SPAN("\"}}"));
    fixture_init(&fixture, HEAD "suppression: {group_by: [new.l, new.t]}\n", NULL, 1);
    fixture_add(&fixture, "1", NULL, image.ptr, 0);
    uint64_t start_ns = clock_monotonic_ns();
    fixture_run(&fixture);
    assert_true(clock_monotonic_ns() - start_ns < UINT64_C(5000000000)); /* 8 GiB take longer */
    assert_int_equal(fixture.batch.alert_count, 1024);
    buf_deinit(&image);
    fixture_deinit(&fixture);
}

/* A masked key stays masked in the group, and two items stay two groups. */
static void test_evaluator_run__groups_by_masked_values(void **state)
{
    (void)state;
    static const char *const policies[] = {
        HEAD "condition: 'true'\nmask: {keys.id: last4}\nalert: {title: a}\n",
        HEAD "condition: 'true'\nmask: {new.id: last4}\nalert: {title: '{keys.id}'}\n"
             "suppression: {group_by: [keys.id]}\n",
        HEAD "condition: 'true'\nmask: {keys.id: redact}\nalert: {title: '{keys}'}\n"
             "suppression: {group_by: [\"keys.id + '-'\"]}\n",
        HEAD "condition: 'true'\nmask: {keys.id: tokenize}\nalert: {title: '{old} {new} {raw}'}\n"
             "suppression: none\n",
        HEAD "condition: keys.id > 5\nmask: {keys.id: hash}\nfailure_policy: alert\n",
    };
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct fixture fixture;
        fixture_init(&fixture, policies[i], NULL, 1);
        fixture_add(&fixture, "SECRET-MARK-1", NULL, "{\"id\":{\"S\":\"SECRET-MARK-1\"}}", 0);
        fixture_add(&fixture, "SECRET-MARK-2", NULL, "{\"id\":{\"S\":\"SECRET-MARK-2\"}}", 1);
        fixture_run(&fixture);
        assert_int_equal(fixture.batch.alert_count, 2);
        for (size_t k = 0; k < 2; k++) {
            struct span json = fixture_alert_json(&fixture, k);
            if (strstr(json.ptr, "SECRET")) {
                fail_msg("masked value in %s", json.ptr);
            }
        }
        fixture_deinit(&fixture);
    }
}

/* Copies of one change with its set and attributes in another order are one finding. */
static void test_evaluator_run__order_of_sets_and_attributes_is_no_difference(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, HEAD "condition: 'true'\nsuppression: {group_by: [new.s]}\n", NULL, 1);
    fixture_add(&fixture, "1", NULL,
                "{\"s\":{\"SS\":[\"a\",\"b\"]},\"n\":{\"N\":\"1.0\"}}", 0);
    fixture_add(&fixture, "1", NULL,
                "{\"n\":{\"N\":\"1\"},\"s\":{\"SS\":[\"b\",\"a\"]}}", 0);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.signal_count, 4);
    assert_int_equal(fixture.batch.alert_count, 2);
    assert_int_equal(fixture_count(&fixture, "p", "duplicate"), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct signal *signals = fixture.batch.signals;
        assert_true(digest_equals(&signals[i].finding, &signals[i + 2].finding));
        assert_true(span_equals(signals[i].group_key, signals[i + 2].group_key));
        assert_int_equal(signals[i].fan_index, signals[i + 2].fan_index);
    }
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluator_run__policies),
        cmocka_unit_test(test_evaluator_run__attributes_changed),
        cmocka_unit_test(test_evaluator_run__severity),
        cmocka_unit_test(test_evaluator_run__counters),
        cmocka_unit_test(test_evaluator_run__more_groups_than_the_bound_are_cut_and_counted),
        cmocka_unit_test(test_evaluator_run__long_group_keys_end_in_a_hash),
        cmocka_unit_test(test_evaluator_run__groups_of_a_list_beside_a_long_text),
        cmocka_unit_test(test_evaluator_run__groups_by_masked_values),
        cmocka_unit_test(test_evaluator_run__order_of_sets_and_attributes_is_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
