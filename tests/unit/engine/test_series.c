/* A series against what is known of it. Whole series: tests/e2e/test_series.py holds them against a
 * second program. */
#include "engine/baseline/series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { RECORDS = 3000 };
static const int64_t MINUTE = INT64_C(60000000);
static const int64_t MONDAY = INT64_C(1704067200000000); /* 2024-01-01 00:00 */

struct world {
    struct series series;
    struct season season;
    bool is_plain; /* without the season */
    int64_t time_us;
    uint64_t random;
};

static struct world world_new(void)
{
    return (struct world){.time_us = MONDAY, .random = 1};
}

static struct world world_copy(const struct world *world)
{
    struct world copy = *world;
    copy.season = season_copy(&world->season);
    return copy;
}

static void world_free(struct world *world)
{
    season_release(&world->season);
}

static double mean_of(const struct world *world, size_t slot)
{
    double mean = 0;
    assert_true(season_mean(&world->season, slot, &mean));
    return mean;
}

/* The same numbers everywhere: 0 to 1, in steps of 2^-32. */
static double random_of(struct world *world)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(world->random >> 32) / 4294967296.0;
}

static struct series_score take(struct world *world, double value)
{
    struct season *season = world->is_plain ? NULL : &world->season;
    struct series_score score = series_score(&world->series, season, value, world->time_us);
    if (series_alerts(&world->series, score.score)) {
        series_mark_alert(&world->series, score.score);
    }
    series_learn(&world->series, season, &score);
    world->time_us += MINUTE;
    return score;
}

/* Noise, a day's course, and a spike now and then. */
static double next_value(struct world *world)
{
    double spike = random_of(world) < 0.01 ? 50 * random_of(world) : 0;
    int64_t minute = world->time_us / MINUTE % 1440;
    return spike + 10 * random_of(world) + (minute < 720 ? (double)minute : 0) / 100;
}

/* -- frozen */

static void test_baseline_constants__are_frozen(void **state)
{
    (void)state;
    static const double frozen[][2] = {
        {BASELINE_WEIGHT_VALUE, 0.5},
        {BASELINE_WEIGHT_JUMP, 0.5},
        {BASELINE_WEIGHT_SEASON, 1},
        {BASELINE_WEIGHT_LEVEL, 1},
        {BASELINE_WEIGHT_BURST, 0.5},
        {BASELINE_WEIGHT_LOG, 0.5},
        {BASELINE_MEAN_SHORT, 3},
        {BASELINE_MEAN_LONG, 80},
        {BASELINE_MEAN_LEVEL, 30},
        {BASELINE_MEAN_LOG, 80},
        {BASELINE_ENVELOPE_RECORDS, 20000},
        {BASELINE_MIDDLE_RECORDS, 450},
        {BASELINE_WARM_UP_RECORDS, 20},
        {BASELINE_FLOOR_SHARE, 0.001},
        {BASELINE_FLOOR, 1e-12},
        {BASELINE_FLOOR_COMPRESSED, 1e-9},
        {BASELINE_SLOT_SECONDS, 1800},
        {BASELINE_SLOTS, 48},
        {BASELINE_DAY_CLASSES, 2},
        {BASELINE_SEASON_RATE, 0.2},
        {BASELINE_SEASON_LEARNING_SECONDS, 86400},
        {BASELINE_THRESHOLD, 0.035},
        {BASELINE_HOLD_RECORDS, 120},
        {BASELINE_HOLD_FACTOR, 2},
        {BASELINE_SILENT_RECORDS, 48},
        {BASELINE_SILENT_SEASON_SECONDS, 604800},
        {BASELINE_FORGET_SECONDS, 2592000},
        {BASELINE_VALUE_MAX, 1e30},
    };
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++) {
        assert_true(frozen[i][0] == frozen[i][1]);
    }
}

/* The bits of all scores of a series: they are promised to be the same on every machine, and change
 * with every constant and every step of the algorithm. */
