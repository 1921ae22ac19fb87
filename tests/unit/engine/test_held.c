/* Matches held back for a lookup whose rows may come late (grace): asked again once the watermark
 * is past their time, with the rows of then. Tests that stand for a rule of docs/RECOVERY.md name
 * it. */
#include "fixture.h"
#include "engine/held_queue.h"
#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define LOOKUP \
    "apiVersion: deltaward/v1\nkind: Lookup\nid: allowed\nsource: {file: a.csv}\nkey: id\n" \
    "columns: {id: string}\ngrace: 60s\n---\n"
#define POLICY "apiVersion: deltaward/v1\nkind: Policy\nid: %s\nseverity: high\nsuppression: none\n"
/* "guarded" waits for a row; "plain" asks no lookup. */
#define GUARDED \
    LOOKUP "apiVersion: deltaward/v1\nkind: Policy\nid: guarded\nseverity: high\n" \
    "match: {tables: [t]}\nsuppression: none\n" \
    "condition: \"!lookup('allowed', keys.id).hasValue()\"\n"
#define PLAIN \
    "---\napiVersion: deltaward/v1\nkind: Policy\nid: plain\nseverity: low\n" \
    "match: {tables: [t]}\nsuppression: none\ncondition: new.n > 1\n"

enum { SECOND_MS = 1000 };
static const int64_t start_us = INT64_C(1767225600000000);
static const int64_t second_us = 1000000;
static const char one[] = "{\"n\":{\"N\":\"1\"}}";
static const char two[] = "{\"n\":{\"N\":\"2\"}}";

static struct lookup_rows rows_of(struct arena *arena, const char *text)
{
    struct json_error error;
    struct value list;
    assert_int_equal(json_read(span_view(text), JSON_NUMBERS_DECIMAL, arena, &error, &list),
                     STATUS_OK);
    return (struct lookup_rows){list.list.items, list.list.count, start_us};
}

/* As a reload of the rows does it. */
static void set_rows(struct fixture *fixture, const char *text)
{
    struct lookup_rows rows = rows_of(fixture->arena, text);
    lookup_set_unref(&fixture->lookups);
    fixture->lookups = lookup_set_from_rows(fixture->plan, &rows);
    engine_set_plan(fixture->engine, fixture->plan, fixture->lookups);
}

static void begin(struct fixture *fixture, const char *policies)
{
    struct lookup_rows none = {.modified_us = start_us};
    fixture_init(fixture, policies, &none, 2);
}

static void run_at(struct fixture *fixture, const char *id, const char *image, int64_t second)
{
    fixture_add(fixture, id, NULL, image, second * SECOND_MS);
    fixture_run(fixture);
}

static void assert_signals(const struct fixture *fixture, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < fixture->batch.signal_count; i++) {
        enum signal_kind kind = fixture->batch.signals[i].kind;
        found += kind == SIGNAL_MATCH || kind == SIGNAL_NOT_EVALUABLE;
    }
    assert_int_equal(found, count);
}

static void test_grace__a_match_waits_until_its_time_is_over(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, GUARDED);
    run_at(&fixture, "a", one, 0);
    assert_signals(&fixture, 0);
    assert_int_equal(fixture_count(&fixture, "guarded", "held"), 1);
    assert_int_equal(fixture_count(&fixture, "guarded", "matched"), 0);
    assert_int_equal(engine_held(fixture.engine).count, 1);
    set_rows(&fixture, "[{\"id\":\"tick\"}]");
    run_at(&fixture, "tick", one, 59);
    assert_signals(&fixture, 0);
    run_at(&fixture, "tick", one, 60);
    assert_signals(&fixture, 1);
    assert_int_equal(fixture.batch.alert_count, 1);
    assert_int_equal(fixture.batch.signals[0].offset, 1); /* its own, not that of the third */
    assert_true(fixture.batch.signals[0].event_time_us == start_us);
    assert_int_equal(fixture_count(&fixture, "guarded", "released"), 1);
    assert_int_equal(fixture_count(&fixture, "guarded", "matched"), 1);
    assert_int_equal(engine_held(fixture.engine).count, 0);
    fixture_deinit(&fixture);
}

static void test_grace__a_row_that_came_meanwhile_withdraws_it(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, GUARDED);
    run_at(&fixture, "a", one, 0);
    set_rows(&fixture, "[{\"id\":\"a\"},{\"id\":\"tick\"}]");
    run_at(&fixture, "tick", one, 61);
    assert_signals(&fixture, 0);
    assert_int_equal(fixture_count(&fixture, "guarded", "withdrawn"), 1);
    assert_int_equal(fixture_count(&fixture, "guarded", "matched"), 0);
    assert_int_equal(engine_held(fixture.engine).count, 0);
    fixture_deinit(&fixture);
}

