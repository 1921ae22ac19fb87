/* A decider saved and loaded goes on as if nothing had happened: the same alerts, the same bytes
 * (recovery-rules.md, I4: snapshot and replay equal no crash). */
#include "engine/decide/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SECOND = 1000000, LOG = 400, SEEDS = 300, BYTES_MAX = 65536 };

/* A constant; lengths count no NUL. */
#define SPAN_OF(literal) {(literal), sizeof(literal) - 1}

static uint64_t below(uint64_t *random, uint64_t bound)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % bound;
}

static const struct span group_names[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}};
static const struct span source_names[] = {{"e/0#x", 5}, {"e/1#x", 5}, {"e/0#y", 5}};

/* Of policies 2 to 5: what they watch over time. */
static const struct span correlations[] = {
    {NULL, 0},
    {NULL, 0},
    SPAN_OF("{\"type\":\"event_count\",\"timespan_us\":30000000,\"lateness_us\":0,"
            "\"condition\":{\"gte\":2}}"),
    SPAN_OF("{\"type\":\"event_count\",\"timespan_us\":60000000,\"lateness_us\":20000000,"
            "\"condition\":{\"gt\":2}}"),
    SPAN_OF("{\"type\":\"value_count\",\"timespan_us\":60000000,\"lateness_us\":0,"
            "\"condition\":{\"gte\":3}}"),
    SPAN_OF("{\"type\":\"value_sum\",\"timespan_us\":60000000,\"lateness_us\":0,"
            "\"condition\":{\"gte\":12.5}}"),
};

/* The states of revisions 1 to 3; nothing is said of 4. */
#define STATE(first) "\"" first "000000000000000000000000000000\""
static const struct span lists[] = {
    SPAN_OF("{\"states\":[" STATE("02") "," STATE("03") "," STATE("04") "," STATE("05") "]}"),
    SPAN_OF("{\"states\":[" STATE("02") "," STATE("03") "," STATE("04") "]}"),
    SPAN_OF("{\"states\":[" STATE("02") "," STATE("03") "," STATE("05") "]}"),
};

/* What events of policies 4 and 5 bring with them. */
static struct span value_of(size_t policy, uint64_t number)
{
    static const struct span hashes[] = {
        SPAN_OF("\"00000000000000000000000000000001\""),
        SPAN_OF("\"00000000000000000000000000000002\""),
        SPAN_OF("\"0f000000000000000000000000000001\""),
        SPAN_OF("\"ff0000000000000000000000000000ff\""),
    };
    static const struct span numbers[] = {SPAN_OF("0"), SPAN_OF("2.5"), SPAN_OF("7"),
                                          SPAN_OF("1E+3")};
    return policy == 4 ? hashes[number % 4] : policy == 5 ? numbers[number % 4] : SPAN("");
}

static void make_log(uint64_t *random, struct signal *log)
{
    static const int64_t episodes_s[] = {0, 30, 60, 600, 0, 60};
    uint64_t committed[3] = {0};
    for (size_t i = 0; i < LOG; i++) {
        size_t source = below(random, 3);
        size_t policy = below(random, 6);
        uint64_t finding = below(random, 150);
        int64_t time_us = (int64_t)(2 * i + below(random, 40)) * SECOND;
        log[i] = (struct signal){
            .sequence = 3 * i + 1, /* other records lie between */
            .kind = below(random, 5) ? SIGNAL_MATCH : SIGNAL_NOT_EVALUABLE,
            .fan_index = (uint32_t)below(random, 2),
            .policy_id = SPAN("p"),
            .severity = SPAN("high"),
            .group_key = group_names[below(random, 4)],
            .source = source_names[source],
            .offset = committed[source] + below(random, 6),
            .body = SPAN("{\"title\":\"x\"}"),
            .episode_us = episodes_s[policy] * SECOND,
            .horizon_us = INT64_C(40) * SECOND,
            .summary = true,
            .correlation = correlations[policy],
            .value = value_of(policy, below(random, 4)),
            .event_time_us = time_us,
            .watermark_us = INT64_MIN,
        };
        log[i].state_id.bytes[0] = (unsigned char)policy;
        memcpy(log[i].finding.bytes, &finding, sizeof finding);
        if (below(random, 6) == 0) {
            committed[source] += below(random, 6);
            log[i].kind = SIGNAL_TICK;
            log[i].offset = committed[source];
            log[i].watermark_us = time_us - (int64_t)(40 * SECOND);
            log[i].idle = below(random, 4) == 0;
            log[i].partitions = (uint32_t)(i % 3);
            log[i].revision.bytes[0] = (unsigned char)(1 + below(random, 4));
        } else if (below(random, 40) == 0) {
            log[i].kind = SIGNAL_STATES;
            log[i].revision.bytes[0] = (unsigned char)(1 + below(random, 3));
            log[i].body = lists[log[i].revision.bytes[0] - 1];
        }
    }
}

