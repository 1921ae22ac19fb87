/* What deciding owes to the log alone: random logs, cut into random batches, over 1 to 16
 * partitions, folded whole or replayed from a prefix. */
#include "engine/decide/decide.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { RECORDS = 300, LOG_MAX = 2 * RECORDS + 1, SECOND = 1000000, SEEDS = 300 };

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t bound)
{
    return (size_t)(next_random(state) % bound);
}

static const struct span group_names[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1},
                                          {"f", 1}, {"g", 1}, {"h", 1}};
static const struct span source_names[] = {{"x", 1}, {"y", 1}};

/* Findings out of order, repeated, late, in few groups; every policy has its own episode. */
static void make_records(uint64_t *seed, size_t sources, struct signal *records)
{
    static const int64_t episodes_s[] = {0, 30, 60, 600};
    int64_t now_s[2] = {1000, 400};
    int64_t newest_s[2] = {INT64_MIN, INT64_MIN};
    for (size_t i = 0; i < RECORDS; i++) {
        size_t source = below(seed, sources);
        uint64_t finding = i;
        size_t policy = below(seed, 4);
        now_s[source] += (int64_t)below(seed, 12);
        int64_t time_s = now_s[source] - (int64_t)(below(seed, 4) ? 0 : below(seed, 200));
        records[i] = (struct signal){
            .policy_id = SPAN("p"),
            .severity = SPAN("high"),
            .group_key = group_names[below(seed, 8)],
            .source = source_names[source],
            .body = SPAN("{}"),
            .episode_us = episodes_s[policy] * SECOND,
            .horizon_us = INT64_C(120) * SECOND,
            .summary = true,
            .event_time_us = time_s * SECOND,
        };
        records[i].state_id.bytes[0] = (unsigned char)policy;
        memcpy(records[i].finding.bytes, &finding, sizeof finding);
        if (i > 0 && below(seed, 8) == 0) { /* the source sends it again, from where it reads now */
            records[i] = records[below(seed, i)];
            source = records[i].source.ptr[0] == 'y';
            time_s = records[i].event_time_us / SECOND;
        }
        newest_s[source] = time_s > newest_s[source] ? time_s : newest_s[source];
        records[i].watermark_us = newest_s[source] * SECOND;
    }
}

struct fold {
    struct decider *deciders[DECIDE_PARTITIONS];
    size_t partitions;
    struct arena *arena;
    struct alert_list alerts;
};

static struct fold fold_new(size_t partitions)
{
    struct fold fold = {.partitions = partitions, .arena = arena_new(0)};
    for (size_t i = 0; i < partitions; i++) {
        fold.deciders[i] = decider_new(DECIDE_ONCE);
    }
    return fold;
}

static void fold_free(struct fold *fold)
{
    for (size_t i = 0; i < fold->partitions; i++) {
        decider_free(&fold->deciders[i]);
    }
    arena_free(&fold->arena);
}

static void fold_signal(struct fold *fold, const struct signal *signal)
{
    if (signal->kind == SIGNAL_TICK) {
        for (size_t i = 0; i < fold->partitions; i++) {
            (void)decider_fold(fold->deciders[i], signal, fold->arena, &fold->alerts);
        }
        return;
    }
    size_t home = signal_partition(signal, (uint32_t)fold->partitions);
    (void)decider_fold(fold->deciders[home], signal, fold->arena, &fold->alerts);
}

static bool is_due(const struct fold *fold, const struct signal *signal)
{
    for (size_t i = 0; i < fold->partitions; i++) {
        if (decider_is_due(fold->deciders[i], signal->source, signal->watermark_us)) {
            return true;
        }
    }
    return false;
}

static struct signal tick_after(const struct signal *signal)
{
    return (struct signal){
        .kind = SIGNAL_TICK, .source = signal->source, .watermark_us = signal->watermark_us};
}

/* Folds records as batches do: a tick in the log wherever the end of a batch closes something.
 * Returns the length of the log. cut_every = 0: one batch. */
static size_t run_batches(struct fold *fold, const struct signal *records, size_t cut_every,
                          uint64_t *seed, struct signal *log)
{
    size_t length = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        log[length] = records[i];
        log[length].sequence = length + 1;
        fold_signal(fold, &log[length++]);
        bool ends = i + 1 == RECORDS || (cut_every && below(seed, cut_every) == 0);
        if (ends && is_due(fold, &records[i])) {
            log[length] = tick_after(&records[i]);
            log[length].sequence = length + 1;
            fold_signal(fold, &log[length++]);
        }
    }
    return length;
}

