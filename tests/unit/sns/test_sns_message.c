/* What SNS is given of an alert. */
#include "sns/sns_message.h"

#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct alert sample(struct span body, enum alert_status status)
{
    return (struct alert){
        .log_sequence = 18446744073709551615U,
        .ordinal = 2,
        .status = status,
        .id = {{0xAB}},
        .count = 1,
        .signal = {.policy_id = SPAN("price-drop"), .severity = SPAN("high"), .body = body},
    };
}

static struct value read_json(struct span text, struct arena *arena)
{
    struct json_error error;
    struct value value = value_null();
    assert_int_equal(json_read(text, JSON_NUMBERS_DECIMAL, arena, &error, &value), STATUS_OK);
    return value;
}

static struct span member(const struct value *map, const char *name)
{
    const struct value *found = value_map_get(map, span_view(name));
    assert_non_null(found);
    assert_int_equal(found->kind, VALUE_STRING);
    return found->text;
}

static void test_sns_message_render__a_text_for_each_protocol(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct alert alert = sample(SPAN("{\"title\":\"Price fell\",\"table\":\"T\"}"), ALERT_OPENED);
    const struct sns_message *message = sns_message_render(&alert, false, arena);
    struct value texts = read_json(message->text, arena);
    struct value whole = read_json(member(&texts, "default"), arena);
    assert_true(span_equals(member(&whole, "title"), SPAN("Price fell")));
    assert_true(span_equals(member(&whole, "id"), SPAN("ab000000000000000000000000000000")));
    assert_true(span_starts_with(member(&texts, "email"), SPAN("Price fell\nopened: high")));
    assert_true(span_equals(member(&texts, "sms"), SPAN("[high] Price fell")));
    assert_int_equal(texts.map.count, 3);
    assert_true(span_equals(message->subject, SPAN("[high] Price fell")));
    assert_int_equal(message->group.len, 0);
    assert_int_equal(message->dedup.len, 0);
    arena_free(&arena);
}

static void test_sns_message_render__attributes(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum alert_status status;
        const char *attributes; /* name=value, in order */
    } rows[] = {
        {"{\"table\":\"Orders\"}", ALERT_OPENED,
         "severity=high policy=price-drop table=Orders status=opened action=trigger "},
        {"{\"table\":\"\"}", ALERT_UPDATED,
         "severity=high policy=price-drop status=updated action=update "},
        {"{}", ALERT_RESOLVED, "severity=high policy=price-drop status=resolved action=resolve "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct buf text = {0};
        struct alert alert = sample(span_view(rows[i].body), rows[i].status);
        const struct sns_message *message = sns_message_render(&alert, false, arena);
        for (size_t at = 0; at < message->attribute_count; at++) {
            buf_printf(&text, "%s=%.*s ", message->attributes[at].name,
                       SPAN_ARG(message->attributes[at].value));
        }
        assert_string_equal(text.ptr, rows[i].attributes);
        buf_deinit(&text);
        arena_free(&arena);
    }
}

/* One group for all states of an alert, one identity for each. */
static void test_sns_message_render__order_on_fifo_topics(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct alert alert = sample(SPAN("{}"), ALERT_RESOLVED);
    const struct sns_message *message = sns_message_render(&alert, true, arena);
    assert_string_equal(message->group.ptr, "ab000000000000000000000000000000");
    assert_string_equal(message->dedup.ptr,
                        "ab000000000000000000000000000000-18446744073709551615-2");
    assert_true(message->dedup.len <= 128);
    arena_free(&arena);
}

/* Subjects: fewer than 100 characters, no line breaks or control characters. */
static void test_sns_message_render__subject_is_bounded(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct buf body = {0};
    buf_printf(&body, "{\"title\":\"a\\nb%0200d\"}", 0);
    struct alert alert = sample(buf_view(&body), ALERT_OPENED);
    const struct sns_message *message = sns_message_render(&alert, false, arena);
    assert_null(memchr(message->subject.ptr, '\n', message->subject.len));
    assert_int_equal(message->subject.len, 98 + 3); /* 98 letters and the mark of the cut */
    buf_deinit(&body);
    arena_free(&arena);
}

/* A body of `bytes`, most of it in the member `name`, full of what JSON escapes. */
static struct buf large_body(const char *name, const char *open, size_t bytes, const char *close)
{
    struct buf body = {0};
    buf_printf(&body, "{\"title\":\"T\",\"%s\":%s", name, open);
    while (body.len < bytes) {
        buf_append(&body, SPAN("\\\"x"));
    }
    buf_append(&body, span_view(close));
    return body;
}

static void test_sns_message_render__cut_to_fit(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *open;
        size_t bytes;
        const char *close;
        const char *cut; /* NULL: nothing */
    } rows[] = {
        {"context", "{\"c\":\"", 100000, "\"}}", NULL},
        {"context", "{\"c\":\"", 200000, "\"}}", "\"cut\":[\"context\"]}"},
        {"changes", "[\"", 200000, "\"]}", "\"cut\":[\"changes\"]}"},
        {"description", "\"", 200000, "\"}", "\"cut\":[\"description\"]}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_new(0);
        struct buf body = large_body(rows[i].name, rows[i].open, rows[i].bytes, rows[i].close);
        struct alert alert = sample(buf_view(&body), ALERT_OPENED);
        const struct sns_message *message = sns_message_render(&alert, false, arena);
        struct value texts = read_json(message->text, arena);
        struct span whole = member(&texts, "default");
        assert_true(message->size_bytes <= SNS_BYTES_MAX);
        assert_true(message->size_bytes >= message->text.len);
        if (rows[i].cut) {
            assert_true(span_ends_with(whole, span_view(rows[i].cut)));
        } else {
            assert_null(memmem(whole.ptr, whole.len, "\"cut\"", 5));
        }
        assert_non_null(memmem(whole.ptr, whole.len, "\"title\":\"T\"", 11));
        buf_deinit(&body);
        arena_free(&arena);
    }
}

/* XML 1.0 cannot say U+FFFE and U+FFFF; the alert still means them. */
static void test_sns_message_render__what_xml_cannot_say_is_escaped(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct alert alert =
        sample(SPAN("{\"title\":\"a\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD\"}"), ALERT_OPENED);
    const struct sns_message *message = sns_message_render(&alert, false, arena);
    struct value texts = read_json(message->text, arena);
    struct span whole = member(&texts, "default");
    assert_non_null(memmem(whole.ptr, whole.len, "a\\ufffe\\uffff\xEF\xBF\xBD", 16));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sns_message_render__a_text_for_each_protocol),
        cmocka_unit_test(test_sns_message_render__attributes),
        cmocka_unit_test(test_sns_message_render__order_on_fifo_topics),
        cmocka_unit_test(test_sns_message_render__subject_is_bounded),
        cmocka_unit_test(test_sns_message_render__cut_to_fit),
        cmocka_unit_test(test_sns_message_render__what_xml_cannot_say_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
