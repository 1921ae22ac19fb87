/* window_kind.h: what the kinds of windows have in common: the events of a group,
 * stretches of them that are looked at, and a table of functions. Inside this folder only. */
#ifndef ENGINE_CORRELATE_WINDOW_KIND_H
#define ENGINE_CORRELATE_WINDOW_KIND_H

#include "engine/correlate/measure.h"

/* The memory of a group. */
struct window {
    struct events events;
    /* there only where the condition waits */
    int64_t looked_us; /* those that end up to here were looked at; INT64_MIN: none */
    int64_t rough_us;  /* of events up to here some were counted together, or forgotten;
                          INT64_MIN: none */
};

struct window_kind {
    /* As of struct operator_type. */
    int64_t (*late_us)(const struct correlation *rule, int64_t event_time_us);
    int64_t (*due_us)(const struct window *window, const struct correlation *rule);
    bool (*advance)(struct window *window, const struct correlation *rule, int64_t watermark_us,
                    struct operator_firing *out);
    /* The event at a place came: whether a window with it in it fulfils the condition, which need
     * not wait. */
    bool (*apply)(const struct window *window, const struct correlation *rule, size_t place,
                  struct operator_firing *out);
    /* The events that are waited for are shown from here on; INT64_MAX: nothing is. Only of a
     * window that waits, and has events. */
    int64_t (*shows_from_us)(const struct window *window, const struct correlation *rule);
};

extern const struct window_kind window_sliding;
extern const struct window_kind window_tumbling;
extern const struct window_kind window_session;

/* What follows from a rule: made once of a policy, each time of a part of another rule. */
struct window_plan {
    struct events_shape shape;
    bool waits;
    /* Of a rule that need not wait: fewer events, entries of different values, or numbers that come
     * to less never fulfil the condition. */
    uint64_t enough;
    double enough_sum;
};

/* The condition is looked at when the watermark has passed the window, not before. */
static inline bool window_waits(const struct correlation *rule)
{
    const struct window_plan *plan = rule->prepared;
    return plan ? plan->waits : !correlation_is_monotone(rule);
}
/* What is kept of each event. */
struct events_shape window_shape(const struct correlation *rule);
/* A time later by so much, which is not negative; below INT64_MAX. */
int64_t window_later_us(int64_t time_us, int64_t by_us);
/* The watermark that has passed a time and the lateness: further events of that very time would be
 * late. And the highest time that a watermark has passed so. */
int64_t window_passed_us(const struct correlation *rule, int64_t time_us);
int64_t window_before_us(const struct correlation *rule, int64_t watermark_us);
/* Whether the condition holds of a stretch, which begins behind a time; *out says why. */
bool window_fires(const struct window *window, const struct measure *measure, int64_t begin_us,
                  struct operator_firing *out);

#endif
