#include "model/dynamodb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static struct change decode(struct arena *arena, const char *text, enum record_format format)
{
    struct change change;
    struct json_error error = {0};
    if (dynamodb_decode(span_view(text), format, arena, &error, &change) != STATUS_OK) {
        fail_msg("%s: %s at %zu", text, error.reason, error.offset);
    }
    return change;
}

static void assert_span(struct span text, const char *expected)
{
    if (!span_equals(text, span_view(expected))) {
        fail_msg("'%.*s' is not '%s'", SPAN_ARG(text), expected);
    }
}

static const char kinesis_record[] =
    "{\"awsRegion\":\"eu-central-1\",\"eventID\":\"5f2e-1\",\"eventName\":\"MODIFY\","
    "\"userIdentity\":null,\"recordFormat\":\"application/json\",\"tableName\":\"products\","
    "\"dynamodb\":{\"ApproximateCreationDateTime\":1772355600000001,"
    "\"Keys\":{\"sku\":{\"S\":\"A1\"}},"
    "\"NewImage\":{\"sku\":{\"S\":\"A1\"},\"price\":{\"N\":\"9\"},\"n\\u0061me\":{\"S\":\"Lamp\"}},"
    "\"OldImage\":{\"sku\":{\"S\":\"A1\"},\"price\":{\"N\":\"12\"}},"
    "\"SizeBytes\":58,\"ApproximateCreationDateTimePrecision\":\"MICROSECOND\"},"
    "\"eventSource\":\"aws:dynamodb\"}";

static void test_dynamodb_decode__kinesis(void **state)
{
    struct change change = decode(*state, kinesis_record, RECORD_FORMAT_AUTO);
    assert_ptr_equal(change.raw.ptr, kinesis_record);
    assert_int_equal(change.raw.len, sizeof kinesis_record - 1);
    assert_span(change.event_id, "5f2e-1");
    assert_span(change.table, "products");
    assert_span(change.region, "eu-central-1");
    assert_span(change.created, "1772355600000001");
    assert_int_equal(change.account.len, 0);
    assert_int_equal(change.principal_id.len, 0);
    assert_true(change.event_time_us == INT64_C(1772355600000001));
    assert_int_equal(change.op, CHANGE_MODIFY);
    assert_false(change.ttl_expiry);
    assert_true(change.keys.present && change.old_image.present && change.new_image.present);
    assert_int_equal(change.keys.count, 1);
    assert_int_equal(change.old_image.count, 2);
    assert_int_equal(change.new_image.count, 3);
    assert_span(change.new_image.attributes[1].raw, "\"9\"");
    assert_int_equal(change.new_image.attributes[1].type, ATTRIBUTE_N);
    assert_span(change.new_image.attributes[2].name, "name");
}

/* As the Streams API answers, the image part left out (KEYS_ONLY). */
static const char streams_record[] =
    "{\"eventID\":\"c9\",\"eventName\":\"REMOVE\",\"eventVersion\":\"1.1\","
    "\"eventSource\":\"aws:dynamodb\",\"awsRegion\":\"us-east-1\","
    "\"eventSourceARN\":\"arn:aws:dynamodb:us-east-1:111122223333:table/ledger/stream/"
    "2026-01-01T00:00:00.000\",\"dynamodb\":{\"ApproximateCreationDateTime\":1.7723556005E9,"
    "\"Keys\":{\"entry_id\":{\"S\":\"e-1\"}},\"SequenceNumber\":\"4421584500000000017450439091\","
    "\"SizeBytes\":26,\"StreamViewType\":\"KEYS_ONLY\"},"
    "\"userIdentity\":{\"PrincipalId\":\"dynamodb.amazonaws.com\",\"Type\":\"Service\"}}";

