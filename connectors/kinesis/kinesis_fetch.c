/* kinesis_fetch.c: the threads. One lock guards everything but what a busy job's thread works on:
 * its cursor, its call and the delivery it fills. */
#include "kinesis/kinesis_fetch.h"

#include "base/check.h"
#include "kinesis/kinesis_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    PAGES_PER_THREAD = 2,                  /* fetched and waiting, at most */
    QUEUE_BYTES_MAX = 64 * 1024 * 1024,    /* waiting, when another page is asked for */
    BEAT_NS = 1000 * 1000 * 1000,          /* a thread that waits goes round this often */
    IDLE_TOLD_US = 1000 * 1000,            /* between two empty pages that are delivered */
    US_PER_MS = 1000,
    NS_PER_MS = 1000 * 1000,
    NS_PER_SECOND = 1000 * 1000 * 1000,
};

struct kinesis_feed {
    struct kinesis_job job; /* first: a job is cast to what it is */
    struct kinesis_cursor cursor;
    void *context;
    struct kinesis_feed_state state;
    int64_t idle_told_us;
    bool dropped;
    unsigned holders; /* its owner, a busy thread, deliveries */
};

struct kinesis_fetch {
    struct kinesis_fetch_options options;
    pthread_mutex_t lock;
    pthread_cond_t work;  /* a job is due, or the queue has room */
    pthread_cond_t ready; /* the queue has a delivery */
    struct kinesis_feed **feeds;
    size_t feed_count;
    size_t feed_capacity;
    struct kinesis_job list;
    struct kinesis_queue queue;
    size_t flying; /* pages being fetched */
    bool stopping;
    struct worker *workers;
};

/* A thread, and what is its own. */
struct worker {
    pthread_t thread;
    struct kinesis_fetch *fetch;
    struct kinesis_call call;
    uint64_t beat_ns; /* when it went round last (monotonic) */
    uint32_t random;
};

static void *allocate(size_t count, size_t size_bytes)
{
    void *memory = calloc(count, size_bytes);
    if (!memory) {
        check_memory_exhausted(count * size_bytes);
    }
    return memory;
}

static void lock(struct kinesis_fetch *fetch)
{
    check(pthread_mutex_lock(&fetch->lock) == 0);
}

static void unlock(struct kinesis_fetch *fetch)
{
    check(pthread_mutex_unlock(&fetch->lock) == 0);
}

/* Waits on a condition until a time of the monotonic clock. */
static void wait_until(struct kinesis_fetch *fetch, pthread_cond_t *condition, uint64_t until_ns)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_SECOND),
                                   .tv_nsec = (long)(until_ns % NS_PER_SECOND)};
    (void)pthread_cond_timedwait(condition, &fetch->lock, &until);
}

static void release(struct kinesis_feed *feed)
{
    if (--feed->holders == 0) {
        kinesis_cursor_deinit(&feed->cursor);
        kinesis_job_deinit(&feed->job);
        free(feed);
    }
}

/* ---- what is due ---- */

static bool has_room(const struct kinesis_fetch *fetch)
{
    size_t pages = fetch->queue.count + fetch->flying;
    return pages < fetch->options.threads * PAGES_PER_THREAD &&
           fetch->queue.bytes < QUEUE_BYTES_MAX;
}

/* The idle job that is due first; *due_ns says when. NULL: none. */
static struct kinesis_job *first_due(struct kinesis_fetch *fetch, uint64_t *due_ns)
{
    struct kinesis_job *first = fetch->list.busy ? NULL : &fetch->list;
    for (size_t i = 0; has_room(fetch) && i < fetch->feed_count; i++) {
        struct kinesis_feed *feed = fetch->feeds[i];
        if (!feed->job.busy && !feed->state.ended && (!first || feed->job.due_ns < first->due_ns)) {
            first = &feed->job;
        }
    }
    *due_ns = first ? first->due_ns : UINT64_MAX;
    return first;
}

/* Waits for a job, which is then busy; NULL when the threads shall end. */
static struct kinesis_job *take_job(struct worker *worker)
{
    struct kinesis_fetch *fetch = worker->fetch;
    for (;;) {
        uint64_t due_ns = 0;
        uint64_t now_ns = clock_monotonic_ns();
        worker->beat_ns = now_ns;
        struct kinesis_job *job = fetch->stopping ? NULL : first_due(fetch, &due_ns);
        if (fetch->stopping) {
            return NULL;
        }
        if (job && due_ns <= now_ns) {
            job->busy = true;
            return job;
        }
        wait_until(fetch, &fetch->work, due_ns < now_ns + BEAT_NS ? due_ns : now_ns + BEAT_NS);
    }
}

