/* source_watch.c: one table from notices to events; how parts stand is shown once a second. */
#include "app/source/source_watch.h"

#include "app/event.h"
#include "app/health/app_count.h"
#include "aws/aws_client.h"

static const uint64_t look_ns = UINT64_C(1000000000);

/* A thread of a source may be in a call for 25 s, no longer; together they make less than 30 s. */
enum { STANDING_MS_MAX = 3000, THREADS_LIMIT_MS = 25000 };

static const struct {
    enum event event;
    const char *number; /* what the notice's number is; NULL: nothing */
} rows[] = {
    [SOURCE_NOTICE_PART_STARTED] = {EVENT_SHARD_STARTED, NULL},
    [SOURCE_NOTICE_PART_ENDED] = {EVENT_SHARD_ENDED, NULL},
    [SOURCE_NOTICE_PART_LOST] = {EVENT_SHARD_LOST, NULL},
    [SOURCE_NOTICE_REPLACED] = {EVENT_SOURCE_REPLACED, NULL},
    [SOURCE_NOTICE_RETRYING] = {EVENT_SOURCE_RETRYING, NULL},
    [SOURCE_NOTICE_REFUSED] = {EVENT_SOURCE_REFUSED, NULL},
    [SOURCE_NOTICE_KEY_REFUSED] = {EVENT_SOURCE_KEY_REFUSED, NULL},
    [SOURCE_NOTICE_RECOVERED] = {EVENT_SOURCE_RECOVERED, NULL},
    [SOURCE_NOTICE_LATE] = {EVENT_ITERATOR_AGE_EXCEEDED, "behind_ms"},
    [SOURCE_NOTICE_ON_TIME] = {EVENT_ITERATOR_AGE_RECOVERED, "behind_ms"},
    [SOURCE_NOTICE_UNCOVERED] = {EVENT_SHARDS_UNCOVERED, NULL},
    [SOURCE_NOTICE_COVERED] = {EVENT_SHARDS_COVERED, NULL},
    [SOURCE_NOTICE_HELD_BACK] = {EVENT_SOURCE_NOTICES_LOST, "notices"},
};

void source_watch_init(struct source_watch *watch)
{
    watch->look_ns = 0;
    watch->shown = arena_new(0);
    watch->fresh = arena_new(0);
    watch->names = NULL;
    watch->name_count = 0;
    watch->threads = NULL;
}

/* Named in readiness and liveness; in the arena `fresh`. */
static struct span health_name(const struct source_watch *watch)
{
    return arena_printf(watch->fresh, "source %.*s", SPAN_ARG(watch->source->name));
}

/* Its threads count as one loop from the first look on: what comes before may wait for others. */
static void beat(struct source_watch *watch)
{
    struct source *source = watch->source;
    if (!source->ops->standing_ms || !watch->health) {
        return;
    }
    if (!watch->threads) {
        watch->threads = health_loop(watch->health, health_name(watch), THREADS_LIMIT_MS);
    }
    if (source->ops->standing_ms(source) < STANDING_MS_MAX) {
        health_beat(watch->threads);
    }
}

void source_watch_end(struct source_watch *watch)
{
    health_loop_end(watch->threads);
    watch->threads = NULL;
}

void source_watch_deinit(struct source_watch *watch)
{
    source_watch_end(watch);
    if (watch->shown) {
        arena_free(&watch->shown);
        arena_free(&watch->fresh);
    }
}

static void tell(const struct source_watch *watch, const struct source_notice *notice)
{
    struct log_field fields[4] = {log_text("source", watch->source->name)};
    size_t count = 1;
    if (notice->part.len) {
        fields[count++] = log_text("shard", notice->part);
    }
    if (rows[notice->kind].number) {
        fields[count++] = log_number(rows[notice->kind].number, notice->number);
    }
    if (notice->text.len) {
        bool place = notice->kind == SOURCE_NOTICE_PART_STARTED;
        fields[count++] = log_text(place ? "position" : "problem", notice->text);
    }
    event_tell(watch->log, rows[notice->kind].event, fields, count);
}

static void take_notices(struct source_watch *watch)
{
    struct source *source = watch->source;
    struct source_notice notice;
    while (source->ops->notice && source->ops->notice(source, &notice)) {
        tell(watch, &notice);
        if (notice.kind == SOURCE_NOTICE_PART_ENDED) {
            metric_add(metric_of1(watch->metrics, METRIC_SHARDS_ENDED, source->name), 1);
        }
        if (watch->told) {
            watch->told(watch->context, &notice);
        }
    }
}

/* Shows a part's gauge; hides it while nothing is known. */
static void show(struct source_watch *watch, enum app_metric row, struct span part, int64_t ms)
{
    struct metric *series = metric_of2(watch->metrics, row, watch->source->name, part);
    if (ms < 0) {
        metric_hide(series);
    } else {
        metric_set(series, (double)ms / 1000);
    }
}

static bool is_named(const struct source_part *parts, size_t count, struct span name)
{
    for (size_t i = 0; i < count; i++) {
        if (span_equals(parts[i].part, name)) {
            return true;
        }
    }
    return false;
}

/* Parts that were shown and are read no more. */
static void hide_others(struct source_watch *watch, const struct source_part *parts, size_t count)
{
    for (size_t i = 0; i < watch->name_count; i++) {
        if (!is_named(parts, count, watch->names[i])) {
            show(watch, METRIC_ITERATOR_AGE, watch->names[i], -1);
            show(watch, METRIC_RECORD_AGE, watch->names[i], -1);
        }
    }
}

static void remember(struct source_watch *watch, const struct source_part *parts, size_t count)
{
    arena_reset(watch->shown);
    watch->names = arena_array(watch->shown, count, sizeof *watch->names);
    watch->name_count = count;
    for (size_t i = 0; i < count; i++) {
        watch->names[i] = arena_copy(watch->shown, parts[i].part);
    }
}

static void show_parts(struct source_watch *watch)
{
    struct source *source = watch->source;
    struct source_part *parts =
        arena_array(watch->fresh, SOURCE_WATCH_PARTS_MAX, sizeof *parts);
    size_t count = source->ops->parts(source, parts, SOURCE_WATCH_PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        show(watch, METRIC_ITERATOR_AGE, parts[i].part, parts[i].behind_ms);
        show(watch, METRIC_RECORD_AGE, parts[i].part, parts[i].record_age_ms);
    }
    metric_set(metric_of1(watch->metrics, METRIC_SHARDS_OPEN, source->name), (double)count);
    hide_others(watch, parts, count);
    remember(watch, parts, count);
}

void source_watch_look(struct source_watch *watch)
{
    struct source *source = watch->source;
    uint64_t now_ns = clock_monotonic_ns();
    take_notices(watch);
    beat(watch);
    if (now_ns - watch->look_ns < look_ns) {
        return;
    }
    watch->look_ns = now_ns;
    if (source->ops->trouble) {
        struct span reason = source->ops->trouble(source);
        health_ready(watch->health, health_name(watch), reason.len == 0, reason);
    }
    if (source->ops->parts && watch->metrics) {
        show_parts(watch);
    }
    if (watch->client && watch->metrics) {
        struct aws_stats stats = aws_client_stats(watch->client);
        app_count_aws(watch->metrics, source->name, &stats);
    }
    arena_reset(watch->fresh);
}
