/* worker.h: threads that run the slices of one task at a time, with a barrier at its end. */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <stddef.h>

struct worker_pool;

/* count >= 1 workers; the caller's thread is the first of them, so 1 starts no thread. */
struct worker_pool *worker_pool_new(size_t count);
/* Ends the threads, which run no task; sets *pool to NULL. */
void worker_pool_free(struct worker_pool **pool);
/* Workers, the caller's thread included. */
size_t worker_pool_count(const struct worker_pool *pool);

/* Calls run(context, worker, slice) once for each slice of 0..slices-1; a worker takes the next
 * free slice. Returns when all are done. One caller at a time. */
void worker_pool_run(struct worker_pool *pool, size_t slices,
                     void (*run)(void *context, size_t worker, size_t slice), void *context);

#endif
