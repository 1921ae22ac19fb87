/* health_service.c: opens health, metrics and the server together. */
#include "app/health/health_service.h"

#include "app/complain.h"
#include "app/config/config_resolve.h"
#include "app/event.h"
#include "app/health/health_http.h"

static enum command_exit refused(const struct invocation *invocation, struct span listen,
                                 struct span problem, enum status status)
{
    complain(invocation, "http.listen (--listen ADDRESS:PORT) names another one; off for none",
             "http.listen: %.*s: %.*s", SPAN_ARG(listen), SPAN_ARG(problem));
    return status == STATUS_INVALID ? COMMAND_USAGE : COMMAND_ENVIRONMENT;
}

enum command_exit health_service_open(const struct invocation *invocation,
                                      const struct config *config, bool by_default,
                                      struct health_service *out)
{
    struct span listen = config_listen(config, by_default);
    struct span told = {0};
    *out = (struct health_service){0};
    if (!listen.len) {
        return COMMAND_OK;
    }
    out->health = health_new();
    out->metrics = app_metrics_new(DELTAWARD_VERSION);
    health_ready(out->health, SPAN("process"), false, SPAN("it starts"));
    enum status status = health_http_start(listen, out->health, out->metrics, invocation->arena,
                                           &told, &out->http);
    if (status != STATUS_OK && config_listen_is_chosen(config)) {
        health_service_close(out);
        return refused(invocation, listen, told, status);
    }
    const struct log_field fields[] = {log_text("address", status == STATUS_OK ? told : listen),
                                       log_text("problem", told)};
    event_tell(invocation->log, status == STATUS_OK ? EVENT_HTTP_LISTENING : EVENT_HTTP_UNAVAILABLE,
               fields, status == STATUS_OK ? 1 : 2);
    return COMMAND_OK;
}

void health_service_started(const struct health_service *service)
{
    health_ready(service->health, SPAN("process"), true, SPAN(""));
}

void health_service_stopping(const struct health_service *service)
{
    health_ready(service->health, SPAN("process"), false, SPAN("it stops"));
}

void health_service_close(struct health_service *service)
{
    health_http_stop(&service->http);
    metrics_free(&service->metrics);
    health_free(&service->health);
}
