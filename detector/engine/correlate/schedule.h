/* schedule.h: what is due when: times with the numbers of those concerned, the earliest first. An
 * entry stays until it is taken off; whether it still holds is for those concerned to say. Inside
 * this folder only. */
#ifndef ENGINE_CORRELATE_SCHEDULE_H
#define ENGINE_CORRELATE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct due {
    int64_t time_us;
    uint32_t number;
};

/* A heap of four branches: those of one entry lie in one line of the cache. In place, zeroed. */
struct schedule {
    void *memory;
    struct due *entries;
    size_t count;
    size_t capacity;
};

void schedule_deinit(struct schedule *schedule);
void schedule_add(struct schedule *schedule, struct due due);
/* The earliest; NULL without any. */
const struct due *schedule_first(const struct schedule *schedule);
/* Takes the earliest off. */
void schedule_take(struct schedule *schedule);
/* Leaves those that hold. */
void schedule_filter(struct schedule *schedule, bool (*holds)(void *context, const struct due *due),
                     void *context);

#endif
