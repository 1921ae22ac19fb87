/* snapshot.h: how a decider lies in a compacted topic: chunks of its bytes, and a manifest that
 * names the place in the log, the log, and a checksum (docs/RECOVERY.md, rule 15). Keys are
 * "partition/writer/slot/chunk" and "partition/writer/slot/manifest": each writer has a name of its
 * own and two slots, so that none overwrites a whole snapshot before the next is whole. */
#ifndef ENGINE_DECIDE_SNAPSHOT_H
#define ENGINE_DECIDE_SNAPSHOT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/status.h"

enum {
    SNAPSHOT_SLOTS = 2,
    SNAPSHOT_WRITER_BYTES_MAX = 32,
    SNAPSHOT_CHUNK_BYTES = 512 * 1024, /* half of what a topic takes by default */
    SNAPSHOT_CHUNKS_MAX = 2048,
    SNAPSHOT_KEY_SIZE = 96,
};

/* What a key names. */
struct snapshot_key {
    uint32_t partition;
    struct span writer; /* letters and digits */
    uint32_t slot;
    bool is_manifest;
    uint32_t chunk;     /* of a chunk */
};

/* Writes the text of a key; its view of `out`. */
struct span snapshot_key_format(const struct snapshot_key *key, char out[SNAPSHOT_KEY_SIZE]);
/* Reads one; the writer is a view of the text. False for anything that is not written so. */
bool snapshot_key_parse(struct span text, struct snapshot_key *out);

struct snapshot_manifest {
    uint64_t offset;       /* the log below it is folded: where replay starts */
    struct span topic_id;  /* of the log (rule 11) */
    uint32_t partitions;   /* of the log */
    uint64_t bytes;
    uint32_t chunks;
    struct digest digest;  /* of all bytes */
};

/* What a decider's bytes are told as. */
struct snapshot_manifest snapshot_manifest_of(struct span bytes, uint64_t offset,
                                              struct span topic_id, uint32_t partitions);
/* Appends it as a JSON object. */
void snapshot_manifest_write(const struct snapshot_manifest *manifest, struct buf *out);
/* Reads one; texts are views of `text` or live in `arena`. STATUS_INVALID for anything else. */
MUST_USE enum status snapshot_manifest_read(struct span text, struct arena *arena,
                                            struct snapshot_manifest *out);
/* A hash of all bytes, for the manifest. */
struct digest snapshot_digest(struct span bytes);

#endif