static void test_grace__a_row_that_comes_too_late_does_not(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, GUARDED);
    set_rows(&fixture, "[{\"id\":\"tick\"}]");
    run_at(&fixture, "a", one, 0);
    run_at(&fixture, "tick", one, 61);
    assert_signals(&fixture, 1);
    set_rows(&fixture, "[{\"id\":\"a\"}]");
    run_at(&fixture, "a", one, 62);
    assert_signals(&fixture, 0);
    fixture_deinit(&fixture);
}

static void test_grace__what_has_no_value_is_held_too(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, LOOKUP
          "apiVersion: deltaward/v1\nkind: Policy\nid: guarded\nseverity: high\n"
          "match: {tables: [t]}\nsuppression: none\n"
          "condition: lookup('allowed', keys.id).value().id == 'b'\n");
    run_at(&fixture, "a", one, 0);
    assert_signals(&fixture, 0);
    assert_int_equal(fixture_count(&fixture, "guarded", "not_evaluable"), 0);
    run_at(&fixture, "b", one, 1);
    set_rows(&fixture, "[{\"id\":\"b\"},{\"id\":\"tick\"}]");
    run_at(&fixture, "tick", one, 100);
    assert_signals(&fixture, 2);
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
        struct lookup_rows none[2] = {{.modified_us = start_us}, {.modified_us = start_us}};
        fixture_init(&fixture, text, none, 1);
        run_at(&fixture, "a", one, 0);
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
    struct lookup_rows none[2] = {{.modified_us = start_us}, {.modified_us = start_us}};
    fixture_init(&fixture, GUARDED "lookups: {allowed: {grace: 2m}}\n", none, 1);
    run_at(&fixture, "a", one, 0);
    run_at(&fixture, "b", one, 119);
    assert_signals(&fixture, 0);
    run_at(&fixture, "c", one, 120);
    assert_signals(&fixture, 1);
    fixture_deinit(&fixture);
}

/* Without it: what a window or an absence waits for is closed before the match that belongs into
 * it is released. */
static void rule_8_no_watermark_is_told_past_a_match_that_is_held(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, GUARDED PLAIN);
    set_rows(&fixture, "[{\"id\":\"x\"}]");
    run_at(&fixture, "x", two, 1);
    assert_true(fixture.batch.signals[0].watermark_us == start_us + second_us);
    run_at(&fixture, "a", one, 10);
    run_at(&fixture, "x", two, 50);
    assert_signals(&fixture, 1);
    assert_true(fixture.batch.signals[0].watermark_us == start_us + second_us);
    run_at(&fixture, "x", two, 80); /* its own signal, then the released one */
    assert_signals(&fixture, 2);
    assert_true(fixture.batch.signals[0].watermark_us == start_us + second_us);
    assert_true(span_equals(fixture.batch.signals[1].policy_id, SPAN("guarded")));
    assert_true(fixture.batch.signals[1].watermark_us == start_us + second_us);
    run_at(&fixture, "x", two, 81);
    assert_true(fixture.batch.signals[0].watermark_us == start_us + 81 * second_us);
    fixture_deinit(&fixture);
}

static void rule_8_a_held_match_counts_in_its_window(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, LOOKUP
          "apiVersion: deltaward/v1\nkind: Policy\nid: burst\nseverity: high\n"
          "match: {tables: [t]}\ncondition: \"!lookup('allowed', keys.id).hasValue()\"\n"
          "correlation: {type: event_count, group_by: [table], timespan: 10s, "
          "condition: {gte: 3}}\n" PLAIN);
    set_rows(&fixture, "[{\"id\":\"x\"}]");
    run_at(&fixture, "a", one, 0);
    run_at(&fixture, "b", one, 2);
    run_at(&fixture, "c", one, 4);
    run_at(&fixture, "x", two, 50);
    run_at(&fixture, "x", two, 90);
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
        begin(&fixture, text);
        run_at(&fixture, "a", one, 0);
        assert_signals(&fixture, 0);
        assert_int_equal(fixture_count(&fixture, "fed", "held"), 1);
        run_at(&fixture, "b", one, 60);
        assert_signals(&fixture, 1);
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
    begin(&fixture, LOOKUP
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
    set_rows(&fixture, "[{\"id\":\"x\"}]");
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
        run_at(&fixture, rows[i].id, one, rows[i].second);
        sources[rows[i].source] = fixture.source;
        alerts += fixture.batch.alert_count;
        assert_int_equal(alerts, rows[i].alerts);
        assert_int_equal(fixture_count(&fixture, "few", "late"), 0);
    }
    fixture_deinit(&fixture);
}

