/* decide_fold.c: records of the signals log, in the order of their partition: some are read, then
 * folded one at a time, while what the next ones want is fetched. */
#include "app/detect/decide_loop.h"

#include "app/event.h"
#include "app/health/app_count.h"
#include "model/signal_json.h"

enum { ROOM_WAIT_MS = 20 };
/* Of records that are read before the first of them is folded. */
enum { READ_RECORDS_MAX = 256, READ_BYTES_MAX = 1024 * 1024 };

/* A record that was read: a signal, or why it is none. */
struct reading {
    enum status status;
    const char *reason;
    struct signal signal;
};

/* Those of a batch from `first` up to `end`, which is not among them. */
struct readings {
    const struct kafka_batch *batch;
    size_t first;
    size_t end;
    struct reading *items;
};

/* Waits until what is on its way leaves room for more. */
static bool make_room(struct decide_loop *loop, const struct decide_seat *seat)
{
    while (!decide_part_has_room(seat->part) && !seat->failed && !detect_stopping(loop->detect)) {
        health_beat(loop->client.beat);
        if (!stage_poll(&loop->client, ROOM_WAIT_MS)) {
            return false;
        }
    }
    return !seat->failed && decide_part_has_room(seat->part);
}

static void count_outcome(const struct decide_loop *loop, const struct signal *signal,
                          enum decide_outcome outcome)
{
    struct metrics *metrics = loop->detect->metrics;
    if (outcome == DECIDE_JOINED) {
        app_count_policy(metrics, signal->policy_id, SPAN("suppressed"), 1);
    } else if (outcome == DECIDE_DUPLICATE) {
        app_count_policy(metrics, signal->policy_id, SPAN("duplicate"), 1);
    } else if (outcome == DECIDE_LATE) {
        app_count_policy(metrics, signal->policy_id, SPAN("late"), 1);
    }
}

/* A state ended in this partition. */
static void tell_dropped(void *context, const struct decide_dropped *dropped)
{
    const struct decide_loop *loop = context;
    const struct log_field fields[] = {
        log_text("policy", dropped->policy_id),
        log_number("groups", (int64_t)dropped->groups),
    };
    event_tell(loop->detect->log, EVENT_STATE_DROPPED, fields, 2);
    app_count_policy(loop->detect->metrics, dropped->policy_id, SPAN("state_dropped"), 1);
}

static bool send_alerts(struct decide_loop *loop, struct decide_seat *seat, uint64_t offset,
                        const struct alert_list *alerts)
{
    if (alerts->count == 0) {
        return true;
    }
    size_t slot = decide_part_await(seat->part, offset, (uint32_t)alerts->count);
    for (size_t i = 0; i < alerts->count; i++) {
        if (!decide_send_alert(loop, seat, &alerts->items[i], slot)) {
            return false;
        }
    }
    return true;
}

static bool fold_signal(struct decide_loop *loop, struct decide_seat *seat, uint64_t offset,
                        const struct signal *signal)
{
    struct alert_list alerts = {0};
    bool replayed = decide_part_is_muted(seat->part);
    enum decide_outcome outcome =
        decide_part_fold(seat->part, offset, signal, loop->scratch, &alerts);
    decide_part_take_dropped(seat->part, replayed ? NULL : tell_dropped, loop);
    if (replayed) {
        metric_add(metric_of(loop->detect->metrics, METRIC_REPLAYED), 1);
    } else {
        count_outcome(loop, signal, outcome);
    }
    return send_alerts(loop, seat, offset, &alerts);
}

/* What cannot be read is no signal of ours: kept aside, and told. Not again in a replay. */
static bool set_aside(struct decide_loop *loop, struct decide_seat *seat,
                      const struct kafka_record *record, const char *reason)
{
    uint64_t offset = (uint64_t)record->offset;
    bool replayed = decide_part_is_muted(seat->part);
    decide_part_skip(seat->part, offset);
    if (replayed) {
        return true;
    }
    const struct log_field fields[] = {
        log_text("topic", loop->detect->topics[DETECT_SIGNALS].name),
        log_number("partition", record->partition),
        log_number("offset", record->offset),
        log_text("reason", span_view(reason)),
    };
    event_tell(loop->detect->log, EVENT_RECORD_SET_ASIDE, fields, sizeof fields / sizeof *fields);
    metric_add(metric_of1(loop->detect->metrics, METRIC_RECORDS_QUARANTINED,
                          loop->detect->topics[DETECT_SIGNALS].name), 1);
    return decide_send_quarantine(loop, seat, record, reason,
                                  decide_part_await(seat->part, offset, 1));
}

