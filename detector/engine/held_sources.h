/* held_sources.h: what is held back of each source of an embedded detector. One thread. */
#ifndef ENGINE_HELD_SOURCES_H
#define ENGINE_HELD_SOURCES_H

#include "engine/batch.h"
#include "engine/held_queue.h"

struct held_sources;

/* No source holds anything. */
struct held_sources *held_sources_new(void);
/* Sets *sources to NULL. */
void held_sources_free(struct held_sources **sources);

/* That of a source, made when it is new; lives as long as the table. */
struct held_queue *held_sources_get(struct held_sources *sources, struct span name);
/* Gives how much is held of each source that holds anything. */
void held_sources_each(const struct held_sources *sources, engine_held_fn each, void *context);
/* Of all of them. */
struct engine_held held_sources_sum(const struct held_sources *sources);

#endif
