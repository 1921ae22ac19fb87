/* delivery.c: chooses by route, sends, and moves the sink's cursor; at the start each sink gets
 * what it missed. */
#include "app/run/delivery.h"

#include "app/event.h"
#include "app/health/health_service.h"
#include "app/notify/route.h"
#include "app/notify/sinks.h"
#include "app/notify/stretch.h"
#include "app/run/sender.h"

#include <time.h>

enum { DRAIN_ROUND_MS = 20 };

static void tell(const struct delivery *delivery, enum event event, const struct sink *sink)
{
    const struct log_field fields[] = {
        log_text("sink", sink->name),
        log_text("problem", sink->ops->problem(sink)),
    };
    event_tell(delivery->log, event, fields, 2);
}

static enum status fail(struct delivery *delivery, const struct sink *sink, enum status status)
{
    delivery->closed = status == STATUS_CLOSED;
    tell(delivery, delivery->closed ? EVENT_SINK_CLOSED : EVENT_SINK_FAILED, sink);
    return status;
}

/* The alerts that this sink gets, in order; the array lives in scratch. */
static size_t choose(struct delivery *delivery, struct span sink, const struct alert *alerts,
                     size_t count, const struct alert **out)
{
    const struct config_value *routes = config_root_value(delivery->config, CONFIG_ROUTES);
    if (routes->count == 0) {
        *out = alerts;
        return count;
    }
    struct alert *chosen = arena_array(delivery->scratch, count, sizeof *chosen);
    size_t chosen_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct route_subject subject = route_subject_of(&alerts[i], delivery->scratch);
        if (route_reaches(routes, &subject, sink)) {
            chosen[chosen_count++] = alerts[i];
        }
    }
    *out = chosen;
    return chosen_count;
}

static enum status send_to(struct delivery *delivery, struct delivery_sink *item,
                           const struct alert *alerts, size_t count)
{
    const struct alert *chosen = NULL;
    size_t chosen_count = choose(delivery, item->sink->name, alerts, count, &chosen);
    struct sink_cursor cursor = item->cursor;
    enum status status = STATUS_OK;
    if (chosen_count) {
        status = item->sink->ops->send(item->sink, chosen, chosen_count, &cursor);
    }
    if (status != STATUS_OK) {
        return fail(delivery, item->sink, status);
    }
    metric_add(metric_of1(delivery->metrics, METRIC_DELIVERIES, item->sink->name), chosen_count);
    if (chosen_count && item->sink->ops->problem(item->sink).len) {
        tell(delivery, EVENT_SINK_ROTATED, item->sink);
    }
    cursor.alert_sequence = alerts[count - 1].sequence; /* those not for this sink are done too */
    item->cursor = cursor;
    return delivery->store->ops->set_cursor(delivery->store, item->sink->name, &cursor);
}

static void count_unrouted(struct delivery *delivery, const struct alert *alerts, size_t count)
{
    const struct config_value *routes = config_root_value(delivery->config, CONFIG_ROUTES);
    for (size_t i = 0; routes->count && i < count; i++) {
        struct route_subject subject = route_subject_of(&alerts[i], delivery->scratch);
        if (!route_exists(routes, &subject)) {
            struct log_field field = log_text("policy", subject.policy_id);
            delivery->unrouted++;
            metric_add(metric_of(delivery->metrics, METRIC_UNROUTED), 1);
            event_tell(delivery->log, EVENT_ALERT_UNROUTED, &field, 1);
        }
    }
}

enum status delivery_send(struct delivery *delivery, const struct alert *alerts, size_t count)
{
    enum status status = STATUS_OK;
    if (count == 0) {
        return STATUS_OK;
    }
    count_unrouted(delivery, alerts, count);
    for (size_t i = 0; i < delivery->count && status == STATUS_OK; i++) {
        struct delivery_sink *item = &delivery->items[i];
        if (item->sender) {
            sender_wake(item->sender);
            status = sender_record(item->sender, delivery->store);
        } else {
            status = send_to(delivery, item, alerts, count);
        }
    }
    arena_reset(delivery->scratch);
    return status;
}