/* -- what the store holds (rule 21) */

struct kept {
    struct arena *arena;
    struct held_match matches[64];
    size_t count;
};

/* As the table of the store takes a batch. */
static void keep(struct kept *kept, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->let_go_count; i++) {
        size_t at = 0;
        while (at < kept->count && kept->matches[at].number != batch->let_go[i]) {
            at++;
        }
        assert_true(at < kept->count); /* only what is there is let go */
        kept->matches[at] = kept->matches[--kept->count];
    }
    for (size_t i = 0; i < batch->held_count; i++) {
        struct held_match *match = &kept->matches[kept->count++];
        *match = batch->held[i];
        match->policy_id = arena_copy(kept->arena, match->policy_id);
        match->bytes = arena_copy(kept->arena, match->bytes);
        match->account = arena_copy(kept->arena, match->account);
    }
}

static int by_number(const void *a, const void *b)
{
    const struct held_match *left = a;
    const struct held_match *right = b;
    return (left->number > right->number) - (left->number < right->number);
}

/* Another process goes on with what is durable. */
static void restart(struct fixture *fixture, struct kept *kept)
{
    const struct engine_options options = {
        .threads = 1, .clock = fixture_clock(), .signal_last = 1000, .alert_last = 1000};
    engine_free(&fixture->engine);
    fixture->engine = engine_new(&options, fixture->plan, fixture->lookups);
    qsort(kept->matches, kept->count, sizeof *kept->matches, by_number);
    for (size_t i = 0; i < kept->count; i++) {
        engine_restore_held(fixture->engine, fixture->source.name, &kept->matches[i]);
    }
}

static void write_signals(const struct store_batch *batch, struct buf *out)
{
    for (size_t i = 0; i < batch->signal_count; i++) {
        const struct signal *signal = &batch->signals[i];
        char hex[DIGEST_HEX_LENGTH + 1];
        digest_hex(&signal->finding, hex);
        buf_printf(out, "%.*s %llu %s %lld %lld\n", SPAN_ARG(signal->policy_id),
                   (unsigned long long)signal->offset, hex, (long long)signal->event_time_us,
                   (long long)signal->watermark_us);
    }
}

static void rule_21_a_held_match_outlives_the_process(void **state)
{
    (void)state;
    struct fixture fixture;
    struct kept kept = {.arena = arena_new(0)};
    struct buf expected = {0};
    struct buf seen = {0};
    for (int stopped = 0; stopped < 2; stopped++) {
        begin(&fixture, GUARDED PLAIN);
        set_rows(&fixture, "[{\"id\":\"x\"}]");
        kept.count = 0;
        for (int64_t second = 0; second < 200; second += 7) {
            const char *id = second % 3 ? "x" : "a";
            run_at(&fixture, id, second % 2 ? one : two, second);
            keep(&kept, &fixture.batch);
            write_signals(&fixture.batch, stopped ? &seen : &expected);
            if (stopped) {
                restart(&fixture, &kept);
            }
        }
        assert_int_equal(engine_held(fixture.engine).count, kept.count);
        fixture_deinit(&fixture);
    }
    assert_true(expected.len > 1000);
    assert_string_equal(seen.ptr, expected.ptr);
    buf_deinit(&expected);
    buf_deinit(&seen);
    arena_free(&kept.arena);
}

/* What is held and released within one batch never was a row. */
static void rule_21_the_log_is_the_same_however_the_records_come(void **state)
{
    (void)state;
    struct buf texts[3] = {{0}, {0}, {0}};
    static const int lengths[3] = {1, 7, 1000};
    for (size_t i = 0; i < 3; i++) {
        struct fixture fixture;
        struct kept kept = {.arena = arena_new(0)};
        begin(&fixture, GUARDED PLAIN);
        set_rows(&fixture, "[{\"id\":\"x\"}]");
        for (int number = 0; number < 300; number++) {
            int64_t second = number * 5 - (number % 4) * 20; /* out of order */
            fixture_add(&fixture, number % 3 ? "x" : "a", NULL, number % 2 ? one : two,
                        second * SECOND_MS);
            if (number % lengths[i] == lengths[i] - 1 || number == 299) {
                fixture_run(&fixture);
                keep(&kept, &fixture.batch);
                write_signals(&fixture.batch, &texts[i]);
            }
        }
        assert_in_range(kept.count, 1, 30);
        fixture_deinit(&fixture);
        arena_free(&kept.arena);
    }
    assert_string_equal(texts[0].ptr, texts[1].ptr);
    assert_string_equal(texts[0].ptr, texts[2].ptr);
    for (size_t i = 0; i < 3; i++) {
        buf_deinit(&texts[i]);
    }
}

