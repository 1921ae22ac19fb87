#include "model/dynamodb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static struct change decode(struct arena *arena, const char *text)
{
    struct change change;
    struct json_error error = {0};
    if (dynamodb_decode(span_view(text), RECORD_FORMAT_AUTO, arena, &error, &change) != STATUS_OK) {
        fail_msg("%s: %s at %zu", text, error.reason, error.offset);
    }
    return change;
}

/* A record with these keys, and these images where they are not NULL. */
static struct change change_of(struct arena *arena, const char *keys, const char *old_image,
                               const char *new_image)
{
    return decode(arena,
                  arena_printf(arena,
                               "{\"eventName\":\"MODIFY\",\"tableName\":\"t\",\"awsRegion\":\"r\","
                               "\"dynamodb\":{\"ApproximateCreationDateTime\":1772355600000,"
                               "\"Keys\":%s,\"OldImage\":%s,\"NewImage\":%s}}",
                               keys, old_image ? old_image : "null", new_image ? new_image : "null")
                      .ptr);
}

static const char id_key[] = "{\"id\":{\"N\":\"7\"}}";

static void test_change_op__names(void **state)
{
    enum change_op op;
    (void)state;
    for (int i = 0; i < CHANGE_OP_COUNT; i++) {
        assert_true(change_op_parse(change_op_name((enum change_op)i), &op));
        assert_int_equal(op, i);
    }
    assert_true(change_op_parse(SPAN("rEmOvE"), &op) && op == CHANGE_REMOVE);
    assert_false(change_op_parse(SPAN("DELETE"), &op));
    assert_false(change_op_parse(SPAN(""), &op));
}

static void test_image_find__present_and_absent(void **state)
{
    struct change change =
        change_of(*state, id_key, NULL, "{\"a\":{\"S\":\"1\"},\"\\u0062\\\"\":{\"S\":\"2\"}}");
    assert_ptr_equal(image_find(&change.new_image, SPAN("a")), &change.new_image.attributes[0]);
    assert_ptr_equal(image_find(&change.new_image, SPAN("b\"")), &change.new_image.attributes[1]);
    assert_null(image_find(&change.new_image, SPAN("A")));
    assert_null(image_find(&change.old_image, SPAN("a")));
}

