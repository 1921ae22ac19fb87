/* The embedded store as its contract promises it: what is committed comes back whole. */
#include "sqlite_world.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Compares what a query gives with what was put, one after the other. */
struct expected {
    const struct signal *signals;
    const struct alert *alerts;
    size_t seen;
    size_t stop_at; /* answers STATUS_CLOSED at this one; 0: never */
};

static enum status expect_signal(void *context, const struct signal *signal)
{
    struct expected *expected = context;
    assert_true(sample_signals_equal(signal, &expected->signals[expected->seen]));
    return ++expected->seen == expected->stop_at ? STATUS_CLOSED : STATUS_OK;
}

static enum status expect_alert(void *context, const struct alert *alert)
{
    struct expected *expected = context;
    assert_true(sample_alerts_equal(alert, &expected->alerts[expected->seen]));
    return ++expected->seen == expected->stop_at ? STATUS_CLOSED : STATUS_OK;
}

static void commit_signals(struct store *store, const struct signal *signals, size_t count)
{
    struct store_batch batch = sample_batch("p");
    batch.signals = signals;
    batch.signal_count = count;
    assert_int_equal(store->ops->commit(store, &batch), STATUS_OK);
}

static void test_open__fresh_store_is_empty(void **state)
{
    struct sqlite_world *world = *state;
    struct store *store = world->store;
    uint64_t signal_last = 9;
    uint64_t alert_last = 9;
    struct span position;
    int64_t watermark;
    struct store_ledger ledger;
    struct sink_cursor cursor;
    assert_int_equal(store->ops->sequences(store, &signal_last, &alert_last), STATUS_OK);
    assert_int_equal(signal_last, 0);
    assert_int_equal(alert_last, 0);
    assert_int_equal(store->ops->position(store, SPAN("x"), world->arena, &position, &watermark),
                     STATUS_NOT_FOUND);
    assert_int_equal(store->ops->ledger(store, SPAN("x"), &ledger), STATUS_NOT_FOUND);
    assert_int_equal(store->ops->cursor(store, SPAN("x"), world->arena, &cursor),
                     STATUS_NOT_FOUND);
}

static void test_open__not_for_others_to_read(void **state)
{
    struct sqlite_world *world = *state;
    struct stat info;
    assert_int_equal(stat(temporary_path(&world->temporary, "deltaward.db").ptr, &info), 0);
    assert_int_equal(info.st_mode & 07, 0);
}

static void test_commit__position_and_ledger_survive(void **state)
{
    struct sqlite_world *world = *state;
    struct store_batch batch = sample_batch("1:2:file");
    batch.watermark_us = -77;
    batch.ledger = (struct store_ledger){10, 7, 1, 2};
    assert_int_equal(world->store->ops->commit(world->store, &batch), STATUS_OK);
    batch.position = SPAN("3:4:file");
    batch.watermark_us = INT64_MAX;
    assert_int_equal(world->store->ops->commit(world->store, &batch), STATUS_OK);
    sqlite_world_reopen(world);
    struct span position;
    int64_t watermark = 0;
    struct store_ledger ledger = {0};
    struct store *store = world->store;
    assert_int_equal(
        store->ops->position(store, SPAN("orders"), world->arena, &position, &watermark),
        STATUS_OK);
    assert_true(span_equals(position, SPAN("3:4:file")));
    assert_true(watermark == INT64_MAX);
    assert_int_equal(store->ops->ledger(store, SPAN("orders"), &ledger), STATUS_OK);
    assert_int_equal(ledger.read, 20);
    assert_int_equal(ledger.evaluated, 14);
    assert_int_equal(ledger.quarantined, 2);
    assert_int_equal(ledger.skipped, 4);
}

static void assert_part(struct sqlite_world *world, const char *source, const char *part,
                        const char *expected)
{
    struct store *store = world->store;
    struct span position = SPAN("untouched");
    enum status status = store->ops->part_position(store, span_view(source), span_view(part),
                                                   world->arena, &position);
    assert_int_equal(status, expected ? STATUS_OK : STATUS_NOT_FOUND);
    assert_true(span_equals(position, span_view(expected ? expected : "untouched")));
}

