/* The embedded store as its contract promises it: how far sinks are, and what they refused. */
#include "sqlite_world.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_cursor__rides_with_commit_or_flush(void **state)
{
    struct sqlite_world *world = *state;
    struct store *store = world->store;
    struct sink_cursor cursor = {
        .alert_sequence = 3, .length_bytes = 1234, .identity = SPAN("7:8")};
    struct sink_cursor seen = {0};
    assert_int_equal(store->ops->set_cursor(store, SPAN("out"), &cursor), STATUS_OK);
    struct store *reader = sqlite_world_open(world, SQLITE_STORE_READ);
    assert_int_equal(reader->ops->cursor(reader, SPAN("out"), world->arena, &seen),
                     STATUS_NOT_FOUND);
    assert_int_equal(store->ops->flush(store), STATUS_OK);
    assert_int_equal(reader->ops->cursor(reader, SPAN("out"), world->arena, &seen), STATUS_OK);
    assert_int_equal(seen.alert_sequence, 3);
    assert_int_equal(seen.length_bytes, 1234);
    assert_true(span_equals(seen.identity, SPAN("7:8")));
    cursor.alert_sequence = 4;
    struct store_batch batch = sample_batch("p");
    assert_int_equal(store->ops->set_cursor(store, SPAN("out"), &cursor), STATUS_OK);
    assert_int_equal(store->ops->commit(store, &batch), STATUS_OK);
    assert_int_equal(reader->ops->cursor(reader, SPAN("out"), world->arena, &seen), STATUS_OK);
    assert_int_equal(seen.alert_sequence, 4);
    reader->ops->free(reader);
}

/* rule 21: what is not committed does not exist, whatever part of it was written already. */
static void test_rule21__uncommitted_cursor_is_gone(void **state)
{
    struct sqlite_world *world = *state;
    struct sink_cursor cursor = {.alert_sequence = 3, .identity = SPAN("7:8")};
    struct sink_cursor seen = {0};
    struct store *store = world->store;
    assert_int_equal(store->ops->set_cursor(store, SPAN("out"), &cursor), STATUS_OK);
    sqlite_world_reopen(world);
    store = world->store;
    assert_int_equal(store->ops->cursor(store, SPAN("out"), world->arena, &seen),
                     STATUS_NOT_FOUND);
}

/* Rows of undelivered as "sink sequence reason;"; each is taken away by `amender` unless NULL. */
struct refusals {
    struct buf text;
    struct store *amender;
};

static enum status note_refusal(void *context, const struct sqlite_undelivered *undelivered)
{
    struct refusals *refusals = context;
    const struct alert *alert = undelivered->alert;
    assert_int_equal(undelivered->refused_us, 5);
    buf_printf(&refusals->text, "%.*s %d %.*s;", SPAN_ARG(undelivered->sink),
               (int)alert->sequence, SPAN_ARG(undelivered->reason));
    return refusals->amender ? sqlite_store_redelivered(refusals->amender, undelivered->sink,
                                                        alert->sequence)
                             : STATUS_OK;
}

static void expect_refusals(struct store *store, struct sqlite_undelivered_filter filter,
                            struct store *amender, const char *expected)
{
    struct refusals refusals = {.amender = amender};
    assert_int_equal(sqlite_store_undelivered(store, &filter, note_refusal, &refusals), STATUS_OK);
    assert_string_equal(refusals.text.ptr ? refusals.text.ptr : "", expected);
    buf_deinit(&refusals.text);
}

static void commit_alerts(struct store *store, size_t count)
{
    struct signal signals[8];
    struct alert alerts[8];
    struct store_batch batch = sample_batch("p");
    for (size_t i = 0; i < count; i++) {
        signals[i] = sample_signal(i + 1);
        alerts[i] = sample_alert(i + 1, i + 1, ALERT_OPENED, signals[i]);
    }
    batch.signals = signals;
    batch.signal_count = count;
    batch.alerts = alerts;
    batch.alert_count = count;
    assert_int_equal(store->ops->commit(store, &batch), STATUS_OK);
}

/* rule 18: a refusal is durable with the cursor that passes it, or not at all. */
static void test_rule18__refusals_ride_with_the_cursor(void **state)
{
    struct sqlite_world *world = *state;
    const struct sqlite_undelivered_filter all = {.sink = SPAN("")};
    struct sink_cursor cursor = {.alert_sequence = 1};
    const struct store_refusal refusal = {SPAN("out"), 1, SPAN("why"), 5};
    commit_alerts(world->store, 2);
    assert_int_equal(world->store->ops->put_refusal(world->store, &refusal), STATUS_OK);
    assert_int_equal(world->store->ops->set_cursor(world->store, SPAN("out"), &cursor), STATUS_OK);
    sqlite_world_reopen(world);
    expect_refusals(world->store, all, NULL, "");
    assert_int_equal(world->store->ops->cursor(world->store, SPAN("out"), world->arena, &cursor),
                     STATUS_NOT_FOUND);
    assert_int_equal(world->store->ops->put_refusal(world->store, &refusal), STATUS_OK);
    assert_int_equal(world->store->ops->flush(world->store), STATUS_OK);
    sqlite_world_reopen(world);
    expect_refusals(world->store, all, NULL, "out 1 why;");
}

