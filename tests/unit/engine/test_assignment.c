/* An assignment: what its commits and ticks say. Tests that stand for a rule of docs/RECOVERY.md
 * name it. */
#include "engine/assignment.h"
#include "engine/assignment_start.h"
#include "engine/commit_metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { TELLS = 2 };
static const int64_t second_us = 1000000;
static const struct digest set_a = {{1}};
static const struct digest set_b = {{2}};

/* `epoch`: of the assignment before it. */
static struct assignment *new_assignment_after(const char *identity, uint32_t epoch)
{
    const struct assignment_options options = {
        .topic = SPAN("events"),
        .identity = span_view(identity),
        .partition = 3,
        .tells = TELLS,
        .idle_after_us = 60 * second_us,
        .epoch = epoch,
    };
    return assignment_new(&options);
}

static struct assignment *new_assignment(const char *identity)
{
    return new_assignment_after(identity, 0);
}

/* The tick arrives everywhere. */
static void tell(struct assignment *assignment)
{
    struct frontier_token token = frontier_token_unpack(assignment_tick_token(assignment));
    for (size_t i = 0; i < TELLS; i++) {
        assignment_deliver(assignment, token, true);
    }
}

static void begin(struct assignment *assignment, int64_t position, struct span metadata,
                  const struct digest *revision)
{
    assert_int_equal(assignment_begin(assignment, position, metadata, revision), STATUS_OK);
    tell(assignment);
}

static void see(struct assignment *assignment, const char *shard, int64_t time_s)
{
    assignment_count(assignment, ASSIGNMENT_EVALUATED);
    assignment_see(assignment, span_view(shard), time_s * second_us, time_s * second_us);
}

static struct frontier_token add(struct assignment *assignment, int64_t end, uint32_t deliveries)
{
    return frontier_token_unpack(assignment_add(assignment, end, deliveries));
}

/* Commits all that is settled and has it told; the metadata in *text. */
static void commit(struct assignment *assignment, struct buf *text)
{
    const struct frontier *frontier = assignment_frontier(assignment);
    buf_clear(text);
    assert_true(frontier_may_commit(frontier));
    (void)assignment_commit(assignment, text);
    assert_true(assignment_acknowledge(assignment, frontier->epoch, true));
    tell(assignment);
}

/* The partition went and came back while a signal was on its way: that it arrived says nothing of
 * the signal that is sent anew. */
static void rule_1_a_report_about_the_assignment_before_confirms_nothing(void **state)
{
    (void)state;
    struct assignment *before = new_assignment("T1");
    begin(before, 0, SPAN(""), &set_a);
    struct frontier_token late = add(before, 1, 1);
    uint32_t epoch = assignment_frontier(before)->epoch;
    assignment_free(&before);
    struct assignment *assignment = new_assignment_after("T1", epoch);
    begin(assignment, 0, SPAN(""), &set_a);
    struct frontier_token own = add(assignment, 1, 1);
    assignment_deliver(assignment, late, true);
    assert_false(frontier_may_commit(assignment_frontier(assignment)));
    assignment_deliver(assignment, own, true);
    assert_true(frontier_may_commit(assignment_frontier(assignment)));
    assignment_free(&assignment);
}

static void rule_5_a_tick_tells_the_committed_position_and_its_watermark(void **state)
{
    (void)state;
    struct buf text = {0};
    struct assignment *assignment = new_assignment("T1");
    begin(assignment, 0, SPAN(""), &set_a);
    see(assignment, "s", 10);
    (void)add(assignment, 1, 0);
    assert_int_equal(assignment_commit(assignment, &text), 1);
    see(assignment, "s", 90); /* settled while the commit is in flight */
    (void)add(assignment, 2, 0);
    assert_int_equal(assignment_tick(assignment, 0).offset, 0);
    assert_true(assignment_tick(assignment, 0).watermark_us == INT64_MIN);
    assert_true(assignment_acknowledge(assignment, assignment_frontier(assignment)->epoch, true));
    struct signal tick = assignment_tick(assignment, 7);
    assert_int_equal(tick.kind, SIGNAL_TICK);
    assert_int_equal(tick.offset, 1);
    assert_true(tick.watermark_us == 10 * second_us);
    assert_true(tick.detected_us == 7);
    assert_true(span_equals(tick.source, SPAN("events/3#T1")));
    assert_true(digest_equals(&tick.revision, &set_a));
    buf_deinit(&text);
    assignment_free(&assignment);
}

