/* Recovery of decide by its rules (docs/RECOVERY.md, part B): scripted, and random crashes with
 * everything on its way. */
#include "decide_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SECOND = 1000000 };

static struct signal finding(unsigned number, const char *group)
{
    struct signal signal = {
        .policy_id = SPAN("p"), .severity = SPAN("high"), .body = SPAN("{}"),
        .source = SPAN("e/0#x"), .group_key = span_view(group), .offset = number,
        .event_time_us = (int64_t)number * SECOND, .watermark_us = INT64_MIN,
        .episode_us = INT64_C(900) * SECOND, .horizon_us = INT64_C(600) * SECOND};
    signal.finding.bytes[0] = (unsigned char)number;
    return signal;
}

/* A log of findings of groups of their own: each opens an alert. */
static struct world *world_of(unsigned findings)
{
    static const char *const groups[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct world *world = world_new(1);
    for (unsigned i = 0; i < findings; i++) {
        world_log(world, finding(i + 1, groups[i]));
    }
    return world;
}

/* Folds `count` records, all durable. */
static void fold(struct owner *owner, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(owner_fold(owner));
    }
    owner_arrive_all(owner);
}

static void snapshot(struct owner *owner)
{
    decide_part_snapshot(owner->part);
    while (owner_send_state(owner)) {
        owner_arrive_all(owner);
    }
}

static void test_rule_13_manifest_waits_for_the_alerts_below_it(void **state)
{
    (void)state;
    struct world *world = world_of(3);
    static struct owner owner;
    owner = owner_opened(world);
    assert_true(owner_fold(&owner));
    assert_true(owner_fold(&owner));
    assert_int_equal(owner.way_count, 2);
    decide_part_snapshot(owner.part);
    assert_true(owner_send_state(&owner)); /* the chunk */
    owner_arrive(&owner, 2);
    assert_false(owner_send_state(&owner)); /* no manifest: two alerts are on their way */
    owner_arrive(&owner, 1);
    assert_false(owner_send_state(&owner));
    owner_crash(&owner, 0); /* the first alert is lost */
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 0);
    owner_finish(&owner);
    world_check_alerts(world);
    owner_crash(&owner, 0);
    world_free(&world);
}

static void test_rule_13_output_position_waits_for_the_alerts_below_it(void **state)
{
    (void)state;
    struct world *world = world_of(3);
    static struct owner owner;
    owner = owner_opened(world);
    assert_true(owner_fold(&owner));
    assert_true(owner_fold(&owner));
    assert_false(decide_part_may_commit(owner.part));
    owner_arrive(&owner, 1); /* the second is durable, the first is not */
    assert_false(decide_part_may_commit(owner.part));
    owner_arrive(&owner, 0);
    assert_true(decide_part_may_commit(owner.part));
    assert_int_equal(decide_part_output(owner.part), 2);
    owner_crash(&owner, 0);
    world_free(&world);
}

static void test_rule_14_muted_is_what_lies_below_the_committed_position_alone(void **state)
{
    (void)state;
    struct world *world = world_of(4);
    static struct owner owner;
    owner = owner_opened(world);
    fold(&owner, 2);
    owner_commit(&owner, true, true);
    owner_fold(&owner);
    owner_crash(&owner, 0); /* the third is folded and lost, and in the log at the next start */
    owner = owner_opened(world);
    assert_true(decide_part_is_muted(owner.part));
    owner_finish(&owner);
    assert_int_equal(world->alert_count, 4); /* two muted, two sent */
    world_check_alerts(world);
    owner_crash(&owner, 0);
    world_free(&world);
}

static void test_rule_14_a_lost_output_position_repeats_and_loses_nothing(void **state)
{
    (void)state;
    struct world *world = world_of(4);
    static struct owner owner;
    owner = owner_opened(world);
    fold(&owner, 2);
    snapshot(&owner);
    owner_crash(&owner, 0);
    world->has_committed = false;
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 2); /* the state's position is its own */
    owner_finish(&owner);
    world_check_alerts(world);
    owner_crash(&owner, 0);
    world_free(&world);
}

static void test_rule_15_the_highest_place_counts_not_the_last_written(void **state)
{
    (void)state;
    struct world *world = world_of(4);
    static struct owner zombie;
    static struct owner owner;
    zombie = owner_opened(world);
    fold(&zombie, 1);
    owner = owner_opened(world); /* it takes over, the zombie goes on and is faster */
    fold(&zombie, 2);
    snapshot(&zombie);
    fold(&owner, 1);
    snapshot(&owner);
    owner_crash(&owner, 0);
    world->low = 3;
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 3);
    owner_finish(&owner);
    world_check_alerts(world);
    owner_crash(&owner, 0);
    owner_crash(&zombie, 0);
    world_free(&world);
}

