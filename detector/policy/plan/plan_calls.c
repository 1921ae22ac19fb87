/* plan_calls.c: a hash table by operation, since nearly every policy names some; services and
 * tables are then looked at one policy after the other. */
#include "policy/plan/plan_calls.h"

#include "model/api_call.h"
#include "policy/plan/plan_table.h"

enum { NAME_BYTES_MAX = 256 };

struct entry {
    struct span operation;
    const struct plan_call_key **keys;
    size_t count;
};

/* Open addressing over the operations that any policy names exactly. */
struct plan_calls {
    struct entry *entries;
    size_t mask;
    struct entry rest; /* for operations that no policy names: those with patterns, or without */
    const struct plan_call_key *keys;
    size_t key_count;
};

static bool is_pattern(struct span name)
{
    return memchr(name.ptr, '*', name.len) || memchr(name.ptr, '?', name.len);
}

static bool fits(const struct plan_names *names, struct span name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (span_matches_glob(name, names->items[i])) {
            return true;
        }
    }
    return !names->given;
}

static bool fits_tables(const struct plan_names *names, struct api_names tables)
{
    for (size_t i = 0; i < tables.count; i++) {
        if (fits(names, tables.items[i])) {
            return true;
        }
    }
    return !names->given;
}

static bool has_patterns(const struct plan_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (is_pattern(names->items[i])) {
            return true;
        }
    }
    return !names->given;
}

static struct entry *find_entry(const struct plan_calls *index, struct span operation)
{
    size_t at = span_hash(operation) & index->mask;
    while (index->entries[at].operation.ptr &&
           !span_equals(index->entries[at].operation, operation)) {
        at = (at + 1) & index->mask;
    }
    return &index->entries[at];
}

static void add_operation(struct plan_calls *index, struct span operation, struct arena *arena)
{
    struct entry *entry = find_entry(index, operation);
    if (entry->operation.ptr) {
        return;
    }
    entry->operation = operation;
    entry->keys = arena_array(arena, index->key_count, sizeof *entry->keys);
    for (size_t i = 0; i < index->key_count; i++) {
        if (fits(&index->keys[i].operations, operation)) {
            entry->keys[entry->count++] = &index->keys[i];
        }
    }
}

static void add_rest(struct plan_calls *index, struct arena *arena)
{
    index->rest.keys = arena_array(arena, index->key_count, sizeof *index->rest.keys);
    for (size_t i = 0; i < index->key_count; i++) {
        if (has_patterns(&index->keys[i].operations)) {
            index->rest.keys[index->rest.count++] = &index->keys[i];
        }
    }
}

static size_t size_for(const struct plan_call_key *keys, size_t count)
{
    size_t names = 0;
    for (size_t i = 0; i < count; i++) {
        names += keys[i].operations.count;
    }
    return plan_table_size(names);
}

const struct plan_calls *plan_calls_new(struct arena *arena, const struct plan_call_key *keys,
                                        size_t count)
{
    struct plan_calls *index = arena_alloc(arena, sizeof *index);
    size_t size = size_for(keys, count);
    index->keys = keys;
    index->key_count = count;
    index->mask = size - 1;
    index->entries = arena_array(arena, size, sizeof *index->entries);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < keys[i].operations.count; k++) {
            if (!is_pattern(keys[i].operations.items[k])) {
                add_operation(index, keys[i].operations.items[k], arena);
            }
        }
    }
    add_rest(index, arena);
    return index;
}

/* A name in lower case in `room`; of a longer one, which is nobody's, only the beginning. */
static struct span lower(struct span name, char room[NAME_BYTES_MAX])
{
    size_t length = name.len < NAME_BYTES_MAX ? name.len : NAME_BYTES_MAX;
    for (size_t i = 0; i < length; i++) {
        char c = name.ptr[i];
        room[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return span_of(room, length);
}

struct span plan_calls_lower(struct span name, struct arena *arena)
{
    char room[NAME_BYTES_MAX];
    return arena_copy(arena, lower(name, room));
}

struct plan_candidates plan_select_call(const struct plan *plan, const struct api_call *call,
                                        struct arena *scratch)
{
    const struct plan_calls *index = plan->calls;
    char operation_room[NAME_BYTES_MAX];
    char service_room[NAME_BYTES_MAX];
    if (!index || index->key_count == 0) {
        return (struct plan_candidates){0};
    }
    struct span operation = lower(call->operation, operation_room);
    struct span service = lower(call->service, service_room);
    const struct entry *entry = find_entry(index, operation);
    bool known = entry->operation.ptr != NULL;
    entry = known ? entry : &index->rest;
    uint32_t *policies = arena_array(scratch, entry->count, sizeof *policies);
    size_t count = 0;
    for (size_t i = 0; i < entry->count; i++) {
        const struct plan_call_key *key = entry->keys[i];
        if (fits(&key->services, service) && fits_tables(&key->tables, call->tables) &&
            (known || fits(&key->operations, operation))) {
            policies[count++] = key->policy;
        }
    }
    return (struct plan_candidates){policies, count};
}
