#include "model/correlation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char first_seen[] = "{\"type\":\"new_terms\",\"timespan_us\":5,\"lateness_us\":1,"
                                 "\"learning_us\":7,\"condition\":{}}";
static const char good[] = "{\"type\":\"event_count\",\"timespan_us\":300000000,"
                           "\"lateness_us\":0,\"condition\":{\"gt\":-1.5,\"lte\":1E+40}}";

/* Parts and texts live as long as the test program. */
static enum status read_text(struct span text, struct correlation *out)
{
    static struct arena *arena;
    arena = arena ? arena : arena_new(0);
    return correlation_read_json(text, arena, out);
}

static void test_correlation_read_json__what_was_written(void **state)
{
    (void)state;
    struct correlation read;
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    assert_int_equal(read_text(span_view(good), &read), STATUS_OK);
    assert_int_equal(read.timespan_us, 300000000);
    assert_int_equal(read.condition.given, 1U << COMPARE_GT | 1U << COMPARE_LTE);
    correlation_write_json(&read, &writer);
    assert_string_equal(text.ptr, good);
    assert_int_equal(read_text(span_view(first_seen), &read), STATUS_OK);
    assert_int_equal(read.type, CORRELATION_NEW_TERMS);
    assert_int_equal(read.learning_us, 7);
    buf_deinit(&text);
}

/* One of each type, as it must be written. */
static const char *const each_type[] = {
    good, first_seen,
    "{\"type\":\"value_percentile\",\"window\":\"tumbling\",\"timespan_us\":5,\"lateness_us\":1,"
    "\"percentile\":99,\"condition\":{\"gt\":2}}",
    "{\"type\":\"value_avg\",\"window\":\"session\",\"timespan_us\":5,\"lateness_us\":1,"
    "\"condition\":{\"lt\":2}}",
    "{\"type\":\"temporal\",\"timespan_us\":5,\"lateness_us\":1,\"inputs\":2,\"mins\":[1,1]}",
    "{\"type\":\"temporal_ordered\",\"timespan_us\":5,\"lateness_us\":1,\"inputs\":3,"
    "\"mins\":[5,1,2]}",
    "{\"type\":\"absence\",\"timespan_us\":5,\"lateness_us\":1,\"before_us\":2,\"after_us\":3,"
    "\"inputs\":2,\"without\":1}",
    "{\"type\":\"baseline\",\"timespan_us\":60000000,\"lateness_us\":1,"
    "\"metric\":\"relative_change\"}",
    /* over findings of others, one of which has parts */
    "{\"type\":\"temporal\",\"timespan_us\":5,\"lateness_us\":3,\"inputs\":2,\"mins\":[1,1],"
    "\"inner\":[{\"input\":0,\"rule\":{\"type\":\"new_terms\",\"timespan_us\":5,"
    "\"lateness_us\":3,\"learning_us\":0,\"condition\":{}}},{\"input\":0,\"rule\":"
    "{\"type\":\"all\",\"timespan_us\":9,\"lateness_us\":2,\"require\":\"a\",\"waits\":false,"
    "\"parts\":[{\"name\":\"a\",\"within_us\":4,\"rule\":{\"type\":\"event_count\","
    "\"timespan_us\":5,\"lateness_us\":2,\"condition\":{\"gte\":1}}}]}}]}",
};

#define OUTER(members) "{\"type\":" members "}"
#define INNER(input, rule) "{\"input\":" input ",\"rule\":" rule "}"
#define COUNT(more) "{\"type\":\"event_count\",\"timespan_us\":5,\"lateness_us\":2," \
                    "\"condition\":{\"gte\":1}" more "}"
#define COUNTED "\"event_count\",\"timespan_us\":5,\"lateness_us\":2,\"condition\":{\"gte\":1}"

