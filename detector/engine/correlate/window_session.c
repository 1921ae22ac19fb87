/* window_session.c: a session is events of a group without a pause between them that is longer than
 * the gap; it holds no others, and one that comes late may make two of them one. It is over when no
 * event that is not too late could join it. */
#include "engine/correlate/window_kind.h"

/* The gap of a session stands in the timespan of its rule. */
static bool is_pause(const struct correlation *rule, const struct events *events, size_t place)
{
    int64_t pause_us;
    return __builtin_sub_overflow(events_time_us(events, place),
                                  events_time_us(events, place - 1), &pause_us) ||
           pause_us > rule->timespan_us;
}

/* The first event of the session that an event lies in; and the one behind its last. */
static size_t first_of(const struct correlation *rule, const struct events *events, size_t place)
{
    while (place > 0 && !is_pause(rule, events, place)) {
        place--;
    }
    return place;
}

static size_t end_of(const struct correlation *rule, const struct events *events, size_t place)
{
    do {
        place++;
    } while (place < events_count(events) && !is_pause(rule, events, place));
    return place;
}

/* At once, an event counts as long as one of a timespan; else a session is decided by it. */
static int64_t session_late_us(const struct correlation *rule, int64_t event_time_us)
{
    return window_waits(rule) ? window_passed_us(rule, event_time_us)
                              : correlation_end_us(rule, event_time_us);
}

static bool look(const struct window *window, const struct correlation *rule, size_t place,
                 struct operator_firing *out)
{
    const struct events *events = &window->events;
    struct events_shape shape = window_shape(rule);
    struct measure measure;
    size_t first = first_of(rule, events, place);
    int64_t before_us; /* what came in the gap before it may have belonged to it */
    bool below = __builtin_sub_overflow(events_time_us(events, first), rule->timespan_us,
                                        &before_us) || before_us == INT64_MIN;
    measure_begin(&measure, rule, events, &shape, first);
    measure_take(&measure, end_of(rule, events, place));
    return window_fires(window, &measure, below ? INT64_MIN : before_us - 1, out);
}

/* The last event that may join comes a gap behind the session's last, and may be late. */
static int64_t session_due_us(const struct window *window, const struct correlation *rule)
{
    size_t end = end_of(rule, &window->events, 0);
    int64_t last_us = events_time_us(&window->events, end - 1);
    return window_later_us(session_late_us(rule, last_us), rule->timespan_us);
}

static bool session_advance(struct window *window, const struct correlation *rule,
                            int64_t watermark_us, struct operator_firing *out)
{
    bool fires = false;
    while (!fires && events_count(&window->events) > 0 &&
           session_due_us(window, rule) <= watermark_us) {
        fires = window_waits(rule) && look(window, rule, 0, out);
        events_forget_first(&window->events, end_of(rule, &window->events, 0));
    }
    return fires;
}

static int64_t session_shows_from_us(const struct window *window, const struct correlation *rule)
{
    return events_time_us(&window->events, end_of(rule, &window->events, 0) - 1);
}

const struct window_kind window_session = {
    .late_us = session_late_us,
    .due_us = session_due_us,
    .advance = session_advance,
    .apply = look,
    .shows_from_us = session_shows_from_us,
};
