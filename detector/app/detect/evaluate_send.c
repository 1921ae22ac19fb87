/* evaluate_send.c: signals, ticks and quarantined records as messages; their reports go back to the
 * assignment that waits for them. */
#include "app/detect/evaluate_loop.h"

#include "app/event.h"
#include "model/signal_json.h"

enum {
    FULL_WAIT_MS = 20,
    STOPPING_WAIT_MS = 10000,
    QUARANTINE_CUT_BYTES = 64 * 1024,
    HEADERS_COPIED_MAX = 8,
};

static void *token_pointer(uint64_t token)
{
    return (void *)(uintptr_t)token; /* carried, never followed */
}

static void tell_failed(struct evaluate_loop *loop, const char *topic,
                        const struct kafka_problem *problem)
{
    const struct log_field fields[] = {
        log_text("topic", span_view(topic)),
        log_text("problem", kafka_problem_text(problem)),
        log_text("hint", kafka_problem_hint(problem->trouble)),
    };
    event_tell(loop->detect->log, EVENT_DELIVERY_FAILED, fields, sizeof fields / sizeof *fields);
    metric_add(metric_of1(loop->detect->metrics, METRIC_PRODUCE_FAILURES, span_view(topic)), 1);
}

void evaluate_send_delivered(void *context, const struct kafka_delivery *delivery)
{
    struct evaluate_loop *loop = context;
    struct frontier_token token =
        frontier_token_unpack((uint64_t)(uintptr_t)delivery->token);
    struct evaluate_part *part = evaluate_loop_part(loop, (int32_t)token.partition);
    bool confirmed = delivery->problem.trouble == KAFKA_FINE;
    if (!confirmed) {
        tell_failed(loop, delivery->topic, &delivery->problem);
        if (delivery->problem.trouble == KAFKA_TOO_LARGE) {
            loop->quarantine_bytes_max = QUARANTINE_CUT_BYTES;
        }
    }
    if (part->assignment) {
        assignment_deliver(part->assignment, token, confirmed);
    }
}

static bool hold_on(struct evaluate_loop *loop, enum status status)
{
    if (status == STATUS_CLOSED) {
        struct kafka_problem problem = kafka_producer_problem(loop->producer);
        const struct log_field field = log_text("problem", kafka_problem_text(&problem));
        event_tell(loop->detect->log, EVENT_KAFKA_LOST, &field, 1);
        loop->broken = true;
    }
    return !loop->broken;
}

bool evaluate_send_poll(struct evaluate_loop *loop, int wait_ms)
{
    return hold_on(loop, kafka_producer_poll(loop->producer, wait_ms));
}

/* STATUS_OK: it is queued. Others: no report will come. A queue that stays full while somebody
 * waits for us to end is given up: what is not confirmed is evaluated again. */
static enum status send(struct evaluate_loop *loop, const struct kafka_message *message)
{
    int stopping_ms = 0;
    enum status status = kafka_producer_send(loop->producer, message);
    while (status == STATUS_AGAIN && evaluate_send_poll(loop, FULL_WAIT_MS)) {
        health_beat(loop->beat);
        stopping_ms += detect_stopping(loop->detect) ? FULL_WAIT_MS : 0;
        loop->broken = stopping_ms > STOPPING_WAIT_MS;
        status = kafka_producer_send(loop->producer, message);
    }
    return status;
}

/* A message that is refused on the spot ends the assignment as a failed delivery does. */
static bool must_send(struct evaluate_loop *loop, const struct kafka_message *message)
{
    enum status status = send(loop, message);
    if (status != STATUS_OK && status != STATUS_CLOSED) {
        struct kafka_delivery refused = {
            .token = message->token,
            .topic = message->topic,
            .problem = {.trouble = status == STATUS_LIMIT ? KAFKA_TOO_LARGE : KAFKA_UNKNOWN_TOPIC},
        };
        struct span text = span_view(status_text(status));
        memcpy(refused.problem.text, text.ptr, text.len);
        evaluate_send_delivered(loop, &refused);
    }
    return hold_on(loop, status);
}

static void write_signal(struct evaluate_loop *loop, const struct signal *signal)
{
    buf_clear(&loop->text);
    struct json_writer writer = json_writer_to(&loop->text);
    signal_write_json(signal, &writer);
}

bool evaluate_send_tick(struct evaluate_loop *loop, struct evaluate_part *part)
{
    const struct kafka_setup_topic *topic = &loop->detect->topics[DETECT_SIGNALS];
    struct signal tick = assignment_tick(part->assignment, clock_now_us(clock_system()));
    uint64_t token = assignment_tick_token(part->assignment);
    write_signal(loop, &tick);
    part->tick_due = false;
    for (int32_t i = 0; i < topic->partitions && !loop->broken; i++) {
        const struct kafka_message message = {
            .topic = topic->name.ptr,
            .partition = i,
            .key = tick.source,
            .value = buf_view(&loop->text),
            .token = token_pointer(token),
        };
        (void)must_send(loop, &message);
    }
    metric_add(metric_of(loop->detect->metrics, METRIC_TICKS), 1);
    return !loop->broken;
}

bool evaluate_send_ticks(struct evaluate_loop *loop)
{
    for (size_t i = 0; i < loop->part_count && !loop->broken; i++) {
        struct evaluate_part *part = loop->parts[i];
        if (part && part->assignment && part->tick_due) {
            (void)evaluate_send_tick(loop, part);
        }
    }
    return !loop->broken;
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
    return must_send(loop, &message);
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
    return must_send(loop, &message);
}
