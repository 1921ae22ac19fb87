/* eventbridge_entry.c: the alert itself is the detail; what rules match most stands outside of it
 * too: source, detail type by status, the table as a resource, the time of the newest finding. */
#include "eventbridge/eventbridge_entry.h"

#include "aws/aws_endpoint.h"
#include "model/json.h"

#include <stdlib.h>

/* Event times beyond are not told: the data of a change may say anything. 1970 to 2100. */
static const int64_t time_us_max = INT64_C(4102444800000000);

/* Length of the number, string or other character at the start of JSON text. */
static size_t token_length(struct span json)
{
    size_t length = 1;
    char first = json.ptr[0];
    if (first == '"') {
        while (length < json.len && json.ptr[length] != '"') {
            length += json.ptr[length] == '\\' ? 2 : 1;
        }
        return length + 1 > json.len ? json.len : length + 1;
    }
    if (first == '-' || (first >= '0' && first <= '9')) {
        while (length < json.len && memchr("0123456789+-.eE", json.ptr[length], 15)) {
            length++;
        }
    }
    return length;
}

/* True for a whole number that an int64 does not hold. */
static bool is_too_large(struct span token)
{
    static const char max[] = "9223372036854775807";
    static const char min[] = "9223372036854775808";
    bool negative = token.ptr[0] == '-';
    struct span digits = span_of(token.ptr + negative, token.len - negative);
    if (token.ptr[0] == '"' || digits.len < sizeof max - 1) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return false;
        }
    }
    return digits.len > sizeof max - 1 || memcmp(digits.ptr, negative ? min : max,
                                                 sizeof max - 1) > 0;
}

void eventbridge_entry_append_detail(struct buf *out, struct span json)
{
    while (json.len > 0) {
        size_t length = token_length(json);
        struct span token = span_of(json.ptr, length);
        bool quoted = is_too_large(token);
        buf_append(out, quoted ? SPAN("\"") : SPAN(""));
        buf_append(out, token);
        buf_append(out, quoted ? SPAN("\"") : SPAN(""));
        json = span_of(json.ptr + length, json.len - length);
    }
}

static struct span detail_type(enum alert_status status)
{
    switch (status) {
    case ALERT_OPENED: return SPAN("Deltaward Alert Opened");
    case ALERT_UPDATED: return SPAN("Deltaward Alert Updated");
    case ALERT_RESOLVED: return SPAN("Deltaward Alert Resolved");
    }
    return SPAN("Deltaward Alert");
}

/* The table's ARN, where all of it is known. */
static void write_resources(const struct alert *alert, struct json_writer *writer)
{
    struct span table = alert_body_text(alert->signal.body, SPAN("table"));
    struct span region = alert_body_text(alert->signal.body, SPAN("region"));
    struct span account = alert_body_text(alert->signal.body, SPAN("account"));
    if (table.len == 0 || region.len == 0 || account.len == 0) {
        return;
    }
    struct buf arn = {0};
    buf_printf(&arn, "arn:%s:dynamodb:%.*s:%.*s:table/%.*s", aws_partition_of(region),
               SPAN_ARG(region), SPAN_ARG(account), SPAN_ARG(table));
    json_key(writer, "Resources");
    json_open_array(writer);
    json_write_string(writer, buf_view(&arn));
    json_close_array(writer);
    buf_deinit(&arn);
}

static void write_time(const struct alert *alert, struct json_writer *writer)
{
    if (alert->last_us >= 0 && alert->last_us < time_us_max) {
        json_key(writer, "Time");
        json_write_int(writer, alert->last_us / 1000000);
    }
}

static void write_detail(const struct alert *alert, enum alert_cut cut, struct json_writer *writer)
{
    struct buf json = {0};
    struct buf detail = {0};
    struct json_writer inner = json_writer_to(&json);
    alert_write_json_cut(alert, cut, &inner);
    eventbridge_entry_append_detail(&detail, buf_view(&json));
    json_key(writer, "Detail");
    json_write_string(writer, buf_view(&detail));
    buf_deinit(&detail);
    buf_deinit(&json);
}

static void write_entry(const struct eventbridge_target *target, const struct alert *alert,
                        enum alert_cut cut, struct buf *out)
{
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    write_time(alert, &writer);
    json_key(&writer, "Source");
    json_write_string(&writer, target->source);
    write_resources(alert, &writer);
    json_key(&writer, "DetailType");
    json_write_string(&writer, detail_type(alert->status));
    write_detail(alert, cut, &writer);
    json_key(&writer, "EventBusName");
    json_write_string(&writer, target->bus);
    json_close_object(&writer);
}

struct span eventbridge_entry_render(const struct eventbridge_target *target,
                                     const struct alert *alert, struct arena *arena)
{
    struct buf text = {0};
    for (enum alert_cut cut = ALERT_WHOLE; cut <= ALERT_CUT_MOST; cut++) {
        buf_clear(&text);
        write_entry(target, alert, cut, &text);
        if (text.len < EVENTBRIDGE_BYTES_MAX) {
            break;
        }
    }
    struct span entry = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return entry;
}

void eventbridge_entry_write(const struct span *entries, size_t count, struct buf *body)
{
    struct json_writer writer = json_writer_to(body);
    json_open_object(&writer);
    json_key(&writer, "Entries");
    json_open_array(&writer);
    for (size_t i = 0; i < count; i++) {
        json_write_raw(&writer, entries[i]);
    }
    json_close_array(&writer);
    json_close_object(&writer);
}

/* Codes that are of this API alone and blame the event. */
static bool blames_event(struct span code)
{
    return span_equals(code, SPAN("InvalidArgument")) ||
           span_equals(code, SPAN("MalformedDetail")) ||
           span_equals(code, SPAN("RedactionFailure"));
}

static struct span text_of(const struct value *object, const char *name)
{
    const struct value *found = value_map_get(object, span_view(name));
    return found && found->kind == VALUE_STRING ? found->text : span_of(NULL, 0);
}

static bool read_entry(const struct value *entry, struct aws_entry_result *result)
{
    if (entry->kind != VALUE_MAP) {
        return false;
    }
    *result = (struct aws_entry_result){
        .code = text_of(entry, "ErrorCode"),
        .message = text_of(entry, "ErrorMessage"),
    };
    result->taken = result->code.len == 0 && text_of(entry, "EventId").len > 0;
    result->at_fault = blames_event(result->code);
    return result->taken || result->code.len > 0;
}

bool eventbridge_entry_read(struct span json, size_t count, struct arena *arena,
                            struct aws_entry_result *results)
{
    struct json_error error;
    struct value answer = value_null();
    if (json_read(json, JSON_NUMBERS_CEL, arena, &error, &answer) != STATUS_OK ||
        answer.kind != VALUE_MAP) {
        return false;
    }
    const struct value *entries = value_map_get(&answer, SPAN("Entries"));
    if (!entries || entries->kind != VALUE_LIST || entries->list.count != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_entry(&entries->list.items[i], &results[i])) {
            return false;
        }
    }
    return true;
}
