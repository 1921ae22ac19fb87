#include "kinesis/kinesis_hash.h"
#include "kinesis/kinesis_position.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define ARN "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"

static void test_kinesis_hash_parse__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        {"0", true},
        {"170141183460469231731687303715884105728", true},
        {"340282366920938463463374607431768211455", true},
        {"340282366920938463463374607431768211456", false}, /* 2^128 */
        {"999999999999999999999999999999999999999", false},
        {"3402823669209384634633746074317682114550", false},
        {"", false},
        {"-1", false},
        {"1 ", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        kinesis_hash hash = 0;
        char text[KINESIS_HASH_TEXT_SIZE];
        assert_int_equal(kinesis_hash_parse(span_view(rows[i].text), &hash), rows[i].valid);
        if (rows[i].valid) {
            kinesis_hash_format(hash, text);
            assert_string_equal(text, rows[i].text);
        }
    }
}

static void test_kinesis_hash_of_key__is_md5(void **state)
{
    (void)state;
    char text[KINESIS_HASH_TEXT_SIZE];
    /* d41d8cd98f00b204e9800998ecf8427e */
    kinesis_hash_format(kinesis_hash_of_key(SPAN("")), text);
    assert_string_equal(text, "281949768489412648962353822266799178366");
}

static void test_kinesis_sequence__order(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        int order;
    } rows[] = {
        {"9", "10", -1}, {"10", "9", 1}, {"0", "0", 0}, {"49600", "49601", -1},
        {"99999999999999999999999999", "100000000000000000000000000", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(kinesis_sequence_compare(span_view(rows[i].a), span_view(rows[i].b)),
                         rows[i].order);
    }
    char digits[KINESIS_SEQUENCE_DIGITS_MAX + 1];
    memset(digits, '7', sizeof digits);
    assert_true(kinesis_sequence_is_valid(span_of(digits, sizeof digits - 1)));
    assert_false(kinesis_sequence_is_valid(span_of(digits, sizeof digits)));
    assert_false(kinesis_sequence_is_valid(SPAN("")));
    assert_false(kinesis_sequence_is_valid(SPAN("07")));
    assert_false(kinesis_sequence_is_valid(SPAN("7a")));
}

static void test_kinesis_position__round_trip(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct span name = kinesis_position_name(SPAN(ARN), SPAN("shardId-000000000003"), SPAN("4960"),
                                             arena);
    static const char *const places[] = {
        "trim_horizon",     "at_timestamp 1795225674872",    "latest 1", "sequence 4960",
        "sequence 0 sub 0", "sequence 4960 sub 17", "SHARD_END", "SHARD_END 1795225674872",
    };
    assert_true(span_starts_with(name, SPAN("orders/shardId-000000000003/")));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct span text = arena_printf(arena, "%.*s %s", SPAN_ARG(name), places[i]);
        struct kinesis_position position;
        assert_int_equal(kinesis_position_read(text, name, &position), STATUS_OK);
        assert_string_equal(kinesis_position_write(name, &position, arena).ptr, text.ptr);
    }
    arena_free(&arena);
}

static void test_kinesis_position_read__refuses(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct span name = kinesis_position_name(SPAN(ARN), SPAN("s"), SPAN("1"), arena);
    static const char *const rests[] = {
        "",        " ",               " sequence",     " sequence 07",
        " latest", " at_timestamp x", " SHARD_END x",  " sequence 1 sub",
        " latest -1", " trim_horizon 3", " elsewhere", " sequence 1 sub -1",
        " sequence 1 x 2",
    };
    struct kinesis_position position;
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        struct span text = arena_printf(arena, "%.*s%s", SPAN_ARG(name), rests[i]);
        assert_int_equal(kinesis_position_read(text, name, &position), STATUS_CONFLICT);
    }
    const struct span others[] = {
        kinesis_position_name(SPAN(ARN "2"), SPAN("s"), SPAN("1"), arena),
        kinesis_position_name(SPAN(ARN), SPAN("s2"), SPAN("1"), arena),
        kinesis_position_name(SPAN(ARN), SPAN("s"), SPAN("2"), arena), /* the stream made anew */
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct span text = arena_printf(arena, "%.*s SHARD_END", SPAN_ARG(others[i]));
        assert_int_equal(kinesis_position_read(text, name, &position), STATUS_CONFLICT);
    }
    arena_free(&arena);
}

static void test_kinesis_position_passes__table(void **state)
{
    (void)state;
    static const struct {
        const char *newer;
        const char *older;
        bool passes;
    } rows[] = {
        {"n sequence 10", "n sequence 9", true},
        {"n sequence 9", "n sequence 10", false},
        {"n sequence 9", "n sequence 9", true},
        {"n sequence 9", "n sequence 9 sub 4", true}, /* the whole record is further */
        {"n sequence 9 sub 4", "n sequence 9", false},
        {"n sequence 9 sub 4", "n sequence 9 sub 5", false},
        {"n sequence 9 sub 5", "n sequence 9 sub 5", true},
        {"n SHARD_END", "n sequence 9", true},
        {"n sequence 9", "n SHARD_END", false},
        {"n SHARD_END", "n SHARD_END 5", true},
        {"n latest 5", "n sequence 9", false},
        {"n sequence 9", "n at_timestamp 7", true},
        {"n trim_horizon", "n latest 7", true},
        {"m sequence 1", "n SHARD_END", true}, /* another stream: what was written later */
        {"n rubbish", "n sequence 9", false},
        {"n sequence 1", "n rubbish", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (kinesis_position_passes(span_view(rows[i].newer), span_view(rows[i].older)) !=
            rows[i].passes) {
            fail_msg("'%s' after '%s'", rows[i].newer, rows[i].older);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinesis_hash_parse__table),
        cmocka_unit_test(test_kinesis_hash_of_key__is_md5),
        cmocka_unit_test(test_kinesis_sequence__order),
        cmocka_unit_test(test_kinesis_position__round_trip),
        cmocka_unit_test(test_kinesis_position_read__refuses),
        cmocka_unit_test(test_kinesis_position_passes__table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