static void rule_6_a_new_owner_repeats_the_tick_of_its_start(void **state)
{
    (void)state;
    struct buf text = {0};
    struct assignment *old = new_assignment("T1");
    begin(old, 0, SPAN(""), &set_a);
    see(old, "s", 10);
    (void)add(old, 4, 0);
    (void)assignment_commit(old, &text); /* committed; it dies before it tells */
    struct assignment *owner = new_assignment("T1");
    assert_int_equal(assignment_begin(owner, 4, buf_view(&text), &set_b), STATUS_OK);
    struct signal tick = assignment_tick(owner, 0);
    assert_int_equal(tick.offset, 4);
    assert_true(tick.watermark_us == 10 * second_us);
    assert_true(digest_equals(&tick.revision, &set_a)); /* of the stretch below, not its own */
    assert_false(frontier_has_room(assignment_frontier(owner)));
    tell(owner);
    (void)add(owner, 5, 0);
    commit(owner, &text);
    tick = assignment_tick(owner, 0);
    assert_true(digest_equals(&tick.revision, &set_b));
    buf_deinit(&text);
    assignment_free(&old);
    assignment_free(&owner);
}

static void rule_7_a_slow_shard_seen_below_the_position_holds_the_new_owner_back(void **state)
{
    (void)state;
    struct buf text = {0};
    struct assignment *old = new_assignment("T1");
    begin(old, 0, SPAN(""), &set_a);
    see(old, "slow", 1);
    see(old, "fast", 30);
    (void)add(old, 2, 0);
    commit(old, &text);
    assert_true(assignment_tick(old, 0).watermark_us == second_us);
    struct assignment *owner = new_assignment("T1");
    begin(owner, 2, buf_view(&text), &set_a);
    see(owner, "fast", 40); /* it has never seen the slow one itself */
    (void)add(owner, 3, 0);
    commit(owner, &text);
    assert_true(assignment_tick(owner, 0).watermark_us == second_us);
    buf_deinit(&text);
    assignment_free(&old);
    assignment_free(&owner);
}

static void rule_7_the_watermark_does_not_depend_on_how_records_were_cut(void **state)
{
    (void)state;
    static const struct {
        const char *shard;
        int64_t time_s;
    } records[] = {{"a", 5}, {"b", 70}, {"a", 3}, {"c", 71}, {"b", 140}, {"c", 60}, {"a", 66}};
    enum { COUNT = sizeof records / sizeof *records };
    struct buf whole = {0};
    for (unsigned cuts = 0; cuts < 1u << (COUNT - 1); cuts++) {
        struct buf text = {0};
        struct assignment *assignment = new_assignment("T1");
        begin(assignment, 0, SPAN(""), &set_a);
        for (size_t i = 0; i < COUNT; i++) {
            see(assignment, records[i].shard, records[i].time_s);
            if (cuts >> i & 1 || i == COUNT - 1) {
                (void)add(assignment, (int64_t)i + 1, 0);
            }
        }
        commit(assignment, &text);
        if (cuts == 0) {
            buf_append(&whole, buf_view(&text));
        }
        assert_true(span_equals(buf_view(&text), buf_view(&whole)));
        buf_deinit(&text);
        assignment_free(&assignment);
    }
    buf_deinit(&whole);
}

