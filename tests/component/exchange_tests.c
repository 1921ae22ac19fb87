/* What every log between evaluate and decide must do. Linked with one exchange at a time. */
#include "exchange.h"
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SIGNALS = 60, TICK_EVERY = 20, SECOND = 1000000 };

struct context {
    struct exchange *exchange;
    struct arena *arena;
    struct signal read[4 * SIGNALS];
};

static int set_up(void **state)
{
    struct context *context = calloc(1, sizeof *context);
    context->exchange = exchange_new();
    context->arena = arena_new(0);
    *state = context;
    return 0;
}

static int tear_down(void **state)
{
    struct context *context = *state;
    exchange_free(&context->exchange);
    arena_free(&context->arena);
    free(context);
    return 0;
}

/* Number `i` of the source: every TICK_EVERY-th is a tick, which speaks of what lies in the log
 * before it; all others are matches of one of seven groups, three seconds apart. */
static struct signal made(const struct context *context, uint64_t i)
{
    struct signal signal = sample_signal(i + 1);
    signal.source = context->exchange->source;
    signal.offset = i;
    signal.event_time_us = (int64_t)i * 3 * SECOND;
    /* once: every signal moves the watermark; again and again: ticks alone do, and lag */
    bool once = context->exchange->input == DECIDE_ONCE;
    signal.watermark_us = once ? signal.event_time_us : INT64_MIN;
    if (i % TICK_EVERY == TICK_EVERY - 1) {
        return (struct signal){
            .kind = SIGNAL_TICK, .source = signal.source, .offset = i,
            .event_time_us = signal.event_time_us, .watermark_us = signal.event_time_us,
            .detected_us = signal.detected_us, .idle = i / TICK_EVERY % 2 == 1};
    }
    signal.kind = i % 5 ? SIGNAL_MATCH : SIGNAL_NOT_EVALUABLE;
    signal.policy_id = SPAN("p");
    signal.state_id = sample_digest(1);
    signal.group_key = arena_printf(context->arena, "group \"%d\"\n", (int)(i % 7));
    signal.horizon_us = INT64_C(600) * SECOND;
    signal.episode_us = INT64_C(60) * SECOND;
    signal.summary = true;
    return signal;
}

/* Appends the signals from one number up to another, by which the position is named too. */
static void append(struct context *context, uint64_t from, uint64_t to, bool die)
{
    struct signal signals[SIGNALS];
    for (uint64_t i = from; i < to; i++) {
        signals[i - from] = made(context, i);
    }
    if (die) {
        exchange_append_and_die(context->exchange, signals, to - from, to);
    } else {
        exchange_append(context->exchange, signals, to - from, to);
    }
}

static size_t read_all(struct context *context, uint32_t partition, uint64_t from)
{
    return exchange_read(context->exchange, partition, from, context->arena, context->read,
                         sizeof context->read / sizeof *context->read);
}

/* The place in the log aside. */
static void assert_same(const struct signal *a, const struct signal *b)
{
    struct signal left = *a;
    struct signal right = *b;
    left.sequence = right.sequence = 0;
    assert_true(sample_signals_equal(&left, &right));
}

/* A partition holds what belongs to it of the first `count`, in their order, places rising. */
static size_t check_partition(struct context *context, uint32_t partition, uint64_t count)
{
    size_t found = read_all(context, partition, 1);
    size_t next = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct signal expected = made(context, i);
        if (expected.kind != SIGNAL_TICK &&
            signal_partition(&expected, context->exchange->partitions) != partition) {
            continue;
        }
        assert_true(next < found);
        assert_same(&expected, &context->read[next]);
        assert_true(next == 0 ||
                    context->read[next].sequence > context->read[next - 1].sequence);
        next++;
    }
    assert_int_equal(next, found);
    return found;
}

static void check_log(struct context *context, uint64_t count)
{
    size_t ticks = count / TICK_EVERY;
    size_t found = 0;
    for (uint32_t i = 0; i < context->exchange->partitions; i++) {
        found += check_partition(context, i, count) - ticks;
    }
    assert_int_equal(found, count - ticks);
}

static void test_exchange__gives_back_what_was_appended(void **state)
{
    struct context *context = *state;
    check_log(context, 0);
    append(context, 0, 45, false);
    append(context, 45, SIGNALS, false);
    check_log(context, SIGNALS);
}

