/* events.c: one array of packed events, in which most are added at the end and forgotten at the
 * start. A single small one lies in the struct itself. */
#include "engine/correlate/events.h"

#include "base/check.h"
#include "base/slab.h"
#include "engine/correlate/event_form.h"

#include <stdlib.h>

/* HEAP_BYTES: what the heap takes beside a piece of memory. Pieces larger than SLAB_BYTES are few:
 * they come from there. */
enum { DISTINCT_PLACES = 2 * EVENTS_MAX, HEAP_BYTES = 16, SLAB_BYTES = 1024 };

/* Values met so far, each with the place of its entry + 1: by their own bits, linear probing. */
struct distinct {
    uint32_t places[DISTINCT_PLACES];
};

int64_t events_part_us(int64_t timespan_us)
{
    return timespan_us < EVENTS_PARTS ? 1 : timespan_us / EVENTS_PARTS;
}

/* -- entries */

static unsigned char *at(struct events *events, size_t place)
{
    unsigned char *bytes = events->capacity ? events->room.taken.bytes : events->room.alone;
    return bytes + (events->first + place) * events->size;
}

uint64_t events_weight(const struct events *events, size_t first, size_t end)
{
    uint64_t weight = end - first;
    if (events->form & EVENT_UNITED) {
        weight = 0;
        for (size_t i = first; i < end; i++) {
            weight += event_read_count(events->form, events_entry(events, i));
        }
    }
    return weight;
}

uint32_t events_input(const struct events *events, const struct events_shape *shape, size_t place)
{
    return event_read_input(shape, events->form, events_entry(events, place));
}

struct operator_event events_at(const struct events *events, const struct events_shape *shape,
                                size_t place)
{
    return event_read(shape, events->form, events_entry(events, place));
}

struct digest events_value(const struct events *events, const struct events_shape *shape,
                           size_t place)
{
    return event_read_value(shape, events->form, events_entry(events, place));
}

struct decimal events_number(const struct events *events, const struct events_shape *shape,
                             size_t place)
{
    return event_read_number(shape, events->form, events_entry(events, place));
}

double events_sum(const struct events *events, const struct events_shape *shape)
{
    return event_sum(shape, events->form, events_entry(events, 0), events->count);
}

void events_foresee(const struct events *events)
{
    if (events->capacity) {
        __builtin_prefetch(events_entry(events, 0));
        __builtin_prefetch(events_entry(events, events->count));
        __builtin_prefetch(events_entry(events, events->count) + events->size - 1);
    }
}

static void set(struct events *events, const struct events_shape *shape, size_t place,
                const struct operator_event *event)
{
    event_write(shape, events->form, event, at(events, place));
}

