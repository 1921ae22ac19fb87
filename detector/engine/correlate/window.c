/* window.c: what all kinds of windows do alike. Where events are counted together they lie in one
 * window, give or take a part of the timespan. */
#include "engine/correlate/window.h"

#include "engine/correlate/window_kind.h"

enum { SESSION_PARTS = 8 }; /* of a gap */

static const struct window_kind *const kinds[CORRELATION_WINDOW_COUNT] = {
    [WINDOW_SLIDING] = &window_sliding,
    [WINDOW_TUMBLING] = &window_tumbling,
    [WINDOW_SESSION] = &window_session,
};

/* What was counted together says nothing of the values in between. */
static enum events_room room_of(const struct correlation *rule)
{
    if (rule->type == CORRELATION_VALUE_COUNT) {
        return EVENTS_UNITE_VALUES;
    }
    return rule->type == CORRELATION_VALUE_PERCENTILE ? EVENTS_FORGET : EVENTS_UNITE_PARTS;
}

/* A session may be many gaps long: its parts are wider. */
static int64_t part_us(const struct correlation *rule)
{
    int64_t part = rule->timespan_us / SESSION_PARTS;
    return rule->window != WINDOW_SESSION ? events_part_us(rule->timespan_us) : part ? part : 1;
}

struct events_shape window_shape(const struct correlation *rule)
{
    return (struct events_shape){
        .room = room_of(rule),
        .part_us = part_us(rule),
        .values = rule->type == CORRELATION_VALUE_COUNT,
        .numbers = correlation_has_numbers(rule),
        .no_sequence = !window_waits(rule), /* it fires with the event alone */
    };
}

/* The least count that fulfils a condition which a greater one fulfils as well; 0 of a sum. */
static uint64_t enough_of(const struct correlation *rule)
{
    uint64_t low = 0;
    uint64_t high = UINT64_MAX;
    bool counts = rule->type == CORRELATION_EVENT_COUNT || rule->type == CORRELATION_VALUE_COUNT;
    while (low < high && counts) {
        uint64_t middle = low + (high - low) / 2;
        if (correlation_condition_holds(&rule->condition, decimal_from_uint(middle))) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* The same of a sum as events_sum gives it: by a part in 10^9 less than the bounds, far more than
 * it may be off. 0: any may do. */
static double enough_sum_of(const struct correlation *rule)
{
    const struct correlation_condition *condition = &rule->condition;
    double enough = 0;
    for (size_t i = 0; i < CORRELATION_COMPARE_COUNT && rule->type == CORRELATION_VALUE_SUM; i++) {
        double bound = condition->given >> i & 1 ? decimal_to_double(condition->bounds[i]) : 0;
        enough = bound > enough ? bound : enough;
    }
    return enough - enough * 1e-9;
}

static void *window_prepare(const struct correlation *rule, operator_lookup lookup,
                            struct slab *slab, struct arena *arena)
{
    struct window_plan *plan = arena_alloc(arena, sizeof *plan);
    (void)lookup;
    *plan = (struct window_plan){
        .shape = window_shape(rule), .waits = window_waits(rule)};
    plan->shape.slab = slab;
    if (!plan->waits) {
        plan->enough = enough_of(rule);
        plan->enough_sum = enough_sum_of(rule);
    }
    return plan;
}

/* Parts of another rule have none prepared: `made` is for these. */
static const struct window_plan *plan_of(const struct correlation *rule, struct window_plan *made)
{
    if (rule->prepared) {
        return rule->prepared;
    }
    *made = (struct window_plan){.shape = window_shape(rule)};
    return made;
}

int64_t window_later_us(int64_t time_us, int64_t by_us)
{
    int64_t later_us;
    bool beyond = __builtin_add_overflow(time_us, by_us, &later_us) || later_us == INT64_MAX;
    return beyond ? INT64_MAX - 1 : later_us;
}

int64_t window_passed_us(const struct correlation *rule, int64_t time_us)
{
    return window_later_us(window_later_us(time_us, rule->lateness_us), 1);
}

int64_t window_before_us(const struct correlation *rule, int64_t watermark_us)
{
    int64_t before_us;
    if (watermark_us >= INT64_MAX - 1) {
        return INT64_MAX;
    }
    bool below = __builtin_sub_overflow(watermark_us, rule->lateness_us, &before_us) ||
                 before_us == INT64_MIN;
    return below ? INT64_MIN : before_us - 1;
}

static void list_events(const struct measure *measure, struct operator_firing *out)
{
    size_t count = measure->end - measure->first;
    struct operator_event last = events_at(measure->events, measure->shape, measure->end - 1);
    out->from_us = events_time_us(measure->events, measure->first);
    out->to_us = out->shown_us = out->closed_us = last.time_us;
    out->shown_sequence = last.sequence;
    out->listed = count < OPERATOR_EVENTS_LISTED ? count : OPERATOR_EVENTS_LISTED;
    for (size_t i = 0; i < out->listed; i++) {
        out->events[i] = events_at(measure->events, measure->shape, measure->first + i);
    }
    out->shows_next = out->listed < count;
    if (out->shows_next) {
        out->events[out->listed] = last;
    }
}

bool window_fires(const struct window *window, const struct measure *measure, int64_t begin_us,
                  struct operator_firing *out)
{
    if (!measure_holds(measure, out)) {
        return false;
    }
    out->approximate |= window_waits(measure->rule) && begin_us < window->rough_us;
    list_events(measure, out);
    return true;
}

/* The ends of all time are no times: what lies there is always too late. */
static int64_t window_late_us(const struct correlation *rule, const struct operator_event *event)
{
    bool is_a_time = event->time_us > INT64_MIN && event->time_us < INT64_MAX;
    return is_a_time ? kinds[rule->window]->late_us(rule, event->time_us) : INT64_MIN;
}

/* A full store makes room for the next event: what it is unsure of afterwards. */
static void mark_rough(struct window *window, const struct events_shape *shape)
{
    size_t count = events_count(&window->events);
    if (count == EVENTS_MAX) {
        size_t place = shape->room == EVENTS_FORGET ? 0 : count - 1;
        int64_t time_us = events_time_us(&window->events, place);
        window->rough_us = time_us > window->rough_us ? time_us : window->rough_us;
    }
}

/* Gives the place of the event that was taken in. */
static size_t take(struct window *window, const struct correlation *rule,
                   const struct events_shape *shape, const struct operator_event *event,
                   struct operator_firing *out)
{
    size_t place;
    if (!shape->values) {
        out->forgotten = events_insert(&window->events, shape, event, &place);
        return place;
    }
    struct operator_event kept = measure_apart(rule, shape, event);
    out->forgotten = events_insert(&window->events, shape, &kept, &place);
    return place;
}

/* No window has more than all that there are; of values, as many as there are entries. */
static bool may_hold(const struct events *events, const struct correlation *rule,
                     const struct window_plan *plan)
{
    size_t count = events_count(events);
    if (rule->type == CORRELATION_VALUE_SUM) {
        return !(events_sum(events, &plan->shape) < plan->enough_sum);
    }
    return (rule->type == CORRELATION_VALUE_COUNT ? count : events_weight(events, 0, count)) >=
           plan->enough;
}

static bool window_apply(void *memory, const struct correlation *rule,
                         const struct operator_event *event, struct operator_firing *out)
{
    struct window *window = memory;
    struct window_plan made;
    const struct window_plan *plan = plan_of(rule, &made);
    size_t place = take(window, rule, &plan->shape, event, out);
    return may_hold(&window->events, rule, plan) &&
           kinds[rule->window]->apply(window, rule, place, out);
}

static bool waiting_apply(void *memory, const struct correlation *rule,
                          const struct operator_event *event, struct operator_firing *out)
{
    struct window *window = memory;
    struct window_plan made;
    const struct events_shape *shape = &plan_of(rule, &made)->shape;
    if (events_count(&window->events) == 0) {
        window->looked_us = window->rough_us = INT64_MIN;
    }
    mark_rough(window, shape);
    (void)take(window, rule, shape, event, out);
    return false;
}

static int64_t window_due_us(const void *memory, const struct correlation *rule)
{
    const struct window *window = memory;
    return events_count(&window->events) ? kinds[rule->window]->due_us(window, rule) : INT64_MAX;
}

static bool window_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                           struct operator_firing *out)
{
    return kinds[rule->window]->advance(memory, rule, watermark_us, out);
}

static int64_t window_shows_from_us(const void *memory, const struct correlation *rule)
{
    const struct window *window = memory;
    return events_count(&window->events) ? kinds[rule->window]->shows_from_us(window, rule)
                                         : INT64_MAX - 1;
}

static size_t window_bytes(const void *memory)
{
    return events_bytes(&((const struct window *)memory)->events);
}

static void window_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    struct events_shape shape = window_shape(rule);
    events_save(&((const struct window *)memory)->events, &shape, out);
}