static void rule_7_an_idle_tick_names_the_fetch_that_found_the_end(void **state)
{
    (void)state;
    struct buf text = {0};
    struct assignment *assignment = new_assignment("T1");
    begin(assignment, 0, SPAN(""), &set_a);
    see(assignment, "s", 10);
    (void)add(assignment, 2, 0);
    assert_false(assignment_idle(assignment, 2, 100 * second_us)); /* not committed yet */
    commit(assignment, &text);
    assert_false(assignment_idle(assignment, 2, 100 * second_us));
    /* the end moved: a record is there that was not read, and whoever waits ticks nothing */
    assert_false(assignment_idle(assignment, 3, 500 * second_us));
    assert_false(assignment_idle(assignment, 2, 159 * second_us));
    assert_true(assignment_idle(assignment, 2, 170 * second_us));
    assert_int_equal(assignment_tick(assignment, 0).offset, 2);
    assert_true(assignment_tick(assignment, 900 * second_us).watermark_us == 110 * second_us);
    assert_false(assignment_idle(assignment, 2, 171 * second_us)); /* the last one is untold */
    tell(assignment);
    assert_true(assignment_idle(assignment, 2, 172 * second_us));
    buf_deinit(&text);
    assignment_free(&assignment);
}

static void rule_9_a_new_set_begins_a_new_assignment_at_the_committed_position(void **state)
{
    (void)state;
    struct buf text = {0};
    struct assignment *assignment = new_assignment("T1");
    begin(assignment, 0, SPAN(""), &set_a);
    struct frontier_token late = add(assignment, 1, 1);
    assert_false(frontier_is_quiet(assignment_frontier(assignment))); /* not drained */
    assignment_deliver(assignment, late, true);
    commit(assignment, &text);
    assert_true(frontier_is_quiet(assignment_frontier(assignment)));
    assignment_end(assignment);
    assert_int_equal(assignment_begin(assignment, 1, buf_view(&text), &set_b), STATUS_OK);
    struct signal tick = assignment_tick(assignment, 0);
    assert_true(digest_equals(&tick.revision, &set_a));
    tell(assignment);
    (void)add(assignment, 2, 0);
    commit(assignment, &text);
    tick = assignment_tick(assignment, 0);
    assert_true(digest_equals(&tick.revision, &set_b));
    buf_deinit(&text);
    assignment_free(&assignment);
}

static struct assignment_start start_of(const char *topic_id, int64_t committed,
                                        struct span metadata, struct arena *arena)
{
    const struct assignment_found found = {
        .topic_id = span_view(topic_id),
        .committed = committed,
        .metadata = metadata,
        .now_us = 77,
    };
    return assignment_start_of(&found, arena);
}

static void rule_11_a_topic_made_anew_is_read_from_its_start_as_another_source(void **state)
{
    (void)state;
    struct buf text = {0};
    struct arena *arena = arena_new(0);
    struct assignment *old = new_assignment("T1");
    begin(old, 0, SPAN(""), &set_a);
    (void)add(old, 9, 0);
    commit(old, &text);
    struct assignment_start start = start_of("T2", 9, buf_view(&text), arena);
    assert_int_equal(start.kind, ASSIGNMENT_ANEW);
    assert_int_equal(start.position, 0);
    assert_true(span_equals(start.identity, SPAN("T2")));
    assert_true(span_equals(start.topic_id, SPAN("T1")));
    assert_int_equal(start.metadata.len, 0);
    struct assignment *owner = new_assignment("T2");
    assert_int_equal(assignment_begin(owner, 9, buf_view(&text), &set_a), STATUS_INVALID);
    begin(owner, start.position, start.metadata, &set_a);
    assert_false(span_equals(assignment_source(owner), assignment_source(old)));
    buf_deinit(&text);
    assignment_free(&old);
    assignment_free(&owner);
    arena_free(&arena);
}

