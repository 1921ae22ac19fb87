/* aws_client.c: what a client holds, and the loop of attempts. */
#include "aws/aws_client.h"

#include "aws/aws_attempt.h"
#include "aws/aws_error.h"
#include "aws/aws_retry.h"
#include "base/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { US_PER_S = 1000000, SKEW_US = 60 * 1000000 };

/* A signing key is good for its day and its secret. */
struct cached_key {
    char day[9];
    uint64_t generation;
    unsigned char key[HMAC_BYTES];
};

struct aws_client {
    struct clock clock;
    struct aws_environment environment;
    struct aws_http *http;
    struct arena *arena; /* region, endpoints */
    struct span region;
    struct aws_endpoint endpoints[AWS_SERVICE_COUNT];
    struct aws_retry_budget budget;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t ended;  /* waits of this client's calls */
    bool cancelled;
    struct cached_key keys[AWS_SERVICE_COUNT];
    struct aws_stats stats;
};

const char *aws_failure_text(enum aws_failure failure)
{
    switch (failure) {
    case AWS_FINE: return "no failure";
    case AWS_THROTTLED: return "throttled";
    case AWS_TRANSIENT: return "a passing failure";
    case AWS_DENIED: return "denied";
    case AWS_NOT_FOUND: return "not found";
    case AWS_INVALID: return "an invalid request";
    case AWS_EXPIRED: return "an expired iterator or token";
    case AWS_KMS: return "the encryption key cannot be used";
    case AWS_OTHER: return "an unknown failure";
    }
    return "an unknown failure";
}

bool aws_failure_is_passing(enum aws_failure failure)
{
    return failure == AWS_THROTTLED || failure == AWS_TRANSIENT;
}

/* -- making one */

static struct aws_endpoint endpoint_from_url(struct aws_client *client, struct span url)
{
    struct arena *arena = client->arena;
    struct span rest = url;
    const char *scheme = memmem(url.ptr, url.len, "://", 3);
    if (scheme) {
        rest = span_of(scheme + 3, url.len - (size_t)(scheme + 3 - url.ptr));
    }
    const char *slash = rest.len ? memchr(rest.ptr, '/', rest.len) : NULL;
    size_t host_len = slash ? (size_t)(slash - rest.ptr) : rest.len;
    struct span path = slash ? span_of(slash, rest.len - host_len) : SPAN("/");
    return (struct aws_endpoint){
        .url = arena_printf(arena, "%.*s%s", SPAN_ARG(url), slash ? "" : "/"),
        .host = arena_copy(arena, span_of(rest.ptr, host_len)),
        .path = arena_copy(arena, path),
        .region = client->region,
    };
}

