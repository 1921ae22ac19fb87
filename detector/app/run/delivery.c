/* delivery.c: chooses by route, sends, and moves the sink's cursor; at the start each sink gets
 * what it missed. */
#include "app/run/delivery.h"

#include "app/event.h"
#include "app/notify/route.h"
#include "file/file_sink.h"

enum { REPLAY_ALERTS_MAX = 256 }; /* in one send at the start */

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
        status = send_to(delivery, &delivery->items[i], alerts, count);
    }
    arena_reset(delivery->scratch);
    return status;
}

/* Alerts read back from the store, kept for one send. */
struct backlog {
    struct alert items[REPLAY_ALERTS_MAX];
    size_t count;
    struct arena *arena;
};

static enum status keep_alert(void *context, const struct alert *alert)
{
    struct backlog *backlog = context;
    struct alert *kept = &backlog->items[backlog->count++];
    *kept = *alert;
    kept->signal.policy_id = arena_copy(backlog->arena, alert->signal.policy_id);
    kept->signal.group_key = arena_copy(backlog->arena, alert->signal.group_key);
    kept->signal.severity = arena_copy(backlog->arena, alert->signal.severity);
    kept->signal.source = arena_copy(backlog->arena, alert->signal.source);
    kept->signal.body = arena_copy(backlog->arena, alert->signal.body);
    return STATUS_OK;
}

/* Sends what the sink has not got yet. */
static enum status replay(struct delivery *delivery, struct delivery_sink *item)
{
    struct store *store = delivery->store;
    struct backlog backlog = {.arena = arena_new(0)};
    enum status status = STATUS_OK;
    int64_t sent = 0;
    do {
        arena_reset(backlog.arena);
        backlog.count = 0;
        status = store->ops->alerts_after(store, item->cursor.alert_sequence, REPLAY_ALERTS_MAX,
                                          keep_alert, &backlog);
        if (status == STATUS_OK && backlog.count) {
            status = send_to(delivery, item, backlog.items, backlog.count);
            sent += (int64_t)backlog.count;
        }
        arena_reset(delivery->scratch);
    } while (status == STATUS_OK && backlog.count == REPLAY_ALERTS_MAX);
    arena_free(&backlog.arena);
    if (sent) {
        const struct log_field fields[] = {log_text("sink", item->sink->name),
                                           log_number("alerts", sent)};
        event_tell(delivery->log, EVENT_SINK_REPLAYED, fields, 2);
    }
    return status;
}

static struct sink *sink_of(const struct config_item *item)
{
    bool is_stdout = span_equals(config_text(item, CONFIG_SINK_TYPE), SPAN("stdout"));
    return file_sink_new(config_text(item, CONFIG_SINK_NAME),
                         is_stdout ? SPAN("-") : config_text(item, CONFIG_SINK_PATH));
}

static enum status open_sink(struct delivery *delivery, struct delivery_sink *item,
                             struct arena *arena)
{
    struct sink *sink = item->sink;
    enum status status =
        delivery->store->ops->cursor(delivery->store, sink->name, arena, &item->cursor);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    struct sink_cursor opened = item->cursor;
    status = sink->ops->open(sink, &item->cursor, &opened);
    if (status != STATUS_OK && status != STATUS_CONFLICT) {
        return fail(delivery, sink, status);
    }
    if (status == STATUS_CONFLICT) {
        tell(delivery, EVENT_SINK_ROTATED, sink);
    }
    item->cursor = opened;
    return delivery->store->ops->set_cursor(delivery->store, sink->name, &opened);
}

enum status delivery_open(const struct config *config, struct store *store, struct arena *arena,
                          struct log *log, struct delivery *out)
{
    const struct config_value *sinks = config_root_value(config, CONFIG_SINKS);
    *out = (struct delivery){
        .items = arena_array(arena, sinks->count, sizeof *out->items),
        .config = config,
        .store = store,
        .scratch = arena_new(0),
        .log = log,
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sinks->count && status == STATUS_OK; i++) {
        struct delivery_sink *item = &out->items[out->count++];
        item->sink = sink_of(&sinks->items[i]);
        status = open_sink(out, item, arena);
    }
    if (status == STATUS_OK) {
        status = store->ops->flush(store); /* where the sinks stand, before the first send */
    }
    for (size_t i = 0; i < out->count && status == STATUS_OK; i++) {
        status = replay(out, &out->items[i]);
    }
    return status;
}

void delivery_close(struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->count; i++) {
        delivery->items[i].sink->ops->free(delivery->items[i].sink);
    }
    delivery->count = 0;
    if (delivery->scratch) {
        arena_free(&delivery->scratch);
    }
}
