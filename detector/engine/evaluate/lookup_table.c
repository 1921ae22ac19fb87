/* lookup_table.c: sorted entries under a hash table of keys; networks are found by trying prefix
 * lengths, the longest first. */
#include "engine/evaluate/lookup_table.h"

#include "base/check.h"
#include "engine/evaluate/lookup_key.h"

#include <stdlib.h>

enum { PREFIX_LENGTHS = 129 };

/* One row: when it is valid, and where it stands in the file. */
struct entry {
    const struct value *row;
    struct span key;
    uint64_t hash;
    int64_t from_us;
    int64_t to_us; /* exclusive */
    size_t number; /* in the file */
};

/* Entries stand sorted by key, then as in the file; `buckets` finds the first entry of a key (0:
 * none, else its index + 1), with linear probing in a table at most half full. */
struct lookup_table {
    bool key_is_cidr;
    int64_t max_age_us;
    struct entry *entries;
    size_t count;
    size_t *buckets;
    size_t bucket_count;
    bool prefix_lengths[2][PREFIX_LENGTHS]; /* IPv4, IPv6: some row has it */
    int64_t modified_us;
};

/* The entries of one key. */
struct run {
    const struct entry *entries;
    size_t count;
};

static int64_t timestamp_us(const struct value *value)
{
    return value->time.seconds * 1000000 + value->time.nanos / 1000;
}

/* The end of a row's validity in microseconds; `open` where the cell is absent. */
static int64_t valid_bound(const struct value *row, struct span column, int64_t open)
{
    const struct value *cell = column.len ? value_map_get(row, column) : NULL;
    return cell && cell->kind == VALUE_TIMESTAMP ? timestamp_us(cell) : open;
}

static bool network_key(struct lookup_table *table, const struct value *cell, struct arena *arena,
                        struct span *key)
{
    struct value_address address;
    if (!lookup_key_address(cell, &address)) {
        return false;
    }
    table->prefix_lengths[address.family == 6][address.prefix_length] = true;
    *key = lookup_key_network(&address, address.prefix_length, arena);
    return true;
}

/* A row without a key is never found. */
static void add_row(struct lookup_table *table, const struct plan_lookup *lookup,
                    const struct value *row, struct arena *arena)
{
    const struct value *cell = value_map_get(row, lookup->key);
    struct span key;
    if (!cell || !(lookup->key_is_cidr ? network_key(table, cell, arena, &key)
                                       : lookup_key_of(cell, arena, &key))) {
        return;
    }
    table->entries[table->count] = (struct entry){
        .row = row,
        .key = key,
        .hash = span_hash(key),
        .from_us = valid_bound(row, lookup->valid_from, INT64_MIN),
        .to_us = valid_bound(row, lookup->valid_to, INT64_MAX),
        .number = table->count,
    };
    table->count++;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    int order = span_compare(left->key, right->key);
    return order ? order : (left->number > right->number) - (left->number < right->number);
}

static void index_entries(struct lookup_table *table, struct arena *arena)
{
    table->bucket_count = 2;
    while (table->bucket_count < 2 * table->count) {
        table->bucket_count *= 2;
    }
    table->buckets = arena_array(arena, table->bucket_count, sizeof *table->buckets);
    for (size_t i = 0; i < table->count; i++) {
        if (i > 0 && span_equals(table->entries[i].key, table->entries[i - 1].key)) {
            continue;
        }
        size_t bucket = table->entries[i].hash & (table->bucket_count - 1);
        while (table->buckets[bucket]) {
            bucket = (bucket + 1) & (table->bucket_count - 1);
        }
        table->buckets[bucket] = i + 1;
    }
}

