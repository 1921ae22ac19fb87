/* Micro-batches: order, watermarks, ticks, quarantine, ledger, replay, and the same result at any
 * number of threads. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define HEAD "apiVersion: deltaward/v1\nkind: Policy\nid: p\nseverity: high\nmatch: {tables: [t]}\n"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS };
static const int64_t start_us = INT64_C(1767225600000000);

static const char one[] = "{\"n\":{\"N\":\"1\"}}";
static const char two[] = "{\"n\":{\"N\":\"2\"}}";

static void test_engine_run__watermark_moves_record_by_record(void **state)
{
    (void)state;
    static const int64_t times_s[] = {10, 5, 30, 20};
    static const int64_t watermarks_s[] = {10, 10, 30, 30};
    struct fixture fixture;
    fixture_init(&fixture, HEAD "suppression: none\n", NULL, 2);
    for (size_t i = 0; i < 4; i++) {
        fixture_add(&fixture, "1", one, two, times_s[i] * SECOND_MS);
    }
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.signal_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct signal *signal = &fixture.batch.signals[i];
        assert_int_equal(signal->sequence, i + 1);
        assert_int_equal(signal->offset, i + 1);
        assert_true(signal->event_time_us == start_us + times_s[i] * 1000000);
        assert_true(signal->watermark_us == start_us + watermarks_s[i] * 1000000);
    }
    assert_true(fixture.batch.watermark_us == start_us + INT64_C(30) * 1000000);
    fixture_deinit(&fixture);
}

static void test_engine_run__records_without_findings_move_the_watermark_too(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, HEAD "alert: {title: a}\n", NULL, 1);
    fixture_add(&fixture, "1", one, two, 0);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.alert_count, 1);
    fixture.table = "other";
    fixture_add(&fixture, "1", one, two, 15 * MINUTE_MS - 1);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.signal_count, 0);
    fixture.table = "other";
    fixture_add(&fixture, "1", one, two, 15 * MINUTE_MS);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.signal_count, 1);
    assert_int_equal(fixture.batch.signals[0].kind, SIGNAL_TICK);
    assert_int_equal(fixture.batch.signals[0].sequence, 2);
    assert_int_equal(fixture.batch.alert_count, 1);
    assert_int_equal(fixture.batch.alerts[0].status, ALERT_RESOLVED);
    assert_int_equal(fixture.batch.alerts[0].sequence, 2);
    assert_int_equal(fixture.batch.alerts[0].log_sequence, 1);
    fixture.table = "other";
    fixture_add(&fixture, "1", one, two, 30 * MINUTE_MS);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.signal_count, 0);
    assert_int_equal(engine_totals(fixture.engine).signals, 1);
    assert_int_equal(engine_totals(fixture.engine).decided.resolved, 1);
    fixture_deinit(&fixture);
}

static void test_engine_run__what_is_late_ends_with_its_batch(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, HEAD "alert: {title: a}\n", NULL, 1);
    fixture_add(&fixture, "1", one, two, 60 * MINUTE_MS);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.alert_count, 1);
    for (int64_t minute = 1; minute < 4; minute++) { /* at a time that the log knows from then on */
        fixture_add(&fixture, "2", one, two, minute * MINUTE_MS);
        fixture_run(&fixture);
        assert_int_equal(fixture.batch.alert_count, 2);
        assert_int_equal(fixture.batch.alerts[1].status, ALERT_RESOLVED);
    }
    fixture_deinit(&fixture);
}

