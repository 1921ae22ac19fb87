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

/* Entries that came in the order of their times: a ring. */
struct due_run {
    struct due *items;
    size_t first;
    size_t count;
    size_t capacity; /* a power of two, or 0 */
};

/* Those that no run takes: a heap of four branches, those of one entry in one line of the cache. */
struct due_heap {
    void *memory;
    struct due *entries;
    size_t count;
    size_t capacity;
};

enum { SCHEDULE_RUNS = 8 };

/* Times are mostly told in their order, those of each policy a while ahead: such an entry is added
 * to a run, at whose other end it is taken off. In place, zeroed. */
struct schedule {
    struct due_run runs[SCHEDULE_RUNS];
    struct due_heap heap;
    size_t count;
    size_t earliest; /* the run that the earliest is of; SCHEDULE_RUNS: the heap */
};

/* Gives back what it takes. */
void schedule_deinit(struct schedule *schedule);
/* Adds an entry. */
void schedule_add(struct schedule *schedule, struct due due);
/* The earliest; NULL without any. */
const struct due *schedule_first(const struct schedule *schedule);
/* One that may well be the earliest when so many were taken off; NULL: none is known. */
const struct due *schedule_later(const struct schedule *schedule, size_t places);
/* Takes the earliest off. */
void schedule_take(struct schedule *schedule);
/* Leaves those that hold; each is asked once. */
void schedule_filter(struct schedule *schedule, bool (*holds)(void *context, const struct due *due),
                     void *context);

#endif
