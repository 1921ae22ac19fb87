/* Matches held back for a lookup whose rows may come late (grace): asked again once the watermark
 * is past their time, with the rows of then. Tests that stand for a rule of docs/RECOVERY.md name
 * it. */
#include "held_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

static const int64_t second_us = 1000000;
static const char one[] = "{\"n\":{\"N\":\"1\"}}";
static const char two[] = "{\"n\":{\"N\":\"2\"}}";

static void test_grace__a_match_waits_until_its_time_is_over(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, GUARDED);
    held_run_at(&fixture, "a", one, 0);
    held_assert_signals(&fixture, 0);
    assert_int_equal(fixture_count(&fixture, "guarded", "held"), 1);
    assert_int_equal(fixture_count(&fixture, "guarded", "matched"), 0);
    assert_int_equal(engine_held(fixture.engine).count, 1);
    held_set_rows(&fixture, "[{\"id\":\"tick\"}]");
    held_run_at(&fixture, "tick", one, 59);
    held_assert_signals(&fixture, 0);
    held_run_at(&fixture, "tick", one, 60);
    held_assert_signals(&fixture, 1);
    assert_int_equal(fixture.batch.alert_count, 1);
    assert_int_equal(fixture.batch.signals[0].offset, 1); /* its own, not that of the third */
    assert_true(fixture.batch.signals[0].event_time_us == held_start_us);
    assert_int_equal(fixture_count(&fixture, "guarded", "released"), 1);
    assert_int_equal(fixture_count(&fixture, "guarded", "matched"), 1);
    assert_int_equal(engine_held(fixture.engine).count, 0);
    fixture_deinit(&fixture);
}

static void test_grace__a_row_that_came_meanwhile_withdraws_it(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, GUARDED);
    held_run_at(&fixture, "a", one, 0);
    held_set_rows(&fixture, "[{\"id\":\"a\"},{\"id\":\"tick\"}]");
    held_run_at(&fixture, "tick", one, 61);
    held_assert_signals(&fixture, 0);
    assert_int_equal(fixture_count(&fixture, "guarded", "withdrawn"), 1);
    assert_int_equal(fixture_count(&fixture, "guarded", "matched"), 0);
    assert_int_equal(engine_held(fixture.engine).count, 0);
    fixture_deinit(&fixture);
}

static void test_grace__a_row_that_comes_too_late_does_not(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, GUARDED);
    held_set_rows(&fixture, "[{\"id\":\"tick\"}]");
    held_run_at(&fixture, "a", one, 0);
    held_run_at(&fixture, "tick", one, 61);
    held_assert_signals(&fixture, 1);
    held_set_rows(&fixture, "[{\"id\":\"a\"}]");
    held_run_at(&fixture, "a", one, 62);
    held_assert_signals(&fixture, 0);
    fixture_deinit(&fixture);
}

static void test_grace__what_has_no_value_is_held_too(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, LOOKUP
          "apiVersion: deltaward/v1\nkind: Policy\nid: guarded\nseverity: high\n"
          "match: {tables: [t]}\nsuppression: none\n"
          "condition: lookup('allowed', keys.id).value().id == 'b'\n");
    held_run_at(&fixture, "a", one, 0);
    held_assert_signals(&fixture, 0);
    assert_int_equal(fixture_count(&fixture, "guarded", "not_evaluable"), 0);
    held_run_at(&fixture, "b", one, 1);
    held_set_rows(&fixture, "[{\"id\":\"b\"},{\"id\":\"tick\"}]");
    held_run_at(&fixture, "tick", one, 100);
    held_assert_signals(&fixture, 2);
    assert_int_equal(fixture.batch.signals[0].kind, SIGNAL_NOT_EVALUABLE);
    assert_int_equal(fixture.batch.signals[1].kind, SIGNAL_MATCH);
    assert_int_equal(fixture_count(&fixture, "guarded", "not_evaluable"), 1);
    assert_int_equal(fixture_count(&fixture, "guarded", "released"), 2);
    fixture_deinit(&fixture);
}