static void test_engine_run__an_arrival_bounds_the_event_time(void **state)
{
    (void)state;
    static const struct {
        int64_t created_ms;
        int64_t arrival_us; /* after the start; -1: not told */
        int64_t event_us;
    } rows[] = {
        {0, 0, 0},
        {5 * MINUTE_MS, 0, INT64_C(300) * 1000000},
        {5 * MINUTE_MS + 1, 0, INT64_C(300) * 1000000},
        {60 * MINUTE_MS, 7, INT64_C(300) * 1000000 + 7},
        {60 * MINUTE_MS, -1, INT64_C(3600) * 1000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        fixture_init(&fixture, HEAD "suppression: none\n"
                     "alert: {title: '{variables.r}'}\n"
                     "variables: [{name: r, expression: event.received == event.time}]\n", NULL, 1);
        fixture_add(&fixture, "1", one, two, rows[i].created_ms);
        if (rows[i].arrival_us >= 0) {
            fixture.records[0].arrival_us = start_us + rows[i].arrival_us;
        }
        fixture_run(&fixture);
        const struct signal *signal = &fixture.batch.signals[0];
        assert_true(signal->event_time_us == start_us + rows[i].event_us);
        assert_true(fixture.batch.watermark_us == signal->event_time_us);
        bool same = rows[i].arrival_us < 0 || rows[i].arrival_us == rows[i].event_us;
        assert_true(span_equals(alert_body_member(signal->body, SPAN("title")),
                                same ? SPAN("\"true\"") : SPAN("\"false\"")));
        fixture_deinit(&fixture);
    }
}

static void test_engine_run__quarantine_and_ledger(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, HEAD "suppression: none\n", NULL, 1);
    fixture_add(&fixture, "1", one, two, 0);
    fixture_add_bytes(&fixture, SPAN("{\"awsRegion\": oops}"));
    fixture_add(&fixture, "2", one, two, 1);
    fixture_add_bytes(&fixture, SPAN(""));
    fixture.records[3].refused = "longer than 16 MiB";
    struct source_batch batch = {
        .records = fixture.records, .count = fixture.count, .blank = 3, .position = SPAN("x")};
    engine_run(fixture.engine, &fixture.source, &batch, &fixture.batch);
    const struct store_batch *out = &fixture.batch;
    assert_int_equal(out->ledger.read, 7);
    assert_int_equal(out->ledger.evaluated, 2);
    assert_int_equal(out->ledger.quarantined, 2);
    assert_int_equal(out->ledger.skipped, 3);
    assert_int_equal(out->signal_count, 2);
    assert_int_equal(out->quarantined_count, 2);
    assert_int_equal(out->quarantined[0].offset, 2);
    assert_int_equal(out->quarantined[0].line, 2);
    assert_true(span_equals(out->quarantined[0].bytes, SPAN("{\"awsRegion\": oops}")));
    assert_true(span_ends_with(out->quarantined[0].reason, SPAN(" at byte 14")));
    assert_true(span_equals(out->quarantined[1].reason, SPAN("longer than 16 MiB")));
    assert_true(span_equals(out->position, SPAN("x")));
    assert_int_equal(engine_totals(fixture.engine).ledger.read, 7);
    fixture_deinit(&fixture);
}

static void test_engine_run__an_empty_batch(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, HEAD "suppression: none\n", NULL, 4);
    fixture_run(&fixture);
    assert_int_equal(fixture.batch.ledger.read, 0);
    assert_int_equal(fixture.batch.signal_count, 0);
    assert_true(fixture.batch.watermark_us == INT64_MIN);
    fixture_deinit(&fixture);
}

static void test_engine_run__account_comes_from_the_source(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_init(&fixture, HEAD "suppression: none\nalert: {title: '{account}'}\n", NULL, 1);
    fixture.source.account = SPAN("123456789012");
    fixture_add(&fixture, "1", one, two, 0);
    fixture_run(&fixture);
    struct span body = fixture.batch.alerts[0].signal.body;
    assert_true(span_equals(alert_body_member(body, SPAN("title")), SPAN("\"123456789012\"")));
    assert_true(span_equals(alert_body_member(body, SPAN("account")), SPAN("\"123456789012\"")));
    fixture_deinit(&fixture);
}

/* Two policies, many items and tables, some records broken, times forwards and back. */
static const char busy[] =
    HEAD "condition: new.n > 1\nsuppression: {duration: 30s, summary: true}\n"
         "alert: {title: '{keys.id} {new.n}'}\n---\n"
         "apiVersion: deltaward/v1\nkind: Policy\nid: q\nseverity: low\n"
         "match: {operations: [INSERT]}\ncondition: new.missing > 3\n"
         "suppression: {group_by: [table], duration: 10s}\n";

