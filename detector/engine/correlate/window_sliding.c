/* window_sliding.c: a sliding window is a timespan that ends with an event, and holds all events of
 * that time. Where the condition need not wait, an event is looked at in every window that it lies
 * in; else each window once, when the watermark has passed its end and the lateness. */
#include "engine/correlate/window_kind.h"

/* Exclusive. */
static int64_t begin_us(const struct correlation *rule, int64_t end_us)
{
    int64_t begin;
    return __builtin_sub_overflow(end_us, rule->timespan_us, &begin) ? INT64_MIN : begin;
}

/* The first event of the window that ends at a time. */
static size_t first_of(const struct events *events, const struct correlation *rule, int64_t end_us)
{
    int64_t before_us = begin_us(rule, end_us);
    return before_us == INT64_MIN ? 0 : events_find(events, before_us + 1);
}

static bool ends_a_window(const struct events *events, size_t place)
{
    return place + 1 == events_count(events) ||
           events_time_us(events, place + 1) != events_time_us(events, place);
}

/* Looks at the windows that end with the event at `place`, or a later one up to `until_us`, until
 * one holds; *looked_us: the end of the last of them. */
static bool look(const struct window *window, const struct correlation *rule, size_t place,
                 int64_t until_us, int64_t *looked_us, struct operator_firing *out)
{
    const struct events *events = &window->events;
    struct events_shape shape = window_shape(rule);
    struct measure measure;
    bool fires = false;
    if (place < events_count(events)) {
        measure_begin(&measure, rule, events, &shape,
                      first_of(events, rule, events_time_us(events, place)));
    }
    for (size_t i = place;
         !fires && i < events_count(events) && events_time_us(events, i) <= until_us; i++) {
        if (ends_a_window(events, i)) {
            *looked_us = events_time_us(events, i);
            measure_take(&measure, i + 1);
            measure_leave(&measure, first_of(events, rule, *looked_us));
            fires = window_fires(window, &measure, begin_us(rule, *looked_us), out);
        }
    }
    return fires;
}

static int64_t sliding_late_us(const struct correlation *rule, int64_t event_time_us)
{
    return window_waits(rule) ? window_passed_us(rule, event_time_us)
                              : correlation_end_us(rule, event_time_us);
}

/* A window that ends a timespan behind the event lies behind it. */
static bool sliding_apply(const struct window *window, const struct correlation *rule,
                          size_t place, struct operator_firing *out)
{
    int64_t time_us = events_time_us(&window->events, place);
    int64_t until_us = window_later_us(time_us, rule->timespan_us - 1);
    int64_t looked_us;
    return look(window, rule, place, until_us, &looked_us, out);
}

/* The first event that was not looked at. */
static size_t next_of(const struct window *window)
{
    return window->looked_us == INT64_MIN ? 0
                                          : events_find(&window->events, window->looked_us + 1);
}

static int64_t sliding_due_us(const struct window *window, const struct correlation *rule)
{
    const struct events *events = &window->events;
    int64_t forgotten_us = correlation_end_us(rule, events_time_us(events, 0));
    size_t next = window_waits(rule) ? next_of(window) : events_count(events);
    if (next == events_count(events)) {
        return forgotten_us;
    }
    int64_t look_us = window_passed_us(rule, events_time_us(events, next));
    return look_us < forgotten_us ? look_us : forgotten_us;
}

static void forget(struct events *events, const struct correlation *rule, int64_t watermark_us)
{
    size_t count = 0;
    while (count < events_count(events) &&
           correlation_end_us(rule, events_time_us(events, count)) <= watermark_us) {
        count++;
    }
    events_forget_first(events, count);
}

static bool sliding_advance(struct window *window, const struct correlation *rule,
                            int64_t watermark_us, struct operator_firing *out)
{
    if (window_waits(rule) && look(window, rule, next_of(window),
                                   window_before_us(rule, watermark_us),
                                   &window->looked_us, out)) {
        return true;
    }
    forget(&window->events, rule, watermark_us);
    return false;
}

static int64_t sliding_shows_from_us(const struct window *window, const struct correlation *rule)
{
    size_t next = next_of(window);
    (void)rule;
    return next < events_count(&window->events) ? events_time_us(&window->events, next)
                                                : INT64_MAX - 1;
}

const struct window_kind window_sliding = {
    .late_us = sliding_late_us,
    .due_us = sliding_due_us,
    .advance = sliding_advance,
    .apply = sliding_apply,
    .shows_from_us = sliding_shows_from_us,
};
