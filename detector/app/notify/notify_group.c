/* notify_group.c: partitions come, with what their last owner committed, and go. The metadata of a
 * commit names the topic's id, because a topic made anew begins at its beginning (rule 11), and
 * says whether its owner left with no request on the wire (rule 20). */
#include "app/notify/notify_worker.h"

#include "app/event.h"
#include "app/health/app_metrics.h"
#include "base/check.h"

/* Behind the topic's id in the last commit of an owner that leaves in good order. */
#define LEFT " left"

enum {
    COMMIT_INTERVAL_MS = 500,
    COMMIT_WAIT_MS = 5000,
    WATERMARKS_WAIT_MS = 3000,
    MILLISECOND_NS = 1000 * 1000,
};

static struct notify_part *part_of(struct notify_worker *worker, int32_t partition)
{
    return partition >= 0 && partition < NOTIFY_PARTITIONS_MAX ? &worker->parts[partition] : NULL;
}

static void tell(const struct notify_worker *worker, enum event event, int32_t partition,
                 int64_t from, int64_t to)
{
    const struct log_field fields[] = {
        log_text("sink", worker->outlet->sink->name),
        log_number("partition", partition),
        log_number("from", from),
        log_number("to", to),
    };
    event_tell(worker->notify->services.log, event, fields, sizeof fields / sizeof *fields);
}

static bool left_in_order(const struct kafka_part *part)
{
    return part->offset < 0 || span_ends_with(part->metadata, SPAN(LEFT));
}

/* The position that the last owner left, or -1. */
static int64_t left_at(const struct notify_worker *worker, const struct kafka_part *part)
{
    struct span topic_id = worker->notify->alerts.id;
    struct span named = part->metadata;
    if (part->offset < 0) {
        return -1;
    }
    if (left_in_order(part)) {
        named.len -= strlen(LEFT);
    }
    if (named.len && topic_id.len && !span_equals(named, topic_id)) {
        tell(worker, EVENT_ALERTS_TOPIC_ANEW, part->partition, 0, part->offset);
        return -1;
    }
    return part->offset;
}

/* Where a partition begins, where sending begins, and what between is only remembered. A log whose
 * first record is not known is remembered from its beginning. */
static void take_part(struct notify_worker *worker, struct kafka_part *given)
{
    int64_t low = -1;
    int64_t high = -1;
    struct notify_part *part = part_of(worker, given->partition);
    int64_t left = left_at(worker, given);
    given->start = KAFKA_OFFSET_BEGINNING;
    if (!part) {
        return; /* what comes from it is passed over, told when it comes */
    }
    if (kafka_consumer_watermarks(worker->consumer, given->partition, WATERMARKS_WAIT_MS, &low,
                                  &high) != STATUS_OK) {
        low = 0;
    } else if (left >= 0) {
        if (left < low) {
            tell(worker, EVENT_ALERTS_MISSED, given->partition, left, low);
            left = low;
        }
        int64_t back = left - NOTIFY_READ_BACK;
        given->start = back > low ? back : low;
    }
    worker->repeat_ns = clock_monotonic_ns() + (uint64_t)NOTIFY_REQUEST_MS * MILLISECOND_NS;
    *part = (struct notify_part){
        .owned = true,
        .read = given->start >= 0 ? given->start : low,
        .settled = left >= 0 ? left : low,
        .committed = left,
        .recall = left >= 0 ? left : low,
        .repeat = !left_in_order(given),
    };
}

static void count_parts(struct notify_worker *worker)
{
    size_t owned = 0;
    for (size_t i = 0; i < NOTIFY_PARTITIONS_MAX; i++) {
        owned += worker->parts[i].owned;
    }
    struct metrics *metrics = worker->notify->services.metrics;
    metric_add(metric_of1(metrics, METRIC_REBALANCES, worker->group), 1);
    metric_set(metric_of1(metrics, METRIC_ASSIGNED, worker->group), (double)owned);
}

static void assigned(void *context, struct kafka_part *parts, size_t count)
{
    struct notify_worker *worker = context;
    for (size_t i = 0; i < count; i++) {
        take_part(worker, &parts[i]);
    }
    count_parts(worker);
}

/* The partitions with something to commit, in `commits`. */
static size_t choose_commits(struct notify_worker *worker)
{
    size_t count = 0;
    for (int32_t i = 0; i < NOTIFY_PARTITIONS_MAX; i++) {
        const struct notify_part *part = &worker->parts[i];
        if (part->owned && part->settled > part->committed && part->settled > 0) {
            worker->commits[count++] = (struct kafka_part){
                .partition = i,
                .offset = part->settled,
                .metadata = worker->notify->alerts.id,
            };
        }
    }
    return count;
}

static void take_answer(struct notify_worker *worker, const struct kafka_part *parts, size_t count,
                        const struct kafka_problem *problem)
{
    bool good = problem->trouble == KAFKA_FINE;
    for (size_t i = 0; good && i < count; i++) {
        struct notify_part *part = part_of(worker, parts[i].partition);
        if (part && part->owned && parts[i].offset > part->committed) {
            part->committed = parts[i].offset;
        }
    }
    metric_add(metric_of2(worker->notify->services.metrics, METRIC_COMMITS, worker->group,
                          good ? SPAN("ok") : SPAN("failed")), 1);
    if (!good) {
        const struct log_field field = log_text("problem", kafka_problem_text(problem));
        event_tell(worker->notify->services.log, EVENT_COMMIT_FAILED, &field, 1);
    }
}