size_t events_find(const struct events *events, int64_t time_us)
{
    size_t low = 0;
    size_t high = events->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (events_time_us(events, middle) < time_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* -- memory */

/* 1, 2, 4, 6, 9, 13 and so on. */
static uint32_t grown(uint32_t capacity)
{
    return capacity < 2 ? capacity + 1 : capacity == 2 ? 4 : capacity + capacity / 2;
}

/* The least room that is taken for so many events. */
static uint32_t room_for(uint32_t count)
{
    uint32_t capacity = 0;
    while (capacity < count) {
        capacity = grown(capacity);
    }
    return capacity;
}

/* The least that as many take as there are: the room there is, where more than two thirds of it are
 * used. */
static uint32_t least_room(const struct events *events)
{
    return 3U * events->count > 2U * events->capacity + 2 && events->capacity
               ? events->capacity
               : room_for(events->count);
}

static bool lies_alone(size_t size, uint32_t capacity)
{
    return size <= EVENTS_INLINE_BYTES && capacity <= 1;
}

/* A piece of so many bytes is from the slab. */
static bool is_of_slab(const struct slab *slab, size_t bytes)
{
    return slab && bytes <= SLAB_BYTES;
}

size_t events_bytes(const struct events *events)
{
    uint32_t capacity = least_room(events);
    size_t bytes = (size_t)capacity * events->size;
    if (lies_alone(events->size, capacity)) {
        return 0;
    }
    return is_of_slab(events->room.taken.slab, bytes) ? slab_rounded(bytes) : bytes + HEAP_BYTES;
}

void events_release(struct events *events)
{
    size_t bytes = (size_t)events->capacity * events->size;
    if (bytes > 0 && is_of_slab(events->room.taken.slab, bytes)) {
        slab_give(events->room.taken.slab, events->room.taken.number);
    } else if (bytes > 0) {
        free(events->room.taken.bytes);
    }
    memset(events, 0, sizeof *events);
}

/* Gives an empty store room for so many events of its size. */
static void take_room(struct events *events, uint32_t capacity, struct slab *slab)
{
    size_t bytes = (size_t)capacity * events->size;
    if (lies_alone(events->size, capacity)) {
        return;
    }
    events->capacity = (uint16_t)capacity;
    events->room.taken.slab = slab;
    if (is_of_slab(slab, bytes)) {
        events->room.taken.number = slab_take(slab, bytes);
        events->room.taken.bytes = slab_at(slab, events->room.taken.number);
        return;
    }
    events->room.taken.bytes = malloc(bytes);
    if (!events->room.taken.bytes) {
        check_memory_exhausted(bytes);
    }
}

static void resize(struct events *events, uint32_t capacity, struct slab *slab)
{
    struct events moved = {.size = events->size, .form = events->form, .count = events->count};
    take_room(&moved, capacity, slab);
    memcpy(at(&moved, 0), at(events, 0), (size_t)events->count * events->size);
    events_release(events);
    *events = moved;
}

/* Writes all in another form; a store without a size gets one. */
static void reform(struct events *events, const struct events_shape *shape, uint8_t form)
{
    struct events moved = {.size = (uint8_t)event_size(shape, form), .form = form};
    take_room(&moved, room_for(events->count + 1U), shape->slab);
    moved.count = events->count;
    for (size_t i = 0; i < events->count; i++) {
        struct operator_event event = events_at(events, shape, i);
        set(&moved, shape, i, &event);
    }
    events_release(events);
    *events = moved;
}

/* Until the event fits. */
static void widen(struct events *events, const struct events_shape *shape,
                  const struct operator_event *event)
{
    uint8_t form = events->form;
    if (!event_is_narrow(shape, event)) {
        form |= EVENT_WIDE;
    }
    if (form != events->form || events->size == 0) {
        reform(events, shape, form);
    }
}

/* Room for one more behind the last. */
static void reserve(struct events *events, const struct events_shape *shape)
{
    uint32_t capacity = events->capacity ? events->capacity : lies_alone(events->size, 1);
    if (events->first + events->count < capacity) {
        return;
    }
    if (events->first > 0 && events->first >= capacity / 4) {
        memmove(at(events, 0) - events->first * events->size, at(events, 0),
                (size_t)events->count * events->size);
        events->first = 0;
        return;
    }
    resize(events, grown(capacity), shape->slab);
}

/* Room that is not needed any more is given back. */
void events_forget_first(struct events *events, size_t count)
{
    check(count <= events->count);
    events->first = (uint16_t)(events->first + count);
    events->count = (uint16_t)(events->count - count);
    if (events->count == 0) {
        events_release(events);
    } else if (events->count <= events->capacity / 3) {
        resize(events, room_for(events->count), events->room.taken.slab);
    }
}

/* -- making room */

/* The number of the part that a time lies in; the same for every event of it. */
static int64_t part_of(const struct events_shape *shape, int64_t time_us)
{
    int64_t part = time_us / shape->part_us;
    return part - (time_us % shape->part_us < 0);
}

static bool same_part(const struct events *events, const struct events_shape *shape, size_t place,
                      int64_t time_us)
{
    return part_of(shape, events_time_us(events, place)) == part_of(shape, time_us);
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

static void replace(struct events *events, const struct events_shape *shape, size_t place,
                    const struct operator_event *event)
{
    widen(events, shape, event);
    set(events, shape, place, event);
}

/* Counts an entry with another one that is earlier, in the place of that. */
static void unite_into(struct events *events, const struct events_shape *shape, size_t place,
                       size_t other, size_t kept)
{
    struct operator_event earlier = events_at(events, shape, other);
    struct operator_event later = events_at(events, shape, place);
    struct operator_event both = united(&earlier, &later);
    replace(events, shape, kept, &both);
}

/* Counts the events of each part together. */
static void unite_parts(struct events *events, const struct events_shape *shape)
{
    size_t kept = 0;
    for (size_t i = 1; i < events->count; i++) {
        if (same_part(events, shape, kept, events_time_us(events, i))) {
            unite_into(events, shape, i, kept, kept);
        } else {
            memmove(at(events, ++kept), at(events, i), events->size);
        }
    }
    events->count = (uint16_t)(events->count ? kept + 1 : 0);
}

/* Where a value's place stands, or would stand. */
static size_t bucket_of(const struct distinct *distinct, const struct events *events,
                        const struct events_shape *shape, const struct digest *value)
{
    size_t bucket;
    memcpy(&bucket, value->bytes, sizeof bucket);
    for (bucket %= DISTINCT_PLACES; distinct->places[bucket];
         bucket = (bucket + 1) % DISTINCT_PLACES) {
        struct digest met = events_value(events, shape, distinct->places[bucket] - 1);
        if (digest_equals(&met, value)) {
            break;
        }
    }
    return bucket;
}

/* Leaves the newest event of each value. */
static void unite_values(struct events *events, const struct events_shape *shape)
{
    struct distinct seen = {0};
    size_t kept = events->count;
    for (size_t i = events->count; i > 0; i--) {
        struct digest value = events_value(events, shape, i - 1);
        size_t bucket = bucket_of(&seen, events, shape, &value);
        if (seen.places[bucket]) {
            size_t later = seen.places[bucket] - 1;
            unite_into(events, shape, later, i - 1, later);
            continue;
        }
        memmove(at(events, --kept), at(events, i - 1), events->size);
        seen.places[bucket] = (uint32_t)kept + 1;
    }
    events_forget_first(events, kept);
}

/* How many entries may stay when one more comes. Where events are kept for much longer than a
 * timespan, their parts may be too many as well: then the oldest go, which only late events would
 * still have met. */
static uint32_t unite(struct events *events, const struct events_shape *shape)
{
    if (shape->room != EVENTS_FORGET && !(events->form & EVENT_UNITED)) {
        reform(events, shape, events->form | EVENT_UNITED);
    }
    switch (shape->room) {
    case EVENTS_UNITE_PARTS: unite_parts(events, shape); return EVENTS_MAX - EVENTS_PARTS;
    case EVENTS_UNITE_VALUES: unite_values(events, shape); return EVENTS_MAX - 1;
    case EVENTS_FORGET: return EVENTS_MAX - 1;
    }
    return 0;
}

static uint64_t make_room(struct events *events, const struct events_shape *shape)
{
    uint64_t forgotten = 0;
    uint32_t limit = unite(events, shape);
    while (events->count > limit) {
        forgotten += events_weight(events, 0, 1);
        events_forget_first(events, 1);
    }
    return forgotten;
}

/* -- taking in */

/* Behind all that are not later: what comes later in the log stands behind those of its time. */
static size_t place_of(const struct events *events, int64_t time_us)
{
    size_t place = events->count; /* most come at the end */
    while (place > 0 && time_us < events_time_us(events, place - 1)) {
        place--;
    }
    return place;
}

/* Where parts are united, the event is counted with the entry of its own part beside its place, if
 * there is one. */
static bool joins_part(struct events *events, const struct events_shape *shape,
                       const struct operator_event *event, size_t *place)
{
    bool before = *place > 0 && same_part(events, shape, *place - 1, event->time_us);
    bool behind = *place < events->count && same_part(events, shape, *place, event->time_us);
    if (!before && !behind) {
        return false;
    }
    *place -= before;
    struct operator_event entry = events_at(events, shape, *place);
    struct operator_event both = before ? united(&entry, event) : united(event, &entry);
    replace(events, shape, *place, &both);
    return true;
}

uint64_t events_insert(struct events *events, const struct events_shape *shape,
                       const struct operator_event *event, size_t *place)
{
    uint64_t forgotten = events->count < EVENTS_MAX ? 0 : make_room(events, shape);
    *place = place_of(events, event->time_us);
    if (events->form & EVENT_UNITED && shape->room == EVENTS_UNITE_PARTS &&
        joins_part(events, shape, event, place)) {
        return forgotten;
    }
    widen(events, shape, event);
    reserve(events, shape);
    if (*place < events->count) {
        memmove(at(events, *place + 1), at(events, *place),
                (events->count - *place) * events->size);
    }
    set(events, shape, *place, event);
    events->count++;
    return forgotten;
}

void events_keep(struct events *events, const struct events_shape *shape, const bool *kept)
{
    struct events rest = {0};
    check(!(events->form & EVENT_UNITED));
    for (size_t i = 0; i < events_count(events); i++) {
        const struct operator_event event = events_at(events, shape, i);
        size_t place;
        if (kept[i]) {
            (void)events_insert(&rest, shape, &event, &place);
        }
    }
    events_release(events);
    *events = rest;
}

/* -- saving and loading */

void events_save(const struct events *events, const struct events_shape *shape, struct buf *out)
{
    pack_u8(out, events->form);
    pack_u32(out, events->count);
    for (size_t i = 0; i < events->count; i++) {
        struct operator_event event = events_at(events, shape, i);
        event_save(shape, events->form, &event, out);
    }
}

static uint8_t load_form(const struct events_shape *shape, struct unpacker *from)
{
    if (from->version < 3) {
        int64_t part_us = unpack_i64(from);
        unpack_expect(from, part_us == 0 || part_us == shape->part_us);
        return part_us == 0 ? 0 : EVENT_UNITED;
    }
    uint8_t form = unpack_u8(from);
    bool may_unite = shape->room != EVENTS_FORGET;
    unpack_expect(from, form < EVENT_FORMS && (may_unite || !(form & EVENT_UNITED)));
    return form;
}

/* Behind all others; false when it cannot stand there. */
static bool append(struct events *events, const struct events_shape *shape,
                   const struct operator_event *event)
{
    size_t last = events->count - 1U;
    if (events->count > 0 && events_time_us(events, last) > event->time_us) {
        return false;
    }
    widen(events, shape, event);
    reserve(events, shape);
    set(events, shape, events->count, event);
    events->count++;
    return true;
}

void events_load(struct events *events, const struct events_shape *shape, uint32_t source_count,
                 struct unpacker *from)
{
    uint8_t form = load_form(shape, from);
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count > 0 && count <= EVENTS_MAX);
    if (!from->failed) {
        reform(events, shape, form);
    }
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        struct operator_event event = event_load(shape, form, from);
        bool sound = event.source < source_count && event.count > 0 &&
                     (event.count == 1 || form & EVENT_UNITED) &&
                     (from->version < 3 || form & EVENT_WIDE || event_is_narrow(shape, &event));
        unpack_expect(from, sound && append(events, shape, &event));
    }
}
