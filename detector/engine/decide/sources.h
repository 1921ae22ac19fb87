/* sources.h: the sources that a decider has heard of, by number: how far each has come. */
#ifndef ENGINE_DECIDE_SOURCES_H
#define ENGINE_DECIDE_SOURCES_H

#include "base/span.h"

enum { SOURCES_MAX = 65536 };

struct sources;

/* None heard of. with_ids: names end in "#" and the id of what they name (a topic). Made anew it is
 * another source, with a floor of its own; but its time goes on, so that what the old one opened
 * still ends. */
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
/* Moves the watermark; never back. */
void sources_advance(struct sources *sources, uint32_t source, int64_t watermark_us);
/* The lowest of all: no source is behind it. INT64_MIN as long as one has not been told. */
int64_t sources_low(const struct sources *sources);
/* The lowest of all if this source's were as high as watermark_us. */
int64_t sources_low_with(const struct sources *sources, uint32_t source, int64_t watermark_us);
/* The committed position; 0 until told. */
uint64_t sources_floor(const struct sources *sources, uint32_t source);
/* Moves the floor; never back. */
void sources_raise(struct sources *sources, uint32_t source, uint64_t floor);

#endif