static void resolve_endpoints(struct aws_client *client, const struct aws_options *options)
{
    for (int i = 0; i < AWS_SERVICE_COUNT; i++) {
        const struct aws_service_row *row = aws_service_row((enum aws_service)i);
        struct span url = options->endpoint_url;
        if (!url.len) {
            url = arena_printf(client->arena, "https://%s.%.*s.amazonaws.com", row->host,
                               SPAN_ARG(client->region));
        }
        client->endpoints[i] = endpoint_from_url(client, url);
    }
}

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    check(pthread_condattr_init(&attributes) == 0);
    check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    check(pthread_cond_init(condition, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

enum status aws_client_new(const struct aws_options *options, struct arena *arena,
                           struct span *problem, struct aws_client **out)
{
    struct aws_environment environment = options->environment.get ? options->environment
                                                                  : aws_environment_process();
    struct span region = options->region;
    region = region.len ? region : aws_environment_get(&environment, "AWS_REGION");
    region = region.len ? region : aws_environment_get(&environment, "AWS_DEFAULT_REGION");
    if (!region.len) {
        *problem = arena_copy(arena, SPAN("no AWS region is known: set AWS_REGION"));
        return STATUS_INVALID;
    }
    struct aws_client *client = calloc(1, sizeof *client);
    if (!client) {
        check_memory_exhausted(sizeof *client);
    }
    client->clock = options->clock.now_us ? options->clock : clock_system();
    client->environment = environment;
    client->http = aws_http_new(options->ca_file);
    client->arena = arena_new(4096);
    client->region = arena_copy(client->arena, region);
    resolve_endpoints(client, options);
    aws_retry_init(&client->budget);
    check(pthread_mutex_init(&client->mutex, NULL) == 0);
    init_condition(&client->ended);
    *out = client;
    return STATUS_OK;
}

void aws_client_free(struct aws_client **client)
{
    if (!*client) {
        return;
    }
    aws_http_free(&(*client)->http);
    arena_free(&(*client)->arena);
    pthread_cond_destroy(&(*client)->ended);
    pthread_mutex_destroy(&(*client)->mutex);
    free(*client);
    *client = NULL;
}

void aws_client_cancel(struct aws_client *client)
{
    pthread_mutex_lock(&client->mutex);
    client->cancelled = true;
    pthread_cond_broadcast(&client->ended);
    pthread_mutex_unlock(&client->mutex);
    aws_http_cancel(client->http);
}

struct span aws_client_region(const struct aws_client *client)
{
    return client->region;
}

struct aws_stats aws_client_stats(struct aws_client *client)
{
    pthread_mutex_lock(&client->mutex);
    struct aws_stats stats = client->stats;
    pthread_mutex_unlock(&client->mutex);
    return stats;
}

/* -- one attempt */

static int64_t service_time(struct aws_client *client)
{
    return clock_now_us(client->clock) + aws_client_stats(client).clock_offset_us;
}

/* The key of the day, made when the day or the secret changed. */
static void take_signing_key(struct aws_client *client, enum aws_service service,
                             const struct aws_keys *keys, int64_t time_us,
                             unsigned char out[HMAC_BYTES])
{
    char time[AWS_TIME_SIZE];
    const struct aws_scope scope = {time_us, client->endpoints[service].region,
                                    span_view(aws_service_row(service)->signing_name)};
    aws_time_format(time_us, time);
    pthread_mutex_lock(&client->mutex);
    struct cached_key *cached = &client->keys[service];
    if (memcmp(cached->day, time, 8) != 0 || cached->generation != keys->generation) {
        memcpy(cached->day, time, 8);
        cached->generation = keys->generation;
        aws_signing_key(buf_view(&keys->secret), &scope, cached->key);
    }
    memcpy(out, cached->key, HMAC_BYTES);
    pthread_mutex_unlock(&client->mutex);
}

static enum status attempt_once(struct aws_client *client, const struct aws_request *request,
                                struct aws_answer *answer)
{
    struct aws_keys keys = {.generation = 0};
    unsigned char key[HMAC_BYTES];
    int64_t date_us;
    enum status status = aws_keys_from_environment(&client->environment, &keys);
    if (status != STATUS_OK) {
        aws_answer_fail(answer, AWS_DENIED, SPAN("NoCredentials"),
                        SPAN("no AWS credentials were found"), SPAN(""));
        return STATUS_IO;
    }
    int64_t time_us = service_time(client);
    take_signing_key(client, request->service, &keys, time_us, key);
    const struct aws_attempt attempt = {
        .http = client->http,
        .row = aws_service_row(request->service),
        .endpoint = &client->endpoints[request->service],
        .request = request,
        .keys = &keys,
        .signing_key = key,
        .time_us = time_us,
    };
    status = aws_attempt_run(&attempt, answer, &date_us);
    aws_keys_deinit(&keys);
    return status;
}

/* -- the loop */

/* Waits; false when the client was cancelled. */
static bool wait_ms(struct aws_client *client, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&client->mutex);
    while (!client->cancelled &&
           pthread_cond_timedwait(&client->ended, &client->mutex, &until) == 0) {
    }
    bool goes_on = !client->cancelled;
    pthread_mutex_unlock(&client->mutex);
    return goes_on;
}

static int repeat_cost(const struct aws_answer *answer)
{
    return answer->http_status ? AWS_RETRY_COST : AWS_RETRY_COST_NO_ANSWER;
}

static void count_attempt(struct aws_client *client, const struct aws_answer *answer)
{
    pthread_mutex_lock(&client->mutex);
    client->stats.attempts++;
    client->stats.throttled += answer->failure == AWS_THROTTLED;
    client->stats.transient += answer->failure == AWS_TRANSIENT;
    pthread_mutex_unlock(&client->mutex);
}

enum status aws_call(struct aws_client *client, const struct aws_request *request,
                     struct aws_answer *answer)
{
    unsigned attempts_max = request->attempts_max ? request->attempts_max : AWS_ATTEMPTS;
    int cost = 0;
    pthread_mutex_lock(&client->mutex);
    client->stats.calls++;
    pthread_mutex_unlock(&client->mutex);
    answer->attempts = 0;
    for (;;) {
        enum status status = attempt_once(client, request, answer);
        answer->attempts++;
        count_attempt(client, answer);
        if (status == STATUS_OK) {
            aws_retry_give(&client->budget, cost);
        }
        if (status != STATUS_IO || !aws_failure_is_passing(answer->failure) ||
            answer->attempts >= attempts_max || answer->retry_after_ms > AWS_RETRY_WAIT_MAX_MS) {
            return status;
        }
        cost = repeat_cost(answer);
        if (!aws_retry_take(&client->budget, cost)) {
            return status;
        }
        if (!wait_ms(client, aws_retry_wait_ms(answer->failure, answer->attempts,
                                               answer->retry_after_ms, arc4random()))) {
            return STATUS_CLOSED;
        }
    }
}