static void test_correlation_read_json__inner_ones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status status;
    } rows[] = {
        {OUTER(COUNTED ",\"inner\":[" INNER("0", COUNT("")) "]"), STATUS_OK},
        /* none, of no input, out of order, or later than the other waits */
        {OUTER(COUNTED ",\"inner\":[]"), STATUS_INVALID},
        {OUTER(COUNTED ",\"inner\":[" INNER("1", COUNT("")) "]"), STATUS_INVALID},
        {OUTER("\"temporal\",\"timespan_us\":5,\"lateness_us\":2,\"inputs\":2,\"mins\":[1,1],"
               "\"inner\":[" INNER("1", COUNT("")) "," INNER("0", COUNT("")) "]"),
         STATUS_INVALID},
        {OUTER("\"event_count\",\"timespan_us\":5,\"lateness_us\":1,\"condition\":{\"gte\":1},"
               "\"inner\":[" INNER("0", COUNT("")) "]"), STATUS_INVALID},
        /* deeper; findings have no numbers */
        {OUTER(COUNTED ",\"inner\":["
               INNER("0", COUNT(",\"inner\":[" INNER("0", COUNT("")) "]")) "]"), STATUS_INVALID},
        {OUTER("\"value_sum\",\"timespan_us\":5,\"lateness_us\":2,\"condition\":{\"gte\":1},"
               "\"inner\":[" INNER("0", COUNT("")) "]"), STATUS_INVALID},
        {OUTER("\"baseline\",\"timespan_us\":5,\"lateness_us\":2,\"metric\":\"sum\","
               "\"inner\":[" INNER("0", COUNT("")) "]"), STATUS_INVALID},
        {OUTER("\"baseline\",\"timespan_us\":5,\"lateness_us\":2,\"metric\":\"distinct\","
               "\"inner\":[" INNER("0", COUNT("")) "]"), STATUS_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct correlation read;
        if (read_text(span_view(rows[i].text), &read) != rows[i].status) {
            fail_msg("row %zu: %s", i, rows[i].text);
        }
    }
}


static void test_correlation_read_json__each_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof each_type / sizeof *each_type; i++) {
        struct correlation read;
        struct buf text = {0};
        struct json_writer writer = json_writer_to(&text);
        if (read_text(span_view(each_type[i]), &read) != STATUS_OK) {
            fail_msg("refused: %s", each_type[i]);
        }
        correlation_write_json(&read, &writer);
        assert_string_equal(text.ptr, each_type[i]);
        buf_deinit(&text);
    }
}

static void test_correlation_read_json__what_cannot_be_watched(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "{}", "[]", "null",
        "{\"type\":\"event_cuont\",\"timespan_us\":3,\"lateness_us\":0,\"condition\":{}}",
        "{\"type\":\"event_count\",\"timespan_us\":0,\"lateness_us\":0,\"condition\":{}}",
        "{\"type\":\"event_count\",\"timespan_us\":-3,\"lateness_us\":0,\"condition\":{}}",
        "{\"type\":\"event_count\",\"timespan_us\":3,\"lateness_us\":-1,\"condition\":{}}",
        "{\"type\":\"event_count\",\"timespan_us\":3,\"lateness_us\":0,\"condition\":{\"ge\":1}}",
        "{\"type\":\"event_count\",\"timespan_us\":3,\"lateness_us\":0,\"condition\":{\"gt\":1.0}}",
        "{\"type\":\"event_count\",\"timespan_us\":3,\"lateness_us\":0,"
        "\"condition\":{\"gt\":\"1\"}}",
        "{\"type\":\"event_count\",\"timespan_us\":3,\"lateness_us\":0,\"condition\":{}} ",
        "{\"type\":\"event_count\",\"timespan_us\":3,\"lateness_us\":0,\"condition\":{},\"x\":1}",
        "{\"type\":\"event_count\",\"timespan_us\":3,\"lateness_us\":0,\"learning_us\":0,"
        "\"condition\":{}}",
        "{\"type\":\"event_count\",\"lateness_us\":0,\"timespan_us\":3,\"condition\":{}}",
        "{\"type\":\"event_count\",\"window\":\"sliding\",\"timespan_us\":3,\"lateness_us\":0,"
        "\"condition\":{}}",
        "{\"type\":\"value_percentile\",\"timespan_us\":5,\"lateness_us\":1,\"percentile\":0,"
        "\"condition\":{\"gt\":2}}",
        "{\"type\":\"temporal\",\"timespan_us\":5,\"lateness_us\":1,\"inputs\":0,\"mins\":[]}",
        "{\"type\":\"temporal\",\"timespan_us\":5,\"lateness_us\":1,\"inputs\":1,\"mins\":[0]}",
        "{\"type\":\"temporal\",\"timespan_us\":5,\"lateness_us\":1,\"inputs\":2,\"mins\":[1]}",
        "{\"type\":\"temporal\",\"timespan_us\":5,\"lateness_us\":1,\"inputs\":17,"
        "\"mins\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}",
        "{\"type\":\"absence\",\"timespan_us\":5,\"lateness_us\":1,\"before_us\":2,\"after_us\":3,"
        "\"inputs\":1,\"without\":1}",
        "{\"type\":\"absence\",\"timespan_us\":6,\"lateness_us\":1,\"before_us\":2,\"after_us\":3,"
        "\"inputs\":2,\"without\":1}",
        "{\"type\":\"absence\",\"timespan_us\":9223372036854775807,\"lateness_us\":1,"
        "\"before_us\":9223372036854775807,\"after_us\":3,\"inputs\":2,\"without\":1}",
        "{\"type\":\"temporal\",\"timespan_us\":5,\"lateness_us\":1,\"inputs\":2,"
        "\"mins\":[1,500]}",
        "{\"type\":\"baseline\",\"timespan_us\":5,\"lateness_us\":1,\"metric\":\"mean\"}",
        "{\"type\":\"event\\u005fcount\",\"timespan_us\":3,\"lateness_us\":0,\"condition\":{}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct correlation read = {.timespan_us = 42};
        if (read_text(span_view(rows[i]), &read) != STATUS_INVALID) {
            fail_msg("taken: %s", rows[i]);
        }
        assert_int_equal(read.timespan_us, 42);
    }
    for (size_t length = 0; length < sizeof good - 1; length++) {
        struct correlation read;
        assert_int_equal(read_text(span_of(good, length), &read), STATUS_INVALID);
    }
}

