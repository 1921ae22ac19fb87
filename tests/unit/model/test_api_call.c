/* What was asked: members of a record, tables, carriers, what is no call, and what is refused. */
#include "api_text.h"

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

static void assert_span(struct span text, const char *expected)
{
    if (!span_equals(text, span_view(expected))) {
        fail_msg("'%.*s' is not '%s'", SPAN_ARG(text), expected);
    }
}

static void test_decode__members(void **state)
{
    struct change change = api_text_decode(*state,
        "'requestID':'R1','readOnly':false,'managementEvent':true,'eventType':'AwsApiCall',"
        "'eventCategory':'Management','vpcEndpointId':'vpce-1','resources':[{'accountId':'1',"
        "'ARN':'arn:aws:dynamodb:eu-central-1:111122223333:table/orders'}],");
    assert_true(change.event_time_us == INT64_C(1772359200000000));
    assert_span(change.event_id, "E1");
    assert_span(change.account, "111122223333");
    assert_span(change.region, "eu-central-1");
    assert_span(change.table, "orders");
    assert_false(change.keys.present || change.old_image.present || change.new_image.present);
    assert_string_equal(
        api_text_members(*state, change.call, false,
                         "service operation succeeded error_code read_only management type "
                         "category region tables resources id vpc_endpoint").ptr,
        "dynamodb;UpdateTable;true;-;false;true;AwsApiCall;Management;eu-central-1;orders;"
        "arn:aws:dynamodb:eu-central-1:111122223333:table/orders;R1;vpce-1");
}

