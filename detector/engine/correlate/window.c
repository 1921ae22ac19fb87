/* window.c: a sliding window is a stretch of a group's events that ends at one of them. Where
 * events are counted together they lie in one window, give or take a part of the timespan. */
#include "engine/correlate/window.h"

#include "base/check.h"
#include "engine/correlate/events.h"

enum { DISTINCT_PLACES = 2 * EVENTS_MAX };

struct window {
    struct events events;
};

/* A window at a place of the events, with what is kept of each. */
struct stretch {
    const struct events *events;
    const struct events_shape *shape;
    size_t first;
    size_t last;
};

/* The values met so far: by their own bits, with linear probing. */
struct distinct {
    bool met[DISTINCT_PLACES];
    struct digest values[DISTINCT_PLACES];
};

bool window_can_watch(const struct correlation *rule)
{
    return rule->window == WINDOW_SLIDING && correlation_is_monotone(rule);
}

static struct events_shape shape_of(const struct correlation *rule)
{
    bool counts_values = rule->type == CORRELATION_VALUE_COUNT;
    return (struct events_shape){
        .room = counts_values ? EVENTS_UNITE_VALUES : EVENTS_UNITE_PARTS,
        .part_us = events_part_us(rule->timespan_us),
        .values = counts_values,
        .numbers = rule->type == CORRELATION_VALUE_SUM,
        .no_sequence = correlation_is_monotone(rule), /* it fires with the event alone */
    };
}

/* True when it was not met before. */
static bool meet(struct distinct *distinct, const struct digest *value)
{
    size_t place;
    memcpy(&place, value->bytes, sizeof place);
    place %= DISTINCT_PLACES;
    while (distinct->met[place] && !digest_equals(&distinct->values[place], value)) {
        place = (place + 1) % DISTINCT_PLACES;
    }
    bool is_new = !distinct->met[place];
    distinct->met[place] = true;
    distinct->values[place] = *value;
    return is_new;
}

static uint64_t count_values(const struct stretch *stretch)
{
    struct distinct distinct;
    uint64_t values = 0;
    memset(distinct.met, 0, sizeof distinct.met);
    for (size_t i = stretch->first; i <= stretch->last; i++) {
        const struct digest value = events_value(stretch->events, stretch->shape, i);
        values += meet(&distinct, &value);
    }
    return values;
}

static struct decimal sum_values(const struct stretch *stretch)
{
    struct decimal sum = decimal_from_int(0);
    for (size_t i = stretch->first; i <= stretch->last; i++) {
        /* beyond 1E+6144 it stays where it is: any bound is far below */
        (void)!decimal_add(sum, events_number(stretch->events, stretch->shape, i), &sum);
    }
    return sum;
}

/* What the condition is held against, of the events of a firing. */
static void measure(const struct stretch *stretch, const struct correlation *rule,
                    struct operator_firing *firing)
{
    switch (rule->type) {
    case CORRELATION_EVENT_COUNT: firing->value = decimal_from_uint(firing->event_count); break;
    case CORRELATION_VALUE_COUNT: firing->value = decimal_from_uint(count_values(stretch)); break;
    case CORRELATION_VALUE_SUM:
        firing->value = sum_values(stretch);
        firing->approximate |= firing->value.rounded;
        break;
    case CORRELATION_VALUE_AVG:
    case CORRELATION_VALUE_PERCENTILE:
    case CORRELATION_TEMPORAL:
    case CORRELATION_TEMPORAL_ORDERED:
    case CORRELATION_ABSENCE:
    case CORRELATION_NEW_TERMS:
    case CORRELATION_ALL:
    case CORRELATION_BASELINE: check(false); break; /* none of this operator */
    }
}

/* The timespan that ends with the entry at `last`. */
static struct stretch stretch_before(const struct events *events, const struct events_shape *shape,
                                     const struct correlation *rule, size_t last)
{
    struct stretch stretch = {.events = events, .shape = shape, .first = last, .last = last};
    int64_t begin_us; /* exclusive */
    if (__builtin_sub_overflow(events_time_us(events, last), rule->timespan_us, &begin_us)) {
        begin_us = INT64_MIN;
    }
    while (stretch.first > 0 && events_time_us(events, stretch.first - 1) > begin_us) {
        stretch.first--;
    }
    return stretch;
}

