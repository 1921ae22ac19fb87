/* source_times.c: a short table; sources are few, and asked for once a batch. */
#include "engine/source_times.h"

#include "base/check.h"

#include <stdlib.h>

enum { TICKS_PER_SOURCE = 3 };

struct source_time {
    char *name;
    size_t name_length;
    int64_t watermark_us;
    bool idle;
    bool told; /* every partition has heard of it */
    int64_t told_us;
    bool told_idle;
};

struct source_times {
    struct source_time *items;
    size_t count;
    size_t capacity;
};

struct source_times *source_times_new(void)
{
    struct source_times *times = calloc(1, sizeof *times);
    if (!times) {
        check_memory_exhausted(sizeof *times);
    }
    return times;
}

void source_times_free(struct source_times **times)
{
    if (*times) {
        for (size_t i = 0; i < (*times)->count; i++) {
            free((*times)->items[i].name);
        }
        free((*times)->items);
        free(*times);
        *times = NULL;
    }
}

static struct span name_of(const struct source_time *time)
{
    return span_of(time->name, time->name_length);
}

static struct source_time *add(struct source_times *times, struct span source)
{
    if (times->count == times->capacity) {
        size_t capacity = times->capacity ? 2 * times->capacity : 8;
        struct source_time *items = realloc(times->items, capacity * sizeof *items);
        if (!items) {
            check_memory_exhausted(capacity * sizeof *items);
        }
        times->items = items;
        times->capacity = capacity;
    }
    char *name = malloc(source.len + 1);
    if (!name) {
        check_memory_exhausted(source.len + 1);
    }
    if (source.len) {
        memcpy(name, source.ptr, source.len);
    }
    struct source_time *time = &times->items[times->count++];
    *time = (struct source_time){
        .name = name, .name_length = source.len, .watermark_us = INT64_MIN, .told_us = INT64_MIN};
    return time;
}

static struct source_time *find(struct source_times *times, struct span source)
{
    for (size_t i = 0; i < times->count; i++) {
        if (span_equals(name_of(&times->items[i]), source)) {
            return &times->items[i];
        }
    }
    return add(times, source);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void source_times_see(struct source_times *times, struct span source, int64_t watermark_us,
                      bool idle)
{
    struct source_time *time = find(times, source);
    time->watermark_us = later(time->watermark_us, watermark_us);
    time->idle = idle;
}

void source_times_replay(struct source_times *times, const struct signal *signal)
{
    struct source_time *time = find(times, signal->source);
    time->watermark_us = later(time->watermark_us, signal->watermark_us);
    time->idle = signal->idle;
    if (signal->kind == SIGNAL_TICK) {
        time->told = true;
        time->told_us = later(time->told_us, signal->watermark_us);
        time->told_idle = signal->idle;
    }
}

void source_times_rest_all(struct source_times *times)
{
    for (size_t i = 0; i < times->count; i++) {
        times->items[i].idle = true;
    }
}

int64_t source_times_low(const struct source_times *times)
{
    int64_t lowest_us = INT64_MAX;
    int64_t highest_us = INT64_MIN;
    bool all_idle = true;
    for (size_t i = 0; i < times->count; i++) {
        const struct source_time *time = &times->items[i];
        highest_us = later(highest_us, time->watermark_us);
        if (!time->idle) {
            lowest_us = time->watermark_us < lowest_us ? time->watermark_us : lowest_us;
            all_idle = false;
        }
    }
    return all_idle ? highest_us : lowest_us;
}

size_t source_times_ticks_max(const struct source_times *times)
{
    return TICKS_PER_SOURCE * times->count;
}

/* -- what is told: first who is to be waited for, then how far they are, last who is not */

static bool is_held_back_untold(const struct source_time *time)
{
    return !time->idle && (!time->told || time->told_idle);
}

static bool is_further_than_told(const struct source_time *time)
{
    return !time->idle && time->watermark_us > time->told_us;
}

static bool is_rest_untold(const struct source_time *time)
{
    return time->idle &&
           (!time->told || !time->told_idle || time->watermark_us > time->told_us);
}

bool source_times_is_told(struct source_times *times, struct span source)
{
    const struct source_time *time = find(times, source);
    return time->told && time->told_us >= time->watermark_us && time->told_idle == time->idle;
}

static struct signal tell(struct source_time *time, int64_t watermark_us)
{
    time->told = true;
    time->told_us = watermark_us;
    time->told_idle = time->idle;
    return (struct signal){
        .kind = SIGNAL_TICK,
        .source = name_of(time),
        .event_time_us = watermark_us,
        .watermark_us = watermark_us,
        .idle = time->idle,
    };
}

size_t source_times_tell(struct source_times *times, struct span except, struct signal *out)
{
    size_t count = 0;
    if (times->count < 2) {
        return 0;
    }
    for (size_t i = 0; i < times->count; i++) {
        if (is_held_back_untold(&times->items[i])) {
            out[count++] = tell(&times->items[i], times->items[i].told_us);
        }
    }
    for (size_t i = 0; i < times->count; i++) {
        bool excepted = except.len && span_equals(name_of(&times->items[i]), except);
        if (!excepted && is_further_than_told(&times->items[i])) {
            out[count++] = tell(&times->items[i], times->items[i].watermark_us);
        }
    }
    for (size_t i = 0; i < times->count; i++) {
        if (is_rest_untold(&times->items[i])) {
            out[count++] = tell(&times->items[i], times->items[i].watermark_us);
        }
    }
    return count;
}
