/* health_service.h: what a command that runs for long shows of itself: health, metrics, and where
 * both are served. */
#ifndef APP_HEALTH_SERVICE_H
#define APP_HEALTH_SERVICE_H

#include "app/command.h"
#include "app/config/config.h"
#include "app/health/app_metrics.h"
#include "app/health/health.h"

struct health_http;

/* Zero-initialised is closed. */
struct health_service {
    struct health *health;   /* NULL when nothing is served: then beats and counts cost nothing */
    struct metrics *metrics; /* the same */
    struct health_http *http;
};

/* Serves at http.listen; by_default says what `auto` means for this command. An address that a
 * person chose and that is not free is COMMAND_ENVIRONMENT, a wrong one COMMAND_USAGE, with a
 * message; the one of `auto` is done without, with a line in the log. Call it before threads are
 * started, and health_service_started when all is open. */
MUST_USE enum command_exit health_service_open(const struct invocation *invocation,
                                               const struct config *config, bool by_default,
                                               struct health_service *out);
/* Ready from now on, as far as no part says otherwise; before, the process is not, because it
 * starts. */
void health_service_started(const struct health_service *service);
/* Not ready any more, because it stops. */
void health_service_stopping(const struct health_service *service);
/* When no thread uses health or metrics any more. */
void health_service_close(struct health_service *service);

#endif