static void test_rule_15_a_crash_while_overwriting_leaves_the_other_slot(void **state)
{
    (void)state;
    struct world *world = world_of(5);
    static struct owner owner;
    owner = owner_opened(world);
    for (int i = 0; i < 2; i++) {
        fold(&owner, 1);
        snapshot(&owner);
    }
    world->low = 2;
    fold(&owner, 1);
    decide_part_snapshot(owner.part);
    assert_true(owner_send_state(&owner));
    owner_crash(&owner, 1); /* a chunk of the third over the first */
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 2);
    owner_finish(&owner);
    world_check_alerts(world);
    owner_crash(&owner, 0);
    world_free(&world);
}

/* What a slot of the state topic holds last, by the end of its key. */
static const struct snapshot_record *last_of(const struct world *world, const char *key)
{
    const struct snapshot_record *last = NULL;
    for (size_t i = 0; i < world->state_count; i++) {
        const struct snapshot_record *record = &world->state[i].record;
        last = span_equals(record->key, span_view(key)) ? record : last;
    }
    return last;
}

static void test_rule_15_a_chunk_of_another_snapshot_does_not_match_the_checksum(void **state)
{
    (void)state;
    struct world *world = world_of(4);
    static struct owner owner;
    owner = owner_opened(world);
    fold(&owner, 1);
    snapshot(&owner);
    fold(&owner, 1);
    snapshot(&owner);
    owner_crash(&owner, 0);
    /* the chunk of slot 0 behind the manifest of slot 1: of the right length and readable */
    struct span other = last_of(world, "0/w0/0/0")->value;
    struct span own = last_of(world, "0/w0/1/0")->value;
    char *torn = (char *)(uintptr_t)arena_copy(world->arena, own).ptr;
    torn[own.len - 1] ^= 1;
    world_put_state(world, SPAN("0/w0/1/0"), span_of(torn, own.len), false);
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 1);
    owner_crash(&owner, 0);
    world_put_state(world, SPAN("0/w0/1/0"), other, false);
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 1);
    owner_crash(&owner, 0);
    world_put_state(world, SPAN("0/w0/1/0"), span_of(NULL, 0), true); /* missing */
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 1);
    owner_crash(&owner, 0);
    world_put_state(world, SPAN("0/w0/1/0"), own, false); /* whole again */
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 2);
    owner_crash(&owner, 0);
    world_free(&world);
}

static void test_rule_15_what_others_left_goes_once_an_own_manifest_is_durable(void **state)
{
    (void)state;
    struct world *world = world_of(6);
    static struct owner owner;
    static struct owner ahead;
    owner = owner_opened(world); /* w0 writes two */
    fold(&owner, 1);
    snapshot(&owner);
    fold(&owner, 1);
    snapshot(&owner);
    ahead = owner_opened(world);
    owner_crash(&owner, 0);
    fold(&ahead, 2);
    snapshot(&ahead); /* w1 must not touch what w0 may still write to */
    assert_false(last_of(world, "0/w0/0/manifest")->tombstone);
    world->now_us = SNAPSHOT_STALE_US;
    fold(&ahead, 1);
    snapshot(&ahead);
    assert_true(last_of(world, "0/w0/0/manifest")->tombstone);
    assert_true(last_of(world, "0/w0/0/0")->tombstone);
    assert_true(last_of(world, "0/w0/1/manifest")->tombstone);
    assert_true(last_of(world, "0/w0/1/0")->tombstone);
    owner = owner_opened(world); /* w2 begins with what w1 wrote, and keeps it while it is higher */
    assert_int_equal(decide_part_start(owner.part), 5);
    assert_false(decide_part_may_snapshot(owner.part));
    world->now_us += SNAPSHOT_STALE_US;
    fold(&owner, 1);
    decide_part_snapshot(owner.part);
    assert_true(owner_send_state(&owner));
    owner_arrive_all(&owner);
    assert_true(owner_send_state(&owner)); /* the manifest is on its way: nothing goes yet */
    assert_false(owner_send_state(&owner));
    owner_arrive_all(&owner);
    assert_true(owner_send_state(&owner));
    owner_arrive_all(&owner);
    assert_true(last_of(world, "0/w1/0/manifest")->tombstone); /* it goes first */
    assert_false(last_of(world, "0/w1/0/0")->tombstone);
    owner_crash(&owner, 0);
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 6);
    owner_crash(&owner, 0);
    owner_crash(&ahead, 0);
    world_free(&world);
}

