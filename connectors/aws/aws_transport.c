/* aws_transport.c: a pool, a clock with an offset, a condition. */
#include "aws/aws_transport.h"

#include "base/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* AWS takes signatures that are up to 5 minutes (some services: 15) off; the Date header has whole
 * seconds, and an exchange may take its 30. */
static const int64_t skew_us = (int64_t)2 * 60 * 1000000;

struct aws_transport {
    struct aws_http *http;
    struct clock clock;
    _Atomic int64_t offset_us;
    pthread_mutex_t mutex; /* guards `cancelled` */
    pthread_cond_t ended;
    bool cancelled;
};

static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    check(pthread_condattr_init(&attributes) == 0);
    check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    check(pthread_cond_init(condition, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

struct aws_transport *aws_transport_new(struct clock clock, struct span ca_file)
{
    struct aws_transport *transport = calloc(1, sizeof *transport);
    if (!transport) {
        check_memory_exhausted(sizeof *transport);
    }
    transport->http = aws_http_new(ca_file);
    transport->clock = clock;
    check(pthread_mutex_init(&transport->mutex, NULL) == 0);
    init_condition(&transport->ended);
    return transport;
}

void aws_transport_free(struct aws_transport **transport)
{
    if (!*transport) {
        return;
    }
    aws_http_free(&(*transport)->http);
    pthread_cond_destroy(&(*transport)->ended);
    pthread_mutex_destroy(&(*transport)->mutex);
    free(*transport);
    *transport = NULL;
}

struct aws_http *aws_transport_http(struct aws_transport *transport)
{
    return transport->http;
}

void aws_transport_cancel(struct aws_transport *transport)
{
    pthread_mutex_lock(&transport->mutex);
    transport->cancelled = true;
    pthread_cond_broadcast(&transport->ended);
    pthread_mutex_unlock(&transport->mutex);
    aws_http_cancel(transport->http);
}

bool aws_transport_is_cancelled(struct aws_transport *transport)
{
    return !aws_transport_wait_ms(transport, 0);
}

static struct timespec deadline(int64_t ms)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t ns = time.tv_nsec + ms % 1000 * 1000000;
    time.tv_sec += ms / 1000 + ns / 1000000000;
    time.tv_nsec = ns % 1000000000;
    return time;
}

bool aws_transport_wait_ms(struct aws_transport *transport, int64_t ms)
{
    struct timespec until = deadline(ms);
    pthread_mutex_lock(&transport->mutex);
    while (!transport->cancelled &&
           pthread_cond_timedwait(&transport->ended, &transport->mutex, &until) == 0) {
    }
    bool goes_on = !transport->cancelled;
    pthread_mutex_unlock(&transport->mutex);
    return goes_on;
}

int64_t aws_transport_now_us(struct aws_transport *transport)
{
    return clock_now_us(transport->clock) + atomic_load(&transport->offset_us);
}

int64_t aws_transport_offset_us(struct aws_transport *transport)
{
    return atomic_load(&transport->offset_us);
}

bool aws_transport_learn(struct aws_transport *transport, int64_t signed_us, int64_t date_us)
{
    int64_t difference = date_us - signed_us;
    if (date_us == 0 || (difference < skew_us && difference > -skew_us)) {
        return false;
    }
    atomic_store(&transport->offset_us, date_us - clock_now_us(transport->clock));
    return true;
}