static void test_grace__who_holds(void **state)
{
    (void)state;
    static const struct {
        const char *rest; /* of the documents */
        bool holds;
    } rows[] = {
        {"condition: \"!lookup('allowed', keys.id).hasValue()\"\n", true},
        {"condition: lookup_all('allowed', keys.id) == []\n", true},
        {"condition: new.n == 1\n", false},
        {"description: allowed lookup('allowed') is not asked\ncondition: new.n == 1\n", false},
        {"variables: [{name: x, expression: \"lookup('allowed', keys.id)\"}]\n"
         "condition: \"!variables.x.hasValue()\"\n", true},
        {"condition: defs.unknown\n---\napiVersion: deltaward/v1\nkind: Definitions\nid: d\n"
         "definitions: {unknown: \"!defs.row.hasValue()\", row: \"lookup('allowed', keys.id)\"}\n",
         true},
        {"condition: defs.other\n---\napiVersion: deltaward/v1\nkind: Definitions\nid: d\n"
         "definitions: {other: new.n == 1, row: \"lookup('allowed', keys.id)\"}\n", false},
        {"condition: new.n == 1\nalert: {title: \"{keys.id}\", context: {row: \"lookup('allowed', "
         "keys.id)\"}}\n", true},
        {"condition: \"!lookup('allowed', keys.id).hasValue()\"\nlookups: {allowed: {grace: 0s}}\n",
         false},
        {"condition: \"!lookup('allowed', keys.id).hasValue()\"\n"
         "lookups: {allowed: {grace: 1h}}\n", true},
        {"condition: \"!lookup('allowed', keys.id).hasValue()\"\nmode: shadow\n", true},
        {"condition: \"!lookup('allowed', keys.id).hasValue()\"\nexceptions: [{name: e, "
         "condition: 'true', owner: o, reason: r, expires: 2030-01-01}]\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        char text[2048];
        snprintf(text, sizeof text, LOOKUP POLICY "match: {tables: [t]}\n%s", "p", rows[i].rest);
        struct lookup_rows none[2] = {{.modified_us = held_start_us},
                                      {.modified_us = held_start_us}};
        fixture_init(&fixture, text, none, 1);
        held_run_at(&fixture, "a", one, 0);
        if (engine_held(fixture.engine).count != rows[i].holds) {
            print_error("%s\n", rows[i].rest);
        }
        assert_int_equal(engine_held(fixture.engine).count, rows[i].holds);
        fixture_deinit(&fixture);
    }
}

static void test_grace__a_policy_may_want_a_longer_one(void **state)
{
    (void)state;
    struct fixture fixture;
    struct lookup_rows none[2] = {{.modified_us = held_start_us}, {.modified_us = held_start_us}};
    fixture_init(&fixture, GUARDED "lookups: {allowed: {grace: 2m}}\n", none, 1);
    held_run_at(&fixture, "a", one, 0);
    held_run_at(&fixture, "b", one, 119);
    held_assert_signals(&fixture, 0);
    held_run_at(&fixture, "c", one, 120);
    held_assert_signals(&fixture, 1);
    fixture_deinit(&fixture);
}

/* Without it: what a window or an absence waits for is closed before the match that belongs into
 * it is released. */
static void rule_8_no_watermark_is_told_past_a_match_that_is_held(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, GUARDED PLAIN);
    held_set_rows(&fixture, "[{\"id\":\"x\"}]");
    held_run_at(&fixture, "x", two, 1);
    assert_true(fixture.batch.signals[0].watermark_us == held_start_us + second_us);
    held_run_at(&fixture, "a", one, 10);
    held_run_at(&fixture, "x", two, 50);
    held_assert_signals(&fixture, 1);
    assert_true(fixture.batch.signals[0].watermark_us == held_start_us + second_us);
    held_run_at(&fixture, "x", two, 80); /* its own signal, then the released one */
    held_assert_signals(&fixture, 2);
    assert_true(fixture.batch.signals[0].watermark_us == held_start_us + second_us);
    assert_true(span_equals(fixture.batch.signals[1].policy_id, SPAN("guarded")));
    assert_true(fixture.batch.signals[1].watermark_us == held_start_us + second_us);
    held_run_at(&fixture, "x", two, 81);
    assert_true(fixture.batch.signals[0].watermark_us == held_start_us + 81 * second_us);
    fixture_deinit(&fixture);
}

static void rule_8_a_held_match_counts_in_its_window(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, LOOKUP
          "apiVersion: deltaward/v1\nkind: Policy\nid: burst\nseverity: high\n"
          "match: {tables: [t]}\ncondition: \"!lookup('allowed', keys.id).hasValue()\"\n"
          "correlation: {type: event_count, group_by: [table], timespan: 10s, "
          "condition: {gte: 3}}\n" PLAIN);
    held_set_rows(&fixture, "[{\"id\":\"x\"}]");
    held_run_at(&fixture, "a", one, 0);
    held_run_at(&fixture, "b", one, 2);
    held_run_at(&fixture, "c", one, 4);
    held_run_at(&fixture, "x", two, 50);
    held_run_at(&fixture, "x", two, 90);
    assert_int_equal(fixture.batch.alert_count, 2); /* of plain, and the burst */
    assert_int_equal(fixture_count(&fixture, "burst", "late"), 0);
    fixture_deinit(&fixture);
}