static void test_commit__positions_of_parts_survive(void **state)
{
    struct sqlite_world *world = *state;
    struct store_batch batch = sample_batch("clock");
    batch.part = SPAN("a");
    batch.part_position = SPAN("a 1");
    assert_int_equal(world->store->ops->commit(world->store, &batch), STATUS_OK);
    batch.part = SPAN("b");
    batch.part_position = SPAN("b 1");
    assert_int_equal(world->store->ops->commit(world->store, &batch), STATUS_OK);
    batch.part_position = SPAN("b 2");
    assert_int_equal(world->store->ops->commit(world->store, &batch), STATUS_OK);
    sqlite_world_reopen(world);
    assert_part(world, "orders", "a", "a 1");
    assert_part(world, "orders", "b", "b 2");
    assert_part(world, "orders", "c", NULL);
    assert_part(world, "others", "a", NULL);
    struct span position;
    int64_t watermark;
    assert_int_equal(world->store->ops->position(world->store, SPAN("orders"), world->arena,
                                                 &position, &watermark), STATUS_OK);
    assert_true(span_equals(position, SPAN("clock")));
}

static void test_replay__gives_the_log_in_order(void **state)
{
    struct sqlite_world *world = *state;
    struct signal signals[7];
    for (size_t i = 0; i < COUNT(signals); i++) {
        signals[i] = sample_signal(i + 1);
    }
    commit_signals(world->store, signals, 4);
    commit_signals(world->store, signals + 4, 3);
    sqlite_world_reopen(world);
    struct store *store = world->store;
    struct expected all = {.signals = signals};
    assert_int_equal(store->ops->replay(store, 1, expect_signal, &all), STATUS_OK);
    assert_int_equal(all.seen, 7);
    struct expected rest = {.signals = signals + 5};
    assert_int_equal(store->ops->replay(store, 6, expect_signal, &rest), STATUS_OK);
    assert_int_equal(rest.seen, 2);
    struct expected stopped = {.signals = signals, .stop_at = 3};
    assert_int_equal(store->ops->replay(store, 1, expect_signal, &stopped), STATUS_CLOSED);
    assert_int_equal(stopped.seen, 3);
}

/* Two episodes: the first opened, updated and resolved, the second opened. */
static void commit_episodes(struct store *store, struct signal signals[2], struct alert alerts[4])
{
    signals[0] = sample_signal(1);
    signals[1] = sample_signal(2);
    alerts[0] = sample_alert(1, 1, ALERT_OPENED, signals[0]);
    alerts[1] = sample_alert(2, 2, ALERT_OPENED, signals[1]);
    alerts[2] = sample_alert(3, 1, ALERT_UPDATED, signals[0]);
    alerts[3] = sample_alert(4, 1, ALERT_RESOLVED, signals[0]);
    struct store_batch batch = sample_batch("p");
    batch.signals = signals;
    batch.signal_count = 2;
    batch.alerts = alerts;
    batch.alert_count = 4;
    assert_int_equal(store->ops->commit(store, &batch), STATUS_OK);
}

static void test_alerts_after__in_order_and_limited(void **state)
{
    struct sqlite_world *world = *state;
    struct signal signals[2];
    struct alert alerts[4];
    commit_episodes(world->store, signals, alerts);
    sqlite_world_reopen(world);
    struct store *store = world->store;
    struct expected all = {.alerts = alerts};
    assert_int_equal(store->ops->alerts_after(store, 0, 100, expect_alert, &all), STATUS_OK);
    assert_int_equal(all.seen, 4);
    struct expected two = {.alerts = alerts + 1};
    assert_int_equal(store->ops->alerts_after(store, 1, 2, expect_alert, &two), STATUS_OK);
    assert_int_equal(two.seen, 2);
    struct expected none = {.alerts = alerts};
    assert_int_equal(store->ops->alerts_after(store, 4, 100, expect_alert, &none), STATUS_OK);
    assert_int_equal(none.seen, 0);
    uint64_t signal_last = 0;
    uint64_t alert_last = 0;
    assert_int_equal(store->ops->sequences(store, &signal_last, &alert_last), STATUS_OK);
    assert_int_equal(signal_last, 2);
    assert_int_equal(alert_last, 4);
}

static enum status collect_sequence(void *context, const struct alert *alert)
{
    struct buf *seen = context;
    buf_printf(seen, "%d ", (int)alert->sequence);
    return STATUS_OK;
}

/* Episode 1 ends with alert 4 (policy price-outside-promotion, high); 2, which opened later, with
 * alert 2 (low). */
