/* courier.c: a batch holds no two states of one alert, so that one that failed never lets a later
 * one pass; what failed is in the next batch again, together with what stands behind it. */
#include "app/notify/courier.h"

#include "app/notify/sent_versions.h"
#include "base/check.h"

#include <stdlib.h>

enum { MILLISECOND_NS = 1000 * 1000, DOUBLINGS_MAX = 16 };

struct courier {
    struct courier_options options;
    struct sent_versions *versions;
    const struct alert *alerts;
    size_t count;
    bool again;   /* the stretch was sent before */
    bool settled[COURIER_STRETCH_MAX];
    size_t front; /* all before it are settled */
    struct alert batch[COURIER_STRETCH_MAX];
    size_t places[COURIER_STRETCH_MAX]; /* of the batch's alerts in the stretch */
    size_t batch_count;
    struct courier_refusal refusals[SINK_ANSWERS_MAX];
    size_t refused_places[SINK_ANSWERS_MAX];
    size_t refusal_count;
    struct arena *arena; /* of the refusals' reasons */
    uint64_t due_ns;
    unsigned repeats; /* sends in a row of which nothing was taken */
    uint64_t chance;
    struct courier_stats stats;
};

struct courier *courier_new(const struct courier_options *options)
{
    struct courier *courier = calloc(1, sizeof *courier);
    if (!courier) {
        check_memory_exhausted(sizeof *courier);
    }
    courier->options = *options;
    courier->versions = sent_versions_new();
    courier->arena = arena_new(0);
    courier->chance = options->seed | 1;
    return courier;
}

void courier_free(struct courier **courier)
{
    struct courier *ended = *courier;
    sent_versions_free(&ended->versions);
    arena_free(&ended->arena);
    free(ended);
    *courier = NULL;
}

void courier_recall(struct courier *courier, const struct alert *alert)
{
    sent_versions_note(courier->versions, alert);
}

void courier_load(struct courier *courier, const struct alert *alerts, size_t count)
{
    check(courier->front == courier->count && courier->refusal_count == 0);
    check(count <= COURIER_STRETCH_MAX);
    courier->alerts = alerts;
    courier->count = count;
    courier->front = 0;
    courier->again = false;
    memset(courier->settled, 0, sizeof courier->settled);
}

void courier_load_again(struct courier *courier, const struct alert *alerts, size_t count)
{
    courier_load(courier, alerts, count);
    courier->again = true;
}

void courier_drop(struct courier *courier)
{
    courier->count = 0;
    courier->front = 0;
    courier->refusal_count = 0;
}

size_t courier_settled(const struct courier *courier)
{
    return courier->front;
}

uint64_t courier_due_ns(const struct courier *courier)
{
    return courier->due_ns;
}

struct courier_stats courier_stats(const struct courier *courier)
{
    return courier->stats;
}

static void tell(struct courier *courier, enum courier_news news, const struct alert *alert,
                 struct span reason)
{
    if (courier->options.tell) {
        courier->options.tell(courier->options.context, news, alert, reason);
    }
}

static void settle(struct courier *courier, size_t place)
{
    courier->settled[place] = true;
    while (courier->front < courier->count && courier->settled[courier->front]) {
        courier->front++;
    }
}

static void settle_done(struct courier *courier, size_t place)
{
    sent_versions_note(courier->versions, &courier->alerts[place]);
    settle(courier, place);
}

static bool is_outdated(const struct courier *courier, const struct alert *alert)
{
    return courier->again ? sent_versions_passed(courier->versions, alert)
                          : sent_versions_hold(courier->versions, alert);
}

/* Settles what is not to be sent; true when it is to be. */
static bool is_to_be_sent(struct courier *courier, size_t place)
{
    const struct alert *alert = &courier->alerts[place];
    if (courier->settled[place]) {
        return false;
    }
    if (is_outdated(courier, alert)) {
        courier->stats.outdated++;
        settle(courier, place);
        return false;
    }
    if (courier->options.wants && !courier->options.wants(courier->options.context, alert)) {
        courier->stats.unwanted++;
        settle(courier, place);
        return false;
    }
    return true;
}

