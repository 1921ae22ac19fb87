#include "model/signal_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int tear_down(void **state)
{
    struct arena *arena = *state;
    arena_free(&arena);
    return 0;
}

static struct span written(const struct signal *signal, struct arena *arena)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    signal_write_json(signal, &writer);
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static const struct signal match = {
    .sequence = 9, /* the place in the log: not in the text */
    .kind = SIGNAL_MATCH,
    .fan_index = 2,
    .policy_id = {"p", 1},
    .policy_version = {{1}},
    .state_id = {{2}},
    .finding = {{3}},
    .group_key = {"[\"a\"]", 5},
    .severity = {"high", 4},
    .source = {"e/0#x", 5},
    .offset = UINT64_MAX,
    .event_time_us = INT64_MAX,
    .watermark_us = INT64_MIN,
    .detected_us = -1,
    .horizon_us = 600,
    .episode_us = 0,
    .summary = true,
    .body = {"{\"title\":\"x\"}", 13},
};

static void assert_same(const struct signal *a, const struct signal *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->fan_index, b->fan_index);
    assert_true(span_equals(a->policy_id, b->policy_id));
    assert_true(digest_equals(&a->policy_version, &b->policy_version));
    assert_true(digest_equals(&a->state_id, &b->state_id));
    assert_true(digest_equals(&a->finding, &b->finding));
    assert_true(span_equals(a->group_key, b->group_key));
    assert_true(span_equals(a->severity, b->severity));
    assert_true(span_equals(a->source, b->source));
    assert_true(a->offset == b->offset);
    assert_true(a->event_time_us == b->event_time_us);
    assert_true(a->watermark_us == b->watermark_us);
    assert_true(a->detected_us == b->detected_us);
    assert_true(a->horizon_us == b->horizon_us);
    assert_true(a->episode_us == b->episode_us);
    assert_int_equal(a->summary, b->summary);
    assert_true(digest_equals(&a->revision, &b->revision));
    assert_true(span_equals(a->body, b->body));
}

static void test_signal_write_json__a_match(void **state)
{
    assert_string_equal(
        written(&match, *state).ptr,
        "{\"kind\":\"match\",\"policy\":\"p\","
        "\"policy_version\":\"01000000000000000000000000000000\","
        "\"state\":\"02000000000000000000000000000000\","
        "\"finding\":\"03000000000000000000000000000000\",\"fan_index\":2,"
        "\"group\":\"[\\\"a\\\"]\",\"severity\":\"high\",\"source\":\"e/0#x\","
        "\"offset\":18446744073709551615,\"event_time_us\":9223372036854775807,"
        "\"watermark_us\":-9223372036854775808,\"detected_us\":-1,\"horizon_us\":600,"
        "\"episode_us\":0,\"summary\":true,\"body\":{\"title\":\"x\"}}");
}

static void test_signal_write_json__a_tick(void **state)
{
    const struct signal tick = {.kind = SIGNAL_TICK, .source = SPAN("e/1#x"), .offset = 7,
                                .event_time_us = 5, .watermark_us = 5, .detected_us = 6,
                                .revision = {{4}}};
    struct span text = written(&tick, *state);
    struct json_error error;
    struct signal read;
    assert_string_equal(text.ptr,
                        "{\"kind\":\"tick\",\"source\":\"e/1#x\",\"offset\":7,\"watermark_us\":5,"
                        "\"detected_us\":6,\"revision\":\"04000000000000000000000000000000\"}");
    assert_int_equal(signal_read_json(text, *state, &error, &read), STATUS_OK);
    assert_same(&tick, &read);
    assert_int_equal(read.partitions, 0);
    struct signal idle = tick;
    idle.idle = true;
    text = written(&idle, *state);
    assert_non_null(strstr(text.ptr, "\"detected_us\":6,\"idle\":true,\"revision\""));
    assert_int_equal(signal_read_json(text, *state, &error, &read), STATUS_OK);
    assert_true(read.idle);
    struct signal counted = tick;
    counted.partitions = 12;
    text = written(&counted, *state);
    assert_non_null(strstr(text.ptr, "\"detected_us\":6,\"partitions\":12,\"revision\""));
    assert_int_equal(signal_read_json(text, *state, &error, &read), STATUS_OK);
    assert_int_equal(read.partitions, 12);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state ^ *state >> 29;
}

static struct digest random_digest(uint64_t *random)
{
    struct digest digest;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        digest.bytes[i] = (unsigned char)next_random(random);
    }
    return digest;
}