static void test_exchange__goes_on_after_a_restart(void **state)
{
    struct context *context = *state;
    assert_int_equal(exchange_committed(context->exchange), 0);
    append(context, 0, 25, false);
    assert_int_equal(exchange_committed(context->exchange), 25);
    exchange_reopen(context->exchange);
    assert_int_equal(exchange_committed(context->exchange), 25);
    check_log(context, 25);
    append(context, 25, SIGNALS, false);
    exchange_reopen(context->exchange);
    assert_int_equal(exchange_committed(context->exchange), SIGNALS);
    check_log(context, SIGNALS);
}

static void test_exchange__is_read_from_any_place(void **state)
{
    struct context *context = *state;
    append(context, 0, SIGNALS, false);
    for (uint32_t i = 0; i < context->exchange->partitions; i++) {
        uint64_t sequences[SIGNALS];
        size_t found = read_all(context, i, 1);
        for (size_t k = 0; k < found; k++) {
            sequences[k] = context->read[k].sequence;
        }
        for (size_t k = 0; k < found; k += 3) {
            assert_int_equal(read_all(context, i, sequences[k]), found - k);
            assert_int_equal(context->read[0].sequence, sequences[k]);
        }
        if (found) {
            assert_int_equal(read_all(context, i, sequences[found - 1] + 1), 0);
        }
    }
}

/* Rule 1 in Kafka, rule 21 in SQLite: what a position says is there. */
static void test_exchange__a_committed_position_has_all_below_it(void **state)
{
    struct context *context = *state;
    append(context, 0, 30, false);
    append(context, 30, SIGNALS, true);
    assert_int_equal(exchange_committed(context->exchange), 30);
    size_t matches = 0;
    for (uint32_t i = 0; i < context->exchange->partitions; i++) {
        size_t found = read_all(context, i, 1);
        for (size_t k = 0; k < found; k++) {
            matches += context->read[k].kind != SIGNAL_TICK && context->read[k].offset < 30;
        }
    }
    assert_int_equal(matches, 30 - 30 / TICK_EVERY);
}

/* An alert without its place in the log. */
struct said {
    struct digest id;
    enum alert_status status;
    uint64_t count;
};

static int compare_said(const void *a, const void *b)
{
    const struct said *left = a;
    const struct said *right = b;
    int order = memcmp(left->id.bytes, right->id.bytes, DIGEST_BYTES);
    order = order ? order : (int)left->status - (int)right->status;
    return order ? order : (left->count > right->count) - (left->count < right->count);
}

static size_t fold_log(struct context *context, struct said *out, size_t max)
{
    size_t count = 0;
    for (uint32_t i = 0; i < context->exchange->partitions; i++) {
        struct decider *decider = decider_new(context->exchange->input);
        struct alert_list alerts = {0};
        size_t found = read_all(context, i, 1);
        for (size_t k = 0; k < found; k++) {
            (void)decider_fold(decider, &context->read[k], context->arena, &alerts);
        }
        for (size_t k = 0; k < alerts.count; k++) {
            const struct alert *alert = &alerts.items[k];
            assert_true(count < max);
            out[count++] = (struct said){alert->id, alert->status, alert->count};
        }
        decider_free(&decider);
    }
    qsort(out, count, sizeof *out, compare_said);
    return count;
}

/* Dies before a commit, again and again, and sends from the committed position each time: the
 * alerts are those of a run without an end. */
static void test_exchange__crashes_change_no_alert(void **state)
{
    static struct said expected[4 * SIGNALS];
    static struct said found[4 * SIGNALS];
    struct context *context = *state;
    void *calm_state = NULL;
    set_up(&calm_state);
    struct context *other = calm_state;
    append(other, 0, SIGNALS, false);
    size_t count = fold_log(other, expected, sizeof expected / sizeof *expected);
    assert_true(count > 10);
    append(context, 0, 15, true);
    append(context, exchange_committed(context->exchange), 30, false);
    append(context, exchange_committed(context->exchange), 50, true);
    append(context, exchange_committed(context->exchange), 40, true);
    append(context, exchange_committed(context->exchange), SIGNALS, false);
    assert_int_equal(fold_log(context, found, sizeof found / sizeof *found), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(compare_said(&expected[i], &found[i]), 0);
    }
    tear_down(&calm_state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_exchange__gives_back_what_was_appended, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_exchange__goes_on_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exchange__is_read_from_any_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exchange__a_committed_position_has_all_below_it,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exchange__crashes_change_no_alert, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
