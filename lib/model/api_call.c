/* api_call.c: one table of members for each object of a record. A table says where a text goes,
 * which table reads an object, or which function reads what is neither. */
#include "model/api_call.h"

#include "base/clock.h"
#include "model/api_actor.h"
#include "model/api_parameters.h"
#include "model/json_field.h"
#include "model/json_string.h"

/* A record being read. */
struct reading {
    struct json_scan scan;
    struct api_call call;
    struct change change;
    struct span event_time;
    struct span bus_source;   /* of EventBridge: who sent the event */
    struct span message_type; /* of CloudWatch Logs */
    struct span digest_start; /* of a digest file */
    struct span detail;       /* the record itself, where EventBridge carries it */
    struct api_parameters parameters;
    struct api_name_list texts;
    bool has_detail;
    bool has_texts;
};

struct members;

/* What becomes of a member: a text goes to `offset`, an object is read by `inside`, all else by
 * `read`. */
struct member {
    struct span name;
    size_t offset; /* of a span in struct reading */
    const struct members *inside;
    bool (*read)(struct reading *reading);
};

struct members {
    const struct member *items;
    size_t count;
};

#define TABLE(items) {items, sizeof items / sizeof *items}

static bool read_members(struct reading *reading, const struct members *members);
static bool read_parameters(struct reading *reading);
static bool read_resources(struct reading *reading);
static bool read_records(struct reading *reading);
static bool read_log_events(struct reading *reading);
static bool read_detail(struct reading *reading);

static const struct member session_attribute_items[] = {
    {{"mfaAuthenticated", 16}, offsetof(struct reading, call.actor.mfa_text), NULL, NULL},
    {{"creationDate", 12}, offsetof(struct reading, call.actor.session_created), NULL, NULL},
};
static const struct members session_attributes = TABLE(session_attribute_items);

static const struct member issuer_items[] = {
    {{"type", 4}, offsetof(struct reading, call.actor.issuer_type), NULL, NULL},
    {{"arn", 3}, offsetof(struct reading, call.actor.issuer_arn), NULL, NULL},
    {{"accountId", 9}, offsetof(struct reading, call.actor.issuer_account), NULL, NULL},
    {{"principalId", 11}, offsetof(struct reading, call.actor.issuer_id), NULL, NULL},
    {{"userName", 8}, offsetof(struct reading, call.actor.issuer_name), NULL, NULL},
};
static const struct members issuer = TABLE(issuer_items);

static const struct member federation_items[] = {
    {{"federatedProvider", 17}, offsetof(struct reading, call.actor.federated_provider), NULL,
     NULL},
};
static const struct members federation = TABLE(federation_items);

static const struct member session_items[] = {
    {{"attributes", 10}, 0, &session_attributes, NULL},
    {{"sessionIssuer", 13}, 0, &issuer, NULL},
    {{"webIdFederationData", 19}, 0, &federation, NULL},
    {{"sourceIdentity", 14}, offsetof(struct reading, call.actor.source_identity), NULL, NULL},
};
static const struct members session = TABLE(session_items);

static const struct member on_behalf_items[] = {
    {{"userId", 6}, offsetof(struct reading, call.actor.on_behalf_user), NULL, NULL},
    {{"identityStoreArn", 16}, offsetof(struct reading, call.actor.on_behalf_store), NULL, NULL},
};
static const struct members on_behalf = TABLE(on_behalf_items);

static const struct member identity_items[] = {
    {{"type", 4}, offsetof(struct reading, call.actor.type), NULL, NULL},
    {{"principalId", 11}, offsetof(struct reading, call.actor.principal_id), NULL, NULL},
    {{"arn", 3}, offsetof(struct reading, call.actor.arn), NULL, NULL},
    {{"accountId", 9}, offsetof(struct reading, call.actor.account), NULL, NULL},
    {{"accessKeyId", 11}, offsetof(struct reading, call.actor.access_key_id), NULL, NULL},
    {{"userName", 8}, offsetof(struct reading, call.actor.name), NULL, NULL},
    {{"invokedBy", 9}, offsetof(struct reading, call.actor.invoked_by), NULL, NULL},
    {{"identityProvider", 16}, offsetof(struct reading, call.actor.identity_provider), NULL, NULL},
    {{"sessionContext", 14}, 0, &session, NULL},
    {{"onBehalfOf", 10}, 0, &on_behalf, NULL},
};
static const struct members identity = TABLE(identity_items);