/* Another process takes rows away beside the owner, while it reads them. */
static void test_undelivered__filters_and_redelivered(void **state)
{
    struct sqlite_world *world = *state;
    const struct store_refusal refusals[] = {
        {SPAN("b"), 1, SPAN("r1"), 5},
        {SPAN("a"), 3, SPAN("r2"), 5},
        {SPAN("a"), 2, SPAN("old"), 4},
        {SPAN("a"), 2, SPAN("r3"), 5}, /* refused once more: the newest reason stays */
    };
    char hex[DIGEST_HEX_LENGTH + 1];
    commit_alerts(world->store, 3);
    for (size_t i = 0; i < COUNT(refusals); i++) {
        assert_int_equal(world->store->ops->put_refusal(world->store, &refusals[i]), STATUS_OK);
    }
    assert_int_equal(world->store->ops->flush(world->store), STATUS_OK);
    struct store *beside = sqlite_world_open(world, SQLITE_STORE_AMEND);
    struct digest id = sample_digest(3 + 4000);
    digest_hex(&id, hex);
    expect_refusals(beside, (struct sqlite_undelivered_filter){.sink = SPAN("")}, NULL,
                    "a 2 r3;a 3 r2;b 1 r1;");
    expect_refusals(beside, (struct sqlite_undelivered_filter){.sink = SPAN("b")}, NULL, "b 1 r1;");
    expect_refusals(beside, (struct sqlite_undelivered_filter){.id_prefix = span_of(hex, 6)}, NULL,
                    "a 3 r2;");
    expect_refusals(beside,
                    (struct sqlite_undelivered_filter){.policy_id = SPAN("negative-quantity")},
                    NULL, "a 2 r3;");
    expect_refusals(beside, (struct sqlite_undelivered_filter){.sink = SPAN("a")}, beside,
                    "a 2 r3;a 3 r2;");
    expect_refusals(world->store, (struct sqlite_undelivered_filter){.sink = SPAN("")}, NULL,
                    "b 1 r1;");
    beside->ops->free(beside);
}

static enum status note_outdated(void *context, const struct sqlite_undelivered *undelivered)
{
    buf_printf(context, "%d%s;", (int)undelivered->alert->sequence,
               undelivered->outdated ? " outdated" : "");
    return STATUS_OK;
}

/* rule 19: a refused state is outdated once the sink has a newer one, not while that waits too. */
static void test_rule19__outdated_by_what_the_sink_has(void **state)
{
    struct sqlite_world *world = *state;
    struct store *store = world->store;
    const struct sqlite_undelivered_filter all = {.sink = SPAN("")};
    struct signal signal = sample_signal(1);
    struct alert alerts[] = {
        sample_alert(1, 7, ALERT_OPENED, signal),   /* refused; the newer one waits */
        sample_alert(2, 8, ALERT_OPENED, signal),   /* refused; the sink has the newer one */
        sample_alert(3, 8, ALERT_RESOLVED, signal),
        sample_alert(4, 9, ALERT_OPENED, signal),   /* both refused */
        sample_alert(5, 9, ALERT_RESOLVED, signal),
        sample_alert(6, 7, ALERT_RESOLVED, signal),
    };
    struct store_batch batch = sample_batch("p");
    batch.signals = &signal;
    batch.signal_count = 1;
    batch.alerts = alerts;
    batch.alert_count = COUNT(alerts);
    assert_int_equal(store->ops->commit(store, &batch), STATUS_OK);
    for (uint64_t sequence = 1; sequence <= 5; sequence++) {
        const struct store_refusal refusal = {SPAN("out"), sequence, SPAN("why"), 5};
        if (sequence != 3) {
            assert_int_equal(store->ops->put_refusal(store, &refusal), STATUS_OK);
        }
    }
    struct sink_cursor cursor = {.alert_sequence = 5};
    assert_int_equal(store->ops->set_cursor(store, SPAN("out"), &cursor), STATUS_OK);
    assert_int_equal(store->ops->flush(store), STATUS_OK);
    struct buf text = {0};
    assert_int_equal(sqlite_store_undelivered(store, &all, note_outdated, &text), STATUS_OK);
    assert_string_equal(text.ptr, "1;2 outdated;4;5;");
    buf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_cursor__rides_with_commit_or_flush),
        STORE_TEST(test_rule21__uncommitted_cursor_is_gone),
        STORE_TEST(test_rule18__refusals_ride_with_the_cursor),
        STORE_TEST(test_undelivered__filters_and_redelivered),
        STORE_TEST(test_rule19__outdated_by_what_the_sink_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
