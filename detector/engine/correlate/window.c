/* window.c: events in the order of time, then of the log, in one array; a sliding window is a
 * stretch of it that ends at an event. Beyond the bound, events of one part of the timespan become
 * one entry that has the newest one's time. An entry never stands for more than a part: what is
 * counted together lies in one window, give or take a part. Where values are counted, events of one
 * value become one instead, with the newest one's time. */
#include "engine/correlate/window.h"

#include "base/check.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 4, DISTINCT_PLACES = 2 * WINDOW_EVENTS_MAX };

/* The values met so far, each with an event of it: by their own bits, with linear probing. */
struct distinct {
    struct operator_event *entries[DISTINCT_PLACES];
};

/* The events are items[first] .. items[first + count - 1]. */
struct window {
    struct operator_event *items;
    uint32_t first;
    uint32_t count;
    uint32_t capacity;
    int64_t part_us; /* how long the parts are; 0: every event is kept by itself */
};

static struct operator_event *at(const struct window *window, size_t place)
{
    return &window->items[window->first + place];
}

static void distinct_begin(struct distinct *distinct)
{
    memset(distinct, 0, sizeof *distinct);
}

/* Where a value stands, or would stand. */
static size_t distinct_place(const struct distinct *distinct, const struct digest *value)
{
    size_t place;
    memcpy(&place, value->bytes, sizeof place);
    place %= DISTINCT_PLACES;
    while (distinct->entries[place] && !digest_equals(&distinct->entries[place]->value, value)) {
        place = (place + 1) % DISTINCT_PLACES;
    }
    return place;
}

static bool comes_before(const struct operator_event *a, const struct operator_event *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->sequence < b->sequence;
}

/* The number of the part that a time lies in; the same for every event of it. */
static int64_t part_of(const struct window *window, int64_t time_us)
{
    int64_t part = time_us / window->part_us;
    return part - (time_us % window->part_us < 0);
}

/* Room for one more behind the last. */
static void reserve(struct window *window)
{
    if (window->first + window->count < window->capacity) {
        return;
    }
    if (window->first >= CAPACITY_MIN && window->first >= window->capacity / 2) {
        memmove(window->items, at(window, 0), window->count * sizeof *window->items);
        window->first = 0;
        return;
    }
    uint32_t capacity = window->capacity ? 2 * window->capacity : CAPACITY_MIN;
    struct operator_event *items = realloc(window->items, capacity * sizeof *items);
    if (!items) {
        check_memory_exhausted(capacity * sizeof *items);
    }
    window->items = items;
    window->capacity = capacity;
}

/* How many events stand before one: most come at the end. */
static size_t place_of(const struct window *window, const struct operator_event *event)
{
    size_t place = window->count;
    while (place > 0 && comes_before(event, at(window, place - 1))) {
        place--;
    }
    return place;
}

/* `later` is counted with `earlier`, in the place of both. */
static struct operator_event united(const struct operator_event *earlier,
                                    const struct operator_event *later)
{
    struct operator_event both = *later;
    both.count = earlier->count + later->count;
    if (both.count < later->count) {
        return *later; /* 2^32 events in one part: enough said */
    }
    if (decimal_add(earlier->number, later->number, &both.number) != STATUS_OK) {
        both.number = later->number; /* beyond 1E+6144: any bound is far below */
    }
    return both;
}

/* Counts the events of each part together. */
static void unite_parts(struct window *window)
{
    size_t kept = 0;
    for (size_t i = 1; i < window->count; i++) {
        bool same = part_of(window, at(window, i)->time_us) ==
                    part_of(window, at(window, kept)->time_us);
        if (same) {
            *at(window, kept) = united(at(window, kept), at(window, i));
        } else {
            *at(window, ++kept) = *at(window, i);
        }
    }
    window->count = (uint32_t)(window->count ? kept + 1 : 0);
}

static bool counts_values(const struct correlation *rule)
{
    return rule->type == CORRELATION_VALUE_COUNT;
}

/* Leaves the newest event of each value. */
static void unite_values(struct window *window)
{
    struct distinct seen;
    size_t kept = window->count;
    distinct_begin(&seen);
    for (size_t i = window->count; i > 0; i--) {
        const struct operator_event event = *at(window, i - 1);
        size_t place = distinct_place(&seen, &event.value);
        if (seen.entries[place]) {
            struct operator_event *later = seen.entries[place];
            *later = united(&event, later);
            continue;
        }
        *at(window, --kept) = event;
        seen.entries[place] = at(window, kept);
    }
    window->first += (uint32_t)kept;
    window->count -= (uint32_t)kept;
}

static int64_t part_length_us(const struct correlation *rule)
{
    return rule->timespan_us < WINDOW_PARTS ? 1 : rule->timespan_us / WINDOW_PARTS;
}