/* A correlation over the policy hears of it when it is released, and holds it back where it reads
 * the lookup itself. */
static void test_grace__policies_over_its_findings(void **state)
{
    (void)state;
    static const char *const conditions[] = {"\"!lookup('allowed', keys.id).hasValue()\"",
                                             "new.n == 1"};
    for (size_t i = 0; i < 2; i++) {
        struct fixture fixture;
        char text[2048];
        snprintf(text, sizeof text, LOOKUP
                 "apiVersion: deltaward/v1\nkind: Policy\nid: fed\nseverity: low\nmode: signal\n"
                 "match: {tables: [t]}\ncondition: %s\n---\n"
                 "apiVersion: deltaward/v1\nkind: Policy\nid: over\nseverity: high\n"
                 "correlation: {type: event_count, policies: [fed], group_by: [%s], timespan: 10s, "
                 "condition: {gte: 1}}\nalert: {title: over}\n", conditions[i],
                 i ? "\"lookup('allowed', keys.id).?id.orValue('none')\"" : "keys.id");
        held_begin(&fixture, text);
        held_run_at(&fixture, "a", one, 0);
        held_assert_signals(&fixture, 0);
        assert_int_equal(fixture_count(&fixture, "fed", "held"), 1);
        held_run_at(&fixture, "b", one, 60);
        held_assert_signals(&fixture, 1);
        assert_int_equal(fixture.batch.alert_count, 1);
        assert_true(span_equals(fixture.batch.signals[0].policy_id, SPAN("over")));
        fixture_deinit(&fixture);
    }
}

/* Another source's time does not close the window either: every partition hears how far the source
 * is that holds a match. */
static void rule_8_other_sources_wait_for_it(void **state)
{
    (void)state;
    struct fixture fixture;
    held_begin(&fixture, LOOKUP
          "apiVersion: deltaward/v1\nkind: Policy\nid: few\nseverity: high\n"
          "match: {tables: [t]}\ncondition: \"!lookup('allowed', keys.id).hasValue()\"\n"
          "correlation: {type: event_count, group_by: [table], timespan: 10s, "
          "condition: {gte: 2}}\n---\n"
          "apiVersion: deltaward/v1\nkind: Policy\nid: busy\nseverity: low\n"
          "match: {tables: [t]}\ncorrelation: {type: event_count, group_by: [table], "
          "timespan: 10s, condition: {gte: 1000}}\n");
    struct engine_source sources[2] = {fixture.source, fixture.source};
    const struct engine_source *all[2] = {&sources[0], &sources[1]};
    size_t alerts = 0;
    sources[1].name = SPAN("another");
    held_set_rows(&fixture, "[{\"id\":\"x\"}]");
    engine_begin(fixture.engine, all, 2);
    static const struct {
        size_t source;
        const char *id;
        int64_t second;
        size_t alerts; /* so far */
    } rows[] = {
        {0, "a", 1, 0}, {1, "x", 1, 0}, {0, "b", 2, 0}, {1, "x", 50, 0}, {0, "x", 50, 0},
        {0, "x", 62, 1}, /* both are released, and neither is late */
        {1, "x", 63, 1}, {0, "x", 64, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fixture.source = sources[rows[i].source];
        held_run_at(&fixture, rows[i].id, one, rows[i].second);
        sources[rows[i].source] = fixture.source;
        alerts += fixture.batch.alert_count;
        assert_int_equal(alerts, rows[i].alerts);
        assert_int_equal(fixture_count(&fixture, "few", "late"), 0);
    }
    fixture_deinit(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grace__a_match_waits_until_its_time_is_over),
        cmocka_unit_test(test_grace__a_row_that_came_meanwhile_withdraws_it),
        cmocka_unit_test(test_grace__a_row_that_comes_too_late_does_not),
        cmocka_unit_test(test_grace__what_has_no_value_is_held_too),
        cmocka_unit_test(test_grace__who_holds),
        cmocka_unit_test(test_grace__a_policy_may_want_a_longer_one),
        cmocka_unit_test(rule_8_no_watermark_is_told_past_a_match_that_is_held),
        cmocka_unit_test(rule_8_a_held_match_counts_in_its_window),
        cmocka_unit_test(test_grace__policies_over_its_findings),
        cmocka_unit_test(rule_8_other_sources_wait_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
