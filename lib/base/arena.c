/* arena.c: chunks stand in a list and are kept by a reset, so that the same work again allocates
 * nothing. */
#include "base/arena.h"

#include "base/check.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHUNK_BYTES_DEFAULT = 64 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char bytes[];
};

/* Lives in the arena itself. */
struct deferred {
    void (*release)(void *object);
    void *object;
    struct deferred *earlier;
};

/* Chunks stand in a list in the order of their use; those after `current` (all when it is NULL) are
 * empty. */
struct arena {
    struct chunk *first;
    struct chunk *current;
    struct deferred *deferred; /* the latest */
    size_t chunk_bytes;
    size_t used;
};

/* Memory that runs out ends the program: half a batch must not be decided on. */
static struct chunk *chunk_new(size_t size)
{
    struct chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk) {
        check_memory_exhausted(size);
    }
    chunk->next = NULL;
    chunk->size = size;
    chunk->used = 0;
    return chunk;
}

struct arena *arena_new(size_t chunk_bytes)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (!arena) {
        check_memory_exhausted(sizeof *arena);
    }
    arena->chunk_bytes = chunk_bytes ? chunk_bytes : CHUNK_BYTES_DEFAULT;
    return arena;
}

static void release_deferred(struct arena *arena)
{
    for (struct deferred *at = arena->deferred; at; at = at->earlier) {
        at->release(at->object);
    }
    arena->deferred = NULL;
}

void arena_free(struct arena **arena)
{
    if (!*arena) {
        return;
    }
    release_deferred(*arena);
    struct chunk *chunk = (*arena)->first;
    while (chunk) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    free(*arena);
    *arena = NULL;
}

void arena_reset(struct arena *arena)
{
    release_deferred(arena);
    for (struct chunk *chunk = arena->first; chunk; chunk = chunk->next) {
        chunk->used = 0;
    }
    arena->current = NULL; /* the next allocation picks a chunk of its size */
    arena->used = 0;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

static bool fits(const struct chunk *chunk, size_t size)
{
    return chunk && size <= chunk->size - chunk->used;
}

/* Takes the smallest chunk that holds size bytes out of the list at *link, or makes one. */
static struct chunk *take_chunk(struct arena *arena, struct chunk **link, size_t size)
{
    struct chunk **best = NULL;
    for (; *link; link = &(*link)->next) {
        if (fits(*link, size) && (!best || (*link)->size < (*best)->size)) {
            best = link;
        }
        if (best && (*best)->size == arena->chunk_bytes) {
            break; /* none is smaller */
        }
    }
    if (!best) {
        return chunk_new(size > arena->chunk_bytes ? size : arena->chunk_bytes);
    }
    struct chunk *chunk = *best;
    *best = chunk->next;
    return chunk;
}

/* The chunk that takes size bytes: the current one, a later empty one, or a new one after it. A new
 * one is made only when no empty one is large enough, so that the same work again needs no more. */
static struct chunk *chunk_for(struct arena *arena, size_t size)
{
    if (fits(arena->current, size)) {
        return arena->current;
    }
    struct chunk **link = arena->current ? &arena->current->next : &arena->first;
    struct chunk *chunk = take_chunk(arena, link, size);
    chunk->next = *link;
    *link = chunk;
    arena->current = chunk;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    check(size_bytes < SIZE_MAX / 2);
    /* rounded up, so that what comes next is aligned too */
    size_t size = (size_bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct chunk *chunk = chunk_for(arena, size);
    void *memory = chunk->bytes + chunk->used;
    chunk->used += size;
    arena->used += size;
    return memset(memory, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size_bytes)
{
    check(size_bytes == 0 || count < SIZE_MAX / 2 / size_bytes);
    return arena_alloc(arena, count * size_bytes);
}

struct span arena_copy(struct arena *arena, struct span text)
{
    char *copy = arena_alloc(arena, text.len + 1);
    if (text.len) {
        memcpy(copy, text.ptr, text.len);
    }
    return span_of(copy, text.len);
}

void arena_defer(struct arena *arena, void (*release)(void *object), void *object)
{
    struct deferred *deferred = arena_alloc(arena, sizeof *deferred);
    *deferred = (struct deferred){release, object, arena->deferred};
    arena->deferred = deferred;
}

struct span arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    check(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return span_of(text, (size_t)length);
}

struct span arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct span text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}
