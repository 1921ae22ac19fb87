/* lookup_table.h: the rows of a Lookup, indexed, and answered as of a time. Immutable. */
#ifndef ENGINE_EVALUATE_LOOKUP_TABLE_H
#define ENGINE_EVALUATE_LOOKUP_TABLE_H

#include "policy/lookup/lookup_file.h"

struct lookup_table;

/* Copies no rows: they must outlive the table, the lookup need not. Lives in `arena`. Rows whose
 * key is missing, or no address where the key is a network, are never found. */
struct lookup_table *lookup_table_new(const struct plan_lookup *lookup,
                                      const struct lookup_rows *rows, struct arena *arena);
/* The rows under `key` that are valid at the time, in the order of the file; those with the longest
 * prefix where the key is a network. */
struct value_list lookup_table_find(const struct lookup_table *table, const struct value *key,
                                    int64_t time_us, struct arena *arena);
/* Of those, the one that became valid last (of equal ones the later in the file); NULL without
 * any. */
const struct value *lookup_table_newest(const struct lookup_table *table, const struct value *key,
                                        int64_t time_us, struct arena *arena);
/* Older than the lookup's max_age at this time. */
bool lookup_table_is_stale(const struct lookup_table *table, int64_t time_us);

/* Whoever knows the rows of topics. */
struct lookup_feed {
    void *context;
    /* The rows of a topic now, as JSON Lines in `arena`, and the time of its newest record.
     * STATUS_AGAIN: it is not read to its end yet. */
    enum status (*rows)(void *context, struct span topic, struct arena *arena, struct span *text,
                        int64_t *newest_us);
    /* So many rows of it break a rule and are left out. */
    void (*refused)(void *context, struct span topic, size_t count);
};

/* The tables of a plan, index for index; immutable, reference counted, swapped whole. */
struct lookup_set;
/* Reads the files of all lookups, and asks `feed` for the rows of topics; with NULL, a lookup of a
 * topic is an error. On any error nothing is made; STATUS_AGAIN as feed->rows answers it. One
 * reference. */
MUST_USE enum status lookup_set_load(const struct plan *plan, const struct lookup_feed *feed,
                                     struct diag_list *diags, struct lookup_set **out);
/* From given rows (tests of policies): rows[i] belongs to plan->lookups[i]. */
struct lookup_set *lookup_set_from_rows(const struct plan *plan, const struct lookup_rows *rows);
/* One more holder; any thread. */
struct lookup_set *lookup_set_ref(struct lookup_set *set);
/* One holder less; the last one frees it. Sets *set to NULL. */
void lookup_set_unref(struct lookup_set **set);
/* The table of plan->lookups[index]. */
const struct lookup_table *lookup_set_get(const struct lookup_set *set, size_t index);

#endif