static bool fulfils(const struct stretch *stretch, const struct correlation *rule,
                    struct operator_firing *out)
{
    uint64_t event_count = 0;
    for (size_t i = stretch->first; i <= stretch->last; i++) {
        event_count += events_weight(stretch->events, i);
    }
    out->event_count = event_count;
    out->approximate = event_count > stretch->last - stretch->first + 1;
    measure(stretch, rule, out);
    return correlation_condition_holds(&rule->condition, out->value);
}

static void list_events(const struct stretch *stretch, struct operator_firing *out)
{
    size_t count = stretch->last - stretch->first + 1;
    out->from_us = events_time_us(stretch->events, stretch->first);
    out->to_us = events_time_us(stretch->events, stretch->last);
    out->listed = count < OPERATOR_EVENTS_LISTED ? count : OPERATOR_EVENTS_LISTED;
    for (size_t i = 0; i < out->listed; i++) {
        out->events[i] = events_at(stretch->events, stretch->shape, stretch->first + i);
    }
}

/* An entry is the last of its time: a window holds all events of the time it ends at. */
static bool ends_a_window(const struct events *events, size_t place)
{
    return place + 1 == events_count(events) ||
           events_time_us(events, place + 1) != events_time_us(events, place);
}

static int64_t window_late_us(const struct correlation *rule, const struct operator_event *event)
{
    return correlation_end_us(rule, event->time_us);
}

/* The first window with the event in it that fulfils the condition. */
static bool window_apply(void *memory, const struct correlation *rule,
                         const struct operator_event *event, struct operator_firing *out)
{
    struct events *events = &((struct window *)memory)->events;
    struct events_shape shape = shape_of(rule);
    size_t place;
    out->forgotten = events_insert(events, &shape, event, &place);
    int64_t end_us; /* exclusive: a window that ends there lies behind the event */
    if (__builtin_add_overflow(events_time_us(events, place), rule->timespan_us, &end_us)) {
        end_us = INT64_MAX;
    }
    for (size_t i = place; i < events_count(events) && events_time_us(events, i) < end_us; i++) {
        if (!ends_a_window(events, i)) {
            continue;
        }
        struct stretch stretch = stretch_before(events, &shape, rule, i);
        if (fulfils(&stretch, rule, out)) {
            list_events(&stretch, out);
            return true;
        }
    }
    return false;
}

static int64_t window_due_us(const void *memory, const struct correlation *rule)
{
    const struct events *events = &((const struct window *)memory)->events;
    return events_count(events) ? correlation_end_us(rule, events_time_us(events, 0)) : INT64_MAX;
}

static bool window_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                           struct operator_firing *out)
{
    (void)out;
    struct events *events = &((struct window *)memory)->events;
    while (events_count(events) > 0 && window_due_us(memory, rule) <= watermark_us) {
        events_forget_first(events, 1);
    }
    return false;
}

static size_t window_bytes(const void *memory)
{
    return events_bytes(&((const struct window *)memory)->events);
}

static void window_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    struct events_shape shape = shape_of(rule);
    events_save(&((const struct window *)memory)->events, &shape, out);
}

static void window_load(void *memory, const struct correlation *rule, uint32_t source_count,
                        struct unpacker *from)
{
    struct events_shape shape = shape_of(rule);
    events_load(&((struct window *)memory)->events, &shape, source_count, from);
}

static const void *window_reads(const void *memory)
{
    return events_last(&((const struct window *)memory)->events);
}

static void window_release(void *memory)
{
    events_release(&((struct window *)memory)->events);
}

const struct operator_type window_operator = {
    .memory_size = sizeof(struct window),
    .late_us = window_late_us,
    .apply = window_apply,
    .due_us = window_due_us,
    .advance = window_advance,
    .bytes = window_bytes,
    .save = window_save,
    .load = window_load,
    .reads = window_reads,
    .release = window_release,
};
