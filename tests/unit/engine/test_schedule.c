/* What is due comes in order, whatever came and went before. */
#include "engine/correlate/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { COUNT = 3000 };

static uint64_t below(uint64_t *random, uint64_t bound)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 33) % bound;
}

static int64_t least_of(const int64_t *times, const bool *there)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < COUNT; i++) {
        least = there[i] && times[i] < least ? times[i] : least;
    }
    return least;
}

static bool is_even(void *context, const struct due *due)
{
    bool *there = context;
    there[due->number] = there[due->number] && due->number % 2 == 0;
    return due->number % 2 == 0;
}

/* Times of several policies, each a while ahead of a clock, but for one in `jitter`. */
static void check_schedule(uint32_t policies, uint32_t jitter)
{
    static int64_t times[COUNT];
    static bool there[COUNT];
    uint64_t random = 3;
    size_t count = 0;
    struct schedule schedule = {0};
    assert_null(schedule_first(&schedule));
    for (uint32_t i = 0; i < COUNT; i++) {
        bool ahead = below(&random, jitter) > 0;
        times[i] = ahead ? (int64_t)i / 3 + (int64_t)(i % policies) * 100
                         : (int64_t)below(&random, 1000) - 500;
        there[i] = true;
        schedule_add(&schedule, (struct due){times[i], i});
        count++;
        while (below(&random, 3) == 0 && count > 0) {
            const struct due *first = schedule_first(&schedule);
            assert_true(there[first->number] && first->time_us == times[first->number]);
            assert_int_equal(first->time_us, least_of(times, there));
            there[first->number] = false;
            schedule_take(&schedule);
            count--;
        }
        if (i % 1000 == 500) {
            schedule_filter(&schedule, is_even, there);
            count = schedule.count;
        }
        assert_int_equal(schedule.count, count);
    }
    while (count-- > 0) {
        const struct due *first = schedule_first(&schedule);
        assert_int_equal(first->time_us, least_of(times, there));
        there[first->number] = false;
        schedule_take(&schedule);
    }
    assert_int_equal(least_of(times, there), INT64_MAX);
    schedule_deinit(&schedule);
}

static void test_schedule__the_earliest_is_first(void **state)
{
    (void)state;
    static const uint32_t policies[] = {1, 3, 8, 9, 20};
    static const uint32_t jitters[] = {1, 2, 10, UINT32_MAX}; /* 1: all of them */
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        for (size_t k = 0; k < sizeof jitters / sizeof *jitters; k++) {
            check_schedule(policies[i], jitters[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule__the_earliest_is_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
