/* events.c: one array, in which most events are added at the end and forgotten at the start. */
#include "engine/correlate/events.h"

#include "base/check.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 4, DISTINCT_PLACES = 2 * EVENTS_MAX };

/* Values met so far, each with the place of its entry + 1: by their own bits, linear probing. */
struct distinct {
    uint32_t places[DISTINCT_PLACES];
};

/* The entries are items[first] .. items[first + count - 1]. */
static struct operator_event *at(const struct events *events, size_t place)
{
    return &events->items[events->first + place];
}

int64_t events_part_us(int64_t timespan_us)
{
    return timespan_us < EVENTS_PARTS ? 1 : timespan_us / EVENTS_PARTS;
}

int64_t events_time_us(const struct events *events, size_t place)
{
    return at(events, place)->time_us;
}

uint32_t events_weight(const struct events *events, size_t place)
{
    return at(events, place)->count;
}

struct operator_event events_at(const struct events *events, const struct events_shape *shape,
                                size_t place)
{
    (void)shape;
    return *at(events, place);
}

size_t events_find(const struct events *events, int64_t time_us)
{
    size_t low = 0;
    size_t high = events->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (at(events, middle)->time_us < time_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t events_bytes(const struct events *events)
{
    return events->count * sizeof *events->items; /* not the room: a state taken up has less */
}

void events_forget_first(struct events *events, size_t count)
{
    check(count <= events->count);
    events->first += (uint32_t)count;
    events->count -= (uint32_t)count;
}

void events_release(struct events *events)
{
    free(events->items);
    memset(events, 0, sizeof *events);
}

/* -- making room */

/* Room for one more behind the last. */
static void reserve(struct events *events)
{
    if (events->first + events->count < events->capacity) {
        return;
    }
    if (events->first >= CAPACITY_MIN && events->first >= events->capacity / 2) {
        memmove(events->items, at(events, 0), events->count * sizeof *events->items);
        events->first = 0;
        return;
    }
    uint32_t capacity = events->capacity ? 2 * events->capacity : CAPACITY_MIN;
    struct operator_event *items = realloc(events->items, capacity * sizeof *items);
    if (!items) {
        check_memory_exhausted(capacity * sizeof *items);
    }
    events->items = items;
    events->capacity = capacity;
}

/* The number of the part that a time lies in; the same for every event of it. */
static int64_t part_of(const struct events_shape *shape, int64_t time_us)
{
    int64_t part = time_us / shape->part_us;
    return part - (time_us % shape->part_us < 0);
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
static void unite_parts(struct events *events, const struct events_shape *shape)
{
    size_t kept = 0;
    for (size_t i = 1; i < events->count; i++) {
        bool same = part_of(shape, at(events, i)->time_us) ==
                    part_of(shape, at(events, kept)->time_us);
        if (same) {
            *at(events, kept) = united(at(events, kept), at(events, i));
        } else {
            *at(events, ++kept) = *at(events, i);
        }
    }
    events->count = (uint32_t)(events->count ? kept + 1 : 0);
}

/* Where a value's place stands, or would stand. */
static size_t bucket_of(const struct distinct *distinct, const struct events *events,
                        const struct digest *value)
{
    size_t bucket;
    memcpy(&bucket, value->bytes, sizeof bucket);
    bucket %= DISTINCT_PLACES;
    while (distinct->places[bucket] &&
           !digest_equals(&at(events, distinct->places[bucket] - 1)->value, value)) {
        bucket = (bucket + 1) % DISTINCT_PLACES;
    }
    return bucket;
}

/* Leaves the newest event of each value. */
static void unite_values(struct events *events)
{
    struct distinct seen = {0};
    size_t kept = events->count;
    for (size_t i = events->count; i > 0; i--) {
        const struct operator_event event = *at(events, i - 1);
        size_t bucket = bucket_of(&seen, events, &event.value);
        if (seen.places[bucket]) {
            struct operator_event *later = at(events, seen.places[bucket] - 1);
            *later = united(&event, later);
            continue;
        }
        *at(events, --kept) = event;
        seen.places[bucket] = (uint32_t)kept + 1;
    }
    events_forget_first(events, kept);
}

/* How many entries may stay when one more comes. Where events are kept for much longer than a
 * timespan, their parts may be too many as well: then the oldest go, which only late events would
 * still have met. */
static uint32_t unite(struct events *events, const struct events_shape *shape)
{
    events->united = shape->room != EVENTS_FORGET;
    switch (shape->room) {
    case EVENTS_UNITE_PARTS: unite_parts(events, shape); return EVENTS_MAX - EVENTS_PARTS;
    case EVENTS_UNITE_VALUES: unite_values(events); return EVENTS_MAX - 1;
    case EVENTS_FORGET: return EVENTS_MAX - 1;
    }
    return 0;
}

static uint64_t make_room(struct events *events, const struct events_shape *shape)
{
    uint64_t forgotten = 0;
    if (events->count < EVENTS_MAX) {
        return 0;
    }
    uint32_t limit = unite(events, shape);
    while (events->count > limit) {
        forgotten += at(events, 0)->count;
        events_forget_first(events, 1);
    }
    return forgotten;
}

/* -- taking in */

/* Behind all that are not later: what comes later in the log stands behind those of its time. */
static size_t place_of(const struct events *events, int64_t time_us)
{
    size_t place = events->count; /* most come at the end */
    while (place > 0 && time_us < at(events, place - 1)->time_us) {
        place--;
    }
    return place;
}

/* The entry of the event's own part beside its place; NULL without one. */
static struct operator_event *entry_of_part(const struct events *events,
                                            const struct events_shape *shape, size_t place,
                                            const struct operator_event *event)
{
    if (!events->united || shape->room != EVENTS_UNITE_PARTS) {
        return NULL;
    }
    int64_t part = part_of(shape, event->time_us);
    if (place > 0 && part_of(shape, at(events, place - 1)->time_us) == part) {
        return at(events, place - 1);
    }
    if (place < events->count && part_of(shape, at(events, place)->time_us) == part) {
        return at(events, place);
    }
    return NULL;
}

uint64_t events_insert(struct events *events, const struct events_shape *shape,
                       const struct operator_event *event, size_t *place)
{
    uint64_t forgotten = make_room(events, shape);
    *place = place_of(events, event->time_us);
    struct operator_event *entry = entry_of_part(events, shape, *place, event);
    if (entry) {
        *entry = entry->time_us <= event->time_us ? united(entry, event) : united(event, entry);
        *place = (size_t)(entry - at(events, 0));
        return forgotten;
    }
    reserve(events);
    memmove(at(events, *place) + 1, at(events, *place),
            (events->count - *place) * sizeof *events->items);
    *at(events, *place) = *event;
    events->count++;
    return forgotten;
}

/* -- saving and loading */

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

void events_save(const struct events *events, const struct events_shape *shape, struct buf *out)
{
    pack_i64(out, events->united ? shape->part_us : 0);
    pack_u32(out, events->count);
    for (size_t i = 0; i < events->count; i++) {
        const struct operator_event *event = at(events, i);
        pack_i64(out, event->time_us);
        pack_u64(out, event->sequence);
        pack_u64(out, event->offset);
        pack_digest(out, &event->finding);
        pack_u32(out, event->source);
        pack_u32(out, event->count);
        if (shape->values) {
            pack_digest(out, &event->value);
        }
        if (shape->numbers) {
            save_number(event->number, out);
        }
    }
}

static struct operator_event load_event(const struct events_shape *shape, struct unpacker *from)
{
    struct operator_event event = {.time_us = unpack_i64(from)};
    event.sequence = unpack_u64(from);
    event.offset = unpack_u64(from);
    event.finding = unpack_digest(from);
    event.source = unpack_u32(from);
    event.count = unpack_u32(from);
    if (shape->values) {
        event.value = unpack_digest(from);
    }
    if (shape->numbers) {
        event.number = load_number(from);
    }
    return event;
}

void events_load(struct events *events, const struct events_shape *shape, uint32_t source_count,
                 struct unpacker *from)
{
    int64_t part_us = unpack_i64(from);
    uint32_t count = unpack_u32(from);
    unpack_expect(from, part_us == 0 || part_us == shape->part_us);
    unpack_expect(from, count > 0 && count <= EVENTS_MAX);
    events->united = part_us != 0;
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        struct operator_event event = load_event(shape, from);
        bool ordered = i == 0 || at(events, i - 1)->time_us <= event.time_us;
        unpack_expect(from, ordered && event.source < source_count && event.count > 0 &&
                                (event.count == 1 || events->united));
        if (!from->failed) {
            reserve(events);
            *at(events, i) = event;
            events->count++;
        }
    }
}
