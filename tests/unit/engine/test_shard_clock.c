#include "engine/shard_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { SECOND = 1000000, ROOM = 4096 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void see(struct shard_clock *clock, const char *shard, int64_t event_s, int64_t arrival_s)
{
    shard_clock_see(clock, span_view(shard), event_s * SECOND, arrival_s * SECOND);
}

static void assert_at(struct shard_clock *clock, int64_t seconds)
{
    assert_true(shard_clock_watermark(clock) == seconds * SECOND);
}

static void test_shard_clock__is_the_slowest_shard_of_the_last_minute(void **state)
{
    (void)state;
    struct shard_clock *clock = shard_clock_new(0);
    assert_true(shard_clock_watermark(clock) == INT64_MIN);
    see(clock, "a", 100, 100);
    assert_at(clock, 100);
    see(clock, "b", 90, 101);
    assert_at(clock, 90);
    see(clock, "a", 110, 111);
    assert_at(clock, 90);
    see(clock, "b", 80, 112); /* a late record takes nothing back */
    assert_at(clock, 90);
    see(clock, "b", 95, 113);
    assert_at(clock, 95);
    see(clock, "a", 171, 172);
    assert_at(clock, 95);
    see(clock, "a", 172, 173); /* a minute after b was seen */
    assert_at(clock, 172);
    assert_int_equal(shard_clock_count(clock), 1);
    see(clock, "b", 96, 173); /* it is back */
    assert_at(clock, 96);
    shard_clock_free(&clock);
}

/* By the newest arrival of any: what a shard behind brings was not seen long ago. */
static void test_shard_clock__a_shard_that_is_behind_counts_when_it_is_read(void **state)
{
    (void)state;
    struct shard_clock *clock = shard_clock_new(0);
    see(clock, "ahead", 5000, 5000);
    see(clock, "behind", 100, 101);
    assert_at(clock, 100);
    see(clock, "ahead", 5059, 5059);
    assert_at(clock, 100);
    see(clock, "ahead", 5060, 5060);
    assert_at(clock, 5060);
    shard_clock_free(&clock);
}

static void test_shard_clock__quiet_moves_it_by_the_time_of_the_fetch(void **state)
{
    (void)state;
    struct shard_clock *clock = shard_clock_new((int64_t)60 * SECOND);
    see(clock, "a", 100, 100);
    shard_clock_idle(clock, (int64_t)200 * SECOND);
    assert_at(clock, 100);
    shard_clock_idle(clock, (int64_t)259 * SECOND);
    assert_at(clock, 100);
    shard_clock_idle(clock, (int64_t)260 * SECOND);
    assert_at(clock, 200);
    shard_clock_idle(clock, (int64_t)300 * SECOND);
    assert_at(clock, 240);
    see(clock, "a", 250, 301); /* ends the quiet, and takes nothing back */
    assert_at(clock, 250);
    shard_clock_idle(clock, (int64_t)302 * SECOND);
    shard_clock_idle(clock, (int64_t)361 * SECOND);
    assert_at(clock, 250);
    shard_clock_free(&clock);
}

static struct buf encoded(struct shard_clock *clock, size_t room)
{
    struct buf text = {0};
    shard_clock_encode(clock, room, &text);
    assert_true(text.len <= room);
    return text;
}

/* What a shard did last, kept slowly. */
struct slow {
    int64_t event_us;
    int64_t seen_us;
};

enum { SHARDS = 30, STEPS = 400, SEEDS = 60 };

static int64_t slow_watermark(const struct slow *shards, int64_t arrival_us)
{
    int64_t least_us = INT64_MAX;
    for (size_t i = 0; i < SHARDS; i++) {
        bool counts = shards[i].seen_us > arrival_us - SHARD_CLOCK_SEEN_US;
        least_us = counts && shards[i].event_us < least_us ? shards[i].event_us : least_us;
    }
    return least_us;
}

struct record {
    char shard[32];
    size_t number;
    int64_t event_us;
    int64_t arrival_us;
};

static void make_records(uint64_t *random, struct record *records)
{
    int64_t now_us = (int64_t)1000000 * SECOND;
    for (size_t i = 0; i < STEPS; i++) {
        struct record *record = &records[i];
        /* some shards are rarely heard */
        record->number = next_random(random) % (next_random(random) % 4 ? 5 : SHARDS);
        snprintf(record->shard, sizeof record->shard, "shardId-%012zu", record->number);
        now_us += (int64_t)(next_random(random) % (4 * SECOND));
        record->arrival_us = now_us - (int64_t)(next_random(random) % 3 ? 0 : 90 * SECOND);
        record->event_us = record->arrival_us - (int64_t)(next_random(random) % (20 * SECOND));
    }
}

static void see_record(struct shard_clock *clock, const struct record *record)
{
    shard_clock_see(clock, span_view(record->shard), record->event_us, record->arrival_us);
}

static void test_shard_clock__equals_a_plain_array(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct record records[STEPS];
        struct slow shards[SHARDS];
        struct shard_clock *clock = shard_clock_new(0);
        int64_t arrival_us = INT64_MIN;
        uint64_t random = seed;
        for (size_t i = 0; i < SHARDS; i++) {
            shards[i] = (struct slow){INT64_MIN, INT64_MIN};
        }
        make_records(&random, records);
        for (size_t i = 0; i < STEPS; i++) {
            const struct record *record = &records[i];
            struct slow *slow = &shards[record->number];
            arrival_us = record->arrival_us > arrival_us ? record->arrival_us : arrival_us;
            if (slow->seen_us <= arrival_us - SHARD_CLOCK_SEEN_US) {
                slow->event_us = INT64_MIN; /* forgotten meanwhile */
            }
            slow->event_us = record->event_us > slow->event_us ? record->event_us : slow->event_us;
            slow->seen_us = arrival_us;
            see_record(clock, record);
            if (next_random(&random) % 2) { /* asking changes nothing */
                assert_true(shard_clock_watermark(clock) == slow_watermark(shards, arrival_us));
            }
        }
        shard_clock_free(&clock);
    }
}