static void rule_11_what_lies_below_a_told_floor_comes_again_under_another_name(void **state)
{
    (void)state;
    struct buf text = {0};
    struct arena *arena = arena_new(0);
    struct assignment *assignment = new_assignment("T1");
    begin(assignment, 0, SPAN(""), &set_a);
    (void)add(assignment, 9, 0);
    commit(assignment, &text);
    assignment_free(&assignment);
    /* somebody set the group's position back */
    struct assignment_start start = start_of("T1", 4, SPAN(""), arena);
    assert_int_equal(start.kind, ASSIGNMENT_REWOUND);
    assert_int_equal(start.position, 4);
    assert_true(span_equals(start.identity, SPAN("T1~77")));
    assignment = new_assignment("T1~77");
    begin(assignment, 4, start.metadata, &set_a);
    (void)add(assignment, 5, 0);
    commit(assignment, &text);
    /* and whoever comes next keeps that name */
    start = start_of("T1", 5, buf_view(&text), arena);
    assert_int_equal(start.kind, ASSIGNMENT_RESUMED);
    assert_true(span_equals(start.identity, SPAN("T1~77")));
    const struct assignment_found found = {.topic_id = SPAN("T1"), .now_us = 78};
    start = assignment_start_cut(&found, 2, arena);
    assert_true(span_equals(start.identity, SPAN("T1~78")));
    assert_int_equal(start.position, 2);
    buf_deinit(&text);
    assignment_free(&assignment);
    arena_free(&arena);
}

static void test_assignment_start__nothing_committed_starts_at_the_beginning(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct assignment_start start = start_of("T1", -1001, SPAN(""), arena);
    assert_int_equal(start.kind, ASSIGNMENT_FIRST);
    assert_int_equal(start.position, 0);
    assert_true(span_equals(start.identity, SPAN("T1")));
    arena_free(&arena);
}

static void rule_12_the_ledger_moves_with_the_position(void **state)
{
    (void)state;
    struct buf text = {0};
    struct assignment *old = new_assignment("T1");
    begin(old, 0, SPAN(""), &set_a);
    see(old, "s", 1);
    assignment_count(old, ASSIGNMENT_QUARANTINED);
    (void)add(old, 2, 0);
    commit(old, &text);
    assignment_count(old, ASSIGNMENT_SKIPPED);
    struct frontier_token lost = add(old, 3, 1);
    assert_int_equal(assignment_ledger(old).read, 2); /* not confirmed: it will be read again */
    assignment_deliver(old, lost, false);
    struct assignment *owner = new_assignment("T1");
    begin(owner, 2, buf_view(&text), &set_a);
    assignment_count(owner, ASSIGNMENT_SKIPPED);
    (void)add(owner, 3, 0);
    struct store_ledger ledger = assignment_ledger(owner);
    assert_int_equal(ledger.read, 3);
    assert_int_equal(ledger.evaluated, 1);
    assert_int_equal(ledger.quarantined, 1);
    assert_int_equal(ledger.skipped, 1);
    buf_deinit(&text);
    assignment_free(&old);
    assignment_free(&owner);
}

static void test_assignment_drop__what_was_not_added_counts_for_nothing(void **state)
{
    (void)state;
    struct assignment *assignment = new_assignment("T1");
    begin(assignment, 0, SPAN(""), &set_a);
    see(assignment, "s", 1);
    assignment_drop(assignment);
    (void)add(assignment, 1, 0);
    assert_int_equal(assignment_ledger(assignment).read, 0);
    assignment_free(&assignment);
}

