/* worker.c: slices are handed out one by one, so that a slow one does not hold up the rest; the
 * caller's thread is worker 0. */
#include "engine/worker.h"

#include "base/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct worker {
    struct worker_pool *pool;
    size_t number;
    pthread_t thread;
};

/* A task is published by raising `round` under the mutex; `running` counts the threads still in
 * it. */
struct worker_pool {
    struct worker *workers;
    size_t count;
    pthread_mutex_t mutex;
    pthread_cond_t started;
    pthread_cond_t finished;
    size_t round;
    size_t running;
    bool stopping;
    atomic_size_t next_slice;
    size_t slices;
    void (*run)(void *context, size_t worker, size_t slice);
    void *context;
};

static void run_slices(struct worker_pool *pool, size_t worker)
{
    for (;;) {
        size_t slice = atomic_fetch_add(&pool->next_slice, 1);
        if (slice >= pool->slices) {
            return;
        }
        pool->run(pool->context, worker, slice);
    }
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct worker_pool *pool = worker->pool;
    size_t seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (pool->round == seen && !pool->stopping) {
            pthread_cond_wait(&pool->started, &pool->mutex);
        }
        if (pool->stopping) {
            break;
        }
        seen = pool->round;
        pthread_mutex_unlock(&pool->mutex);
        run_slices(pool, worker->number);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->running == 0) {
            pthread_cond_signal(&pool->finished);
        }
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

struct worker_pool *worker_pool_new(size_t count)
{
    check(count >= 1);
    struct worker_pool *pool = calloc(1, sizeof *pool);
    struct worker *workers = calloc(count, sizeof *workers);
    if (!pool || !workers) {
        check_memory_exhausted(count * sizeof *workers);
    }
    pool->workers = workers;
    pool->count = count;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->started, NULL);
    pthread_cond_init(&pool->finished, NULL);
    for (size_t i = 1; i < count; i++) {
        workers[i] = (struct worker){.pool = pool, .number = i};
        check(pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) == 0);
    }
    return pool;
}

void worker_pool_free(struct worker_pool **pool)
{
    struct worker_pool *ended = *pool;
    if (!ended) {
        return;
    }
    pthread_mutex_lock(&ended->mutex);
    ended->stopping = true;
    pthread_cond_broadcast(&ended->started);
    pthread_mutex_unlock(&ended->mutex);
    for (size_t i = 1; i < ended->count; i++) {
        pthread_join(ended->workers[i].thread, NULL);
    }
    pthread_cond_destroy(&ended->started);
    pthread_cond_destroy(&ended->finished);
    pthread_mutex_destroy(&ended->mutex);
    free(ended->workers);
    free(ended);
    *pool = NULL;
}

size_t worker_pool_count(const struct worker_pool *pool)
{
    return pool->count;
}

void worker_pool_run(struct worker_pool *pool, size_t slices,
                     void (*run)(void *context, size_t worker, size_t slice), void *context)
{
    if (slices <= 1) { /* waking others costs more than they could help */
        for (size_t i = 0; i < slices; i++) {
            run(context, 0, i);
        }
        return;
    }
    pthread_mutex_lock(&pool->mutex);
    pool->run = run;
    pool->context = context;
    pool->slices = slices;
    atomic_store(&pool->next_slice, 0);
    pool->running = pool->count - 1;
    pool->round++;
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->mutex);
    run_slices(pool, 0);
    pthread_mutex_lock(&pool->mutex);
    while (pool->running > 0) {
        pthread_cond_wait(&pool->finished, &pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
}