static void test_series_score__bits_of_a_series(void **state)
{
    (void)state;
    struct world world = world_new();
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int i = 0; i < RECORDS; i++) {
        struct series_score score = take(&world, next_value(&world));
        uint64_t bits;
        memcpy(&bits, &score.score, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(1099511628211);
    }
    assert_int_equal(hash, UINT64_C(0x862b0b105765fcb0));
    world_free(&world);
}

static void test_series__sizes(void **state)
{
    (void)state;
    assert_true(sizeof(struct series) <= 256);
    assert_true(sizeof(struct season) <= 32);
}

/* -- scores */

static void test_series_score__flat_lines_are_silent(void **state)
{
    (void)state;
    static const double lines[] = {0, 1, -7.25, 0.1, 1e-9, 1e15, 1e30, -INFINITY};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct world world = world_new();
        for (int k = 0; k < RECORDS; k++) {
            assert_true(take(&world, lines[i]).score == 0);
        }
        world_free(&world);
    }
}

/* 20 records are learned; the next one may be out of all of them. */
static void test_series_score__warm_up(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int i = 0; i < 19; i++) {
        assert_true(take(&world, i % 3).score == 0);
    }
    struct world young = world_copy(&world);
    assert_true(take(&young, 1000).score == 0);
    assert_int_equal(series_learning(&young.series, &young.season, young.time_us),
                     SERIES_LEARNING);
    take(&world, 1);
    struct series_score score = take(&world, 1000);
    assert_true(score.score > BASELINE_THRESHOLD);
    assert_int_equal(series_learning(&world.series, &world.season, world.time_us),
                     SERIES_LEARNING_SEASON);
    assert_int_equal(series_learning(&world.series, NULL, world.time_us), SERIES_LEARNED);
    assert_int_equal(series_learning(&world.series, &world.season, MONDAY + 1440 * MINUTE),
                     SERIES_LEARNED);
    world_free(&young);
    world_free(&world);
}

/* Learned from the first record on, judged by when a day is known: 50 in the morning and 10 in the
 * evening are usual, 50 in the evening is not. */
static void test_series_score__times_of_day_are_judged_after_a_day(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int minute = 0; minute < 1440; minute++) {
        double value = (minute < 720 ? 50 : 10) + random_of(&world);
        assert_true(take(&world, value).over[SERIES_SEASON] == 0);
        assert_true(series_score(&world.series, &world.season, 50, world.time_us - MINUTE)
                        .over[SERIES_SEASON] == 0);
    }
    for (int minute = 0; minute < 1200; minute++) {
        take(&world, (minute < 720 ? 50 : 10) + random_of(&world));
    }
    assert_true(series_score(&world.series, &world.season, 50, world.time_us)
                    .over[SERIES_SEASON] > 1);
    world_free(&world);
}

/* View 0 of values 3 to 9, by hand: (240 - 9) / (9 - 3 + 0.001 * (240 - 3)), weighed 0.5; the
 * envelope narrowed by less than a part in a thousand since. */
static void test_series_score__by_hand(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int i = 0; i < 70; i++) {
        take(&world, 3 + i % 7);
    }
    struct series_score score =
        series_score(&world.series, &world.season, 240, world.time_us);
    double expected = 0.5 * (240 - 9) / (9 - 3 + 0.001 * (240 - 3));
    assert_true(fabs(score.over[SERIES_VALUE] / expected - 1) < 0.001);
    struct series_score below =
        series_score(&world.series, &world.season, 0, world.time_us);
    assert_true(below.over[SERIES_VALUE] < -0.5 * 3 / 6.1);
    assert_true(below.score_above == 0);
    world_free(&world);
}

static void test_series_score__infinities_are_bounded(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int i = 0; i < RECORDS; i++) {
        double value = i % 100 == 99 ? (i % 200 == 99 ? INFINITY : -INFINITY) : next_value(&world);
        struct series_score score = take(&world, value);
        assert_true(isfinite(score.score));
        struct series_expected expected = series_expected(&world.series, &score, false);
        assert_true(isfinite(expected.low) && isfinite(expected.high));
    }
    world_free(&world);
}

