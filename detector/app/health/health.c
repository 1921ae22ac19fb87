/* health.c: beats are atomics, so that a loop never waits for whoever looks; the rest is under one
 * lock. */
#include "app/health/health.h"

#include "base/check.h"
#include "base/clock.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static const uint64_t ns_of_ms = 1000000;

struct health_loop {
    struct health *health;
    char name[HEALTH_NAME_BYTES_MAX + 1];
    uint64_t limit_ns;
    atomic_uint_fast64_t beat_ns; /* of the clock that never steps */
    bool used;
};

struct part {
    char name[HEALTH_NAME_BYTES_MAX + 1];
    char reason[HEALTH_REASON_BYTES_MAX + 1];
    bool ready;
};

struct health {
    pthread_mutex_t lock;
    struct health_loop loops[HEALTH_LOOPS_MAX];
    struct part parts[HEALTH_PARTS_MAX];
    size_t part_count;
};

/* As much as there is room for; ends in NUL. */
static void keep(char *out, size_t room, struct span text)
{
    size_t length = text.len < room ? text.len : room;
    if (length) {
        memcpy(out, text.ptr, length);
    }
    out[length] = '\0';
}

struct health *health_new(void)
{
    struct health *health = calloc(1, sizeof *health);
    if (!health) {
        check_memory_exhausted(sizeof *health);
    }
    pthread_mutex_init(&health->lock, NULL);
    return health;
}

void health_free(struct health **health)
{
    if (*health) {
        pthread_mutex_destroy(&(*health)->lock);
        free(*health);
        *health = NULL;
    }
}

struct health_loop *health_loop(struct health *health, struct span name, int limit_ms)
{
    if (!health) {
        return NULL;
    }
    check(limit_ms > 0 && limit_ms <= HEALTH_LIMIT_MS_MAX);
    pthread_mutex_lock(&health->lock);
    size_t at = 0;
    while (at < HEALTH_LOOPS_MAX && health->loops[at].used) {
        at++;
    }
    check(at < HEALTH_LOOPS_MAX);
    struct health_loop *loop = &health->loops[at];
    loop->health = health;
    loop->limit_ns = (uint64_t)limit_ms * ns_of_ms;
    keep(loop->name, HEALTH_NAME_BYTES_MAX, name);
    health_beat(loop);
    loop->used = true;
    pthread_mutex_unlock(&health->lock);
    return loop;
}

void health_beat(struct health_loop *loop)
{
    if (loop) {
        atomic_store_explicit(&loop->beat_ns, clock_monotonic_ns(), memory_order_relaxed);
    }
}

void health_loop_end(struct health_loop *loop)
{
    if (loop) {
        pthread_mutex_lock(&loop->health->lock);
        loop->used = false;
        pthread_mutex_unlock(&loop->health->lock);
    }
}

void health_ready(struct health *health, struct span part, bool ready, struct span reason)
{
    char name[HEALTH_NAME_BYTES_MAX + 1];
    if (!health) {
        return;
    }
    keep(name, HEALTH_NAME_BYTES_MAX, part);
    pthread_mutex_lock(&health->lock);
    size_t at = 0;
    while (at < health->part_count && strcmp(health->parts[at].name, name) != 0) {
        at++;
    }
    check(at < HEALTH_PARTS_MAX);
    health->part_count += at == health->part_count;
    memcpy(health->parts[at].name, name, sizeof name);
    keep(health->parts[at].reason, HEALTH_REASON_BYTES_MAX, reason);
    health->parts[at].ready = ready;
    pthread_mutex_unlock(&health->lock);
}

/* True when the loop is late; then *out says so. */
static bool is_stalled(const struct health_loop *loop, uint64_t now_ns, struct buf *out)
{
    uint64_t beat_ns = atomic_load_explicit(&loop->beat_ns, memory_order_relaxed);
    uint64_t age_ns = now_ns > beat_ns ? now_ns - beat_ns : 0;
    if (!loop->used || age_ns <= loop->limit_ns) {
        return false;
    }
    buf_printf(out, "stalled: %s: no progress for %" PRIu64 " ms, the limit is %" PRIu64 " ms\n",
               loop->name, age_ns / ns_of_ms, loop->limit_ns / ns_of_ms);
    return true;
}

bool health_is_live(struct health *health, struct buf *out)
{
    bool live = true;
    pthread_mutex_lock(&health->lock);
    uint64_t now_ns = clock_monotonic_ns();
    for (size_t i = 0; i < HEALTH_LOOPS_MAX; i++) {
        live &= !is_stalled(&health->loops[i], now_ns, out);
    }
    pthread_mutex_unlock(&health->lock);
    buf_append(out, live ? SPAN("ok\n") : SPAN(""));
    return live;
}

bool health_is_ready(struct health *health, struct buf *out)
{
    bool ready = true;
    pthread_mutex_lock(&health->lock);
    for (size_t i = 0; i < health->part_count; i++) {
        const struct part *part = &health->parts[i];
        buf_printf(out, "%s: %s%s%s\n", part->name, part->ready ? "ready" : "not ready",
                   part->reason[0] ? ": " : "", part->reason);
        ready &= part->ready;
    }
    pthread_mutex_unlock(&health->lock);
    buf_append(out, ready ? SPAN("ok\n") : SPAN(""));
    return ready;
}
