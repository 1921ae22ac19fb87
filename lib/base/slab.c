/* slab.c: free pieces of a chunk stand in a list through their first bytes; chunks of one size that
 * have room stand in a list, and so do those without memory. The first chunks are pieces of memory
 * of their own, so that a small slab is small; further ones are parts of blocks, which are large
 * pages. */
#include "base/slab.h"

#include "base/check.h"
#include "base/pages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNKS_MAX = (int)(UINT32_MAX / SLAB_CHUNK_UNITS), CHUNKS_MIN = 16 };
/* CHUNKS_ALONE: from here on chunks are parts of blocks; then at most a third is not used. */
enum { BLOCK_CHUNKS = PAGES_LARGE_BYTES / SLAB_CHUNK_BYTES, CHUNKS_ALONE = 2 * BLOCK_CHUNKS };
_Static_assert(BLOCK_CHUNKS == 32, "a bit for each");

struct slab_chunk {
    uint32_t units;  /* a piece */
    uint32_t live;   /* pieces */
    uint32_t fresh;  /* units from here on were never taken */
    uint32_t free;   /* number of the first free piece; 0: none */
    uint32_t next;   /* in the list of chunks with room, or of those without memory; 0: last */
    uint32_t before; /* in the list of chunks with room; 0: first */
    uint32_t block;  /* that it is part of, + 1; 0: none */
};

struct slab_block {
    unsigned char *memory; /* NULL: none now */
    uint32_t taken;        /* chunks of it, a bit for each */
};

static void *resized(void *memory, size_t count, size_t size)
{
    void *larger = realloc(memory, count * size);
    if (!larger) {
        check_memory_exhausted(count * size);
    }
    return larger;
}

void slab_deinit(struct slab *slab)
{
    for (uint32_t i = 0; i < slab->chunk_count; i++) {
        if (slab->bases[i] && slab->chunks[i].block == 0) {
            free(slab->bases[i]);
        }
    }
    for (uint32_t i = 0; i < slab->block_count; i++) {
        free(slab->blocks[i].memory);
    }
    free(slab->blocks);
    free(slab->bases);
    free(slab->chunks);
    free(slab->roomy);
    free(slab->spare);
    memset(slab, 0, sizeof *slab);
}

/* -- lists of chunks with room */

static void link_roomy(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk = &slab->chunks[number];
    uint32_t *first = &slab->roomy[chunk->units];
    chunk->before = 0;
    chunk->next = *first;
    if (*first) {
        slab->chunks[*first].before = number;
    }
    *first = number;
}

static void unlink_roomy(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk = &slab->chunks[number];
    *(chunk->before ? &slab->chunks[chunk->before].next : &slab->roomy[chunk->units]) =
        chunk->next;
    if (chunk->next) {
        slab->chunks[chunk->next].before = chunk->before;
    }
}

static bool has_room(const struct slab_chunk *chunk)
{
    return chunk->free || chunk->fresh + chunk->units <= SLAB_CHUNK_UNITS;
}

/* -- blocks */

/* The number of a block with room. */
static uint32_t roomy_block(struct slab *slab)
{
    uint32_t number = slab->block_first;
    while (number < slab->block_count && slab->blocks[number].taken == UINT32_MAX) {
        number++;
    }
    slab->block_first = number;
    if (number == slab->block_count) {
        slab->blocks = resized(slab->blocks, number + 1U, sizeof *slab->blocks);
        slab->blocks[slab->block_count++] = (struct slab_block){0};
    }
    if (!slab->blocks[number].memory) {
        slab->blocks[number].memory = pages_take(PAGES_LARGE_BYTES);
    }
    return number;
}

static void take_memory(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk = &slab->chunks[number];
    if (slab->live_chunks++ < CHUNKS_ALONE) {
        slab->bases[number] = pages_take(SLAB_CHUNK_BYTES);
        return;
    }
    uint32_t block_number = roomy_block(slab);
    struct slab_block *block = &slab->blocks[block_number];
    unsigned part = (unsigned)__builtin_ctz(~block->taken);
    block->taken |= 1U << part;
    chunk->block = block_number + 1;
    slab->bases[number] = block->memory + (size_t)part * SLAB_CHUNK_BYTES;
}

