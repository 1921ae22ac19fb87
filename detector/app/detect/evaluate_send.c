/* evaluate_send.c: signals, ticks and quarantined records as messages; their reports go back to the
 * assignment that waits for them. */
#include "app/detect/evaluate_loop.h"

#include "model/signal_json.h"

enum {
    QUARANTINE_CUT_BYTES = 64 * 1024,
    HEADERS_COPIED_MAX = 8,
};

static void *token_pointer(uint64_t token)
{
    return (void *)(uintptr_t)token; /* carried, never followed */
}

void evaluate_send_delivered(void *context, const struct kafka_delivery *delivery)
{
    struct evaluate_loop *loop = context;
    struct frontier_token token =
        frontier_token_unpack((uint64_t)(uintptr_t)delivery->token);
    bool confirmed = delivery->problem.trouble == KAFKA_FINE;
    if (!confirmed) {
        stage_tell_undelivered(&loop->client, delivery);
        if (delivery->problem.trouble == KAFKA_TOO_LARGE) {
            loop->quarantine_bytes_max = QUARANTINE_CUT_BYTES;
        }
    }
    if (token.partition == EVALUATE_STATES_PARTITION) {
        evaluate_states_deliver(loop, token, confirmed);
        return;
    }
    struct evaluate_part *part = evaluate_loop_part(loop, (int32_t)token.partition);
    if (part->assignment) {
        assignment_deliver(part->assignment, token, confirmed);
    }
}

static void write_signal(struct evaluate_loop *loop, const struct signal *signal)
{
    buf_clear(&loop->text);
    struct json_writer writer = json_writer_to(&loop->text);
    signal_write_json(signal, &writer);
}

/* Of the topic that is read, as far as it is known: partitions may have been added that were handed
 * to us before anybody asked how many there are. */
static uint32_t count_partitions(const struct evaluate_loop *loop)
{
    size_t known = (size_t)loop->detect->topics[DETECT_EVENTS].partitions;
    return (uint32_t)(loop->part_count > known ? loop->part_count : known);
}

bool evaluate_send_tick(struct evaluate_loop *loop, struct evaluate_part *part)
{
    const struct kafka_setup_topic *topic = &loop->detect->topics[DETECT_SIGNALS];
    struct signal tick = assignment_tick(part->assignment, clock_now_us(clock_system()));
    uint64_t token = assignment_tick_token(part->assignment);
    tick.partitions = count_partitions(loop);
    write_signal(loop, &tick);
    part->tick_due = false;
    for (int32_t i = 0; i < topic->partitions && !loop->client.broken; i++) {
        const struct kafka_message message = {
            .topic = topic->name.ptr,
            .partition = i,
            .key = tick.source,
            .value = buf_view(&loop->text),
            .token = token_pointer(token),
        };
        (void)stage_send(&loop->client, &message);
    }
    metric_add(metric_of(loop->detect->metrics, METRIC_TICKS), 1);
    return !loop->client.broken;
}

bool evaluate_send_ticks(struct evaluate_loop *loop)
{
    if (!evaluate_states_are_told(loop)) {
        return !loop->client.broken;
    }
    for (size_t i = 0; i < loop->part_count && !loop->client.broken; i++) {
        struct evaluate_part *part = loop->parts[i];
        if (part && part->assignment && part->tick_due) {
            (void)evaluate_send_tick(loop, part);
        }
    }
    return !loop->client.broken;
}

bool evaluate_send_signal(struct evaluate_loop *loop, const struct signal *signal, uint64_t token)
{
    const struct kafka_setup_topic *topic = &loop->detect->topics[DETECT_SIGNALS];
    write_signal(loop, signal);
    buf_clear(&loop->key);
    buf_append(&loop->key, signal->policy_id);
    buf_append_char(&loop->key, ' ');
    buf_append(&loop->key, signal->group_key);
    const struct kafka_message message = {
        .topic = topic->name.ptr,
        .partition = (int32_t)signal_partition(signal, (uint32_t)topic->partitions),
        .key = buf_view(&loop->key),
        .value = buf_view(&loop->text),
        .token = token_pointer(token),
    };
    return stage_send(&loop->client, &message);
}

/* The record's own headers, then where it lay and why it is here. */
static size_t quarantine_headers(struct evaluate_loop *loop, const struct kafka_record *record,
                                 const struct evaluate_part *part, struct span reason,
                                 struct kafka_header *headers)
{
    size_t count = kafka_record_headers(record, headers, HEADERS_COPIED_MAX);
    size_t source = loop->text.len;
    buf_append(&loop->text, assignment_source(part->assignment));
    size_t offset = loop->text.len;
    buf_printf(&loop->text, "%lld", (long long)record->offset);
    size_t length = loop->text.len;
    buf_printf(&loop->text, "%zu", record->value.len);
    const char *text = loop->text.ptr;
    headers[count++] = (struct kafka_header){SPAN("reason"), reason};
    headers[count++] = (struct kafka_header){SPAN("log"), span_of(text + source, offset - source)};
    headers[count++] =
        (struct kafka_header){SPAN("offset"), span_of(text + offset, length - offset)};
    headers[count++] = (struct kafka_header){
        SPAN("length"), span_of(text + length, loop->text.len - length)};
    return count;
}

bool evaluate_send_quarantine(struct evaluate_loop *loop, const struct kafka_record *record,
                              const struct evaluate_part *part, struct span reason,
                              uint64_t token)
{
    struct kafka_header headers[HEADERS_COPIED_MAX + 4];
    buf_clear(&loop->text);
    struct span value = record->value;
    if (value.len > loop->quarantine_bytes_max) {
        value.len = loop->quarantine_bytes_max;
    }
    const struct kafka_message message = {
        .topic = loop->detect->topics[DETECT_QUARANTINE].name.ptr,
        .partition = KAFKA_PARTITION_BY_KEY,
        .key = record->key,
        .value = value,
        .headers = headers,
        .header_count = quarantine_headers(loop, record, part, reason, headers),
        .token = token_pointer(token),
    };
    return stage_send(&loop->client, &message);
}