static void test_commit_metadata__comes_back_as_it_was(void **state)
{
    (void)state;
    struct buf text = {0};
    struct shard_clock *clock = shard_clock_new(0);
    struct commit_metadata read = {0};
    const struct commit_metadata said = {
        .identity = SPAN("q-7_Zx~1767225600000000"),
        .revision = set_b,
        .ledger = {UINT64_MAX, 1, 0, 20},
    };
    shard_clock_see(clock, SPAN("shardId-000000000001"), 5, 6);
    commit_metadata_encode(&said, clock, &text);
    assert_int_equal(commit_metadata_decode(buf_view(&text), &read), STATUS_OK);
    assert_true(span_equals(read.identity, said.identity));
    assert_true(digest_equals(&read.revision, &said.revision));
    assert_memory_equal(&read.ledger, &said.ledger, sizeof said.ledger);
    shard_clock_reset(clock);
    assert_int_equal(shard_clock_decode(clock, read.shards), STATUS_OK);
    assert_true(shard_clock_watermark(clock) == 5);
    buf_deinit(&text);
    shard_clock_free(&clock);
}

static void test_commit_metadata__fits_with_any_number_of_shards(void **state)
{
    (void)state;
    const struct commit_metadata said = {
        .identity = SPAN("0123456789012345678901234567890123456789012345678901234567890123"),
        .ledger = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
    };
    struct shard_clock *clock = shard_clock_new(0);
    for (unsigned i = 0; i < 600; i++) {
        char name[16];
        struct buf text = {0};
        struct commit_metadata read;
        int length = snprintf(name, sizeof name, "shard-%u", i);
        shard_clock_see(clock, span_of(name, (size_t)length), i, INT64_C(1767225600000000) + i);
        commit_metadata_encode(&said, clock, &text);
        assert_true(text.len <= COMMIT_METADATA_BYTES_MAX);
        assert_int_equal(commit_metadata_decode(buf_view(&text), &read), STATUS_OK);
        buf_deinit(&text);
    }
    shard_clock_free(&clock);
}

static void test_commit_metadata_decode__refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", " ", "1", "2 T 01000000000000000000000000000000 0 0 0 0 x",
        "1  01000000000000000000000000000000 0 0 0 0 x",
        "1 T/ 01000000000000000000000000000000 0 0 0 0 x",
        "1 T 0100000000000000000000000000000 0 0 0 0 x",
        "1 T 01000000000000000000000000000000 0 0 0",
        "1 T 01000000000000000000000000000000 00 0 0 0 x",
        "1 T 01000000000000000000000000000000 0 -1 0 0 x",
        "1 T 01000000000000000000000000000000 0 0 18446744073709551616 0 x",
        "1 T 01000000000000000000000000000000 0  0 0 x",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct commit_metadata read;
        assert_int_equal(commit_metadata_decode(span_view(texts[i]), &read), STATUS_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_1_a_report_about_the_assignment_before_confirms_nothing),
        cmocka_unit_test(rule_5_a_tick_tells_the_committed_position_and_its_watermark),
        cmocka_unit_test(rule_6_a_new_owner_repeats_the_tick_of_its_start),
        cmocka_unit_test(rule_7_a_slow_shard_seen_below_the_position_holds_the_new_owner_back),
        cmocka_unit_test(rule_7_the_watermark_does_not_depend_on_how_records_were_cut),
        cmocka_unit_test(rule_7_an_idle_tick_names_the_fetch_that_found_the_end),
        cmocka_unit_test(rule_9_a_new_set_begins_a_new_assignment_at_the_committed_position),
        cmocka_unit_test(rule_11_a_topic_made_anew_is_read_from_its_start_as_another_source),
        cmocka_unit_test(rule_11_what_lies_below_a_told_floor_comes_again_under_another_name),
        cmocka_unit_test(rule_12_the_ledger_moves_with_the_position),
        cmocka_unit_test(test_assignment_start__nothing_committed_starts_at_the_beginning),
        cmocka_unit_test(test_assignment_drop__what_was_not_added_counts_for_nothing),
        cmocka_unit_test(test_commit_metadata__comes_back_as_it_was),
        cmocka_unit_test(test_commit_metadata__fits_with_any_number_of_shards),
        cmocka_unit_test(test_commit_metadata_decode__refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
