/* source_world.h: a file source, a folder of its own, and what was read so far. */
#ifndef COMPONENT_SOURCE_WORLD_H
#define COMPONENT_SOURCE_WORLD_H

#include "file/file_source.h"
#include "temporary.h"

struct source_world {
    struct temporary temporary;
    struct source *source;
    struct buf seen;      /* "offset/line:bytes;" a record, "refused" instead of the bytes */
    struct buf position;  /* after the last batch */
    uint64_t records;
    uint64_t blank;
};

/* Set-up and tear-down of one test. */
int source_world_up(void **state);
int source_world_down(void **state);

/* Forgets what was seen, not the position. */
void source_world_forget(struct source_world *world);
/* Makes a source for a file of the folder (NULL: standard input), closing the one before. */
void source_world_make(struct source_world *world, const char *name, bool follow, size_t most);
/* Opens the source at the world's position. */
enum status source_world_resume(struct source_world *world);
/* Makes one that does not follow and opens it at the world's position. */
enum status source_world_open(struct source_world *world, const char *name);
/* One read that gives something. */
void source_world_read(struct source_world *world);
/* Reads until it does not give more; returns why. */
enum status source_world_read_rest(struct source_world *world);
/* Adds a batch to what was seen. */
void source_world_note(struct source_world *world, const struct source_batch *batch);
void source_world_expect(struct source_world *world, const char *seen);
/* The source's problem contains this. */
bool source_world_says(struct source_world *world, const char *part);

#endif
