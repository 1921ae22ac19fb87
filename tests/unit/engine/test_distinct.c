#include "engine/correlate/distinct.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct digest value_of(uint64_t number)
{
    struct digest_state state;
    digest_init(&state);
    digest_field_number(&state, number);
    return digest_finish(&state);
}

static void add(struct distinct *distinct, uint64_t number)
{
    struct digest value = value_of(number);
    distinct_add(distinct, &value);
}

static void test_distinct_add__exact_up_to_the_bound(void **state)
{
    (void)state;
    struct distinct distinct = {0};
    for (uint64_t i = 0; i < DISTINCT_VALUES_MAX; i++) {
        add(&distinct, i);
        add(&distinct, i / 2);
        assert_int_equal(distinct_count(&distinct), i + 1);
    }
    assert_false(distinct_is_sample(&distinct));
    add(&distinct, DISTINCT_VALUES_MAX);
    assert_true(distinct_is_sample(&distinct));
    distinct_release(&distinct);
}

static void test_distinct_add__beyond_it_an_estimate(void **state)
{
    (void)state;
    static const uint64_t totals[] = {1025, 3000, 10000, 300000};
    for (size_t k = 0; k < sizeof totals / sizeof *totals; k++) {
        struct distinct distinct = {0};
        for (uint64_t i = 0; i < totals[k]; i++) {
            add(&distinct, i);
            assert_true(distinct_bytes(&distinct) <= 8 * DISTINCT_VALUES_MAX);
        }
        double ratio = (double)distinct_count(&distinct) / (double)totals[k];
        assert_true(ratio > 0.85 && ratio < 1.15);
        distinct_release(&distinct);
    }
}

/* What is kept follows from the set alone. */
static void test_distinct_save__does_not_depend_on_the_order(void **state)
{
    (void)state;
    enum { TOTAL = 5000 };
    struct distinct up = {0};
    struct distinct down = {0};
    struct buf bytes_up = {0};
    struct buf bytes_down = {0};
    for (uint64_t i = 0; i < TOTAL; i++) {
        add(&up, i);
        add(&down, TOTAL - 1 - i);
    }
    distinct_save(&up, &bytes_up);
    distinct_save(&down, &bytes_down);
    assert_true(span_equals(buf_view(&bytes_up), buf_view(&bytes_down)));
    struct distinct loaded = {0};
    struct unpacker from = {.rest = buf_view(&bytes_up)};
    distinct_load(&loaded, &from);
    assert_false(from.failed);
    assert_int_equal(distinct_count(&loaded), distinct_count(&up));
    assert_int_equal(distinct_bytes(&loaded), distinct_bytes(&up));
    for (uint64_t i = TOTAL; i < 2 * TOTAL; i++) {
        add(&loaded, i);
        add(&up, i);
        assert_int_equal(distinct_count(&loaded), distinct_count(&up));
    }
    distinct_release(&loaded);
    distinct_release(&up);
    distinct_release(&down);
    buf_deinit(&bytes_up);
    buf_deinit(&bytes_down);
}

static void test_distinct_load__what_is_not_saved(void **state)
{
    (void)state;
    static const struct {
        uint8_t depth;
        uint64_t hashes[3];
    } cases[] = {
        {0, {1, 1, 2}},          /* twice */
        {0, {0, 1, 2}},          /* no hash */
        {0, {3, 2, 4}},          /* not in order */
        {1, {1, 2, UINT64_MAX}}, /* not in the sample */
        {64, {1, 2, 3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct distinct loaded = {0};
        struct buf bytes = {0};
        pack_u8(&bytes, cases[i].depth);
        pack_u32(&bytes, 3);
        for (size_t k = 0; k < 3; k++) {
            pack_u64(&bytes, cases[i].hashes[k]);
        }
        struct unpacker from = {.rest = buf_view(&bytes)};
        distinct_load(&loaded, &from);
        assert_true(from.failed);
        distinct_release(&loaded);
        buf_deinit(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distinct_add__exact_up_to_the_bound),
        cmocka_unit_test(test_distinct_add__beyond_it_an_estimate),
        cmocka_unit_test(test_distinct_save__does_not_depend_on_the_order),
        cmocka_unit_test(test_distinct_load__what_is_not_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