static void committed(void *context, const struct kafka_part *parts, size_t count,
                      const struct kafka_problem *problem)
{
    take_answer(context, parts, count, problem);
}

/* Partitions that go: each request on the wire was answered, which the last commit says. */
static void commit_leaving(struct notify_worker *worker, const struct kafka_part *parts,
                           size_t count)
{
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    struct buf metadata = {0};
    size_t commits = 0;
    notify_group_note(worker);
    buf_append(&metadata, worker->notify->alerts.id);
    buf_append(&metadata, SPAN(LEFT));
    for (size_t i = 0; i < count; i++) {
        const struct notify_part *part = part_of(worker, parts[i].partition);
        if (part && part->owned && part->settled > 0) {
            worker->commits[commits++] = (struct kafka_part){
                .partition = parts[i].partition,
                .offset = part->settled,
                .metadata = buf_view(&metadata),
            };
        }
    }
    if (commits && (kafka_consumer_commit_wait(worker->consumer, worker->commits, commits,
                                               COMMIT_WAIT_MS, &problem) == STATUS_OK ||
                    problem.trouble != KAFKA_FINE)) {
        take_answer(worker, worker->commits, commits, &problem);
    }
    buf_deinit(&metadata);
}

static void revoked(void *context, const struct kafka_part *parts, size_t count, bool lost)
{
    struct notify_worker *worker = context;
    if (!lost) {
        commit_leaving(worker, parts, count);
    }
    for (size_t i = 0; i < count; i++) {
        struct notify_part *part = part_of(worker, parts[i].partition);
        if (part) {
            part->owned = false;
        }
    }
    notify_group_drop(worker);
    count_parts(worker);
}

static struct group_watch *watch_of(const struct notify_worker *worker)
{
    const struct notify *notify = worker->notify;
    const struct group_watch_options options = {
        .consumer = worker->consumer,
        .group = worker->group,
        .topic = notify->alerts.name,
        .partitions = notify->alerts.partitions,
        .config = notify->config,
        .log = notify->services.log,
        .metrics = notify->services.metrics,
        .health = notify->services.health,
    };
    return group_watch_new(&options);
}

enum status notify_group_join(struct notify_worker *worker, struct kafka_problem *problem)
{
    const struct kafka_consumer_options options = {
        .topic = worker->notify->alerts.name,
        .group = worker->group,
        .instance = SPAN(""),
        .owner = {.context = worker,
                  .assigned = assigned,
                  .revoked = revoked,
                  .committed = committed},
    };
    memset(worker->parts, 0, sizeof worker->parts);
    enum status status =
        kafka_consumer_new(worker->notify->kafka, &options, problem, &worker->consumer);
    if (status == STATUS_OK) {
        worker->watch = watch_of(worker);
    }
    return status;
}

void notify_group_leave(struct notify_worker *worker)
{
    group_watch_free(&worker->watch);
    kafka_consumer_free(&worker->consumer); /* `revoked` commits */
    notify_group_drop(worker);
    memset(worker->parts, 0, sizeof worker->parts);
    worker->rewind = false;
}

void notify_group_look(struct notify_worker *worker)
{
    group_watch_look(worker->watch);
}

/* Rule 20: the last owner's "opened" may come after our "resolved". */
static void note_repeat(struct notify_worker *worker, const struct notify_part *part,
                        const struct alert *alert)
{
    if (part->repeat && worker->repeat_ns && alert->status == ALERT_RESOLVED &&
        !stretch_is_full(&worker->repeats)) {
        (void)stretch_add(&worker->repeats, alert);
    }
}

void notify_group_note(struct notify_worker *worker)
{
    size_t settled = worker->repeating ? 0 : courier_settled(worker->outlet->courier);
    for (; worker->noted < settled; worker->noted++) {
        const struct notify_place *place = &worker->places[worker->noted];
        struct notify_part *part = &worker->parts[place->partition];
        part->settled = place->offset + 1;
        note_repeat(worker, part, &worker->stretch.items[worker->noted]);
    }
}

void notify_group_commit(struct notify_worker *worker)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns < worker->commit_due_ns) {
        return;
    }
    size_t count = choose_commits(worker);
    if (count && kafka_consumer_commit(worker->consumer, worker->commits, count) == STATUS_OK) {
        worker->commit_due_ns = now_ns + (uint64_t)COMMIT_INTERVAL_MS * MILLISECOND_NS;
    }
}

void notify_group_drop(struct notify_worker *worker)
{
    courier_drop(worker->outlet->courier);
    stretch_clear(&worker->stretch);
    if (worker->repeating) {
        worker->repeating = false;
        stretch_clear(&worker->repeats);
    }
    worker->noted = 0;
    if (worker->batch) {
        kafka_batch_free(&worker->batch);
    }
    for (size_t i = 0; i < NOTIFY_PARTITIONS_MAX; i++) {
        struct notify_part *part = &worker->parts[i];
        if (part->read > part->settled) {
            part->read = part->settled;
        }
    }
    worker->rewind = true;
}

bool notify_group_rewind(struct notify_worker *worker)
{
    for (int32_t i = 0; i < NOTIFY_PARTITIONS_MAX; i++) {
        if (worker->parts[i].owned && kafka_consumer_seek(worker->consumer, i,
                                                          worker->parts[i].read) != STATUS_OK) {
            return false;
        }
    }
    worker->rewind = false;
    return true;
}