static void give_memory(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk = &slab->chunks[number];
    unsigned char *memory = slab->bases[number];
    slab->bases[number] = NULL;
    slab->live_chunks--;
    if (chunk->block == 0) {
        free(memory);
        return;
    }
    struct slab_block *block = &slab->blocks[chunk->block - 1];
    block->taken &= ~(1U << ((size_t)(memory - block->memory) / SLAB_CHUNK_BYTES));
    slab->block_first =
        chunk->block - 1 < slab->block_first ? chunk->block - 1 : slab->block_first;
    if (block->taken == 0) {
        free(block->memory);
        block->memory = NULL;
    }
}

/* -- chunks */

static void know_size(struct slab *slab, size_t units)
{
    if (units < slab->size_count) {
        return;
    }
    size_t count = units + 1;
    slab->roomy = resized(slab->roomy, count, sizeof *slab->roomy);
    slab->spare = resized(slab->spare, count, sizeof *slab->spare);
    memset(slab->roomy + slab->size_count, 0, (count - slab->size_count) * sizeof *slab->roomy);
    memset(slab->spare + slab->size_count, 0, (count - slab->size_count) * sizeof *slab->spare);
    slab->size_count = count;
}

/* A number for a chunk; 0 is none. */
static uint32_t new_number(struct slab *slab)
{
    if (slab->chunk_count == slab->chunk_capacity) {
        uint32_t capacity = slab->chunk_capacity ? 2 * slab->chunk_capacity : CHUNKS_MIN;
        slab->bases = resized(slab->bases, capacity, sizeof *slab->bases);
        slab->chunks = resized(slab->chunks, capacity, sizeof *slab->chunks);
        slab->chunk_capacity = capacity;
    }
    if (slab->chunk_count == 0) {
        slab->bases[slab->chunk_count++] = NULL;
    }
    if (slab->chunk_count == CHUNKS_MAX) {
        check_memory_exhausted(SLAB_CHUNK_BYTES);
    }
    return slab->chunk_count++;
}

static void add_chunk(struct slab *slab, uint32_t units)
{
    uint32_t number = slab->spare[units];
    if (number) {
        slab->spare[units] = slab->chunks[number].next;
    } else {
        number = new_number(slab);
    }
    slab->chunks[number] = (struct slab_chunk){.units = units};
    take_memory(slab, number);
    link_roomy(slab, number);
}

/* One chunk of a size may stay empty, so that a piece that comes and goes costs no chunk. */
static void drop_chunk(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk = &slab->chunks[number];
    if (!chunk->before && !chunk->next) {
        return;
    }
    unlink_roomy(slab, number);
    give_memory(slab, number);
    chunk->next = slab->spare[chunk->units];
    slab->spare[chunk->units] = number;
}

/* -- pieces */

uint32_t slab_take(struct slab *slab, size_t bytes)
{
    uint32_t units = (uint32_t)(slab_rounded(bytes) / SLAB_UNIT_BYTES);
    check(bytes > 0 && bytes <= SLAB_PIECE_BYTES_MAX);
    know_size(slab, units);
    if (!slab->roomy[units]) {
        add_chunk(slab, units);
    }
    uint32_t chunk_number = slab->roomy[units];
    struct slab_chunk *chunk = &slab->chunks[chunk_number];
    uint32_t number = chunk->free;
    if (number) {
        memcpy(&chunk->free, slab_at(slab, number), sizeof chunk->free);
        __builtin_prefetch(chunk->free ? slab_at(slab, chunk->free) : NULL); /* the next */
    } else {
        number = chunk_number * SLAB_CHUNK_UNITS + chunk->fresh;
        chunk->fresh += units;
    }
    chunk->live++;
    if (!has_room(chunk)) {
        unlink_roomy(slab, chunk_number);
    }
    memset(slab_at(slab, number), 0, (size_t)units * SLAB_UNIT_BYTES);
    return number;
}

void slab_give(struct slab *slab, uint32_t number)
{
    uint32_t chunk_number = number / SLAB_CHUNK_UNITS;
    struct slab_chunk *chunk = &slab->chunks[chunk_number];
    check(chunk->live > 0);
    if (!has_room(chunk)) {
        link_roomy(slab, chunk_number);
    }
    memcpy(slab_at(slab, number), &chunk->free, sizeof chunk->free);
    chunk->free = number;
    chunk->live--;
    if (chunk->live == 0) {
        drop_chunk(slab, chunk_number);
    }
}

void *slab_at_last(const struct slab *slab, uint32_t number)
{
    uint32_t chunk = number / SLAB_CHUNK_UNITS;
    bool was_taken = slab->bases[chunk] && number % SLAB_CHUNK_UNITS < slab->chunks[chunk].fresh;
    return was_taken ? slab_at(slab, number) : NULL;
}