/* Writes how far the remote sinks have come; rides with the next commit or flush. */
static enum status record_senders(struct delivery *delivery)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < delivery->count && status == STATUS_OK; i++) {
        if (delivery->items[i].sender) {
            status = sender_record(delivery->items[i].sender, delivery->store);
        }
    }
    return status;
}

enum status delivery_flush(struct delivery *delivery)
{
    enum status status = record_senders(delivery);
    return status == STATUS_OK ? delivery->store->ops->flush(delivery->store) : status;
}

/* Sends what the sink has not got yet. */
static enum status replay(struct delivery *delivery, struct delivery_sink *item)
{
    struct store *store = delivery->store;
    struct stretch stretch;
    enum status status = STATUS_OK;
    int64_t sent = 0;
    stretch_init(&stretch);
    do {
        stretch_clear(&stretch);
        status = store->ops->alerts_after(store, item->cursor.alert_sequence, STRETCH_ALERTS_MAX,
                                          stretch_add, &stretch);
        if ((status == STATUS_OK || status == STATUS_LIMIT) && stretch.count) {
            status = send_to(delivery, item, stretch.items, stretch.count);
            sent += (int64_t)stretch.count;
        }
        arena_reset(delivery->scratch);
    } while (status == STATUS_OK && stretch_is_full(&stretch));
    stretch_deinit(&stretch);
    if (sent) {
        const struct log_field fields[] = {log_text("sink", item->sink->name),
                                           log_number("alerts", sent)};
        event_tell(delivery->log, EVENT_SINK_REPLAYED, fields, 2);
    }
    return status;
}

static void tell_unusable(struct delivery *delivery, const struct config_item *item,
                          struct span problem)
{
    const struct log_field fields[] = {log_text("sink", config_text(item, CONFIG_SINK_NAME)),
                                       log_text("problem", problem)};
    event_tell(delivery->log, EVENT_SINK_FAILED, fields, 2);
}

static enum status read_cursor(struct delivery *delivery, const struct config_item *item,
                               struct arena *arena, struct sink_cursor *out)
{
    struct store *store = delivery->store;
    enum status status =
        store->ops->cursor(store, config_text(item, CONFIG_SINK_NAME), arena, out);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status open_sink(struct delivery *delivery, struct delivery_sink *item)
{
    struct sink *sink = item->sink;
    struct sink_cursor opened = item->cursor;
    enum status status = sink->ops->open(sink, &item->cursor, &opened);
    if (status != STATUS_OK && status != STATUS_CONFLICT) {
        return fail(delivery, sink, status);
    }
    if (status == STATUS_CONFLICT) {
        tell(delivery, EVENT_SINK_ROTATED, sink);
    }
    item->cursor = opened;
    return delivery->store->ops->set_cursor(delivery->store, sink->name, &opened);
}

/* Files and stdout: opened, and sent what they lack. */
static enum status open_near(struct delivery *delivery, const struct config_item *config,
                             struct arena *arena)
{
    struct delivery_sink *item = &delivery->items[delivery->count];
    struct span problem = {0};
    struct sinks_made made = {0};
    enum status status = read_cursor(delivery, config, arena, &item->cursor);
    if (status == STATUS_OK) {
        status = sinks_make(delivery->config, config, arena, &problem, &made);
    }
    if (status != STATUS_OK) {
        return status;
    }
    item->sink = made.sink;
    delivery->count++;
    return open_sink(delivery, item);
}

static enum status start_remote(struct delivery *delivery, const struct config_item *config,
                                const struct delivery_options *options, struct arena *arena)
{
    struct delivery_sink *item = &delivery->items[delivery->count];
    struct span problem = {0};
    const struct outlet_services services = {
        .config = delivery->config,
        .log = delivery->log,
        .health = options->service ? options->service->health : NULL,
        .metrics = options->service ? options->service->metrics : NULL,
    };
    enum status status = read_cursor(delivery, config, arena, &item->cursor);
    if (status != STATUS_OK) {
        return status;
    }
    const struct sender_options sender = {
        .services = &services,
        .item = config,
        .store_path = options->store_path,
        .cursor = item->cursor.alert_sequence,
    };
    status = sender_start(&sender, arena, &problem, &item->sender);
    if (status != STATUS_OK) {
        tell_unusable(delivery, config, problem);
        return status;
    }
    delivery->count++;
    return STATUS_OK;
}

static enum status open_all_near(struct delivery *delivery, const struct config_value *sinks,
                                 struct arena *arena)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sinks->count && status == STATUS_OK; i++) {
        if (!sinks_is_remote(&sinks->items[i])) {
            status = open_near(delivery, &sinks->items[i], arena);
        }
    }
    if (status == STATUS_OK) {
        /* where the sinks stand, before the first send */
        status = delivery->store->ops->flush(delivery->store);
    }
    for (size_t i = 0; i < delivery->count && status == STATUS_OK; i++) {
        status = replay(delivery, &delivery->items[i]);
    }
    return status;
}

