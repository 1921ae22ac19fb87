/* aws_client.c: what a client holds, and the loop of attempts. */
#include "aws/aws_client.h"

#include "aws/aws_attempt.h"
#include "aws/aws_config.h"
#include "aws/aws_credentials.h"
#include "aws/aws_error.h"
#include "aws/aws_provider.h"
#include "aws/aws_retry.h"
#include "base/check.h"

#include <pthread.h>
#include <stdlib.h>

/* A signing key is good for its day and its secret. */
struct cached_key {
    char day[9];
    uint64_t generation;
    unsigned char key[HMAC_BYTES];
};

struct aws_client {
    struct arena *arena; /* the configuration's texts */
    struct aws_config config;
    struct aws_transport *transport;
    struct aws_credentials *credentials;
    struct aws_retry_budget budget;
    pthread_mutex_t mutex; /* guards all below */
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

static enum status fetch_credentials(void *context, struct aws_keys *out, struct buf *problem)
{
    struct aws_client *client = context;
    return aws_provider_search(&client->config, client->transport, out, problem);
}

static int64_t service_time(void *context)
{
    return aws_transport_now_us(((struct aws_client *)context)->transport);
}

enum status aws_client_new(const struct aws_options *options, struct arena *arena,
                           struct span *problem, struct aws_client **out)
{
    struct aws_config config;
    struct arena *own = arena_new(4096);
    struct span why;
    enum status status = aws_config_read(options, own, &why, &config);
    if (status != STATUS_OK) {
        *problem = arena_copy(arena, why);
        arena_free(&own);
        return status;
    }
    struct aws_client *client = calloc(1, sizeof *client);
    if (!client) {
        check_memory_exhausted(sizeof *client);
    }
    client->arena = own;
    client->config = config;
    client->transport = aws_transport_new(
        options->clock.now_us ? options->clock : clock_system(), config.ca_file);
    client->credentials = aws_credentials_new(fetch_credentials, service_time, client);
    aws_retry_init(&client->budget);
    check(pthread_mutex_init(&client->mutex, NULL) == 0);
    *out = client;
    return STATUS_OK;
}

void aws_client_free(struct aws_client **client)
{
    if (!*client) {
        return;
    }
    aws_credentials_free(&(*client)->credentials);
    aws_transport_free(&(*client)->transport);
    arena_free(&(*client)->arena);
    pthread_mutex_destroy(&(*client)->mutex);
    explicit_bzero((*client)->keys, sizeof (*client)->keys);
    free(*client);
    *client = NULL;
}

void aws_client_cancel(struct aws_client *client)
{
    aws_transport_cancel(client->transport);
}

struct span aws_client_region(const struct aws_client *client)
{
    return client->config.region;
}

struct aws_stats aws_client_stats(struct aws_client *client)
{
    pthread_mutex_lock(&client->mutex);
    struct aws_stats stats = client->stats;
    pthread_mutex_unlock(&client->mutex);
    aws_credentials_count(client->credentials, &stats.refreshes, &stats.refreshes_failed);
    stats.clock_offset_us = aws_transport_offset_us(client->transport);
    return stats;
}

/* -- one attempt */

/* One call under way. */
struct call {
    struct aws_client *client;
    const struct aws_request *request;
    struct aws_answer *answer;
    uint64_t refused;    /* the one that the service called expired; 0: none */
    bool skew_learned;   /* each of the two is mended once a call */
};

/* The key of the day, made when the day or the secret changed. */
static void take_signing_key(struct call *call, const struct aws_keys *keys, int64_t time_us,
                             unsigned char out[HMAC_BYTES])
{
    struct aws_client *client = call->client;
    enum aws_service service = call->request->service;
    struct cached_key *cached = &client->keys[service];
    char time[AWS_TIME_SIZE];
    const struct aws_scope scope = {time_us, client->config.endpoints[service].region,
                                    span_view(aws_service_row(service)->signing_name)};
    aws_time_format(time_us, time);
    pthread_mutex_lock(&client->mutex);
    if (memcmp(cached->day, time, 8) != 0 || cached->generation != keys->generation) {
        memcpy(cached->day, time, 8);
        cached->generation = keys->generation;
        aws_signing_key(buf_view(&keys->secret), &scope, cached->key);
    }
    memcpy(out, cached->key, HMAC_BYTES);
    pthread_mutex_unlock(&client->mutex);
}

static enum status fail_without_keys(struct call *call, enum status status, struct span problem)
{
    bool closed = status == STATUS_CLOSED;
    bool passing = closed || status == STATUS_IO;
    aws_answer_fail(call->answer, passing ? AWS_TRANSIENT : AWS_DENIED,
                    closed ? SPAN("") : SPAN("NoCredentials"),
                    closed ? SPAN("cancelled") : problem, SPAN(""));
    call->answer->http_status = 0;
    call->answer->retry_after_ms = 0;
    buf_clear(&call->answer->body);
    return closed ? STATUS_CLOSED : STATUS_IO;
}

/* Signs and sends once; *again: the reason of its failure is mended, it is worth sending again at
 * once. */
static enum status send_signed(struct call *call, const struct aws_keys *keys, bool *again)
{
    struct aws_client *client = call->client;
    struct aws_answer *answer = call->answer;
    unsigned char key[HMAC_BYTES];
    int64_t date_us;
    int64_t time_us = aws_transport_now_us(client->transport);
    take_signing_key(call, keys, time_us, key);
    const struct aws_attempt attempt = {
        .http = aws_transport_http(client->transport),
        .row = aws_service_row(call->request->service),
        .endpoint = &client->config.endpoints[call->request->service],
        .request = call->request,
        .keys = keys,
        .signing_key = key,
        .time_us = time_us,
    };
    enum status status = aws_attempt_run(&attempt, answer, &date_us);
    explicit_bzero(key, sizeof key);
    if (status != STATUS_IO) {
        return status;
    }
    if (aws_error_is_expired_token(answer->code) && !call->refused) {
        call->refused = keys->generation;
        *again = true;
    } else if (aws_error_is_skew(answer->code) && !call->skew_learned) {
        call->skew_learned = aws_transport_learn(client->transport, time_us, date_us);
        *again = call->skew_learned;
    }
    return status;
}

static enum status attempt_once(struct call *call, bool *again)
{
    struct aws_keys keys = {.generation = 0};
    struct buf problem = {0};
    enum status status =
        aws_credentials_get(call->client->credentials, call->refused, &keys, &problem);
    *again = false;
    if (status == STATUS_OK) {
        status = send_signed(call, &keys, again);
    } else {
        status = fail_without_keys(call, status, buf_view(&problem));
    }
    aws_keys_deinit(&keys);
    buf_deinit(&problem);
    return status;
}

/* -- the loop */

static void count(struct aws_client *client, const struct aws_answer *answer)
{
    pthread_mutex_lock(&client->mutex);
    client->stats.calls += answer->attempts == 1;
    client->stats.attempts++;
    client->stats.throttled += answer->failure == AWS_THROTTLED;
    client->stats.transient += answer->failure == AWS_TRANSIENT;
    pthread_mutex_unlock(&client->mutex);
}

/* Takes the price of a repeat out of the budget. */
static bool may_repeat(struct call *call, int *cost)
{
    struct aws_client *client = call->client;
    *cost = call->answer->http_status ? AWS_RETRY_COST : AWS_RETRY_COST_NO_ANSWER;
    if (aws_retry_take(&client->budget, *cost)) {
        return true;
    }
    pthread_mutex_lock(&client->mutex);
    client->stats.budget_exhausted++;
    pthread_mutex_unlock(&client->mutex);
    return false;
}

/* Whether the answer is one to wait after and ask again. */
static bool is_worth_repeating(const struct call *call, enum status status)
{
    const struct aws_request *request = call->request;
    unsigned attempts_max = request->attempts_max ? request->attempts_max : AWS_ATTEMPTS;
    return status == STATUS_IO && aws_failure_is_passing(call->answer->failure) &&
           call->answer->attempts < attempts_max &&
           call->answer->retry_after_ms <= AWS_RETRY_WAIT_MAX_MS;
}

enum status aws_call(struct aws_client *client, const struct aws_request *request,
                     struct aws_answer *answer)
{
    struct call call = {.client = client, .request = request, .answer = answer};
    int cost = 0;
    answer->attempts = 0;
    for (;;) {
        bool again;
        enum status status = attempt_once(&call, &again);
        answer->attempts++;
        count(client, answer);
        if (again) {
            continue;
        }
        if (status == STATUS_OK) {
            aws_retry_give(&client->budget, cost);
        }
        if (!is_worth_repeating(&call, status) || !may_repeat(&call, &cost)) {
            return status;
        }
        if (!aws_transport_wait_ms(client->transport,
                                   aws_retry_wait_ms(answer->failure, answer->attempts,
                                                     answer->retry_after_ms, arc4random()))) {
            aws_answer_fail(answer, AWS_TRANSIENT, SPAN(""), SPAN("cancelled"), SPAN(""));
            return STATUS_CLOSED;
        }
    }
}
