/* sender.c: the thread and what it shares with the store's owner: a cursor, and a box of refusals
 * that is emptied with it (recovery-rules.md, rule 18). */
#include "app/run/sender.h"

#include "app/event.h"
#include "app/health/health.h"
#include "app/notify/stretch.h"
#include "base/check.h"
#include "sqlite/sqlite_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    BOX_REFUSALS_MAX = 64,
    IDLE_MS = 1000,         /* how long the thread waits without being woken */
    LIMIT_MS = 30000,       /* a round holds one send, which has its own limits */
};

struct sender {
    struct outlet *outlet;
    struct outlet_services services;
    struct store *reader;   /* of the thread alone */
    struct stretch stretch; /* likewise */
    struct health_loop *loop;
    pthread_t thread;
    pthread_mutex_t mutex;  /* of all below */
    pthread_cond_t changed;
    bool woken;
    bool stopping;
    bool failed;
    bool failing;           /* the sink takes nothing */
    uint64_t cursor;
    uint64_t recorded;      /* the cursor that the store has */
    struct store_refusal box[BOX_REFUSALS_MAX];
    size_t box_count;
    struct arena *box_arena;
};

static void lock(struct sender *sender)
{
    check(pthread_mutex_lock(&sender->mutex) == 0);
}

static void unlock(struct sender *sender)
{
    check(pthread_mutex_unlock(&sender->mutex) == 0);
}

/* Under the mutex: waits for a change, at most wait_ms. */
static void wait_changed(struct sender *sender, int wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&sender->changed, &sender->mutex, &until);
}

static bool is_stopping(struct sender *sender)
{
    lock(sender);
    bool stopping = sender->stopping;
    unlock(sender);
    return stopping;
}

/* Until somebody wakes the thread, or wait_ms are over. */
static void rest(struct sender *sender, int wait_ms)
{
    lock(sender);
    if (!sender->woken && !sender->stopping) {
        wait_changed(sender, wait_ms);
    }
    sender->woken = false;
    unlock(sender);
}

/* A back-off: new alerts do not cut it short, the end does. */
static void rest_until_due(struct sender *sender)
{
    lock(sender);
    if (!sender->stopping) {
        wait_changed(sender, outlet_wait_ms(sender->outlet, IDLE_MS));
    }
    unlock(sender);
}

static void publish(struct sender *sender)
{
    size_t settled = courier_settled(sender->outlet->courier);
    lock(sender);
    if (settled > 0) {
        sender->cursor = sender->stretch.items[settled - 1].sequence;
    }
    sender->failing = courier_stats(sender->outlet->courier).failing_since_ns != 0;
    unlock(sender);
}

/* Under the mutex; waits for room. False at the end. */
static bool put_into_box(struct sender *sender, const struct courier_refusal *refusal)
{
    while (sender->box_count == BOX_REFUSALS_MAX && !sender->stopping) {
        wait_changed(sender, IDLE_MS);
    }
    if (sender->box_count == BOX_REFUSALS_MAX) {
        return false;
    }
    sender->box[sender->box_count++] = (struct store_refusal){
        .sink = sender->outlet->sink->name,
        .alert_sequence = refusal->alert->sequence,
        .reason = arena_copy(sender->box_arena, refusal->reason),
        .refused_us = clock_now_us(clock_system()),
    };
    return true;
}

/* The box goes into the store together with any cursor published later: they count as kept. At the
 * end some may not fit: then they are not, and the next start meets the refusal again. */
static void keep_refusals(struct sender *sender)
{
    size_t count = 0;
    const struct courier_refusal *refusals = courier_refusals(sender->outlet->courier, &count);
    size_t kept = 0;
    lock(sender);
    while (kept < count && put_into_box(sender, &refusals[kept])) {
        kept++;
    }
    unlock(sender);
    if (kept == count) {
        courier_refusals_kept(sender->outlet->courier);
    }
}

static void show_waiting(struct sender *sender)
{
    uint64_t signal_last = 0;
    uint64_t alert_last = 0;
    if (sender->reader->ops->sequences(sender->reader, &signal_last, &alert_last) == STATUS_OK) {
        uint64_t cursor = sender_cursor(sender);
        outlet_show_waiting(sender->outlet, alert_last > cursor ? alert_last - cursor : 0);
    }
}

static void fail(struct sender *sender)
{
    struct log_field field = log_text("problem", sender->reader->ops->problem(sender->reader));
    event_tell(sender->services.log, EVENT_STORE_FAILED, &field, 1);
    lock(sender);
    sender->failed = true;
    sender->stopping = true;
    unlock(sender);
}

/* The alerts behind the stretch that is done; rests where there are none. */
static void load_next(struct sender *sender)
{
    uint64_t cursor = sender_cursor(sender);
    stretch_clear(&sender->stretch);
    enum status status = sender->reader->ops->alerts_after(
        sender->reader, cursor, STRETCH_ALERTS_MAX, stretch_add, &sender->stretch);
    if (status != STATUS_OK && status != STATUS_LIMIT) {
        fail(sender);
        return;
    }
    outlet_load(sender->outlet, sender->stretch.items, sender->stretch.count, 0);
    show_waiting(sender);
    if (sender->stretch.count == 0) {
        rest(sender, IDLE_MS);
    }
}

