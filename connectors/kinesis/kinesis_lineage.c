/* kinesis_lineage.c: nodes sorted by id, built anew with each listing. */
#include "kinesis/kinesis_lineage.h"

#include <stdlib.h>

void kinesis_lineage_init(struct kinesis_lineage *lineage)
{
    *lineage = (struct kinesis_lineage){.arena = arena_new(0)};
}

void kinesis_lineage_deinit(struct kinesis_lineage *lineage)
{
    if (lineage->arena) {
        arena_free(&lineage->arena);
    }
    *lineage = (struct kinesis_lineage){0};
}

static int compare_nodes(const void *a, const void *b)
{
    const struct kinesis_node *left = a;
    const struct kinesis_node *right = b;
    return span_compare(left->shard.id, right->shard.id);
}

struct kinesis_node *kinesis_lineage_find(const struct kinesis_lineage *lineage, struct span id)
{
    const struct kinesis_node key = {.shard = {.id = id}};
    if (id.len == 0 || lineage->count == 0) {
        return NULL;
    }
    return bsearch(&key, lineage->nodes, lineage->count, sizeof key, compare_nodes);
}

static struct kinesis_shard copy_shard(struct arena *arena, const struct kinesis_shard *shard)
{
    struct kinesis_shard copy = *shard;
    copy.id = arena_copy(arena, shard->id);
    copy.first_sequence = arena_copy(arena, shard->first_sequence);
    copy.last_sequence = arena_copy(arena, shard->last_sequence);
    for (size_t i = 0; i < KINESIS_PARENTS; i++) {
        copy.parents[i] = arena_copy(arena, shard->parents[i]);
    }
    return copy;
}

/* The nodes of a listing, each with what was known of its shard. */
static struct kinesis_lineage list_nodes(const struct kinesis_lineage *old,
                                         const struct kinesis_shard *shards, size_t count)
{
    struct kinesis_lineage fresh = {.arena = arena_new(0)};
    fresh.nodes = arena_array(fresh.arena, count + old->count, sizeof *fresh.nodes);
    for (size_t i = 0; i < count; i++) {
        const struct kinesis_node *known = kinesis_lineage_find(old, shards[i].id);
        fresh.nodes[i] = (struct kinesis_node){
            .shard = copy_shard(fresh.arena, &shards[i]),
            .finished = known && known->finished,
            .known = known && known->known,
            .from_ms = known ? known->from_ms : -1,
            .reader = known ? known->reader : NULL,
            .listed = true,
        };
    }
    fresh.count = count;
    return fresh;
}

static void sort_nodes(struct kinesis_lineage *lineage)
{
    if (lineage->count) {
        qsort(lineage->nodes, lineage->count, sizeof *lineage->nodes, compare_nodes);
    }
}

static void drop_repeats(struct kinesis_lineage *lineage)
{
    size_t kept = 0;
    for (size_t i = 0; i < lineage->count; i++) {
        bool repeats = kept && span_equals(lineage->nodes[kept - 1].shard.id,
                                           lineage->nodes[i].shard.id);
        if (!repeats) {
            lineage->nodes[kept++] = lineage->nodes[i];
        }
    }
    lineage->count = kept;
}

static void link_parents(struct kinesis_lineage *lineage)
{
    for (size_t i = 0; i < lineage->count; i++) {
        struct kinesis_node *node = &lineage->nodes[i];
        for (size_t j = 0; j < KINESIS_PARENTS; j++) {
            struct kinesis_node *parent = kinesis_lineage_find(lineage, node->shard.parents[j]);
            node->parents[j] = parent == node ? NULL : parent;
        }
    }
}

/* Keeps what is being read although nobody lists it any more; tells of what goes unread. */
static void keep_readers(const struct kinesis_lineage *old, struct kinesis_lineage *fresh,
                         void (*gone)(void *context, const struct kinesis_node *node),
                         void *context)
{
    size_t listed = fresh->count;
    for (size_t i = 0; i < old->count; i++) {
        const struct kinesis_node *node = &old->nodes[i];
        const struct kinesis_lineage known = {.nodes = fresh->nodes, .count = listed};
        if (kinesis_lineage_find(&known, node->shard.id)) {
            continue;
        }
        if (node->reader) {
            fresh->nodes[fresh->count++] = (struct kinesis_node){
                .shard = copy_shard(fresh->arena, &node->shard),
                .finished = node->finished,
                .known = node->known,
                .from_ms = node->from_ms,
                .reader = node->reader,
            };
        } else if (!node->finished && gone) {
            gone(context, node);
        }
    }
}

void kinesis_lineage_update(struct kinesis_lineage *lineage, const struct kinesis_shard *shards,
                            size_t count,
                            void (*gone)(void *context, const struct kinesis_node *node),
                            void *context)
{
    struct kinesis_lineage fresh = list_nodes(lineage, shards, count);
    sort_nodes(&fresh);
    drop_repeats(&fresh);
    keep_readers(lineage, &fresh, gone, context);
    sort_nodes(&fresh);
    link_parents(&fresh);
    kinesis_lineage_deinit(lineage);
    *lineage = fresh;
}

bool kinesis_node_is_ready(const struct kinesis_node *node)
{
    for (size_t i = 0; i < KINESIS_PARENTS; i++) {
        if (node->parents[i] && !node->parents[i]->finished) {
            return false;
        }
    }
    return !node->finished;
}
