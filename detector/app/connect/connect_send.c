/* connect_send.c: what cannot be read goes to quarantine with its reason; all else to events, under
 * the key of its item. Every message ends in a report; one that failed ends the process, whose next
 * start begins at the checkpoints. */
#include "app/connect/connect.h"

#include "app/event.h"
#include "app/stop.h"
#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    HEADERS_MAX = 8,
    HEADER_BYTES = 2048,     /* what Kafka and our headers add to a record, at most */
    FULL_WAIT_MS = 20,
    CUT_BYTES = 64 * 1024,   /* of a record that quarantine does not take whole */
    NUMBER_BYTES = 24,
    NS_PER_MS = 1000000,
};

/* A record's headers; numbers live in the struct. */
struct headers {
    struct kafka_header items[HEADERS_MAX];
    size_t count;
    char arrival[NUMBER_BYTES];
    char length[NUMBER_BYTES];
    struct span shard;
};

static void add(struct headers *headers, struct span name, struct span value)
{
    check(headers->count < HEADERS_MAX);
    if (value.len) {
        headers->items[headers->count++] = (struct kafka_header){.name = name, .value = value};
    }
}

/* Shards of two streams may have one name: `shard` names the source too. */
static void describe(const struct connect_feed *feed, const struct flight_part *part,
                     const struct source_record *record, struct headers *out)
{
    add(out, SPAN("source"), feed->name);
    add(out, SPAN("account"), feed->account);
    add(out, SPAN("shard"), buf_view(&part->key));
    add(out, SPAN("sequence"), record->sequence);
    if (record->arrival_us) {
        int length = snprintf(out->arrival, sizeof out->arrival, "%" PRId64, record->arrival_us);
        add(out, SPAN("arrival"), span_of(out->arrival, (size_t)length));
    }
}

/* A full queue is waited for, unless somebody wants us to end. STATUS_OK: a report follows. */
static enum status send(struct connect *connect, const struct kafka_message *message)
{
    enum status status = kafka_producer_send(connect->producer, message);
    while (status == STATUS_AGAIN && !stop_asked() && !connect->failed) {
        connect_beat(connect);
        connect_send_poll(connect, FULL_WAIT_MS);
        status = kafka_producer_send(connect->producer, message);
    }
    return status;
}

/* Told once; the next start begins at the checkpoints. */
static void fail(struct connect *connect, struct span what, const struct kafka_problem *problem)
{
    if (!connect->failed) {
        connect_tell_problem(connect, what, problem);
    }
    connect->failed = true;
}

static void tell_unsent(struct connect *connect, struct span topic, enum status status)
{
    if (status == STATUS_AGAIN) {
        return; /* somebody wants us to end */
    }
    struct kafka_problem problem = kafka_producer_problem(connect->producer);
    if (problem.trouble == KAFKA_FINE) {
        problem.trouble = status == STATUS_NOT_FOUND ? KAFKA_UNKNOWN_TOPIC
                          : status == STATUS_IO      ? KAFKA_DENIED
                                                     : KAFKA_TOO_LARGE;
        snprintf(problem.text, sizeof problem.text, "%s",
                 status == STATUS_IO ? "brokers do not let us write to it" : status_text(status));
    }
    fail(connect, topic, &problem);
}

static void tell_quarantined(const struct connect_feed *feed, const struct flight_part *part,
                             const struct source_record *record, struct span reason)
{
    const struct log_field fields[] = {
        log_text("source", feed->name),
        log_text("shard", buf_view(&part->name)),
        log_text("sequence", record->sequence),
        log_number("offset", (int64_t)record->offset),
        log_number("bytes", (int64_t)record->bytes.len),
        log_text("reason", reason),
    };
    event_tell(feed->connect->log, EVENT_RECORD_SET_ASIDE, fields, sizeof fields / sizeof *fields);
}

/* How large a message the topic takes, as far as that is known. */
static size_t limit_of(const struct connect *connect, enum connect_topic topic)
{
    int64_t bytes = connect->topics[topic].message_bytes_max;
    return bytes > HEADER_BYTES ? (size_t)bytes - HEADER_BYTES : SIZE_MAX;
}

static enum status send_aside(struct connect_feed *feed, struct flight_page *page,
                              const struct source_record *record, struct span reason, size_t kept)
{
    struct connect *connect = feed->connect;
    struct headers headers = {.count = 0};
    describe(feed, page->part, record, &headers);
    add(&headers, SPAN("reason"), reason);
    int length = snprintf(headers.length, sizeof headers.length, "%zu", record->bytes.len);
    add(&headers, SPAN("length"), span_of(headers.length, (size_t)length));
    const struct kafka_message message = {
        .topic = connect->topics[CONNECT_QUARANTINE].name.ptr,
        .partition = KAFKA_PARTITION_BY_KEY,
        .key = buf_view(&page->part->key),
        .value = span_of(record->bytes.ptr, kept),
        .headers = headers.items,
        .header_count = headers.count,
        .token = page,
    };
    return send(connect, &message);
}

