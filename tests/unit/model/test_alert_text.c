/* What a person reads: in a subject, a text message, a mail. */
#include "model/alert_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct alert sample(const char *body, enum alert_status status)
{
    return (struct alert){
        .status = status,
        .id = {{0xAB}},
        .count = 3,
        .first_us = INT64_C(1767225600000000),
        .last_us = INT64_C(1767225601500000),
        .signal = {.policy_id = SPAN("price-drop"),
                   .severity = SPAN("high"),
                   .body = span_view(body)},
    };
}

static void test_alert_write_line__table(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum alert_status status;
        size_t characters;
        const char *line;
    } rows[] = {
        {"{\"title\":\"Price fell\"}", ALERT_OPENED, 99, "[high] Price fell"},
        {"{\"title\":\"Price fell\"}", ALERT_UPDATED, 99, "[high] Price fell"},
        {"{\"title\":\"Price fell\"}", ALERT_RESOLVED, 99, "[resolved] Price fell"},
        {"{\"title\":\"Price fell\"}", ALERT_OPENED, 17, "[high] Price fell"},
        {"{\"title\":\"Price fell\"}", ALERT_OPENED, 16, "[high] Price fe\xE2\x80\xA6"},
        {"{\"title\":\"\xC3\xA9\xC3\xA9\xC3\xA9\"}", ALERT_OPENED, 9,
         "[high] \xC3\xA9\xE2\x80\xA6"},
        /* no control characters, no line breaks, nothing that turns the writing round */
        {"{\"title\":\"a\\nb\\u0000c\\u202ed\\u0085e\"}", ALERT_OPENED, 99, "[high] a bcde"},
        {"{\"title\":\"\"}", ALERT_OPENED, 99, "[high] price-drop"},
        {"{}", ALERT_OPENED, 99, "[high] price-drop"},
        {"no JSON", ALERT_OPENED, 99, "[high] price-drop"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf line = {0};
        struct alert alert = sample(rows[i].body, rows[i].status);
        alert_write_line(&alert, rows[i].characters, &line);
        assert_string_equal(line.ptr, rows[i].line);
        buf_deinit(&line);
    }
}

static void test_alert_write_text__all_of_it(void **state)
{
    (void)state;
    struct buf text = {0};
    struct alert alert = sample("{\"title\":\"Price fell\",\"description\":\"Why.\","
                                "\"table\":\"Products\",\"region\":\"\",\"account\":\"123\","
                                "\"op\":\"MODIFY\",\"keys\":{\"sku\":\"A1\"},\"changes\":["
                                "{\"attribute\":\"price\",\"before\":100,\"after\":5},"
                                "{\"attribute\":\"old\",\"before\":\"x\\ny\"}],"
                                "\"steps\":[\"Look.\",\"Act.\"],\"runbook\":\"https://r/p\"}",
                                ALERT_OPENED);
    alert_write_text(&alert, &text);
    assert_string_equal(text.ptr, "Price fell\n"
                                  "opened: high, policy price-drop, 3 findings\n"
                                  "first 2026-01-01T00:00:00Z, last 2026-01-01T00:00:01.500Z\n"
                                  "Why.\n"
                                  "\n"
                                  "table Products\n"
                                  "account 123\n"
                                  "operation MODIFY\n"
                                  "keys {\"sku\":\"A1\"}\n"
                                  "\nChanged:\n"
                                  "  price: 100 -> 5\n"
                                  "  old: x y -> (none)\n"
                                  "\nWhat to do:\n"
                                  "  1. Look.\n"
                                  "  2. Act.\n"
                                  "\nRunbook: https://r/p\n"
                                  "\nAlert ab000000000000000000000000000000\n");
    buf_deinit(&text);
}

/* 64 changes of long values, long steps: bounded all the same. */
static void test_alert_write_text__what_was_expected(void **state)
{
    (void)state;
    static const char *const none[] = {"", "no JSON", "{\"type\":\"event_count\"}", "[]"};
    struct buf text = {0};
    struct alert alert = sample("{}", ALERT_OPENED);
    alert.correlation = SPAN("{\"type\":\"baseline\",\"expected_low\":3,\"expected_high\":9,"
                             "\"observed\":240,\"reason\":\"not usual\",\"baseline_n\":1440,"
                             "\"since\":\"2026-01-01T00:00:00Z\"}");
    alert_write_text(&alert, &text);
    assert_non_null(strstr(text.ptr, "\nexpected 3..9, saw 240; not usual\n  learned from 1440 "
                                     "buckets since 2026-01-01T00:00:00Z\n"));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        alert.correlation = span_view(none[i]);
        text.len = 0;
        alert_write_text(&alert, &text);
        assert_null(strstr(text.ptr, "expected"));
    }
    buf_deinit(&text);
}

static void test_alert_write_text__bounded(void **state)
{
    (void)state;
    struct buf body = {0};
    struct buf text = {0};
    buf_append(&body, SPAN("{\"title\":\"T\",\"changes\":["));
    for (size_t i = 0; i < 64; i++) {
        buf_printf(&body, "%s{\"attribute\":\"%01000zu\",\"before\":\"%02000d\",", i ? "," : "", i,
                   1);
        buf_printf(&body, "\"after\":\"%02000d\"}", 2);
    }
    buf_append(&body, SPAN("],\"steps\":["));
    for (size_t i = 0; i < 64; i++) {
        buf_printf(&body, "%s\"%02000zu\"", i ? "," : "", i);
    }
    buf_append(&body, SPAN("]}"));
    struct alert alert = sample(body.ptr, ALERT_OPENED);
    alert_write_text(&alert, &text);
    assert_true(text.len < ALERT_TEXT_BYTES_MAX);
    assert_non_null(strstr(text.ptr, "  and 54 more\n"));
    buf_deinit(&text);
    buf_deinit(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alert_write_line__table),
        cmocka_unit_test(test_alert_write_text__all_of_it),
        cmocka_unit_test(test_alert_write_text__what_was_expected),
        cmocka_unit_test(test_alert_write_text__bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
