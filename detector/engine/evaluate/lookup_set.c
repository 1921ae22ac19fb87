/* lookup_set.c: the tables of all lookups of a plan, reference counted, so that a batch keeps the
 * rows that it began with. */
#include "engine/evaluate/lookup_table.h"

#include "base/check.h"

#include <stdatomic.h>
#include <stdlib.h>

struct lookup_set {
    atomic_size_t holders;
    struct arena *arena;
    const struct lookup_table **tables;
    size_t count;
};

static struct lookup_set *set_new(const struct plan *plan)
{
    struct lookup_set *set = calloc(1, sizeof *set);
    if (!set) {
        check_memory_exhausted(sizeof *set);
    }
    atomic_init(&set->holders, 1);
    set->arena = arena_new(0);
    set->count = plan->lookup_count;
    set->tables = arena_array(set->arena, set->count, sizeof *set->tables);
    return set;
}

static enum status read_topic(const struct plan_lookup *lookup, const struct lookup_feed *feed,
                              struct arena *arena, struct diag_list *diags,
                              struct lookup_rows *out)
{
    struct span text;
    int64_t newest_us = 0;
    size_t refused = 0;
    if (!feed) {
        struct place place = {.file = lookup->path};
        diag_add(diags, DIAG_ERROR, place, SPAN("or give it a file: source: {file: rows.csv}"),
                 "lookup '%.*s' reads a topic of Kafka, which only deltaward detect does",
                 SPAN_ARG(lookup->id));
        return STATUS_INVALID;
    }
    enum status status = feed->rows(feed->context, lookup->topic, arena, &text, &newest_us);
    if (status == STATUS_OK) {
        status = lookup_text_read(lookup, text, arena, diags, out, &refused);
    }
    if (status == STATUS_OK) {
        out->modified_us = newest_us;
        feed->refused(feed->context, lookup->topic, refused);
    }
    return status;
}

static enum status read_rows(const struct plan_lookup *lookup, const struct lookup_feed *feed,
                             struct arena *arena, struct diag_list *diags,
                             struct lookup_rows *out)
{
    return lookup->topic.len ? read_topic(lookup, feed, arena, diags, out)
                             : lookup_file_read(lookup, arena, diags, out);
}

enum status lookup_set_load(const struct plan *plan, const struct lookup_feed *feed,
                            struct diag_list *diags, struct lookup_set **out)
{
    struct lookup_set *set = set_new(plan);
    enum status worst = STATUS_OK;
    for (size_t i = 0; i < plan->lookup_count; i++) {
        struct lookup_rows rows;
        enum status status = read_rows(&plan->lookups[i], feed, set->arena, diags, &rows);
        if (status != STATUS_OK) {
            /* what cannot be read is told before what is not read yet */
            worst = worst == STATUS_OK || worst == STATUS_AGAIN ? status : worst;
            continue;
        }
        set->tables[i] = lookup_table_new(&plan->lookups[i], &rows, set->arena);
    }
    if (worst != STATUS_OK) {
        lookup_set_unref(&set);
        return worst;
    }
    *out = set;
    return STATUS_OK;
}

struct lookup_set *lookup_set_from_rows(const struct plan *plan, const struct lookup_rows *rows)
{
    struct lookup_set *set = set_new(plan);
    for (size_t i = 0; i < plan->lookup_count; i++) {
        set->tables[i] = lookup_table_new(&plan->lookups[i], &rows[i], set->arena);
    }
    return set;
}

struct lookup_set *lookup_set_ref(struct lookup_set *set)
{
    atomic_fetch_add(&set->holders, 1);
    return set;
}

void lookup_set_unref(struct lookup_set **set)
{
    struct lookup_set *left = *set;
    *set = NULL;
    if (left && atomic_fetch_sub(&left->holders, 1) == 1) {
        arena_free(&left->arena);
        free(left);
    }
}

const struct lookup_table *lookup_set_get(const struct lookup_set *set, size_t index)
{
    check(index < set->count);
    return set->tables[index];
}