/* Where events are kept for much longer than a timespan, their parts may be too many as well: then
 * the oldest go, which only late events would still have met. Returns how many. */
static uint64_t make_room(struct window *window, const struct correlation *rule)
{
    uint64_t forgotten = 0;
    if (window->count < WINDOW_EVENTS_MAX) {
        return 0;
    }
    window->part_us = part_length_us(rule);
    uint32_t limit = WINDOW_EVENTS_MAX - WINDOW_PARTS;
    if (counts_values(rule)) {
        unite_values(window);
        limit = WINDOW_EVENTS_MAX - 1; /* as many values as a condition may ask for */
    } else {
        unite_parts(window);
    }
    while (window->count > limit) {
        forgotten += at(window, 0)->count;
        window->first++;
        window->count--;
    }
    return forgotten;
}

/* The entry of the event's own part beside its place; NULL without one. */
static struct operator_event *entry_of_part(const struct window *window,
                                            const struct correlation *rule, size_t place,
                                            const struct operator_event *event)
{
    if (window->part_us == 0 || counts_values(rule)) {
        return NULL;
    }
    int64_t part = part_of(window, event->time_us);
    if (place > 0 && part_of(window, at(window, place - 1)->time_us) == part) {
        return at(window, place - 1);
    }
    if (place < window->count && part_of(window, at(window, place)->time_us) == part) {
        return at(window, place);
    }
    return NULL;
}

/* Takes the event in; returns the place of its entry. */
static size_t insert(struct window *window, const struct correlation *rule,
                     const struct operator_event *event)
{
    size_t place = place_of(window, event);
    struct operator_event *entry = entry_of_part(window, rule, place, event);
    if (entry) {
        *entry = comes_before(entry, event) ? united(entry, event) : united(event, entry);
        return (size_t)(entry - at(window, 0));
    }
    reserve(window);
    memmove(at(window, place) + 1, at(window, place),
            (window->count - place) * sizeof *window->items);
    *at(window, place) = *event;
    window->count++;
    return place;
}

static uint64_t count_values(const struct operator_event *events, size_t count)
{
    struct distinct seen;
    uint64_t values = 0;
    distinct_begin(&seen);
    for (size_t i = 0; i < count; i++) {
        size_t place = distinct_place(&seen, &events[i].value);
        values += !seen.entries[place];
        seen.entries[place] = (struct operator_event *)(uintptr_t)&events[i];
    }
    return values;
}

static struct decimal sum_values(const struct operator_event *events, size_t count)
{
    struct decimal sum = decimal_from_int(0);
    for (size_t i = 0; i < count; i++) {
        /* beyond 1E+6144 it stays where it is: any bound is far below */
        (void)!decimal_add(sum, events[i].number, &sum);
    }
    return sum;
}

/* What the condition is held against, of the events that a firing lists. */
static void measure(struct operator_firing *firing, const struct correlation *rule)
{
    switch (rule->type) {
    case CORRELATION_EVENT_COUNT: firing->value = decimal_from_uint(firing->event_count); break;
    case CORRELATION_NEW_TERMS: check(false); break; /* has an operator of its own */
    case CORRELATION_VALUE_COUNT:
        firing->value = decimal_from_uint(count_values(firing->events, firing->listed));
        break;
    case CORRELATION_VALUE_SUM:
        firing->value = sum_values(firing->events, firing->listed);
        firing->approximate |= firing->value.rounded;
        break;
    }
}

/* The events of the timespan that ends with entry `last`. */
static struct operator_firing window_before(const struct window *window,
                                            const struct correlation *rule, size_t last)
{
    size_t first = last;
    int64_t end_us = at(window, last)->time_us;
    struct operator_firing firing = {0};
    int64_t begin_us; /* exclusive */
    if (__builtin_sub_overflow(end_us, rule->timespan_us, &begin_us)) {
        begin_us = INT64_MIN;
    }
    firing.event_count = at(window, last)->count;
    firing.approximate = at(window, last)->count > 1;
    while (first > 0 && at(window, first - 1)->time_us > begin_us) {
        first--;
        firing.event_count += at(window, first)->count;
        firing.approximate |= at(window, first)->count > 1;
    }
    firing.events = at(window, first);
    firing.listed = last - first + 1;
    measure(&firing, rule);
    return firing;
}

/* An entry is the last of its time: a window holds all events of the time it ends at. */
static bool ends_a_window(const struct window *window, size_t place)
{
    return place + 1 == window->count ||
           at(window, place + 1)->time_us != at(window, place)->time_us;
}

