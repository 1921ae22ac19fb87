/* episodes.h: the open episodes of a partition, by policy state and group, and by their ends. */
#ifndef ENGINE_DECIDE_EPISODES_H
#define ENGINE_DECIDE_EPISODES_H

#include "model/signal.h"

/* Owned by the table. */
struct episode {
    struct signal opening; /* its texts stand behind the struct */
    struct span correlation; /* what the alert says of it; empty; behind the struct too */
    struct digest alert_id;
    uint64_t count;
    uint64_t newest_sequence; /* of the newest finding counted */
    int64_t first_us;
    int64_t last_us;
    int64_t end_us;           /* exclusive */
    uint32_t source;          /* the number of the source whose watermark closes it */
    /* kept by the table */
    size_t heap_place;
    size_t bytes;
    uint64_t hash;
};

struct episodes;

/* None open. */
struct episodes *episodes_new(void);
/* Frees the episodes too; sets *episodes to NULL. */
void episodes_free(struct episodes **episodes);
/* How many are open. */
size_t episodes_count(const struct episodes *episodes);
/* Bytes that the episodes take with their texts. */
size_t episodes_bytes(const struct episodes *episodes);

/* NULL when none is open. */
struct episode *episodes_find(const struct episodes *episodes, const struct signal *signal);
/* Opens one with this signal and what is to be said of its correlation, both copied. None is open
 * for its group. */
struct episode *episodes_open(struct episodes *episodes, const struct signal *signal,
                              struct span correlation, uint32_t source);
/* Forgets and frees it. */
void episodes_close(struct episodes *episodes, struct episode *episode);
/* The next to end among those of a source: by end, then by state and group; NULL without any. */
struct episode *episodes_next(const struct episodes *episodes, uint32_t source);
/* The same over all sources. */
struct episode *episodes_next_of_all(const struct episodes *episodes);
/* All of them, by source and then as they end. The array has room for episodes_count. */
void episodes_list(const struct episodes *episodes, const struct episode **out);
/* Of two: which stands first in that list; -1, 0 or 1. */
int episodes_compare(const struct episode *a, const struct episode *b);

#endif
