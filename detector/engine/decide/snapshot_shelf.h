/* snapshot_shelf.h: what a partition of the state topic holds: the newest record of each key, from
 * which a start takes the whole snapshot with the highest place in the log (rule 15). */
#ifndef ENGINE_DECIDE_SNAPSHOT_SHELF_H
#define ENGINE_DECIDE_SNAPSHOT_SHELF_H

#include "engine/decide/snapshot.h"

/* Ten minutes: longer than any owner goes on without hearing that it lost its partition. */
enum { SNAPSHOT_STALE_US = 600 * 1000 * 1000 };

struct snapshot_shelf;

/* Of one partition; holds nothing yet. */
struct snapshot_shelf *snapshot_shelf_new(uint32_t partition);
/* Sets *shelf to NULL. */
void snapshot_shelf_free(struct snapshot_shelf **shelf);

/* A record of the state topic. */
struct snapshot_record {
    struct span key;
    struct span value;
    bool tombstone;
};
/* One record, in the order of the topic, with its time there. What is no part of a snapshot is
 * passed over. */
void snapshot_shelf_put(struct snapshot_shelf *shelf, const struct snapshot_record *record,
                        int64_t time_us);

/* A snapshot whose chunks are all there and match the checksum. */
struct snapshot_whole {
    struct snapshot_manifest manifest; /* its text lives as long as the shelf */
    struct span writer;
    uint32_t slot;
};
/* The whole snapshots, the highest place in the log first; ties by writer and slot. At most `max`;
 * the number found. Checks every byte: call it once. */
size_t snapshot_shelf_list(struct snapshot_shelf *shelf, struct snapshot_whole *out, size_t max);
/* Appends the bytes of one of them. */
void snapshot_shelf_bytes(const struct snapshot_shelf *shelf, const struct snapshot_whole *whole,
                          struct buf *out);
/* A manifest of another log (topic id or number of partitions) than this is there, whole or not:
 * its text in *out. */
bool snapshot_shelf_foreign(struct snapshot_shelf *shelf, struct span topic_id,
                            uint32_t partitions, struct snapshot_manifest *out);

/* The keys are enough from here on: gives the chunks' memory back. */
void snapshot_shelf_keep_keys(struct snapshot_shelf *shelf);
/* A key of a slot that is not needed once a snapshot of `offset` is durable: of a lower place in
 * the log, or torn, and not written for SNAPSHOT_STALE_US at now_us. (A younger one may be another
 * by now: of an owner that lost the partition, is ahead of us and has not heard of it.) The
 * manifest comes first, so that what is left after a crash is torn too. Each key is given once.
 * False: none is left. */
bool snapshot_shelf_stale(struct snapshot_shelf *shelf, uint64_t offset, int64_t now_us,
                          struct snapshot_key *out);

#endif