static void test_decode__success(void **state)
{
    static const struct {
        const char *members;
        const char *seen;
    } rows[] = {
        {"", "true;-;-;-"},
        {"'errorCode':null,'errorMessage':null,", "true;-;-;-"},
        {"'errorCode':'AccessDenied',", "false;AccessDenied;-;-"},
        {"'errorCode':'','errorMessage':'',", "true;-;-;-"},
        {"'errorMessage':'Failed authentication','responseElements':{'ConsoleLogin':'Failure'},",
         "false;-;Failed authentication;-"},
        {"'responseElements':{'ConsoleLogin':'Failure'},", "false;-;-;-"},
        {"'responseElements':{'ConsoleLogin':'Success'},'readOnly':null,", "true;-;-;-"},
        {"'readOnly':'true',", "true;-;-;true"},
        {"'readOnly':'maybe',", "true;-;-;-"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct change change = api_text_decode(*state, rows[i].members);
        assert_string_equal(api_text_members(*state, change.call, false,
                                             "succeeded error_code error_message read_only").ptr,
                            rows[i].seen);
    }
}

/* The tables of every shape of requestParameters; what stands in items and expressions is none. */
static void test_decode__tables(void **state)
{
    static const struct {
        const char *members;
        const char *tables;
    } rows[] = {
        {"'requestParameters':null,'resources':null,", ""},
        {"'requestParameters':'x','resources':{},", ""},
        {"'requestParameters':{'tableName':'a'},", "a"},
        {"'requestParameters':{'TableName':'a'},", "a"},
        {"'requestParameters':{'tableName':null},", ""},
        {"'requestParameters':{'tableName':''},", ""},
        {"'requestParameters':{'tableName':['a']},", ""},
        {"'requestParameters':{'tableName':'arn:aws:dynamodb:eu-central-1:1:table/a/index/i'},",
         "a"},
        {"'requestParameters':{'tableName':'a','key':{'tableName':'evil'},"
         "'item':['tableName'],'expressionAttributeNames':{'#t':'x','tableName':'evil'}},",
         "a"},
        {"'requestParameters':{'requestItems':{'a':{'keys':[{'tableName':'evil'}]},'b':[]}},",
         "a, b"},
        {"'requestParameters':{'requestItems':[{'operation':'Put','TableName':'a',"
         "'Key':{'id':1}},{'operation':'Delete','tableName':'b','key':{'id':2}},"
         "{'tableName':'a'}]},",
         "a, b"},
        {"'requestParameters':{'transactItems':[{'put':{'tableName':'a'}},"
         "{'delete':{'tableName':'b'}}]},",
         "a, b"},
        {"'requestParameters':{'tableCreationParameters':{'tableName':'a'}},", "a"},
        {"'requestParameters':{'sourceTableArn':'arn:aws:dynamodb:r:1:table/a',"
         "'targetTableName':'b'},",
         "a, b"},
        {"'resources':[{'ARN':'arn:aws:dynamodb:r:1:table/r'},null,7,{'arn':"
         "'arn:aws:dynamodb:r:1:table/s/stream/x'},{'ARN':null},{'ARN':'arn:aws:s3:::b'}],"
         "'requestParameters':{'tableName':'a'},",
         "a, r, s"},
        {"'requestParameters':{'statement':'SELECT * FROM t'},", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct change change = api_text_decode(*state, rows[i].members);
        assert_string_equal(api_text_members(*state, change.call, false, "tables").ptr,
                            rows[i].tables);
        assert_span(change.table, change.call->tables.count ? "a" : "");
    }
}

/* Another service's tables are no tables of DynamoDB. */
static void test_decode__services(void **state)
{
    static const struct {
        const char *source;
        const char *seen;
    } rows[] = {
        {"glue.amazonaws.com", "glue;"},
        {"dynamodb.amazonaws.com.cn", "dynamodb;a"},
        {"signin.amazonaws.com", "signin;"},
        {".amazonaws.com", ".amazonaws.com;"},
        {"aws.example.com", "aws.example.com;"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct api_decoded decoded;
        struct json_error error = {0};
        struct span text = api_text(*state, arena_printf(*state,
            "{'eventSource':'%s','eventName':'X','eventTime':'2026-03-01T10:00:00Z',"
            "'requestParameters':{'tableName':'a'}}", rows[i].source).ptr);
        assert_int_equal(api_call_decode(text, *state, &error, &decoded), STATUS_OK);
        assert_string_equal(
            api_text_members(*state, decoded.change.call, false, "service tables").ptr,
            rows[i].seen);
    }
}

/* Who assumed what, and what the new session will be called. */
static void test_decode__assumed_role(void **state)
{
    struct change change = api_text_decode(*state,
        "'requestParameters':{'roleArn':'arn:aws:iam::1:role/B','roleSessionName':'s'},"
        "'responseElements':{'credentials':{'accessKeyId':'ASIAB','expiration':'x'},"
        "'assumedRoleUser':{'assumedRoleId':'AROAB:s','arn':'arn:aws:sts::1:assumed-role/B/s'}},");
    assert_string_equal(
        api_text_members(*state, change.call, false,
                         "role role_session issued_arn issued_access_key_id").ptr,
        "arn:aws:iam::1:role/B;s;arn:aws:sts::1:assumed-role/B/s;ASIAB");
}

/* EventBridge's event around it: the record is the detail. */
static void test_decode__event_bridge(void **state)
{
    struct json_error error = {0};
    struct api_decoded decoded;
    struct span record = api_text_record(*state, "'detail':{'eventName':'Evil'},");
    static const char *const sources[] = {"aws.dynamodb", "my.app", ""};
    for (size_t i = 0; i < 3; i++) {
        struct span text = arena_printf(*state, "{\"version\":\"0\",\"id\":\"x\",\"source\":\"%s\","
            "\"detail-type\":\"AWS API Call via CloudTrail\",\"account\":\"1\",\"region\":\"r\","
            "\"resources\":[],\"time\":\"2020-01-01T00:00:00Z\",\"detail\":%.*s}", sources[i],
            SPAN_ARG(record));
        enum status status = api_call_decode(text, *state, &error, &decoded);
        assert_int_equal(status, i == 0 ? STATUS_OK : STATUS_INVALID);
        if (i == 0) {
            assert_true(span_equals(decoded.change.raw, record));
            assert_span(decoded.change.call->operation, "UpdateTable");
            assert_span(decoded.change.region, "eu-central-1");
        } else {
            assert_string_equal(error.reason, "an event of EventBridge that AWS did not send");
        }
    }
}

static void test_decode__kinds(void **state)
{
    static const struct {
        const char *text;
        enum api_record kind;
        size_t texts;
    } rows[] = {
        {"{'Records':[]}", API_RECORD_MANY, 0},
        {"{'Records':[{},7,null]}", API_RECORD_MANY, 3},
        {"{'messageType':'DATA_MESSAGE','logEvents':[{'id':'1','timestamp':1,"
         "'message':'{\\'a\\':1}'},{},{'message':null}]}", API_RECORD_MANY, 3},
        {"{'messageType':'CONTROL_MESSAGE','logEvents':[{'message':'CWL CONTROL MESSAGE: x'}]}",
         API_RECORD_OTHER, 0},
        {"{'eventVersion':'1.07','eventTime':'2026-03-01T10:00:00Z','eventID':'i',"
         "'eventType':'AwsCloudTrailInsight','insightDetails':{},'eventCategory':'Insight'}",
         API_RECORD_OTHER, 0},
        {"{'awsAccountId':'1','digestStartTime':'2026-03-01T10:00:00Z','logFiles':[]}",
         API_RECORD_OTHER, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_error error = {0};
        struct api_decoded decoded;
        struct span text = api_text(*state, rows[i].text);
        assert_int_equal(api_call_decode(text, *state, &error, &decoded), STATUS_OK);
        assert_int_equal(decoded.kind, rows[i].kind);
        if (rows[i].kind == API_RECORD_MANY) {
            assert_int_equal(decoded.texts.count, rows[i].texts);
        }
    }
    struct api_decoded log;
    struct json_error error = {0};
    struct span text = api_text(*state, "{'logEvents':[{'message':'{\\'a\\':1}'}]}");
    assert_int_equal(api_call_decode(text, *state, &error, &log), STATUS_OK);
    assert_span(log.texts.items[0], "{\"a\":1}");
}

static void test_decode__refused(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } rows[] = {
        {"", "the text ends too early"},
        {"[]", "a record is a JSON object"},
        {"{}", "eventSource is missing"},
        {"{'eventSource':'a'}", "eventName is missing"},
        {"{'eventSource':'a','eventName':'b'}", "eventTime is missing"},
        {"{'eventSource':null,'eventName':'b'}", "eventSource is missing"},
        {"{'eventSource':'a','eventName':'b','eventTime':'yesterday'}",
         "eventTime must be a time"},
        {"{'eventSource':'a','eventSource':'b'}", "the object has two members of this name"},
        {"{'userIdentity':{'arn':'a','\\u0061rn':'b'}}", "the object has two members of this name"},
        {"{'requestParameters':{'a':1,'a':2}}", "the object has two members of this name"},
        {"{'eventSource':'a'", NULL},
        {"{'eventSource':'a'} x", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_error error = {0};
        struct api_decoded decoded = {.kind = API_RECORD_OTHER};
        struct span text = api_text(*state, rows[i].text);
        assert_int_equal(api_call_decode(text, *state, &error, &decoded), STATUS_INVALID);
        assert_int_equal(decoded.kind, API_RECORD_OTHER);
        assert_non_null(error.reason);
        if (rows[i].reason && strcmp(error.reason, rows[i].reason) != 0) {
            print_error("%s: %s\n", rows[i].text, error.reason);
        }
        assert_true(!rows[i].reason || strcmp(error.reason, rows[i].reason) == 0);
    }
}

/* Deep and large records: refused beyond the scanner's bound, read below it. */
static void test_decode__deep_and_large(void **state)
{
    struct json_error error = {0};
    struct api_decoded decoded;
    for (int depth = 60; depth <= 70; depth += 10) {
        struct buf text = {0};
        buf_append(&text, SPAN("'requestParameters':"));
        for (int i = 0; i < depth; i++) {
            buf_append(&text, SPAN("{'a':"));
        }
        buf_append_char(&text, '1');
        for (int i = 0; i < depth; i++) {
            buf_append_char(&text, '}');
        }
        buf_append(&text, SPAN(","));
        buf_append_char(&text, '\0');
        struct span record = api_text_record(*state, text.ptr);
        assert_int_equal(api_call_decode(record, *state, &error, &decoded),
                         depth == 60 ? STATUS_OK : STATUS_LIMIT);
        buf_deinit(&text);
    }
    struct buf wide = {0};
    buf_append(&wide, SPAN("'requestParameters':{'requestItems':{"));
    for (int i = 0; i < 10000; i++) {
        buf_printf(&wide, "%s'table-number-%d':[]", i ? "," : "", i);
    }
    buf_append(&wide, SPAN("}},"));
    buf_append_char(&wide, '\0');
    struct change change = api_text_decode(*state, wide.ptr);
    assert_int_equal(change.call->tables.count, 10000);
    buf_deinit(&wide);
}

/* Every member null: nothing is told, nothing fails but what must be there. */
static void test_decode__null_everywhere(void **state)
{
    struct change change = api_text_decode(*state,
        "'userIdentity':{'type':null,'principalId':null,'arn':null,'accountId':null,"
        "'accessKeyId':null,'userName':null,'invokedBy':null,'sessionContext':{"
        "'attributes':null,'sessionIssuer':null,'webIdFederationData':null,"
        "'sourceIdentity':null},'onBehalfOf':null},'sourceIPAddress':null,'userAgent':null,"
        "'errorCode':null,'requestParameters':null,'responseElements':null,"
        "'additionalEventData':null,'requestID':null,'readOnly':null,'resources':null,"
        "'eventType':null,'managementEvent':null,'eventCategory':null,'tlsDetails':null,");
    assert_int_equal(change.call->actor.principal.len, 0);
    assert_true(change.call->succeeded);
}

static void test_looks_like_one(void **state)
{
    static const struct {
        const char *text;
        bool looks;
    } rows[] = {
        {"{'eventVersion':'1.08'}", true}, {" {\n 'Records' :[]}", true},
        {"{'version':'0'}", true},         {"{'awsRegion':'x'}", false},
        {"{'eventVersionX':1}", false},    {"{'eventVersion", false},
        {"", false},                       {"{", false},
        {"{'", false},                     {"'eventVersion'", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(api_call_looks_like_one(api_text(*state, rows[i].text)), rows[i].looks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode__members),
        cmocka_unit_test(test_decode__success),
        cmocka_unit_test(test_decode__tables),
        cmocka_unit_test(test_decode__services),
        cmocka_unit_test(test_decode__assumed_role),
        cmocka_unit_test(test_decode__event_bridge),
        cmocka_unit_test(test_decode__kinds),
        cmocka_unit_test(test_decode__refused),
        cmocka_unit_test(test_decode__deep_and_large),
        cmocka_unit_test(test_decode__null_everywhere),
        cmocka_unit_test(test_looks_like_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