static void set_due_after(struct kinesis_fetch *fetch, struct kinesis_job *job, uint64_t from_ns,
                          int64_t wait_ms)
{
    job->due_ns = from_ns + (uint64_t)wait_ms * NS_PER_MS;
    pthread_cond_signal(&fetch->work);
}

static void set_due(struct kinesis_fetch *fetch, struct kinesis_job *job, int64_t wait_ms)
{
    set_due_after(fetch, job, clock_monotonic_ns(), wait_ms);
}

/* ---- what came of it ---- */

static uint32_t next_random(struct worker *worker)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 17;
    worker->random ^= worker->random << 5;
    return worker->random;
}

/* Returns how long to wait, in ms. */
static int64_t fail_job(struct worker *worker, struct kinesis_job *job,
                        enum kinesis_outcome outcome)
{
    return kinesis_job_fail(job, outcome, &worker->call, &worker->fetch->options.pace,
                            next_random(worker));
}

static void note_page(struct kinesis_feed *feed, const struct kinesis_fetched *fetched,
                      int64_t now_us)
{
    const struct kinesis_page *page = &fetched->page;
    struct kinesis_feed_state *state = &feed->state;
    state->refused = false;
    state->behind_ms = page->behind_ms;
    state->answered_us = now_us;
    state->records += page->count;
    state->bytes += page->bytes;
    if (page->count && page->records[page->count - 1].arrival_us) {
        int64_t age_us = now_us - page->records[page->count - 1].arrival_us;
        state->record_age_ms = age_us > 0 ? age_us / US_PER_MS : 0;
    }
}

/* Whether the page says something that its reader does not know. */
static bool is_news(struct kinesis_feed *feed, const struct kinesis_fetched *fetched,
                    int64_t now_us)
{
    if (fetched->page.count || fetched->ended) {
        return true;
    }
    bool due = now_us - feed->idle_told_us >= IDLE_TOLD_US || now_us < feed->idle_told_us;
    if (fetched->page.behind_ms != 0 || !due) {
        return false;
    }
    feed->idle_told_us = now_us;
    return true;
}

/* Takes a page in that was asked for at begin_ns; the delivery is queued or given back. */
static void finish_page(struct kinesis_fetch *fetch, struct kinesis_feed *feed,
                        struct kinesis_delivery *delivery, uint64_t begin_ns)
{
    int64_t now_us = clock_now_us(fetch->options.clock);
    const struct kinesis_fetched *fetched = &delivery->fetched;
    kinesis_job_succeed(&feed->job);
    note_page(feed, fetched, now_us);
    feed->state.ended = fetched->ended;
    if (fetched->ended || fetched->page.has_children) {
        set_due(fetch, &fetch->list, 0);
    }
    set_due_after(fetch, &feed->job, begin_ns,
                  kinesis_pace_after_page(&fetch->options.pace, fetched->page.bytes,
                                          fetched->page.behind_ms != 0));
    if (feed->dropped || !is_news(feed, fetched, now_us)) {
        kinesis_queue_give_back(&fetch->queue, &delivery);
        return;
    }
    feed->holders++;
    delivery->feed = feed;
    delivery->context = feed->context;
    kinesis_queue_put(&fetch->queue, delivery);
    pthread_cond_signal(&fetch->ready);
}

static void fetch_page(struct worker *worker, struct kinesis_feed *feed)
{
    struct kinesis_fetch *fetch = worker->fetch;
    struct kinesis_delivery *delivery = kinesis_queue_blank(&fetch->queue);
    uint64_t begin_ns = clock_monotonic_ns();
    feed->holders++;
    fetch->flying++;
    unlock(fetch);
    const struct kinesis_room room = {&delivery->body, delivery->arena};
    enum kinesis_outcome outcome = kinesis_cursor_fetch(
        &feed->cursor, &worker->call, fetch->options.clock, room, &delivery->fetched);
    lock(fetch);
    fetch->flying--;
    feed->job.busy = false;
    if (outcome == KINESIS_FINE) {
        finish_page(fetch, feed, delivery, begin_ns);
    } else {
        kinesis_queue_give_back(&fetch->queue, &delivery);
        feed->state.throttled += outcome == KINESIS_THROTTLED;
        feed->state.retried += outcome != KINESIS_THROTTLED;
        feed->state.refused = outcome == KINESIS_REFUSED;
        set_due(fetch, &feed->job, fail_job(worker, &feed->job, outcome));
    }
    release(feed);
}

