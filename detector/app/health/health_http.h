/* health_http.h: /livez, /readyz and /metrics over HTTP, in a thread of its own. */
#ifndef APP_HEALTH_HTTP_H
#define APP_HEALTH_HTTP_H

#include "app/health/health.h"
#include "base/arena.h"
#include "base/status.h"

struct metrics;

enum {
    HEALTH_HTTP_CONNECTIONS_MAX = 32,  /* more wait */
    HEALTH_HTTP_IDLE_SECONDS = 10,     /* then a connection without a request is closed */
    HEALTH_HTTP_REQUEST_BYTES_MAX = 16 * 1024,
};

struct health_http;

/* Serves at "ADDRESS:PORT" (127.0.0.1:9464, [::1]:9464, localhost:9464; port 0: a free one) from
 * now on. health and metrics must outlive it. *told: where it listens, in `arena`; when it fails,
 * why. STATUS_INVALID: no such address; STATUS_CONFLICT: somebody listens there; STATUS_IO. */
MUST_USE enum status health_http_start(struct span listen, struct health *health,
                                       struct metrics *metrics, struct arena *arena,
                                       struct span *told, struct health_http **out);
/* Ends the thread and its connections. */
void health_http_stop(struct health_http **http);

#endif