static void add_busy_records(struct fixture *fixture, uint64_t *seed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t random = *seed >> 33;
        int64_t time_ms = (int64_t)(fixture->offset * 100) - (int64_t)(random % 7) * 900;
        if (random % 50 == 0) {
            fixture_add_bytes(fixture, SPAN("not a record"));
            continue;
        }
        const char *after = arena_printf(fixture->arena, "{\"n\":{\"N\":\"%d\"}}",
                                         (int)(random % 4)).ptr;
        const char *id = arena_printf(fixture->arena, "%d", (int)(random / 64 % 20)).ptr;
        fixture->table = random % 5 ? "t" : "other";
        fixture_add(fixture, id, random % 3 ? one : NULL, after, time_ms);
    }
}

static void write_signal(const struct signal *signal, struct buf *out)
{
    char finding[DIGEST_HEX_LENGTH + 1];
    digest_hex(&signal->finding, finding);
    buf_printf(out, "%llu %d %u %s %.*s %lld %lld %.*s\n", (unsigned long long)signal->sequence,
               (int)signal->kind, (unsigned)signal->fan_index, finding,
               SPAN_ARG(signal->group_key), (long long)signal->event_time_us,
               (long long)signal->watermark_us, SPAN_ARG(signal->body));
}

/* All that a batch says, as text. */
static void write_batch(const struct fixture *fixture, struct buf *out)
{
    const struct store_batch *batch = &fixture->batch;
    for (size_t i = 0; i < batch->signal_count; i++) {
        write_signal(&batch->signals[i], out);
    }
    for (size_t i = 0; i < batch->alert_count; i++) {
        struct json_writer writer = json_writer_to(out);
        buf_printf(out, "%llu ", (unsigned long long)batch->alerts[i].sequence);
        alert_write_json(&batch->alerts[i], &writer);
        buf_append_char(out, '\n');
    }
    for (size_t i = 0; i < batch->quarantined_count; i++) {
        buf_printf(out, "%llu %.*s\n", (unsigned long long)batch->quarantined[i].offset,
                   SPAN_ARG(batch->quarantined[i].reason));
    }
    for (size_t i = 0; i < batch->count_count; i++) {
        buf_printf(out, "%.*s %.*s %llu\n", SPAN_ARG(batch->counts[i].policy_id),
                   SPAN_ARG(batch->counts[i].counter), (unsigned long long)batch->counts[i].count);
    }
}

enum { BUSY_BATCHES = 5, BUSY_RECORDS = 1500 };

static void run_busy(size_t threads, struct buf *out)
{
    struct fixture fixture;
    uint64_t seed = 7;
    fixture_init(&fixture, busy, NULL, threads);
    for (int i = 0; i < BUSY_BATCHES; i++) {
        add_busy_records(&fixture, &seed, BUSY_RECORDS);
        fixture_run(&fixture);
        write_batch(&fixture, out);
    }
    struct engine_totals totals = engine_totals(fixture.engine);
    assert_int_equal(totals.ledger.read, BUSY_BATCHES * BUSY_RECORDS);
    assert_int_equal(totals.ledger.read, totals.ledger.evaluated + totals.ledger.quarantined);
    assert_int_equal(totals.signals, totals.decided.folded);
    assert_int_equal(totals.decided.folded, totals.decided.duplicates +
                                                totals.decided.suppressed + totals.decided.opened);
    fixture_deinit(&fixture);
}

static void test_engine_run__same_bytes_at_any_number_of_threads(void **state)
{
    (void)state;
    static const size_t threads[] = {2, 4, 8};
    struct buf alone = {0};
    run_busy(1, &alone);
    assert_true(alone.len > 100000);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        struct buf together = {0};
        run_busy(threads[i], &together);
        assert_string_equal(alone.ptr, together.ptr);
        buf_deinit(&together);
    }
    buf_deinit(&alone);
}

enum { REPLAY_BATCHES = 40, REPLAY_RECORDS = 150 };

static bool last_is_tick(const struct store_batch *batch)
{
    return batch->signal_count && batch->signals[batch->signal_count - 1].kind == SIGNAL_TICK;
}

/* Signals of a log, kept beyond their batch. */
struct kept {
    struct arena *arena;
    struct signal signals[REPLAY_BATCHES * (REPLAY_RECORDS + 1)];
    size_t count;
};