static void list(struct worker *worker)
{
    struct kinesis_fetch *fetch = worker->fetch;
    struct kinesis_delivery *delivery = kinesis_queue_blank(&fetch->queue);
    fetch->list.due_ns = UINT64_MAX; /* whoever wants it again meanwhile, says so */
    unlock(fetch);
    enum kinesis_outcome outcome =
        kinesis_call_list(&worker->call, delivery->arena, &delivery->listing);
    lock(fetch);
    fetch->list.busy = false;
    int64_t wait_ms = fetch->options.pace.list_ms;
    if (outcome == KINESIS_FINE) {
        kinesis_job_succeed(&fetch->list);
        kinesis_queue_put(&fetch->queue, delivery);
        pthread_cond_signal(&fetch->ready);
    } else {
        kinesis_queue_give_back(&fetch->queue, &delivery);
        wait_ms = fail_job(worker, &fetch->list, outcome);
    }
    if (outcome != KINESIS_FINE || fetch->list.due_ns == UINT64_MAX) {
        set_due(fetch, &fetch->list, wait_ms);
    }
}

static void *run(void *context)
{
    struct worker *worker = context;
    struct kinesis_fetch *fetch = worker->fetch;
    struct kinesis_job *job;
    lock(fetch);
    while ((job = take_job(worker)) != NULL) {
        if (job == &fetch->list) {
            list(worker);
        } else {
            fetch_page(worker, (struct kinesis_feed *)job);
        }
    }
    unlock(fetch);
    return NULL;
}

/* ---- the owner's side ---- */

static void start_thread(struct kinesis_fetch *fetch, size_t number)
{
    struct worker *worker = &fetch->workers[number];
    worker->fetch = fetch;
    worker->beat_ns = clock_monotonic_ns();
    worker->random = (uint32_t)clock_monotonic_ns() + (uint32_t)number * 2654435761U;
    worker->random |= 1; /* xorshift stays at 0 */
    kinesis_call_init(&worker->call, fetch->options.client, fetch->options.stream);
    check(pthread_create(&worker->thread, NULL, run, worker) == 0);
}

