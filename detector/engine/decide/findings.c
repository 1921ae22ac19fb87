/* findings.c: a ring of ids, oldest first, with a hash table over it: what falls out of the ring or
 * of its horizon is forgotten. */
#include "engine/decide/findings.h"

#include "base/check.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 64 };

struct finding {
    struct digest state_id;
    struct digest finding;
    int64_t forgotten_us; /* watermark of its source at which it is forgotten */
    uint32_t fan_index;
    uint32_t source;
};

/* The findings stand in a ring in the order they came; `buckets` holds places in the ring + 1, 0
 * for none, with linear probing, twice as many as the ring has places. */
struct findings {
    struct finding *ring;
    size_t capacity; /* a power of two */
    size_t head;     /* place of the oldest */
    size_t count;
    size_t count_max;
    uint32_t *buckets;
    int64_t *watermarks; /* by source */
    size_t watermark_count;
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        check_memory_exhausted(count * size);
    }
    return memory;
}

struct findings *findings_new(size_t count_max)
{
    struct findings *findings = allocate(1, sizeof *findings);
    check(count_max > 0 && count_max < UINT32_MAX / 2);
    findings->count_max = count_max;
    return findings;
}

void findings_free(struct findings **findings)
{
    if (*findings) {
        free((*findings)->ring);
        free((*findings)->buckets);
        free((*findings)->watermarks);
        free(*findings);
        *findings = NULL;
    }
}

/* Ids are hashes already. */
static uint64_t hash_of(const struct finding *finding)
{
    uint64_t left;
    uint64_t right;
    memcpy(&left, finding->finding.bytes, sizeof left);
    memcpy(&right, finding->state_id.bytes, sizeof right);
    return left ^ right ^ (finding->fan_index * UINT64_C(0x9E3779B97F4A7C15));
}

static size_t bucket_mask(const struct findings *findings)
{
    return 2 * findings->capacity - 1;
}

static bool same(const struct finding *a, const struct finding *b)
{
    return a->fan_index == b->fan_index && digest_equals(&a->finding, &b->finding) &&
           digest_equals(&a->state_id, &b->state_id);
}

/* The bucket that holds the finding, or the empty one where it belongs. */
static size_t bucket_of(const struct findings *findings, const struct finding *finding)
{
    size_t bucket = hash_of(finding) & bucket_mask(findings);
    while (findings->buckets[bucket] &&
           !same(&findings->ring[findings->buckets[bucket] - 1], finding)) {
        bucket = (bucket + 1) & bucket_mask(findings);
    }
    return bucket;
}

static void grow(struct findings *findings)
{
    struct findings old = *findings;
    findings->capacity = old.capacity ? 2 * old.capacity : CAPACITY_MIN;
    findings->ring = allocate(findings->capacity, sizeof *findings->ring);
    findings->buckets = allocate(2 * findings->capacity, sizeof *findings->buckets);
    findings->head = 0;
    for (size_t i = 0; i < old.count; i++) {
        findings->ring[i] = old.ring[(old.head + i) & (old.capacity - 1)];
        findings->buckets[bucket_of(findings, &findings->ring[i])] = (uint32_t)(i + 1);
    }
    free(old.ring);
    free(old.buckets);
}

/* Empties a bucket and moves up what probing would no longer find. */
static void empty_bucket(struct findings *findings, size_t bucket)
{
    size_t mask = bucket_mask(findings);
    findings->buckets[bucket] = 0;
    for (size_t next = (bucket + 1) & mask; findings->buckets[next]; next = (next + 1) & mask) {
        size_t home = hash_of(&findings->ring[findings->buckets[next] - 1]) & mask;
        if (((next - home) & mask) >= ((next - bucket) & mask)) {
            findings->buckets[bucket] = findings->buckets[next];
            findings->buckets[next] = 0;
            bucket = next;
        }
    }
}

static void drop_oldest(struct findings *findings)
{
    empty_bucket(findings, bucket_of(findings, &findings->ring[findings->head]));
    findings->head = (findings->head + 1) & (findings->capacity - 1);
    findings->count--;
}

static bool is_forgotten(const struct findings *findings, const struct finding *finding)
{
    return findings->watermarks[finding->source] >= finding->forgotten_us;
}

void findings_advance(struct findings *findings, uint32_t source, int64_t watermark_us)
{
    if (source >= findings->watermark_count) {
        int64_t *watermarks = realloc(findings->watermarks, (source + 1) * sizeof *watermarks);
        if (!watermarks) {
            check_memory_exhausted((source + 1) * sizeof *watermarks);
        }
        for (size_t i = findings->watermark_count; i <= source; i++) {
            watermarks[i] = INT64_MIN;
        }
        findings->watermarks = watermarks;
        findings->watermark_count = source + 1;
    }
    if (watermark_us > findings->watermarks[source]) {
        findings->watermarks[source] = watermark_us;
    }
    while (findings->count > 0 && is_forgotten(findings, &findings->ring[findings->head])) {
        drop_oldest(findings);
    }
}

/* Counted from the later of the two: by its own time a late event would be forgotten at once. */
static int64_t horizon_end(const struct signal *signal)
{
    int64_t from = signal->event_time_us > signal->watermark_us ? signal->event_time_us
                                                                : signal->watermark_us;
    int64_t end;
    return __builtin_add_overflow(from, signal->horizon_us, &end) ? INT64_MAX : end;
}

static void append(struct findings *findings, const struct finding *finding)
{
    if (findings->count == findings->capacity) {
        grow(findings);
    }
    size_t place = (findings->head + findings->count) & (findings->capacity - 1);
    findings->ring[place] = *finding;
    findings->buckets[bucket_of(findings, finding)] = (uint32_t)(place + 1);
    findings->count++;
}

enum findings_answer findings_add(struct findings *findings, const struct signal *signal,
                                  uint32_t source, uint64_t *dropped)
{
    struct finding finding = {
        .state_id = signal->state_id,
        .finding = signal->finding,
        .forgotten_us = horizon_end(signal),
        .fan_index = signal->fan_index,
        .source = source,
    };
    uint32_t place = findings->capacity ? findings->buckets[bucket_of(findings, &finding)] : 0;
    if (place) {
        struct finding *known = &findings->ring[place - 1];
        bool forgotten = is_forgotten(findings, known);
        /* past its horizon, but still behind one in the ring that is not: new again, in its old
         * place */
        if (forgotten) {
            *known = finding;
        }
        return forgotten ? FINDINGS_NEW : FINDINGS_REPEATED;
    }
    if (findings->count == findings->count_max) {
        drop_oldest(findings);
        (*dropped)++;
    }
    append(findings, &finding);
    return FINDINGS_NEW;
}
