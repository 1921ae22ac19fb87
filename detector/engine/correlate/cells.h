/* cells.h: the memories of groups: found by policy and group, by when they are due, and by how long
 * they were still. Inside this folder only. */
#ifndef ENGINE_CORRELATE_CELLS_H
#define ENGINE_CORRELATE_CELLS_H

#include "engine/correlate/keepsakes.h"
#include "engine/correlate/operator.h"

struct cell;

/* A policy with a correlation, and its groups from the one that was still for longest. */
struct watched {
    struct digest state_id;
    struct arena *arena; /* where text and rule live */
    struct span text; /* of the rule, as signals carry it */
    struct span policy_id;
    struct correlation rule;
    const struct operator_type *type;
    struct cell *oldest;
    struct cell *newest;
    size_t bytes;
};

/* Owned by the table; the operator's memory and the text of the key stand behind the struct. */
struct cell {
    struct watched *policy;
    struct span group_key;
    void *memory;
    struct keepsakes *kept; /* NULL: none */
    /* kept by the table */
    struct cell *older;
    struct cell *newer;
    int64_t due_us;
    size_t heap_place;
    size_t bytes; /* when it was last measured */
    uint64_t hash;
};

struct cells;

/* None. */
struct cells *cells_new(void);
/* Frees the cells, not their policies; sets *cells to NULL. */
void cells_free(struct cells **cells);
size_t cells_count(const struct cells *cells);
size_t cells_bytes(const struct cells *cells);

/* NULL when the group has none. */
struct cell *cells_find(const struct cells *cells, const struct watched *policy,
                        struct span group_key);
/* A new one, its memory zeroed; the newest of its policy. The group has none. */
struct cell *cells_add(struct cells *cells, struct watched *policy, struct span group_key);
/* The cell's memory was changed: when it is due and what it takes are asked for again. */
void cells_changed(struct cells *cells, struct cell *cell);
/* An event came: it is the newest of its policy now. */
void cells_touch(struct cell *cell);
/* Forgets and frees it. */
void cells_remove(struct cells *cells, struct cell *cell);
/* The one that is due first, then by policy and group; NULL without any. */
struct cell *cells_next(const struct cells *cells);

#endif
