/* library_index.c: the signatures are read once, for an environment and all that extend it. */
#include "cel/library/library_index.h"

#include "base/check.h"
#include "cel/check/type_parse.h"

/* An open-addressing table of names; its capacity is a power of two, at least twice the rows. */
struct cel_library_index {
    struct cel_signature **buckets;
    size_t capacity;
    struct span *names;
    size_t name_count;
};

static size_t bucket_of(const struct cel_library_index *index, struct span name)
{
    size_t bucket = span_hash(name) & (index->capacity - 1);
    while (index->buckets[bucket] && !span_equals(index->buckets[bucket]->name, name)) {
        bucket = (bucket + 1) & (index->capacity - 1);
    }
    return bucket;
}

static void read_row(struct arena *arena, const struct cel_overload *row,
                     struct cel_signature *signature)
{
    struct cel_signature_types types;
    check(cel_signature_parse(arena, span_view(row->signature), &types));
    *signature = (struct cel_signature){
        .name = span_view(row->name),
        .result = types.result,
        .parameters = types.parameters,
        .parameter_count = types.parameter_count,
        .receiver = row->receiver,
        .repeated = types.repeated,
        .cost = row->cost,
        .library = row,
    };
}

/* Appends to the rows of the same name, which keeps the table's order. */
static void add_row(struct cel_library_index *index, struct cel_signature *signature)
{
    size_t bucket = bucket_of(index, signature->name);
    if (!index->buckets[bucket]) {
        index->buckets[bucket] = signature;
        index->names[index->name_count++] = signature->name;
        return;
    }
    const struct cel_signature *last = index->buckets[bucket];
    while (last->next) {
        last = last->next;
    }
    ((struct cel_signature *)last)->next = signature;
}

const struct cel_library_index *cel_library_index_new(struct arena *arena)
{
    size_t count;
    const struct cel_overload *rows = cel_library(&count);
    struct cel_library_index *index = arena_alloc(arena, sizeof *index);
    for (index->capacity = 64; index->capacity < 2 * count; index->capacity *= 2) {
    }
    index->buckets = arena_array(arena, index->capacity, sizeof(struct cel_signature *));
    index->names = arena_array(arena, count + 1, sizeof *index->names);
    struct cel_signature *signatures = arena_array(arena, count + 1, sizeof *signatures);
    for (size_t i = 0; i < count; i++) {
        read_row(arena, &rows[i], &signatures[i]);
        add_row(index, &signatures[i]);
    }
    return index;
}

const struct cel_signature *cel_library_index_find(const struct cel_library_index *index,
                                                   struct span name)
{
    return index->buckets[bucket_of(index, name)];
}

const struct span *cel_library_index_names(const struct cel_library_index *index, size_t *count)
{
    *count = index->name_count;
    return index->names;
}
