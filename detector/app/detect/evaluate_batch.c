/* evaluate_batch.c: the records of one micro-batch, of all partitions at hand: workers read headers
 * and evaluate; then, in the order of each partition, results enter its assignment and signals are
 * sent. */
#include "app/detect/evaluate_loop.h"

#include "app/event.h"
#include "app/health/app_count.h"
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEADERS_READ_MAX = 16, IN_FLIGHT_MAX = 50000 };

/* One record and what its headers say. */
struct item {
    const struct kafka_record *record;
    struct evaluate_part *part;
    struct span shard;
    int64_t arrival_us; /* 0: not told */
};

/* What one partition has of the batch. */
struct share {
    struct evaluate_part *part;
    int64_t end;
    uint32_t deliveries;
    uint64_t token;
};

struct evaluate_batch {
    struct item items[SOURCE_BATCH_RECORDS_MAX];
    size_t count;
    struct share *shares; /* in the order in which they were met */
    size_t share_count;
    size_t share_capacity;
    uint32_t *share_of;   /* by partition: its share + 1; 0: none */
    size_t share_of_count;
    uint64_t *counts;     /* by policy and counter */
    size_t count_count;
};

struct evaluate_batch *evaluate_batch_new(void)
{
    struct evaluate_batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        check_memory_exhausted(sizeof *batch);
    }
    return batch;
}

void evaluate_batch_free(struct evaluate_batch **batch)
{
    if (*batch) {
        free((*batch)->shares);
        free((*batch)->share_of);
        free((*batch)->counts);
        free(*batch);
        *batch = NULL;
    }
}

static void *grow(void *old, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity) {
        return old;
    }
    size_t fresh = *capacity ? 2 * *capacity : 16;
    fresh = fresh < wanted ? wanted : fresh;
    char *bytes = realloc(old, fresh * size);
    if (!bytes) {
        check_memory_exhausted(fresh * size);
    }
    memset(bytes + *capacity * size, 0, (fresh - *capacity) * size);
    *capacity = fresh;
    return bytes;
}

static struct share *share_of(struct evaluate_batch *batch, struct evaluate_part *part)
{
    size_t number = (size_t)part->number;
    batch->share_of =
        grow(batch->share_of, &batch->share_of_count, number + 1, sizeof *batch->share_of);
    if (batch->share_of[number] == 0) {
        batch->shares = grow(batch->shares, &batch->share_capacity, batch->share_count + 1,
                             sizeof *batch->shares);
        batch->shares[batch->share_count++] = (struct share){.part = part};
        batch->share_of[number] = (uint32_t)batch->share_count;
    }
    return &batch->shares[batch->share_of[number] - 1];
}

static void clear(struct evaluate_batch *batch)
{
    for (size_t i = 0; i < batch->share_count; i++) {
        batch->share_of[batch->shares[i].part->number] = 0;
    }
    batch->share_count = 0;
    batch->count = 0;
}

/* No signal may be sent now, or no more of them: what was polled waits. Partitions whose assignment
 * failed do not: their records come again. */
static bool must_wait(const struct evaluate_loop *loop)
{
    bool wait = loop->has_fresh || kafka_producer_in_flight(loop->client.producer) > IN_FLIGHT_MAX;
    for (size_t i = 0; i < loop->part_count && !wait; i++) {
        const struct evaluate_part *part = loop->parts[i];
        wait = part && (evaluate_part_is(part, FRONTIER_OPENING) ||
                        (evaluate_part_is(part, FRONTIER_RUNNING) &&
                         !frontier_has_room(evaluate_part_frontier(part))));
    }
    return wait;
}

/* Whole batches, the oldest first; gives how many. Records of assignments that ended are left
 * out. */
