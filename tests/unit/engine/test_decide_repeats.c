/* What decide owes to the recovery rules where signals come again and again: scripted logs, each
 * with the shortest failure that a rule prevents, and random ones with owners that come and go. */
#include "decide_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* One row a counterexample: what the log holds, what is told. */
struct row {
    const char *name;
    const char *log;
    const char *alerts;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        decide_text_check(rows[i].name, DECIDE_REPEATS, rows[i].log, rows[i].alerts);
    }
}

static void test_rule_03_below_the_floor_is_a_repeat(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a zombie, paused for longer than the horizon, goes on sending",
         "0 g 1 each o=0 s=a#1\ntick 9000 o=1 s=a#1\n0 g 1 each o=0 s=a#1",
         "opened g 1 0..0 v1.0\n"},
        {"under whatever policies: a zombie with a policy that nobody has any more",
         "tick 0 o=1 s=a#1\n0 g 7 each o=0 s=a#1 state=9", ""},
        {"at the floor it is none", "tick 0 o=1 s=a#1\n0 g 1 each o=1 s=a#1",
         "opened g 1 0..0 v2.0\n"},
        {"a lower offset after a higher one is no repeat: no high-water mark",
         "0 g 2 each o=5 s=a#1\n0 g 1 each o=3 s=a#1",
         "opened g 1 0..0 v1.0\nopened g 1 0..0 v2.0\n"},
        {"the floor of one source says nothing of another",
         "tick 0 o=9 s=a#1\n0 g 1 each o=0 s=b#1", "opened g 1 0..0 v2.0\n"},
        {"two groups of one change are two signals: the fan index tells",
         "0 g 1 each o=0 fan=0 s=a#1\n0 h 1 each o=0 fan=1 s=a#1\n0 h 1 each o=0 fan=1 s=a#1",
         "opened g 1 0..0 v1.0\nopened h 1 0..0 v2.0\n"},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_rule_04_an_id_is_kept_until_the_floor_has_passed_it(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"an old event: its horizon is over when it comes, its position not committed",
         "tick 9000 o=1 s=a#1\n0 g 1 each o=2 s=a#1\ntick 20000 o=2 s=a#1\n0 g 1 each o=2 s=a#1",
         "opened g 1 0..0 v2.0\n"},
        {"an entry a carrier: the copy of another partition is a repeat for ever",
         "0 g 1 each o=0 s=a#1\n0 g 1 each o=1 s=b#1\ntick 9000 o=1 s=a#1\n0 g 1 each o=1 s=b#1",
         "opened g 1 0..0 v1.0\n"},
        {"the highest offset that carried it counts",
         "0 g 1 each o=0 s=a#1\n0 g 1 each o=5 s=a#1\ntick 9000 o=3 s=a#1\n0 g 1 each o=5 s=a#1",
         "opened g 1 0..0 v1.0\n"},
        {"past both it is forgotten: the same finding is one again",
         "0 g 1 each o=0 s=a#1\ntick 9000 o=1 s=a#1\n0 g 1 each o=7 s=a#1",
         "opened g 1 0..0 v1.0\nopened g 1 0..0 v3.0\n"},
        {"within the horizon it is not, whatever the floor",
         "0 g 1 each o=0 s=a#1\ntick 599 o=1 s=a#1\n0 g 1 each o=7 s=a#1",
         "opened g 1 0..0 v1.0\n"},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_rule_05_ticks_alone_move_the_watermark_and_never_back(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a signal closes nothing, whatever watermark it names",
         "0 g 1 o=0 s=a#1\n5000 h 2 o=1 s=a#1 w=5000", "opened g 1 0..0 v1.0\n"
         "opened h 1 5000..5000 v2.0\n"},
        {"a late tick of an older owner takes back neither time nor floor",
         "0 g 1 o=0 s=a#1\ntick 600 o=5 s=a#1 w=600\ntick 0 o=1 s=a#1 w=0\n"
         "0 g 2 o=4 s=a#1\ntick 900 o=6 s=a#1 w=900",
         "opened g 1 0..0 v1.0\nresolved g 1 0..0 v1.2\n"},
        {"a tick of another partition closes nothing",
         "0 g 1 o=0 s=a#1\ntick 5000 o=1 s=b#1", "opened g 1 0..0 v1.0\n"},
        {"late findings join what they opened until the next tick",
         "tick 5000 o=1 s=a#1 w=5000\n0 g 1 o=2 s=a#1\n1 g 2 o=3 s=a#1\ntick 5000 o=4 s=a#1 w=5000",
         "opened g 1 0..0 v2.0\nresolved g 2 0..1 v3.2\n"},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_rule_08_a_held_match_comes_with_its_own_offset(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"released behind later ones, and released again after a crash",
         "0 g 5 each o=5 s=a#1\ntick 0 o=2 s=a#1\n0 g 2 each o=2 s=a#1\n0 g 2 each o=2 s=a#1",
         "opened g 1 0..0 v1.0\nopened g 1 0..0 v3.0\n"},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_rule_11_a_topic_made_anew_has_a_floor_of_its_own(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"below the floor of the old one",
         "tick 0 o=9 s=a/0#old\n0 g 1 each o=0 s=a/0#new", "opened g 1 0..0 v2.0\n"},
        {"its time goes on: what the old one opened still ends",
         "0 g 1 o=0 s=a/0#old\ntick 900 o=1 s=a/0#new w=900",
         "opened g 1 0..0 v1.0\nresolved g 1 0..0 v1.2\n"},
        {"another partition's does not",
         "0 g 1 o=0 s=a/0#old\ntick 900 o=1 s=a/1#new w=900", "opened g 1 0..0 v1.0\n"},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static struct signal many(uint64_t number)
{
    struct signal signal = {
        .sequence = number + 1,
        .policy_id = SPAN("p"),
        .source = SPAN("a#1"),
        .group_key = SPAN("g"),
        .episode_us = (int64_t)EPISODE_S * SECOND,
        .horizon_us = INT64_C(600) * SECOND,
        .offset = number,
    };
    memcpy(signal.finding.bytes, &number, sizeof number);
    return signal;
}