/* Any text of UTF-8, controls, quotes and the end of the range among them. */
static struct span random_text(uint64_t *random, struct arena *arena)
{
    static const char *const parts[] = {"a", "\"", "\\", "\x01", "\n", "\xC3\xA9", "\xE2\x80\xAE",
                                        "\xF4\x8F\xBF\xBF", " ", "\x7F", "/", "\xED\x9F\xBF"};
    struct buf text = {0};
    for (uint64_t i = next_random(random) % 12; i > 0; i--) {
        buf_append(&text, span_view(parts[next_random(random) % (sizeof parts / sizeof *parts)]));
    }
    struct span copy = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return copy;
}

static int64_t random_int(uint64_t *random)
{
    uint64_t bits = next_random(random) >> (next_random(random) % 64);
    int64_t number;
    bits = next_random(random) & 1 ? ~bits : bits;
    memcpy(&number, &bits, sizeof bits);
    return number;
}

static void test_signal_read_json__round_trip_is_exact(void **state)
{
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        struct arena *arena = *state;
        struct json_error error = {0};
        struct signal read;
        arena_reset(arena);
        const struct signal signal = {
            .kind = next_random(&random) & 1 ? SIGNAL_MATCH : SIGNAL_NOT_EVALUABLE,
            .fan_index = (uint32_t)next_random(&random),
            .policy_id = random_text(&random, arena),
            .policy_version = random_digest(&random),
            .state_id = random_digest(&random),
            .finding = random_digest(&random),
            .group_key = random_text(&random, arena),
            .severity = random_text(&random, arena),
            .source = random_text(&random, arena),
            .offset = next_random(&random) >> (next_random(&random) % 64),
            .event_time_us = random_int(&random),
            .watermark_us = random_int(&random),
            .detected_us = random_int(&random),
            .horizon_us = random_int(&random) & INT64_MAX,
            .episode_us = random_int(&random) & INT64_MAX,
            .summary = next_random(&random) & 1,
            .body = arena_printf(arena, "{ \"a\" : [%d, {\"b\":-1.50e3}] }", i),
        };
        struct span text = written(&signal, arena);
        if (signal_read_json(text, arena, &error, &read) != STATUS_OK) {
            fail_msg("%.*s: %s at %zu", SPAN_ARG(text), error.reason, error.offset);
        }
        assert_same(&signal, &read);
    }
}

static void test_signal_write_json__correlation(void **state)
{
    static const char text[] = "{\"type\":\"event_count\",\"timespan_us\":5,\"lateness_us\":0,"
                               "\"condition\":{\"gte\":3}}";
    struct signal signal = match;
    struct json_error error = {"none", 0};
    struct signal read;
    assert_null(strstr(written(&match, *state).ptr, "correlation")); /* only where there is one */
    signal.correlation = span_view(text);
    assert_int_equal(signal_read_json(written(&signal, *state), *state, &error, &read), STATUS_OK);
    assert_same(&signal, &read);
    assert_true(span_equals(read.correlation, signal.correlation));
    signal.correlation = SPAN("{\"type\":\"event_count\"}");
    assert_int_equal(signal_read_json(written(&signal, *state), *state, &error, &read),
                     STATUS_INVALID);
    assert_string_equal(error.reason, "this correlation is not one that can be watched");
}

/* What it is to an inner correlation: written always in one way. */
static void test_signal_write_json__inner(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"{\"rule\":3,\"group\":\"0a000000000000000000000000000000\",\"input\":1}", true},
        {"{\"rule\":0,\"group\":\"0a000000000000000000000000000000\",\"value\":-1.50,"
         "\"input\":0}", true},
        {"{\"rule\":0,\"group\":\"0a000000000000000000000000000000\"}", false},
        {"{\"rule\":0, \"group\":\"0a000000000000000000000000000000\",\"input\":0}", false},
        {"{\"rule\":0,\"group\":\"0a\",\"input\":0}", false},
        {"{\"rule\":0,\"group\":\"0a000000000000000000000000000000\",\"input\":0,\"x\":1}",
         false},
        {"{\"rule\":0,\"group\":\"0a000000000000000000000000000000\",\"value\":"
         "\"0123456789012345678901234567890123456789012345678901234567890123456789\","
         "\"input\":0}", false},
    };
    assert_null(strstr(written(&match, *state).ptr, "inner")); /* only where there is one */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct signal signal = match;
        struct json_error error = {"none", 0};
        struct signal read;
        signal.inner = span_view(rows[i].text);
        enum status status =
            signal_read_json(written(&signal, *state), *state, &error, &read);
        assert_int_equal(status, rows[i].good ? STATUS_OK : STATUS_INVALID);
        if (rows[i].good) {
            assert_same(&signal, &read);
            assert_true(span_equals(read.inner, signal.inner));
        } else {
            assert_string_equal(error.reason, "this is nothing to an inner correlation");
        }
    }
}

/* The text of a good match with one part replaced. */
static struct span replaced(struct arena *arena, const char *part, const char *by)
{
    struct span text = written(&match, arena);
    const char *at = strstr(text.ptr, part);
    assert_non_null(at);
    return arena_printf(arena, "%.*s%s%s", (int)(at - text.ptr), text.ptr, by, at + strlen(part));
}