/* Cut only when the topic takes no more; its header `length` tells how long it was. */
static bool set_aside(struct connect_feed *feed, struct flight_page *page,
                      const struct source_record *record, struct span reason)
{
    struct connect *connect = feed->connect;
    size_t limit = limit_of(connect, CONNECT_QUARANTINE);
    size_t cut = record->bytes.len < CUT_BYTES ? record->bytes.len : CUT_BYTES;
    size_t kept = record->bytes.len > limit ? cut : record->bytes.len;
    enum status status = send_aside(feed, page, record, reason, kept);
    if (status == STATUS_LIMIT) {
        status = send_aside(feed, page, record, reason, cut);
    }
    if (status != STATUS_OK) {
        tell_unsent(connect, connect->topics[CONNECT_QUARANTINE].name, status);
        return false;
    }
    tell_quarantined(feed, page->part, record, reason);
    flight_sent(&connect->flight, page);
    page->counts.quarantined++;
    return true;
}

/* region/account/table/item key, or of an API call region/account/api_call/principal; in arena. */
static struct span event_key(const struct change *change, struct arena *arena)
{
    if (change->call) {
        return arena_printf(arena, "%.*s/%.*s/api_call/%.*s", SPAN_ARG(change->region),
                            SPAN_ARG(change->account), SPAN_ARG(change->call->actor.principal));
    }
    struct span item = change_item_key(change, arena);
    return arena_printf(arena, "%.*s/%.*s/%.*s/%.*s", SPAN_ARG(change->region),
                        SPAN_ARG(change->account), SPAN_ARG(change->table), SPAN_ARG(item));
}

/* What becomes of a record: the key it is sent under, and its header `kind`. */
struct address {
    struct span key;
    struct span kind;
};

/* An envelope holds calls of many, so it keeps the order of its shard. */
static struct address address_of(const struct connect_feed *feed, const struct flight_page *page,
                                 const struct record *record, struct arena *arena)
{
    struct change change = record->change;
    if (record->kind != RECORD_EVENT) {
        return (struct address){buf_view(&page->part->key), SPAN("api_call")};
    }
    if (!change.call || change.account.len == 0) {
        change.account = feed->account;
    }
    return (struct address){event_key(&change, arena),
                            change.call ? SPAN("api_call") : SPAN("change")};
}

static enum status send_event(struct connect_feed *feed, struct flight_page *page,
                              const struct source_record *record, const struct address *address)
{
    struct connect *connect = feed->connect;
    struct headers headers = {.count = 0};
    add(&headers, SPAN("kind"), address->kind);
    describe(feed, page->part, record, &headers);
    const struct kafka_message message = {
        .topic = connect->topics[CONNECT_EVENTS].name.ptr,
        .partition = KAFKA_PARTITION_BY_KEY,
        .key = address->key,
        .value = record->bytes,
        .headers = headers.items,
        .header_count = headers.count,
        .token = page,
    };
    return record->bytes.len + address->key.len > limit_of(connect, CONNECT_EVENTS)
               ? STATUS_LIMIT
               : send(connect, &message);
}

/* False: it is not on its way, and the page must stay open for ever. */
static bool send_record(struct connect_feed *feed, struct flight_page *page,
                        const struct source_record *record)
{
    struct connect *connect = feed->connect;
    struct json_error error = {0};
    struct record read;
    arena_reset(connect->record_arena);
    if (record->refused) {
        return set_aside(feed, page, record, span_view(record->refused));
    }
    if (record_read(record->bytes, feed->format, connect->record_arena, &error, &read) !=
        STATUS_OK) {
        struct span reason = arena_printf(connect->record_arena, "%s at byte %zu", error.reason,
                                          error.offset);
        return set_aside(feed, page, record, reason);
    }
    if (read.kind == RECORD_OTHER) {
        page->counts.skipped++;
        return true;
    }
    struct address address = address_of(feed, page, &read, connect->record_arena);
    enum status status = send_event(feed, page, record, &address);
    if (status == STATUS_LIMIT) {
        return set_aside(feed, page, record,
                         SPAN("larger than the topic of events takes: raise its "
                              "max.message.bytes"));
    }
    if (status != STATUS_OK) {
        tell_unsent(connect, connect->topics[CONNECT_EVENTS].name, status);
        return false;
    }
    flight_sent(&connect->flight, page);
    page->counts.sent++;
    return true;
}

static size_t bytes_of(const struct source_batch *batch)
{
    size_t bytes = 0;
    for (size_t i = 0; i < batch->count; i++) {
        bytes += batch->records[i].bytes.len;
    }
    return bytes;
}

