/* buckets.c: most groups have one or two open; most events come into the last. */
#include "engine/correlate/buckets.h"

#include "base/check.h"

#include <math.h>
#include <stdlib.h>

static void *grown(void *items, size_t count, size_t size)
{
    void *more = realloc(items, count * size);
    if (!more) {
        check_memory_exhausted(count * size);
    }
    return more;
}

/* -- the buckets of a group */

/* The piece of memory in which they lie. */
static struct bucket *piece_of(const struct buckets *buckets)
{
    return buckets->items ? buckets->items - buckets->dropped : NULL;
}

/* Room for one more: where others went, or new. */
static void reserve(struct buckets *buckets)
{
    struct bucket *piece = piece_of(buckets);
    if (buckets->count < buckets->capacity) {
        return;
    }
    buckets->capacity += buckets->dropped;
    if (buckets->dropped > 0) {
        memmove(piece, buckets->items, buckets->count * sizeof *piece);
    }
    if (2 * buckets->dropped <= buckets->capacity) { /* little would come of that */
        buckets->capacity = buckets->capacity ? 2 * buckets->capacity : 1;
        piece = grown(piece, buckets->capacity, sizeof *piece);
    }
    buckets->items = piece;
    buckets->dropped = 0;
}

struct bucket *buckets_at(struct buckets *buckets, int64_t start_us)
{
    size_t place = buckets->count;
    while (place > 0 && buckets->items[place - 1].start_us > start_us) {
        place--;
    }
    if (place > 0 && buckets->items[place - 1].start_us == start_us) {
        return &buckets->items[place - 1];
    }
    if (buckets->count == BUCKETS_OPEN_MAX) {
        return NULL;
    }
    reserve(buckets);
    struct bucket *bucket = &buckets->items[place];
    memmove(bucket + 1, bucket, (buckets->count - place) * sizeof *bucket);
    buckets->count++;
    *bucket = (struct bucket){.start_us = start_us};
    return bucket;
}

static uint32_t bucket_bytes(const struct bucket *bucket)
{
    size_t listed = bucket->listed ? bucket->listed_count * sizeof *bucket->listed : 0;
    return (uint32_t)(listed + distinct_bytes(&bucket->values));
}

static void bucket_release(struct bucket *bucket)
{
    free(bucket->listed);
    distinct_release(&bucket->values);
}

void buckets_drop_first(struct buckets *buckets)
{
    buckets->bytes -= bucket_bytes(&buckets->items[0]);
    bucket_release(&buckets->items[0]);
    buckets->items++;
    buckets->dropped++;
    buckets->capacity--;
    buckets->count--;
}

void buckets_trim(struct buckets *buckets)
{
    if (buckets->count == 0) {
        buckets_release(buckets);
    }
}

void buckets_release(struct buckets *buckets)
{
    for (size_t i = 0; i < buckets->count; i++) {
        bucket_release(&buckets->items[i]);
    }
    free(piece_of(buckets));
    *buckets = (struct buckets){0};
}

/* -- events */

static bool comes_before(const struct bucket_event *a, const struct bucket_event *b)
{
    return a->time_us != b->time_us ? a->time_us < b->time_us : a->sequence < b->sequence;
}

/* Room for one more. Many buckets have one event, or few: 1, 4, 12, and all. */
static struct bucket_event *reserve_listed(struct bucket *bucket)
{
    if (bucket->listed_count == 0) {
        return &bucket->only;
    }
    if (bucket->listed_count >= bucket->listed_capacity) {
        uint32_t next = bucket->listed_capacity ? 3 * bucket->listed_capacity : 4;
        bool first = !bucket->listed;
        bucket->listed_capacity = next < OPERATOR_EVENTS_LISTED ? next : OPERATOR_EVENTS_LISTED;
        bucket->listed = grown(bucket->listed, bucket->listed_capacity, sizeof *bucket->listed);
        if (first) {
            bucket->listed[0] = bucket->only;
        }
    }
    return bucket->listed;
}

const struct bucket_event *bucket_events(const struct bucket *bucket)
{
    return bucket->listed ? bucket->listed : &bucket->only;
}

