/* kinesis_audit.h: whether every hash key has exactly one shard from which its next record will be
 * read. A hole would be records that nobody reads, an overlap records read in two places. */
#ifndef KINESIS_KINESIS_AUDIT_H
#define KINESIS_KINESIS_AUDIT_H

#include "kinesis/kinesis_lineage.h"

/* What is wrong with a run of hash keys. */
struct kinesis_finding {
    struct kinesis_hash_range range;
    unsigned readers; /* 0: a hole; 2 and more: an overlap */
};

struct kinesis_findings {
    const struct kinesis_finding *items; /* ascending, no two touch unless their readers differ */
    size_t count;
};

/* The next record of a key comes from the unfinished shard that holds it and has no unfinished
 * parent that holds it too. Finds every key for which that is not exactly one; in arena. */
struct kinesis_findings kinesis_audit(const struct kinesis_lineage *lineage, struct arena *arena);

#endif