static void test_correlation_condition_holds__each_bound(void **state)
{
    (void)state;
    static const bool holds[CORRELATION_COMPARE_COUNT][3] = { /* of 4, 5, 6 against 5 */
        [COMPARE_GT] = {0, 0, 1}, [COMPARE_GTE] = {0, 1, 1}, [COMPARE_LT] = {1, 0, 0},
        [COMPARE_LTE] = {1, 1, 0}, [COMPARE_EQ] = {0, 1, 0}, [COMPARE_NEQ] = {1, 0, 1},
    };
    for (size_t compare = 0; compare < CORRELATION_COMPARE_COUNT; compare++) {
        struct correlation_condition condition = {.given = 1U << compare};
        condition.bounds[compare] = decimal_from_int(5);
        for (int value = 4; value <= 6; value++) {
            assert_int_equal(correlation_condition_holds(&condition, decimal_from_int(value)),
                             holds[compare][value - 4]);
        }
        assert_int_equal(correlation_condition_is_monotone(&condition),
                         compare == COMPARE_GT || compare == COMPARE_GTE);
    }
}

static void test_correlation_condition_holds__all_bounds_together(void **state)
{
    (void)state;
    struct correlation_condition condition = {.given = 1U << COMPARE_GTE | 1U << COMPARE_LT};
    condition.bounds[COMPARE_GTE] = decimal_from_int(3);
    condition.bounds[COMPARE_LT] = decimal_from_int(5);
    for (int value = 0; value < 8; value++) {
        assert_int_equal(correlation_condition_holds(&condition, decimal_from_int(value)),
                         value >= 3 && value < 5);
    }
    assert_false(correlation_condition_is_monotone(&condition));
}

static void give(struct correlation_condition *condition, enum correlation_compare compare,
                 const char *bound)
{
    condition->given |= 1U << compare;
    assert_int_equal(decimal_parse(span_view(bound), &condition->bounds[compare]), STATUS_OK);
}