static void list_event(struct bucket *bucket, const struct bucket_event *event)
{
    bool full = bucket->listed_count == OPERATOR_EVENTS_LISTED;
    if (full && !comes_before(event, &bucket->listed[OPERATOR_EVENTS_LISTED - 1])) {
        return;
    }
    struct bucket_event *listed = full ? bucket->listed : reserve_listed(bucket);
    size_t place = full ? OPERATOR_EVENTS_LISTED - 1 : bucket->listed_count++;
    while (place > 0 && comes_before(event, &listed[place - 1])) {
        listed[place] = listed[place - 1];
        place--;
    }
    listed[place] = *event;
}

static void measure(struct bucket *bucket, enum correlation_metric metric,
                    const struct operator_event *event)
{
    switch (metric) {
    case METRIC_EVENT_COUNT: break;
    case METRIC_DISTINCT: distinct_add(&bucket->values, &event->value); break;
    case METRIC_SUM:
    case METRIC_ERROR_RATIO:
        /* beyond 1E+6144 it stays where it is: the detector knows no such value */
        (void)!decimal_add(bucket->number, event->number, &bucket->number);
        bucket->has_negative |= event->number.negative;
        break;
    case METRIC_RELATIVE_CHANGE:
        if (bucket->event_count == 0 || decimal_compare(event->number, bucket->number) > 0) {
            bucket->number = event->number;
        }
        break;
    }
}

void buckets_add(struct buckets *buckets, struct bucket *bucket, enum correlation_metric metric,
                 const struct operator_event *event)
{
    const struct bucket_event seen = {
        .time_us = event->time_us,
        .sequence = event->sequence,
        .offset = event->offset,
        .finding = event->finding,
        .source = event->source,
    };
    uint32_t bytes_before = bucket_bytes(bucket);
    measure(bucket, metric, event);
    if (bucket->event_count++ == 0) {
        bucket->shown_us = event->time_us;
        bucket->shown_sequence = event->sequence;
        bucket->newest = seen;
    }
    bucket->newest = comes_before(&bucket->newest, &seen) ? seen : bucket->newest;
    list_event(bucket, &seen);
    buckets->bytes += bucket_bytes(bucket) - bytes_before;
}

struct decimal bucket_value(const struct bucket *bucket, enum correlation_metric metric)
{
    struct decimal value = bucket->number;
    struct decimal count = decimal_from_uint(bucket->event_count);
    switch (metric) {
    case METRIC_EVENT_COUNT: return count;
    case METRIC_DISTINCT: return decimal_from_uint(distinct_count(&bucket->values));
    case METRIC_ERROR_RATIO:
        (void)!decimal_divide(value, count, &value); /* a sum too near to 0 stays what it is */
        return value;
    case METRIC_SUM:
    case METRIC_RELATIVE_CHANGE: return value;
    }
    return value;
}

double bucket_number(const struct bucket *bucket, enum correlation_metric metric)
{
    switch (metric) {
    case METRIC_EVENT_COUNT: return (double)bucket->event_count;
    case METRIC_DISTINCT: return (double)distinct_count(&bucket->values);
    case METRIC_SUM:
    case METRIC_ERROR_RATIO:
    case METRIC_RELATIVE_CHANGE: break;
    }
    return decimal_to_double(bucket_value(bucket, metric));
}

bool bucket_is_approximate(const struct bucket *bucket, enum correlation_metric metric)
{
    return metric == METRIC_DISTINCT ? distinct_is_sample(&bucket->values)
                                     : metric == METRIC_SUM && bucket->number.rounded;
}

bool bucket_only_grows(const struct bucket *bucket, enum correlation_metric metric)
{
    return metric != METRIC_ERROR_RATIO && !bucket->has_negative;
}

struct operator_event bucket_listed(const struct bucket_event *event)
{
    return (struct operator_event){
        .time_us = event->time_us,
        .sequence = event->sequence,
        .offset = event->offset,
        .finding = event->finding,
        .source = event->source,
        .count = 1,
    };
}

size_t buckets_bytes(const struct buckets *buckets)
{
    return buckets->count * sizeof *buckets->items + buckets->bytes;
}

