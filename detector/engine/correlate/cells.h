/* cells.h: the memories of groups: found by policy and group, by when they are due, and by how long
 * they were still. Inside this folder only. */
#ifndef ENGINE_CORRELATE_CELLS_H
#define ENGINE_CORRELATE_CELLS_H

#include "engine/correlate/keepsakes.h"
#include "engine/correlate/operator.h"

/* A policy with a correlation, and its groups from the one that was still for longest. */
struct watched {
    struct digest state_id;
    struct arena *arena; /* where text and rule live */
    struct span text; /* of the rule, as signals carry it */
    struct span policy_id;
    struct correlation rule;
    const struct operator_type *type;
    uint32_t oldest; /* numbers of cells; 0: none */
    uint32_t newest;
    size_t bytes;
};

/* Owned by the table. Behind it stand the operator's memory, the keepsakes of a type that fires at
 * the watermark, and the group key with its length. */
struct cell {
    struct watched *policy;
    int64_t due_us; /* INT64_MAX: there is nothing in it */
    /* kept by the table */
    uint32_t number;
    uint32_t older;
    uint32_t newer;
    uint32_t bytes : 31; /* when it was last measured */
    uint32_t marked : 1;
};

static inline void *cell_memory(const struct cell *cell)
{
    return (void *)(uintptr_t)(cell + 1);
}
/* The keepsakes of a type that fires at the watermark (NULL: none yet). NULL for other types. */
struct keepsakes **cell_kept(const struct cell *cell);
struct span cell_group_key(const struct cell *cell);

struct cells;

enum { CELLS_AHEAD = 16 };

/* None. */
struct cells *cells_new(void);
/* Frees the cells, not their policies; sets *cells to NULL. */
void cells_free(struct cells **cells);
/* Where operators may take pieces from; lives as long as the cells. */
struct slab *cells_slab(struct cells *cells);
size_t cells_count(const struct cells *cells);
/* What is counted of them: their pieces of memory, their places in the table and in the schedule,
 * what operators hold, keepsakes. A function of the log alone. */
size_t cells_bytes(const struct cells *cells);

/* NULL when the group has none. */
struct cell *cells_find(const struct cells *cells, const struct watched *policy,
                        struct span group_key);
/* Has the memory of a group fetched that will soon be asked for: CELLS_AHEAD other groups are told
 * of before it is. tag: the first byte of the value that comes, if one does. Changes nothing. */
void cells_foresee(struct cells *cells, const struct digest *state_id, struct span group_key,
                   unsigned char tag);
/* A new one, its memory zeroed; the newest of its policy. The group has none. */
struct cell *cells_add(struct cells *cells, struct watched *policy, struct span group_key);
/* The cell's memory was changed: when it is due and what it takes are asked for again. */
void cells_changed(struct cells *cells, struct cell *cell);
/* An event came: it is the newest of its policy now. */
void cells_touch(struct cells *cells, struct cell *cell);
/* Forgets and frees it. */
void cells_remove(struct cells *cells, struct cell *cell);

/* The one of a policy that was still for longest, and the next that was so; NULL at the end. */
struct cell *cells_oldest(const struct cells *cells, const struct watched *policy);
struct cell *cells_newer(const struct cells *cells, const struct cell *cell);
/* When the first is due; INT64_MAX without any. */
int64_t cells_due_us(struct cells *cells);
/* The one that is due first, at the watermark or before; of several those that may fire stand
 * first, by policy and group. NULL without any. */
struct cell *cells_next(struct cells *cells, int64_t watermark_us);

#endif
