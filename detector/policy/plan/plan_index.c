/* plan_index.c: each named table's candidates are gathered once, so that choosing policies for a
 * change is one look into a hash table. */
#include "policy/plan/plan_index.h"

#include "policy/plan/plan_table.h"

struct entry {
    struct span table;
    struct plan_candidates candidates[CHANGE_OP_COUNT];
};

/* Open addressing over the tables that any policy names; a free entry has no table. */
struct plan_index {
    struct entry *entries;
    size_t mask; /* size - 1, a power of two */
    struct plan_candidates any[CHANGE_OP_COUNT]; /* of policies for all tables */
    const struct plan_index_key *keys;
    size_t key_count;
    bool has_patterns;
};

static bool fits_pattern(const struct plan_index_key *key, struct span table)
{
    for (size_t i = 0; i < key->pattern_count; i++) {
        if (span_matches_glob(table, key->patterns[i])) {
            return true;
        }
    }
    return false;
}

static bool concerns(const struct plan_index_key *key, struct span table)
{
    for (size_t i = 0; i < key->table_count; i++) {
        if (span_equals(key->tables[i], table)) {
            return true;
        }
    }
    return key->any_table || fits_pattern(key, table);
}

static struct entry *find_entry(const struct plan_index *index, struct span table)
{
    size_t at = span_hash(table) & index->mask;
    while (index->entries[at].table.ptr && !span_equals(index->entries[at].table, table)) {
        at = (at + 1) & index->mask;
    }
    return &index->entries[at];
}

/* The candidates of a table; `known` tells a table from the rest, whom only any_table concerns. */
static struct plan_candidates gather(const struct plan_index *index, bool known, struct span table,
                                     enum change_op op, struct arena *arena)
{
    uint32_t *policies = arena_array(arena, index->key_count, sizeof *policies);
    size_t count = 0;
    for (size_t i = 0; i < index->key_count; i++) {
        const struct plan_index_key *key = &index->keys[i];
        bool wanted = known ? concerns(key, table) : key->any_table;
        if (wanted && (key->operations & 1U << op)) {
            policies[count++] = key->policy;
        }
    }
    return (struct plan_candidates){policies, count};
}

static void add_table(struct plan_index *index, struct span table, struct arena *arena)
{
    struct entry *entry = find_entry(index, table);
    if (entry->table.ptr) {
        return;
    }
    entry->table = table;
    for (int op = 0; op < CHANGE_OP_COUNT; op++) {
        entry->candidates[op] = gather(index, true, table, (enum change_op)op, arena);
    }
}

static size_t size_for(const struct plan_index_key *keys, size_t count)
{
    size_t tables = 0;
    for (size_t i = 0; i < count; i++) {
        tables += keys[i].table_count;
    }
    return plan_table_size(tables);
}

const struct plan_index *plan_index_new(struct arena *arena, const struct plan_index_key *keys,
                                        size_t count)
{
    struct plan_index *index = arena_alloc(arena, sizeof *index);
    size_t size = size_for(keys, count);
    index->keys = keys;
    index->key_count = count;
    index->mask = size - 1;
    index->entries = arena_array(arena, size, sizeof *index->entries);
    for (int op = 0; op < CHANGE_OP_COUNT; op++) {
        index->any[op] = gather(index, false, (struct span){0}, (enum change_op)op, arena);
    }
    for (size_t i = 0; i < count; i++) {
        index->has_patterns |= keys[i].pattern_count > 0;
        for (size_t k = 0; k < keys[i].table_count; k++) {
            add_table(index, keys[i].tables[k], arena);
        }
    }
    return index;
}

static bool fits_any_pattern(const struct plan_index *index, struct span table, enum change_op op)
{
    for (size_t i = 0; i < index->key_count; i++) {
        if ((index->keys[i].operations & 1U << op) && fits_pattern(&index->keys[i], table)) {
            return true;
        }
    }
    return false;
}

struct plan_candidates plan_select(const struct plan *plan, struct span table, enum change_op op,
                                   struct arena *scratch)
{
    const struct plan_index *index = plan->index;
    const struct entry *entry = find_entry(index, table);
    if (entry->table.ptr) {
        return entry->candidates[op];
    }
    /* A table that no policy names: patterns may still fit it, and are tried for each change. */
    if (!index->has_patterns || !fits_any_pattern(index, table, op)) {
        return index->any[op];
    }
    return gather(index, true, table, op, scratch);
}
