#include "engine/evaluate/mask.h"
#include "model/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct value read_json(const char *text, struct arena *arena)
{
    struct json_error error;
    struct value value;
    assert_int_equal(json_read(span_view(text), JSON_NUMBERS_DECIMAL, arena, &error, &value),
                     STATUS_OK);
    return value;
}

static void assert_json(struct value value, const char *expected)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(&text);
    value_write_json(&value, &writer);
    assert_string_equal(text.ptr, expected);
    buf_deinit(&text);
}

static void test_mask_value__table(void **state)
{
    (void)state;
    static const struct {
        enum plan_mask_kind kind;
        const char *value;
        const char *shown;
    } rows[] = {
        {PLAN_MASK_REDACT, "\"secret\"", "\"***\""},
        {PLAN_MASK_REDACT, "12", "\"***\""},
        {PLAN_MASK_REDACT, "{\"a\":1}", "\"***\""},
        {PLAN_MASK_REDACT, "null", "null"},
        {PLAN_MASK_LAST4, "\"DE001234\"", "\"****1234\""},
        {PLAN_MASK_LAST4, "\"E001234\"", "\"****\""},
        {PLAN_MASK_LAST4, "\"1234\"", "\"****\""},
        {PLAN_MASK_LAST4, "\"\"", "\"****\""},
        {PLAN_MASK_LAST4, "4111111111111111", "\"****1111\""},
        {PLAN_MASK_LAST4, "\"abcd\xC3\xA9\xC3\xA8\xC3\xA7\xC3\xBC\"",
         "\"****\xC3\xA9\xC3\xA8\xC3\xA7\xC3\xBC\""},
        {PLAN_MASK_LAST4, "[\"DE001234\",\"DE005678\"]", "\"****\""},
        {PLAN_MASK_LAST4, "true", "\"****\""},
        /* openssl dgst -sha256 -hmac key, over hash:"A1" and token:"A1" */
        {PLAN_MASK_HASH, "\"A1\"",
         "\"hash:c84e9b6bb61901460a6aaf16a0d0085e20ff00e70145946dd6bcc7a50442bdb4\""},
        {PLAN_MASK_TOKENIZE, "\"A1\"", "\"tok_d94de5e9551e6a94\""},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value value = read_json(rows[i].value, arena);
        assert_json(mask_value(rows[i].kind, SPAN("key"), &value, arena), rows[i].shown);
    }
    arena_free(&arena);
}

static const struct span account_path[] = {{"account", 7}};
static const struct span number_path[] = {{"card", 4}, {"number", 6}};
static const struct plan_mask masks[] = {
    {PLAN_ROOT_OLD, account_path, 1, PLAN_MASK_LAST4},
    {PLAN_ROOT_NEW, number_path, 2, PLAN_MASK_REDACT},
};
static const struct plan_policy policy = {.masks = masks, .mask_count = 2};

static void test_mask_image__table(void **state)
{
    (void)state;
    static const struct {
        enum plan_root root;
        const char *image;
        const char *shown;
    } rows[] = {
        {PLAN_ROOT_OLD, "{\"account\":\"DE001234\",\"n\":1}", "{\"account\":\"****1234\",\"n\":1}"},
        {PLAN_ROOT_NEW, "{\"account\":\"DE001234\"}", "{\"account\":\"DE001234\"}"},
        {PLAN_ROOT_KEYS, "{\"account\":\"DE001234\"}", "{\"account\":\"****1234\"}"},
        {PLAN_ROOT_NEW, "{\"card\":{\"number\":\"4111\",\"name\":\"x\"}}",
         "{\"card\":{\"number\":\"***\",\"name\":\"x\"}}"},
        {PLAN_ROOT_NEW, "{\"card\":[{\"number\":\"4111\"},{\"number\":null},7]}",
         "{\"card\":[{\"number\":\"***\"},{\"number\":null},7]}"},
        {PLAN_ROOT_NEW, "{\"card\":\"none\"}", "{\"card\":\"none\"}"},
        {PLAN_ROOT_OLD, "null", "null"},
    };
    struct arena *arena = arena_new(0);
    const struct masking masking = {&policy, SPAN("key"), arena};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct value image = read_json(rows[i].image, arena);
        assert_json(mask_image(&masking, rows[i].root, image), rows[i].shown);
    }
    arena_free(&arena);
}

static void test_mask_image__a_mask_of_keys_covers_both_images(void **state)
{
    (void)state;
    const struct plan_mask mask = {PLAN_ROOT_KEYS, account_path, 1, PLAN_MASK_REDACT};
    const struct plan_policy keys_policy = {.masks = &mask, .mask_count = 1};
    struct arena *arena = arena_new(0);
    const struct masking masking = {&keys_policy, SPAN(""), arena};
    struct value image = read_json("{\"account\":\"DE001234\"}", arena);
    assert_json(mask_image(&masking, PLAN_ROOT_OLD, image), "{\"account\":\"***\"}");
    assert_json(mask_image(&masking, PLAN_ROOT_NEW, image), "{\"account\":\"***\"}");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mask_value__table),
        cmocka_unit_test(test_mask_image__table),
        cmocka_unit_test(test_mask_image__a_mask_of_keys_covers_both_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
