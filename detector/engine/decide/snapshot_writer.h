/* snapshot_writer.h: writes the snapshots of one partition, record by record: chunks, then, once
 * all alerts below it are durable, the manifest (rules 13 and 15), then tombstones for what others
 * left that is older. Pure bookkeeping: the caller sends what it is told to, and reports. */
#ifndef ENGINE_DECIDE_SNAPSHOT_WRITER_H
#define ENGINE_DECIDE_SNAPSHOT_WRITER_H

#include "engine/decide/snapshot_shelf.h"

struct snapshot_writer;

struct snapshot_writer_options {
    uint32_t partition;
    struct span writer;    /* a random name, for this owner alone; copied */
    struct span topic_id;  /* of the log; copied */
    uint32_t partitions;   /* of the log */
};

/* Takes the shelf: what others left. */
struct snapshot_writer *snapshot_writer_new(const struct snapshot_writer_options *options,
                                            struct snapshot_shelf *shelf);
/* Sets *writer to NULL. */
void snapshot_writer_free(struct snapshot_writer **writer);

/* Nothing is being written, nothing on its way. */
bool snapshot_writer_is_idle(const struct snapshot_writer *writer);
/* Takes the bytes of a decider that has folded all below `offset`. Only when idle. */
void snapshot_writer_begin(struct snapshot_writer *writer, struct buf *bytes, uint64_t offset);

/* The next record to be sent at now_us, all alerts below `output` being durable; views that live
 * until the next call. Called again it gives the same until snapshot_writer_sent. False: nothing
 * now. */
bool snapshot_writer_next(struct snapshot_writer *writer, uint64_t output, int64_t now_us,
                          struct snapshot_record *out);
/* It is on its way; snapshot_writer_deliver will tell. */
void snapshot_writer_sent(struct snapshot_writer *writer);
/* One record on its way is durable. A report that it is not ends the owner, not just this. */
void snapshot_writer_deliver(struct snapshot_writer *writer);

/* The place in the log of the last snapshot that became durable here, and its bytes; 0 and 0 before
 * the first. */
uint64_t snapshot_writer_offset(const struct snapshot_writer *writer);
uint64_t snapshot_writer_bytes(const struct snapshot_writer *writer);

#endif
