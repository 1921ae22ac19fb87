/* terms.c: values with when they were last seen, in no order, which one is the oldest kept aside. A
 * value is new where none of its events lies in the history before, nor behind: an event that comes
 * late is no news. */
#include "engine/correlate/terms.h"

#include "base/check.h"

#include <stdlib.h>

/* HEAP_BYTES: what the heap takes beside a piece of memory. */
enum { HEAP_BYTES = 16 };

struct term {
    int64_t last_us;
    struct digest value;
};
enum { TERM_BYTES = sizeof(struct term) + 1 };

/* In one piece of memory: all values with their times, then all first bytes of values, which are
 * looked through for a value. */
struct terms {
    struct term *items;
    int64_t since_us; /* the first event of the group that is known of */
    uint16_t count;
    uint16_t capacity;
    uint16_t oldest;  /* the place of the first of all, by time, then by value */
};

static unsigned char *tags_of(const struct terms *terms)
{
    return (unsigned char *)(terms->items + terms->capacity);
}

static void set(struct terms *terms, size_t place, const struct term *term)
{
    terms->items[place] = *term;
    tags_of(terms)[place] = term->value.bytes[0];
}

static bool comes_before(const struct term *a, const struct term *b)
{
    return a->last_us != b->last_us ? a->last_us < b->last_us
                                    : memcmp(a->value.bytes, b->value.bytes, DIGEST_BYTES) < 0;
}

static int compare_terms(const void *left, const void *right)
{
    return comes_before(left, right) ? -1 : comes_before(right, left);
}

/* The place of a value, or the count. */
static size_t find(const struct terms *terms, const struct digest *value)
{
    const unsigned char *tags = terms->count ? tags_of(terms) : NULL;
    size_t place = 0;
    while (place < terms->count) {
        const unsigned char *met = memchr(tags + place, value->bytes[0], terms->count - place);
        place = met ? (size_t)(met - tags) : terms->count;
        if (met && digest_equals(&terms->items[place].value, value)) {
            break;
        }
        place += met != NULL;
    }
    return place;
}

static void find_oldest(struct terms *terms)
{
    size_t oldest = 0;
    for (size_t i = 1; i < terms->count; i++) {
        oldest = comes_before(&terms->items[i], &terms->items[oldest]) ? i : oldest;
    }
    terms->oldest = (uint16_t)oldest;
}

static uint32_t grown(uint32_t capacity)
{
    uint32_t larger = capacity < 4 ? capacity + 1 : capacity + capacity / 2;
    return larger < TERMS_MAX ? larger : TERMS_MAX;
}

static void grow(struct terms *terms)
{
    struct terms larger = *terms;
    larger.capacity = (uint16_t)grown(terms->capacity);
    larger.items = malloc((size_t)larger.capacity * TERM_BYTES);
    if (!larger.items) {
        check_memory_exhausted((size_t)larger.capacity * TERM_BYTES);
    }
    for (size_t i = 0; i < terms->count; i++) {
        set(&larger, i, &terms->items[i]);
    }
    free(terms->items);
    *terms = larger;
}

static void put_in(struct terms *terms, const struct term *term)
{
    if (terms->count == terms->capacity) {
        grow(terms);
    }
    set(terms, terms->count, term);
    if (terms->count == 0 || comes_before(term, &terms->items[terms->oldest])) {
        terms->oldest = terms->count;
    }
    terms->count++;
}

/* Leaves those seen behind a time. */
static void forget_until(struct terms *terms, const struct correlation *rule,
                         int64_t watermark_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < terms->count; i++) {
        struct term term = terms->items[i];
        if (correlation_end_us(rule, term.last_us) > watermark_us) {
            set(terms, kept++, &term);
        }
    }
    terms->count = (uint16_t)kept;
    find_oldest(terms);
}

static void forget_oldest(struct terms *terms)
{
    struct term last = terms->items[terms->count - 1U];
    set(terms, terms->oldest, &last);
    terms->count--;
    find_oldest(terms);
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
            forget_oldest(terms);
            (*forgotten)++;
        }
        put_in(terms, &term);
        return true;
    }
    int64_t last_us = terms->items[place].last_us;
    if (last_us < event->time_us) {
        terms->items[place].last_us = event->time_us;
        if (place == terms->oldest) {
            find_oldest(terms);
        }
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
    return terms->count ? correlation_end_us(rule, terms->items[terms->oldest].last_us) : INT64_MAX;
}

static bool terms_advance(void *memory, const struct correlation *rule, int64_t watermark_us,
                          struct operator_firing *out)
{
    (void)out;
    if (terms_due_us(memory, rule) <= watermark_us) {
        forget_until(memory, rule, watermark_us);
    }
    return false;
}

static bool terms_is_learning(const void *memory, const struct correlation *rule,
                              int64_t watermark_us)
{
    return !has_learned(memory, rule, watermark_us);
}

/* The least that so many terms take: the room there is, where more than two thirds of it are
 * used. */
static uint32_t least_room(const struct terms *terms)
{
    uint32_t capacity = 0;
    if (3U * terms->count > 2U * terms->capacity + 2 && terms->capacity < TERMS_MAX) {
        return terms->capacity;
    }
    while (capacity < terms->count) {
        capacity = grown(capacity);
    }
    return capacity;
}

/* By how many there are, not by the room: a state taken up may have less. */
static size_t terms_bytes(const void *memory)
{
    const struct terms *terms = memory;
    uint32_t capacity = least_room(terms);
    return capacity * (size_t)TERM_BYTES + (capacity ? HEAP_BYTES : 0);
}

static void terms_foresee(const void *memory, unsigned char tag, bool near)
{
    const struct terms *terms = memory;
    const unsigned char *tags = terms->count ? tags_of(terms) : NULL;
    const unsigned char *met = near && tags ? memchr(tags, tag, terms->count) : NULL;
    if (met) {
        __builtin_prefetch(&terms->items[met - tags]);
    } else if (tags && !near) {
        __builtin_prefetch(tags);
        __builtin_prefetch(tags + terms->count - 1);
    }
}

static void terms_save(const void *memory, const struct correlation *rule, struct buf *out)
{
    const struct terms *terms = memory;
    struct term sorted[TERMS_MAX];
    (void)rule;
    for (size_t i = 0; i < terms->count; i++) {
        sorted[i] = terms->items[i];
    }
    qsort(sorted, terms->count, sizeof *sorted, compare_terms);
    pack_i64(out, terms->since_us);
    pack_u32(out, terms->count);
    for (size_t i = 0; i < terms->count; i++) {
        pack_i64(out, sorted[i].last_us);
        pack_digest(out, &sorted[i].value);
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
    struct term before = {0};
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        struct term term = {.last_us = unpack_i64(from)};
        term.value = unpack_digest(from);
        unpack_expect(from, term.last_us >= terms->since_us &&
                                (i == 0 || comes_before(&before, &term)) &&
                                find(terms, &term.value) == terms->count);
        if (!from->failed) {
            put_in(terms, &term);
        }
        before = term;
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
    .foresee = terms_foresee,
    .save = terms_save,
    .load = terms_load,
    .release = terms_release,
};