/* A part of a value that only grows scores no more than the whole: what an early alert rests on. */
static void test_series_score__above_grows_with_the_value(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int i = 0; i < RECORDS; i++) {
        double before = 0;
        for (double value = 0; i % 50 == 0 && value < 1e6; value = 1.1 * value + 1) {
            double above = series_score(&world.series, &world.season, value, world.time_us)
                               .score_above;
            assert_true(above >= before * (1 - 1e-12));
            before = above;
        }
        take(&world, next_value(&world));
    }
    world_free(&world);
}

/* -- alerts */

static void test_series_alerts__hold_down(void **state)
{
    (void)state;
    struct series series = {.count = 200};
    assert_true(series_alerts(&series, 0.035));
    assert_false(series_alerts(&series, 0.0349));
    series_mark_alert(&series, 0.1);
    assert_false(series_alerts(&series, 0.2));
    assert_true(series_alerts(&series, 0.21));
    series.count += 119;
    assert_false(series_alerts(&series, 0.2));
    series.count++;
    assert_true(series_alerts(&series, 0.04));
}

/* Whatever fires: the value lies outside of what is said to be expected. */
static void test_series_expected__excludes_the_value(void **state)
{
    (void)state;
    static const double scales[] = {1, 1e-6, 1e9, -3};
    static const double bases[] = {0, 1e9, -1e6, 1e15};
    size_t seen[SERIES_VIEWS] = {0};
    for (size_t k = 0; k < 16; k++) {
        struct world world = world_new();
        for (int i = 0; i < 3 * RECORDS; i++) {
            double value = scales[k % 4] * next_value(&world) + bases[k / 4];
            struct series_score score =
                series_score(&world.series, &world.season, value, world.time_us);
            if (score.score > 0) {
                struct series_expected expected = series_expected(&world.series, &score, false);
                assert_true(expected.low <= expected.high);
                assert_true(value < expected.low || value > expected.high);
                seen[expected.view]++;
            }
            take(&world, value);
        }
        world_free(&world);
    }
    for (size_t view = 0; view < SERIES_VIEWS; view++) {
        assert_true(seen[view] > 0);
    }
}

/* -- silence */

static void test_series_learn_silence__is_what_zeros_would_do(void **state)
{
    (void)state;
    static const uint64_t counts[] = {1, 2, 100, 5000};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        struct world world = world_new();
        for (int i = 0; i < 200; i++) {
            take(&world, next_value(&world));
        }
        struct world at_once = world_copy(&world);
        for (uint64_t i = 0; i < counts[k]; i++) {
            take(&world, 0);
        }
        series_learn_silence(&at_once.series, &at_once.season, at_once.time_us, MINUTE,
                             counts[k]);
        assert_int_equal(at_once.series.count, world.series.count);
        assert_true(fabs(at_once.series.mean_long - world.series.mean_long) < 1e-6);
        assert_true(fabs(at_once.series.mean_log - world.series.mean_log) < 1e-6);
        assert_true(at_once.series.views[SERIES_LEVEL].lowest <= 1.01 * at_once.series.mean_level);
        for (size_t slot = 0; slot < SEASON_SLOTS; slot++) {
            uint8_t visits = season_visits(&world.season, slot);
            assert_int_equal(season_visits(&at_once.season, slot), visits);
            assert_true(visits == 0 || fabs(mean_of(&at_once, slot) - mean_of(&world, slot)) <
                                           1e-4);
        }
        world_free(&at_once);
        world_free(&world);
    }
}

/* Whoever was away for a month once is not alerted of for coming back the next time. */
static void test_series_learn_silence__coming_back_again_is_no_news(void **state)
{
    (void)state;
    const uint64_t month = UINT64_C(30) * 1440;
    struct world world = world_new();
    world.is_plain = true; /* the hours of the day differ from time to time */
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 600; i++) {
            struct series_score score = take(&world, 5 + i % 5);
            assert_true(round < 2 || score.score < BASELINE_THRESHOLD);
        }
        for (int i = 0; i < BASELINE_SILENT_RECORDS; i++) {
            take(&world, 0);
        }
        series_learn_silence(&world.series, NULL, world.time_us, MINUTE, month);
        world.time_us += (int64_t)month * MINUTE;
    }
}

