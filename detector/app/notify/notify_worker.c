/* notify_worker.c: reads alerts, lets the courier send them, commits what is settled. A sink that
 * is away holds its own group back and nothing else; the group is polled meanwhile, so that it
 * stays a member. */
#include "app/notify/notify_worker.h"

#include "app/event.h"
#include "app/health/app_metrics.h"
#include "app/health/health.h"
#include "base/check.h"

#include <stdlib.h>
#include <time.h>

enum {
    POLL_MS = 200,
    REST_MS = 200,           /* the bound on how late a signal is noticed */
    KEEP_ALIVE_MS = 30000,   /* between polls while nothing is taken: below max.poll.interval.ms */
    FINISH_MS = 15000,       /* for what is under way when somebody asks to stop */
    KEPT_WAIT_MS = 1000,
    LOOP_LIMIT_MS = 30000,
    SESSION_MS = 500,        /* doubled for each failure in a row, up to */
    SESSION_DOUBLINGS_MAX = 6,
    MILLISECOND_NS = 1000 * 1000,
};

static void rest(int wait_ms)
{
    const struct timespec wait = {.tv_sec = wait_ms / 1000,
                                  .tv_nsec = (long)(wait_ms % 1000) * MILLISECOND_NS};
    nanosleep(&wait, NULL);
}

static void tell_problem(const struct notify_worker *worker, enum event event, struct span problem)
{
    const struct log_field fields[] = {
        log_text("sink", worker->outlet->sink->name),
        log_text("problem", problem),
    };
    event_tell(worker->notify->services.log, event, fields, 2);
}

/* The next records, or none. False: the session is of no use any more. */
static bool poll_records(struct notify_worker *worker, int wait_ms, struct kafka_batch **out)
{
    worker->polled_ns = clock_monotonic_ns();
    enum status status = kafka_consumer_poll(worker->consumer, wait_ms, out);
    if (status == STATUS_OK && worker->rewind) {
        kafka_batch_free(out); /* partly of partitions that begin elsewhere now */
        status = STATUS_AGAIN;
    }
    if (status == STATUS_AGAIN) {
        return true;
    }
    if (status != STATUS_OK) {
        struct kafka_problem problem = kafka_consumer_problem(worker->consumer);
        tell_problem(worker, EVENT_ALERTS_UNREADABLE, kafka_problem_text(&problem));
        return false;
    }
    worker->failures = 0;
    return true;
}

/* The writer of refusals, opened when it is needed first. */
static struct undelivered_writer *writer_of(struct notify_worker *worker)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (!worker->undelivered &&
        undelivered_open(worker->notify->kafka, worker->notify->undelivered.name, &problem,
                         &worker->undelivered) != STATUS_OK) {
        tell_problem(worker, EVENT_UNDELIVERED_FAILED, kafka_problem_text(&problem));
    }
    return worker->undelivered;
}

/* After records were put: true once they are durable. Else they are put again later. */
static bool settle_records(struct notify_worker *worker, enum status status)
{
    struct undelivered_writer *writer = worker->undelivered;
    while (status == STATUS_OK) {
        health_beat(worker->loop);
        status = undelivered_settle(writer, KEPT_WAIT_MS);
        if (status == STATUS_OK) {
            return true;
        }
        if (status == STATUS_AGAIN && !notify_stopping(worker->notify)) {
            status = STATUS_OK;
        }
    }
    tell_problem(worker, EVENT_UNDELIVERED_FAILED,
                 status == STATUS_LIMIT ? SPAN("the record is too large for the topic")
                                        : undelivered_problem(writer));
    undelivered_close(&worker->undelivered);
    rest(REST_MS);
    return false;
}

static void keep_refusals(struct notify_worker *worker)
{
    size_t count = 0;
    const struct courier_refusal *refusals = courier_refusals(worker->outlet->courier, &count);
    struct undelivered_writer *writer = writer_of(worker);
    enum status status = STATUS_OK;
    if (!writer) {
        rest(REST_MS);
        return;
    }
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct undelivered record = {
            .sink = worker->outlet->sink->name,
            .reason = refusals[i].reason,
            .at_us = clock_now_us(clock_system()),
            .alert = refusals[i].alert,
        };
        status = undelivered_put(writer, &record);
    }
    if (settle_records(worker, status)) {
        courier_refusals_kept(worker->outlet->courier);
    }
}

/* A record that is no alert goes to undelivered as it is. */
static bool keep_unreadable(struct notify_worker *worker, const struct kafka_record *record,
                            const char *reason)
{
    struct undelivered_writer *writer = writer_of(worker);
    const struct undelivered unreadable = {
        .sink = worker->outlet->sink->name,
        .reason = span_view(reason),
        .at_us = clock_now_us(clock_system()),
        .text = record->value,
    };
    const struct log_field fields[] = {
        log_text("sink", worker->outlet->sink->name),
        log_number("partition", record->partition),
        log_number("offset", record->offset),
        log_text("reason", unreadable.reason),
    };
    if (!writer || !settle_records(worker, undelivered_put(writer, &unreadable))) {
        return false;
    }
    event_tell(worker->notify->services.log, EVENT_ALERT_UNREADABLE, fields,
               sizeof fields / sizeof *fields);
    return true;
}