/* -- ends, edits, bounds */

static void test_engine_end__asks_what_is_left(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, GUARDED);
    run_at(&fixture, "a", one, 0);
    run_at(&fixture, "b", one, 1);
    set_rows(&fixture, "[{\"id\":\"b\"}]");
    engine_end(fixture.engine, &fixture.source, SPAN("here"), &fixture.batch);
    assert_signals(&fixture, 1);
    assert_int_equal(fixture.batch.let_go_count, 2);
    assert_int_equal(fixture.batch.alert_count, 1);
    assert_true(span_equals(fixture.batch.position, SPAN("here")));
    assert_int_equal(fixture_count(&fixture, "guarded", "withdrawn"), 1);
    engine_end(fixture.engine, &fixture.source, SPAN("here"), &fixture.batch);
    assert_signals(&fixture, 0);
    fixture_deinit(&fixture);
}

static void swap_policies(struct fixture *fixture, const char *policies)
{
    struct fixture other;
    begin(&other, policies);
    plan_unref(&fixture->plan);
    lookup_set_unref(&fixture->lookups);
    fixture->plan = plan_ref(other.plan);
    fixture->lookups = lookup_set_ref(other.lookups);
    engine_set_plan(fixture->engine, fixture->plan, fixture->lookups);
    fixture_deinit(&other);
}

static void test_grace__policies_are_asked_as_they_are_then(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, GUARDED PLAIN);
    run_at(&fixture, "a", one, 0);
    swap_policies(&fixture, LOOKUP
                  "apiVersion: deltaward/v1\nkind: Policy\nid: guarded\nseverity: low\n"
                  "match: {tables: [t]}\nsuppression: none\ncondition: \"keys.id == 'a'\"\n");
    run_at(&fixture, "tick", one, 61);
    assert_signals(&fixture, 1);
    assert_true(span_equals(fixture.batch.signals[0].severity, SPAN("low")));
    fixture_deinit(&fixture);
}

static void test_grace__a_policy_that_is_gone_says_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, GUARDED);
    run_at(&fixture, "a", one, 0);
    swap_policies(&fixture, LOOKUP PLAIN);
    run_at(&fixture, "tick", one, 61);
    assert_signals(&fixture, 0);
    assert_int_equal(fixture.batch.let_go_count, 1);
    fixture_deinit(&fixture);
}

static void test_grace__idle_time_releases(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture, GUARDED);
    fixture.source.clock = shard_clock_new(10 * second_us);
    run_at(&fixture, "a", one, 0);
    for (int64_t second = 50; second <= 75; second++) {
        const struct source_batch idle = {.idle_us = start_us + second * second_us};
        engine_run(fixture.engine, &fixture.source, &idle, &fixture.batch);
        fixture.source.watermark_us = fixture.batch.watermark_us;
        assert_signals(&fixture, second == 70); /* 10 s idle, and the grace is over */
    }
    shard_clock_free(&fixture.source.clock);
    fixture_deinit(&fixture);
}

/* At the bound the one that is due first is asked early; nothing is lost. */
static void test_grace__too_many_are_asked_early(void **state)
{
    (void)state;
    struct fixture fixture;
    uint64_t hurried = 0;
    uint64_t held = 0;
    size_t told = 0;
    begin(&fixture, GUARDED);
    for (int batch = 0; batch < 25; batch++) {
        while (fixture.count < SOURCE_BATCH_RECORDS_MAX) {
            fixture_add(&fixture, "a", NULL, one, 0);
        }
        fixture_run(&fixture);
        hurried += fixture_count(&fixture, "guarded", "hurried");
        held += fixture_count(&fixture, "guarded", "held");
        told += fixture.batch.signal_count;
    }
    size_t left = engine_held(fixture.engine).count;
    assert_in_range(left, 1000, HELD_COUNT_MAX);
    assert_int_equal(hurried, told);
    assert_int_equal(held, told + left);
    assert_true(told > 0);
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
        cmocka_unit_test(rule_21_a_held_match_outlives_the_process),
        cmocka_unit_test(rule_21_the_log_is_the_same_however_the_records_come),
        cmocka_unit_test(test_engine_end__asks_what_is_left),
        cmocka_unit_test(test_grace__policies_are_asked_as_they_are_then),
        cmocka_unit_test(test_grace__a_policy_that_is_gone_says_nothing),
        cmocka_unit_test(test_grace__idle_time_releases),
        cmocka_unit_test(test_grace__too_many_are_asked_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