/* -- saving and loading */

static void assert_seasons_equal(const struct world *a, const struct world *b)
{
    assert_int_equal(season_bytes(&a->season), season_bytes(&b->season));
    for (size_t slot = 0; slot < SEASON_SLOTS; slot++) {
        uint8_t visits = season_visits(&a->season, slot);
        assert_int_equal(visits, season_visits(&b->season, slot));
        assert_true(visits == 0 || mean_of(a, slot) == mean_of(b, slot));
    }
}

static void test_series_save__bit_exact(void **state)
{
    (void)state;
    struct world world = world_new();
    for (int i = 0; i < RECORDS; i++) {
        take(&world, next_value(&world));
        if (i % 37 != 0) {
            continue;
        }
        struct buf bytes = {0};
        series_save(&world.series, &world.season, &bytes);
        struct unpacker from = {.rest = buf_view(&bytes)};
        struct world loaded = {0};
        series_load(&loaded.series, &loaded.season, &from);
        assert_false(from.failed);
        assert_int_equal(from.rest.len, 0);
        assert_memory_equal(&loaded.series, &world.series, sizeof loaded.series);
        assert_seasons_equal(&loaded, &world);
        world_free(&loaded);
        buf_deinit(&bytes);
    }
    world_free(&world);
}

static void test_series_load__what_no_series_is(void **state)
{
    (void)state;
    struct world world = world_new();
    struct buf bytes = {0};
    for (int i = 0; i < 100; i++) {
        take(&world, next_value(&world));
    }
    series_save(&world.series, &world.season, &bytes);
    const struct {
        size_t place;
        unsigned char byte;
    } damages[] = {
        {7, 0xff},       /* more records of the season than there are */
        {11, 0xff},      /* an alert of a record to come */
        {28 + 7, 0x7f},  /* no finite number */
        {28 + 63, 0x47}, /* one that is too large */
        {28 + 55, 0x45}, /* lowest above highest */
        {28 + 26 * 8, 9} /* visits of a half hour */
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        char kept = bytes.ptr[damages[i].place];
        bytes.ptr[damages[i].place] = (char)damages[i].byte;
        struct unpacker from = {.rest = buf_view(&bytes)};
        struct world loaded = {0};
        series_load(&loaded.series, &loaded.season, &from);
        bytes.ptr[damages[i].place] = kept;
        assert_true(from.failed);
        world_free(&loaded);
    }
    for (size_t len = 0; len < bytes.len; len++) {
        struct unpacker from = {.rest = span_of(bytes.ptr, len)};
        struct world loaded = {0};
        series_load(&loaded.series, &loaded.season, &from);
        assert_true(from.failed);
        world_free(&loaded);
    }
    world_free(&world);
    buf_deinit(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_baseline_constants__are_frozen),
        cmocka_unit_test(test_series_score__bits_of_a_series),
        cmocka_unit_test(test_series__sizes),
        cmocka_unit_test(test_series_score__flat_lines_are_silent),
        cmocka_unit_test(test_series_score__warm_up),
        cmocka_unit_test(test_series_score__times_of_day_are_judged_after_a_day),
        cmocka_unit_test(test_series_score__by_hand),
        cmocka_unit_test(test_series_score__infinities_are_bounded),
        cmocka_unit_test(test_series_score__above_grows_with_the_value),
        cmocka_unit_test(test_series_alerts__hold_down),
        cmocka_unit_test(test_series_expected__excludes_the_value),
        cmocka_unit_test(test_series_learn_silence__is_what_zeros_would_do),
        cmocka_unit_test(test_series_learn_silence__coming_back_again_is_no_news),
        cmocka_unit_test(test_series_save__bit_exact),
        cmocka_unit_test(test_series_load__what_no_series_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