enum taken {
    TAKEN,     /* the record is dealt with, or stands in the stretch */
    TAKEN_NOT, /* the stretch must be done first, or nothing can be written down at present */
};

static enum taken take_alert(struct notify_worker *worker, const struct kafka_record *record,
                             struct notify_part *part)
{
    const char *reason = NULL;
    if (stretch_add_json(&worker->stretch, record->value, &reason) == STATUS_OK) {
        worker->places[worker->stretch.count - 1] = (struct notify_place){
            record->partition, record->offset, record->timestamp_us};
        return TAKEN;
    }
    if (worker->stretch.count > 0 || !keep_unreadable(worker, record, reason)) {
        return TAKEN_NOT;
    }
    part->settled = record->offset + 1;
    return TAKEN;
}

/* Rule 19: what lies before the cursor is known, not sent. */
static void recall(struct notify_worker *worker, const struct kafka_record *record)
{
    const char *reason = NULL;
    struct stretch *stretch = &worker->stretch;
    if (stretch_add_json(stretch, record->value, &reason) == STATUS_OK) {
        courier_recall(worker->outlet->courier, &stretch->items[--stretch->count]);
    }
}

static enum taken take_record(struct notify_worker *worker, const struct kafka_record *record)
{
    enum taken taken = TAKEN;
    if (record->partition >= NOTIFY_PARTITIONS_MAX || !worker->parts[record->partition].owned) {
        return TAKEN;
    }
    struct notify_part *part = &worker->parts[record->partition];
    if (record->offset < part->recall) {
        recall(worker, record);
    } else {
        taken = take_alert(worker, record, part);
    }
    if (taken == TAKEN) {
        part->read = record->offset + 1;
    }
    return taken;
}

/* From the batch into the stretch, until one of them is at its end. */
static void fill_stretch(struct notify_worker *worker)
{
    struct kafka_batch *batch = worker->batch;
    while (worker->batch_at < batch->count && !stretch_is_full(&worker->stretch)) {
        if (take_record(worker, &batch->records[worker->batch_at]) == TAKEN_NOT) {
            return;
        }
        worker->batch_at++;
    }
    if (worker->batch_at == batch->count) {
        kafka_batch_free(&worker->batch);
    }
}

/* How long the first alert of the stretch has been in the topic. */
static int64_t age_us(const struct notify_worker *worker)
{
    int64_t since_us = worker->stretch.count ? worker->places[0].timestamp_us : -1;
    int64_t age = clock_now_us(clock_system()) - since_us;
    return since_us >= 0 && age > 0 ? age : 0;
}

static void show_waiting(struct notify_worker *worker)
{
    int64_t waiting = 0;
    for (int32_t i = 0; i < worker->notify->alerts.partitions; i++) {
        int64_t low = 0;
        int64_t high = 0;
        if (worker->parts[i].owned &&
            kafka_consumer_known_watermarks(worker->consumer, i, &low, &high) &&
            high > worker->parts[i].settled) {
            waiting += high - worker->parts[i].settled;
        }
    }
    outlet_show_waiting(worker->outlet, (uint64_t)waiting);
}

/* Rule 20: true when there was something to repeat, which is loaded now. */
static bool load_repeats(struct notify_worker *worker)
{
    if (worker->repeating) {
        worker->repeating = false;
        stretch_clear(&worker->repeats);
    }
    if (worker->repeat_ns == 0 || clock_monotonic_ns() < worker->repeat_ns) {
        return false;
    }
    worker->repeat_ns = 0;
    worker->repeating = worker->repeats.count > 0;
    if (worker->repeating) {
        outlet_load_again(worker->outlet, worker->repeats.items, worker->repeats.count);
    }
    return worker->repeating;
}

static bool load_next(struct notify_worker *worker)
{
    stretch_clear(&worker->stretch);
    worker->noted = 0;
    if (load_repeats(worker)) {
        return true;
    }
    if (worker->rewind && !notify_group_rewind(worker)) {
        struct kafka_batch *none = NULL;
        bool good = poll_records(worker, POLL_MS, &none); /* a broker is away, or a part is gone */
        return good;
    }
    if (!worker->batch) {
        worker->batch_at = 0;
        if (!poll_records(worker, POLL_MS, &worker->batch)) {
            return false;
        }
    }
    if (worker->batch) {
        fill_stretch(worker);
    }
    outlet_load(worker->outlet, worker->stretch.items, worker->stretch.count, age_us(worker));
    show_waiting(worker);
    return true;
}

/* While the sink takes nothing the group is polled all the same; records that come are read again
 * later. */
