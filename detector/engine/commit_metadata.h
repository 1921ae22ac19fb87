/* commit_metadata.h: what a committed position of a source partition says beside itself, as text in
 * the metadata of the commit: whoever goes on from there knows which log it is of (rule 11), under
 * which policies all below it was evaluated (rules 6 and 9), the newest event time of each shard
 * (rule 7) and the sums of the ledger (rule 12). */
#ifndef ENGINE_COMMIT_METADATA_H
#define ENGINE_COMMIT_METADATA_H

#include "base/digest.h"
#include "engine/shard_clock.h"
#include "port/store.h"

/* What a broker keeps by default (offset.metadata.max.bytes). */
enum { COMMIT_METADATA_BYTES_MAX = 4096, COMMIT_IDENTITY_BYTES_MAX = 64 };

struct commit_metadata {
    struct span identity;       /* of the log: 1 to COMMIT_IDENTITY_BYTES_MAX letters, digits, and
                                   "-_~"; see assignment_start.h */
    struct digest revision;     /* of the policy set */
    struct store_ledger ledger; /* sums of all below the position */
    struct span shards;         /* for shard_clock_decode */
};

/* Appends the text, at most COMMIT_METADATA_BYTES_MAX bytes; `shards` of `metadata` is not read. */
void commit_metadata_encode(const struct commit_metadata *metadata, struct shard_clock *shards,
                            struct buf *out);
/* Reads such a text; *out views it. STATUS_INVALID for anything else. What `shards` holds is for
 * shard_clock_decode to judge. */
MUST_USE enum status commit_metadata_decode(struct span text, struct commit_metadata *out);

#endif