static void count_page(const struct connect_feed *feed, const struct flight_page *page)
{
    struct metrics *metrics = feed->connect->service.metrics;
    metric_add(metric_of1(metrics, METRIC_RECORDS_READ, feed->name), page->counts.read);
    metric_add(metric_of1(metrics, METRIC_RECORDS_QUARANTINED, feed->name),
               page->counts.quarantined);
    metric_add(metric_of1(metrics, METRIC_RECORDS_SKIPPED, feed->name), page->counts.skipped);
}

void connect_send_batch(struct connect_feed *feed, struct flight_part *part,
                        const struct source_batch *batch)
{
    struct connect *connect = feed->connect;
    struct flight_page *page = flight_begin(&connect->flight, part, batch->position,
                                            batch->part_ended, bytes_of(batch));
    page->counts.read = batch->count + batch->blank;
    page->counts.skipped = batch->blank;
    for (size_t i = 0; i < batch->count; i++) {
        if (!send_record(feed, page, &batch->records[i])) {
            return;
        }
    }
    count_page(feed, page);
    flight_close(&connect->flight, page);
}

static void write_checkpoint(struct connect *connect, struct flight_part *part)
{
    buf_clear(&connect->text);
    connect_checkpoint_write(buf_view(&part->written), clock_now_us(clock_system()),
                             &connect->text);
    const struct kafka_message message = {
        .topic = connect->topics[CONNECT_CHECKPOINTS].name.ptr,
        .partition = KAFKA_PARTITION_BY_KEY,
        .key = buf_view(&part->key),
        .value = buf_view(&connect->text),
        .token = part,
    };
    enum status status = kafka_producer_send(connect->producer, &message);
    if (status == STATUS_AGAIN) { /* later */
        part->writing = false;
        part->fresh = true;
    } else if (status != STATUS_OK) {
        tell_unsent(connect, connect->topics[CONNECT_CHECKPOINTS].name, status);
    }
}

void connect_send_checkpoints(struct connect *connect, bool all)
{
    uint64_t now_ns = clock_monotonic_ns();
    for (struct flight_part *part = connect->flight.parts; part; part = part->next) {
        bool is_due = all || part->done_ended || now_ns >= part->due_ns;
        if (is_due && !connect->failed && flight_write(part)) {
            part->due_ns = now_ns + (uint64_t)CONNECT_CHECKPOINT_MS * NS_PER_MS;
            write_checkpoint(connect, part);
        }
    }
}

static void checkpoint_is_durable(struct connect *connect, struct flight_part *part)
{
    const struct connect_feed *feed = &connect->feeds[part->feed];
    struct source *source = feed->made.source;
    flight_written(part);
    metric_add(metric_of1(connect->service.metrics, METRIC_CHECKPOINTS, feed->name), 1);
    if (source && source->ops->settle) {
        source->ops->settle(source, buf_view(&part->name), buf_view(&part->written));
    }
    if (part->written_ended) {
        flight_forget(&connect->flight, part);
    }
}

void connect_delivered(void *context, const struct kafka_delivery *delivery)
{
    struct connect *connect = context;
    struct flight_token *token = delivery->token;
    enum app_metric metric = delivery->problem.trouble == KAFKA_FINE ? METRIC_RECORDS_PRODUCED
                                                                     : METRIC_PRODUCE_FAILURES;
    metric_add(metric_of1(connect->service.metrics, metric, span_view(delivery->topic)), 1);
    if (delivery->problem.trouble != KAFKA_FINE) {
        fail(connect, span_view(delivery->topic), &delivery->problem);
    } else if (token->kind == FLIGHT_PAGE) {
        flight_delivered(&connect->flight, (struct flight_page *)token);
    } else {
        checkpoint_is_durable(connect, (struct flight_part *)token);
    }
}

void connect_send_poll(struct connect *connect, int wait_ms)
{
    if (kafka_producer_poll(connect->producer, wait_ms) != STATUS_OK) {
        struct kafka_problem problem = kafka_producer_problem(connect->producer);
        fail(connect, SPAN("sending"), &problem);
    }
}

static bool is_all_written(const struct flight *flight)
{
    for (const struct flight_part *part = flight->parts; part; part = part->next) {
        if (part->first || part->fresh || part->writing) {
            return false;
        }
    }
    return true;
}

bool connect_send_drain(struct connect *connect)
{
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)CONNECT_DRAIN_MS * NS_PER_MS;
    while (!is_all_written(&connect->flight) && !connect->failed &&
           clock_monotonic_ns() < until_ns) {
        connect_beat(connect);
        connect_send_checkpoints(connect, true);
        connect_send_poll(connect, CONNECT_BUSY_WAIT_MS);
    }
    return is_all_written(&connect->flight);
}
