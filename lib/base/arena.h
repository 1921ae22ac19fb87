/* arena.h: memory that is given back all at once. One arena a batch a worker, one a plan. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

#include <stdarg.h>

struct arena;

/* chunk_bytes: size of a chunk, 0 for 64 KiB. Ends the process when memory is exhausted. */
struct arena *arena_new(size_t chunk_bytes);
/* Gives everything back and sets *arena to NULL. */
void arena_free(struct arena **arena);
/* Forgets every allocation and keeps the memory for the next round. */
void arena_reset(struct arena *arena);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

/* size_bytes of zeroed memory, aligned for any type; lives until reset or free. Never NULL.
 * One thread at a time. */
void *arena_alloc(struct arena *arena, size_t size_bytes);
/* count * size_bytes of zeroed memory; the product is checked. */
void *arena_array(struct arena *arena, size_t count, size_t size_bytes);
/* A copy that ends in NUL; its span does not count the NUL. */
struct span arena_copy(struct arena *arena, struct span text);
/* The text that printf would write, ending in NUL. */
/* Calls release(object) at the next reset or free, the latest first: for what lies outside the
 * arena and must not outlive what does lie in it. */
void arena_defer(struct arena *arena, void (*release)(void *object), void *object);
struct span arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct span arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#endif
