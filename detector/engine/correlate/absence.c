/* absence.c: events wait until the watermark has passed all that could answer them. Of answers only
 * their times matter, and of those that lie close to each other only the first and the last. */
#include "engine/correlate/absence.h"

#include "base/check.h"
#include "engine/correlate/events.h"

#include <stdlib.h>

/* Times of answers, one after the other no further apart than a timespan: whatever lies between
 * them is answered. */
struct stretch {
    int64_t first_us;
    int64_t last_us;
};

struct absence {
    struct events waiting;      /* that nothing answers so far */
    struct stretch *stretches;  /* in order, more than a timespan between them */
    uint32_t count;
    uint32_t capacity;
};

static const struct events_shape shape = {.room = EVENTS_FORGET, .part_us = 1, .inputs = true};

static int64_t plus_us(int64_t time_us, int64_t by_us)
{
    int64_t sum;
    return __builtin_add_overflow(time_us, by_us, &sum) || sum == INT64_MAX ? INT64_MAX - 1 : sum;
}

static int64_t minus_us(int64_t time_us, int64_t by_us)
{
    int64_t difference;
    return __builtin_sub_overflow(time_us, by_us, &difference) ? INT64_MIN : difference;
}

static bool is_answer(const struct correlation *rule, const struct operator_event *event)
{
    return event->input >= rule->input_count - rule->without_count;
}

/* The watermark at which no answer to an event can come any more: it has passed the last that
 * counts. The event itself is too late then. */
static int64_t decided_us(const struct correlation *rule, int64_t time_us)
{
    return plus_us(plus_us(plus_us(time_us, rule->after_us), rule->lateness_us), 1);
}

/* The watermark at which an answer has no event any more that it could be an answer to. */
static int64_t forgotten_us(const struct correlation *rule, int64_t time_us)
{
    return decided_us(rule, plus_us(time_us, rule->before_us));
}

/* -- answers */

static bool is_answered(const struct absence *absence, const struct correlation *rule,
                        int64_t time_us)
{
    int64_t from_us = minus_us(time_us, rule->before_us);
    size_t i = 0;
    while (i < absence->count && absence->stretches[i].last_us < from_us) {
        i++;
    }
    return i < absence->count && absence->stretches[i].first_us <= plus_us(time_us, rule->after_us);
}

static void forget_stretches(struct absence *absence, size_t place, size_t count)
{
    if (count == 0) {
        return;
    }
    absence->count -= (uint32_t)count;
    memmove(&absence->stretches[place], &absence->stretches[place + count],
            (absence->count - place) * sizeof *absence->stretches);
}

static void insert_stretch(struct absence *absence, size_t place, struct stretch stretch)
{
    if (absence->count == absence->capacity) {
        uint32_t capacity = absence->capacity ? 2 * absence->capacity : 1;
        struct stretch *stretches = realloc(absence->stretches, capacity * sizeof *stretches);
        if (!stretches) {
            check_memory_exhausted(capacity * sizeof *stretches);
        }
        absence->stretches = stretches;
        absence->capacity = capacity;
    }
    memmove(&absence->stretches[place + 1], &absence->stretches[place],
            (absence->count - place) * sizeof *absence->stretches);
    absence->stretches[place] = stretch;
    absence->count++;
}

/* Says how many stretches were forgotten to make room. */
static uint64_t remember(struct absence *absence, const struct correlation *rule, int64_t time_us)
{
    struct stretch stretch = {time_us, time_us};
    int64_t from_us = minus_us(time_us, rule->timespan_us);
    int64_t to_us = plus_us(time_us, rule->timespan_us);
    size_t place = 0;
    while (place < absence->count && absence->stretches[place].last_us < from_us) {
        place++;
    }
    size_t end = place; /* those that are close */
    for (; end < absence->count && absence->stretches[end].first_us <= to_us; end++) {
        const struct stretch *near = &absence->stretches[end];
        stretch.first_us = near->first_us < stretch.first_us ? near->first_us : stretch.first_us;
        stretch.last_us = near->last_us > stretch.last_us ? near->last_us : stretch.last_us;
    }
    forget_stretches(absence, place, end - place);
    insert_stretch(absence, place, stretch);
    if (absence->count <= ABSENCE_STRETCHES_MAX) {
        return 0;
    }
    forget_stretches(absence, 0, 1);
    return 1;
}

/* The events that it answers wait no more. */
static void answer(struct absence *absence, const struct correlation *rule, int64_t time_us)
{
    struct events *waiting = &absence->waiting;
    size_t count = events_count(waiting);
    bool kept[EVENTS_MAX];
    size_t low = events_find(waiting, minus_us(time_us, rule->after_us));
    size_t high = events_find(waiting, plus_us(plus_us(time_us, rule->before_us), 1));
    if (low == 0) { /* as is usual */
        events_forget_first(waiting, high);
    } else if (low < high) {
        for (size_t i = 0; i < count; i++) {
            kept[i] = i < low || i >= high;
        }
        events_keep(waiting, &shape, kept);
    }
}

/* -- the operator */

static void tell(const struct operator_event *event, struct operator_firing *out)
{
    out->value = decimal_from_uint(1);
    out->event_count = 1;
    out->from_us = out->to_us = out->shown_us = event->time_us;
    out->shown_sequence = event->sequence;
    out->listed = 1;
    out->events[0] = *event;
}