/* Two of minute 0 make a finding, three do not: what is decided before the third is wrong. */
#define TWO "0 g 1 bucket each o=0 s=e/0#1\n1 g 2 bucket each o=1 s=e/0#1\n"
#define THIRD "2 g 3 bucket each o=0 s=e/1#1\n"

static void test_rule_11_a_partition_never_heard_of_holds_closings_back(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"nobody says how many there are, as in logs of earlier versions",
         TWO "tick 200 o=2 s=e/0#1\n" THIRD "tick 200 o=1 s=e/1#1", "opened g 1 1..1 v3.0\n"},
        {"a detector has not begun yet: its partition holds the third",
         TWO "tick 200 o=2 s=e/0#1 of=2\n" THIRD "tick 200 o=1 s=e/1#1 of=2", ""},
        {"once it is heard of, time begins",
         TWO "tick 200 o=2 s=e/0#1 of=2\ntick 200 o=0 s=e/1#1 of=2", "opened g 1 1..1 v4.0\n"},
        {"but not while it has no time",
         TWO "tick 200 o=2 s=e/0#1 of=2\ntick 200 o=0 s=e/1#1 of=2 w=59", ""},
        {"a partition was added: the others tell of it before its own detector does",
         TWO "tick 50 o=2 s=e/0#1 of=1\ntick 200 o=2 s=e/0#1 of=2\n" THIRD
             "tick 200 o=1 s=e/1#1 of=2", ""},
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_rule_04_the_bound_drops_only_what_the_floor_has_passed(void **state)
{
    (void)state;
    struct decider *decider = decider_new(DECIDE_REPEATS);
    struct arena *arena = arena_new(0);
    struct alert_list alerts = {0};
    for (uint64_t i = 0; i < DECIDE_FINDINGS_MAX + 100; i++) {
        struct signal signal = many(i);
        (void)decider_fold(decider, &signal, arena, &alerts);
    }
    assert_int_equal(decider_take_counts(decider).forgotten, 0);
    assert_int_equal(decider_finding_count(decider), DECIDE_FINDINGS_MAX + 100);
    struct signal tick = many(10);
    tick.kind = SIGNAL_TICK;
    (void)decider_fold(decider, &tick, arena, &alerts);
    struct signal last = many(DECIDE_FINDINGS_MAX + 100);
    (void)decider_fold(decider, &last, arena, &alerts);
    assert_int_equal(decider_take_counts(decider).forgotten, 1);
    struct signal again = many(10);
    assert_int_equal(decider_fold(decider, &again, arena, &alerts), DECIDE_DUPLICATE);
    decider_free(&decider);
    arena_free(&arena);
}

