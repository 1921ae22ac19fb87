/* The frontier of a source partition. Tests that stand for a rule of docs/RECOVERY.md name it. */
#include "engine/frontier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { TELLS = 2 };

/* Running at `position`. */
static uint32_t run_from(struct frontier *frontier, int64_t position)
{
    uint32_t epoch = frontier_begin(frontier, position, TELLS);
    for (size_t i = 0; i < TELLS; i++) {
        frontier_deliver(frontier, epoch, FRONTIER_TICK, true);
    }
    assert_int_equal(frontier->phase, FRONTIER_RUNNING);
    return epoch;
}

/* Everything that can be settled is; gives how many stretches. */
static size_t settle(struct frontier *frontier)
{
    size_t slot;
    size_t count = 0;
    while (frontier_settle(frontier, &slot)) {
        frontier_pass(frontier, frontier->confirmed); /* nothing is held back */
        count++;
    }
    return count;
}

static void rule_1_nothing_is_committed_before_all_below_it_is_confirmed(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 10);
    size_t first = frontier_add(&frontier, 12, 2);
    size_t second = frontier_add(&frontier, 15, 1);
    assert_false(frontier_may_commit(&frontier));
    frontier_deliver(&frontier, epoch, second, true);
    assert_int_equal(settle(&frontier), 0); /* the report of the first is what counts */
    frontier_deliver(&frontier, epoch, first, true);
    assert_int_equal(settle(&frontier), 0);
    assert_false(frontier_may_commit(&frontier));
    frontier_deliver(&frontier, epoch, first, true);
    assert_int_equal(settle(&frontier), 2);
    assert_int_equal(frontier.settled, 15);
    assert_true(frontier_may_commit(&frontier));
}

static void rule_1_a_report_that_never_comes_holds_the_position(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 0);
    size_t lost = frontier_add(&frontier, 1, 1);
    for (int64_t end = 2; end <= FRONTIER_STRETCHES_MAX; end++) {
        frontier_deliver(&frontier, epoch, frontier_add(&frontier, end, 1), true);
        assert_int_equal(settle(&frontier), 0);
    }
    assert_int_equal(frontier.settled, 0);
    assert_false(frontier_has_room(&frontier)); /* nor does memory grow */
    frontier_deliver(&frontier, epoch, lost, true);
    assert_int_equal(settle(&frontier), FRONTIER_STRETCHES_MAX);
    assert_int_equal(frontier.settled, FRONTIER_STRETCHES_MAX);
}

static void rule_1_one_commit_is_in_flight(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 0);
    (void)frontier_add(&frontier, 1, 0);
    assert_int_equal(settle(&frontier), 1);
    frontier_commit(&frontier);
    (void)frontier_add(&frontier, 2, 0);
    assert_int_equal(settle(&frontier), 1);
    assert_int_equal(frontier.settled, 2);
    assert_false(frontier_may_commit(&frontier));
    assert_true(frontier_acknowledge(&frontier, epoch, true, TELLS));
    assert_int_equal(frontier.committed, 1); /* what was sent, not what was settled since */
}

static void rule_1_a_refused_commit_counts_for_nothing_and_is_tried_again(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 0);
    (void)frontier_add(&frontier, 1, 0);
    (void)settle(&frontier);
    frontier_commit(&frontier);
    assert_false(frontier_acknowledge(&frontier, epoch, false, TELLS));
    assert_int_equal(frontier.committed, 0);
    assert_int_equal(frontier.untold, 0);
    assert_true(frontier_may_commit(&frontier));
}

static void rule_1_a_late_answer_of_an_ended_assignment_is_ignored(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t old = run_from(&frontier, 0);
    (void)frontier_add(&frontier, 5, 0);
    (void)settle(&frontier);
    frontier_commit(&frontier);
    frontier_end(&frontier);
    uint32_t epoch = run_from(&frontier, 2);
    (void)frontier_add(&frontier, 3, 0);
    (void)settle(&frontier);
    frontier_commit(&frontier);
    assert_false(frontier_acknowledge(&frontier, old, true, TELLS));
    assert_true(frontier.committing);
    assert_int_equal(frontier.committed, 2);
    assert_true(frontier_acknowledge(&frontier, epoch, true, TELLS));
    assert_int_equal(frontier.committed, 3);
}