static void waiting_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    const struct window *window = memory;
    pack_i64(out, window->looked_us);
    pack_i64(out, window->rough_us);
    window_save(memory, rule, out);
}

/* A sum that only grows has no negative values. */
static bool events_are_sound(const struct events *events, const struct events_shape *shape,
                             const struct correlation *rule)
{
    bool only_grows = rule->type == CORRELATION_VALUE_SUM && !window_waits(rule);
    bool sound = true;
    for (size_t i = 0; i < events_count(events) && sound; i++) {
        struct operator_event event = events_at(events, shape, i);
        sound = window_late_us(rule, &event) > INT64_MIN && !(only_grows && event.number.negative);
    }
    return sound;
}

static void window_load(void *memory, const struct correlation *rule, uint32_t source_count,
                        struct unpacker *from)
{
    struct window *window = memory;
    struct window_plan made;
    const struct events_shape *shape = &plan_of(rule, &made)->shape;
    events_load(&window->events, shape, source_count, from);
    unpack_expect(from, events_are_sound(&window->events, shape, rule));
}

static void waiting_load(void *memory, const struct correlation *rule, uint32_t source_count,
                         struct unpacker *from)
{
    struct window *window = memory;
    window->looked_us = unpack_i64(from);
    window->rough_us = unpack_i64(from);
    window_load(memory, rule, source_count, from);
}

static void window_foresee(const void *memory, unsigned char tag, bool near)
{
    (void)tag;
    if (!near) {
        events_foresee(memory);
    }
}

static void window_release(void *memory)
{
    events_release(&((struct window *)memory)->events);
}

/* Nothing is remembered but events. */
static const struct operator_type at_once = {
    .memory_size = sizeof(struct events),
    .prepare = window_prepare,
    .late_us = window_late_us,
    .apply = window_apply,
    .due_us = window_due_us,
    .advance = window_advance,
    .bytes = window_bytes,
    .save = window_save,
    .load = window_load,
    .foresee = window_foresee,
    .release = window_release,
};

static const struct operator_type waiting = {
    .memory_size = sizeof(struct window),
    .prepare = window_prepare,
    .late_us = window_late_us,
    .apply = waiting_apply,
    .due_us = window_due_us,
    .advance = window_advance,
    .shows_from_us = window_shows_from_us,
    .bytes = window_bytes,
    .save = waiting_save,
    .load = waiting_load,
    .release = window_release,
};

const struct operator_type *window_operator_of(const struct correlation *rule)
{
    return window_waits(rule) ? &waiting : &at_once;
}