/* Each type, as JSON text of the decoded value, and its kind. */
static void test_attribute_value__types(void **state)
{
    static const struct {
        const char *typed;
        enum value_kind kind;
        const char *json;
    } rows[] = {
        {"{\"S\":\"a\\nb\\u00e9\"}", VALUE_STRING, "\"a\\nb\xC3\xA9\""},
        {"{\"N\":\"12.50\"}", VALUE_DECIMAL, "12.5"},
        {"{\"N\":\"\\u0037\"}", VALUE_DECIMAL, "7"},
        {"{\"N\":-1e2}", VALUE_DECIMAL, "-100"},
        {"{\"B\":\"AAEC/w==\"}", VALUE_BYTES, "\"AAEC/w==\""},
        {"{\"B\":\"AAEC\\/w==\"}", VALUE_BYTES, "\"AAEC/w==\""},
        {"{\"B\":\"\"}", VALUE_BYTES, "\"\""},
        {"{\"BOOL\":true}", VALUE_BOOL, "true"},
        {"{\"BOOL\": false }", VALUE_BOOL, "false"},
        {"{\"NULL\":true}", VALUE_NULL, "null"},
        {"{\"M\":{}}", VALUE_MAP, "{}"},
        {"{\"M\":{\"x\":{\"L\":[{\"N\":\"1\"},{\"M\":{\"y\":{\"S\":\"z\"}}}]}}}", VALUE_MAP,
         "{\"x\":[1,{\"y\":\"z\"}]}"},
        {"{\"L\":[]}", VALUE_LIST, "[]"},
        {"{\"SS\":[\"b\",\"a\"]}", VALUE_SET, "[\"b\",\"a\"]"},
        {"{\"NS\":[\"1.0\"]}", VALUE_SET, "[1]"},
        {"{\"BS\":[\"AA==\"]}", VALUE_SET, "[\"AA==\"]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *image = arena_printf(*state, "{\"a\":%s}", rows[i].typed).ptr;
        struct change change = change_of(*state, id_key, NULL, image);
        struct value value = attribute_value(&change.new_image.attributes[0], *state);
        struct buf out = {0};
        struct json_writer writer = json_writer_to(&out);
        value_write_json(&value, &writer);
        assert_int_equal(value.kind, rows[i].kind);
        assert_string_equal(out.ptr, rows[i].json);
        buf_deinit(&out);
    }
}

static void test_attribute_value__bytes(void **state)
{
    struct change change = change_of(*state, id_key, NULL, "{\"a\":{\"B\":\"AAEC/w==\"}}");
    struct value value = attribute_value(&change.new_image.attributes[0], *state);
    assert_int_equal(value.text.len, 4);
    assert_memory_equal(value.text.ptr, "\0\1\2\xFF", 4);
}

static void test_attribute_value__strings_without_escapes_are_views(void **state)
{
    struct change change = change_of(*state, id_key, NULL, "{\"a\":{\"S\":\"plain\"}}");
    const struct attribute *attribute = &change.new_image.attributes[0];
    assert_ptr_equal(attribute_value(attribute, *state).text.ptr, attribute->raw.ptr + 1);
}

static void test_image_value__map_or_null(void **state)
{
    struct change change =
        change_of(*state, id_key, NULL, "{\"b\":{\"N\":\"1\"},\"a\":{\"NULL\":true}}");
    struct value image = image_value(&change.new_image, *state);
    assert_int_equal(image.kind, VALUE_MAP);
    assert_int_equal(image.map.count, 2);
    assert_int_equal(value_map_get(&image, SPAN("a"))->kind, VALUE_NULL);
    assert_int_equal(value_map_get(&image, SPAN("b"))->kind, VALUE_DECIMAL);
    assert_int_equal(image_value(&change.old_image, *state).kind, VALUE_NULL);
}

static void test_attribute_equals__table(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } rows[] = {
        {"{\"S\":\"a\"}", "{\"S\":\"a\"}", true},
        {"{\"S\":\"a\"}", "{\"S\":\"\\u0061\"}", true},
        {"{\"S\":\"a\"}", "{\"S\":\"b\"}", false},
        {"{\"S\":\"1\"}", "{\"N\":\"1\"}", false},
        {"{\"S\":\"AA==\"}", "{\"B\":\"AA==\"}", false},
        {"{\"N\":\"10\"}", "{\"N\":\"10.00\"}", true},
        {"{\"N\":\"10\"}", "{\"N\":\"1E1\"}", true},
        {"{\"N\":\"0.1\"}", "{\"N\":\"0.10000000000000000001\"}", false},
        {"{\"SS\":[\"a\",\"b\"]}", "{\"SS\":[\"b\",\"a\"]}", true},
        {"{\"SS\":[\"a\",\"b\"]}", "{\"SS\":[\"b\",\"c\"]}", false},
        {"{\"NS\":[\"1\",\"2.0\"]}", "{\"NS\":[\"2\",\"1\"]}", true},
        {"{\"NS\":[\"1\"]}", "{\"SS\":[\"1\"]}", false},
        {"{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}", "{\"L\":[{\"N\":\"2\"},{\"N\":\"1\"}]}", false},
        {"{\"L\":[{\"N\":\"1\"}]}", "{\"NS\":[\"1\"]}", false},
        {"{\"M\":{\"x\":{\"N\":\"1\"},\"y\":{\"S\":\"\"}}}",
         "{\"M\":{\"y\":{\"S\":\"\"},\"x\":{\"N\":\"1.0\"}}}", true},
        {"{\"M\":{}}", "{\"L\":[]}", false},
        {"{\"BOOL\":true}", "{\"BOOL\":false}", false},
        {"{\"NULL\":true}", "{\"NULL\":true}", true},
        {"{\"NULL\":true}", "{\"BOOL\":false}", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct change change =
            change_of(*state, id_key, arena_printf(*state, "{\"a\":%s}", rows[i].a).ptr,
                      arena_printf(*state, "{\"a\":%s}", rows[i].b).ptr);
        const struct attribute *a = &change.old_image.attributes[0];
        const struct attribute *b = &change.new_image.attributes[0];
        if (attribute_equals(a, b, *state) != rows[i].equal ||
            attribute_equals(b, a, *state) != rows[i].equal) {
            fail_msg("%s and %s", rows[i].a, rows[i].b);
        }
        assert_false(attribute_equals(a, NULL, *state) || attribute_equals(NULL, b, *state));
    }
    assert_true(attribute_equals(NULL, NULL, *state));
}

static void test_change_item_key__canonical(void **state)
{
    static const struct {
        const char *keys;
        const char *item_key;
    } rows[] = {
        {"{\"id\":{\"N\":\"7\"}}", "{\"id\":7}"},
        {"{\"sku\":{\"S\":\"A1\"},\"id\":{\"N\":\"7.00\"}}", "{\"id\":7,\"sku\":\"A1\"}"},
        {"{ \"id\" : {\"N\":\"0.7E1\"}, \"s\\u006bu\" : {\"S\":\"\\u00411\"} }",
         "{\"id\":7,\"sku\":\"A1\"}"},
        {"{\"b\":{\"B\":\"AP8=\"},\"a\":{\"S\":\"x\\\"\\u0001y\"}}",
         "{\"a\":\"x\\\"\\u0001y\",\"b\":\"AP8=\"}"},
        {"{\"\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\":{\"S\":\"\\u0001\"}}",
         "{\"\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\":\"\\u0001\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct change change = change_of(*state, rows[i].keys, NULL, NULL);
        struct span key = change_item_key(&change, *state);
        if (!span_equals(key, span_view(rows[i].item_key))) {
            fail_msg("%s: %.*s", rows[i].keys, SPAN_ARG(key));
        }
    }
}

static struct digest id_of(struct arena *arena, const char *text)
{
    struct change change = decode(arena, text);
    return change_id(&change, arena);
}

#define RECORD_1                                                                                   \
    "{\"eventName\":\"MODIFY\",\"tableName\":\"t\",\"awsRegion\":\"r\",\"eventID\":\"1\","         \
    "\"dynamodb\":{\"ApproximateCreationDateTime\":1772355600000,\"Keys\":{\"id\":{\"N\":\"7\"}}," \
    "\"OldImage\":{\"id\":{\"N\":\"7\"},\"a\":{\"SS\":[\"x\",\"y\"]},\"m\":{\"M\":{\"p\":{"        \
    "\"BOOL\":true},\"q\":{\"NULL\":true}}}},\"NewImage\":{\"id\":{\"N\":\"7\"}}}}"

/* Copies of one change in other words: another eventID, order, white space, spelling. */
static void test_change_id__copies_are_equal(void **state)
{
    static const char *const copies[] = {
        "{\"dynamodb\":{\"NewImage\":{\"id\":{\"N\":\"7\"}},\"OldImage\":{\"m\":{\"M\":{\"q\":{"
        "\"NULL\":true},\"p\":{\"BOOL\":true}}},\"a\":{\"SS\":[\"y\",\"x\"]},\"id\":{\"N\":\"7.0\"}"
        "},\"Keys\":{\"id\":{\"N\":\"7\"}},\"ApproximateCreationDateTime\":1772355600000},"
        "\"eventID\":\"2\",\"awsRegion\":\"r\",\"tableName\":\"t\",\"eventName\":\"MODIFY\"}",
        " { \"eventName\" : \"MODIFY\" , \"t\\u0061bleName\":\"t\",\"awsRegion\":\"\\u0072\","
        "\"dynamodb\":{\"ApproximateCreationDateTime\":1772355600000,\"Keys\":{\"id\":{\"N\":\"7\"}"
        "},\"OldImage\":{\"id\":{\"N\":\"7\"},\"a\":{\"SS\":[\"x\",\"y\"]},\"m\":{\"M\":{\"p\":{"
        "\"BOOL\":true},\"q\":{\"NULL\":true}}}},\"NewImage\":{\"id\":{\"N\":\"7\"}}}, \"x\":0}",
    };
    struct digest id = id_of(*state, RECORD_1);
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        struct digest copy = id_of(*state, copies[i]);
        assert_true(digest_equals(&id, &copy));
    }
}

/* Replaces `from` by `to` once in RECORD_1: another change. */
static void test_change_id__each_part_counts(void **state)
{
    static const struct {
        const char *from;
        const char *to;
    } rows[] = {
        {"\"MODIFY\"", "\"INSERT\""},
        {"\"tableName\":\"t\"", "\"tableName\":\"u\""},
        {"\"awsRegion\":\"r\"", "\"awsRegion\":\"s\""},
        {"1772355600000", "1772355600001"},
        {"1772355600000", "1772355600000000"},
        {"\"Keys\":{\"id\":{\"N\":\"7\"", "\"Keys\":{\"id\":{\"N\":\"8\""},
        {"\"x\",\"y\"", "\"x\",\"z\""},
        {"\"SS\"", "\"BS\":[\"AAAA\"]},\"z\":{\"SS\""},
        {"\"BOOL\":true", "\"BOOL\":false"},
        {"\"BOOL\":true", "\"NULL\":true"},
        {"\"p\":", "\"r\":"},
        {",\"NewImage\":{\"id\":{\"N\":\"7\"}}", ""},
        {"\"NewImage\":{\"id\":{\"N\":\"7\"}", "\"NewImage\":{\"id\":{\"S\":\"7\"}"},
        {"\"OldImage\"", "\"x\":{},\"OldImag\\u0045\":null,\"y\""},
    };
    struct digest id = id_of(*state, RECORD_1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const char record[] = RECORD_1;
        const char *at = strstr(record, rows[i].from);
        assert_non_null(at);
        struct digest other =
            id_of(*state, arena_printf(*state, "%.*s%s%s", (int)(at - record), record, rows[i].to,
                                       at + strlen(rows[i].from))
                              .ptr);
        if (digest_equals(&id, &other)) {
            fail_msg("%s for %s gives the same id", rows[i].to, rows[i].from);
        }
    }
}

/* Ids live in stores and alerts: this one must never change. */
static void test_change_id__is_stable(void **state)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    struct digest id = id_of(*state, RECORD_1);
    digest_hex(&id, hex);
    assert_string_equal(hex, "42c1549e26c52c7bc10938b8f1402820");
}

static void test_change_id__account_counts(void **state)
{
    struct change change = decode(*state, RECORD_1);
    struct digest without = change_id(&change, *state);
    change.account = SPAN("111122223333");
    struct digest with = change_id(&change, *state);
    assert_false(digest_equals(&without, &with));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_change_op__names),
        cmocka_unit_test(test_image_find__present_and_absent),
        cmocka_unit_test(test_attribute_value__types),
        cmocka_unit_test(test_attribute_value__bytes),
        cmocka_unit_test(test_attribute_value__strings_without_escapes_are_views),
        cmocka_unit_test(test_image_value__map_or_null),
        cmocka_unit_test(test_attribute_equals__table),
        cmocka_unit_test(test_change_item_key__canonical),
        cmocka_unit_test(test_change_id__copies_are_equal),
        cmocka_unit_test(test_change_id__each_part_counts),
        cmocka_unit_test(test_change_id__is_stable),
        cmocka_unit_test(test_change_id__account_counts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
