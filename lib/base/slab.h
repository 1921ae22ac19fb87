/* slab.h: many small pieces of memory of a few sizes, each named by a 32-bit number: no header a
 * piece, no pointer where it is named. Pieces of one size lie in chunks of their own; a chunk whose
 * last piece is given back is given back as a whole. One thread. */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

enum {
    SLAB_UNIT_BYTES = 8, /* sizes are rounded up to it, pieces are aligned to it */
    SLAB_PIECE_BYTES_MAX = 32 * 1024,
    SLAB_CHUNK_BYTES = 64 * 1024,
    SLAB_CHUNK_UNITS = SLAB_CHUNK_BYTES / SLAB_UNIT_BYTES,
};

/* Its members are its own; visible for slab_at. */
struct slab {
    unsigned char **bases; /* of chunks, by number; NULL: no memory now */
    struct slab_chunk *chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    uint32_t live_chunks; /* that have memory */
    struct slab_block *blocks;
    uint32_t block_count;
    uint32_t block_first; /* before it no block has room for a chunk */
    uint32_t *roomy;  /* by units a piece: a chunk with room; 0: none */
    uint32_t *spare;  /* by units a piece: a chunk without memory; 0: none */
    size_t size_count;
};

/* In place, zeroed: without pieces. */
void slab_deinit(struct slab *slab);

/* The number, above 0, of a new piece, its bytes zeroed. bytes: 1 .. SLAB_PIECE_BYTES_MAX. At most
 * 32 GiB in all: beyond them memory counts as exhausted. */
uint32_t slab_take(struct slab *slab, size_t bytes);
/* Gives a piece back. What stands in it behind the first unit stays there until it is taken again,
 * or its chunk goes. */
void slab_give(struct slab *slab, uint32_t number);

/* Where a piece is for as long as it is taken. */
static inline void *slab_at(const struct slab *slab, uint32_t number)
{
    return slab->bases[number / SLAB_CHUNK_UNITS] +
           (size_t)(number % SLAB_CHUNK_UNITS) * SLAB_UNIT_BYTES;
}
/* The same of a number that may have been given back: a piece of the same size, taken or given
 * back; NULL when there is none at that place. */
void *slab_at_last(const struct slab *slab, uint32_t number);

/* What a piece of so many bytes takes. */
static inline size_t slab_rounded(size_t bytes)
{
    return (bytes + SLAB_UNIT_BYTES - 1) / SLAB_UNIT_BYTES * SLAB_UNIT_BYTES;
}

#endif
