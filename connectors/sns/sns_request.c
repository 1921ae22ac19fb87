/* sns_request.c: one message goes by Publish, more by PublishBatch; the names of a message's fields
 * are the same but for what stands before them. */
#include "sns/sns_request.h"

#include "aws/aws_form.h"
#include "aws/aws_xml.h"

#include <stdio.h>

#define BATCH "PublishBatchRequestEntries.member."

static void add_attributes(const char *prefix, const struct sns_message *message, struct buf *form)
{
    for (size_t i = 0; i < message->attribute_count; i++) {
        const struct sns_attribute *attribute = &message->attributes[i];
        aws_form_add_at(form, span_view(attribute->name), "%sMessageAttributes.entry.%zu.Name",
                        prefix, i + 1);
        aws_form_add_at(form, SPAN("String"), "%sMessageAttributes.entry.%zu.Value.DataType",
                        prefix, i + 1);
        aws_form_add_at(form, attribute->value, "%sMessageAttributes.entry.%zu.Value.StringValue",
                        prefix, i + 1);
    }
}

static void add_message(const char *prefix, const struct sns_message *message, struct buf *form)
{
    aws_form_add_at(form, message->text, "%sMessage", prefix);
    aws_form_add_at(form, SPAN("json"), "%sMessageStructure", prefix);
    aws_form_add_at(form, message->subject, "%sSubject", prefix);
    add_attributes(prefix, message, form);
    if (message->group.len) {
        aws_form_add_at(form, message->group, "%sMessageGroupId", prefix);
        aws_form_add_at(form, message->dedup, "%sMessageDeduplicationId", prefix);
    }
}

const char *sns_request_write(struct span topic_arn, const struct sns_message *const *messages,
                              size_t count, struct buf *form)
{
    aws_form_add(form, "TopicArn", topic_arn);
    if (count == 1) {
        add_message("", messages[0], form);
        return "Publish";
    }
    for (size_t i = 0; i < count; i++) {
        char prefix[sizeof BATCH + 24];
        char id[24];
        (void)snprintf(prefix, sizeof prefix, BATCH "%zu.", i + 1);
        (void)snprintf(id, sizeof id, "%zu", i);
        aws_form_add_at(form, span_view(id), "%sId", prefix);
        add_message(prefix, messages[i], form);
    }
    return "PublishBatch";
}

/* A walk over an answer: an entry's fields come before the end of the entry. */
struct reading {
    struct aws_entry_result *results;
    size_t count;
    size_t id; /* of the entry whose fields are being read; count: none, or none of ours */
    struct aws_entry_result result;
    struct arena *arena;
    size_t published;
};

static size_t number_of(struct span text)
{
    size_t number = 0;
    for (size_t i = 0; i < text.len && i < 3; i++) {
        number = number * 10 + (size_t)(text.ptr[i] - '0');
    }
    return number;
}

static void end_entry(struct reading *reading, bool taken)
{
    if (reading->id < reading->count) {
        reading->result.taken = taken;
        reading->results[reading->id] = reading->result;
    }
    reading->id = reading->count;
    reading->result = (struct aws_entry_result){0};
}

static void read_field(struct reading *reading, struct span name, struct span text)
{
    if (span_equals(name, SPAN("Id"))) {
        reading->id = text.len ? number_of(text) : reading->count;
    } else if (span_equals(name, SPAN("Code"))) {
        reading->result.code = arena_copy(reading->arena, text);
    } else if (span_equals(name, SPAN("Message"))) {
        reading->result.message = arena_copy(reading->arena, text);
    } else if (span_equals(name, SPAN("SenderFault"))) {
        reading->result.at_fault = span_equals(text, SPAN("true"));
    }
}

static void read_element(void *context, struct span path, struct span text)
{
    static const struct span taken =
        {"PublishBatchResponse/PublishBatchResult/Successful/member",
         sizeof "PublishBatchResponse/PublishBatchResult/Successful/member" - 1};
    static const struct span failed =
        {"PublishBatchResponse/PublishBatchResult/Failed/member",
         sizeof "PublishBatchResponse/PublishBatchResult/Failed/member" - 1};
    struct reading *reading = context;
    if (span_equals(path, SPAN("PublishResponse/PublishResult/MessageId"))) {
        reading->published++;
    } else if (span_equals(path, taken) || span_equals(path, failed)) {
        end_entry(reading, span_equals(path, taken));
    } else if (span_starts_with(path, taken) || span_starts_with(path, failed)) {
        size_t begin = span_starts_with(path, taken) ? taken.len + 1 : failed.len + 1;
        read_field(reading, span_of(path.ptr + begin, path.len - begin), text);
    }
}

bool sns_request_read(struct span xml, size_t count, struct arena *arena,
                      struct aws_entry_result *results)
{
    struct reading reading = {.results = results, .count = count, .id = count, .arena = arena};
    for (size_t i = 0; i < count; i++) {
        results[i] = (struct aws_entry_result){.message = SPAN("the answer does not name it")};
    }
    if (aws_xml_read(xml, arena, read_element, &reading) != STATUS_OK) {
        return false;
    }
    if (count == 1) {
        results[0].taken = reading.published == 1;
        return results[0].taken;
    }
    return true;
}