static const struct member assumed_items[] = {
    {{"arn", 3}, offsetof(struct reading, call.issued_arn), NULL, NULL},
};
static const struct members assumed = TABLE(assumed_items);

static const struct member credentials_items[] = {
    {{"accessKeyId", 11}, offsetof(struct reading, call.issued_key_id), NULL, NULL},
};
static const struct members credentials = TABLE(credentials_items);

static const struct member response_items[] = {
    {{"assumedRoleUser", 15}, 0, &assumed, NULL},
    {{"credentials", 11}, 0, &credentials, NULL},
    {{"ConsoleLogin", 12}, offsetof(struct reading, call.sign_in), NULL, NULL},
};
static const struct members response = TABLE(response_items);

static const struct member additional_items[] = {
    {{"MFAUsed", 7}, offsetof(struct reading, call.mfa_used), NULL, NULL},
};
static const struct members additional = TABLE(additional_items);

/* A CloudTrail record, and what its carriers put beside it or around it. */
static const struct member record_items[] = {
    {{"userIdentity", 12}, 0, &identity, NULL},
    {{"eventTime", 9}, offsetof(struct reading, event_time), NULL, NULL},
    {{"eventSource", 11}, offsetof(struct reading, call.source), NULL, NULL},
    {{"eventName", 9}, offsetof(struct reading, call.operation), NULL, NULL},
    {{"awsRegion", 9}, offsetof(struct reading, change.region), NULL, NULL},
    {{"sourceIPAddress", 15}, offsetof(struct reading, call.ip), NULL, NULL},
    {{"userAgent", 9}, offsetof(struct reading, call.user_agent), NULL, NULL},
    {{"errorCode", 9}, offsetof(struct reading, call.error_code), NULL, NULL},
    {{"errorMessage", 12}, offsetof(struct reading, call.error_message), NULL, NULL},
    {{"requestParameters", 17}, 0, NULL, read_parameters},
    {{"responseElements", 16}, 0, &response, NULL},
    {{"additionalEventData", 19}, 0, &additional, NULL},
    {{"requestID", 9}, offsetof(struct reading, call.request_id), NULL, NULL},
    {{"eventID", 7}, offsetof(struct reading, change.event_id), NULL, NULL},
    {{"readOnly", 8}, offsetof(struct reading, call.read_only_text), NULL, NULL},
    {{"resources", 9}, 0, NULL, read_resources},
    {{"eventType", 9}, offsetof(struct reading, call.type), NULL, NULL},
    {{"managementEvent", 15}, offsetof(struct reading, call.management_text), NULL, NULL},
    {{"recipientAccountId", 18}, offsetof(struct reading, change.account), NULL, NULL},
    {{"vpcEndpointId", 13}, offsetof(struct reading, call.vpc_endpoint), NULL, NULL},
    {{"eventCategory", 13}, offsetof(struct reading, call.category), NULL, NULL},
    {{"detail", 6}, 0, NULL, read_detail},
    {{"source", 6}, offsetof(struct reading, bus_source), NULL, NULL},
    {{"Records", 7}, 0, NULL, read_records},
    {{"messageType", 11}, offsetof(struct reading, message_type), NULL, NULL},
    {{"logEvents", 9}, 0, NULL, read_log_events},
    {{"digestStartTime", 15}, offsetof(struct reading, digest_start), NULL, NULL},
};
static const struct members record = TABLE(record_items);

/* A text; of true, false and numbers their own text. All else says nothing and is passed over. */
static bool read_text(struct reading *reading, size_t offset)
{
    struct json_scan *scan = &reading->scan;
    struct span *out = (struct span *)(void *)((char *)reading + offset);
    struct json_text text;
    char next = json_scan_peek(scan);
    if (next == 'n' || next == '{' || next == '[') {
        return json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
    }
    if (next != '"') {
        return json_field_raw(scan, out);
    }
    if (!json_scan_string(scan, &text)) {
        return false;
    }
    *out = json_text_resolve(text, scan->arena);
    return true;
}

static bool read_member(struct reading *reading, const struct members *members, struct span name)
{
    for (size_t i = 0; i < members->count; i++) {
        const struct member *member = &members->items[i];
        if (span_equals(name, member->name)) {
            return member->read     ? member->read(reading)
                   : member->inside ? read_members(reading, member->inside)
                                    : read_text(reading, member->offset);
        }
    }
    return json_scan_value(&reading->scan, JSON_NUMBERS_DECIMAL, NULL);
}

