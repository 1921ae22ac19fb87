/* sources.h: the sources that a decider has heard of, by number: how far each has come, and how far
 * all of them. */
#ifndef ENGINE_DECIDE_SOURCES_H
#define ENGINE_DECIDE_SOURCES_H

#include "base/span.h"

enum { SOURCES_MAX = 65536 };

struct sources;

/* None heard of. with_ids: names are "topic/partition#id". A topic made anew has another id, and
 * its partitions are other sources, with floors of their own; but the time of each goes on, so that
 * what the old one opened still ends. */
struct sources *sources_new(bool with_ids);
/* Sets *sources to NULL. */
void sources_free(struct sources **sources);
/* How many were heard of; numbers lie below. */
uint32_t sources_count(const struct sources *sources);

/* The number of a source; sources_count when it was never heard of. */
uint32_t sources_find(const struct sources *sources, struct span name);
/* The same, but a new one gets the next number; SOURCES_MAX when there are so many already. */
uint32_t sources_intern(struct sources *sources, struct span name);
/* The name of a source; lives as long as the table. */
struct span sources_name(const struct sources *sources, uint32_t source);

/* The source by whose watermark a source lives: itself, or the first of that name before "#". */
uint32_t sources_clock(const struct sources *sources, uint32_t source);
/* INT64_MIN until told. */
int64_t sources_watermark(const struct sources *sources, uint32_t source);
bool sources_is_idle(const struct sources *sources, uint32_t source);
/* With ids: the topic of a source has so many partitions; 0: not said. It never has fewer. */
void sources_expect(struct sources *sources, uint32_t source, uint32_t partitions);
/* A source has come so far; the watermark never goes back. idle: it is at its end, or has long been
 * quiet, and holds nobody back until it is heard again. */
void sources_hear(struct sources *sources, uint32_t source, int64_t watermark_us, bool idle);
/* How far all have come: the lowest watermark of those that are not idle; where all are, the
 * highest, as if they had been one source. It never goes back: what a source brings from below it
 * is late. INT64_MIN as long as one that is not idle has told no time; and it does not go on before
 * as many partitions of each topic were heard of as it has. */
int64_t sources_low(const struct sources *sources);
/* With ids: topics heard of, numbered from 0 in the order of their first sources; how many
 * partitions each has, as told. */
uint32_t sources_topic_count(const struct sources *sources);
uint32_t sources_topic_partitions(const struct sources *sources, uint32_t topic);
/* Puts back what was said of a source or topic, for a state that is loaded; when all are there,
 * sources_restore_low says how far they had come. */
void sources_restore_topic(struct sources *sources, uint32_t topic, uint32_t partitions);
void sources_restore(struct sources *sources, uint32_t source, int64_t watermark_us, bool idle);
void sources_restore_low(struct sources *sources, int64_t low_us);
/* The committed position; 0 until told. */
uint64_t sources_floor(const struct sources *sources, uint32_t source);
/* Moves the floor; never back. */
void sources_raise(struct sources *sources, uint32_t source, uint64_t floor);

#endif