static size_t take_items(struct evaluate_loop *loop)
{
    struct evaluate_batch *batch = loop->batch;
    size_t taken = 0;
    for (; taken < loop->inbox.count; taken++) {
        const struct evaluate_parcel *parcel = &loop->inbox.parcels[taken];
        if (batch->count + parcel->batch->count > SOURCE_BATCH_RECORDS_MAX) {
            break;
        }
        for (size_t i = 0; i < parcel->batch->count; i++) {
            const struct kafka_record *record = &parcel->batch->records[i];
            struct evaluate_part *part = evaluate_loop_part(loop, record->partition);
            if (parcel->turn >= part->since && evaluate_part_is(part, FRONTIER_RUNNING) &&
                record->offset >= part->taken) {
                batch->items[batch->count++] = (struct item){.record = record, .part = part};
                part->taken = record->offset + 1;
            }
        }
    }
    return taken;
}

static int64_t parse_time(struct span text)
{
    int64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(text.ptr[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, digit, &number)) {
            return 0;
        }
    }
    return number;
}

static bool is_event(struct span kind)
{
    return span_equals(kind, SPAN("change")) || span_equals(kind, SPAN("api_call"));
}

/* Runs in the workers. A record without the header `kind` is a change: whoever writes to the topic
 * by hand need not know of it. */
static void get_record(void *context, size_t index, struct evaluate_record *out)
{
    struct evaluate_batch *batch = context;
    struct item *item = &batch->items[index];
    struct kafka_header headers[HEADERS_READ_MAX];
    size_t count = kafka_record_headers(item->record, headers, HEADERS_READ_MAX);
    *out = (struct evaluate_record){
        .bytes = item->record->value,
        .source = assignment_source(item->part->assignment),
        .format = RECORD_FORMAT_AUTO,
        .offset = (uint64_t)item->record->offset,
        .skipped = item->record->tombstone,
    };
    for (size_t i = 0; i < count; i++) {
        if (span_equals(headers[i].name, SPAN("shard"))) {
            item->shard = headers[i].value;
        } else if (span_equals(headers[i].name, SPAN("arrival"))) {
            item->arrival_us = parse_time(headers[i].value);
        } else if (span_equals(headers[i].name, SPAN("account"))) {
            out->account = headers[i].value;
        } else if (span_equals(headers[i].name, SPAN("kind"))) {
            out->skipped = out->skipped || !is_event(headers[i].value);
        }
    }
    out->arrival_us = item->arrival_us;
}

static void evaluate(struct evaluate_loop *loop)
{
    const struct evaluate_records records = {
        .count = loop->batch->count,
        .get = get_record,
        .context = loop->batch,
        .detected_us = clock_now_us(clock_system()),
    };
    evaluate_stage_run(loop->stage, loop->pool, &records);
}

static void note(const struct item *item, const struct record_outcome *outcome,
                 struct share *share)
{
    struct assignment *assignment = item->part->assignment;
    share->end = item->record->offset + 1;
    share->deliveries += outcome->signal_count + (outcome->refused != NULL);
    if (outcome->skipped) {
        assignment_count(assignment, ASSIGNMENT_SKIPPED);
    } else if (outcome->refused) {
        assignment_count(assignment, ASSIGNMENT_QUARANTINED);
    } else {
        assignment_count(assignment, ASSIGNMENT_EVALUATED);
    }
    if (outcome->event_count > 0) {
        assignment_see(assignment, item->shard, outcome->event_time_us,
                       item->arrival_us ? item->arrival_us : outcome->event_time_us);
    }
}

/* The matches of one slice that are held back, each with the record that it is of. */
static void hold_slice(struct evaluate_loop *loop, size_t slice)
{
    const struct record_outcome *outcomes = evaluate_stage_outcomes(loop->stage);
    const struct held_list *held = evaluate_stage_held(loop->stage, slice);
    size_t record = slice * SLICE_RECORDS;
    size_t of_record = 0;
    for (size_t i = 0; i < held->count; i++) {
        while (of_record == outcomes[record].held_count) {
            record++;
            of_record = 0;
        }
        assignment_hold(loop->batch->items[record].part->assignment, &held->items[i]);
        of_record++;
    }
}