/* Recursion follows the tables, and `detail` only once. */
static bool read_members(struct reading *reading, const struct members *members)
{
    struct json_scan *scan = &reading->scan;
    struct json_object object;
    struct span name;
    if (json_scan_peek(scan) != '{') {
        return json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
    }
    json_object_open(scan, &object, "an object is expected");
    while (json_object_next(scan, &object, &name)) {
        read_member(reading, members, name);
    }
    return json_scan_ok(scan);
}

static bool read_parameters(struct reading *reading)
{
    return api_parameters_read(&reading->scan, &reading->parameters);
}

static bool read_resources(struct reading *reading)
{
    return api_parameters_read_resources(&reading->scan, &reading->parameters);
}

static bool read_detail(struct reading *reading)
{
    struct json_scan *scan = &reading->scan;
    if (reading->has_detail || json_scan_peek(scan) != '{') {
        return json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
    }
    const char *start = scan->at;
    reading->has_detail = true;
    if (!read_members(reading, &record)) {
        return false;
    }
    reading->detail = span_of(start, (size_t)(scan->at - start));
    return true;
}

/* Calls `element` for each element of an array; a value of another kind is passed over. */
static bool read_texts(struct reading *reading, bool (*element)(struct reading *, struct span *))
{
    struct json_scan *scan = &reading->scan;
    struct json_array array;
    if (json_scan_peek(scan) != '[') {
        return json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
    }
    reading->has_texts = true;
    json_array_open(scan, &array, "an array is expected");
    while (json_array_next(scan, &array)) {
        struct span text = {0};
        if (element(reading, &text)) {
            api_name_add(&reading->texts, text, scan->arena);
        }
    }
    return json_scan_ok(scan);
}

static bool read_record_text(struct reading *reading, struct span *out)
{
    return json_field_raw(&reading->scan, out);
}

static bool read_records(struct reading *reading)
{
    return read_texts(reading, read_record_text);
}

/* {"id": ..., "timestamp": ..., "message": "the record as text"}; without a message an empty text,
 * which is then no record. */
static bool read_log_event(struct reading *reading, struct span *out)
{
    struct json_scan *scan = &reading->scan;
    struct json_object object;
    struct span name;
    json_object_open(scan, &object, "a log event is an object");
    while (json_object_next(scan, &object, &name)) {
        if (span_equals(name, SPAN("message")) && json_scan_peek(scan) == '"') {
            json_field_text(scan, JSON_BYTES_MAX, out);
        } else {
            json_scan_value(scan, JSON_NUMBERS_DECIMAL, NULL);
        }
    }
    return json_scan_ok(scan);
}

static bool read_log_events(struct reading *reading)
{
    return read_texts(reading, read_log_event);
}

static bool is_other(const struct reading *reading)
{
    const struct api_call *call = &reading->call;
    return span_equals(call->category, SPAN("Insight")) ||
           span_equals(call->type, SPAN("AwsCloudTrailInsight")) ||
           span_equals(reading->message_type, SPAN("CONTROL_MESSAGE")) ||
           (reading->digest_start.len && !call->source.len);
}

/* What is missing in a record that is well-formed; NULL when nothing is. */
static const char *find_missing(const struct reading *reading)
{
    if (!reading->call.source.len) {
        return "eventSource is missing";
    }
    if (!reading->call.operation.len) {
        return "eventName is missing";
    }
    if (!reading->event_time.len) {
        return "eventTime is missing";
    }
    /* what others put on a bus may claim anything; names that begin with "aws." are AWS's own */
    if (reading->has_detail && !span_starts_with(reading->bus_source, SPAN("aws."))) {
        return "an event of EventBridge that AWS did not send";
    }
    return NULL;
}

/* "dynamodb.amazonaws.com" -> "dynamodb"; other texts as they are. */
static struct span service_of(struct span source)
{
    static const struct span endings[] = {{".amazonaws.com", 14}, {".amazonaws.com.cn", 17}};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (source.len > endings[i].len && span_ends_with(source, endings[i])) {
            return span_of(source.ptr, source.len - endings[i].len);
        }
    }
    return source;
}

