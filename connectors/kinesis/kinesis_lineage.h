/* kinesis_lineage.h: the shards of a stream and which came from which. A shard may be read once all
 * its parents were read to their end; only so a key's records keep their order over splits and
 * merges. Parents that the stream no longer lists (their records expired) hold nobody up. */
#ifndef KINESIS_KINESIS_LINEAGE_H
#define KINESIS_KINESIS_LINEAGE_H

#include "base/arena.h"
#include "kinesis/kinesis_hash.h"

enum {
    KINESIS_PARENTS = 2,
    KINESIS_SHARDS_MAX = 100000, /* of one listing: far above any quota */
};

/* A shard as ListShards tells it. Empty spans: none. */
struct kinesis_shard {
    struct span id;
    struct span parents[KINESIS_PARENTS]; /* ParentShardId, AdjacentParentShardId */
    struct kinesis_hash_range range;
    struct span first_sequence;
    struct span last_sequence; /* empty: open */
};

/* A shard of the lineage. Its place moves with each update. */
struct kinesis_node {
    struct kinesis_shard shard;                   /* texts live until the next update */
    struct kinesis_node *parents[KINESIS_PARENTS]; /* NULL: none, or no longer listed */
    bool finished; /* read to its end, and that is durable; or not to be read at all */
    bool known;    /* it was begun once: its children are read from their beginning */
    int64_t from_ms; /* finished, read from this time on and empty from there; -1: not so */
    bool listed;   /* by the last listing */
    void *reader;  /* its owner's; a node with a reader stays when it is listed no more */
};

struct kinesis_lineage {
    struct arena *arena;
    struct kinesis_node *nodes; /* by id */
    size_t count;
};

/* In place, without shards. */
void kinesis_lineage_init(struct kinesis_lineage *lineage);
void kinesis_lineage_deinit(struct kinesis_lineage *lineage);

/* Takes a whole listing in: new shards appear; those it lacks go, but for nodes with a reader.
 * `gone` is told of each that goes without having been finished, before it goes; NULL: nobody. A
 * listing that names a shard twice counts the first. All texts are copied. */
void kinesis_lineage_update(struct kinesis_lineage *lineage, const struct kinesis_shard *shards,
                            size_t count,
                            void (*gone)(void *context, const struct kinesis_node *node),
                            void *context);

/* NULL when there is no such shard. */
struct kinesis_node *kinesis_lineage_find(const struct kinesis_lineage *lineage, struct span id);
/* Not finished, and no parent is left to be read. */
bool kinesis_node_is_ready(const struct kinesis_node *node);

#endif