/* What was read becomes one stretch of each partition. */
static void add_stretches(struct evaluate_loop *loop)
{
    struct evaluate_batch *batch = loop->batch;
    const struct record_outcome *outcomes = evaluate_stage_outcomes(loop->stage);
    for (size_t i = 0; i < batch->count; i++) {
        struct item *item = &batch->items[i];
        note(item, &outcomes[i], share_of(batch, item->part));
        if (i % SLICE_RECORDS == 0) {
            hold_slice(loop, i / SLICE_RECORDS);
        }
    }
    for (size_t i = 0; i < batch->share_count; i++) {
        struct share *share = &batch->shares[i];
        share->token = assignment_add(share->part->assignment, share->end, share->deliveries);
    }
}

static bool quarantine(struct evaluate_loop *loop, const struct item *item,
                       const struct record_outcome *outcome)
{
    char text[256];
    struct span reason = span_view(outcome->refused);
    if (outcome->refused_offset != SIZE_MAX) {
        int length = snprintf(text, sizeof text, "%s at byte %zu", outcome->refused,
                              outcome->refused_offset);
        reason = span_of(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
    }
    const struct log_field fields[] = {
        log_text("source", assignment_source(item->part->assignment)),
        log_number("offset", item->record->offset),
        log_text("reason", reason),
    };
    event_tell(loop->detect->log, EVENT_RECORD_SET_ASIDE, fields, sizeof fields / sizeof *fields);
    return evaluate_send_quarantine(loop, item->record, item->part, reason,
                                    share_of(loop->batch, item->part)->token);
}

/* Signals lie by slices, each in the order of its records. */
static bool send_results(struct evaluate_loop *loop)
{
    struct evaluate_batch *batch = loop->batch;
    const struct record_outcome *outcomes = evaluate_stage_outcomes(loop->stage);
    const struct signal *signal = NULL;
    bool fine = true;
    for (size_t i = 0; i < batch->count && fine; i++) {
        if (i % SLICE_RECORDS == 0) {
            signal = evaluate_stage_signals(loop->stage, i / SLICE_RECORDS)->items;
        }
        if (outcomes[i].refused) {
            fine = quarantine(loop, &batch->items[i], &outcomes[i]);
        }
        for (uint32_t k = 0; k < outcomes[i].signal_count && fine; k++) {
            struct signal sent = *signal++;
            sent.watermark_us = INT64_MIN; /* only ticks tell it (rule 5) */
            fine = evaluate_send_signal(loop, &sent,
                                        share_of(batch, batch->items[i].part)->token);
        }
    }
    return fine;
}

void evaluate_batch_count(struct evaluate_loop *loop)
{
    struct evaluate_batch *batch = loop->batch;
    const struct plan *plan = loop->set.plan;
    size_t wanted = plan->policy_count * EVALUATE_COUNTER_COUNT;
    batch->counts = grow(batch->counts, &batch->count_count, wanted, sizeof *batch->counts);
    memset(batch->counts, 0, batch->count_count * sizeof *batch->counts);
    evaluate_stage_take_counts(loop->stage, batch->counts);
    for (size_t i = 0; i < wanted; i++) {
        if (batch->counts[i]) {
            app_count_policy(loop->detect->metrics, plan->policies[i / EVALUATE_COUNTER_COUNT].id,
                             evaluate_counter_name((enum evaluate_counter)
                                                   (i % EVALUATE_COUNTER_COUNT)),
                             batch->counts[i]);
        }
    }
}

bool evaluate_batch_run(struct evaluate_loop *loop)
{
    if (loop->inbox.count == 0 || must_wait(loop)) {
        return true;
    }
    uint64_t began_ns = clock_monotonic_ns();
    size_t taken = take_items(loop);
    if (loop->batch->count) {
        evaluate(loop);
        add_stretches(loop);
        (void)send_results(loop);
        evaluate_batch_count(loop);
        metric_observe(metric_of(loop->detect->metrics, METRIC_BATCH_SECONDS),
                       (double)(clock_monotonic_ns() - began_ns) / 1e9);
    }
    clear(loop->batch);
    evaluate_inbox_drop(&loop->inbox, taken);
    return !loop->client.broken;
}
