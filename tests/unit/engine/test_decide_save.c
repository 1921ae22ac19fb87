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

enum { SECOND = 1000000, LOG = 400, SEEDS = 300 };

static uint64_t below(uint64_t *random, uint64_t bound)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % bound;
}

static const struct span group_names[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}};
static const struct span source_names[] = {{"e/0#x", 5}, {"e/1#x", 5}, {"e/0#y", 5}};

static void make_log(uint64_t *random, struct signal *log)
{
    static const int64_t episodes_s[] = {0, 30, 60, 600};
    uint64_t committed[3] = {0};
    for (size_t i = 0; i < LOG; i++) {
        size_t source = below(random, 3);
        size_t policy = below(random, 4);
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

/* A state that version 1 wrote, kept as it was: every later program must read it. */
static void test_decider_load__what_version_1_wrote(void **state)
{
    (void)state;
    static char bytes[8192];
    struct decider *decider = NULL;
    const char *problem = NULL;
    FILE *file = fopen("tests/unit/engine/state/decider_1", "rb");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_int_equal(decider_load(span_of(bytes, length), &problem, &decider), STATUS_OK);
    assert_int_equal(decider_open_count(decider), 8);
    assert_int_equal(decider_finding_count(decider), 40);
    decider_free(&decider);
}

/* States are read by later programs: when this fails the version must go up, and the old one must
 * still be read. */
static void test_decider_save__version_1_stays_as_it_is(void **state)
{
    (void)state;
    struct buf bytes = sample(7);
    struct digest_state digest;
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_init(&digest);
    digest_field(&digest, buf_view(&bytes));
    struct digest is = digest_finish(&digest);
    digest_hex(&is, hex);
    assert_string_equal(hex, "56a9c43a5f11b1b2e9fc27132f01536b");
    buf_deinit(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decider_load__goes_on_as_if_nothing_had_happened),
        cmocka_unit_test(test_decider_load__cut_and_damaged_bytes),
        cmocka_unit_test(test_decider_load__of_a_later_version_is_left_alone),
        cmocka_unit_test(test_decider_load__what_version_1_wrote),
        cmocka_unit_test(test_decider_save__version_1_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