static void rule_1_late_reports_of_an_ended_assignment_are_ignored(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t old = run_from(&frontier, 0);
    size_t slot = frontier_add(&frontier, 1, 1);
    frontier_end(&frontier);
    frontier_deliver(&frontier, old, slot, true); /* nobody's */
    assert_int_equal(frontier.phase, FRONTIER_FREE);
    uint32_t epoch = run_from(&frontier, 0);
    assert_int_not_equal(epoch, old);
    assert_int_equal(frontier_add(&frontier, 1, 1), slot);
    frontier_deliver(&frontier, old, slot, true);
    frontier_deliver(&frontier, old, slot, false);
    frontier_deliver(&frontier, old, FRONTIER_TICK, true);
    assert_int_equal(settle(&frontier), 0);
    assert_int_equal(frontier.phase, FRONTIER_RUNNING);
}

static void rule_2_a_failed_delivery_ends_the_assignment(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 0);
    size_t lost = frontier_add(&frontier, 1, 1);
    size_t later = frontier_add(&frontier, 2, 1);
    frontier_deliver(&frontier, epoch, lost, false);
    assert_int_equal(frontier.phase, FRONTIER_FAILED);
    frontier_deliver(&frontier, epoch, later, true);
    frontier_deliver(&frontier, epoch, lost, true); /* too late to be believed */
    assert_int_equal(settle(&frontier), 0);
    assert_false(frontier_may_commit(&frontier));
    assert_false(frontier_has_room(&frontier));
    frontier_end(&frontier);
    assert_int_not_equal(run_from(&frontier, 0), epoch);
    assert_int_equal(frontier.read, 0); /* from the committed position */
}

static void rule_2_a_commit_in_flight_is_awaited_before_a_new_beginning(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 0);
    (void)frontier_add(&frontier, 1, 0);
    (void)settle(&frontier);
    frontier_commit(&frontier);
    frontier_deliver(&frontier, epoch, frontier_add(&frontier, 2, 1), false);
    assert_int_equal(frontier.phase, FRONTIER_FAILED);
    assert_true(frontier.committing);
    assert_false(frontier_acknowledge(&frontier, epoch, true, TELLS)); /* told by the next start */
    assert_false(frontier.committing);
    assert_int_equal(frontier.committed, 1);
}

static void rule_5_no_tick_before_the_commit_is_acknowledged(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 0);
    (void)frontier_add(&frontier, 4, 0);
    (void)settle(&frontier);
    assert_false(frontier_is_quiet(&frontier)); /* settled, not committed: an idle tick would lie */
    frontier_commit(&frontier);
    assert_false(frontier_is_quiet(&frontier));
    assert_int_equal(frontier.committed, 0);
    assert_true(frontier_acknowledge(&frontier, epoch, true, TELLS));
    assert_int_equal(frontier.committed, 4);
    assert_int_equal(frontier.untold, TELLS);
}

static void rule_6_no_signal_before_the_start_is_told_everywhere(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = frontier_begin(&frontier, 7, TELLS);
    assert_false(frontier_has_room(&frontier));
    frontier_deliver(&frontier, epoch, FRONTIER_TICK, true);
    assert_int_equal(frontier.phase, FRONTIER_OPENING);
    assert_false(frontier_has_room(&frontier));
    assert_false(frontier_may_commit(&frontier));
    frontier_deliver(&frontier, epoch, FRONTIER_TICK, true);
    assert_int_equal(frontier.phase, FRONTIER_RUNNING);
    assert_true(frontier_has_room(&frontier));
}

static void rule_6_a_start_that_cannot_be_told_fails(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = frontier_begin(&frontier, 7, TELLS);
    frontier_deliver(&frontier, epoch, FRONTIER_TICK, false);
    frontier_deliver(&frontier, epoch, FRONTIER_TICK, true);
    assert_int_equal(frontier.phase, FRONTIER_FAILED);
    assert_false(frontier_has_room(&frontier));
}

