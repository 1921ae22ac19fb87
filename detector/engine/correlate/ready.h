/* ready.h: the cells that are due at one time, in the order in which they are looked at: those that
 * may fire first, then by policy and group. Inside this folder only. */
#ifndef ENGINE_CORRELATE_READY_H
#define ENGINE_CORRELATE_READY_H

#include "engine/correlate/cells.h"

struct ready {
    struct cell *cell;
    const struct watched *policy;
    uint64_t key; /* eight bytes of its group key, behind what all of one time begin with */
    uint32_t number;
};

/* Zeroed: none. */
struct ready_list {
    struct ready *items;
    size_t count;
    size_t capacity;
    size_t first;    /* the ones before it were looked at */
    bool some_fire;
    int64_t time_us; /* at which all are due */
};

/* Empties it for what is due at another time, and keeps its memory. */
void ready_begin(struct ready_list *list, int64_t time_us);
void ready_add(struct ready_list *list, struct cell *cell);
/* Brings them into their order, where it shows: that of every run. */
void ready_sort(struct ready_list *list);
void ready_deinit(struct ready_list *list);

#endif