/* The first window with the event in it that fulfils the condition. */
static bool window_apply(void *memory, const struct correlation *rule,
                              const struct operator_event *event, struct operator_firing *out)
{
    struct window *window = memory;
    uint64_t forgotten = make_room(window, rule);
    size_t place = insert(window, rule, event);
    int64_t end_us; /* exclusive: a window that ends there lies behind the event */
    if (__builtin_add_overflow(at(window, place)->time_us, rule->timespan_us, &end_us)) {
        end_us = INT64_MAX;
    }
    for (size_t i = place; i < window->count && at(window, i)->time_us < end_us; i++) {
        if (!ends_a_window(window, i)) {
            continue;
        }
        struct operator_firing firing = window_before(window, rule, i);
        if (correlation_condition_holds(&rule->condition, firing.value)) {
            *out = firing;
            out->forgotten = forgotten;
            return true;
        }
    }
    *out = (struct operator_firing){.forgotten = forgotten};
    return false;
}

static int64_t window_due_us(const void *memory, const struct correlation *rule)
{
    const struct window *window = memory;
    return window->count ? correlation_end_us(rule, at(window, 0)->time_us) : INT64_MAX;
}

static void window_advance(void *memory, const struct correlation *rule, int64_t watermark_us)
{
    struct window *window = memory;
    while (window->count > 0 &&
           correlation_end_us(rule, at(window, 0)->time_us) <= watermark_us) {
        window->first++;
        window->count--;
    }
}

static size_t window_bytes(const void *memory)
{
    const struct window *window = memory;
    return window->count * sizeof *window->items; /* not the room: a state taken up has less */
}

/* A number as it was, with the mark that it was rounded. */
static void save_number(struct decimal number, struct buf *out)
{
    char text[DECIMAL_TEXT_SIZE];
    pack_text(out, decimal_format(number, text));
    pack_u8(out, number.rounded);
}

static struct decimal load_number(struct unpacker *from)
{
    char again[DECIMAL_TEXT_SIZE];
    struct decimal number = {0};
    struct span text = unpack_text(from, DECIMAL_TEXT_SIZE);
    uint8_t rounded = unpack_u8(from);
    bool read = decimal_parse(text, &number) == STATUS_OK;
    unpack_expect(from, read && rounded <= 1 && !number.negative &&
                            span_equals(decimal_format(number, again), text));
    number.rounded = rounded == 1;
    return number;
}

static void window_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    const struct window *window = memory;
    pack_i64(out, window->part_us);
    pack_u32(out, window->count);
    for (size_t i = 0; i < window->count; i++) {
        const struct operator_event *event = at(window, i);
        pack_i64(out, event->time_us);
        pack_u64(out, event->sequence);
        pack_u64(out, event->offset);
        pack_digest(out, &event->finding);
        pack_u32(out, event->source);
        pack_u32(out, event->count);
        if (rule->type == CORRELATION_VALUE_COUNT) {
            pack_digest(out, &event->value);
        } else if (rule->type == CORRELATION_VALUE_SUM) {
            save_number(event->number, out);
        }
    }
}

static struct operator_event load_event(const struct correlation *rule, struct unpacker *from)
{
    struct operator_event event = {.time_us = unpack_i64(from)};
    event.sequence = unpack_u64(from);
    event.offset = unpack_u64(from);
    event.finding = unpack_digest(from);
    event.source = unpack_u32(from);
    event.count = unpack_u32(from);
    if (rule->type == CORRELATION_VALUE_COUNT) {
        event.value = unpack_digest(from);
    } else if (rule->type == CORRELATION_VALUE_SUM) {
        event.number = load_number(from);
    }
    return event;
}

static void window_load(void *memory, const struct correlation *rule, uint32_t source_count,
                        struct unpacker *from)
{
    struct window *window = memory;
    window->part_us = unpack_i64(from);
    uint32_t count = unpack_u32(from);
    unpack_expect(from, window->part_us == 0 || window->part_us == part_length_us(rule));
    unpack_expect(from, count > 0 && count <= WINDOW_EVENTS_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        struct operator_event event = load_event(rule, from);
        bool ordered = i == 0 || !comes_before(&event, at(window, i - 1));
        unpack_expect(from, ordered && event.source < source_count && event.count > 0 &&
                                (event.count == 1 || window->part_us > 0));
        if (!from->failed) {
            reserve(window);
            *at(window, i) = event;
            window->count++;
        }
    }
}

static void window_release(void *memory)
{
    struct window *window = memory;
    free(window->items);
}

const struct operator_type window_operator = {
    .memory_size = sizeof(struct window),
    .apply = window_apply,
    .due_us = window_due_us,
    .advance = window_advance,
    .bytes = window_bytes,
    .save = window_save,
    .load = window_load,
    .release = window_release,
};