/* A decider with the alerts it gave. */
struct fold {
    struct decider *decider;
    struct arena *arena;
    struct alert_list alerts;
};

static void fold(struct fold *fold, const struct signal *log, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        (void)decider_fold(fold->decider, &log[i], fold->arena, &fold->alerts);
    }
}

static struct decider *saved_and_loaded(const struct decider *decider)
{
    struct buf bytes = {0};
    struct decider *loaded = NULL;
    const char *problem = "none";
    decider_save(decider, &bytes);
    if (decider_load(buf_view(&bytes), &problem, &loaded) != STATUS_OK) {
        fail_msg("%s", problem);
    }
    memset(bytes.ptr, 0xEE, bytes.len); /* nothing points into them any more */
    buf_deinit(&bytes);
    return loaded;
}

static void assert_same_alert(const struct alert *a, const struct alert *b)
{
    assert_int_equal(a->sequence, b->sequence);
    assert_int_equal(a->log_sequence, b->log_sequence);
    assert_int_equal(a->ordinal, b->ordinal);
    assert_true(digest_equals(&a->id, &b->id));
    assert_int_equal(a->count, b->count);
    assert_true(a->first_us == b->first_us && a->last_us == b->last_us);
    assert_true(span_equals(a->signal.body, b->signal.body));
    assert_true(span_equals(a->correlation, b->correlation));
    assert_true(span_equals(a->signal.source, b->signal.source));
    assert_int_equal(a->signal.sequence, b->signal.sequence);
}

static void assert_same_bytes(const struct decider *a, const struct decider *b)
{
    struct buf left = {0};
    struct buf right = {0};
    decider_save(a, &left);
    decider_save(b, &right);
    assert_int_equal(left.len, right.len);
    assert_memory_equal(left.ptr, right.ptr, left.len);
    buf_deinit(&left);
    buf_deinit(&right);
}

static void test_decider_load__goes_on_as_if_nothing_had_happened(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct signal log[LOG];
        uint64_t random = seed;
        make_log(&random, log);
        size_t cut = below(&random, LOG + 1);
        struct fold whole = {decider_new(DECIDE_REPEATS), arena_new(0), {0}};
        struct fold other = {NULL, arena_new(0), {0}};
        fold(&whole, log, 0, cut);
        size_t before = whole.alerts.count;
        other.decider = saved_and_loaded(whole.decider);
        assert_same_bytes(whole.decider, other.decider);
        fold(&whole, log, cut, LOG);
        fold(&other, log, cut, LOG);
        assert_true(whole.alerts.count > 50);
        assert_int_equal(whole.alerts.count, before + other.alerts.count);
        for (size_t i = 0; i < other.alerts.count; i++) {
            assert_same_alert(&whole.alerts.items[before + i], &other.alerts.items[i]);
        }
        assert_same_bytes(whole.decider, other.decider);
        decider_free(&whole.decider);
        decider_free(&other.decider);
        arena_free(&whole.arena);
        arena_free(&other.arena);
    }
}

static struct buf sample(uint64_t seed)
{
    static struct signal log[LOG];
    struct fold whole = {decider_new(DECIDE_REPEATS), arena_new(0), {0}};
    struct buf bytes = {0};
    make_log(&seed, log);
    fold(&whole, log, 0, 60);
    decider_save(whole.decider, &bytes);
    decider_free(&whole.decider);
    arena_free(&whole.arena);
    return bytes;
}