static enum api_truth truth_of(struct span text)
{
    bool known = span_equals(text, SPAN("true")) || span_equals(text, SPAN("false"));
    return !known ? API_UNKNOWN : text.len == 4 ? API_TRUE : API_FALSE;
}

/* Derives what the members only say together. */
static bool complete_call(struct reading *reading)
{
    struct api_call *call = &reading->call;
    struct change *change = &reading->change;
    struct json_scan *scan = &reading->scan;
    const char *missing = find_missing(reading);
    if (missing) {
        return json_scan_fail(scan, missing, scan->begin);
    }
    if (!clock_parse(reading->event_time, &change->event_time_us)) {
        return json_scan_fail(scan, "eventTime must be a time", scan->begin);
    }
    change->created = reading->event_time;
    call->region = change->region;
    call->service = service_of(call->source);
    call->read_only = truth_of(call->read_only_text);
    call->management = truth_of(call->management_text);
    call->succeeded = !call->error_code.len && !call->error_message.len &&
                      !span_equals(call->sign_in, SPAN("Failure"));
    call->role_arn = reading->parameters.role_arn;
    call->role_session = reading->parameters.role_session;
    call->resources = api_names_of(&reading->parameters.resources);
    if (span_equals(call->service, SPAN("dynamodb"))) {
        call->tables = api_parameters_tables(&reading->parameters, scan->arena);
    }
    if (call->tables.count) {
        change->table = call->tables.items[0];
    }
    api_actor_complete(call, scan->arena);
    return true;
}

/* Set member by member: the scanner's room for names is large, and need not be cleared. */
static void begin(struct reading *reading, struct span text, struct arena *arena)
{
    reading->call = (struct api_call){0};
    reading->change = (struct change){.raw = text};
    reading->event_time = span_of(NULL, 0);
    reading->bus_source = span_of(NULL, 0);
    reading->message_type = span_of(NULL, 0);
    reading->digest_start = span_of(NULL, 0);
    reading->detail = span_of(NULL, 0);
    reading->parameters = (struct api_parameters){0};
    reading->texts = (struct api_name_list){0};
    reading->has_detail = false;
    reading->has_texts = false;
    json_scan_init(&reading->scan, text, arena);
}

static bool read_record(struct reading *reading)
{
    struct json_scan *scan = &reading->scan;
    if (json_scan_ok(scan) && json_scan_peek(scan) != '{') {
        return json_scan_fail(scan, "a record is a JSON object", scan->at);
    }
    return read_members(reading, &record) && json_scan_finish(scan);
}

static void give_call(struct reading *reading, struct arena *arena, struct change *out)
{
    struct api_call *call = arena_alloc(arena, sizeof *call);
    *call = reading->call;
    *out = reading->change;
    out->call = call;
    if (reading->has_detail) {
        out->raw = reading->detail;
    }
}

enum status api_call_decode(struct span text, struct arena *arena, struct json_error *error,
                            struct api_decoded *out)
{
    struct reading reading;
    begin(&reading, text, arena);
    bool read = read_record(&reading);
    bool other = read && is_other(&reading);
    bool call = read && !other && !reading.has_texts;
    if (!read || (call && !complete_call(&reading))) {
        *error = reading.scan.error;
        return reading.scan.status;
    }
    out->kind = other ? API_RECORD_OTHER : call ? API_RECORD_CALL : API_RECORD_MANY;
    if (call) {
        give_call(&reading, arena, &out->change);
    } else if (!other) {
        out->texts = api_names_of(&reading.texts);
    }
    return STATUS_OK;
}

bool api_call_looks_like_one(struct span text)
{
    static const struct span names[] = {
        {"eventVersion", 12}, {"Records", 7}, {"messageType", 11}, {"version", 7}, {"owner", 5}};
    size_t at = 0;
    size_t marks = 0; /* the brace and the quote before the first name */
    while (at < text.len && marks < 2 &&
           ((json_class[(unsigned char)text.ptr[at]] & JSON_CLASS_SPACE) ||
            text.ptr[at] == "{\""[marks])) {
        marks += text.ptr[at] == "{\""[marks];
        at++;
    }
    for (size_t i = 0; marks == 2 && i < sizeof names / sizeof *names; i++) {
        size_t length = names[i].len;
        if (text.len - at > length && text.ptr[at + length] == '"' &&
            span_equals(span_of(text.ptr + at, length), names[i])) {
            return true;
        }
    }
    return false;
}