/* -- random logs: owners come and go, and each sends from the position it began with */

enum { SOURCES = 3, RECORDS = 120, OWNERS = 3, SEEDS = 400, STEPS = 1500 };

struct record {
    uint64_t finding; /* 0: no match */
    int64_t event_us;
    bool decided;     /* it was told whether it counts */
    bool counted;
};

/* Reads a partition, sends what matches, and commits if it is the owner. */
struct owner {
    uint64_t began;
    uint64_t next;      /* record to send */
    uint64_t committed; /* the last position it committed */
};

struct partition {
    struct record records[RECORDS];
    struct owner owners[OWNERS]; /* the newest first; the others are zombies */
    uint64_t committed;
    char name[8];
};

struct world {
    uint64_t random;
    struct partition partitions[SOURCES];
    struct decider *decider;
    struct arena *arena;
    struct alert_list alerts;
    uint64_t sequence;
};

static uint64_t below(struct world *world, uint64_t bound)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (world->random >> 33) % bound;
}

static void make_records(struct world *world, bool copies)
{
    uint64_t finding = 1;
    for (size_t s = 0; s < SOURCES; s++) {
        struct partition *partition = &world->partitions[s];
        memcpy(partition->name, "e/0#id", 7);
        partition->name[2] = (char)('0' + s);
        for (uint64_t i = 0; i < RECORDS; i++) {
            struct record *record = &partition->records[i];
            record->event_us = (int64_t)(i * 20 + below(world, 100)) * SECOND;
            record->finding = below(world, 3) ? finding++ : 0;
            if (copies && s > 0 && below(world, 4) == 0) { /* the same change in two partitions */
                *record = world->partitions[s - 1].records[i];
            }
        }
    }
}

static enum decide_outcome send(struct world *world, size_t s, struct signal signal)
{
    signal.source = span_view(world->partitions[s].name);
    signal.sequence = ++world->sequence;
    return decider_fold(world->decider, &signal, world->arena, &world->alerts);
}

static void send_record(struct world *world, size_t s, uint64_t offset)
{
    struct record *record = &world->partitions[s].records[offset];
    if (record->finding == 0) {
        return;
    }
    struct signal signal = {
        .policy_id = SPAN("p"), .group_key = SPAN("g"), .body = SPAN("{}"), .offset = offset,
        .event_time_us = record->event_us, .watermark_us = INT64_MIN,
        .horizon_us = INT64_C(60) * SECOND};
    memcpy(signal.finding.bytes, &record->finding, sizeof record->finding);
    bool counts = send(world, s, signal) == DECIDE_OPENED;
    assert_false(counts && record->decided); /* what was told once is never told otherwise */
    record->counted = record->counted || counts;
    record->decided = true;
}

/* A tick as of a committed position: the newest event time below it. */
static void send_tick(struct world *world, size_t s, uint64_t position)
{
    struct signal tick = {.kind = SIGNAL_TICK, .offset = position, .watermark_us = INT64_MIN};
    for (uint64_t i = 0; i < position; i++) {
        int64_t event_us = world->partitions[s].records[i].event_us;
        tick.watermark_us = event_us > tick.watermark_us ? event_us : tick.watermark_us;
    }
    if (position > 0) {
        (void)send(world, s, tick);
    }
}

