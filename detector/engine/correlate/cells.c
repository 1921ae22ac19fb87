/* cells.c: a hash table by policy and group, a heap by when cells are due, a list a policy by their
 * last events. */
#include "engine/correlate/cells.h"

#include "base/check.h"

#include <stdlib.h>

enum { BUCKETS_MIN = 64, MEMORY_ALIGNMENT = 16 };

/* `buckets` are found by linear probing, at most half of them in use. heap[0] is due first. */
struct cells {
    struct cell **buckets;
    size_t bucket_count; /* a power of two */
    struct cell **heap;  /* as much room as half of the buckets */
    size_t count;
    size_t bytes;
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory) {
        check_memory_exhausted(count * size);
    }
    return memory;
}

struct cells *cells_new(void)
{
    struct cells *cells = allocate(1, sizeof *cells);
    cells->bucket_count = BUCKETS_MIN;
    cells->buckets = allocate(BUCKETS_MIN, sizeof *cells->buckets);
    cells->heap = allocate(BUCKETS_MIN / 2, sizeof *cells->heap);
    return cells;
}

static void cell_free(struct cell *cell)
{
    cell->policy->type->release(cell->memory);
    keepsakes_free(&cell->kept);
    free(cell);
}

void cells_free(struct cells **cells)
{
    struct cells *ended = *cells;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->count; i++) {
        cell_free(ended->heap[i]);
    }
    free(ended->buckets);
    free(ended->heap);
    free(ended);
    *cells = NULL;
}

size_t cells_count(const struct cells *cells)
{
    return cells->count;
}

size_t cells_bytes(const struct cells *cells)
{
    return cells->bytes;
}

/* -- by group */

static uint64_t hash_of(const struct watched *policy, struct span group_key)
{
    uint64_t state;
    memcpy(&state, policy->state_id.bytes, sizeof state);
    return state ^ span_hash(group_key);
}

/* The bucket of the cell, or the empty one where it belongs. */
static size_t bucket_of(const struct cells *cells, const struct watched *policy,
                        struct span group_key, uint64_t hash)
{
    size_t mask = cells->bucket_count - 1;
    size_t bucket = hash & mask;
    for (; cells->buckets[bucket]; bucket = (bucket + 1) & mask) {
        const struct cell *cell = cells->buckets[bucket];
        if (cell->hash == hash && cell->policy == policy &&
            span_equals(cell->group_key, group_key)) {
            break;
        }
    }
    return bucket;
}

struct cell *cells_find(const struct cells *cells, const struct watched *policy,
                        struct span group_key)
{
    return cells->buckets[bucket_of(cells, policy, group_key, hash_of(policy, group_key))];
}

static void grow(struct cells *cells)
{
    free(cells->buckets);
    cells->bucket_count *= 2;
    cells->buckets = allocate(cells->bucket_count, sizeof *cells->buckets);
    struct cell **heap = allocate(cells->bucket_count / 2, sizeof *heap);
    memcpy(heap, cells->heap, cells->count * sizeof *heap);
    free(cells->heap);
    cells->heap = heap;
    for (size_t i = 0; i < cells->count; i++) {
        struct cell *cell = heap[i];
        cells->buckets[bucket_of(cells, cell->policy, cell->group_key, cell->hash)] = cell;
    }
}

/* Empties a bucket and moves up what probing would no longer find. */
static void empty_bucket(struct cells *cells, size_t bucket)
{
    size_t mask = cells->bucket_count - 1;
    cells->buckets[bucket] = NULL;
    for (size_t next = (bucket + 1) & mask; cells->buckets[next]; next = (next + 1) & mask) {
        size_t home = cells->buckets[next]->hash & mask;
        if (((next - home) & mask) >= ((next - bucket) & mask)) {
            cells->buckets[bucket] = cells->buckets[next];
            cells->buckets[next] = NULL;
            bucket = next;
        }
    }
}

/* -- by when they are due */

/* Ties are broken by what is the same in every run. */
static bool is_due_before(const struct cell *a, const struct cell *b)
{
    if (a->due_us != b->due_us) {
        return a->due_us < b->due_us;
    }
    int order = memcmp(a->policy->state_id.bytes, b->policy->state_id.bytes, DIGEST_BYTES);
    order = order ? order : span_compare(a->policy->text, b->policy->text);
    return order ? order < 0 : span_compare(a->group_key, b->group_key) < 0;
}