static void test_dynamodb_decode__streams(void **state)
{
    struct change change = decode(*state, streams_record, RECORD_FORMAT_AUTO);
    assert_span(change.table, "ledger");
    assert_span(change.region, "us-east-1");
    assert_span(change.created, "1.7723556005E9");
    assert_true(change.event_time_us == INT64_C(1772355600500000));
    assert_int_equal(change.op, CHANGE_REMOVE);
    assert_span(change.principal_id, "dynamodb.amazonaws.com");
    assert_span(change.principal_type, "Service");
    assert_true(change.ttl_expiry);
    assert_false(change.old_image.present || change.new_image.present);
}

static const char *record_of(struct arena *arena, const char *before, const char *dynamodb)
{
    return arena_printf(arena, "{%s\"dynamodb\":{%s}}", before, dynamodb).ptr;
}

#define KEYS "\"Keys\":{\"id\":{\"N\":\"7\"}}"
#define NAMES "\"eventName\":\"INSERT\",\"tableName\":\"t\","

static void test_dynamodb_decode__creation_time(void **state)
{
    enum { A = RECORD_FORMAT_AUTO, K = RECORD_FORMAT_DYNAMODB_KINESIS,
           S = RECORD_FORMAT_DYNAMODB_STREAMS };
    static const struct {
        const char *time;
        const char *precision;
        int format;
        int64_t time_us; /* -1: refused */
    } rows[] = {
        {"1772355600000", "null", A, INT64_C(1772355600000000)},
        {"1772355600000123", "null", A, INT64_C(1772355600000123)},
        {"1772355600", "null", A, INT64_C(1772355600000000)},
        {"1772355600.25", "null", A, INT64_C(1772355600250000)},
        {"1772355600.1234567", "null", S, INT64_C(1772355600123456)},
        {"1.7723556E9", "null", S, INT64_C(1772355600000000)},
        {"0", "null", S, 0},
        {"1772355600000", "null", K, INT64_C(1772355600000000)},
        {"1772355600000", "\"MILLISECOND\"", K, INT64_C(1772355600000000)},
        {"1772355600000", "\"MICROSECOND\"", K, INT64_C(1772355600000)},
        {"1772355600000123", "\"MICROSECOND\"", A, INT64_C(1772355600000123)},
        {"42", "\"MILLISECOND\"", A, 42000},
        {"1772355600", "null", K, -1},
        {"1772355600000.5", "null", K, -1},
        {"1772355600000", "null", S, -1},
        {"-1", "null", A, -1},
        {"-1", "null", K, -1},
        {"1e300", "null", A, -1},
        {"1772355600000123", "\"MILLISECOND\"", K, -1},
        {"99999999999999999999999999999999999999999", "null", A, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span members = arena_printf(
            *state,
            "\"ApproximateCreationDateTime\":%s,\"ApproximateCreationDateTimePrecision\":%s," KEYS,
            rows[i].time, rows[i].precision);
        const char *text = record_of(*state, NAMES, members.ptr);
        struct change change = {0};
        struct json_error error = {0};
        enum status status = dynamodb_decode(span_view(text), (enum record_format)rows[i].format,
                                             *state, &error, &change);
        if ((status == STATUS_OK) != (rows[i].time_us >= 0) ||
            (status == STATUS_OK && change.event_time_us != rows[i].time_us)) {
            fail_msg("row %zu: %s, %lld", i, status_text(status), (long long)change.event_time_us);
        }
        if (status != STATUS_OK) {
            assert_int_equal(error.offset, strstr(text, rows[i].time) - text);
        }
    }
}

/* Whatever is missing or of the wrong type is named. */
static void test_dynamodb_decode__bad_members(void **state)
{
    static const struct {
        const char *text;
        const char *marker; /* the error stands where this begins; "" the end */
        const char *reason;
    } rows[] = {
        {"[]", "[", "a record is a JSON object"},
        {"{}", "{", "eventName is missing"},
        {"{\"eventName\":\"INSERT\"}", "{", "the member dynamodb is missing"},
        {"{\"eventName\":7}", "7", "eventName must be a string"},
        {"{\"tableName\":[]}", "[]", "tableName must be a string"},
        {"{\"eventID\":{}}", "{}", "eventID must be a string"},
        {"{\"awsRegion\":true}", "true", "awsRegion must be a string"},
        {"{\"userIdentity\":\"me\"}", "\"me", "userIdentity must be an object or null"},
        {"{\"userIdentity\":{\"type\":1}}", "1", "the type of userIdentity must be a string"},
        {"{\"userIdentity\":{\"type\":\"a\",\"Type\":\"b\"}}", "\"b",
         "userIdentity says this twice"},
        {"{\"dynamodb\":null}", "null", "dynamodb must be an object"},
        {"{\"dynamodb\":{\"Keys\":[]}}", "[]", "Keys and images must be objects"},
        {"{\"dynamodb\":{\"ApproximateCreationDateTime\":\"1\"}}", "\"1",
         "ApproximateCreationDateTime must be a number"},
        {"{" NAMES "\"dynamodb\":{}}", "{", "dynamodb.Keys is missing"},
        {"{" NAMES "\"dynamodb\":{\"Keys\":{}}}", "{",
         "dynamodb.Keys must hold at least one attribute, each of type S, N or B"},
        {"{" NAMES "\"dynamodb\":{\"Keys\":{\"a\":{\"BOOL\":true}}}}", "{",
         "dynamodb.Keys must hold at least one attribute, each of type S, N or B"},
        {"{" NAMES "\"dynamodb\":{" KEYS "}}", "{",
         "dynamodb.ApproximateCreationDateTime is missing"},
        {"{\"eventName\":\"INSERT\",\"dynamodb\":{" KEYS ",\"ApproximateCreationDateTime\":1}}",
         "{",
         "neither tableName nor eventSourceARN says which table changed"},
        {"{\"eventName\":\"UPSERT\",\"tableName\":\"t\",\"dynamodb\":{" KEYS
         ",\"ApproximateCreationDateTime\":1}}", "{",
         "eventName must be INSERT, MODIFY or REMOVE"},
        {"{\"eventName\":\"INSERT\",\"eventName\":\"INSERT\"}", "\"eventName\":\"INSERT\"}",
         "the object has two members of this name"},
        {"{\"other\":{\"a\":1,\"a\":2}}", "\"a\":2", "the object has two members of this name"},
        {"{\"dynamodb\":{\"NewImage\":{\"a\":{\"S\":\"\"},\"a\":{\"S\":\"\"}}}}",
         "\"a\":{\"S\":\"\"}}", "the object has two members of this name"},
        {"{\"other\":01}", "1}", "',' or '}' is expected"},
        {"{\"eventName\":\"INSERT\"", "", "the text ends too early"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct change change;
        struct json_error error = {0};
        const char *place = strstr(rows[i].text, rows[i].marker);
        size_t offset = rows[i].marker[0] ? (size_t)(place - rows[i].text) : strlen(rows[i].text);
        enum status status = dynamodb_decode(span_view(rows[i].text), RECORD_FORMAT_AUTO, *state,
                                             &error, &change);
        if (status != STATUS_INVALID || strcmp(error.reason, rows[i].reason) != 0 ||
            error.offset != offset) {
            fail_msg("%s: %s, %s at %zu", rows[i].text, status_text(status),
                     error.reason ? error.reason : "-", error.offset);
        }
    }
}

/* Attribute values: the reason why one is refused, or NULL when it is sound. */
static const struct {
    const char *value;
    const char *reason;
} typed_values[] = {
    {"{\"S\":\"\"}", NULL},
    {"{\"N\":\"-12.50\"}", NULL},
    {"{\"N\":\"1E+3\"}", NULL},
    {"{\"N\":\"1234567890123456789012345678901234567.8\"}", NULL},
    {"{\"N\":7.5}", NULL},
    {"{\"B\":\"\"}", NULL},
    {"{\"B\":\"AP8=\"}", NULL},
    {"{\"B\":\"\\/\\/8=\"}", NULL},
    {"{\"BOOL\":false}", NULL},
    {"{\"NULL\":true}", NULL},
    {"{\"M\":{}}", NULL},
    {"{\"L\":[]}", NULL},
    {" { \"L\" : [ { \"NULL\" : true } ] } ", NULL},
    {"{\"SS\":[\"\"]}", NULL},
    {"{\"NS\":[\"1\",\"2\"]}", NULL},
    {"{\"BS\":[\"AA==\"]}", NULL},
    {"{\"\\u0053\":\"x\"}", NULL},
    {"7", "an attribute value is an object with a type tag"},
    {"\"x\"", "an attribute value is an object with a type tag"},
    {"null", "an attribute value is an object with a type tag"},
    {"{}", "an attribute value needs a type tag"},
    {"{\"X\":\"\"}", "this is none of DynamoDB's type tags"},
    {"{\"s\":\"\"}", "this is none of DynamoDB's type tags"},
    {"{\"S\":\"\",\"N\":\"1\"}", "an attribute value has one type tag only"},
    {"{\"S\":\"\",\"S\":\"\"}", "an attribute value has one type tag only"},
    {"{\"S\":\"\",}", "an attribute value has one type tag only"},
    {"{\"S\":7}", "a string is expected"},
    {"{\"N\":\"\"}", "N must be a number"},
    {"{\"N\":\"1x\"}", "N must be a number"},
    {"{\"N\":\"--1\"}", "N must be a number"},
    {"{\"N\":\"1.2.3\"}", "N must be a number"},
    {"{\"N\":\"-\"}", "N must be a number"},
    {"{\"N\":\"NaN\"}", "N must be a number"},
    {"{\"N\":true}", "this is no JSON number"},
    {"{\"B\":\"A\"}", "B must be base64"},
    {"{\"B\":\"A===\"}", "B must be base64"},
    {"{\"B\":\"====\"}", "B must be base64"},
    {"{\"B\":\"AA=A\"}", "B must be base64"},
    {"{\"B\":\"AA-_\"}", "B must be base64"},
    {"{\"BOOL\":\"true\"}", "BOOL must be true or false"},
    {"{\"BOOL\":null}", "BOOL must be true or false"},
    {"{\"NULL\":false}", "NULL must be true"},
    {"{\"NULL\":null}", "NULL must be true"},
    {"{\"M\":[]}", "M must be an object"},
    {"{\"L\":{}}", "L must be an array"},
    {"{\"M\":{\"x\":1}}", "an attribute value is an object with a type tag"},
    {"{\"L\":[1]}", "an attribute value is an object with a type tag"},
    {"{\"M\":{\"x\":{\"NULL\":true},\"x\":{\"NULL\":true}}}",
     "the object has two members of this name"},
    {"{\"SS\":[]}", "a set has at least one element"},
    {"{\"SS\":\"a\"}", "a set must be an array"},
    {"{\"SS\":[1]}", "a string is expected"},
    {"{\"NS\":[\"a\"]}", "N must be a number"},
    {"{\"BS\":[\"a\"]}", "B must be base64"},
    {"{\"SS\":[{\"S\":\"a\"}]}", "a string is expected"},
};

static void decode_value(struct arena *arena, const char *wrapper, const char *value,
                         const char *reason)
{
    struct buf text = {0};
    struct change change;
    struct json_error error = {0};
    size_t cut = (size_t)(strstr(wrapper, "%s") - wrapper);
    buf_append(&text, SPAN("{" NAMES "\"dynamodb\":{\"ApproximateCreationDateTime\":1," KEYS
                           ",\"OldImage\":{\"a\":"));
    buf_append(&text, span_of(wrapper, cut));
    buf_append(&text, span_view(value));
    buf_append(&text, span_view(wrapper + cut + 2));
    buf_append(&text, SPAN("}}}"));
    enum status status =
        dynamodb_decode(buf_view(&text), RECORD_FORMAT_AUTO, arena, &error, &change);
    if ((status == STATUS_OK) != !reason || (reason && strcmp(error.reason, reason) != 0)) {
        fail_msg("%s: %s, %s", text.ptr, status_text(status), error.reason);
    }
    buf_deinit(&text);
}

static void test_dynamodb_decode__attribute_values(void **state)
{
    for (size_t i = 0; i < sizeof typed_values / sizeof *typed_values; i++) {
        decode_value(*state, "%s", typed_values[i].value, typed_values[i].reason);
        decode_value(*state, "{\"M\":{\"in\":%s}}", typed_values[i].value, typed_values[i].reason);
        decode_value(*state, "{\"L\":[{\"L\":[%s]}]}", typed_values[i].value,
                     typed_values[i].reason);
    }
}

/* `depth` lists in lists inside one attribute. */
static enum status decode_nested(struct arena *arena, unsigned depth)
{
    struct buf text = {0};
    struct change change;
    struct json_error error = {0};
    buf_append(&text, SPAN("{" NAMES "\"dynamodb\":{\"ApproximateCreationDateTime\":1," KEYS
                           ",\"NewImage\":{\"a\":"));
    for (unsigned i = 0; i < depth; i++) {
        buf_append(&text, SPAN("{\"L\":["));
    }
    for (unsigned i = 0; i < depth; i++) {
        buf_append(&text, SPAN("]}"));
    }
    buf_append(&text, SPAN("}}}"));
    enum status status =
        dynamodb_decode(buf_view(&text), RECORD_FORMAT_AUTO, arena, &error, &change);
    if (status == STATUS_OK) {
        image_value(&change.new_image, arena);
    }
    buf_deinit(&text);
    return status;
}

/* DynamoDB nests 32 levels; a record has room for 61 below its image. */
static void test_dynamodb_decode__depth(void **state)
{
    assert_int_equal(decode_nested(*state, 32), STATUS_OK);
    assert_int_equal(decode_nested(*state, JSON_DEPTH_MAX - 3), STATUS_OK);
    assert_int_equal(decode_nested(*state, JSON_DEPTH_MAX - 2), STATUS_LIMIT);
    assert_int_equal(decode_nested(*state, 200000), STATUS_LIMIT);
}

static void test_dynamodb_decode__too_many_digits(void **state)
{
    struct change change;
    struct json_error error = {0};
    const char *text =
        record_of(*state, NAMES, "\"ApproximateCreationDateTime\":1,\"Keys\":{\"id\":{\"N\":"
                                 "\"123456789012345678901234567890123456789\"}}");
    assert_int_equal(dynamodb_decode(span_view(text), RECORD_FORMAT_AUTO, *state, &error, &change),
                     STATUS_LIMIT);
    assert_int_equal(error.offset, strstr(text, "\"1234") - text);
}

/* Ten thousand attributes, all indexed in the order of the record. */
static void test_dynamodb_decode__wide_image(void **state)
{
    enum { COUNT = 10000 };
    struct buf text = {0};
    buf_append(&text, SPAN("{" NAMES "\"dynamodb\":{\"ApproximateCreationDateTime\":1," KEYS
                           ",\"NewImage\":{"));
    for (int i = 0; i < COUNT; i++) {
        buf_printf(&text, "%s\"a%d\":{\"N\":\"%d\"}", i ? "," : "", i, i);
    }
    buf_append(&text, SPAN("}}}"));
    struct change change = decode(*state, text.ptr, RECORD_FORMAT_AUTO);
    assert_int_equal(change.new_image.count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "a%d", i);
        assert_span(change.new_image.attributes[i].name, name);
    }
    buf_deinit(&text);
}

static void test_dynamodb_decode__order_and_space_do_not_matter(void **state)
{
    struct change change = decode(
        *state,
        " { \"dynamodb\" :\t{ \"OldImage\" : null , \"Keys\" : { \"id\" : { \"N\" : \"7\" } } ,\r\n"
        " \"ApproximateCreationDateTime\" : 1772355600000 , \"x\" : [ { } ] } , \"y\" : 1e5 ,"
        " \"table\\u004eame\" : \"t\\u0061b\" , \"eventName\" : \"insert\" , \"eventID\" : null } ",
        RECORD_FORMAT_AUTO);
    assert_span(change.table, "tab");
    assert_int_equal(change.op, CHANGE_INSERT);
    assert_false(change.old_image.present);
    assert_int_equal(change.event_id.len, 0);
}

static void test_dynamodb_decode__ttl_expiry(void **state)
{
    static const struct {
        const char *op;
        const char *identity;
        bool expiry;
    } rows[] = {
        {"REMOVE", "{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}", true},
        {"REMOVE", "{\"Type\":\"Service\",\"PrincipalId\":\"dynamodb.amazonaws.com\"}", true},
        {"MODIFY", "{\"type\":\"Service\",\"principalId\":\"dynamodb.amazonaws.com\"}", false},
        {"REMOVE", "{\"type\":\"Service\",\"principalId\":\"other.amazonaws.com\"}", false},
        {"REMOVE", "{\"type\":\"User\",\"principalId\":\"dynamodb.amazonaws.com\"}", false},
        {"REMOVE", "{\"type\":null}", false},
        {"REMOVE", "null", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span members =
            arena_printf(*state, "\"eventName\":\"%s\",\"tableName\":\"t\",\"userIdentity\":%s,",
                         rows[i].op, rows[i].identity);
        const char *text =
            record_of(*state, members.ptr, "\"ApproximateCreationDateTime\":1," KEYS);
        assert_int_equal(decode(*state, text, RECORD_FORMAT_AUTO).ttl_expiry, rows[i].expiry);
    }
}

static void test_dynamodb_decode__failure_leaves_out_untouched(void **state)
{
    struct change change = {.event_time_us = 77};
    struct json_error error = {0};
    assert_int_equal(dynamodb_decode(SPAN("{"), RECORD_FORMAT_AUTO, *state, &error, &change),
                     STATUS_INVALID);
    assert_true(change.event_time_us == 77);
}

static void test_record_format_parse__names(void **state)
{
    enum record_format format;
    (void)state;
    assert_true(record_format_parse(SPAN("auto"), &format) && format == RECORD_FORMAT_AUTO);
    assert_true(record_format_parse(SPAN("dynamodb-kinesis"), &format) &&
                format == RECORD_FORMAT_DYNAMODB_KINESIS);
    assert_true(record_format_parse(SPAN("dynamodb-streams"), &format) &&
                format == RECORD_FORMAT_DYNAMODB_STREAMS);
    assert_false(record_format_parse(SPAN("kinesis"), &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dynamodb_decode__kinesis),
        cmocka_unit_test(test_dynamodb_decode__streams),
        cmocka_unit_test(test_dynamodb_decode__creation_time),
        cmocka_unit_test(test_dynamodb_decode__bad_members),
        cmocka_unit_test(test_dynamodb_decode__attribute_values),
        cmocka_unit_test(test_dynamodb_decode__depth),
        cmocka_unit_test(test_dynamodb_decode__too_many_digits),
        cmocka_unit_test(test_dynamodb_decode__wide_image),
        cmocka_unit_test(test_dynamodb_decode__order_and_space_do_not_matter),
        cmocka_unit_test(test_dynamodb_decode__ttl_expiry),
        cmocka_unit_test(test_dynamodb_decode__failure_leaves_out_untouched),
        cmocka_unit_test(test_record_format_parse__names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