static bool fold_record(struct decide_loop *loop, struct decide_seat *seat,
                        const struct kafka_record *record, const struct reading *reading)
{
    if (reading->status != STATUS_OK) {
        return set_aside(loop, seat, record, reading->reason);
    }
    return fold_signal(loop, seat, (uint64_t)record->offset, &reading->signal);
}

/* Offsets of this topic follow each other, since nobody writes to it in transactions: records that
 * are missing between two were lost by the brokers (rule 16 is about the beginning of the log). */
static void tell_gap(struct decide_loop *loop, const struct decide_seat *seat, int64_t offset)
{
    int64_t next = (int64_t)decide_part_next(seat->part);
    const struct span topic = loop->detect->topics[DETECT_SIGNALS].name;
    const struct log_field fields[] = {
        log_text("source", topic),
        log_number("partition", seat->number),
        log_number("first", next),
        log_number("last", offset - 1),
        log_number("records", offset - next),
    };
    event_tell(loop->detect->log, EVENT_RECORDS_LOST, fields, sizeof fields / sizeof *fields);
    metric_add(metric_of1(loop->detect->metrics, METRIC_RECORDS_LOST, topic),
               (uint64_t)(offset - next));
}

static void read_record(const struct kafka_record *record, struct arena *arena,
                        struct reading *out)
{
    struct json_error error = {.reason = "no value"};
    out->status = STATUS_INVALID;
    if (!record->tombstone) {
        out->status = signal_read_json(record->value, arena, &error, &out->signal);
    }
    out->reason = error.reason;
    out->signal.sequence = (uint64_t)record->offset + 1;
}

/* Reads what comes next of the batch, one record or more; it lives as long as `scratch`. */
static struct readings read_next(struct decide_loop *loop, const struct kafka_batch *batch,
                                 size_t first)
{
    struct readings readings = {batch, first, first, NULL};
    size_t rest = batch->count - first;
    size_t end = first + (rest < READ_RECORDS_MAX ? rest : READ_RECORDS_MAX);
    size_t bytes = 0;
    arena_reset(loop->scratch);
    readings.items = arena_array(loop->scratch, end - first, sizeof *readings.items);
    while (readings.end < end && bytes <= READ_BYTES_MAX) {
        const struct kafka_record *record = &batch->records[readings.end];
        read_record(record, loop->scratch, &readings.items[readings.end - first]);
        bytes += record->value.len;
        readings.end++;
    }
    return readings;
}

/* Has what a record wants fetched, if it is one of these. */
static void foresee(const struct decide_loop *loop, const struct readings *readings, size_t place)
{
    if (place < readings->end && readings->items[place - readings->first].status == STATUS_OK) {
        const struct decide_seat *seat = &loop->seats[readings->batch->records[place].partition];
        if (seat->part) {
            decide_part_foresee(seat->part, &readings->items[place - readings->first].signal);
        }
    }
}

static bool fold_next(struct decide_loop *loop, const struct readings *readings, size_t place)
{
    const struct kafka_record *record = &readings->batch->records[place];
    struct decide_seat *seat = &loop->seats[record->partition];
    foresee(loop, readings, place + DECIDE_AHEAD);
    if (!seat->part || seat->failed || (uint64_t)record->offset < decide_part_next(seat->part)) {
        return true;
    }
    if ((uint64_t)record->offset > decide_part_next(seat->part)) {
        tell_gap(loop, seat, record->offset);
    }
    return !make_room(loop, seat) ||
           fold_record(loop, seat, record, &readings->items[place - readings->first]);
}

bool decide_fold_batch(struct decide_loop *loop, const struct kafka_batch *batch)
{
    size_t next = 0;
    while (next < batch->count && !loop->client.broken) {
        struct readings readings = read_next(loop, batch, next);
        for (; next < readings.end && !loop->client.broken; next++) {
            if (!fold_next(loop, &readings, next)) {
                return false;
            }
        }
    }
    return !loop->client.broken;
}