static int64_t absence_late_us(const struct correlation *rule, const struct operator_event *event)
{
    return is_answer(rule, event) ? forgotten_us(rule, event->time_us)
                                  : decided_us(rule, event->time_us);
}

/* Where too many wait already one is decided at once, with what is known: a finding too many is
 * better than one that is missing. */
static bool absence_apply(void *memory, const struct correlation *rule,
                          const struct operator_event *event, struct operator_firing *out)
{
    struct absence *absence = memory;
    size_t place;
    out->not_shown = true;
    if (is_answer(rule, event)) {
        answer(absence, rule, event->time_us);
        out->forgotten = remember(absence, rule, event->time_us);
        return false;
    }
    if (is_answered(absence, rule, event->time_us)) {
        return false;
    }
    if (rule->after_us > 0 && events_count(&absence->waiting) < EVENTS_MAX) {
        (void)events_insert(&absence->waiting, &shape, event, &place);
        out->not_shown = false;
        return false;
    }
    tell(event, out);
    out->approximate = rule->after_us > 0;
    return true;
}

static int64_t absence_due_us(const void *memory, const struct correlation *rule)
{
    const struct absence *absence = memory;
    if (events_count(&absence->waiting) > 0) { /* answers need not go before */
        return decided_us(rule, events_time_us(&absence->waiting, 0));
    }
    return absence->count > 0 ? forgotten_us(rule, absence->stretches[0].last_us) : INT64_MAX;
}

static bool absence_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                            struct operator_firing *out)
{
    struct absence *absence = memory;
    struct events *waiting = &absence->waiting;
    if (events_count(waiting) > 0 &&
        decided_us(rule, events_time_us(waiting, 0)) <= watermark_us) {
        const struct operator_event event = events_at(waiting, &shape, 0);
        events_forget_first(waiting, 1);
        tell(&event, out);
        return true;
    }
    while (absence->count > 0 &&
           forgotten_us(rule, absence->stretches[0].last_us) <= watermark_us) {
        forget_stretches(absence, 0, 1);
    }
    return false;
}

static int64_t absence_shows_from_us(const void *memory, const struct correlation *rule)
{
    const struct absence *absence = memory;
    (void)rule;
    return events_count(&absence->waiting) > 0 ? events_time_us(&absence->waiting, 0) : INT64_MAX;
}

static bool absence_may_show(const void *memory, int64_t time_us, uint64_t sequence)
{
    const struct events *waiting = &((const struct absence *)memory)->waiting;
    bool waits = false;
    for (size_t i = events_find(waiting, time_us);
         i < events_count(waiting) && events_time_us(waiting, i) == time_us && !waits; i++) {
        waits = events_at(waiting, &shape, i).sequence == sequence;
    }
    return waits;
}

static size_t absence_bytes(const void *memory)
{
    const struct absence *absence = memory; /* not the room: a state taken up has less */
    return events_bytes(&absence->waiting) + absence->count * sizeof *absence->stretches;
}

static void absence_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    const struct absence *absence = memory;
    (void)rule;
    pack_u32(out, absence->count);
    for (size_t i = 0; i < absence->count; i++) {
        pack_i64(out, absence->stretches[i].first_us);
        pack_i64(out, absence->stretches[i].last_us);
    }
    pack_u8(out, events_count(&absence->waiting) > 0);
    if (events_count(&absence->waiting) > 0) {
        events_save(&absence->waiting, &shape, out);
    }
}

static void load_stretches(struct absence *absence, const struct correlation *rule,
                           struct unpacker *from)
{
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count <= ABSENCE_STRETCHES_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        struct stretch stretch = {.first_us = unpack_i64(from)};
        stretch.last_us = unpack_i64(from);
        int64_t behind_us = plus_us(i ? absence->stretches[i - 1].last_us : 0, rule->timespan_us);
        unpack_expect(from, stretch.first_us <= stretch.last_us &&
                                (i == 0 || behind_us < stretch.first_us));
        if (!from->failed) {
            insert_stretch(absence, i, stretch);
        }
    }
}

/* They are events that nothing answers. */
static void load_waiting(struct absence *absence, const struct correlation *rule,
                         uint32_t source_count, struct unpacker *from)
{
    struct events *waiting = &absence->waiting;
    events_load(waiting, &shape, source_count, from);
    unpack_expect(from, rule->after_us > 0);
    for (size_t i = 0; i < events_count(waiting) && !from->failed; i++) {
        const struct operator_event event = events_at(waiting, &shape, i);
        unpack_expect(from, !is_answer(rule, &event) &&
                                !is_answered(absence, rule, event.time_us));
    }
}

static void absence_load(void *memory, const struct correlation *rule, uint32_t source_count,
                         struct unpacker *from)
{
    struct absence *absence = memory;
    load_stretches(absence, rule, from);
    uint8_t waits = unpack_u8(from);
    unpack_expect(from, waits <= 1);
    if (waits == 1 && !from->failed) {
        load_waiting(absence, rule, source_count, from);
    }
}

static void absence_release(void *memory)
{
    struct absence *absence = memory;
    events_release(&absence->waiting);
    free(absence->stretches);
}

const struct operator_type absence_operator = {
    .memory_size = sizeof(struct absence),
    .late_us = absence_late_us,
    .apply = absence_apply,
    .due_us = absence_due_us,
    .advance = absence_advance,
    .shows_from_us = absence_shows_from_us,
    .may_show = absence_may_show,
    .bytes = absence_bytes,
    .save = absence_save,
    .load = absence_load,
    .release = absence_release,
};