static void keep_signals(struct kept *kept, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->signal_count; i++) {
        struct signal *copy = &kept->signals[kept->count++];
        *copy = batch->signals[i];
        copy->policy_id = arena_copy(kept->arena, copy->policy_id);
        copy->group_key = arena_copy(kept->arena, copy->group_key);
        copy->severity = arena_copy(kept->arena, copy->severity);
        copy->source = arena_copy(kept->arena, copy->source);
        copy->body = arena_copy(kept->arena, copy->body);
    }
}

/* A new engine that replays the log, in the place of the old one. */
static void restart(struct fixture *fixture, const struct kept *kept, uint64_t alert_last)
{
    const struct engine_options options = {
        .threads = 2, .clock = fixture_clock(), .signal_last = kept->count,
        .alert_last = alert_last};
    engine_free(&fixture->engine);
    fixture->engine = engine_new(&options, fixture->plan, fixture->lookups);
    for (size_t i = 0; i < kept->count; i++) {
        engine_replay(fixture->engine, &kept->signals[i]);
    }
}

static void test_engine_replay__goes_on_where_the_log_ends(void **state)
{
    (void)state;
    static struct kept kept;
    struct fixture whole;
    struct fixture restarted;
    uint64_t seeds[2] = {7, 7};
    uint64_t alert_last = 0;
    size_t ticks = 0;
    kept.arena = arena_new(0);
    fixture_init(&whole, busy, NULL, 1);
    fixture_init(&restarted, busy, NULL, 2);
    struct engine_source sources[2] = {whole.source, whole.source};
    sources[1].name = SPAN("another");
    for (int i = 0; i < REPLAY_BATCHES; i++) { /* two sources in turn, in the same groups */
        struct buf texts[2] = {{0}, {0}};
        add_busy_records(&whole, &seeds[0], REPLAY_RECORDS);
        add_busy_records(&restarted, &seeds[1], REPLAY_RECORDS);
        whole.source = restarted.source = sources[i % 2];
        fixture_run(&whole);
        fixture_run(&restarted);
        sources[i % 2] = whole.source;
        write_batch(&whole, &texts[0]);
        write_batch(&restarted, &texts[1]);
        assert_string_equal(texts[0].ptr, texts[1].ptr);
        keep_signals(&kept, &restarted.batch);
        alert_last += restarted.batch.alert_count;
        ticks += last_is_tick(&restarted.batch);
        restart(&restarted, &kept, alert_last);
        buf_deinit(&texts[0]);
        buf_deinit(&texts[1]);
    }
    assert_true(ticks > 5);
    assert_int_equal(engine_totals(restarted.engine).decided.folded, 0);
    fixture_deinit(&whole);
    fixture_deinit(&restarted);
    arena_free(&kept.arena);
}

static void test_engine_set_plan__counts_and_texts_are_those_of_the_new_one(void **state)
{
    (void)state;
    struct fixture fixture;
    struct fixture other;
    fixture_init(&fixture, HEAD "alert: {title: old}\nsuppression: none\n", NULL, 2);
    fixture_init(&other, HEAD "alert: {title: new}\nsuppression: none\n", NULL, 1);
    fixture_add(&fixture, "1", one, two, 0);
    fixture_run(&fixture);
    engine_set_plan(fixture.engine, other.plan, other.lookups);
    fixture_add(&fixture, "2", one, two, 1);
    fixture_run(&fixture);
    assert_true(span_equals(alert_body_member(fixture.batch.alerts[0].signal.body, SPAN("title")),
                            SPAN("\"new\"")));
    assert_int_equal(fixture_count(&fixture, "p", "matched"), 1);
    fixture_deinit(&fixture);
    fixture_deinit(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_run__watermark_moves_record_by_record),
        cmocka_unit_test(test_engine_run__records_without_findings_move_the_watermark_too),
        cmocka_unit_test(test_engine_run__what_is_late_ends_with_its_batch),
        cmocka_unit_test(test_engine_run__an_arrival_bounds_the_event_time),
        cmocka_unit_test(test_engine_run__quarantine_and_ledger),
        cmocka_unit_test(test_engine_run__an_empty_batch),
        cmocka_unit_test(test_engine_run__account_comes_from_the_source),
        cmocka_unit_test(test_engine_run__same_bytes_at_any_number_of_threads),
        cmocka_unit_test(test_engine_replay__goes_on_where_the_log_ends),
        cmocka_unit_test(test_engine_set_plan__counts_and_texts_are_those_of_the_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
