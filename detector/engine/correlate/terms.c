/* terms.c: values in the order of when they were last seen. A value is new where none of its events
 * lies in the history before, nor behind: an event that comes late is no news. */
#include "engine/correlate/terms.h"

#include "base/check.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 4 };

struct term {
    int64_t last_us;
    struct digest value;
};

struct terms {
    struct term *items;
    uint32_t count;
    uint32_t capacity;
    int64_t since_us; /* the first event of the group that is known of */
};

static bool comes_before(const struct term *a, const struct term *b)
{
    return a->last_us != b->last_us ? a->last_us < b->last_us
                                    : memcmp(a->value.bytes, b->value.bytes, DIGEST_BYTES) < 0;
}

static size_t find(const struct terms *terms, const struct digest *value)
{
    size_t place = 0;
    while (place < terms->count && !digest_equals(&terms->items[place].value, value)) {
        place++;
    }
    return place;
}

static void take_out(struct terms *terms, size_t place)
{
    terms->count--;
    memmove(&terms->items[place], &terms->items[place + 1],
            (terms->count - place) * sizeof *terms->items);
}

static void put_in(struct terms *terms, const struct term *term)
{
    if (terms->count == terms->capacity) {
        uint32_t capacity = terms->capacity ? 2 * terms->capacity : CAPACITY_MIN;
        struct term *items = realloc(terms->items, capacity * sizeof *items);
        if (!items) {
            check_memory_exhausted(capacity * sizeof *items);
        }
        terms->items = items;
        terms->capacity = capacity;
    }
    size_t place = terms->count;
    while (place > 0 && comes_before(term, &terms->items[place - 1])) {
        place--;
    }
    memmove(&terms->items[place + 1], &terms->items[place],
            (terms->count - place) * sizeof *terms->items);
    terms->items[place] = *term;
    terms->count++;
}

/* The history that an event looks back on begins behind this time. */
static int64_t history_begin_us(const struct correlation *rule, int64_t time_us)
{
    int64_t begin_us;
    return __builtin_sub_overflow(time_us, rule->timespan_us, &begin_us) ? INT64_MIN : begin_us;
}

/* The group was known of for as long as it only learns. */
static bool has_learned(const struct terms *terms, const struct correlation *rule, int64_t time_us)
{
    int64_t known_us;
    return __builtin_sub_overflow(time_us, terms->since_us, &known_us) ||
           known_us >= rule->learning_us;
}

/* Remembers that the value was seen; true when that is news. */
static bool see(struct terms *terms, const struct correlation *rule,
                const struct operator_event *event, uint64_t *forgotten)
{
    struct term term = {event->time_us, event->value};
    size_t place = find(terms, &event->value);
    if (place == terms->count) {
        if (terms->count == TERMS_MAX) {
            take_out(terms, 0);
            (*forgotten)++;
        }
        put_in(terms, &term);
        return true;
    }
    int64_t last_us = terms->items[place].last_us;
    if (last_us < event->time_us) {
        take_out(terms, place);
        put_in(terms, &term);
    }
    return last_us <= history_begin_us(rule, event->time_us);
}

static int64_t terms_late_us(const struct correlation *rule, const struct operator_event *event)
{
    return correlation_end_us(rule, event->time_us);
}

static bool terms_apply(void *memory, const struct correlation *rule,
                        const struct operator_event *event, struct operator_firing *out)
{
    struct terms *terms = memory;
    uint64_t forgotten = 0;
    bool first = terms->count == 0;
    terms->since_us =
        first || event->time_us < terms->since_us ? event->time_us : terms->since_us;
    bool news = see(terms, rule, event, &forgotten);
    out->value = decimal_from_uint(terms->count - 1);
    out->event_count = out->listed = 1;
    out->events[0] = *event;
    out->from_us = out->to_us = event->time_us;
    out->since_us = terms->since_us;
    out->forgotten = forgotten;
    return news && has_learned(terms, rule, event->time_us);
}

static int64_t terms_due_us(const void *memory, const struct correlation *rule)
{
    const struct terms *terms = memory;
    return terms->count ? correlation_end_us(rule, terms->items[0].last_us) : INT64_MAX;
}

static bool terms_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                          struct operator_firing *out)
{
    struct terms *terms = memory;
    (void)out;
    while (terms->count > 0 &&
           correlation_end_us(rule, terms->items[0].last_us) <= watermark_us) {
        take_out(terms, 0);
    }
    return false;
}

static bool terms_is_learning(const void *memory, const struct correlation *rule,
                              int64_t watermark_us)
{
    return !has_learned(memory, rule, watermark_us);
}

static size_t terms_bytes(const void *memory)
{
    const struct terms *terms = memory;
    return terms->count * sizeof *terms->items; /* not the room: a state taken up has less */
}

static void terms_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    const struct terms *terms = memory;
    (void)rule;
    pack_i64(out, terms->since_us);
    pack_u32(out, terms->count);
    for (size_t i = 0; i < terms->count; i++) {
        pack_i64(out, terms->items[i].last_us);
        pack_digest(out, &terms->items[i].value);
    }
}

static void terms_load(void *memory, const struct correlation *rule, uint32_t source_count,
                       struct unpacker *from)
{
    struct terms *terms = memory;
    (void)rule;
    (void)source_count;
    terms->since_us = unpack_i64(from);
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count > 0 && count <= TERMS_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        struct term term = {.last_us = unpack_i64(from)};
        term.value = unpack_digest(from);
        unpack_expect(from, term.last_us >= terms->since_us &&
                                (i == 0 || comes_before(&terms->items[i - 1], &term)));
        if (!from->failed) {
            put_in(terms, &term);
        }
    }
}

static void terms_release(void *memory)
{
    struct terms *terms = memory;
    free(terms->items);
}

const struct operator_type terms_operator = {
    .memory_size = sizeof(struct terms),
    .late_us = terms_late_us,
    .apply = terms_apply,
    .due_us = terms_due_us,
    .advance = terms_advance,
    .is_learning = terms_is_learning,
    .bytes = terms_bytes,
    .save = terms_save,
    .load = terms_load,
    .release = terms_release,
};