static void test_correlation_condition_can_hold__numbers_and_counts(void **state)
{
    (void)state;
    static const struct {
        const char *bounds[CORRELATION_COMPARE_COUNT]; /* gt, gte, lt, lte, eq, neq */
        bool number, count_from_0, count_from_1;
    } rows[] = {
        {{0}, 1, 1, 1},
        {{[COMPARE_GT] = "1E+40"}, 1, 1, 1},
        {{[COMPARE_LT] = "1"}, 1, 1, 0},
        {{[COMPARE_LTE] = "1"}, 1, 1, 1},
        {{[COMPARE_LT] = "-1E+40"}, 1, 0, 0},
        {{[COMPARE_EQ] = "0"}, 1, 1, 0},
        {{[COMPARE_EQ] = "2.5"}, 1, 0, 0},
        {{[COMPARE_EQ] = "2", [COMPARE_NEQ] = "2.0"}, 0, 0, 0},
        {{[COMPARE_EQ] = "2", [COMPARE_GT] = "2"}, 0, 0, 0},
        {{[COMPARE_EQ] = "2", [COMPARE_GTE] = "2"}, 1, 1, 1},
        {{[COMPARE_NEQ] = "0"}, 1, 1, 1},
        {{[COMPARE_GT] = "2", [COMPARE_LT] = "3"}, 1, 0, 0},
        {{[COMPARE_GT] = "2", [COMPARE_LT] = "4", [COMPARE_NEQ] = "3"}, 1, 0, 0},
        {{[COMPARE_GT] = "2", [COMPARE_LT] = "5", [COMPARE_NEQ] = "3"}, 1, 1, 1},
        {{[COMPARE_GT] = "2.5", [COMPARE_LTE] = "3"}, 1, 1, 1},
        {{[COMPARE_GT] = "2.4", [COMPARE_LTE] = "3"}, 1, 1, 1},
        {{[COMPARE_GTE] = "2", [COMPARE_LTE] = "2"}, 1, 1, 1},
        {{[COMPARE_GTE] = "2", [COMPARE_LTE] = "2", [COMPARE_NEQ] = "2"}, 0, 0, 0},
        {{[COMPARE_GTE] = "2", [COMPARE_GT] = "2", [COMPARE_LTE] = "2"}, 0, 0, 0},
        {{[COMPARE_GTE] = "3", [COMPARE_LT] = "2"}, 0, 0, 0},
        {{[COMPARE_GTE] = "1", [COMPARE_GT] = "7", [COMPARE_LT] = "9", [COMPARE_LTE] = "7"},
         0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct correlation_condition condition = {0};
        for (size_t compare = 0; compare < CORRELATION_COMPARE_COUNT; compare++) {
            if (rows[i].bounds[compare]) {
                give(&condition, (enum correlation_compare)compare, rows[i].bounds[compare]);
            }
        }
        if (correlation_condition_can_hold(&condition) != rows[i].number ||
            correlation_condition_can_count(&condition, 0) != rows[i].count_from_0 ||
            correlation_condition_can_count(&condition, 1) != rows[i].count_from_1) {
            fail_msg("row %zu", i);
        }
    }
}

static void test_correlation_end_us__stays_in_range(void **state)
{
    (void)state;
    const struct correlation correlation = {.timespan_us = 5, .lateness_us = 2};
    const struct correlation long_one = {.timespan_us = INT64_MAX, .lateness_us = INT64_MAX};
    assert_int_equal(correlation_end_us(&correlation, 10), 17);
    assert_int_equal(correlation_end_us(&correlation, INT64_MAX - 7), INT64_MAX - 1);
    assert_int_equal(correlation_end_us(&correlation, INT64_MAX), INT64_MAX - 1);
    assert_int_equal(correlation_end_us(&long_one, 1), INT64_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_correlation_read_json__what_was_written),
        cmocka_unit_test(test_correlation_read_json__each_type),
        cmocka_unit_test(test_correlation_read_json__inner_ones),
        cmocka_unit_test(test_correlation_read_json__what_cannot_be_watched),
        cmocka_unit_test(test_correlation_condition_holds__each_bound),
        cmocka_unit_test(test_correlation_condition_holds__all_bounds_together),
        cmocka_unit_test(test_correlation_condition_can_hold__numbers_and_counts),
        cmocka_unit_test(test_correlation_end_us__stays_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
