/* held_sources.c: a list, as there are few sources. */
#include "engine/held_sources.h"

#include "base/check.h"

#include <stdlib.h>

struct holder {
    struct span name;
    struct held_queue *queue;
};

struct held_sources {
    struct arena *arena; /* of names */
    struct holder *items;
    size_t count;
};

static void *resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size);
    if (!resized) {
        check_memory_exhausted(size);
    }
    return resized;
}

struct held_sources *held_sources_new(void)
{
    struct held_sources *sources = resize(NULL, sizeof *sources);
    *sources = (struct held_sources){.arena = arena_new(1024)};
    return sources;
}

void held_sources_free(struct held_sources **sources)
{
    struct held_sources *ended = *sources;
    if (!ended) {
        return;
    }
    for (size_t i = 0; i < ended->count; i++) {
        held_queue_free(&ended->items[i].queue);
    }
    arena_free(&ended->arena);
    free(ended->items);
    free(ended);
    *sources = NULL;
}

struct held_queue *held_sources_get(struct held_sources *sources, struct span name)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (span_equals(sources->items[i].name, name)) {
            return sources->items[i].queue;
        }
    }
    sources->items = resize(sources->items, (sources->count + 1) * sizeof *sources->items);
    struct holder *holder = &sources->items[sources->count++];
    *holder = (struct holder){arena_copy(sources->arena, name), held_queue_new()};
    return holder->queue;
}

void held_sources_each(const struct held_sources *sources, engine_held_fn each, void *context)
{
    for (size_t i = 0; i < sources->count; i++) {
        size_t count = held_queue_count(sources->items[i].queue);
        if (count > 0) {
            each(context, sources->items[i].name, count);
        }
    }
}

struct engine_held held_sources_sum(const struct held_sources *sources)
{
    struct engine_held sum = {.since_us = INT64_MAX};
    for (size_t i = 0; i < sources->count; i++) {
        const struct held_match *oldest = held_queue_oldest(sources->items[i].queue);
        sum.count += held_queue_count(sources->items[i].queue);
        sum.since_us = oldest && oldest->detected_us < sum.since_us ? oldest->detected_us
                                                                    : sum.since_us;
    }
    return sum;
}
