/* outlet.c: what a courier says and counts, in the words and numbers of the program. */
#include "app/notify/outlet.h"

#include "app/event.h"
#include "app/health/app_count.h"
#include "app/health/health.h"
#include "app/notify/route.h"
#include "app/notify/sinks.h"
#include "base/check.h"

#include <stdlib.h>

enum { MILLISECOND_NS = 1000 * 1000 };

static const struct config_value *routes_of(const struct outlet *outlet)
{
    return config_root_value(outlet->services.config, CONFIG_ROUTES);
}

static bool wants(void *context, const struct alert *alert)
{
    struct outlet *outlet = context;
    const struct config_value *routes = routes_of(outlet);
    if (routes->count == 0) {
        return true;
    }
    arena_reset(outlet->scratch);
    struct route_subject subject = route_subject_of(alert, outlet->scratch);
    return route_reaches(routes, &subject, outlet->sink->name);
}

static void tell_refusal(struct outlet *outlet, const struct alert *alert, struct span reason)
{
    char id[DIGEST_HEX_LENGTH + 1];
    digest_hex(&alert->id, id);
    const struct log_field fields[] = {
        log_text("sink", outlet->sink->name),
        log_text("alert", span_view(id)),
        log_text("policy", alert->signal.policy_id),
        log_text("status", alert_status_name(alert->status)),
        log_text("reason", reason),
    };
    event_tell(outlet->services.log, EVENT_ALERT_REFUSED, fields, sizeof fields / sizeof *fields);
}

static void tell_state(struct outlet *outlet, enum event event, struct span reason)
{
    const struct log_field fields[] = {log_text("sink", outlet->sink->name),
                                       log_text("problem", reason)};
    event_tell(outlet->services.log, event, fields, reason.len ? 2 : 1);
}

static void show_ready(struct outlet *outlet, bool ready, struct span reason)
{
    struct buf part = {0};
    buf_printf(&part, "sink %.*s", SPAN_ARG(outlet->sink->name));
    health_ready(outlet->services.health, buf_view(&part), ready, reason);
    buf_deinit(&part);
}

static void tell(void *context, enum courier_news news, const struct alert *alert,
                 struct span reason)
{
    struct outlet *outlet = context;
    switch (news) {
    case COURIER_TROUBLE:
        tell_state(outlet, EVENT_SINK_WAITING, reason);
        show_ready(outlet, false, reason);
        break;
    case COURIER_BLOCKED:
        tell_state(outlet, EVENT_SINK_BLOCKED, reason);
        show_ready(outlet, false, reason);
        break;
    case COURIER_RECOVERED:
        tell_state(outlet, EVENT_SINK_RECOVERED, reason);
        show_ready(outlet, true, reason);
        break;
    case COURIER_REFUSAL: tell_refusal(outlet, alert, reason); break;
    }
}

/* Chance that differs between sinks and starts. */
static uint64_t seed_of(struct span name)
{
    return span_hash(name) ^ clock_monotonic_ns() ^ (uint64_t)clock_now_us(clock_system());
}

enum status outlet_new(const struct outlet_services *services, const struct config_item *item,
                       struct arena *arena, struct span *problem, struct outlet **out)
{
    struct sinks_made made = {0};
    enum status status = sinks_make(services->config, item, arena, problem, &made);
    if (status != STATUS_OK) {
        return status;
    }
    struct outlet *outlet = calloc(1, sizeof *outlet);
    if (!outlet) {
        check_memory_exhausted(sizeof *outlet);
    }
    outlet->sink = made.sink;
    outlet->client = made.client;
    outlet->services = *services;
    outlet->scratch = arena_new(0);
    const struct courier_options options = {
        .sink = made.sink,
        .wants = wants,
        .tell = tell,
        .context = outlet,
        .seed = seed_of(made.sink->name),
    };
    outlet->courier = courier_new(&options);
    show_ready(outlet, true, SPAN(""));
    *out = outlet;
    return STATUS_OK;
}