/* Rule 7: the watermark as of a position is the same whoever computes it. */
static void test_rule_07_watermark_is_the_same_for_a_new_owner(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct record records[STEPS];
        uint64_t random = seed;
        make_records(&random, records);
        size_t cut = next_random(&random) % STEPS;
        struct shard_clock *old = shard_clock_new(0);
        struct shard_clock *new = shard_clock_new(0);
        for (size_t i = 0; i < STEPS; i++) {
            see_record(old, &records[i]);
            if (i == cut) {
                struct buf text = encoded(old, ROOM);
                assert_int_equal(shard_clock_decode(new, buf_view(&text)), STATUS_OK);
                buf_deinit(&text);
            } else if (i > cut) {
                see_record(new, &records[i]);
            }
            if (i >= cut) {
                assert_true(shard_clock_watermark(old) == shard_clock_watermark(new));
            }
        }
        struct buf a = encoded(old, ROOM);
        struct buf b = encoded(new, ROOM);
        assert_string_equal(a.ptr, b.ptr);
        buf_deinit(&a);
        buf_deinit(&b);
        shard_clock_free(&old);
        shard_clock_free(&new);
    }
}

/* Rule 7, where the metadata is too small: no watermark until a minute of arrival was read, and
 * never a higher one than who knew all would have. */
static void test_rule_07_watermark_waits_a_minute_where_the_text_is_too_small(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        static struct record records[STEPS];
        uint64_t random = seed;
        make_records(&random, records);
        size_t cut = 50 + next_random(&random) % 50;
        struct shard_clock *old = shard_clock_new(0);
        struct shard_clock *new = shard_clock_new(0);
        size_t unknown = 0;
        size_t same = 0;
        for (size_t i = 0; i < STEPS; i++) {
            see_record(old, &records[i]);
            if (i > cut) {
                see_record(new, &records[i]);
            }
            if (i == cut || i == cut + 5) { /* the second owner knows no more than the first */
                struct buf text = encoded(i == cut ? old : new, SHARD_CLOCK_TEXT_MIN);
                assert_int_equal(shard_clock_decode(new, buf_view(&text)), STATUS_OK);
                assert_true(shard_clock_watermark(new) == INT64_MIN);
                buf_deinit(&text);
            }
            assert_true(i < cut || shard_clock_watermark(new) <= shard_clock_watermark(old));
            unknown += i > cut && shard_clock_watermark(new) == INT64_MIN;
            same += shard_clock_watermark(new) == shard_clock_watermark(old);
        }
        assert_true(unknown > 5 && unknown < 120);
        assert_true(same > 100);
        shard_clock_free(&old);
        shard_clock_free(&new);
    }
}

static void test_shard_clock_encode__two_hundred_shards_fit(void **state)
{
    (void)state;
    struct shard_clock *clock = shard_clock_new(0);
    struct shard_clock *again = shard_clock_new(0);
    uint64_t random = 1;
    for (int i = 0; i < 200; i++) {
        char name[64];
        int64_t now_us = INT64_C(1790000000000000) + i * INT64_C(100000);
        snprintf(name, sizeof name, "shardId-%012d", i);
        int64_t age_us = (int64_t)(next_random(&random) % (10 * SECOND));
        shard_clock_see(clock, span_view(name), now_us - age_us, now_us);
    }
    struct buf text = encoded(clock, 3900);
    assert_int_equal(shard_clock_decode(again, buf_view(&text)), STATUS_OK);
    assert_int_equal(shard_clock_count(again), 200);
    buf_deinit(&text);
    shard_clock_free(&clock);
    shard_clock_free(&again);
}

static void test_shard_clock_decode__only_what_was_encoded(void **state)
{
    (void)state;
    struct shard_clock *clock = shard_clock_new(0);
    struct shard_clock *other = shard_clock_new(0);
    see(clock, "a", 1, 2);
    see(clock, "b", INT64_C(-4), 2);
    struct buf text = encoded(clock, ROOM);
    for (size_t i = 0; i < text.len; i++) {
        assert_int_equal(shard_clock_decode(other, span_of(text.ptr, i)), STATUS_INVALID);
    }
    buf_append_char(&text, 'A');
    assert_int_equal(shard_clock_decode(other, buf_view(&text)), STATUS_INVALID);
    assert_int_equal(shard_clock_decode(other, SPAN("2AAAA")), STATUS_INVALID);
    assert_int_equal(shard_clock_decode(other, SPAN("1gAAAA")), STATUS_INVALID); /* a long zero */
    assert_true(shard_clock_watermark(other) == INT64_MIN);
    buf_deinit(&text);
    shard_clock_free(&clock);
    shard_clock_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shard_clock__is_the_slowest_shard_of_the_last_minute),
        cmocka_unit_test(test_shard_clock__a_shard_that_is_behind_counts_when_it_is_read),
        cmocka_unit_test(test_shard_clock__quiet_moves_it_by_the_time_of_the_fetch),
        cmocka_unit_test(test_shard_clock__equals_a_plain_array),
        cmocka_unit_test(test_rule_07_watermark_is_the_same_for_a_new_owner),
        cmocka_unit_test(test_rule_07_watermark_waits_a_minute_where_the_text_is_too_small),
        cmocka_unit_test(test_shard_clock_encode__two_hundred_shards_fit),
        cmocka_unit_test(test_shard_clock_decode__only_what_was_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