static bool keep_alive(struct notify_worker *worker)
{
    struct kafka_batch *batch = NULL;
    if (clock_monotonic_ns() - worker->polled_ns < (uint64_t)KEEP_ALIVE_MS * MILLISECOND_NS) {
        return true;
    }
    if (!poll_records(worker, 0, &batch)) {
        return false;
    }
    if (batch) {
        kafka_batch_free(&batch);
        if (worker->batch) {
            kafka_batch_free(&worker->batch);
        }
        worker->rewind = true;
    }
    return true;
}

/* False: the session is of no use any more. */
static bool round_once(struct notify_worker *worker)
{
    health_beat(worker->loop);
    enum courier_step step = outlet_step(worker->outlet);
    notify_group_note(worker);
    notify_group_commit(worker);
    notify_group_look(worker);
    switch (step) {
    case COURIER_DONE: return load_next(worker);
    case COURIER_SENT: return keep_alive(worker);
    case COURIER_WAITS:
        show_waiting(worker);
        rest(outlet_wait_ms(worker->outlet, REST_MS));
        return keep_alive(worker);
    case COURIER_REFUSED:
        keep_refusals(worker);
        return keep_alive(worker);
    }
    return true;
}

/* What is under way is brought to its end, unless the sink takes nothing. */
static void finish(struct notify_worker *worker)
{
    uint64_t end_ns = clock_monotonic_ns() + (uint64_t)FINISH_MS * MILLISECOND_NS;
    while (clock_monotonic_ns() < end_ns) {
        health_beat(worker->loop);
        enum courier_step step = outlet_step(worker->outlet);
        if (step == COURIER_DONE || courier_stats(worker->outlet->courier).failing_since_ns) {
            return;
        }
        if (step == COURIER_WAITS) {
            rest(outlet_wait_ms(worker->outlet, REST_MS));
        } else if (step == COURIER_REFUSED) {
            keep_refusals(worker);
        }
    }
}

/* From joining the group to leaving it. */
static void run_session(struct notify_worker *worker)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    if (notify_group_join(worker, &problem) != STATUS_OK) {
        tell_problem(worker, EVENT_ALERTS_UNREADABLE, kafka_problem_text(&problem));
        worker->failures++;
        return;
    }
    bool good = true;
    while (good && !notify_stopping(worker->notify)) {
        good = round_once(worker);
    }
    if (good) {
        finish(worker);
    } else {
        worker->failures++;
    }
    notify_group_leave(worker);
}

/* Between two sessions; ends early when somebody asks to stop. */
static void rest_between(struct notify_worker *worker)
{
    unsigned doublings =
        worker->failures < SESSION_DOUBLINGS_MAX ? worker->failures : SESSION_DOUBLINGS_MAX;
    uint64_t wait_ms = (uint64_t)SESSION_MS << doublings;
    uint64_t end_ns = clock_monotonic_ns() + wait_ms * MILLISECOND_NS;
    while (!notify_stopping(worker->notify) && clock_monotonic_ns() < end_ns) {
        health_beat(worker->loop);
        rest(REST_MS);
    }
}

void notify_worker_run(struct notify_worker *worker)
{
    worker->loop =
        health_loop(worker->notify->services.health, worker->outlet->sink->name, LOOP_LIMIT_MS);
    while (!notify_stopping(worker->notify)) {
        run_session(worker);
        rest_between(worker);
    }
    health_loop_end(worker->loop);
}

enum status notify_worker_new(struct notify *notify, const struct config_item *item,
                              struct span *problem, struct notify_worker **out)
{
    struct arena *arena = notify->invocation->arena;
    struct notify_worker *worker = calloc(1, sizeof *worker);
    if (!worker) {
        check_memory_exhausted(sizeof *worker);
    }
    const struct sink_cursor cursor = {0};
    struct sink_cursor opened;
    stretch_init(&worker->stretch);
    stretch_init(&worker->repeats);
    worker->notify = notify;
    enum status status = outlet_new(&notify->services, item, arena, problem, &worker->outlet);
    if (status == STATUS_OK) {
        struct sink *sink = worker->outlet->sink;
        struct span name = arena_printf(arena, "notify.%.*s", SPAN_ARG(sink->name));
        worker->group = kafka_setup_name(notify->config, name.ptr, arena);
        status = sink->ops->open(sink, &cursor, &opened);
        if (status != STATUS_OK) {
            *problem = arena_copy(arena, sink->ops->problem(sink));
        }
    }
    if (status != STATUS_OK) {
        notify_worker_free(&worker);
        return status;
    }
    *out = worker;
    return STATUS_OK;
}

void notify_worker_free(struct notify_worker **worker)
{
    struct notify_worker *ended = *worker;
    if (ended->undelivered) {
        undelivered_close(&ended->undelivered);
    }
    if (ended->outlet) {
        outlet_free(&ended->outlet);
    }
    stretch_deinit(&ended->stretch);
    stretch_deinit(&ended->repeats);
    free(ended);
    *worker = NULL;
}