struct kinesis_fetch *kinesis_fetch_new(const struct kinesis_fetch_options *options)
{
    struct kinesis_fetch *fetch = allocate(1, sizeof *fetch);
    pthread_condattr_t attributes;
    fetch->options = *options;
    check(options->threads >= 1);
    check(pthread_condattr_init(&attributes) == 0 &&
          pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
          pthread_mutex_init(&fetch->lock, NULL) == 0 &&
          pthread_cond_init(&fetch->work, &attributes) == 0 &&
          pthread_cond_init(&fetch->ready, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
    fetch->workers = allocate(options->threads, sizeof *fetch->workers);
    for (size_t i = 0; i < options->threads; i++) {
        start_thread(fetch, i);
    }
    return fetch;
}

static void drop_feed(struct kinesis_fetch *fetch, struct kinesis_feed *feed)
{
    size_t kept = 0;
    for (size_t i = 0; i < fetch->feed_count; i++) {
        if (fetch->feeds[i] != feed) {
            fetch->feeds[kept++] = fetch->feeds[i];
        }
    }
    check(kept + 1 == fetch->feed_count);
    fetch->feed_count = kept;
    feed->dropped = true;
    release(feed);
}

void kinesis_fetch_free(struct kinesis_fetch **fetch)
{
    struct kinesis_fetch *ended = *fetch;
    struct kinesis_delivery *delivery;
    if (!ended) {
        return;
    }
    lock(ended);
    ended->stopping = true;
    pthread_cond_broadcast(&ended->work);
    unlock(ended);
    aws_client_cancel(ended->options.client);
    for (size_t i = 0; i < ended->options.threads; i++) {
        check(pthread_join(ended->workers[i].thread, NULL) == 0);
        kinesis_call_deinit(&ended->workers[i].call);
    }
    while ((delivery = kinesis_fetch_take(ended, 0)) != NULL) {
        kinesis_fetch_give_back(ended, &delivery);
    }
    while (ended->feed_count) {
        drop_feed(ended, ended->feeds[0]);
    }
    kinesis_queue_deinit(&ended->queue);
    kinesis_job_deinit(&ended->list);
    pthread_cond_destroy(&ended->ready);
    pthread_cond_destroy(&ended->work);
    pthread_mutex_destroy(&ended->lock);
    free(ended->feeds);
    free(ended->workers);
    free(ended);
    *fetch = NULL;
}

struct kinesis_feed *kinesis_fetch_add(struct kinesis_fetch *fetch, struct span shard,
                                       const struct kinesis_position *position, bool fresh,
                                       void *context)
{
    struct kinesis_feed *feed = allocate(1, sizeof *feed);
    kinesis_cursor_init(&feed->cursor, shard, position, fresh);
    feed->context = context;
    feed->holders = 1;
    feed->state.behind_ms = -1;
    feed->state.record_age_ms = -1;
    feed->state.answered_us = clock_now_us(fetch->options.clock);
    lock(fetch);
    if (fetch->feed_count == fetch->feed_capacity) {
        size_t grown = fetch->feed_capacity ? fetch->feed_capacity * 2 : 16;
        struct kinesis_feed **feeds = realloc(fetch->feeds, grown * sizeof(struct kinesis_feed *));
        if (!feeds) {
            check_memory_exhausted(grown * sizeof(struct kinesis_feed *));
        }
        fetch->feeds = feeds;
        fetch->feed_capacity = grown;
    }
    fetch->feeds[fetch->feed_count++] = feed;
    set_due(fetch, &feed->job, 0);
    unlock(fetch);
    return feed;
}

void kinesis_fetch_drop(struct kinesis_fetch *fetch, struct kinesis_feed **feed)
{
    lock(fetch);
    drop_feed(fetch, *feed);
    unlock(fetch);
    *feed = NULL;
}

/* The oldest delivery whose feed is still wanted. */
static struct kinesis_delivery *take_wanted(struct kinesis_fetch *fetch)
{
    struct kinesis_delivery *delivery;
    while ((delivery = kinesis_queue_take(&fetch->queue)) != NULL) {
        pthread_cond_broadcast(&fetch->work); /* there may be room for several pages now */
        if (!delivery->feed || !delivery->feed->dropped) {
            return delivery;
        }
        release(delivery->feed);
        kinesis_queue_give_back(&fetch->queue, &delivery);
    }
    return NULL;
}

struct kinesis_delivery *kinesis_fetch_take(struct kinesis_fetch *fetch, int wait_ms)
{
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    lock(fetch);
    struct kinesis_delivery *delivery = take_wanted(fetch);
    while (!delivery && clock_monotonic_ns() < until_ns) {
        wait_until(fetch, &fetch->ready, until_ns);
        delivery = take_wanted(fetch);
    }
    unlock(fetch);
    return delivery;
}

void kinesis_fetch_give_back(struct kinesis_fetch *fetch, struct kinesis_delivery **delivery)
{
    lock(fetch);
    if ((*delivery)->feed) {
        release((*delivery)->feed);
    }
    kinesis_queue_give_back(&fetch->queue, delivery);
    unlock(fetch);
}

void kinesis_fetch_list_within(struct kinesis_fetch *fetch, int64_t wait_ms)
{
    lock(fetch);
    uint64_t due_ns = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    if (due_ns < fetch->list.due_ns) {
        set_due(fetch, &fetch->list, wait_ms);
    }
    unlock(fetch);
}

struct kinesis_feed_state kinesis_fetch_state(struct kinesis_fetch *fetch,
                                              const struct kinesis_feed *feed)
{
    lock(fetch);
    struct kinesis_feed_state state = feed->state;
    unlock(fetch);
    return state;
}

int64_t kinesis_fetch_standing_ms(struct kinesis_fetch *fetch)
{
    lock(fetch);
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t oldest_ns = now_ns;
    for (size_t i = 0; i < fetch->options.threads; i++) {
        uint64_t beat_ns = fetch->workers[i].beat_ns;
        oldest_ns = beat_ns < oldest_ns ? beat_ns : oldest_ns;
    }
    unlock(fetch);
    return (int64_t)((now_ns - oldest_ns) / NS_PER_MS);
}

enum kinesis_trouble kinesis_fetch_trouble(struct kinesis_fetch *fetch, struct buf *problem,
                                           struct buf *shard)
{
    lock(fetch);
    const struct kinesis_job *worst = &fetch->list;
    buf_clear(shard);
    for (size_t i = 0; i < fetch->feed_count; i++) {
        if (fetch->feeds[i]->job.trouble > worst->trouble) {
            worst = &fetch->feeds[i]->job;
            buf_clear(shard);
            buf_append(shard, buf_view(&fetch->feeds[i]->cursor.shard));
        }
    }
    enum kinesis_trouble trouble = worst->trouble;
    buf_clear(problem);
    if (trouble != KINESIS_TROUBLE_NONE) {
        buf_append(problem, buf_view(&worst->problem));
    }
    unlock(fetch);
    return trouble;
}