void outlet_free(struct outlet **outlet)
{
    struct outlet *ended = *outlet;
    courier_free(&ended->courier);
    ended->sink->ops->free(ended->sink);
    arena_free(&ended->scratch);
    free(ended);
    *outlet = NULL;
}

static void count_outcomes(struct outlet *outlet, struct metrics *metrics)
{
    struct courier_stats now = courier_stats(outlet->courier);
    const struct courier_stats *then = &outlet->counted;
    struct span sink = outlet->sink->name;
    metric_add(metric_of1(metrics, METRIC_DELIVERIES, sink), now.sent - then->sent);
    metric_add(metric_of1(metrics, METRIC_DELIVERY_REFUSALS, sink), now.refused - then->refused);
    if (now.failed > then->failed) {
        metric_add(metric_of2(metrics, METRIC_DELIVERY_RETRIES, sink, SPAN("later")),
                   now.failed - then->failed);
    }
    if (now.blocked > then->blocked) {
        metric_add(metric_of2(metrics, METRIC_DELIVERY_RETRIES, sink, SPAN("blocked")),
                   now.blocked - then->blocked);
    }
    outlet->counted = now;
    if (outlet->client) {
        struct aws_stats stats = aws_client_stats(outlet->client);
        app_count_aws(metrics, sink, &stats);
    }
}

static void show_age(struct outlet *outlet, uint64_t now_ns)
{
    uint64_t since = outlet->waiting_since_ns;
    metric_set(metric_of1(outlet->services.metrics, METRIC_OUTBOX_AGE, outlet->sink->name),
               since ? (double)(now_ns - since) / 1e9 : 0);
}

void outlet_load(struct outlet *outlet, const struct alert *alerts, size_t count, int64_t age_us)
{
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t age_ns = age_us > 0 ? (uint64_t)age_us * 1000 : 0;
    courier_load(outlet->courier, alerts, count);
    outlet->waiting_since_ns = count ? now_ns - (age_ns < now_ns ? age_ns : now_ns - 1) : 0;
}

void outlet_load_again(struct outlet *outlet, const struct alert *alerts, size_t count)
{
    courier_load_again(outlet->courier, alerts, count);
    outlet->waiting_since_ns = count ? clock_monotonic_ns() : 0;
}

enum courier_step outlet_step(struct outlet *outlet)
{
    uint64_t begin_ns = clock_monotonic_ns();
    enum courier_step step = courier_step(outlet->courier, begin_ns);
    uint64_t end_ns = clock_monotonic_ns();
    if (step == COURIER_DONE) {
        outlet->waiting_since_ns = 0;
    }
    if (outlet->services.metrics) {
        if (step == COURIER_SENT) {
            metric_observe(metric_of1(outlet->services.metrics, METRIC_DELIVERY_SECONDS,
                                      outlet->sink->name),
                           (double)(end_ns - begin_ns) / 1e9);
        }
        count_outcomes(outlet, outlet->services.metrics);
        show_age(outlet, end_ns);
    }
    return step;
}

int outlet_wait_ms(const struct outlet *outlet, int limit_ms)
{
    uint64_t due_ns = courier_due_ns(outlet->courier);
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t wait_ms = due_ns > now_ns ? (due_ns - now_ns) / MILLISECOND_NS + 1 : 0;
    return wait_ms < (uint64_t)limit_ms ? (int)wait_ms : limit_ms;
}

void outlet_show_waiting(struct outlet *outlet, uint64_t alerts)
{
    metric_set(metric_of1(outlet->services.metrics, METRIC_OUTBOX_ALERTS, outlet->sink->name),
               (double)alerts);
}

void outlet_cancel(struct outlet *outlet)
{
    if (outlet->sink->ops->cancel) {
        outlet->sink->ops->cancel(outlet->sink);
    }
}
