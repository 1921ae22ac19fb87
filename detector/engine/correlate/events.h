/* events.h: the events of one group that may still count, by time, then in the order of the log.
 * Bounded: a full store makes room in the way that its shape says. Lies in an operator's memory,
 * zeroed: none. */
#ifndef ENGINE_CORRELATE_EVENTS_H
#define ENGINE_CORRELATE_EVENTS_H

#include "engine/correlate/operator.h"

enum {
    EVENTS_MAX = 1024, /* of a group, one by one */
    EVENTS_PARTS = 64, /* of a timespan */
};

/* How a full store makes room. */
enum events_room {
    EVENTS_UNITE_PARTS,  /* events of one part of the timespan are counted together from then on, in
                            the place of the newest; if that is not enough, the oldest are
                            forgotten */
    EVENTS_UNITE_VALUES, /* of the events of one value the newest stays, and counts for all */
    EVENTS_FORGET,       /* the oldest is forgotten */
};

struct slab;

/* What is kept of each event beside when, where and which it was. It follows from the rule alone:
 * a store is given the same one all its life. */
struct events_shape {
    enum events_room room;
    int64_t part_us;  /* how long a part is, 1 or more */
    bool values;      /* the `value` is kept */
    bool numbers;     /* the `number` is kept */
    bool inputs;      /* the `input` is kept; below 256 */
    bool no_sequence; /* the `sequence` is not kept: nobody asks for it again */
    struct slab *slab; /* where the store takes room from; outlives it. NULL: from the heap */
};

enum { EVENTS_INLINE_BYTES = 32 };

/* The members are the store's own. */
struct events {
    union {
        struct {
            unsigned char *bytes;
            struct slab *slab; /* NULL: of the heap */
            uint32_t number;   /* in the slab */
        } taken;
        unsigned char alone[EVENTS_INLINE_BYTES]; /* of a single small event */
    } room;
    uint16_t first;
    uint16_t count;
    uint16_t capacity; /* events that were `taken` room for; 0: `alone` it is */
    uint8_t size;      /* bytes an event */
    uint8_t form;
};

/* How long a part of a timespan is, which is 1 or more. */
int64_t events_part_us(int64_t timespan_us);

/* Takes an event in, which comes later in the log than all that are there. *place: where it stands
 * now, or what it is counted with. Gives how many events were forgotten to make room. */
uint64_t events_insert(struct events *events, const struct events_shape *shape,
                       const struct operator_event *event, size_t *place);
/* Forgets the first `count` entries, of as many or more. */
void events_forget_first(struct events *events, size_t count);
/* Forgets the entries whose mark is false, of a store that forgets where it is full. */
void events_keep(struct events *events, const struct events_shape *shape, const bool *kept);
/* Forgets all of them, and gives back what they took. */
void events_release(struct events *events);

/* Entries; each stands for one event, or for several that are counted together. */
static inline size_t events_count(const struct events *events)
{
    return events->count;
}
/* Where the entry at a place lies, whose time stands first. */
static inline const unsigned char *events_entry(const struct events *events, size_t place)
{
    const unsigned char *bytes = events->capacity ? events->room.taken.bytes : events->room.alone;
    return bytes + (events->first + place) * events->size;
}
/* Of the entry at a place below the count. */
static inline int64_t events_time_us(const struct events *events, size_t place)
{
    int64_t time_us;
    memcpy(&time_us, events_entry(events, place), sizeof time_us);
    return time_us;
}
/* Events that the entries from `first` up to `end`, which is not among them, stand for: as many as
 * there are entries, or more. */
uint64_t events_weight(const struct events *events, size_t first, size_t end);
/* Which input it is of. */
uint32_t events_input(const struct events *events, const struct events_shape *shape, size_t place);
/* All that is kept of it; what is not is zero. */
struct operator_event events_at(const struct events *events, const struct events_shape *shape,
                                size_t place);
/* Its value or number alone. */
struct digest events_value(const struct events *events, const struct events_shape *shape,
                           size_t place);
struct decimal events_number(const struct events *events, const struct events_shape *shape,
                             size_t place);
/* About what all numbers come to: off by less than a part in 10^12, where none is negative. */
double events_sum(const struct events *events, const struct events_shape *shape);
/* Has the first and the last entry fetched, and where the next will be written. */
void events_foresee(const struct events *events);
/* The first place, of those up to the count, whose time is not below this one. */
size_t events_find(const struct events *events, int64_t time_us);

/* Bytes that they take beside the struct: of the room that so many events are given. A function of
 * what was taken in, the same for a store that was saved and loaded. */
size_t events_bytes(const struct events *events);
/* As bytes, and back into an empty one (from->version: that of the state). What is read is refused
 * (`failed`) unless it is what was saved of one that is not empty. */
void events_save(const struct events *events, const struct events_shape *shape, struct buf *out);
void events_load(struct events *events, const struct events_shape *shape, uint32_t source_count,
                 struct unpacker *from);

#endif