static void test_rule_16_a_log_cut_behind_the_snapshot_is_refused(void **state)
{
    (void)state;
    struct world *world = world_of(4);
    static struct owner owner;
    owner = owner_opened(world);
    fold(&owner, 2);
    snapshot(&owner);
    owner_crash(&owner, 0);
    world->low = 2;
    owner = owner_opened(world);
    owner_crash(&owner, 0);
    world->low = 3;
    owner_assert_refused(world, STATUS_END,
                         "holds offsets 3 to 4, and its newest snapshot is of 2");
    world->state_count = 0;
    owner_assert_refused(world, STATUS_END, "there is no snapshot, so it starts at 0");
    world_free(&world);
}

static void test_rule_16_a_log_shorter_than_the_snapshot_is_refused(void **state)
{
    (void)state;
    struct world *world = world_of(4);
    static struct owner owner;
    owner = owner_opened(world);
    fold(&owner, 4);
    snapshot(&owner);
    owner_crash(&owner, 0);
    world->high = 3;
    owner_assert_refused(world, STATUS_END, "holds offsets 0 to 3");
    world_free(&world);
}

static void test_rule_10_an_edit_between_crash_and_replay_changes_nothing(void **state)
{
    (void)state;
    struct world *world = world_of(1);
    static struct owner owner;
    owner = owner_opened(world);
    assert_true(owner_fold(&owner));
    owner_crash(&owner, 0); /* before its alert was written */
    struct signal edited = finding(60, "a"); /* the same state, under another version */
    edited.policy_version.bytes[0] = 1;
    edited.episode_us = INT64_C(30) * SECOND;
    world_log(world, edited);
    owner = owner_opened(world);
    owner_finish(&owner);
    world_check_alerts(world);
    assert_int_equal(world->alert_count, 1); /* it lasts as long as the first one said */
    owner_crash(&owner, 0);
    world_free(&world);
}

static void test_rule_11_a_log_made_anew_or_with_other_partitions_is_refused(void **state)
{
    (void)state;
    struct world *world = world_of(2);
    static struct owner owner;
    owner = owner_opened(world);
    fold(&owner, 2);
    snapshot(&owner);
    owner_crash(&owner, 0);
    world->topic_id = SPAN("other");
    owner_assert_refused(world, STATUS_CONFLICT, "of topic id other with 1 partitions");
    world->topic_id = SPAN("id");
    world->partitions = 2;
    owner_assert_refused(world, STATUS_CONFLICT, "its snapshots are of id with 1");
    world->partitions = 1;
    world->topic_id = SPAN("other");
    world->state_count = 0;
    world->has_committed = true;
    owner_assert_refused(world, STATUS_CONFLICT, "its committed position of id");
    world_free(&world);
}

static void test_decide_part__a_snapshot_of_a_later_version_is_not_passed_over(void **state)
{
    (void)state;
    struct world *world = world_of(2);
    struct buf bytes = {0};
    struct buf manifest = {0};
    struct decider *decider = decider_new(DECIDE_REPEATS);
    decider_save(decider, &bytes);
    bytes.ptr[8]++;
    struct snapshot_manifest told = snapshot_manifest_of(buf_view(&bytes), 2, SPAN("id"), 1);
    snapshot_manifest_write(&told, &manifest);
    world_put_state(world, SPAN("0/later/0/0"), buf_view(&bytes), false);
    world_put_state(world, SPAN("0/later/0/manifest"), buf_view(&manifest), false);
    owner_assert_refused(world, STATUS_UNAVAILABLE, "it was written by a later version");
    /* an older one beside it is taken, and the later one is kept: its version may come back */
    static struct owner owner;
    bytes.ptr[8]--;
    told = snapshot_manifest_of(buf_view(&bytes), 1, SPAN("id"), 1);
    buf_clear(&manifest);
    snapshot_manifest_write(&told, &manifest);
    world_put_state(world, SPAN("0/older/0/0"), buf_view(&bytes), false);
    world_put_state(world, SPAN("0/older/0/manifest"), buf_view(&manifest), false);
    owner = owner_opened(world);
    assert_int_equal(decide_part_start(owner.part), 1);
    world->now_us = SNAPSHOT_STALE_US;
    fold(&owner, 1);
    snapshot(&owner);
    assert_true(last_of(world, "0/older/0/manifest")->tombstone);
    assert_false(last_of(world, "0/later/0/manifest")->tombstone);
    owner_crash(&owner, 0);
    buf_deinit(&bytes);
    buf_deinit(&manifest);
    decider_free(&decider);
    world_free(&world);
}

