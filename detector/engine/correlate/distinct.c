/* distinct.c: adaptive sampling (Flajolet, "On adaptive sampling", Computing 43, 1990). */
#include "engine/correlate/distinct.h"

#include "base/check.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 8, HASH_BITS = 64 };

/* The top bits of a digest, which is uniform; never 0, which is an empty place. */
static uint64_t hash_of(const struct digest *value)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof hash; i++) {
        hash = hash << 8 | value->bytes[i];
    }
    return hash ? hash : 1;
}

static bool is_sampled(const struct distinct *distinct, uint64_t hash)
{
    return distinct->depth == 0 || hash >> (HASH_BITS - distinct->depth) == 0;
}

/* The place of a hash, or the empty one where it belongs. */
static size_t place_of(const struct distinct *distinct, uint64_t hash)
{
    size_t mask = distinct->capacity - 1;
    size_t place = hash & mask; /* the low bits: the high ones are alike in a sample */
    while (distinct->places[place] && distinct->places[place] != hash) {
        place = (place + 1) & mask;
    }
    return place;
}

/* The hashes that are sampled, in a table of another size. */
static void rebuild(struct distinct *distinct, uint32_t capacity)
{
    struct distinct old = *distinct;
    distinct->places = calloc(capacity, sizeof *distinct->places);
    if (!distinct->places) {
        check_memory_exhausted(capacity * sizeof *distinct->places);
    }
    distinct->capacity = capacity;
    distinct->count = 0;
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.places[i] && is_sampled(distinct, old.places[i])) {
            distinct->places[place_of(distinct, old.places[i])] = old.places[i];
            distinct->count++;
        }
    }
    free(old.places);
}

static void add_hash(struct distinct *distinct, uint64_t hash)
{
    if (2 * (distinct->count + 1) > distinct->capacity) {
        rebuild(distinct, distinct->capacity ? 2 * distinct->capacity : CAPACITY_MIN);
    }
    size_t place = place_of(distinct, hash);
    distinct->count += distinct->places[place] == 0;
    distinct->places[place] = hash;
}

void distinct_add(struct distinct *distinct, const struct digest *value)
{
    uint64_t hash = hash_of(value);
    if (!is_sampled(distinct, hash)) {
        return;
    }
    add_hash(distinct, hash);
    while (distinct->count > DISTINCT_VALUES_MAX && distinct->depth < HASH_BITS - 1) {
        distinct->depth++;
        rebuild(distinct, distinct->capacity);
    }
}

uint64_t distinct_count(const struct distinct *distinct)
{
    return (uint64_t)distinct->count << distinct->depth;
}

bool distinct_is_sample(const struct distinct *distinct)
{
    return distinct->depth > 0;
}

size_t distinct_bytes(const struct distinct *distinct)
{
    return distinct->count * sizeof *distinct->places; /* not the room: a loaded one has less */
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return *left < *right ? -1 : *left > *right;
}

void distinct_save(const struct distinct *distinct, struct buf *out)
{
    uint64_t sorted[DISTINCT_VALUES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < distinct->capacity; i++) {
        if (distinct->places[i]) {
            check(count < DISTINCT_VALUES_MAX);
            sorted[count++] = distinct->places[i];
        }
    }
    qsort(sorted, count, sizeof *sorted, compare);
    pack_u8(out, (uint8_t)distinct->depth);
    pack_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        pack_u64(out, sorted[i]);
    }
}

void distinct_load(struct distinct *distinct, struct unpacker *from)
{
    uint64_t last = 0;
    distinct->depth = unpack_u8(from);
    uint32_t count = unpack_u32(from);
    unpack_expect(from, distinct->depth < HASH_BITS && count <= DISTINCT_VALUES_MAX);
    for (uint32_t i = 0; i < count && !from->failed; i++) {
        uint64_t hash = unpack_u64(from);
        unpack_expect(from, hash > last && is_sampled(distinct, hash));
        if (!from->failed) {
            add_hash(distinct, hash);
        }
        last = hash;
    }
}

void distinct_release(struct distinct *distinct)
{
    free(distinct->places);
    *distinct = (struct distinct){0};
}