static void test_sqlite_store_alerts__filters(void **state)
{
    struct sqlite_world *world = *state;
    struct signal signals[2];
    struct alert alerts[4];
    char id[DIGEST_HEX_LENGTH + 1];
    commit_episodes(world->store, signals, alerts);
    digest_hex(&alerts[1].id, id);
    const struct {
        struct sqlite_alert_filter filter;
        const char *sequences;
    } rows[] = {
        {{.limit = 0}, "2 4 "},
        {{.limit = 1}, "2 "},
        {{.open_only = true}, "2 "},
        {{.policy_id = SPAN("price-outside-promotion")}, "4 "},
        {{.policy_id = SPAN("price")}, ""},
        {{.severity = SPAN("low")}, "2 "},
        {{.id_prefix = span_of(id, 8)}, "2 "},
        {{.id_prefix = span_of(id, DIGEST_HEX_LENGTH)}, "2 "},
        {{.id_prefix = SPAN("zz")}, ""},
        {{.id_prefix = SPAN("*")}, ""},
        {{.severity = SPAN("high"), .open_only = true}, ""},
    };
    struct store *reader = sqlite_world_open(world, SQLITE_STORE_READ);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf seen = {0};
        buf_append(&seen, SPAN(""));
        assert_int_equal(
            sqlite_store_alerts(reader, &rows[i].filter, collect_sequence, &seen), STATUS_OK);
        assert_string_equal(seen.ptr ? seen.ptr : "", rows[i].sequences);
        buf_deinit(&seen);
    }
    reader->ops->free(reader);
}

static enum status write_held(void *context, struct span source, const struct held_match *match)
{
    struct buf *seen = context;
    buf_printf(seen, "%.*s %llu %llu %.*s %lld %lld %lld %lld %lld %.*s %d %.*s\n",
               SPAN_ARG(source), (unsigned long long)match->number,
               (unsigned long long)match->offset, SPAN_ARG(match->policy_id),
               (long long)match->event_time_us, (long long)match->due_us,
               (long long)match->told_us, (long long)match->arrival_us,
               (long long)match->detected_us, SPAN_ARG(match->account), (int)match->format,
               SPAN_ARG(match->bytes));
    return STATUS_OK;
}

static struct held_match sample_held(uint64_t number)
{
    return (struct held_match){.number = number,
                               .offset = 100 + number,
                               .policy_id = SPAN("p"),
                               .event_time_us = -1,
                               .due_us = 2,
                               .told_us = INT64_MIN,
                               .arrival_us = 4,
                               .detected_us = 5,
                               .account = SPAN("12"),
                               .format = RECORD_FORMAT_CLOUDTRAIL,
                               .bytes = SPAN("{\"a\":1}")};
}

/* Rule 21: with the position, in one transaction; what is let go may be given the number again. */
static void test_commit__rule_21_matches_that_are_held_back(void **state)
{
    struct sqlite_world *world = *state;
    struct buf seen = {0};
    const struct held_match first[] = {sample_held(1), sample_held(2), sample_held(12)};
    const struct held_match again[] = {sample_held(2)};
    const uint64_t let_go[] = {1, 2};
    struct store_batch batch = sample_batch("p");
    batch.held = first;
    batch.held_count = COUNT(first);
    assert_int_equal(world->store->ops->commit(world->store, &batch), STATUS_OK);
    batch.source = SPAN("another");
    assert_int_equal(world->store->ops->commit(world->store, &batch), STATUS_OK);
    batch.held = again;
    batch.held_count = COUNT(again);
    batch.let_go = let_go;
    batch.let_go_count = COUNT(let_go);
    assert_int_equal(world->store->ops->commit(world->store, &batch), STATUS_OK);
    sqlite_world_reopen(world);
    assert_int_equal(world->store->ops->held(world->store, write_held, &seen), STATUS_OK);
    assert_string_equal(
        seen.ptr,
        "another 2 102 p -1 2 -9223372036854775808 4 5 12 3 {\"a\":1}\n"
        "another 12 112 p -1 2 -9223372036854775808 4 5 12 3 {\"a\":1}\n"
        "orders 1 101 p -1 2 -9223372036854775808 4 5 12 3 {\"a\":1}\n"
        "orders 2 102 p -1 2 -9223372036854775808 4 5 12 3 {\"a\":1}\n"
        "orders 12 112 p -1 2 -9223372036854775808 4 5 12 3 {\"a\":1}\n");
    buf_deinit(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_open__fresh_store_is_empty),
        STORE_TEST(test_open__not_for_others_to_read),
        STORE_TEST(test_commit__position_and_ledger_survive),
        STORE_TEST(test_commit__positions_of_parts_survive),
        STORE_TEST(test_replay__gives_the_log_in_order),
        STORE_TEST(test_alerts_after__in_order_and_limited),
        STORE_TEST(test_sqlite_store_alerts__filters),
        STORE_TEST(test_commit__rule_21_matches_that_are_held_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
