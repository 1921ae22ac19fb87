/* decide_look.c: what is looked at once a second, and the topic's id twice a minute. */
#include "app/detect/decide_loop.h"

#include "app/event.h"

#include <inttypes.h>
#include <stdio.h>

enum { DESCRIBE_WAIT_MS = 3000, LOOKS_PER_ID = 30, NUMBER_BYTES = 16 };
static const uint64_t look_interval_ns = 1000000000;

/* A log made anew while we run: positions and state are of the old one (rule 11). */
static void look_at_id(struct decide_loop *loop)
{
    struct arena *arena = arena_new(0);
    struct kafka_problem problem = {.trouble = KAFKA_FINE};
    const struct kafka_setup_topic *signals = &loop->detect->topics[DETECT_SIGNALS];
    struct kafka_topic found = {0};
    enum status status = kafka_admin_describe(loop->admin, &signals->name, 1, DESCRIBE_WAIT_MS,
                                              arena, &found, &problem);
    if (status == STATUS_OK && found.exists && !span_equals(found.id, signals->id)) {
        const struct log_field fields[] = {
            log_text("topic", signals->name),
            log_text("topic_before", signals->id),
            log_text("topic_now", found.id),
        };
        event_tell(loop->detect->log, EVENT_TOPIC_ANEW, fields, sizeof fields / sizeof *fields);
        loop->client.broken = true;
    }
    arena_free(&arena);
}

static void count_outcomes(struct metrics *metrics, struct decide_part *part)
{
    struct decide_counts counts = decide_part_take_counts(part);
    const struct {
        enum app_metric row;
        struct span label;
        uint64_t count;
    } rows[] = {
        {METRIC_DECIDED, SPAN("opened"), counts.opened},
        {METRIC_DECIDED, SPAN("suppressed"), counts.suppressed},
        {METRIC_DECIDED, SPAN("duplicate"), counts.duplicates},
        {METRIC_DECIDED, SPAN("below_floor"), counts.below_floor},
        {METRIC_DECIDED, SPAN("kept"), counts.kept},
        {METRIC_DECIDED, SPAN("late"), counts.late},
        {METRIC_DECIDED, SPAN("refused"), counts.refused},
        {METRIC_FORGOTTEN, SPAN("finding_ids"), counts.forgotten},
        {METRIC_FORGOTTEN, SPAN("episodes"), counts.closed_early},
        {METRIC_FORGOTTEN, SPAN("groups"), counts.evicted},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        metric_add(metric_of1(metrics, rows[i].row, rows[i].label), rows[i].count);
    }
}

struct group_count_place {
    struct decide_loop *loop;
    size_t seat;
};

static void count_groups(void *context, const struct correlate_state *state)
{
    const struct group_count_place *place = context;
    const struct group_count count = {state->groups, state->learning, state->bytes};
    group_counts_add(place->loop->groups, place->seat, state->policy_id, count);
}

void decide_look_at_groups(struct decide_loop *loop, struct decide_seat *seat)
{
    struct group_count_place place = {loop, (size_t)(seat - loop->seats)};
    group_counts_begin(loop->groups, place.seat);
    decider_look(decide_part_decider(seat->part), count_groups, &place);
    group_counts_tell(loop->groups, loop->detect->metrics);
    seat->groups_told = true;
}

static void hide_groups(struct decide_loop *loop, struct decide_seat *seat)
{
    if (seat->groups_told) {
        group_counts_begin(loop->groups, (size_t)(seat - loop->seats));
        group_counts_tell(loop->groups, loop->detect->metrics);
        seat->groups_told = false;
    }
}

/* What belongs to a partition is told by its owner alone. */
static void hide(struct decide_loop *loop, struct span topic, struct span number)
{
    static const enum app_metric rows[] = {METRIC_OPEN_EPISODES, METRIC_SNAPSHOT_BYTES,
                                           METRIC_SNAPSHOT_AGE};
    struct metrics *metrics = loop->detect->metrics;
    metric_hide(metric_of2(metrics, METRIC_LAG_RECORDS, topic, number));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        metric_hide(metric_of1(metrics, rows[i], number));
    }
}

static void measure(struct decide_loop *loop, struct decide_seat *seat)
{
    char text[NUMBER_BYTES];
    int length = snprintf(text, sizeof text, "%" PRId32, seat->number);
    struct span number = span_of(text, (size_t)length);
    struct metrics *metrics = loop->detect->metrics;
    struct span topic = loop->detect->topics[DETECT_SIGNALS].name;
    int64_t low = 0;
    int64_t high = 0;
    if (!seat->part) {
        hide(loop, topic, number);
        hide_groups(loop, seat);
        return;
    }
    if (kafka_consumer_known_watermarks(loop->client.consumer, seat->number, &low, &high)) {
        int64_t lag = high - (int64_t)decide_part_next(seat->part);
        metric_set(metric_of2(metrics, METRIC_LAG_RECORDS, topic, number),
                   lag > 0 ? (double)lag : 0);
    }
    metric_set(metric_of1(metrics, METRIC_OPEN_EPISODES, number),
               (double)decider_open_count(decide_part_decider(seat->part)));
    count_outcomes(metrics, seat->part);
    if (seat->told_offset > 0) {
        double age_s = (double)(clock_monotonic_ns() - seat->began_ns) / 1e9;
        metric_set(metric_of1(metrics, METRIC_SNAPSHOT_AGE, number), age_s);
        metric_set(metric_of1(metrics, METRIC_SNAPSHOT_BYTES, number),
                   (double)snapshot_writer_bytes(decide_part_writer(seat->part)));
    }
}

/* Alerts wait while the log is folded again, or a partition begins anew. */
static void tell_ready(struct decide_loop *loop)
{
    struct span reason = SPAN("");
    for (size_t i = 0; i < loop->seat_count; i++) {
        const struct decide_seat *seat = &loop->seats[i];
        if (seat->part && seat->failed) {
            reason = SPAN("alerts of a partition are not taken; it begins anew");
        } else if (seat->part && decide_part_next(seat->part) < seat->replay_until) {
            reason = SPAN("the log is folded again from the last snapshot");
        }
    }
    health_ready(loop->detect->health, SPAN("decide"), reason.len == 0, reason);
}

void decide_look(struct decide_loop *loop)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns < loop->look_ns) {
        return;
    }
    loop->look_ns = now_ns + look_interval_ns;
    for (size_t i = 0; i < loop->seat_count; i++) {
        measure(loop, &loop->seats[i]);
    }
    tell_ready(loop);
    if (++loop->looks % LOOKS_PER_ID == 0) {
        look_at_id(loop);
    }
}