static void test_signal_read_json__what_is_wrong(void **state)
{
    static const struct {
        const char *part;
        const char *by;
        const char *reason;
    } rows[] = {
        {"\"match\"", "\"mach\"", "no such kind of signal"},
        {"\"match\"", "7", "a string is expected"},
        {"\"kind\"", "\"kinds\"", "a member of the signal is missing"},
        {"\"policy\"", "\"polcy\"", "a member of the signal is missing"},
        {"\"body\"", "\"bdy\"", "a member of the signal is missing"},
        {"\"match\"", "\"tick\"", "a member of the signal is missing"}, /* no revision */
        {"\"03", "\"0g", "32 hex digits are expected"},
        {"\"03", "\"3", "32 hex digits are expected"},
        {"18446744073709551615", "18446744073709551616",
         "a whole number within its range is expected"},
        {"18446744073709551615", "-1", "a whole number within its range is expected"},
        {"18446744073709551615", "1.0", "a whole number within its range is expected"},
        {"18446744073709551615", "1e3", "a whole number within its range is expected"},
        {"18446744073709551615", "\"1\"", "this is no JSON number"},
        {"9223372036854775807", "9223372036854775808",
         "a whole number within its range is expected"},
        {"-9223372036854775808", "-9223372036854775809",
         "a whole number within its range is expected"},
        {"\"fan_index\":2", "\"fan_index\":4294967296",
         "a whole number within its range is expected"},
        {"\"horizon_us\":600", "\"horizon_us\":-1", "a whole number within its range is expected"},
        {"true", "null", "a value is expected"},
        {"{\"title\":\"x\"}", "[]", "the body must be an object"},
        {"{\"title\":\"x\"}", "{\"title\":\"x\"", "the text ends too early"},
        {"{\"title\":\"x\"}", "{\"title\":\"x\",\"title\":1}", "two members"},
        {"\"fan_index\":2", "\"fan_index\":2,\"fan_index\":2", "two members"},
        {"\"x\"}}", "\"x\"}} 1", "there is more text behind the value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span text = replaced(*state, rows[i].part, rows[i].by);
        struct json_error error = {"none", 0};
        struct signal read = {.offset = 42};
        assert_int_equal(signal_read_json(text, *state, &error, &read), STATUS_INVALID);
        assert_int_equal(read.offset, 42);
        if (!strstr(error.reason, rows[i].reason)) {
            fail_msg("%s -> %s: %s at %zu", rows[i].part, rows[i].by, error.reason, error.offset);
        }
    }
}

static void test_signal_read_json__later_versions_may_say_more(void **state)
{
    struct span text = replaced(*state, "\"fan_index\"", "\"new\":{\"x\":[1]},\"fan_index\"");
    struct json_error error;
    struct signal read;
    assert_int_equal(signal_read_json(text, *state, &error, &read), STATUS_OK);
    assert_same(&match, &read);
}

static void test_signal_read_json__bounds(void **state)
{
    static char long_text[SIGNAL_TEXT_BYTES_MAX + 2];
    memset(long_text, 'x', SIGNAL_TEXT_BYTES_MAX + 1);
    struct json_error error;
    struct signal read;
    struct span text = replaced(*state, "e/0#x", long_text);
    assert_int_equal(signal_read_json(text, *state, &error, &read), STATUS_LIMIT);
    long_text[SIGNAL_TEXT_BYTES_MAX] = '\0';
    text = replaced(*state, "e/0#x", long_text);
    assert_int_equal(signal_read_json(text, *state, &error, &read), STATUS_OK);
}

static void test_signal_partition__is_stable_and_spread(void **state)
{
    (void)state;
    struct signal signal = {.policy_id = SPAN("p"), .group_key = SPAN("g")};
    size_t counts[12] = {0};
    /* the place of a group never changes: logs outlive programs */
    assert_int_equal(signal_partition(&signal, 12), 3);
    assert_int_equal(signal_partition(&signal, 16), 7);
    assert_int_equal(signal_partition(&signal, 1), 0);
    for (uint64_t i = 0; i < 12000; i++) {
        signal.group_key = span_of((const char *)&i, sizeof i);
        counts[signal_partition(&signal, 12)]++;
    }
    for (size_t i = 0; i < 12; i++) {
        assert_in_range(counts[i], 850, 1150);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_signal_write_json__a_match, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signal_write_json__a_tick, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signal_write_json__correlation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signal_write_json__inner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signal_read_json__round_trip_is_exact, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_signal_read_json__what_is_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signal_read_json__later_versions_may_say_more, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_signal_read_json__bounds, set_up, tear_down),
        cmocka_unit_test(test_signal_partition__is_stable_and_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