/* -- saving and loading */

void bucket_save_event(const struct bucket_event *event, struct buf *out)
{
    pack_i64(out, event->time_us);
    pack_u64(out, event->sequence);
    pack_u64(out, event->offset);
    pack_digest(out, &event->finding);
    pack_u32(out, event->source);
}

struct bucket_event bucket_load_event(uint32_t source_count, struct unpacker *from)
{
    struct bucket_event event = {.time_us = unpack_i64(from)};
    event.sequence = unpack_u64(from);
    event.offset = unpack_u64(from);
    event.finding = unpack_digest(from);
    event.source = unpack_u32(from);
    unpack_expect(from, event.source < source_count);
    return event;
}

static void bucket_save(const struct bucket *bucket, enum correlation_metric metric,
                        struct buf *out)
{
    uint64_t score;
    memcpy(&score, &bucket->alerted_score, sizeof score);
    pack_i64(out, bucket->start_us);
    pack_u64(out, bucket->event_count);
    pack_u8(out, bucket->has_negative);
    pack_u64(out, score);
    pack_i64(out, bucket->shown_us);
    pack_u64(out, bucket->shown_sequence);
    bucket_save_event(&bucket->newest, out);
    for (size_t i = 0; i < bucket->listed_count; i++) {
        bucket_save_event(&bucket_events(bucket)[i], out);
    }
    if (metric == METRIC_DISTINCT) {
        distinct_save(&bucket->values, out);
    } else if (metric != METRIC_EVENT_COUNT) {
        pack_decimal(out, bucket->number);
    }
}

/* As many as there are to list. */
static void load_listed(struct bucket *bucket, uint32_t source_count, struct unpacker *from)
{
    uint64_t count = bucket->event_count < OPERATOR_EVENTS_LISTED ? bucket->event_count
                                                                   : OPERATOR_EVENTS_LISTED;
    for (uint64_t i = 0; i < count && !from->failed; i++) {
        struct bucket_event event = bucket_load_event(source_count, from);
        bool ordered = i == 0 || !comes_before(&event, &bucket_events(bucket)[i - 1]);
        unpack_expect(from, ordered && !comes_before(&bucket->newest, &event));
        if (!from->failed) {
            list_event(bucket, &event);
        }
    }
}

static void bucket_load(struct bucket *bucket, enum correlation_metric metric,
                        uint32_t source_count, struct unpacker *from)
{
    bucket->event_count = unpack_u64(from);
    uint8_t has_negative = unpack_u8(from);
    uint64_t score = unpack_u64(from);
    memcpy(&bucket->alerted_score, &score, sizeof score);
    bucket->has_negative = has_negative == 1;
    unpack_expect(from, bucket->event_count > 0 && has_negative <= 1 &&
                            isfinite(bucket->alerted_score) && bucket->alerted_score >= 0);
    bucket->shown_us = unpack_i64(from);
    bucket->shown_sequence = unpack_u64(from);
    bucket->newest = bucket_load_event(source_count, from);
    load_listed(bucket, source_count, from);
    if (metric == METRIC_DISTINCT) {
        distinct_load(&bucket->values, from);
    } else if (metric != METRIC_EVENT_COUNT) {
        bucket->number = unpack_decimal(from);
    }
}

void buckets_save(const struct buckets *buckets, const struct correlation *rule, struct buf *out)
{
    pack_u32(out, buckets->count);
    for (size_t i = 0; i < buckets->count; i++) {
        bucket_save(&buckets->items[i], rule->metric, out);
    }
}

void buckets_load(struct buckets *buckets, const struct correlation *rule, uint32_t source_count,
                  struct unpacker *from)
{
    uint32_t count = unpack_u32(from);
    unpack_expect(from, count <= BUCKETS_OPEN_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        int64_t start_us = unpack_i64(from);
        unpack_expect(from, i == 0 || start_us > buckets->items[i - 1].start_us);
        if (!from->failed) {
            struct bucket *bucket = buckets_at(buckets, start_us);
            bucket_load(bucket, rule->metric, source_count, from);
            buckets->bytes += bucket_bytes(bucket);
        }
    }
}