enum status delivery_open(const struct config *config, const struct delivery_options *options,
                          struct arena *arena, struct delivery *out)
{
    const struct config_value *sinks = config_root_value(config, CONFIG_SINKS);
    *out = (struct delivery){
        .items = arena_array(arena, sinks->count, sizeof *out->items),
        .config = config,
        .store = options->store,
        .scratch = arena_new(0),
        .log = options->log,
        .metrics = options->service->metrics,
    };
    enum status status = open_all_near(out, sinks, arena);
    for (size_t i = 0; i < sinks->count && status == STATUS_OK; i++) {
        if (sinks_is_remote(&sinks->items[i])) {
            status = start_remote(out, &sinks->items[i], options, arena);
        }
    }
    return status;
}

/* Whether a remote sink has not come up to this alert; only_working: passes over failing ones. */
static bool any_behind(const struct delivery *delivery, uint64_t alert_last, bool only_working)
{
    for (size_t i = 0; i < delivery->count; i++) {
        struct sender *sender = delivery->items[i].sender;
        if (sender && sender_cursor(sender) < alert_last &&
            !(only_working && sender_is_failing(sender))) {
            return true;
        }
    }
    return false;
}

static void tell_behind(struct delivery *delivery, uint64_t alert_last)
{
    for (size_t i = 0; i < delivery->count; i++) {
        struct sender *sender = delivery->items[i].sender;
        if (sender && sender_cursor(sender) < alert_last) {
            const struct log_field fields[] = {
                log_text("sink", sender_name(sender)),
                log_number("alerts", (int64_t)(alert_last - sender_cursor(sender))),
            };
            event_tell(delivery->log, EVENT_SINK_BEHIND, fields, 2);
        }
    }
}

static void stop_senders(struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->count; i++) {
        if (delivery->items[i].sender) {
            sender_stop(delivery->items[i].sender);
        }
    }
}

enum status delivery_drain(struct delivery *delivery, int limit_ms, bool haste, bool *behind)
{
    const struct timespec round = {.tv_nsec = DRAIN_ROUND_MS * 1000000};
    uint64_t end_ns = clock_monotonic_ns() + (uint64_t)limit_ms * 1000000;
    uint64_t signal_last = 0;
    uint64_t alert_last = 0;
    enum status status =
        delivery->store->ops->sequences(delivery->store, &signal_last, &alert_last);
    while (status == STATUS_OK && any_behind(delivery, alert_last, haste) &&
           clock_monotonic_ns() < end_ns) {
        status = delivery_flush(delivery);
        nanosleep(&round, NULL);
    }
    stop_senders(delivery);
    delivery->drained = true;
    if (status == STATUS_OK) {
        status = delivery_flush(delivery);
    }
    *behind = any_behind(delivery, alert_last, false);
    tell_behind(delivery, alert_last);
    return status;
}

static void close_item(struct delivery_sink *item)
{
    if (item->sender) {
        sender_free(&item->sender);
    } else {
        item->sink->ops->free(item->sink);
    }
}

void delivery_close(struct delivery *delivery)
{
    if (!delivery->drained) {
        stop_senders(delivery);
    }
    for (size_t i = 0; i < delivery->count; i++) {
        close_item(&delivery->items[i]);
    }
    delivery->count = 0;
    if (delivery->scratch) {
        arena_free(&delivery->scratch);
    }
}