/* -- random crashes */

enum { SEEDS = 250, STEPS = 500, RECORDS = 60, STEP_US = 5 * SECOND };

static void act(struct owner *owner, bool is_member)
{
    struct world *world = owner->world;
    switch (world_random(world, 8)) {
    case 0:
    case 1:
    case 2: (void)owner_fold(owner); break;
    case 3:
    case 4:
        if (owner->way_count > 0) {
            owner_arrive(owner, world_random(world, owner->way_count));
        }
        break;
    case 5: owner_commit(owner, is_member, world_random(world, 3) > 0); break;
    case 6:
        if (decide_part_may_snapshot(owner->part) && world_random(world, 2)) {
            decide_part_snapshot(owner->part);
        }
        break;
    default: (void)owner_send_state(owner); break;
    }
}

/* The log may be cut up to the highest place of which a snapshot was whole. */
static void cut(struct world *world)
{
    if (world->manifest_highest > world->low) {
        world->low += world_random(world, world->manifest_highest - world->low + 1);
    }
}

/* An owner crashes, or gives way to another: now and then; always before others take it for gone,
 * and when the log does not hold any more what it reads next. */
static void replace(struct owner *owner)
{
    struct world *world = owner->world;
    if (world_random(world, 50) == 0 || decide_part_next(owner->part) < world->low ||
        world->now_us - owner->opened_us > SNAPSHOT_STALE_US - 10 * STEP_US) {
        owner_crash(owner, world_random(world, owner->way_count + 1));
        *owner = owner_opened(world);
    }
}

static void test_rules_13_to_16_random_crashes_lose_and_change_nothing(void **state)
{
    (void)state;
    size_t cuts = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct owner owners[2]; /* the member, and a zombie */
        struct world *world = world_new(seed);
        world_log_random(world, RECORDS);
        owners[0] = owner_opened(world);
        owners[1] = owner_opened(world);
        for (size_t step = 0; step < STEPS; step++) {
            world->now_us += STEP_US;
            act(&owners[world_random(world, 3) == 0], true);
            if (world_random(world, 60) == 0) {
                cut(world);
            }
            replace(&owners[0]);
            replace(&owners[1]);
            if (world_random(world, 40) == 0) {
                world->has_committed = false;
            }
        }
        cuts += world->low > 0;
        owner_crash(&owners[0], 0);
        owner_crash(&owners[1], 0);
        owners[0] = owner_opened(world);
        owner_finish(&owners[0]);
        world_check_alerts(world);
        owner_crash(&owners[0], 0);
        world_free(&world);
    }
    assert_true(cuts > SEEDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_13_manifest_waits_for_the_alerts_below_it),
        cmocka_unit_test(test_rule_13_output_position_waits_for_the_alerts_below_it),
        cmocka_unit_test(test_rule_14_muted_is_what_lies_below_the_committed_position_alone),
        cmocka_unit_test(test_rule_14_a_lost_output_position_repeats_and_loses_nothing),
        cmocka_unit_test(test_rule_15_the_highest_place_counts_not_the_last_written),
        cmocka_unit_test(test_rule_15_a_crash_while_overwriting_leaves_the_other_slot),
        cmocka_unit_test(test_rule_15_a_chunk_of_another_snapshot_does_not_match_the_checksum),
        cmocka_unit_test(test_rule_15_what_others_left_goes_once_an_own_manifest_is_durable),
        cmocka_unit_test(test_rule_16_a_log_cut_behind_the_snapshot_is_refused),
        cmocka_unit_test(test_rule_16_a_log_shorter_than_the_snapshot_is_refused),
        cmocka_unit_test(test_rule_10_an_edit_between_crash_and_replay_changes_nothing),
        cmocka_unit_test(test_rule_11_a_log_made_anew_or_with_other_partitions_is_refused),
        cmocka_unit_test(test_decide_part__a_snapshot_of_a_later_version_is_not_passed_over),
        cmocka_unit_test(test_rules_13_to_16_random_crashes_lose_and_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