struct lookup_table *lookup_table_new(const struct plan_lookup *lookup,
                                      const struct lookup_rows *rows, struct arena *arena)
{
    struct lookup_table *table = arena_alloc(arena, sizeof *table);
    table->key_is_cidr = lookup->key_is_cidr;
    table->max_age_us = lookup->max_age_us;
    table->modified_us = rows->modified_us;
    table->entries = arena_array(arena, rows->count, sizeof *table->entries);
    for (size_t i = 0; i < rows->count; i++) {
        add_row(table, lookup, &rows->rows[i], arena);
    }
    if (table->count) {
        qsort(table->entries, table->count, sizeof *table->entries, compare_entries);
    }
    index_entries(table, arena);
    return table;
}

/* The entries under a key text. */
static struct run run_of(const struct lookup_table *table, struct span key)
{
    uint64_t hash = span_hash(key);
    size_t bucket = hash & (table->bucket_count - 1);
    for (; table->buckets[bucket]; bucket = (bucket + 1) & (table->bucket_count - 1)) {
        const struct entry *first = &table->entries[table->buckets[bucket] - 1];
        if (first->hash != hash || !span_equals(first->key, key)) {
            continue;
        }
        size_t count = 1;
        size_t left = table->count - (size_t)(first - table->entries);
        while (count < left && span_equals(first[count].key, key)) {
            count++;
        }
        return (struct run){first, count};
    }
    return (struct run){NULL, 0};
}

static bool is_valid(const struct entry *entry, int64_t time_us)
{
    return entry->from_us <= time_us && time_us < entry->to_us;
}

static size_t count_valid(struct run run, int64_t time_us)
{
    size_t count = 0;
    for (size_t i = 0; i < run.count; i++) {
        count += is_valid(&run.entries[i], time_us);
    }
    return count;
}

/* The run of the longest prefix that has rows valid at the time. */
static struct run longest_prefix(const struct lookup_table *table, const struct value *key,
                                 int64_t time_us, struct arena *arena)
{
    struct value_address address;
    if (!lookup_key_address(key, &address)) {
        return (struct run){NULL, 0};
    }
    /* at most 129 looks into the hash table, and only for lengths that some row has */
    for (int length = address.prefix_length; length >= 0; length--) {
        if (!table->prefix_lengths[address.family == 6][length]) {
            continue;
        }
        struct run run = run_of(table, lookup_key_network(&address, (unsigned)length, arena));
        if (count_valid(run, time_us) > 0) {
            return run;
        }
    }
    return (struct run){NULL, 0};
}

static struct run find_run(const struct lookup_table *table, const struct value *key,
                           int64_t time_us, struct arena *arena)
{
    struct span text;
    if (table->key_is_cidr) {
        return longest_prefix(table, key, time_us, arena);
    }
    return lookup_key_of(key, arena, &text) ? run_of(table, text) : (struct run){NULL, 0};
}

struct value_list lookup_table_find(const struct lookup_table *table, const struct value *key,
                                    int64_t time_us, struct arena *arena)
{
    struct run run = find_run(table, key, time_us, arena);
    struct value *rows = arena_array(arena, count_valid(run, time_us), sizeof *rows);
    size_t count = 0;
    for (size_t i = 0; i < run.count; i++) {
        if (is_valid(&run.entries[i], time_us)) {
            rows[count++] = *run.entries[i].row;
        }
    }
    return (struct value_list){rows, count};
}

const struct value *lookup_table_newest(const struct lookup_table *table, const struct value *key,
                                        int64_t time_us, struct arena *arena)
{
    struct run run = find_run(table, key, time_us, arena);
    const struct entry *newest = NULL;
    for (size_t i = 0; i < run.count; i++) {
        const struct entry *entry = &run.entries[i];
        /* of two that begin at once, the later one in the file */
        if (is_valid(entry, time_us) && (!newest || entry->from_us >= newest->from_us)) {
            newest = entry;
        }
    }
    return newest ? newest->row : NULL;
}

bool lookup_table_is_stale(const struct lookup_table *table, int64_t time_us)
{
    int64_t age_us;
    if (table->max_age_us <= 0) {
        return false;
    }
    return !__builtin_sub_overflow(time_us, table->modified_us, &age_us) &&
           age_us > table->max_age_us;
}