static bool batch_holds(const struct courier *courier, const struct digest *id)
{
    for (size_t i = 0; i < courier->batch_count; i++) {
        if (digest_equals(&courier->batch[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* What can be sent now: up to the second state of an alert, or as many as the sink takes. */
static void choose_batch(struct courier *courier)
{
    size_t most = courier->options.sink->ops->answer ? SINK_ANSWERS_MAX : COURIER_STRETCH_MAX;
    courier->batch_count = 0;
    for (size_t place = courier->front; place < courier->count; place++) {
        if (!is_to_be_sent(courier, place)) {
            continue;
        }
        if (courier->batch_count == most ||
            batch_holds(courier, &courier->alerts[place].id)) {
            break;
        }
        courier->places[courier->batch_count] = place;
        courier->batch[courier->batch_count++] = courier->alerts[place];
    }
}

/* What the sink said of one alert of the batch. */
static struct sink_answer answer_of(const struct courier *courier, enum status status, size_t i)
{
    const struct sink *sink = courier->options.sink;
    if (status == STATUS_OK) {
        return (struct sink_answer){.verdict = SINK_SENT};
    }
    if (status == STATUS_AGAIN && sink->ops->answer) {
        return sink->ops->answer(sink, i);
    }
    return (struct sink_answer){.verdict = SINK_BLOCKED, .reason = sink->ops->problem(sink)};
}

static void refuse(struct courier *courier, size_t place, struct span reason)
{
    check(courier->refusal_count < SINK_ANSWERS_MAX);
    size_t at = courier->refusal_count++;
    courier->refused_places[at] = place;
    courier->refusals[at] = (struct courier_refusal){
        .alert = &courier->alerts[place],
        .reason = arena_copy(courier->arena, reason),
    };
    courier->stats.refused++;
    tell(courier, COURIER_REFUSAL, &courier->alerts[place], reason);
}

/* xorshift64: chance for waits, which needs no more. */
static uint64_t chance(struct courier *courier, uint64_t below)
{
    courier->chance ^= courier->chance << 13;
    courier->chance ^= courier->chance >> 7;
    courier->chance ^= courier->chance << 17;
    return below ? courier->chance % below : 0;
}

static uint64_t wait_ms(struct courier *courier, const struct sink_answer *worst)
{
    bool blocked = worst->verdict == SINK_BLOCKED;
    uint64_t most = blocked ? COURIER_BLOCKED_MS_MAX : COURIER_LATER_MS_MAX;
    uint64_t wait = blocked ? COURIER_BLOCKED_MS : COURIER_LATER_MS;
    unsigned doublings = courier->repeats ? courier->repeats - 1 : 0;
    wait <<= doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX;
    wait = wait < most ? wait : most;
    wait = wait / 2 + chance(courier, wait / 2 + 1);
    uint64_t asked = worst->retry_after_ms > 0 ? (uint64_t)worst->retry_after_ms : 0;
    asked = asked < COURIER_ASKED_MS_MAX ? asked : COURIER_ASKED_MS_MAX;
    return asked > wait ? asked : wait;
}

static void note_trouble(struct courier *courier, const struct sink_answer *worst, uint64_t now_ns)
{
    if (courier->stats.failing_since_ns == 0) {
        courier->stats.failing_since_ns = now_ns;
        tell(courier, worst->verdict == SINK_BLOCKED ? COURIER_BLOCKED : COURIER_TROUBLE, NULL,
             worst->reason);
    }
}

static void note_recovery(struct courier *courier)
{
    if (courier->stats.failing_since_ns) {
        courier->stats.failing_since_ns = 0;
        tell(courier, COURIER_RECOVERED, NULL, SPAN(""));
    }
}

/* Settles by the answers; returns whether the sink dealt with any, and the worst of the others. */
static bool take_answers(struct courier *courier, enum status status, struct sink_answer *worst)
{
    bool any = false;
    for (size_t i = 0; i < courier->batch_count; i++) {
        struct sink_answer answer = answer_of(courier, status, i);
        switch (answer.verdict) {
        case SINK_SENT:
            courier->stats.sent++;
            settle_done(courier, courier->places[i]);
            any = true;
            break;
        case SINK_REFUSED:
            refuse(courier, courier->places[i], answer.reason);
            any = true;
            break;
        case SINK_LATER:
        case SINK_BLOCKED:
            if (answer.verdict >= worst->verdict) {
                *worst = answer;
            }
            break;
        }
    }
    return any;
}

static void send_batch(struct courier *courier, uint64_t now_ns)
{
    struct sink *sink = courier->options.sink;
    struct sink_cursor cursor;
    struct sink_answer worst = {.verdict = SINK_SENT};
    arena_reset(courier->arena);
    enum status status = sink->ops->send(sink, courier->batch, courier->batch_count, &cursor);
    bool any = take_answers(courier, status, &worst);
    courier->repeats = any ? 0 : courier->repeats + 1;
    courier->due_ns = now_ns;
    if (worst.verdict != SINK_SENT) {
        courier->stats.failed += worst.verdict == SINK_LATER;
        courier->stats.blocked += worst.verdict == SINK_BLOCKED;
        courier->due_ns = now_ns + wait_ms(courier, &worst) * MILLISECOND_NS;
    }
    if (any) {
        note_recovery(courier);
    } else {
        note_trouble(courier, &worst, now_ns);
    }
}

enum courier_step courier_step(struct courier *courier, uint64_t now_ns)
{
    if (courier->refusal_count) {
        return COURIER_REFUSED;
    }
    choose_batch(courier);
    if (courier->batch_count == 0) {
        return COURIER_DONE;
    }
    if (now_ns < courier->due_ns) {
        return COURIER_WAITS;
    }
    send_batch(courier, now_ns);
    return courier->refusal_count ? COURIER_REFUSED : COURIER_SENT;
}

const struct courier_refusal *courier_refusals(const struct courier *courier, size_t *count)
{
    *count = courier->refusal_count;
    return courier->refusals;
}

void courier_refusals_kept(struct courier *courier)
{
    for (size_t i = 0; i < courier->refusal_count; i++) {
        settle_done(courier, courier->refused_places[i]);
    }
    courier->refusal_count = 0;
}
