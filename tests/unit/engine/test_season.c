/* The half hours of a day, and what they take. */
#include "engine/baseline/season.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { SLOT_BYTES = 5 };
static const int64_t SLOT = INT64_C(1800000000);
static const int64_t DAY = INT64_C(86400000000);
static const int64_t MONDAY = INT64_C(1704067200000000); /* 2024-01-01 00:00 */

static double mean_of(const struct season *season, size_t slot)
{
    double mean = 0;
    assert_true(season_mean(season, slot, &mean));
    return mean;
}

static void test_season_slot__half_hours_of_weekdays_and_weekends(void **state)
{
    (void)state;
    const struct {
        int64_t time_us;
        size_t slot;
    } rows[] = {
        {MONDAY, 0},
        {MONDAY + SLOT - 1, 0},
        {MONDAY + SLOT, 1},
        {MONDAY - 1, 95}, /* Sunday, 23:59 */
        {MONDAY + 4 * DAY + 47 * SLOT, 47},
        {MONDAY + 5 * DAY, 48},
        {MONDAY + 6 * DAY + 3 * SLOT, 51},
        {0, 0}, /* Thursday, the first of 1970 */
        {-1, 47},
        {-4 * DAY, 48}, /* a Sunday */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(season_slot(rows[i].time_us), rows[i].slot);
    }
}

/* Each half hour is found whatever others came before it, in whatever order. */
static void test_season_learn__each_half_hour_for_itself(void **state)
{
    (void)state;
    struct season season = {0};
    for (size_t i = 0; i < SEASON_SLOTS; i++) {
        size_t slot = i * 37 % SEASON_SLOTS;
        assert_int_equal(season_visits(&season, slot), 0);
        assert_int_equal(season_bytes(&season), i * SLOT_BYTES);
        season_learn(&season, slot, 100, 100 + (double)slot);
        season_learn(&season, slot, 100, 102 + (double)slot); /* the mean of both */
    }
    for (size_t slot = 0; slot < SEASON_SLOTS; slot++) {
        assert_int_equal(season_visits(&season, slot), 2);
        assert_true(mean_of(&season, slot) == (double)slot + 1);
    }
    assert_int_equal(season_bytes(&season), SEASON_SLOTS * SLOT_BYTES);
    season_release(&season);
    assert_int_equal(season_bytes(&season), 0);
}

/* 1/2, 1/3, 1/4, then a fifth of the difference each time. */
static void test_season_learn__follows_at_a_fifth(void **state)
{
    (void)state;
    static const double means[] = {0, 5, 5 + 5 / 3.0, 7.5, 8, 8.4, 8.72};
    struct season season = {0};
    season_learn(&season, 7, 0, 0);
    for (size_t i = 1; i < sizeof means / sizeof *means; i++) {
        season_learn(&season, 7, 0, 10);
        double off = mean_of(&season, 7) - means[i];
        assert_true(off < 1e-5 && off > -1e-5);
    }
    assert_int_equal(season_visits(&season, 7), SEASON_VISITS_MAX);
    season_release(&season);
}

static void test_season_copy__is_another_one(void **state)
{
    (void)state;
    struct season season = {0};
    struct season nothing = season_copy(&season);
    season_learn(&season, 3, 0, 1);
    struct season copy = season_copy(&season);
    season_learn(&copy, 3, 0, 3);
    season_learn(&copy, 1, 0, 9);
    assert_int_equal(season_visits(&season, 3), 1);
    assert_int_equal(season_visits(&season, 1), 0);
    assert_true(mean_of(&season, 3) == 1 && mean_of(&copy, 3) == 2);
    assert_int_equal(season_bytes(&nothing), 0);
    season_release(&season);
    season_release(&copy);
    season_release(&nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_season_slot__half_hours_of_weekdays_and_weekends),
        cmocka_unit_test(test_season_learn__each_half_hour_for_itself),
        cmocka_unit_test(test_season_learn__follows_at_a_fifth),
        cmocka_unit_test(test_season_copy__is_another_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
