/* window_tumbling.c: tumbling windows stand one behind the other, counted from 1970: each holds
 * what is not before its begin and before its end. Where the condition waits, a window is looked at
 * when the watermark has come to its end and the lateness; so is an empty one behind a window with
 * events, if no event at all may fulfil the condition. */
#include "engine/correlate/window_kind.h"

/* The end of the window that a time lies in, exclusive. */
static int64_t end_of(const struct correlation *rule, int64_t time_us)
{
    int64_t past_us = time_us % rule->timespan_us;
    past_us += past_us < 0 ? rule->timespan_us : 0;
    return window_later_us(time_us, rule->timespan_us - past_us);
}

static int64_t begin_us(const struct correlation *rule, int64_t end_us)
{
    int64_t begin;
    return __builtin_sub_overflow(end_us, rule->timespan_us, &begin) ? INT64_MIN : begin;
}

static int64_t close_us(const struct correlation *rule, int64_t end_us)
{
    return window_later_us(end_us, rule->lateness_us);
}

/* No event at all fulfils the condition: a mean or a percentile of none is no number. */
static bool sees_silence(const struct correlation *rule)
{
    return window_waits(rule) && rule->type <= CORRELATION_VALUE_SUM &&
           correlation_condition_holds(&rule->condition, decimal_from_int(0));
}

/* At the last microsecond of all time no window ends. */
static int64_t tumbling_late_us(const struct correlation *rule, int64_t event_time_us)
{
    int64_t end_us = end_of(rule, event_time_us);
    return end_us > event_time_us ? close_us(rule, end_us) : INT64_MIN;
}

static bool look(const struct window *window, const struct correlation *rule, int64_t end_us,
                 struct operator_firing *out)
{
    struct events_shape shape = window_shape(rule);
    struct measure measure;
    int64_t begin = begin_us(rule, end_us);
    measure_begin(&measure, rule, &window->events, &shape, events_find(&window->events, begin));
    measure_take(&measure, events_find(&window->events, end_us));
    return window_fires(window, &measure, begin == INT64_MIN ? begin : begin - 1, out);
}

static bool tumbling_apply(const struct window *window, const struct correlation *rule,
                           size_t place, struct operator_firing *out)
{
    return look(window, rule, end_of(rule, events_time_us(&window->events, place)), out);
}

/* The first window was looked at: its last event is there for the empty one behind it. */
static bool was_looked_at(const struct window *window, const struct correlation *rule)
{
    return window_waits(rule) &&
           end_of(rule, events_time_us(&window->events, 0)) <= window->looked_us;
}

static int64_t tumbling_due_us(const struct window *window, const struct correlation *rule)
{
    int64_t end_us = end_of(rule, events_time_us(&window->events, 0));
    bool behind = was_looked_at(window, rule);
    return close_us(rule, behind ? window_later_us(end_us, rule->timespan_us) : end_us);
}

/* The empty window that ends there, shown by the last event before it. */
static void tell_silence(const struct window *window, const struct correlation *rule,
                         int64_t end_us, struct operator_firing *out)
{
    struct events_shape shape = window_shape(rule);
    struct operator_event last = events_at(&window->events, &shape, 0);
    out->value = decimal_from_int(0);
    out->event_count = 0; /* not of the window before, which did not hold */
    out->approximate = false;
    out->from_us = begin_us(rule, end_us);
    out->to_us = out->closed_us = end_us;
    out->shown_us = last.time_us;
    out->shown_sequence = last.sequence;
    out->events[0] = last;
    out->listed = 1;
    out->shows_next = false;
}

/* The first window is over. */
static bool end_first(struct window *window, const struct correlation *rule,
                      struct operator_firing *out)
{
    struct events *events = &window->events;
    int64_t end_us = end_of(rule, events_time_us(events, 0));
    size_t count = events_find(events, end_us);
    bool fires = window_waits(rule) && look(window, rule, end_us, out);
    if (sees_silence(rule)) {
        window->looked_us = end_us;
        count--;
    }
    events_forget_first(events, count);
    return fires;
}

/* So is the one behind it. */
static bool end_second(struct window *window, const struct correlation *rule,
                       struct operator_firing *out)
{
    struct events *events = &window->events;
    int64_t end_us =
        window_later_us(end_of(rule, events_time_us(events, 0)), rule->timespan_us);
    bool silent = events_count(events) == 1 || end_of(rule, events_time_us(events, 1)) != end_us;
    if (silent) {
        tell_silence(window, rule, end_us, out);
    }
    events_forget_first(events, 1);
    return silent;
}

static bool tumbling_advance(struct window *window, const struct correlation *rule,
                             int64_t watermark_us, struct operator_firing *out)
{
    bool fires = false;
    while (!fires && events_count(&window->events) > 0 &&
           tumbling_due_us(window, rule) <= watermark_us) {
        fires = was_looked_at(window, rule) ? end_second(window, rule, out)
                                            : end_first(window, rule, out);
    }
    return fires;
}

static int64_t tumbling_shows_from_us(const struct window *window, const struct correlation *rule)
{
    const struct events *events = &window->events;
    int64_t end_us = end_of(rule, events_time_us(events, 0));
    return events_time_us(events, events_find(events, end_us) - 1);
}

const struct window_kind window_tumbling = {
    .late_us = tumbling_late_us,
    .due_us = tumbling_due_us,
    .advance = tumbling_advance,
    .apply = tumbling_apply,
    .shows_from_us = tumbling_shows_from_us,
};
