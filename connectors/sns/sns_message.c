/* sns_message.c: one message carries the whole alert for programs and some lines for people. */
#include "sns/sns_message.h"

#include "base/check.h"
#include "model/alert_text.h"

#include <inttypes.h>

/* SQS, to which SNS hands on, takes only what XML 1.0 can say. In JSON all else is escaped
 * already, but for U+FFFE and U+FFFF (EF BF BE and EF BF BF), which stand in strings only. */
static void append_for_xml(struct buf *out, struct span json)
{
    size_t plain = 0;
    for (size_t i = 0; i + 2 < json.len; i++) {
        const unsigned char *at = (const unsigned char *)json.ptr + i;
        if (at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE) {
            buf_append(out, span_of(json.ptr + plain, i - plain));
            buf_append(out, at[2] == 0xBE ? SPAN("\\ufffe") : SPAN("\\uffff"));
            plain = i + 3;
            i += 2;
        }
    }
    buf_append(out, span_of(json.ptr + plain, json.len - plain));
}

static void write_default(const struct alert *alert, enum alert_cut cut, struct json_writer *writer)
{
    struct buf json = {0};
    struct buf safe = {0};
    struct json_writer inner = json_writer_to(&json);
    alert_write_json_cut(alert, cut, &inner);
    append_for_xml(&safe, buf_view(&json));
    json_key(writer, "default");
    json_write_string(writer, buf_view(&safe));
    buf_deinit(&safe);
    buf_deinit(&json);
}

/* Subscribers by other protocols (SQS, Lambda, Firehose, HTTPS) get the default. */
static void write_text(const struct alert *alert, enum alert_cut cut, struct buf *out)
{
    struct buf text = {0};
    struct json_writer writer = json_writer_to(out);
    json_open_object(&writer);
    write_default(alert, cut, &writer);
    alert_write_text(alert, &text);
    json_key(&writer, "email");
    json_write_string(&writer, buf_view(&text));
    buf_clear(&text);
    alert_write_line(alert, SNS_SMS_CHARACTERS, &text);
    json_key(&writer, "sms");
    json_write_string(&writer, buf_view(&text));
    json_close_object(&writer);
    buf_deinit(&text);
}

static void add_attribute(struct sns_message *message, const char *name, struct span value)
{
    if (value.len > 0) {
        check(message->attribute_count < SNS_ATTRIBUTES_MAX);
        message->attributes[message->attribute_count++] = (struct sns_attribute){name, value};
    }
}

/* What a pager does with this state. */
static struct span action_of(enum alert_status status)
{
    switch (status) {
    case ALERT_OPENED: return SPAN("trigger");
    case ALERT_UPDATED: return SPAN("update");
    case ALERT_RESOLVED: return SPAN("resolve");
    }
    return SPAN("trigger");
}

static void add_attributes(struct sns_message *message, const struct alert *alert)
{
    add_attribute(message, "severity", alert->signal.severity);
    add_attribute(message, "policy", alert->signal.policy_id);
    add_attribute(message, "table", alert_body_text(alert->signal.body, SPAN("table")));
    add_attribute(message, "status", alert_status_name(alert->status));
    add_attribute(message, "action", action_of(alert->status));
}

static void add_order(struct sns_message *message, const struct alert *alert, struct arena *arena)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_hex(&alert->id, hex);
    message->group = arena_copy(arena, span_of(hex, DIGEST_HEX_LENGTH));
    message->dedup = arena_printf(arena, "%s-%" PRIu64 "-%" PRIu32, hex, alert->log_sequence,
                                  alert->ordinal);
}

static size_t size_of(const struct sns_message *message, size_t text_bytes)
{
    size_t bytes = text_bytes + message->subject.len;
    for (size_t i = 0; i < message->attribute_count; i++) {
        bytes += strlen(message->attributes[i].name) + strlen("String") +
                 message->attributes[i].value.len;
    }
    return bytes;
}

const struct sns_message *sns_message_render(const struct alert *alert, bool fifo,
                                             struct arena *arena)
{
    struct sns_message *message = arena_alloc(arena, sizeof *message);
    struct buf text = {0};
    alert_write_line(alert, SNS_SUBJECT_CHARACTERS, &text);
    message->subject = arena_copy(arena, buf_view(&text));
    add_attributes(message, alert);
    if (fifo) {
        add_order(message, alert, arena);
    }
    for (enum alert_cut cut = ALERT_WHOLE; cut <= ALERT_CUT_MOST; cut++) {
        buf_clear(&text);
        write_text(alert, cut, &text);
        message->size_bytes = size_of(message, text.len);
        if (message->size_bytes <= SNS_BYTES_MAX) {
            break;
        }
    }
    message->text = arena_copy(arena, buf_view(&text));
    buf_deinit(&text);
    return message;
}