/* Whatever is taken gives the same bytes again; all else is refused without harm. */
static void load_and_compare(struct span bytes)
{
    struct decider *decider = NULL;
    const char *problem = NULL;
    enum status status = decider_load(bytes, &problem, &decider);
    if (status != STATUS_OK) {
        assert_null(decider);
        assert_non_null(problem);
        return;
    }
    struct buf again = {0};
    decider_save(decider, &again);
    assert_true(span_equals(buf_view(&again), bytes));
    buf_deinit(&again);
    decider_free(&decider);
}

static void test_decider_load__cut_and_damaged_bytes(void **state)
{
    (void)state;
    struct buf bytes = sample(7);
    struct decider *decider = NULL;
    const char *problem = NULL;
    for (size_t i = 0; i < bytes.len; i++) {
        assert_int_equal(decider_load(span_of(bytes.ptr, i), &problem, &decider), STATUS_INVALID);
    }
    for (size_t i = 0; i < bytes.len; i++) {
        for (int bit = 0; bit < 8; bit += 3) {
            bytes.ptr[i] = (char)(bytes.ptr[i] ^ (1 << bit));
            load_and_compare(buf_view(&bytes));
            bytes.ptr[i] = (char)(bytes.ptr[i] ^ (1 << bit));
        }
    }
    buf_append_char(&bytes, 'x');
    assert_int_equal(decider_load(buf_view(&bytes), &problem, &decider), STATUS_INVALID);
    buf_deinit(&bytes);
}

static void test_decider_load__of_a_later_version_is_left_alone(void **state)
{
    (void)state;
    struct buf bytes = sample(7);
    struct decider *decider = NULL;
    const char *problem = NULL;
    bytes.ptr[8]++;
    assert_int_equal(decider_load(buf_view(&bytes), &problem, &decider), STATUS_UNAVAILABLE);
    assert_string_equal(problem, "it was written by a later version");
    assert_null(decider);
    buf_deinit(&bytes);
}

/* States that earlier versions wrote, kept as they were: every later program must read them. */
static struct span read_state(const char *path, char bytes[BYTES_MAX])
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, BYTES_MAX, file);
    fclose(file);
    return span_of(bytes, length);
}

static void test_decider_load__what_earlier_versions_wrote(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t open;
        size_t findings;
        size_t groups;
    } rows[] = {
        {"tests/unit/engine/state/decider_1", 8, 40, 0},
        {"tests/unit/engine/state/decider_2", 8, 43, 13},
        {"tests/unit/engine/state/decider_3", 11, 43, 12},
        {"tests/unit/engine/state/decider_4", 11, 43, 12},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static char bytes[BYTES_MAX];
        struct decider *decider = NULL;
        const char *problem = NULL;
        struct span saved = read_state(rows[i].path, bytes);
        assert_int_equal(decider_load(saved, &problem, &decider), STATUS_OK);
        assert_int_equal(decider_open_count(decider), rows[i].open);
        assert_int_equal(decider_finding_count(decider), rows[i].findings);
        assert_int_equal(decider_group_count(decider), rows[i].groups);
        decider_free(&decider);
    }
}

/* States are read by later programs: when this fails the version must go up, and the old one must
 * still be read. DELTAWARD_UPDATE writes the file of a new version. */
static void test_decider_save__version_4_stays_as_it_is(void **state)
{
    (void)state;
    static const char path[] = "tests/unit/engine/state/decider_4";
    static char bytes[BYTES_MAX];
    struct buf saved = sample(7);
    if (getenv("DELTAWARD_UPDATE")) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(saved.ptr, 1, saved.len, file), saved.len);
        fclose(file);
    }
    struct span kept = read_state(path, bytes);
    assert_int_equal(saved.len, kept.len);
    assert_memory_equal(saved.ptr, kept.ptr, kept.len);
    buf_deinit(&saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decider_load__goes_on_as_if_nothing_had_happened),
        cmocka_unit_test(test_decider_load__cut_and_damaged_bytes),
        cmocka_unit_test(test_decider_load__of_a_later_version_is_left_alone),
        cmocka_unit_test(test_decider_load__what_earlier_versions_wrote),
        cmocka_unit_test(test_decider_save__version_4_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