/* The owner is replaced and goes on as a zombie; the new one begins with the tick of its start. */
static void take_over(struct world *world, size_t s)
{
    struct partition *partition = &world->partitions[s];
    memmove(partition->owners + 1, partition->owners, (OWNERS - 1) * sizeof *partition->owners);
    partition->owners[0] = (struct owner){
        .began = partition->committed, .next = partition->committed,
        .committed = partition->committed};
    send_tick(world, s, partition->committed);
}

static void step(struct world *world, size_t s)
{
    struct partition *partition = &world->partitions[s];
    size_t number = below(world, 3) ? 0 : below(world, OWNERS);
    struct owner *owner = &partition->owners[number];
    switch (below(world, 8)) {
    case 0: take_over(world, s); break;
    case 1:
    case 2:
        if (number == 0 && owner->next > partition->committed) {
            partition->committed += 1 + below(world, owner->next - partition->committed);
            owner->committed = partition->committed;
        }
        send_tick(world, s, owner->committed); /* a zombie's comes late */
        break;
    case 3: /* the producer repeats, in any order */
        if (owner->next > owner->began) {
            send_record(world, s, owner->began + below(world, owner->next - owner->began));
        }
        break;
    default:
        if (owner->next < RECORDS) {
            send_record(world, s, owner->next++);
        }
        break;
    }
}

static void run_world(struct world *world, uint64_t seed, bool copies)
{
    *world = (struct world){
        .random = seed, .decider = decider_new(DECIDE_REPEATS), .arena = arena_new(0)};
    make_records(world, copies);
    for (size_t i = 0; i < STEPS; i++) {
        step(world, below(world, SOURCES));
    }
    for (size_t s = 0; s < SOURCES; s++) { /* at rest: all is sent */
        for (struct owner *last = world->partitions[s].owners; last->next < RECORDS;) {
            send_record(world, s, last->next++);
        }
    }
}

static void end_world(struct world *world)
{
    decider_free(&world->decider);
    arena_free(&world->arena);
}

static void test_rules_03_04_every_finding_counts_once_whoever_sends_it(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct world world;
        run_world(&world, seed, false);
        uint64_t below_floor = decider_take_counts(world.decider).below_floor;
        assert_true(below_floor > 0);
        for (size_t s = 0; s < SOURCES; s++) {
            for (size_t i = 0; i < RECORDS; i++) {
                const struct record *record = &world.partitions[s].records[i];
                assert_int_equal(record->counted, record->finding != 0);
            }
        }
        end_world(&world);
    }
}

static bool any_counted(const struct world *world, uint64_t finding)
{
    for (size_t s = 0; s < SOURCES; s++) {
        for (size_t i = 0; i < RECORDS; i++) {
            const struct record *record = &world->partitions[s].records[i];
            if (record->finding == finding && record->counted) {
                return true;
            }
        }
    }
    return false;
}

static void test_rule_04_of_copies_in_two_partitions_each_is_judged_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct world world;
        run_world(&world, seed, true);
        for (size_t s = 0; s < SOURCES; s++) {
            for (size_t i = 0; i < RECORDS; i++) {
                const struct record *record = &world.partitions[s].records[i];
                assert_true(record->finding == 0 || any_counted(&world, record->finding));
            }
        }
        end_world(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_03_below_the_floor_is_a_repeat),
        cmocka_unit_test(test_rule_04_an_id_is_kept_until_the_floor_has_passed_it),
        cmocka_unit_test(test_rule_05_ticks_alone_move_the_watermark_and_never_back),
        cmocka_unit_test(test_rule_08_a_held_match_comes_with_its_own_offset),
        cmocka_unit_test(test_rule_11_a_topic_made_anew_has_a_floor_of_its_own),
        cmocka_unit_test(test_rule_11_a_partition_never_heard_of_holds_closings_back),
        cmocka_unit_test(test_rule_04_the_bound_drops_only_what_the_floor_has_passed),
        cmocka_unit_test(test_rules_03_04_every_finding_counts_once_whoever_sends_it),
        cmocka_unit_test(test_rule_04_of_copies_in_two_partitions_each_is_judged_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
