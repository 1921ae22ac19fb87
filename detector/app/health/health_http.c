/* health_http.c: libmicrohttpd with one thread that polls, bounded in connections, bytes and
 * time. Each answer is made anew, from nothing but health and metrics. */
#include "app/health/health_http.h"

#include "app/health/app_metrics.h"
#include "base/check.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>

struct health_http {
    struct MHD_Daemon *daemon;
    struct health *health;
    struct metrics *metrics;
};

/* The body of a path's answer and its status. */
static unsigned answer_live(struct health_http *http, struct buf *body)
{
    return health_is_live(http->health, body) ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned answer_ready(struct health_http *http, struct buf *body)
{
    return health_is_ready(http->health, body) ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned answer_metrics(struct health_http *http, struct buf *body)
{
    app_metrics_write(http->metrics, body);
    return MHD_HTTP_OK;
}

static const struct {
    const char *path;
    unsigned (*answer)(struct health_http *http, struct buf *body);
    const char *type;
} pages[] = {
    {"/livez", answer_live, "text/plain; charset=utf-8"},
    {"/readyz", answer_ready, "text/plain; charset=utf-8"},
    {"/metrics", answer_metrics, "text/plain; version=0.0.4; charset=utf-8"},
};

static enum MHD_Result send_body(struct MHD_Connection *connection, unsigned status,
                                 const char *type, const struct buf *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->ptr, MHD_RESPMEM_MUST_COPY);
    if (!response) {
        return MHD_NO;
    }
    bool refused = status == MHD_HTTP_METHOD_NOT_ALLOWED;
    enum MHD_Result result = MHD_add_response_header(response, "Content-Type", type);
    if (result == MHD_YES && refused) {
        result = MHD_add_response_header(response, "Allow", "GET, HEAD");
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state; /* a body is not read: the answer to it closes the connection */
    struct health_http *http = context;
    struct buf body = {0};
    const char *type = "text/plain; charset=utf-8";
    unsigned status = MHD_HTTP_NOT_FOUND;
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        if (strcmp(path, pages[i].path) == 0 && reads) {
            status = pages[i].answer(http, &body);
            type = pages[i].type;
        }
    }
    if (!reads) {
        status = MHD_HTTP_METHOD_NOT_ALLOWED;
        buf_append(&body, SPAN("only GET and HEAD\n"));
    } else if (status == MHD_HTTP_NOT_FOUND) {
        buf_append(&body, SPAN("there are /livez, /readyz and /metrics\n"));
    }
    enum MHD_Result result = send_body(connection, status, type, &body);
    buf_deinit(&body);
    return result;
}

/* "[::1]:9464" into host and port; false when it is neither. */
static bool split(struct span listen, struct arena *arena, const char **host, const char **port)
{
    const char *colon = listen.len ? memrchr(listen.ptr, ':', listen.len) : NULL;
    if (!colon || colon == listen.ptr) {
        return false;
    }
    struct span name = span_of(listen.ptr, (size_t)(colon - listen.ptr));
    if (name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']') {
        name = span_of(name.ptr + 1, name.len - 2);
    }
    *host = arena_copy(arena, name).ptr;
    size_t before = (size_t)(colon - listen.ptr) + 1;
    *port = arena_copy(arena, span_of(listen.ptr + before, listen.len - before)).ptr;
    return **port != '\0';
}

static struct addrinfo *find_address(struct span listen, struct arena *arena, struct span *told)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    const char *host = NULL;
    const char *port = NULL;
    struct addrinfo *found = NULL;
    if (!split(listen, arena, &host, &port)) {
        *told = SPAN("wants ADDRESS:PORT, such as 127.0.0.1:9464");
        return NULL;
    }
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed) {
        *told = arena_copy(arena, span_view(gai_strerror(failed)));
        return NULL;
    }
    return found;
}

static struct MHD_Daemon *start(const struct addrinfo *address, struct health_http *http)
{
    unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD |
                     (address->ai_family == AF_INET6 ? (unsigned)MHD_USE_IPv6 : 0);
    sigset_t all;
    sigset_t before;
    /* signals of the operating system are for the main thread, whose waits they end */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    errno = 0;
    struct MHD_Daemon *daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR, address->ai_addr,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HEALTH_HTTP_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HEALTH_HTTP_IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEALTH_HTTP_REQUEST_BYTES_MAX,
        MHD_OPTION_END);
    int failed = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failed;
    return daemon;
}

enum status health_http_start(struct span listen, struct health *health, struct metrics *metrics,
                              struct arena *arena, struct span *told, struct health_http **out)
{
    struct addrinfo *address = find_address(listen, arena, told);
    if (!address) {
        return STATUS_INVALID;
    }
    struct health_http *http = calloc(1, sizeof *http);
    if (!http) {
        check_memory_exhausted(sizeof *http);
    }
    http->health = health;
    http->metrics = metrics;
    http->daemon = start(address, http);
    freeaddrinfo(address);
    if (!http->daemon) {
        enum status status = errno == EADDRINUSE ? STATUS_CONFLICT : STATUS_IO;
        *told = arena_copy(arena, span_view(strerror(errno)));
        free(http);
        return status;
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    const char *colon = memrchr(listen.ptr, ':', listen.len);
    *told = arena_printf(arena, "%.*s:%d", (int)(colon - listen.ptr), listen.ptr,
                         info ? info->port : 0);
    *out = http;
    return STATUS_OK;
}

void health_http_stop(struct health_http **http)
{
    if (*http) {
        MHD_stop_daemon((*http)->daemon);
        free(*http);
        *http = NULL;
    }
}
