/* kinesis_audit.c: collects the runs of keys that are read next, and walks over their edges. */
#include "kinesis/kinesis_audit.h"

#include <stdlib.h>

enum { PIECES_MAX = KINESIS_PARENTS + 1 }; /* of a range from which each parent is cut out */

struct pieces {
    struct kinesis_hash_range items[PIECES_MAX];
    size_t count;
};

/* From `at` on there is one reader more (or less). The edge behind the last key is not listed. */
struct edge {
    kinesis_hash at;
    int change;
};

static void add_piece(struct pieces *pieces, kinesis_hash first, kinesis_hash last)
{
    pieces->items[pieces->count++] = (struct kinesis_hash_range){first, last};
}

static struct pieces cut_out(const struct pieces *from, struct kinesis_hash_range hole)
{
    struct pieces left = {.count = 0};
    for (size_t i = 0; i < from->count; i++) {
        struct kinesis_hash_range piece = from->items[i];
        if (hole.last < piece.first || hole.first > piece.last) {
            add_piece(&left, piece.first, piece.last);
            continue;
        }
        if (piece.first < hole.first) {
            add_piece(&left, piece.first, hole.first - 1);
        }
        if (piece.last > hole.last) {
            add_piece(&left, hole.last + 1, piece.last);
        }
    }
    return left;
}

/* What is read next from this shard and from no parent before. */
static struct pieces read_next(const struct kinesis_node *node)
{
    struct pieces pieces = {.count = 0};
    if (node->finished || node->shard.range.first > node->shard.range.last) {
        return pieces;
    }
    add_piece(&pieces, node->shard.range.first, node->shard.range.last);
    for (size_t i = 0; i < KINESIS_PARENTS; i++) {
        if (node->parents[i] && !node->parents[i]->finished) {
            pieces = cut_out(&pieces, node->parents[i]->shard.range);
        }
    }
    return pieces;
}

static size_t add_edges(struct edge *edges, size_t count, struct kinesis_hash_range piece)
{
    edges[count++] = (struct edge){piece.first, 1};
    if (piece.last != KINESIS_HASH_LAST) {
        edges[count++] = (struct edge){piece.last + 1, -1};
    }
    return count;
}

static size_t list_edges(const struct kinesis_lineage *lineage, struct edge *edges)
{
    size_t count = 0;
    for (size_t i = 0; i < lineage->count; i++) {
        struct pieces pieces = read_next(&lineage->nodes[i]);
        for (size_t j = 0; j < pieces.count; j++) {
            count = add_edges(edges, count, pieces.items[j]);
        }
    }
    return count;
}

static int compare_edges(const void *a, const void *b)
{
    const struct edge *left = a;
    const struct edge *right = b;
    return left->at < right->at ? -1 : left->at > right->at;
}

static void note(struct kinesis_finding *findings, size_t *count, kinesis_hash first,
                 kinesis_hash last, int readers)
{
    struct kinesis_finding *before = *count ? &findings[*count - 1] : NULL;
    if (readers == 1) {
        return;
    }
    if (before && before->readers == (unsigned)readers && before->range.last + 1 == first) {
        before->range.last = last;
        return;
    }
    findings[(*count)++] = (struct kinesis_finding){{first, last}, (unsigned)readers};
}

struct kinesis_findings kinesis_audit(const struct kinesis_lineage *lineage, struct arena *arena)
{
    struct edge *edges = arena_array(arena, 2 * PIECES_MAX * lineage->count + 1, sizeof *edges);
    size_t edge_count = list_edges(lineage, edges);
    qsort(edges, edge_count, sizeof *edges, compare_edges);
    struct kinesis_finding *findings = arena_array(arena, edge_count + 1, sizeof *findings);
    size_t count = 0;
    kinesis_hash from = 0;
    int readers = 0;
    for (size_t i = 0; i < edge_count; i++) {
        if (edges[i].at > from) {
            note(findings, &count, from, edges[i].at - 1, readers);
            from = edges[i].at;
        }
        readers += edges[i].change;
    }
    note(findings, &count, from, KINESIS_HASH_LAST, readers);
    return (struct kinesis_findings){findings, count};
}