/* An alert without its places in the log, which count ticks. */
static int compare_alerts(const void *a, const void *b)
{
    const struct alert *left = a;
    const struct alert *right = b;
    int order = memcmp(left->id.bytes, right->id.bytes, DIGEST_BYTES);
    if (order == 0) {
        order = (left->opened_us > right->opened_us) - (left->opened_us < right->opened_us);
    }
    if (order == 0) {
        order = (left->count > right->count) - (left->count < right->count);
    }
    return order ? order : (int)left->status - (int)right->status;
}

static void assert_same_alerts(const struct alert_list *a, const struct alert_list *b)
{
    assert_int_equal(a->count, b->count);
    qsort(a->items, a->count, sizeof *a->items, compare_alerts);
    qsort(b->items, b->count, sizeof *b->items, compare_alerts);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(compare_alerts(&a->items[i], &b->items[i]), 0);
        assert_int_equal(a->items[i].first_us, b->items[i].first_us);
        assert_int_equal(a->items[i].last_us, b->items[i].last_us);
        assert_int_equal(a->items[i].ordinal, b->items[i].ordinal);
    }
}

static void test_log__cuts_and_partitions_change_no_alert(void **state)
{
    (void)state;
    static struct signal records[RECORDS];
    static struct signal log[LOG_MAX];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t random = seed;
        make_records(&random, 1, records);
        struct fold whole = fold_new(1);
        struct fold cut = fold_new(1 + below(&random, DECIDE_PARTITIONS));
        run_batches(&whole, records, 0, &random, log);
        run_batches(&cut, records, 1 + below(&random, 40), &random, log);
        assert_true(whole.alerts.count > 20);
        assert_same_alerts(&whole.alerts, &cut.alerts);
        fold_free(&whole);
        fold_free(&cut);
    }
}

/* Exactly the same, places included. */
static void assert_identical(const struct alert *a, const struct alert *b)
{
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->log_sequence, b->log_sequence);
    assert_int_equal(a->signal.sequence, b->signal.sequence);
    assert_int_equal(compare_alerts(a, b), 0);
    assert_int_equal(a->last_us, b->last_us);
}

static void test_log__replay_and_continuation_equal_the_whole(void **state)
{
    (void)state;
    static struct signal records[RECORDS];
    static struct signal log[LOG_MAX];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t random = seed;
        make_records(&random, 2, records);
        size_t partitions = 1 + below(&random, DECIDE_PARTITIONS);
        struct fold whole = fold_new(partitions);
        size_t length = run_batches(&whole, records, 20, &random, log);
        struct fold resumed = fold_new(partitions);
        size_t prefix = below(&random, length + 1);
        for (size_t i = 0; i < prefix; i++) {
            fold_signal(&resumed, &log[i]);
        }
        size_t muted = resumed.alerts.count;
        for (size_t i = prefix; i < length; i++) {
            fold_signal(&resumed, &log[i]);
        }
        assert_int_equal(resumed.alerts.count, whole.alerts.count);
        for (size_t i = muted; i < whole.alerts.count; i++) {
            assert_identical(&resumed.alerts.items[i], &whole.alerts.items[i]);
        }
        fold_free(&whole);
        fold_free(&resumed);
    }
}

/* Every episode that opens is told again when it ends, with all its findings. */
static void test_log__every_finding_is_counted_once(void **state)
{
    (void)state;
    static struct signal records[RECORDS];
    static struct signal log[LOG_MAX];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        uint64_t random = seed;
        uint64_t counted = 0;
        make_records(&random, 1, records);
        struct fold fold = fold_new(DECIDE_PARTITIONS);
        run_batches(&fold, records, 10, &random, log);
        struct signal last = tick_after(&records[RECORDS - 1]);
        last.watermark_us = INT64_MAX;
        last.sequence = LOG_MAX;
        fold_signal(&fold, &last);
        for (size_t i = 0; i < fold.alerts.count; i++) {
            const struct alert *alert = &fold.alerts.items[i];
            bool alone = alert->signal.episode_us == 0;
            counted += alone || alert->status == ALERT_RESOLVED ? alert->count : 0;
        }
        uint64_t folded = 0;
        uint64_t duplicates = 0;
        for (size_t i = 0; i < fold.partitions; i++) {
            struct decide_counts counts = decider_take_counts(fold.deciders[i]);
            folded += counts.folded;
            duplicates += counts.duplicates;
            assert_int_equal(decider_open_count(fold.deciders[i]), 0);
        }
        assert_int_equal(folded, RECORDS);
        assert_true(duplicates > 0);
        assert_int_equal(counted, folded - duplicates);
        fold_free(&fold);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log__cuts_and_partitions_change_no_alert),
        cmocka_unit_test(test_log__replay_and_continuation_equal_the_whole),
        cmocka_unit_test(test_log__every_finding_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
