/* source_times.h: how far each source of a detector has come, and what of it the log says already.
 * Deciding knows of sources by the log alone: where several are read, each partition of it must
 * hear how far the others are before anything is decided by the time of all of them. What nothing
 * depends on is not written. One thread. */
#ifndef ENGINE_SOURCE_TIMES_H
#define ENGINE_SOURCE_TIMES_H

#include "base/arena.h"
#include "model/signal.h"

struct source_times;

/* No source is known. */
struct source_times *source_times_new(void);
/* Sets *times to NULL. */
void source_times_free(struct source_times **times);

/* How a source stands now; its watermark never goes back. idle: nobody waits for it. */
void source_times_see(struct source_times *times, struct span source, int64_t watermark_us,
                      bool idle);
/* What the log says: a tick tells a source to every partition, another signal only that it has come
 * so far. In log order. */
void source_times_replay(struct source_times *times, const struct signal *signal);
/* Nobody waits for any of them: before those that are read are seen. */
void source_times_rest_all(struct source_times *times);

/* How far all have come: as sources_low of those that all partitions would have, were they told. */
int64_t source_times_low(const struct source_times *times);
/* Every partition has heard how this source stands. */
bool source_times_is_told(struct source_times *times, struct span source);
/* Most ticks that source_times_tell may give now. */
size_t source_times_ticks_max(const struct source_times *times);
/* Writes what the log does not say yet as ticks (kind, source, times and idle alone) to out, which
 * has room for them; gives how many. Told in such an order that no time is taken for that of all
 * before each is told. Nothing where there is only one source: its signals tell its time. But
 * `except` (empty: none): how far that one has come is told by its own signals. Names live as long
 * as the table. */
size_t source_times_tell(struct source_times *times, struct span except, struct signal *out);

#endif