static void rule_6_no_commit_while_the_last_tick_is_untold(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 0);
    (void)frontier_add(&frontier, 1, 0);
    (void)settle(&frontier);
    frontier_commit(&frontier);
    (void)frontier_add(&frontier, 2, 0);
    (void)settle(&frontier);
    assert_true(frontier_acknowledge(&frontier, epoch, true, TELLS));
    assert_false(frontier_may_commit(&frontier));
    frontier_deliver(&frontier, epoch, FRONTIER_TICK, true);
    assert_false(frontier_may_commit(&frontier));
    frontier_deliver(&frontier, epoch, FRONTIER_TICK, true);
    assert_true(frontier_may_commit(&frontier));
}

static void rule_7_an_idle_tick_waits_for_everything_else(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 3);
    assert_true(frontier_is_quiet(&frontier));
    frontier_tell_again(&frontier, TELLS);
    assert_false(frontier_is_quiet(&frontier)); /* one at a time */
    frontier_deliver(&frontier, epoch, FRONTIER_TICK, true);
    frontier_deliver(&frontier, epoch, FRONTIER_TICK, true);
    assert_true(frontier_is_quiet(&frontier));
    size_t slot = frontier_add(&frontier, 4, 1);
    assert_false(frontier_is_quiet(&frontier));
    frontier_deliver(&frontier, epoch, slot, true);
    (void)settle(&frontier);
    assert_false(frontier_is_quiet(&frontier));
}

static void test_frontier__slots_go_round(void **state)
{
    (void)state;
    struct frontier frontier = {0};
    uint32_t epoch = run_from(&frontier, 0);
    for (int64_t end = 1; end <= 3 * FRONTIER_STRETCHES_MAX; end++) {
        size_t slot = frontier_add(&frontier, end, 1);
        assert_int_equal(slot, (size_t)(end - 1) % FRONTIER_STRETCHES_MAX);
        frontier_deliver(&frontier, epoch, slot, true);
        assert_int_equal(settle(&frontier), 1);
        assert_int_equal(frontier.settled, end);
    }
}

static void test_frontier_token__keeps_all_its_parts(void **state)
{
    (void)state;
    static const struct frontier_token tokens[] = {
        {0, 0, 0}, {1, 2, 3}, {(1u << 20) - 1, (1u << 24) - 1, FRONTIER_TICK},
    };
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        struct frontier_token read = frontier_token_unpack(frontier_token_pack(tokens[i]));
        assert_int_equal(read.partition, tokens[i].partition);
        assert_int_equal(read.epoch, tokens[i].epoch);
        assert_int_equal(read.slot, tokens[i].slot);
    }
}

static void test_frontier__epochs_fit_into_tokens(void **state)
{
    (void)state;
    struct frontier frontier = {.epoch = (1u << 24) - 2};
    assert_int_equal(frontier_begin(&frontier, 0, 1), (1u << 24) - 1);
    frontier_end(&frontier);
    assert_int_equal(frontier_begin(&frontier, 0, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rule_1_nothing_is_committed_before_all_below_it_is_confirmed),
        cmocka_unit_test(rule_1_a_report_that_never_comes_holds_the_position),
        cmocka_unit_test(rule_1_one_commit_is_in_flight),
        cmocka_unit_test(rule_1_a_refused_commit_counts_for_nothing_and_is_tried_again),
        cmocka_unit_test(rule_1_a_late_answer_of_an_ended_assignment_is_ignored),
        cmocka_unit_test(rule_1_late_reports_of_an_ended_assignment_are_ignored),
        cmocka_unit_test(rule_2_a_failed_delivery_ends_the_assignment),
        cmocka_unit_test(rule_2_a_commit_in_flight_is_awaited_before_a_new_beginning),
        cmocka_unit_test(rule_5_no_tick_before_the_commit_is_acknowledged),
        cmocka_unit_test(rule_6_no_signal_before_the_start_is_told_everywhere),
        cmocka_unit_test(rule_6_a_start_that_cannot_be_told_fails),
        cmocka_unit_test(rule_6_no_commit_while_the_last_tick_is_untold),
        cmocka_unit_test(rule_7_an_idle_tick_waits_for_everything_else),
        cmocka_unit_test(test_frontier__slots_go_round),
        cmocka_unit_test(test_frontier_token__keeps_all_its_parts),
        cmocka_unit_test(test_frontier__epochs_fit_into_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
