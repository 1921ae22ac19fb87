/* decide_send.c: alerts, set-aside records and snapshots as messages; their reports go back to the
 * partition that waits for them. */
#include "app/detect/decide_loop.h"

#include "app/health/app_count.h"
#include "base/check.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum {
    STATE_SLOT = AWAITED_MAX, /* of a record of a snapshot */
    HEADER_BYTES = 24,
};

/* Partition, owner and slot in one word, which a message carries and nobody follows. */
enum { TOKEN_SLOT_BITS = 20, TOKEN_EPOCH_BITS = 24, TOKEN_PARTITION_BITS = 20 };
static_assert(STATE_SLOT < 1 << TOKEN_SLOT_BITS, "a slot fits");

struct token {
    uint32_t partition;
    uint32_t epoch;
    size_t slot;
};

static void *token_of(const struct decide_seat *seat, size_t slot)
{
    uint64_t epoch = seat->epoch & ((1u << TOKEN_EPOCH_BITS) - 1);
    uint64_t partition = (uint64_t)seat->number;
    check(partition < 1u << TOKEN_PARTITION_BITS);
    return (void *)(uintptr_t)((partition << TOKEN_EPOCH_BITS | epoch) << TOKEN_SLOT_BITS | slot);
}

static struct token token_read(const void *carried)
{
    uint64_t word = (uint64_t)(uintptr_t)carried;
    return (struct token){
        .slot = word & ((1u << TOKEN_SLOT_BITS) - 1),
        .epoch = (uint32_t)(word >> TOKEN_SLOT_BITS & ((1u << TOKEN_EPOCH_BITS) - 1)),
        .partition = (uint32_t)(word >> (TOKEN_SLOT_BITS + TOKEN_EPOCH_BITS)),
    };
}

void decide_send_delivered(void *context, const struct kafka_delivery *delivery)
{
    struct decide_loop *loop = context;
    struct token token = token_read(delivery->token);
    struct decide_seat *seat = &loop->seats[token.partition];
    uint32_t epoch = seat->epoch & ((1u << TOKEN_EPOCH_BITS) - 1);
    bool confirmed = delivery->problem.trouble == KAFKA_FINE;
    if (!confirmed) {
        stage_tell_undelivered(&loop->client, delivery);
    }
    if (!seat->part || seat->failed || token.epoch != epoch) {
        return; /* of an owner that is gone: whoever follows does not count on it */
    }
    if (!confirmed) {
        seat->failed = true;
    } else if (token.slot == STATE_SLOT) {
        snapshot_writer_deliver(decide_part_writer(seat->part));
    } else {
        decide_part_confirm(seat->part, token.slot);
    }
}

static struct kafka_header number_header(struct span name, uint64_t number,
                                         char text[HEADER_BYTES])
{
    int length = snprintf(text, HEADER_BYTES, "%" PRIu64, number);
    return (struct kafka_header){name, span_of(text, (size_t)length)};
}

bool decide_send_alert(struct decide_loop *loop, struct decide_seat *seat,
                       const struct alert *alert, size_t slot)
{
    char id[DIGEST_HEX_LENGTH + 1];
    char texts[3][HEADER_BYTES];
    const struct kafka_header headers[] = {
        number_header(SPAN("signals-partition"), (uint64_t)seat->number, texts[0]),
        number_header(SPAN("log-offset"), alert->log_sequence - 1, texts[1]),
        number_header(SPAN("ordinal"), alert->ordinal, texts[2]),
    };
    buf_clear(&loop->text);
    struct json_writer writer = json_writer_to(&loop->text);
    alert_write_json(alert, &writer);
    digest_hex(&alert->id, id);
    const struct kafka_message message = {
        .topic = loop->detect->topics[DETECT_ALERTS].name.ptr,
        .partition = KAFKA_PARTITION_BY_KEY,
        .key = span_of(id, DIGEST_HEX_LENGTH),
        .value = buf_view(&loop->text),
        .headers = headers,
        .header_count = sizeof headers / sizeof *headers,
        .token = token_of(seat, slot),
    };
    app_count_alert(loop->detect->metrics, alert, clock_now_us(clock_system()));
    return stage_send(&loop->client, &message);
}

bool decide_send_quarantine(struct decide_loop *loop, struct decide_seat *seat,
                            const struct kafka_record *record, const char *reason, size_t slot)
{
    char offset[HEADER_BYTES];
    buf_clear(&loop->text);
    buf_printf(&loop->text, "%.*s/%" PRId32 "#%.*s",
               SPAN_ARG(loop->detect->topics[DETECT_SIGNALS].name), record->partition,
               SPAN_ARG(loop->detect->topics[DETECT_SIGNALS].id));
    const struct kafka_header headers[] = {
        {SPAN("reason"), span_view(reason)},
        {SPAN("log"), buf_view(&loop->text)},
        number_header(SPAN("offset"), (uint64_t)record->offset, offset),
    };
    const struct kafka_message message = {
        .topic = loop->detect->topics[DETECT_QUARANTINE].name.ptr,
        .partition = KAFKA_PARTITION_BY_KEY,
        .key = record->key,
        .value = record->value,
        .headers = headers,
        .header_count = sizeof headers / sizeof *headers,
        .token = token_of(seat, slot),
    };
    return stage_send(&loop->client, &message);
}

/* Tells of a snapshot that became durable since it was asked last. */
static void note_snapshot(struct decide_loop *loop, struct decide_seat *seat)
{
    uint64_t offset = snapshot_writer_offset(decide_part_writer(seat->part));
    if (offset != seat->told_offset) {
        double took_s = (double)(clock_monotonic_ns() - seat->began_ns) / 1e9;
        seat->told_offset = offset;
        seat->failures = 0;
        metric_add(metric_of(loop->detect->metrics, METRIC_SNAPSHOTS), 1);
        metric_observe(metric_of(loop->detect->metrics, METRIC_SNAPSHOT_SECONDS), took_s);
    }
}

bool decide_send_state(struct decide_loop *loop, struct decide_seat *seat)
{
    int64_t now_us = clock_now_us(clock_system());
    struct snapshot_record record;
    note_snapshot(loop, seat);
    while (!seat->failed && decide_part_next_record(seat->part, now_us, &record)) {
        const struct kafka_message message = {
            .topic = loop->detect->topics[DETECT_STATE].name.ptr,
            .partition = seat->number,
            .key = record.key,
            .value = record.value,
            .tombstone = record.tombstone,
            .token = token_of(seat, STATE_SLOT),
        };
        /* before it is sent: its report may come while the queue is full */
        snapshot_writer_sent(decide_part_writer(seat->part));
        if (!stage_send(&loop->client, &message)) {
            return false;
        }
    }
    return !loop->client.broken;
}
