/* aws_credentials.c: one cache, one flight. */
#include "aws/aws_credentials.h"

#include "base/check.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>

static const int64_t advisory_us = (int64_t)15 * 60 * 1000000;
static const int64_t mandatory_us = (int64_t)10 * 60 * 1000000;

/* After a failure nobody tries again before this: the old credentials serve, or calls fail. */
static const uint64_t hold_advisory_ns = 60u * 1000000000ull;
static const uint64_t hold_mandatory_ns = 1u * 1000000000ull;

struct aws_credentials {
    aws_fetch_fn fetch;
    aws_now_fn now;
    void *context;
    pthread_mutex_t mutex; /* guards all below; not held while fetching */
    pthread_cond_t landed;
    bool flying;
    struct aws_keys keys; /* generation 0: none yet */
    uint64_t generation;
    uint64_t hold_until_ns; /* 0: the last fetch went well */
    enum status last_status;
    struct buf last_problem;
    uint64_t fetched;
    uint64_t failed;
};

struct aws_credentials *aws_credentials_new(aws_fetch_fn fetch, aws_now_fn now, void *context)
{
    struct aws_credentials *credentials = calloc(1, sizeof *credentials);
    if (!credentials) {
        check_memory_exhausted(sizeof *credentials);
    }
    credentials->fetch = fetch;
    credentials->now = now;
    credentials->context = context;
    check(pthread_mutex_init(&credentials->mutex, NULL) == 0);
    check(pthread_cond_init(&credentials->landed, NULL) == 0);
    return credentials;
}

void aws_credentials_free(struct aws_credentials **credentials)
{
    if (!*credentials) {
        return;
    }
    aws_keys_deinit(&(*credentials)->keys);
    buf_deinit(&(*credentials)->last_problem);
    pthread_cond_destroy(&(*credentials)->landed);
    pthread_mutex_destroy(&(*credentials)->mutex);
    free(*credentials);
    *credentials = NULL;
}

void aws_credentials_count(struct aws_credentials *credentials, uint64_t *fetched,
                           uint64_t *failed)
{
    pthread_mutex_lock(&credentials->mutex);
    *fetched = credentials->fetched;
    *failed = credentials->failed;
    pthread_mutex_unlock(&credentials->mutex);
}

/* How the keys stand. */
enum age {
    AGE_FRESH,
    AGE_ADVISORY,  /* better ones are wanted */
    AGE_MANDATORY, /* better ones are needed, these still work */
    AGE_DEAD,      /* none, expired, or refused */
};

static enum age age_of(const struct aws_credentials *credentials, uint64_t refused)
{
    const struct aws_keys *keys = &credentials->keys;
    if (keys->generation == 0 || keys->generation == refused) {
        return AGE_DEAD;
    }
    if (keys->expiry_us == 0) {
        return AGE_FRESH;
    }
    int64_t left_us = keys->expiry_us - credentials->now(credentials->context);
    return left_us <= 0              ? AGE_DEAD
           : left_us <= mandatory_us ? AGE_MANDATORY
           : left_us <= advisory_us  ? AGE_ADVISORY : AGE_FRESH;
}

static void keep(struct aws_credentials *credentials, struct aws_keys *fresh)
{
    aws_keys_deinit(&credentials->keys);
    credentials->keys = *fresh;
    credentials->keys.generation = ++credentials->generation;
    credentials->fetched++;
}

/* Called and left with the mutex held. */
static void fly(struct aws_credentials *credentials, bool advisory)
{
    struct aws_keys fresh = {.generation = 0};
    struct buf problem = {0};
    credentials->flying = true;
    pthread_mutex_unlock(&credentials->mutex);
    enum status status = credentials->fetch(credentials->context, &fresh, &problem);
    pthread_mutex_lock(&credentials->mutex);
    credentials->flying = false;
    credentials->last_status = status;
    buf_deinit(&credentials->last_problem);
    credentials->last_problem = problem;
    if (status == STATUS_OK) {
        keep(credentials, &fresh);
    } else {
        aws_keys_deinit(&fresh);
        credentials->failed++;
    }
    bool useful = status == STATUS_OK && age_of(credentials, 0) != AGE_DEAD;
    credentials->hold_until_ns =
        useful ? 0 : clock_monotonic_ns() + (advisory ? hold_advisory_ns : hold_mandatory_ns);
    pthread_cond_broadcast(&credentials->landed);
}

static bool on_hold(const struct aws_credentials *credentials)
{
    return credentials->hold_until_ns && clock_monotonic_ns() < credentials->hold_until_ns;
}

/* Brings the keys up to date as far as that goes. */
static void renew(struct aws_credentials *credentials, uint64_t refused)
{
    enum age age = age_of(credentials, refused);
    while (age >= AGE_MANDATORY && credentials->flying) {
        pthread_cond_wait(&credentials->landed, &credentials->mutex);
        age = age_of(credentials, refused);
    }
    if (age != AGE_FRESH && !credentials->flying && !on_hold(credentials)) {
        fly(credentials, age == AGE_ADVISORY);
    }
}

enum status aws_credentials_get(struct aws_credentials *credentials, uint64_t refused,
                                struct aws_keys *out, struct buf *problem)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&credentials->mutex);
    renew(credentials, refused);
    if (age_of(credentials, refused) == AGE_DEAD) {
        status = credentials->last_status;
        status = status == STATUS_OK ? STATUS_IO : status; /* they came expired already */
        buf_append(problem, credentials->last_problem.len
                                ? buf_view(&credentials->last_problem)
                                : SPAN("the credentials that were fetched had expired already"));
    } else {
        aws_keys_copy(&credentials->keys, out);
    }
    pthread_mutex_unlock(&credentials->mutex);
    return status;
}