static void *run(void *context)
{
    struct sender *sender = context;
    while (!is_stopping(sender)) {
        health_beat(sender->loop);
        enum courier_step step = outlet_step(sender->outlet);
        publish(sender);
        switch (step) {
        case COURIER_DONE: load_next(sender); break;
        case COURIER_SENT: break;
        case COURIER_WAITS:
            show_waiting(sender);
            rest_until_due(sender);
            break;
        case COURIER_REFUSED:
            keep_refusals(sender);
            publish(sender);
            break;
        }
    }
    health_loop_end(sender->loop);
    return NULL;
}

static void init_shared(struct sender *sender)
{
    pthread_condattr_t attributes;
    check(pthread_condattr_init(&attributes) == 0);
    check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    check(pthread_cond_init(&sender->changed, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
    check(pthread_mutex_init(&sender->mutex, NULL) == 0);
    sender->box_arena = arena_new(0);
    stretch_init(&sender->stretch);
}

static enum status open_parts(struct sender *sender, const struct sender_options *options,
                              struct arena *arena, struct span *problem)
{
    const struct sink_cursor cursor = {.alert_sequence = options->cursor};
    struct sink_cursor opened;
    enum status status =
        outlet_new(options->services, options->item, arena, problem, &sender->outlet);
    if (status == STATUS_OK) {
        status = sqlite_store_open(options->store_path, SQLITE_STORE_READ, arena, problem,
                                   &sender->reader);
    }
    if (status == STATUS_OK) {
        status = sender->outlet->sink->ops->open(sender->outlet->sink, &cursor, &opened);
    }
    return status;
}

static void start_thread(struct sender *sender)
{
    struct buf name = {0};
    buf_printf(&name, "sink %.*s", SPAN_ARG(sender_name(sender)));
    sender->loop = health_loop(sender->services.health, buf_view(&name), LIMIT_MS);
    buf_deinit(&name);
    check(pthread_create(&sender->thread, NULL, run, sender) == 0);
}

static void release(struct sender **sender)
{
    struct sender *ended = *sender;
    if (ended->outlet) {
        outlet_free(&ended->outlet);
    }
    if (ended->reader) {
        ended->reader->ops->free(ended->reader);
    }
    stretch_deinit(&ended->stretch);
    arena_free(&ended->box_arena);
    pthread_cond_destroy(&ended->changed);
    pthread_mutex_destroy(&ended->mutex);
    free(ended);
    *sender = NULL;
}

enum status sender_start(const struct sender_options *options, struct arena *arena,
                         struct span *problem, struct sender **out)
{
    struct sender *sender = calloc(1, sizeof *sender);
    if (!sender) {
        check_memory_exhausted(sizeof *sender);
    }
    sender->services = *options->services;
    sender->cursor = options->cursor;
    sender->recorded = options->cursor;
    init_shared(sender);
    enum status status = open_parts(sender, options, arena, problem);
    if (status != STATUS_OK) {
        release(&sender);
        return status;
    }
    start_thread(sender);
    *out = sender;
    return STATUS_OK;
}

void sender_wake(struct sender *sender)
{
    lock(sender);
    sender->woken = true;
    pthread_cond_broadcast(&sender->changed);
    unlock(sender);
}

/* Under the mutex. */
static enum status record_refusals(struct sender *sender, struct store *store)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sender->box_count && status == STATUS_OK; i++) {
        status = store->ops->put_refusal(store, &sender->box[i]);
    }
    if (status == STATUS_OK && sender->box_count) {
        sender->box_count = 0;
        arena_reset(sender->box_arena);
        pthread_cond_broadcast(&sender->changed);
    }
    return status;
}

enum status sender_record(struct sender *sender, struct store *store)
{
    lock(sender);
    enum status status = record_refusals(sender, store);
    const struct sink_cursor cursor = {.alert_sequence = sender->cursor};
    if (status == STATUS_OK && sender->cursor != sender->recorded) {
        status = store->ops->set_cursor(store, sender->outlet->sink->name, &cursor);
        sender->recorded = sender->cursor;
    }
    if (status == STATUS_OK && sender->failed) {
        status = STATUS_IO;
    }
    unlock(sender);
    return status;
}

uint64_t sender_cursor(struct sender *sender)
{
    lock(sender);
    uint64_t cursor = sender->cursor;
    unlock(sender);
    return cursor;
}

bool sender_is_failing(struct sender *sender)
{
    lock(sender);
    bool failing = sender->failing;
    unlock(sender);
    return failing;
}

struct span sender_name(const struct sender *sender)
{
    return sender->outlet->sink->name;
}

void sender_stop(struct sender *sender)
{
    lock(sender);
    sender->stopping = true;
    pthread_cond_broadcast(&sender->changed);
    unlock(sender);
    outlet_cancel(sender->outlet);
    check(pthread_join(sender->thread, NULL) == 0);
}

void sender_free(struct sender **sender)
{
    release(sender);
}