static void put(struct cells *cells, size_t place, struct cell *cell)
{
    cells->heap[place] = cell;
    cell->heap_place = place;
}

/* Puts the cell where it belongs, from a place on up or down. */
static void settle(struct cells *cells, size_t place, struct cell *cell)
{
    while (place > 0 && is_due_before(cell, cells->heap[(place - 1) / 2])) {
        put(cells, place, cells->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * place + 1;
        if (child + 1 < cells->count &&
            is_due_before(cells->heap[child + 1], cells->heap[child])) {
            child++;
        }
        if (child >= cells->count || !is_due_before(cells->heap[child], cell)) {
            break;
        }
        put(cells, place, cells->heap[child]);
        place = child;
    }
    put(cells, place, cell);
}

struct cell *cells_next(const struct cells *cells)
{
    return cells->count ? cells->heap[0] : NULL;
}

/* -- by their last events */

static void unlink_cell(struct cell *cell)
{
    struct watched *policy = cell->policy;
    *(cell->older ? &cell->older->newer : &policy->oldest) = cell->newer;
    *(cell->newer ? &cell->newer->older : &policy->newest) = cell->older;
}

static void link_newest(struct cell *cell)
{
    struct watched *policy = cell->policy;
    cell->older = policy->newest;
    cell->newer = NULL;
    *(cell->older ? &cell->older->newer : &policy->oldest) = cell;
    policy->newest = cell;
}

void cells_touch(struct cell *cell)
{
    if (cell->newer) {
        unlink_cell(cell);
        link_newest(cell);
    }
}

/* -- all of it */

static size_t memory_offset(void)
{
    return (sizeof(struct cell) + MEMORY_ALIGNMENT - 1) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
}

static size_t bytes_alone(const struct cell *cell)
{
    return memory_offset() + cell->policy->type->memory_size + cell->group_key.len;
}

static struct cell *cell_new(struct watched *policy, struct span group_key)
{
    size_t key_offset = memory_offset() + policy->type->memory_size;
    char *bytes = allocate(1, key_offset + group_key.len);
    struct cell *cell = (struct cell *)(void *)bytes;
    cell->policy = policy;
    cell->memory = bytes + memory_offset();
    cell->group_key = span_of(bytes + key_offset, group_key.len);
    if (group_key.len) {
        memcpy(bytes + key_offset, group_key.ptr, group_key.len);
    }
    cell->hash = hash_of(policy, group_key);
    cell->due_us = INT64_MAX;
    return cell;
}

struct cell *cells_add(struct cells *cells, struct watched *policy, struct span group_key)
{
    struct cell *cell = cell_new(policy, group_key);
    if (2 * (cells->count + 1) > cells->bucket_count) {
        grow(cells);
    }
    size_t bucket = bucket_of(cells, policy, cell->group_key, cell->hash);
    check(!cells->buckets[bucket]);
    cells->buckets[bucket] = cell;
    settle(cells, cells->count++, cell);
    link_newest(cell);
    cell->bytes = bytes_alone(cell);
    cells->bytes += cell->bytes;
    policy->bytes += cell->bytes;
    return cell;
}

void cells_changed(struct cells *cells, struct cell *cell)
{
    struct watched *policy = cell->policy;
    size_t bytes = bytes_alone(cell) + policy->type->bytes(cell->memory) +
                   keepsakes_bytes(cell->kept);
    int64_t due_us = policy->type->due_us(cell->memory, &policy->rule);
    cells->bytes += bytes - cell->bytes;
    policy->bytes += bytes - cell->bytes;
    cell->bytes = bytes;
    if (due_us != cell->due_us) {
        cell->due_us = due_us;
        settle(cells, cell->heap_place, cell);
    }
}

void cells_remove(struct cells *cells, struct cell *cell)
{
    struct cell *moved = cells->heap[--cells->count];
    empty_bucket(cells, bucket_of(cells, cell->policy, cell->group_key, cell->hash));
    if (moved != cell) {
        settle(cells, cell->heap_place, moved);
    }
    unlink_cell(cell);
    cells->bytes -= cell->bytes;
    cell->policy->bytes -= cell->bytes;
    cell_free(cell);
}
